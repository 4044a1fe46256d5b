//! Reads small texts and says what came of it.

use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::source::{FileKind, SourceSet};
use crate::syntax::reader;
use crate::syntax::tree::{Node, Tree, Value};

pub(super) fn read<T>(text: &str, look: impl FnOnce(&Tree<'_>) -> T) -> (T, Vec<Diagnostic>) {
    let mut sources = SourceSet::new();
    let file = sources.add("main.kdl", "main.kdl", FileKind::Definitions, text);
    let mut sink = Sink::new();
    let tree = reader::read(file, text, &mut sink);
    tiles(&tree);
    let result = look(&tree);
    (result, sink.into_sorted(&sources))
}

/// Tokens cover every byte once.
fn tiles(tree: &Tree<'_>) {
    let mut end = 0;
    for (_, span) in tree.spans() {
        assert_eq!(span.start, end);
        assert!(span.end > span.start);
        end = span.end;
    }
    assert_eq!(end as usize, tree.text.len());
}

/// Each finding as its id and the text it underlines.
pub(super) fn findings(text: &str) -> Vec<String> {
    read(text, |_| ()).1.iter().map(|finding| format!("{} {}", finding.rule.id(), underlined(text, finding))).collect()
}

fn underlined<'t>(text: &'t str, finding: &Diagnostic) -> &'t str {
    let span = finding.span.expect("findings of the reader have a place");
    assert!(!finding.help.is_empty() && !finding.message.is_empty(), "{finding:?}");
    &text[span.start as usize..span.end as usize]
}

/// The text after all edits; it must read without errors.
pub(super) fn fixed(text: &str) -> String {
    let findings = read(text, |_| ()).1;
    let mut edits: Vec<_> = findings.iter().flat_map(|finding| &finding.edits).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut fixed = text.to_owned();
    for edit in edits.iter().rev() {
        fixed.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
    }
    let errors: Vec<_> = read(&fixed, |_| ()).1.into_iter().filter(|it| it.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{fixed}: {errors:?}");
    fixed
}

/// The tree on one line: `name value key=value { … }`, text in quotes.
pub(super) fn tree(text: &str) -> String {
    read(text, |tree| tree.roots().map(show).collect::<Vec<_>>().join("; ")).0
}

fn show(node: Node<'_>) -> String {
    let mut shown = node.name().text.to_owned();
    for entry in node.entries() {
        shown.push(' ');
        if let Some(name) = entry.name {
            shown.push_str(name.text);
            shown.push('=');
        }
        shown.push_str(&match entry.value {
            Value::Text(text) => format!("{:?}", text.text),
            Value::Number(number) => number.to_owned(),
            Value::Bool(value) => format!("#{value}"),
            Value::Null => "#null".to_owned(),
        });
    }
    if node.block().is_some() {
        let children: Vec<_> = node.children().map(show).collect();
        shown.push_str(&format!(" {{ {} }}", children.join("; ")));
    }
    shown
}
