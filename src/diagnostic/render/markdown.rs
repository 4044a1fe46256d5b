//! Markdown for a comment that is kept up to date, or for a step's summary: marker, verdict, tables, and the rest folded.
//!
//! A comment has an end. What has no room is left out, the least first: details, notes and warnings, rows of sections. Errors are
//! never left out; they only get shorter.

mod text;

use std::fmt::Write as _;

use super::counted;
use super::report::{Fold, Found, Report, Section};
use crate::diagnostic::Severity;
use text::{cell, code, plain, verbatim};

/// The most bytes of a comment, and so the most characters: GitHub takes 65 536.
pub const MOST_BYTES: usize = 65_000;

/// What is said about what was left out.
const ROOM_FOR_NOTES: usize = 1_500;

const HEAD: &str = "\n| | finding | place | next step |\n|---|---|---|---|\n";

/// The first line of a comment, by which the next run finds it.
#[must_use]
pub fn marker(key: Option<&str>) -> String {
    key.map_or_else(|| "<!-- flagfall -->".to_owned(), |key| format!("<!-- flagfall: {key} -->"))
}

/// The whole comment.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let found = report.found();
    let (errors, lesser) = found.split_at(report.count(Severity::Error));
    let how = if report.passed { "passed" } else { "failed" };
    let top =
        format!("{}\n**{} {how}**: {}\n", marker(report.key.as_deref()), cell("flagfall"), plain(&report.verdict));
    let mut room =
        Room { left: MOST_BYTES.saturating_sub(top.len() + ROOM_FOR_NOTES), shorter: None, left_out: Vec::new() };

    // Who comes first gets the room; where things stand is another matter.
    let errors_text = self::errors(errors, &mut room);
    let sections: Vec<String> = report.sections.iter().map(|section| table(section, &mut room)).collect();
    let lesser_rows = room.take(lesser.iter().map(row), "lesser finding");
    let details = room.take(found.iter().filter_map(detail), "detail");
    let folds: Vec<String> = report.sections.iter().map(|section| folds(&section.folds, &mut room)).collect();

    let mut text = top;
    for (section, folds) in sections.iter().zip(&folds) {
        text.push_str(section);
        text.push_str(folds);
    }
    text.push_str(&errors_text);
    if !lesser_rows.is_empty() {
        let head = if errors_text.ends_with("|\n") { "" } else { HEAD };
        text.push_str(head);
        text.push_str(&lesser_rows);
    }
    if !details.is_empty() {
        text.push('\n');
        text.push_str(&details);
    }
    text + &room.note(&report.command).unwrap_or_default()
}

/// How many bytes are left, and what had to be left out.
struct Room {
    left: usize,
    /// What is wanting of errors.
    shorter: Option<&'static str>,
    /// How many of what.
    left_out: Vec<(usize, &'static str)>,
}

impl Room {
    /// As many of the parts as there is room for, from the first on.
    fn take(&mut self, parts: impl Iterator<Item = String>, what: &'static str) -> String {
        let (mut taken, mut refused) = (String::new(), 0_usize);
        for part in parts {
            if refused == 0 && part.len() <= self.left {
                self.left -= part.len();
                taken.push_str(&part);
            } else {
                refused += 1;
            }
        }
        if refused > 0 {
            match self.left_out.iter_mut().find(|(_, known)| *known == what) {
                Some((count, _)) => *count += refused,
                None => self.left_out.push((refused, what)),
            }
        }
        taken
    }

    /// What was left out, in words.
    fn note(&self, command: &str) -> Option<String> {
        let counts = self.left_out.iter().map(|(count, what)| counted(*count, what));
        let all: Vec<String> = self.shorter.map(str::to_owned).into_iter().chain(counts).collect();
        (!all.is_empty()).then(|| {
            format!("\nFolded away for want of room: {}. {} shows all of it.\n", all.join(", "), code(command))
        })
    }

    fn spend(&mut self, text: String) -> String {
        self.left = self.left.saturating_sub(text.len());
        text
    }
}

/// All errors, in the longest form that has room: with the next step, a line each without it, their lines by rule and file, the same by
/// directory, or only how many there are of each rule.
fn errors(errors: &[Found<'_>], room: &mut Room) -> String {
    if errors.is_empty() {
        return String::new();
    }
    let whole = errors.iter().fold(HEAD.to_owned(), |text, one| text + &row(one));
    if whole.len() <= room.left {
        return room.spend(whole);
    }
    let short = |text: String, one: &Found<'_>| {
        let finding = one.finding;
        text + &format!("- {} {}: {}\n", finding.rule.id(), place(one), plain(&shortened(&finding.message)))
    };
    let shorter = errors.iter().fold("\n".to_owned(), short);
    if shorter.len() <= room.left {
        room.shorter = Some("the next steps of errors");
        return room.spend(shorter);
    }
    let mut sorted: Vec<&Found<'_>> = errors.iter().collect();
    sorted.sort_by_key(|one| (one.finding.rule, &one.spot.path, one.spot.line));
    let rules = || sorted.chunk_by(|a, b| a.finding.rule == b.finding.rule);
    for form in [by_file, by_directory] {
        let text = rules().fold("\n".to_owned(), |text, all| text + &form(all));
        if text.len() <= room.left {
            room.shorter = Some("the words of errors");
            return room.spend(text);
        }
    }
    room.shorter = Some("the words and places of errors");
    room.spend(rules().fold("\n".to_owned(), |text, all| text + &by_rule(all)))
}

/// Errors of one rule: a line a file, with the numbers of its lines.
fn by_file(errors: &[&Found<'_>]) -> String {
    let groups = errors.chunk_by(|a, b| a.spot.path == b.spot.path);
    let line = |group: &[&Found<'_>]| {
        let path = group.first().map_or("", |one| one.spot.path.as_str());
        let lines: Vec<String> = group.iter().map(|one| one.spot.line.to_string()).collect();
        format!("- {} in {}: {}\n", named(group), code(path), lines.join(" "))
    };
    groups.map(line).collect()
}

/// The same: a line a directory, with its files and the numbers of their lines.
fn by_directory(errors: &[&Found<'_>]) -> String {
    let groups = errors.chunk_by(|a, b| split(&a.spot.path).0 == split(&b.spot.path).0);
    let line = |group: &[&Found<'_>]| {
        let directory = group.first().map_or("", |one| split(&one.spot.path).0);
        let places: Vec<String> =
            group.iter().map(|one| format!("{}:{}", split(&one.spot.path).1, one.spot.line)).collect();
        format!("- {} in {}: {}\n", named(group), code(directory), code(&places.join(" ")))
    };
    groups.map(line).collect()
}

/// The same: how many there are.
fn by_rule(errors: &[&Found<'_>]) -> String {
    let files = errors.chunk_by(|a, b| a.spot.path == b.spot.path).count();
    format!("- {} in {}\n", named(errors), counted(files, "file"))
}

/// `FF1010 unknown-variation, 2 errors`.
fn named(errors: &[&Found<'_>]) -> String {
    let rule = errors
        .first()
        .map_or_else(String::new, |one| format!("{} {}, ", one.finding.rule.id(), one.finding.rule.name()));
    format!("{rule}{}", counted(errors.len(), "error"))
}

/// Directory and name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((".", path))
}

/// The message, cut where a line would end.
fn shortened(message: &str) -> String {
    let mut cut: String = message.chars().take(100).collect();
    if cut.len() < message.len() {
        cut.push('…');
    }
    cut
}

fn place(one: &Found<'_>) -> String {
    match one.finding.span {
        Some(_) if one.was.is_some() => code(one.was.as_deref().unwrap_or_default()),
        Some(_) => code(&format!("{}:{}", one.spot.path, one.spot.line)),
        None => "the workspace".to_owned(),
    }
}

fn row(one: &Found<'_>) -> String {
    let finding = one.finding;
    let (level, id, place) = (finding.severity.word(), finding.rule.id(), place(one).replace('|', "\\|"));
    format!("| {level} | {id} {} | {place} | {} |\n", cell(&finding.message), cell(&finding.help))
}

/// What a finding means, and somebody for whom it can be seen.
fn detail(one: &Found<'_>) -> Option<String> {
    let finding = one.finding;
    let witness = finding.witness.as_ref();
    if finding.meaning.is_empty() && witness.is_none() {
        return None;
    }
    let paragraphs = Some(&finding.meaning).filter(|meaning| !meaning.is_empty()).cloned().into_iter().collect();
    let summary = format!("{} {} at `{}:{}`", finding.rule.id(), finding.rule.name(), one.spot.path, one.spot.line);
    let verbatim = witness.map_or_else(String::new, |witness| witness.command.clone());
    Some(fold(&Fold { summary, paragraphs, verbatim }))
}

fn fold(fold: &Fold) -> String {
    let mut text = format!("<details><summary>{}</summary>\n\n", text::html(&fold.summary));
    for paragraph in &fold.paragraphs {
        let _ = writeln!(text, "{}\n", plain(paragraph));
    }
    if !fold.verbatim.is_empty() {
        let _ = writeln!(text, "{}\n", verbatim(&fold.verbatim));
    }
    text.push_str("</details>\n");
    text
}

/// Heading, note and table of a section; without heading where even that has no room.
fn table(section: &Section, room: &mut Room) -> String {
    let mut head = format!("\n### {}\n", plain(&section.heading));
    if !section.note.is_empty() {
        let _ = write!(head, "\n{}\n", plain(&section.note));
    }
    if !section.columns.is_empty() {
        let columns: Vec<String> = section.columns.iter().map(|column| cell(column)).collect();
        let _ = write!(head, "\n| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    }
    let head = room.take(std::iter::once(head), "section");
    if head.is_empty() {
        return head;
    }
    let rows = section.rows.iter().map(|row| {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        format!("| {} |\n", cells.join(" | "))
    });
    head + &room.take(rows, "row")
}

fn folds(folds: &[Fold], room: &mut Room) -> String {
    let taken = room.take(folds.iter().map(fold), "detail");
    if taken.is_empty() { taken } else { format!("\n{taken}") }
}
