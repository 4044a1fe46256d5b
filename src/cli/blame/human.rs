//! An answer of `blame` for people.

use std::fmt::Write as _;

use super::document::{Document, Since};
use crate::cli::eval::steps::bare;
use crate::cli::history::document::{Gets, Reached};
use crate::cli::output::printable;
use crate::diagnostic::render::human::Look;

/// One line for grep: flag, subject, kind, commit or instant, variation before and after, tab-separated; `-` where there is none.
pub(super) fn one_line(document: &Document) -> String {
    let (kind, since) = match &document.since {
        Since::Uncommitted => ("uncommitted", None),
        Since::Commit { commit } => ("commit", Some(&commit.short)),
        Since::Schedule { at, .. } => ("schedule", Some(at)),
        Since::Before { commit } => ("before", Some(&commit.short)),
    };
    let before = document.before.as_ref().and_then(|before| before.variation.clone());
    let fields = [
        Some(document.flag.clone()),
        Some(document.subject.clone()),
        Some(kind.to_owned()),
        since.cloned(),
        before,
        document.after.variation.clone(),
    ];
    let fields = fields.map(|field| field.map_or_else(|| "-".to_owned(), |field| printable(&field).into_owned()));
    fields.join("\t")
}

/// The whole answer.
pub(super) fn render(document: &Document, look: Look) -> String {
    let mut out = String::new();
    let (on, off) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let Document { flag, subject, environment, at, .. } = document;
    if matches!(document.since, Since::Uncommitted) {
        let _ = writeln!(out, "{on}not committed yet{off}");
    }
    let (flag, subject) = (printable(flag), bare(subject));
    let _ =
        writeln!(out, "{on}{flag}{off} for {on}{}{off} in {} at {at}\n", printable(&subject), printable(environment));
    let _ = writeln!(out, "{on}{}{off}", since(document));
    let before = document.before.as_ref().map_or_else(|| nothing_before(document).to_owned(), Gets::words);
    let _ = writeln!(out, "  before: {before}");
    let _ = writeln!(out, "  after:  {}", after(document));
    places(document, &mut out);
    let commands = [document.before.as_ref(), Some(&document.after)];
    let commands: Vec<&String> = commands.into_iter().flatten().filter_map(|gets| gets.command.as_ref()).collect();
    if !commands.is_empty() {
        out.push('\n');
    }
    for command in commands {
        let _ = writeln!(out, "  {command}");
    }
    notes(document, &mut out);
    out
}

fn since(document: &Document) -> String {
    match &document.since {
        Since::Uncommitted => "since a change of the working tree".to_owned(),
        Since::Commit { commit } if document.before.is_none() => format!("since history begins: {}", commit.line()),
        Since::Commit { commit } => format!("since {}", commit.line()),
        Since::Schedule { at, commit, step } => {
            format!("since {at}, by the schedule of {} written in {}", printable(step), commit.line())
        }
        Since::Before { commit } => format!("since {} or earlier", commit.line()),
    }
}

fn nothing_before(document: &Document) -> &'static str {
    match document.reached {
        Reached::Answer | Reached::Beginning => "there was no commit",
        Reached::CutOff | Reached::Limit => "not known",
    }
}

fn after(document: &Document) -> String {
    if document.after.defined { document.after.words() } else { "the flag does not exist".to_owned() }
}

fn places(document: &Document, out: &mut String) {
    let is_scheduled = matches!(document.since, Since::Schedule { .. });
    if let Some(placed) = &document.placed {
        let _ = writeln!(out, "  {} {}", if is_scheduled { "scheduled at" } else { "placed at" }, placed.words());
    }
    if let Some(defined) = &document.defined {
        let _ = writeln!(out, "  defined at {}", defined.words());
    }
}

fn notes(document: &Document, out: &mut String) {
    let mut notes: Vec<String> =
        document.unreadable.iter().map(|one| format!("{}; it may be so since then", one.line())).collect();
    // By its schedule it is so since an instant that was seen.
    if !matches!(document.since, Since::Schedule { .. }) {
        notes.extend(document.reached.note(document.walked));
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    for note in notes {
        let _ = writeln!(out, "note: {note}");
    }
}
