//! A difference at a terminal: the verdict first, then flag by flag what changed, for whom, and the waterfall it happens in.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::Shown;
use super::grouped::{Group, groups};
use super::words;
use crate::audience;
use crate::cli::output::printable;
use crate::diagnostic::render::human::{self, Look};
use crate::diff::{Change, Class, Line, Mark, Region, Word};
use crate::lower;

/// Flags of one group and cause beyond these are counted only.
const SHOWN: usize = 12;
/// Audiences of lines are cut at so many columns at least.
const AUDIENCE: usize = 24;

/// The whole difference.
pub(super) fn render(shown: &Shown<'_>, look: Look) -> String {
    let face = Face { look };
    let mut out = String::new();
    face.summary(shown, &mut out);
    face.causes(shown, &mut out);
    for group in groups(&shown.plan.changes) {
        out.push('\n');
        face.group(&group, shown, &mut out);
    }
    face.upcoming(shown, &mut out);
    if let Some(sources) = shown.texts
        && !shown.plan.findings.is_empty()
    {
        out.push('\n');
        out.push_str(&human::render(&shown.plan.findings, sources, look));
    }
    out
}

/// How text looks.
struct Face {
    look: Look,
}

impl Face {
    /// Text of others on one line; arrows as the terminal has them.
    fn text(&self, text: &str) -> String {
        let text = printable(text).into_owned();
        if self.look.unicode { text } else { text.replace('→', "->").replace('…', "...").replace('–', "-") }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.look.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn summary(&self, shown: &Shown<'_>, out: &mut String) {
        let _ = writeln!(out, "{}", self.paint("1", &self.text(&words::summary(shown))));
        let sides = format!("{} → {}", words::side(&shown.base), words::side(&shown.head));
        let _ = writeln!(out, "{}", self.paint("2", &self.text(&sides)));
        if let Some(counts) = shown.counts {
            let _ = writeln!(out, "{} subjects {}", counts.subjects, self.text(&counts.source));
        }
    }

    fn causes(&self, shown: &Shown<'_>, out: &mut String) {
        for cause in &shown.plan.causes {
            let touched = match cause.touches.len() {
                _ if cause.is_aside() || matches!(cause.kind, "env" | "exclusive") => String::new(),
                0 => "touches no flag".to_owned(),
                1 => "touches 1 flag".to_owned(),
                many => format!("touches {many} flags"),
            };
            let flags: Vec<&str> = cause.touches.keys().take(SHOWN).map(String::as_str).collect();
            let more = cause.touches.len().checked_sub(SHOWN).filter(|more| *more > 0);
            let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
            out.push('\n');
            for word in &cause.words {
                self.word(word, true, "", out);
            }
            let list = if flags.is_empty() { String::new() } else { format!(": {}{more}", flags.join(", ")) };
            if !touched.is_empty() {
                self.wrapped(&format!("{touched}{list}"), 4, out);
            }
        }
    }

    fn group(&self, group: &Group<'_>, shown: &Shown<'_>, out: &mut String) {
        let (number, change) = group.first;
        let alone = group.flags.len() == 1;
        self.header(group, change, out);
        for word in &change.words {
            self.word(word, alone, "  ", out);
        }
        if let Some(why) = &change.undecided {
            self.wrapped(&format!("undecided: {why}"), 2, out);
            out.push_str("  help: give it more with `--node-budget N`, or ask about less with `--flag` and `--only`\n");
        }
        self.regions(number, change, shown, out);
        if words::shows_order(change) {
            self.waterfall(&change.waterfall, out);
        }
    }

    fn header(&self, group: &Group<'_>, change: &Change, out: &mut String) {
        let code = match change.class {
            Class::Same => "1",
            Class::Relabel | Class::Sticky => "1;32",
            Class::Release => "1;33",
            Class::Reassign | Class::Retype | Class::Remove | Class::Undecided => "1;31",
        };
        let class = self.paint(code, &words::class(change));
        match group.flags.as_slice() {
            [(flag, environments)] => {
                let place =
                    if environments.is_empty() { "in no environment".to_owned() } else { environments.join(", ") };
                let flag = self.paint("1", &self.text(flag));
                let _ = writeln!(out, "{flag}  {}  {class}", self.text(&place));
            }
            flags => {
                let environments = group.environments().map(|all| format!("  {all}")).unwrap_or_default();
                let title = self.paint("1", &format!("{} flags alike", flags.len()));
                let _ = writeln!(out, "{title}{}  {class}", self.text(&environments));
                let names: Vec<&str> = flags.iter().take(SHOWN).map(|(flag, _)| *flag).collect();
                let more = flags.len().checked_sub(SHOWN).filter(|more| *more > 0);
                let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
                self.wrapped(&format!("{}{more}", names.join(", ")), 2, out);
            }
        }
    }

    /// What changed, and where.
    fn word(&self, word: &Word, placed: bool, indent: &str, out: &mut String) {
        let text = self.text(&words::signed(word));
        let place = words::place(word).filter(|_| placed);
        let place = place.map_or_else(String::new, |place| format!("  {}", self.paint("2", &self.text(&place))));
        let code = match word.mark {
            Mark::Added => "32",
            Mark::Removed => "31",
            Mark::Changed | Mark::Moved | Mark::Kept => "33",
        };
        let _ = writeln!(out, "{indent}{}{place}", self.paint(code, &text));
    }

    fn regions(&self, number: usize, change: &Change, shown: &Shown<'_>, out: &mut String) {
        if change.regions.is_empty() {
            return;
        }
        out.push('\n');
        let rows = change.regions.iter().map(|region| {
            let (from, to) = (region.from.as_ref(), region.to.as_ref());
            let ends = format!("{} → {}", words::end(from, to), words::end(to, from));
            [words::portion(region.portion()), region.kind.word().to_owned(), self.text(&ends)]
        });
        let rows: Vec<[String; 3]> = rows.collect();
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
        let (shares, kinds, ends) = (width(0), width(1), width(2));
        for (at, (region, [share, kind, end])) in change.regions.iter().zip(&rows).enumerate() {
            let line = format!("  {}  {}  {}", ahead(share, shares), padded(kind, kinds), padded(end, ends));
            let who = self.text(&words::who(region));
            let who = audience::of(&who);
            self.with_audience(&line, &who, out);
            if let Some(count) = shown.counts.and_then(|counts| counts.regions.get(number)?.get(at)) {
                let _ = writeln!(out, "    {} of {} subjects in that audience move", count.moving, count.audience);
            }
            self.witness(region, out);
        }
    }

    /// The audience on the same line where it fits, else on its own.
    fn with_audience(&self, line: &str, who: &str, out: &mut String) {
        if line.width() + 2 + who.width() <= self.look.width {
            let _ = writeln!(out, "{line}  {who}");
        } else {
            let _ = writeln!(out, "{}", line.trim_end());
            self.wrapped(who, 4, out);
        }
    }

    fn witness(&self, region: &Region, out: &mut String) {
        match &region.witness {
            Some(seen) => {
                let _ = writeln!(out, "    {}", self.paint("2", &seen.command));
            }
            None => out.push_str("    no witness was found within the budget\n"),
        }
    }

    fn waterfall(&self, lines: &[Line], out: &mut String) {
        if lines.is_empty() {
            return;
        }
        out.push('\n');
        let cells = lines.iter().map(|line| {
            let name =
                if line.kind == "otherwise" { line.step.clone() } else { format!("{} {}", line.kind, line.step) };
            [name, line.exposure.clone(), line.gives.clone()].map(|cell| self.text(&cell))
        });
        let cells: Vec<[String; 3]> = cells.collect();
        let width =
            |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
        let (names, sizes, given) = (width(0), width(1), width(2));
        for (line, [name, size, gives]) in lines.iter().zip(&cells) {
            let code = match line.mark {
                Mark::Kept => "0",
                Mark::Added => "32",
                Mark::Removed => "31",
                Mark::Changed | Mark::Moved => "33",
            };
            let head = format!(
                "  {} {}  {}  {}",
                words::signs(line),
                padded(name, names),
                padded(size, sizes),
                padded(gives, given)
            );
            let room = self.look.width.saturating_sub(head.width() + 2).max(AUDIENCE);
            let audience = if line.kind == "otherwise" { String::new() } else { self.text(&line.audience) };
            let audience = crate::cli::show::shortened(&audience, room, self.look.unicode);
            let text = format!("{head}  {audience}");
            let _ = writeln!(out, "{}", self.paint(code, text.trim_end()));
        }
    }

    fn upcoming(&self, shown: &Shown<'_>, out: &mut String) {
        if shown.plan.upcoming.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.paint("1", &format!("by itself, within {} days", shown.question.days)));
        for one in &shown.plan.upcoming {
            let whose: Vec<&str> = one.flag.iter().chain(&one.environment).map(String::as_str).collect();
            let whose = if whose.is_empty() { String::new() } else { format!("{}: ", whose.join(" in ")) };
            let _ = writeln!(out, "  {}  {}", lower::instant(one.at), self.text(&format!("{whose}{}", one.what)));
        }
    }

    fn wrapped(&self, text: &str, indent: usize, out: &mut String) {
        let indent = " ".repeat(indent);
        let options = textwrap::Options::new(self.look.width)
            .initial_indent(&indent)
            .subsequent_indent(&indent)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        for line in textwrap::wrap(&self.text(text), options) {
            let _ = writeln!(out, "{line}");
        }
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn ahead(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}
