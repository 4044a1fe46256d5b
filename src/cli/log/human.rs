//! The history of a flag for people.

use std::fmt::Write as _;

use super::document::{Document, Entry, Environment};
use crate::cli::diff::words::end;
use crate::cli::history::document::Reached;
use crate::cli::output::printable;
use crate::diagnostic::render::human::Look;
use crate::diff::End;

/// One line for each move, or for each commit without any: commit, day, class, environment, kind, share, from, to; tab-separated,
/// `-` where there is none.
pub(super) fn plain(document: &Document) -> String {
    let mut out = String::new();
    for entry in &document.entries {
        let commit = [entry.commit.short.as_str(), entry.commit.at.get(..10).unwrap_or_default(), entry.class];
        let moves =
            entry.environments.iter().flat_map(|one| one.moves.iter().map(move |each| (&one.environment, each)));
        let rows: Vec<[String; 5]> = moves
            .map(|(environment, each)| {
                let [_, share] = &each.words;
                let variation = |end: &Option<End>| end.as_ref().map_or("-", |end| &end.variation).to_owned();
                [environment.clone(), each.kind.to_owned(), share.clone(), variation(&each.from), variation(&each.to)]
            })
            .collect();
        let none = [(); 5].map(|()| "-".to_owned());
        for row in if rows.is_empty() { vec![none] } else { rows } {
            let fields = commit.iter().copied().chain(row.iter().map(String::as_str)).map(printable);
            let _ = writeln!(out, "{}", fields.collect::<Vec<_>>().join("\t"));
        }
    }
    out
}

/// Commit by commit.
pub(super) fn render(document: &Document, look: Look) -> String {
    let mut out = String::new();
    let arrow = if look.unicode { "→" } else { "->" };
    for (index, entry) in document.entries.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        self::entry(entry, document.environment.is_some(), (look, arrow), &mut out);
    }
    let mut notes: Vec<String> = Vec::new();
    if document.entries.is_empty() {
        let environment = document.environment.as_ref().map(|name| format!(" in {}", printable(name)));
        notes.push(format!("no commit changed anything for anybody{}", environment.unwrap_or_default()));
    }
    notes.extend(document.unreadable.iter().map(|one| one.line()));
    match document.reached {
        Reached::Limit => notes.push("there may be more: a larger `--limit` shows them".to_owned()),
        reached => notes.extend(reached.note(document.walked)),
    }
    if !notes.is_empty() && !document.entries.is_empty() {
        out.push('\n');
    }
    for note in notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn entry(entry: &Entry, is_only: bool, (look, arrow): (Look, &str), out: &mut String) {
    let (on, off) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let _ = writeln!(out, "{on}{}{off}", entry.commit.line());
    let what = match entry.class {
        "added" => "added: the flag is new",
        "same" => "same: nobody gets anything else (proved)",
        "relabel" => "relabel: the same values under other names, keys or logging",
        "sticky" => "sticky: subjects are new, nobody leaves an arm",
        "release" => "release: some lose their arm and get the default",
        "reassign" => "reassign: some get another value",
        "retype" => "retype: the flag has another type",
        "remove" => "remove: the flag is gone",
        _ => "undecided: the proof cost too much",
    };
    let _ = writeln!(out, "  {what}");
    for one in &entry.environments {
        environment(one, is_only, arrow, out);
    }
    for one in &entry.unreadable {
        let _ = writeln!(out, "  note: {}; what it changed is among the above", one.line());
    }
}

fn environment(one: &Environment, is_only: bool, arrow: &str, out: &mut String) {
    let name = printable(&one.environment);
    let status = one.status.map(|status| format!(" ({status})")).unwrap_or_default();
    if !(is_only && status.is_empty()) {
        let _ = writeln!(out, "  {name}{status}");
    }
    for word in &one.words {
        let _ = writeln!(out, "    {}", printable(word));
    }
    for each in &one.moves {
        let [who, share] = &each.words;
        let (from, to) = (end(each.from.as_ref(), each.to.as_ref()), end(each.to.as_ref(), each.from.as_ref()));
        let text = format!("{:11} {share} of {who}: {from} {arrow} {to}", each.kind);
        let _ = writeln!(out, "    {}", printable(&text));
    }
    if let Some(why) = &one.undecided {
        let _ = writeln!(out, "    undecided: {}", printable(why));
    }
    if one.moves.is_empty() && one.undecided.is_none() {
        out.push_str("    nobody gets anything else\n");
    }
}
