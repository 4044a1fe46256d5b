//! What a file defines, and which names each definition mentions, as words: nothing is resolved.

use std::collections::BTreeSet;

use crate::diagnostic::Sink;
use crate::source::{FileKind, SourceSet};
use crate::syntax::tree::{Node, Value};
use crate::syntax::{self, reader};

/// A statement of a file of definitions.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Definition {
    /// `flag`, `segment` and so on.
    pub word: String,
    /// What it defines.
    pub name: String,
    /// As written.
    pub text: String,
    /// Every text in it: what it uses is among them.
    pub mentions: BTreeSet<String>,
    /// The files it names, relative to the workspace.
    pub data: BTreeSet<String>,
}

impl Definition {
    /// Whether it defines something that flags use by name.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.word.as_str(), "attribute" | "segment" | "layer" | "holdout")
    }

    /// Whether it defines a flag.
    pub(super) fn is_flag(&self) -> bool {
        self.word == "flag"
    }

    /// Whether it uses one of these names, or any of the same spelling.
    pub(super) fn mentions_any(&self, names: &BTreeSet<String>) -> bool {
        !names.is_disjoint(&self.mentions)
    }
}

/// The definitions of a file.
pub(super) fn of(path: &str, text: &str) -> Vec<Definition> {
    let mut sources = SourceSet::new();
    let file = sources.add(path, path, FileKind::Definitions, text);
    let data = syntax::references(&sources);
    let tree = reader::read(file, text, &mut Sink::new());
    let definitions = tree.roots().filter_map(|node| {
        let name = node.entries().find_map(|entry| match (entry.name, entry.value) {
            (None, Value::Text(text)) => Some(text.text.to_owned()),
            _ => None,
        })?;
        let span = node.span();
        let inside = data.iter().filter(|one| span.start <= one.span.start && one.span.end <= span.end);
        Some(Definition {
            word: node.name().text.to_owned(),
            name,
            text: sources.text(span).to_owned(),
            mentions: texts(node),
            data: inside.map(|one| one.value.clone()).collect(),
        })
    });
    definitions.collect()
}

/// Every text in a statement: the words of the lines below it, and the texts on all lines, but for what it defines.
fn texts(root: Node<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<Node<'_>> = root.children().collect();
    add(root, 1, &mut found);
    while let Some(node) = open.pop() {
        found.insert(node.name().text.to_owned());
        add(node, 0, &mut found);
        open.extend(node.children());
    }
    found
}

/// The texts on a line, but for the first `skipped` ones.
fn add(node: Node<'_>, skipped: usize, found: &mut BTreeSet<String>) {
    let values = node.entries().filter_map(|entry| match entry.value {
        Value::Text(text) => Some((entry.name.is_none(), text.text)),
        Value::Number(_) | Value::Bool(_) | Value::Null => None,
    });
    found.extend(values.skip(skipped).map(|(_, text)| text.to_owned()));
    found.extend(node.entries().filter_map(|entry| entry.name).map(|name| name.text.to_owned()));
}
