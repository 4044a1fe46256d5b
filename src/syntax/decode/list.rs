//! Values that are not on the line: `- VALUE` lines and the files that `file=` names.

use super::Decoder;
use super::statement::word_entry;
use super::unknown::is_dash;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{FileKind, Span, Spanned};
use crate::syntax::ast::{Name, Operator, Value, ValueKind};
use crate::syntax::tree::{self, Entry, Node, Style, Tree};

impl<'t> Decoder<'t> {
    /// The values of the `-` lines in a node's block, and of those below it where the braces are missing. None without either.
    pub(super) fn dash_lines(&mut self, node: Node<'t>, outside: &[Node<'t>]) -> Option<Vec<Value>> {
        if node.block().is_none() && outside.is_empty() {
            return None;
        }
        if let (Some(first), Some(last)) = (outside.first(), outside.last()) {
            self.dashes_outside(node, *first, *last);
        }
        let mut values = Vec::new();
        for line in node.children() {
            let name = line.name();
            if is_dash(name) {
                self.dash_line(line, &mut values);
            } else {
                self.not_a_dash(line, &mut values);
            }
        }
        for line in outside {
            self.dash_line(*line, &mut values);
        }
        Some(values)
    }

    fn dash_line(&mut self, line: Node<'t>, values: &mut Vec<Value>) {
        self.annotation(line.annotation());
        let name = line.name();
        if name.text != "-" {
            let value = name.text.get(1..).unwrap_or("");
            self.report(
                Diagnostic::new(Rule::MisplacedDash, name.span, format!("KDL reads `{}` as one word", name.text))
                    .label("no space after the dash")
                    .help(format!("write `- {value}`; for a value that begins with a dash, `- \"{}\"`", name.text))
                    .edit(name.span, format!("- {value}")),
            );
            let start = name.span.start + 1;
            let span = Span::new(name.span.file, start.min(name.span.end), name.span.end);
            values.push(Self::scalar(word_entry(tree::Text { text: value, span, style: Style::Bare })));
        }
        let entries = self.cleaned(line.entries());
        if entries.is_empty() && name.text == "-" {
            self.missing(
                line.header(),
                name.span,
                "the `-` line has no value",
                "write the value after the dash: `- acct-1`",
            );
        }
        for entry in entries {
            match entry.name {
                Some(property) => {
                    let source = self.excerpt(entry.span);
                    self.report(
                        Diagnostic::new(
                            Rule::UnknownProperty,
                            property.span,
                            format!("`{source}` is a property in a list of values"),
                        )
                        .label("not a value")
                        .help("quote it if it is a value"),
                    );
                }
                None => values.push(Self::scalar(entry)),
            }
        }
    }

    /// A value without its dash in a list's block.
    fn not_a_dash(&mut self, line: Node<'t>, values: &mut Vec<Value>) {
        let name = line.name();
        let source = self.excerpt(line.header());
        let at = Span::new(name.span.file, name.span.start, name.span.start);
        self.report(
            Diagnostic::new(Rule::MisplacedDash, name.span, format!("`{source}` is a statement in a list of values"))
                .label("no dash")
                .help(format!("write `- {source}`; conditions that must all hold go into one block: `when {{ …; … }}`"))
                .edit(at, "- "),
        );
        values.push(Value { kind: ValueKind::Text(name.text.to_owned()), span: name.span });
    }

    /// `-` lines below a condition instead of inside its block.
    fn dashes_outside(&mut self, node: Node<'t>, first: Node<'t>, last: Node<'t>) {
        let opening = self.excerpt(node.header());
        let source = self.excerpt(first.header());
        let mut finding = Diagnostic::new(
            Rule::MisplacedDash,
            first.header(),
            format!("`{source}` stands below `{opening}`, not inside it"),
        )
        .label("a statement named `-`")
        .and(node.header(), "its list has no block")
        .help(format!("put the `-` lines in braces: `{opening} {{ {source} … }}`"));
        if node.block().is_none() {
            finding = finding.edit(Self::behind(node.header()), " {").edit(Self::behind(last.header()), "\n}");
        }
        self.report(finding);
    }

    /// The lines of a `file=`: raw texts, each with its place. None where the file cannot be read.
    pub(super) fn list_file(&mut self, entry: Entry<'t>) -> Option<Vec<Value>> {
        let (path, text) = self.data_file(entry)?;
        let text = text?;
        let target = resolve(self.path, &path.value)?;
        let file = *self.by_path.get(target.as_str())?;
        let mut values = Vec::new();
        let mut start = 0_usize;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let skipped = if start == 0 && content.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let value = content.get(skipped..).unwrap_or("");
            if !value.is_empty() {
                let from = u32::try_from(start + skipped).unwrap_or(u32::MAX);
                let to = u32::try_from(start + content.len()).unwrap_or(u32::MAX);
                values.push(Value { kind: ValueKind::Text(value.to_owned()), span: Span::new(file, from, to) });
            }
            start += line.len();
        }
        if values.is_empty() {
            self.report(
                Diagnostic::new(Rule::MissingFile, path.span, format!("`{}` holds no values", path.value))
                    .label("an empty list")
                    .help("write one value a line into it"),
            );
            return None;
        }
        Some(values)
    }

    /// The name of a `file=` and its text; no text where a finding was reported for the file.
    pub(super) fn data_file(&mut self, entry: Entry<'t>) -> Option<(Name, Option<String>)> {
        let path = self.text(entry, "`file`")?;
        let Some(target) = resolve(self.path, &path.value) else {
            self.report(
                Diagnostic::new(Rule::MissingFile, path.span, format!("`{}` leaves the workspace", path.value))
                    .label("not below the workspace directory")
                    .help("move the file into the workspace and name it relative to this file"),
            );
            return Some((path, None));
        };
        let found = self.by_path.get(target.as_str()).map(|&id| self.sources.file(id));
        let text = match found {
            Some(file) if file.kind == FileKind::Refused => {
                self.incomplete = true;
                None
            }
            Some(file) => Some(file.text.to_string()),
            None => {
                self.report(
                    Diagnostic::new(Rule::MissingFile, path.span, format!("there is no file `{}`", path.value))
                        .label(format!("looked for `{target}`"))
                        .help("names are relative to this file: create it, or correct the name"),
                );
                None
            }
        };
        Some((path, text))
    }
}

/// `name`, relative to the directory of `from`, normalized; none where it leaves the workspace.
fn resolve(from: &str, name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with('/') {
        return None;
    }
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = Vec::new();
    for piece in directory.split('/').chain(name.split('/')) {
        match piece {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            piece => parts.push(piece),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Every file that a `file=` of the tree names, relative to the workspace.
pub(in crate::syntax) fn references(tree: &Tree<'_>, path: &str) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut open: Vec<Node<'_>> = tree.roots().collect();
    while let Some(node) = open.pop() {
        open.extend(node.children());
        if !takes_a_file(node) {
            continue;
        }
        for entry in node.entries() {
            let (Some(name), tree::Value::Text(text)) = (entry.name, entry.value) else { continue };
            if name.text == "file" {
                found.extend(resolve(path, text.text).map(|target| Spanned::new(target, text.span)));
            }
        }
    }
    found.sort_by_key(|reference| reference.span);
    found
}

fn takes_a_file(node: Node<'_>) -> bool {
    let is_list = |word: &str| matches!(word, "variation" | "code-default") || Operator::parse(word).is_some();
    is_list(node.name().text)
        || node
            .entries()
            .any(|entry| entry.name.is_none() && matches!(entry.value, tree::Value::Text(text) if is_list(text.text)))
}
