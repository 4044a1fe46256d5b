//! The waterfall at a terminal: a table with a bar for each line, all numbers exact.

mod bar;

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::words::{self, SHOWN, between};
use crate::cli::output::printable;
use crate::count::Fraction;
use crate::diagnostic::render::human::Look;
use crate::evaluate::event::instant_text;
use crate::show::{Kind, Line, LineShares, Picture, Shares};
use bar::Bar;

/// The longest bar, in columns: everyone.
const BAR: usize = 40;
/// Shorter bars say nothing.
const SHORTEST: usize = 8;

/// What those get whom no line takes.
const DEFAULT: &str = "the caller's default";
/// Longer names give way to bars.
const NAME: usize = 32;

/// A line of a table. Cells without a share are empty.
struct Row {
    name: String,
    kind: String,
    reach: String,
    take: String,
    falls_on: String,
    bar: Option<Bar>,
    /// Whether it is a line of the waterfall, not a part of one.
    whole: bool,
}

/// All pictures, an empty line between two.
pub(super) fn render(pictures: &[Picture], given: &[String], look: Look) -> String {
    let pictures = pictures.iter().map(|picture| one(picture, given, look));
    pictures.collect::<Vec<_>>().join("\n\n")
}

fn one(picture: &Picture, given: &[String], look: Look) -> String {
    let (strong, _, plain) = paint(look);
    let environment = printable(&picture.environment);
    let at = instant_text(picture.at);
    let mut text = format!("{strong}{}{plain} in {environment} at {at}\n", printable(&picture.flag));
    let say = |text: &mut String, line: &str| {
        let options = textwrap::Options::new(look.width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&printable(line), options) {
            let _ = writeln!(text, "{line}");
        }
    };
    if let Some(why) = words::unserved(picture) {
        say(&mut text, &why);
        return text;
    }
    say(&mut text, &words::population(given));
    words::times(picture).iter().for_each(|times| say(&mut text, times));
    text.push('\n');
    table(&mut text, &rows(picture, &picture.overall, false, look), look);
    let apart = picture.regions.len() > 1;
    for (number, region) in picture.regions.iter().enumerate().take(SHOWN).filter(|_| apart) {
        text.push('\n');
        say(&mut text, &words::region(number + 1, region, picture));
        say(&mut text, &words::instance(region));
        table(&mut text, &rows(picture, &region.shares, true, look), look);
    }
    if let Some(more) = words::more_regions(picture) {
        text.push('\n');
        say(&mut text, &more);
    }
    for group in &picture.keys {
        text.push('\n');
        for end in &group.ends {
            let list = words::key_list(&end.keys, SHOWN);
            say(&mut text, &format!("{}: {list}", words::keys(group, end, picture)));
        }
    }
    text
}

/// `reached` leaves out the lines that nobody of a region gets to.
fn rows(picture: &Picture, shares: &Shares, reached: bool, look: Look) -> Vec<Row> {
    let dash = if look.unicode { "–" } else { "-" };
    let mut rows = Vec::new();
    for (line, shares) in picture.lines.iter().zip(&shares.lines) {
        if reached && (shares.reach.most.is_zero() || !line.enabled) {
            continue;
        }
        let name = printable(&line.name).into_owned();
        let kind = kind(line, shares, look);
        if !line.enabled {
            let off = "switched off".to_owned();
            rows.push(Row {
                name,
                kind,
                reach: String::new(),
                take: off,
                falls_on: String::new(),
                bar: None,
                whole: true,
            });
            continue;
        }
        let fall = if shares.stopped.most.is_zero() || !shares.falls_on.most.is_zero() {
            between(&shares.falls_on, dash)
        } else {
            String::new()
        };
        let bar = Some(Bar::of_line(&shares.reach, &shares.take));
        let (reach, take) = (between(&shares.reach, dash), between(&shares.take, dash));
        rows.push(Row { name, kind, reach, take, falls_on: fall, bar, whole: true });
        let mut start = shares.reach.exact().map_or(0.0, |reach| 1.0 - reach.to_f64());
        for part in words::parts(shares).filter(|_| words::only(shares).is_none()) {
            let bar = Some(Bar::of_part(start, &part.share));
            start += part.share.exact().map_or(0.0, Fraction::to_f64);
            rows.push(Row::part(printable(&words::part(part)).into_owned(), between(&part.share, dash), bar));
        }
        if !shares.stopped.most.is_zero() {
            let bar = Some(Bar::of_part(start, &shares.stopped));
            rows.push(Row::part("left out: the caller's default".to_owned(), between(&shares.stopped, dash), bar));
        }
    }
    let default = shares.default.exact().map_or(0.0, |share| 1.0 - share.to_f64());
    rows.push(Row {
        name: DEFAULT.to_owned(),
        kind: String::new(),
        reach: String::new(),
        take: between(&shares.default, dash),
        falls_on: String::new(),
        bar: Some(Bar::of_part(default, &shares.default)),
        whole: true,
    });
    rows
}

/// `gate → on`: a line that serves one variation says so itself.
fn kind(line: &Line, shares: &LineShares, look: Look) -> String {
    let word = if line.kind == Kind::Otherwise { "" } else { line.kind.word() };
    let arrow = if look.unicode { "→" } else { "->" };
    let served = words::only(shares).map(|served| format!("{word} {arrow} {}", printable(served)));
    shortened(served.as_deref().unwrap_or(word).trim_start(), NAME, look.unicode)
}

impl Row {
    fn part(name: String, take: String, bar: Option<Bar>) -> Self {
        Self {
            name: format!("  {name}"),
            kind: String::new(),
            reach: String::new(),
            take,
            falls_on: String::new(),
            bar,
            whole: false,
        }
    }
}

fn table(text: &mut String, rows: &[Row], look: Look) {
    let (strong, weak, plain) = paint(look);
    let widest =
        |of: fn(&Row) -> &str, head: usize| rows.iter().map(|row| of(row).width()).max().unwrap_or(0).max(head);
    let kinds = widest(|row| &row.kind, 0);
    let (reach, take) = (widest(|row| &row.reach, "reach it".len()), widest(|row| &row.take, "taken".len()));
    let falls = widest(|row| &row.falls_on, "fall on".len());
    let numbers = kinds + reach + take + falls + 8;
    let room = look.width.saturating_sub(numbers);
    // Names give way to short bars, but not without end; what they leave is for longer bars.
    let names = widest(|row| &row.name, 0).min(room.saturating_sub(SHORTEST + 2).clamp(12, NAME).min(room.max(12)));
    let bar = look.width.saturating_sub(names + numbers + 2).min(BAR);
    let _ = writeln!(
        text,
        "{weak}{:names$}  {:kinds$}  {:>reach$}  {:>take$}  {:>falls$}{plain}",
        "", "", "reach it", "taken", "fall on"
    );
    for row in rows {
        let name = padded(&shortened(&row.name, names, look.unicode), names);
        let name = if row.whole { format!("{strong}{name}{plain}") } else { name };
        let (reach, take) = (ahead(&row.reach, reach), ahead(&row.take, take));
        let (kind, fall) = (padded(&row.kind, kinds), ahead(&row.falls_on, falls));
        let drawn = row.bar.as_ref().filter(|_| bar >= SHORTEST).map(|drawn| drawn.draw(bar, look.unicode));
        let (on, off) = if look.color && !row.whole { ("\u{1b}[36m", plain) } else { ("", "") };
        let line = format!("{name}  {kind}  {reach}  {take}  {fall}  ");
        let drawn = drawn.filter(|drawn| !drawn.trim().is_empty());
        match drawn {
            Some(drawn) => {
                let _ = writeln!(text, "{line}{on}{drawn}{off}");
            }
            None => {
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
}

fn paint(look: Look) -> (&'static str, &'static str, &'static str) {
    if look.color { ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn ahead(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

/// Text that fits, with an ellipsis where it was cut.
pub(in crate::cli) fn shortened(text: &str, width: usize, unicode: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let dots = if unicode { "…" } else { "..." };
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() + dots.width() > width {
            kept.pop();
            break;
        }
    }
    kept + dots
}
