//! The waterfall as a picture in one file: no scripts, no fonts, light or dark as the reader likes it.

mod canvas;

use std::fmt::Write as _;

use super::words::{self, SHOWN, between};
use crate::count::Fraction;
use crate::evaluate::event::instant_text;
use crate::show::{Between, Kind, LineShares, Picture, Shares};
use canvas::{Canvas, MARGIN, Tone, WIDTH, escaped};

/// Where bars begin and how wide everyone is.
const BAR: (f64, f64) = (220.0, 360.0);
/// Where the numbers begin.
const NUMBERS: f64 = 600.0;
/// From one line of the waterfall to the next, unless its legend is longer.
const LINE: f64 = 58.0;
/// From one line of small text to the next.
const NOTE: f64 = 16.0;

const STYLE: &str = ":root{color-scheme:light dark}\
    .bg{fill:#fff}.name,.title{fill:#1f2328}.note{fill:#59636e}.rule{stroke:#d1d9e0}.on{fill:#e6eaef}\
    .t0{fill:#0969da}.t1{fill:#8250df}.t2{fill:#1a7f37}.t3{fill:#cf222e}.t4{fill:#bf3989}.t5{fill:#1b7c83}\
    .held{fill:#9a6700}.stop{fill:#818b98}\
    @media (prefers-color-scheme:dark){.bg{fill:#0d1117}.name,.title{fill:#f0f6fc}.note{fill:#9198a1}\
    .rule{stroke:#3d444d}.on{fill:#2a313c}.t0{fill:#4493f8}.t1{fill:#ab7df8}.t2{fill:#3fb950}.t3{fill:#f85149}\
    .t4{fill:#db61a2}.t5{fill:#39c5cf}.held{fill:#d29922}.stop{fill:#656c76}}\
    text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.title{font-size:17px;font-weight:600}\
    .name{font-weight:600}.note{font-size:12px}.soft{opacity:.45}";

/// All pictures in one file, one below the other.
pub(super) fn render(pictures: &[Picture], given: &[String]) -> String {
    let mut canvas = Canvas::new();
    for picture in pictures {
        draw(&mut canvas, picture, given);
    }
    let names: Vec<&str> = pictures.iter().map(|picture| picture.environment.as_str()).collect();
    let flag = pictures.first().map_or("", |picture| picture.flag.as_str());
    let title = escaped(&format!("{flag} in {}", names.join(", ")));
    let described: Vec<String> = pictures.iter().map(described).collect();
    let height = canvas.height();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title desc\" style=\"max-width:100%;height:auto\">\n<title id=\"title\">{title}</title>\n\
         <desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
        escaped(&described.join(" ")),
        canvas.into_content(),
    )
}

/// The picture for whoever cannot see it.
fn described(picture: &Picture) -> String {
    if let Some(why) = words::unserved(picture) {
        return format!("{why}.");
    }
    let mut text = format!("{} at {}:", picture.environment, instant_text(picture.at));
    for (line, shares) in picture.lines.iter().zip(&picture.overall.lines) {
        let (reach, take) = (between(&shares.reach, "–"), between(&shares.take, "–"));
        if line.enabled {
            let _ = write!(text, " {}: reached by {reach}, takes {take};", line.name);
        }
    }
    let _ = write!(text, " the caller's default: {}.", between(&picture.overall.default, "–"));
    text
}

fn draw(canvas: &mut Canvas, picture: &Picture, given: &[String]) {
    canvas.down(34.0);
    canvas.text(MARGIN, "title", WIDTH - 2.0 * MARGIN, &format!("{} in {}", picture.flag, picture.environment));
    canvas.down(20.0);
    if let Some(why) = words::unserved(picture) {
        canvas.paragraph(&why, NOTE);
        return;
    }
    let population = words::population(given);
    let notes = [Some(format!("at {}; {population}", instant_text(picture.at))), words::times(picture)];
    for note in notes.into_iter().flatten() {
        canvas.paragraph(&note, NOTE);
    }
    panel(canvas, picture, &picture.overall, false);
    for (number, region) in picture.regions.iter().enumerate().take(SHOWN).filter(|_| picture.regions.len() > 1) {
        canvas.rule();
        canvas.down(26.0);
        canvas.text(MARGIN, "name", WIDTH - 2.0 * MARGIN, &words::region(number + 1, region, picture));
        canvas.down(17.0);
        canvas.paragraph(&words::instance(region), NOTE);
        panel(canvas, picture, &region.shares, true);
    }
    let keys = picture.keys.iter().flat_map(|group| {
        let end = |end| format!("{}: {}", words::keys(group, end, picture), words::key_list(&end.keys, SHOWN));
        group.ends.iter().map(end)
    });
    for note in words::more_regions(picture).into_iter().chain(keys) {
        canvas.down(8.0);
        canvas.paragraph(&note, NOTE);
    }
}

/// The lines, one below the other; `reached` leaves out those that nobody of a region gets to.
fn panel(canvas: &mut Canvas, picture: &Picture, shares: &Shares, reached: bool) {
    canvas.down(22.0);
    for (line, shares) in picture.lines.iter().zip(&shares.lines) {
        if reached && (shares.reach.most.is_zero() || !line.enabled) {
            continue;
        }
        canvas.text(MARGIN, "name", BAR.0 - MARGIN - 12.0, &line.name);
        if !line.enabled {
            canvas.text(BAR.0, "note", BAR.1, "switched off");
            canvas.down(LINE / 2.0);
            continue;
        }
        if line.kind != Kind::Otherwise {
            canvas.below(NOTE, MARGIN, "note", BAR.0 - MARGIN - 12.0, line.kind.word());
        }
        let room = WIDTH - MARGIN - NUMBERS;
        canvas.text(NUMBERS, "name", room, &format!("{} taken", between(&shares.take, "–")));
        canvas.below(NOTE, NUMBERS, "note", room, &format!("{} reach it", between(&shares.reach, "–")));
        if shares.stopped.most.is_zero() || !shares.falls_on.most.is_zero() {
            let fall = format!("{} fall on", between(&shares.falls_on, "–"));
            canvas.below(2.0 * NOTE, NUMBERS, "note", room, &fall);
        }
        let legend = bar(canvas, picture, shares);
        canvas.down(LINE.max(legend + 28.0));
    }
    canvas.text(MARGIN, "name", BAR.0 - MARGIN - 12.0, "the caller's default");
    let start = shares.default.exact().map_or(0.0, |share| 1.0 - share.to_f64());
    segment(canvas, start, &shares.default, Tone::Stopped, "the caller's default");
    canvas.text(NUMBERS, "name", WIDTH - MARGIN - NUMBERS, &between(&shares.default, "–"));
    canvas.down(18.0);
}

/// Who reaches the line, pale; whom it takes in the variations' colours, and a legend below, so many pixels high.
fn bar(canvas: &mut Canvas, picture: &Picture, shares: &LineShares) -> f64 {
    let known = shares.reach.exact().filter(|_| shares.take.exact().is_some());
    let mut start = known.map_or(0.0, |reach| 1.0 - reach.to_f64());
    let reach = format!("{} reach it, {} fall on", between(&shares.reach, "–"), between(&shares.falls_on, "–"));
    canvas.bar(x(start), width(&shares.reach.most), "on", &reach);
    let mut legend = Vec::new();
    let parts = words::parts(shares).map(|part| {
        let tone =
            if part.holdout.is_some() { Tone::HeldOut } else { Tone::Variation(color(picture, &part.variation)) };
        (tone, words::part(part), &part.share)
    });
    let stopped = (!shares.stopped.most.is_zero())
        .then(|| (Tone::Stopped, "left out: the caller's default".to_owned(), &shares.stopped));
    for (tone, name, share) in parts.chain(stopped) {
        let label = format!("{} {name}", between(share, "–"));
        segment(canvas, start, share, tone, &label);
        start += share.most.to_f64();
        legend.push((tone, label));
    }
    canvas.legend(BAR, &legend, NOTE)
}

/// What is taken in every region in full, what only some take pale.
fn segment(canvas: &mut Canvas, start: f64, share: &Between, tone: Tone, label: &str) {
    let class = tone.class();
    canvas.bar(x(start), width(&share.least), &class, label);
    if share.exact().is_none() {
        let sure = share.least.to_f64();
        let rest = (share.most.to_f64() - sure) * BAR.1;
        canvas.bar(x(start + sure), rest, &format!("{class} soft"), label);
    }
}

fn x(share: f64) -> f64 {
    BAR.0 + share.min(1.0) * BAR.1
}

/// At least a hair's breadth where it is anybody at all.
fn width(share: &Fraction) -> f64 {
    if share.is_zero() { 0.0 } else { (share.to_f64() * BAR.1).max(1.0) }
}

/// One colour a variation, the same in all lines: in the order in which lines serve them.
fn color(picture: &Picture, variation: &str) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    for part in picture.overall.lines.iter().flat_map(|line| &line.parts) {
        if !seen.contains(&&*part.variation) {
            seen.push(&part.variation);
        }
    }
    seen.iter().position(|known| *known == variation).unwrap_or(0)
}
