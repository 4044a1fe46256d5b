//! What changes and moves nobody: test cases, the levels of rules, and policies. They decide what passes, so reviewers are told.

use std::collections::BTreeMap;

use super::words::{Mark, Sides};
use super::{Cause, Side};
use crate::diagnostic::Sink;
use crate::source::{FileKind, SourceSet, Span};
use crate::syntax::reader;
use crate::syntax::tree::{Node, Value};

/// The kinds of causes that move nobody.
pub(super) const KINDS: [&str; 3] = ["rules", "policy", "tests"];

/// What tells a line from the others of its kind, and how often it stood before.
type Key = (&'static str, String, String, usize);

/// A line of `rules` or `policy`, or a case.
struct Line {
    /// What it says, whatever its layout and comments.
    said: String,
    span: Span,
}

/// Each flag's tests, the rules and the policy, where they are others; nothing where a side is a file.
pub(super) fn causes(base: &Side<'_>, head: &Side<'_>) -> Vec<Cause> {
    let (Some((_, before)), Some((_, after))) = (base.workspace, head.workspace) else { return Vec::new() };
    let (old, new) = (lines(before, after), lines(after, before));
    let sides = Sides { base, head };
    let mut causes: BTreeMap<(usize, String), Cause> = BTreeMap::new();
    let keys: std::collections::BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    for key @ (kind, name, own, _) in keys {
        let (was, is) = (old.get(key), new.get(key));
        let spans = (was.map(|line| line.span), is.map(|line| line.span));
        let title = if *kind == "tests" { format!("tests of `{name}`") } else { (*kind).to_owned() };
        let case = format!("case `{own}`");
        let told = |line: &Line| if *kind == "tests" { case.clone() } else { format!("`{}`", line.said) };
        let (mark, text) = match (was, is) {
            (Some(was), Some(is)) if was.said == is.said => continue,
            (Some(_), Some(_)) if *kind == "tests" => (Mark::Changed, format!("{case} says something else")),
            (Some(was), Some(is)) => (Mark::Changed, format!("{} → {}", told(was), told(is))),
            (None, Some(is)) => (Mark::Added, format!("+ {}", told(is))),
            (Some(was), None) => (Mark::Removed, format!("- {}", told(was))),
            (None, None) => continue,
        };
        let word = sides.word(mark, format!("{title}: {text}"), spans.0, spans.1);
        let order = KINDS.iter().position(|known| known == kind).unwrap_or_default();
        let cause = causes.entry((order, name.clone())).or_insert_with(|| Cause {
            kind,
            name: if name.is_empty() { (*kind).to_owned() } else { name.clone() },
            words: Vec::new(),
            touches: BTreeMap::new(),
        });
        cause.words.push(word);
    }
    causes.into_values().collect()
}

/// The lines of the files that are not the same in `other`.
fn lines(sources: &SourceSet, other: &SourceSet) -> BTreeMap<Key, Line> {
    let mut found = BTreeMap::new();
    let asked = |kind| matches!(kind, FileKind::Configuration | FileKind::Tests);
    for (id, file) in sources.files().filter(|(_, file)| asked(file.kind)) {
        let same = other.by_path(&file.path).is_some_and(|there| other.file(there).text == file.text);
        if same {
            continue;
        }
        let tree = reader::read(id, &file.text, &mut Sink::new());
        for root in tree.roots() {
            let kind = KINDS.into_iter().find(|kind| *kind == root.name().text);
            let Some(kind) = kind.filter(|kind| (*kind == "tests") == (file.kind == FileKind::Tests)) else { continue };
            let name = if kind == "tests" { texts(root).first().cloned().unwrap_or_default() } else { String::new() };
            for node in root.children() {
                let own = match kind {
                    "tests" => texts(node).join(" "),
                    "rules" => texts(node).into_iter().chain(scope(node)).collect::<Vec<_>>().join(" "),
                    _ => node.name().text.to_owned(),
                };
                let mut key = (kind, name.clone(), own, 0);
                while found.contains_key(&key) {
                    key.3 += 1;
                }
                found.insert(key, Line { said: said(node), span: node.header() });
            }
        }
    }
    found
}

/// The texts on a line that have no name.
fn texts(node: Node<'_>) -> Vec<String> {
    let values = node.entries().filter(|entry| entry.name.is_none());
    values.map(|entry| value(&entry.value)).collect()
}

/// The files that a level is for.
fn scope(node: Node<'_>) -> Option<String> {
    let of = |name: &str| node.entries().find(|entry| entry.name.is_some_and(|own| own.text == name));
    of("in").map(|entry| format!("in={}", value(&entry.value)))
}

/// A line with what is below it.
fn said(node: Node<'_>) -> String {
    let mut words = vec![node.name().text.to_owned()];
    for entry in node.entries() {
        let written = match &entry.value {
            Value::Text(text) if entry.name.is_some() => crate::syntax::print::quoted(text.text),
            Value::Text(text) => crate::syntax::print::text(text.text),
            other => value(other),
        };
        words.push(match entry.name {
            Some(name) => format!("{}={written}", name.text),
            None => written,
        });
    }
    let below: Vec<String> = node.children().map(said).collect();
    if !below.is_empty() {
        words.push(format!("{{ {} }}", below.join("; ")));
    }
    words.join(" ")
}

fn value(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => text.text.to_owned(),
        Value::Number(number) => (*number).to_owned(),
        Value::Bool(truth) => format!("#{truth}"),
        Value::Null => "#null".to_owned(),
    }
}
