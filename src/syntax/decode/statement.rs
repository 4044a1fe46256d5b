//! One line by its [`Shape`]: arguments and properties, with what KDL reads differently than people do.

use rustc_hash::FxHashMap;

use super::Decoder;
use super::shape::Shape;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::tree::{Entry, Node, Style, Text, Value};

/// A line that was read by its shape.
#[derive(Debug)]
pub(super) struct Statement<'t> {
    /// Its node.
    pub node: Node<'t>,
    arguments: Vec<Entry<'t>>,
    properties: Vec<Entry<'t>>,
}

/// A statement of a block: its word, its node, and the `-` lines that follow it where a list's braces are missing.
#[derive(Debug)]
pub(super) struct Item<'t> {
    /// The word, as the shape spells it.
    pub word: &'static str,
    /// The statement.
    pub node: Node<'t>,
    /// `-` lines below it.
    pub dashes: Vec<Node<'t>>,
}

impl<'t> Statement<'t> {
    /// The arguments.
    pub(super) fn arguments(&self) -> &[Entry<'t>] {
        &self.arguments
    }

    /// The argument at that position.
    pub(super) fn argument(&self, index: usize) -> Option<Entry<'t>> {
        self.arguments.get(index).copied()
    }

    /// The properties, in order; of one written twice, the first.
    pub(super) fn properties(&self) -> &[Entry<'t>] {
        &self.properties
    }

    /// The property of that name.
    pub(super) fn property(&self, name: &str) -> Option<Entry<'t>> {
        self.properties.iter().copied().find(|entry| entry.name.is_some_and(|text| text.text == name))
    }

    /// The line without its block.
    pub(super) fn span(&self) -> Span {
        self.node.header()
    }
}

/// Whether an entry is a bare word as KDL sees it.
pub(super) fn bare<'t>(entry: &Entry<'t>) -> Option<Text<'t>> {
    match entry.value {
        Value::Text(text) if entry.name.is_none() && text.style == Style::Bare => Some(text),
        _ => None,
    }
}

/// A bare word with a colon, which may be meant as a property.
fn colon_text<'t>(entry: &Entry<'t>) -> Option<Text<'t>> {
    bare(entry).filter(|text| text.text.len() > 1 && memchr::memchr(b':', text.text.as_bytes()).is_some())
}

/// `text` cut to bytes `start..end` of it; only for bare words, whose spelling is their value.
pub(super) fn part<'t>(text: Text<'t>, start: usize, end: usize) -> Text<'t> {
    let offset = |at: usize| text.span.start + u32::try_from(at).unwrap_or(0);
    Text {
        text: text.text.get(start..end).unwrap_or(""),
        span: Span::new(text.span.file, offset(start), offset(end)),
        style: text.style,
    }
}

/// A bare word as an argument; digits are a number again.
pub(super) fn word_entry(text: Text<'_>) -> Entry<'_> {
    let digits = text.text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && text.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = if digits { Value::Number(text.text) } else { Value::Text(text) };
    Entry { name: None, value, value_span: text.span, annotation: None, span: text.span }
}

impl<'t> Decoder<'t> {
    /// Reads a line: reports annotations, commas, colons, duplicate and unknown properties and surplus arguments.
    pub(super) fn open(&mut self, node: Node<'t>, shape: &'static Shape) -> Statement<'t> {
        self.annotation(node.annotation());
        let mut statement = Statement { node, arguments: Vec::new(), properties: Vec::new() };
        let entries = self.cleaned(node.entries());
        let entries = self.without_colons(entries, shape);
        // One property alone cannot be there twice.
        let several = entries.iter().filter(|entry| entry.name.is_some()).nth(1).is_some();
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        for entry in entries {
            let Some(name) = entry.name else {
                if self.begins_another(&entry, statement.arguments.len(), shape, node) {
                    break;
                }
                statement.arguments.push(entry);
                continue;
            };
            if let Some(&first) = seen.get(name.text) {
                self.duplicate_property(first, name, &entry);
                continue;
            }
            if several {
                seen.insert(name.text, entry.span);
            }
            if shape.open || shape.properties.contains(&name.text) {
                statement.properties.push(entry);
            } else {
                self.unknown_property(&entry, name, node, shape);
            }
        }
        if let Some(surplus) = statement.arguments.get(shape.arguments) {
            self.surplus(surplus, node, shape);
            statement.arguments.truncate(shape.arguments);
        }
        if !shape.own_block && shape.statements.is_empty() {
            self.needless_block(node, shape);
        }
        statement
    }

    /// `(type)` means nothing here.
    pub(super) fn annotation(&mut self, annotation: Option<Span>) {
        let Some(span) = annotation else { return };
        let source = self.excerpt(span);
        self.report(
            Diagnostic::new(
                Rule::TypeAnnotation,
                span,
                format!("`{source}` is a type annotation, which flagfall does not use"),
            )
            .label("means nothing here")
            .help("remove it; types are written as words, such as `attribute age number`")
            .edit(span, ""),
        );
    }

    /// The entries with annotations reported and commas taken out of bare words.
    pub(super) fn cleaned(&mut self, entries: impl Iterator<Item = Entry<'t>>) -> Vec<Entry<'t>> {
        let mut cleaned = Vec::with_capacity(entries.size_hint().0);
        for entry in entries {
            self.annotation(entry.annotation);
            match entry.value {
                Value::Text(text)
                    if text.style == Style::Bare && memchr::memchr(b',', text.text.as_bytes()).is_some() =>
                {
                    self.without_commas(entry, text, &mut cleaned);
                }
                _ => cleaned.push(entry),
            }
        }
        cleaned
    }

    fn without_commas(&mut self, entry: Entry<'t>, text: Text<'t>, cleaned: &mut Vec<Entry<'t>>) {
        let source = text.text;
        let mut at = 0;
        let mut parts = Vec::new();
        for piece in source.split(',') {
            if !piece.is_empty() {
                parts.push(part(text, at, at + piece.len()));
            }
            at += piece.len() + 1;
        }
        let fixed = parts.iter().map(|piece| piece.text).collect::<Vec<_>>().join(" ");
        let finding =
            Diagnostic::new(Rule::CommaInValue, text.span, format!("the comma in `{source}` is part of the value"))
                .label(format!("KDL reads the text \"{source}\""))
                .edit(text.span, fixed.clone());
        self.report(if fixed.is_empty() {
            finding.help("remove the comma: spaces separate values")
        } else {
            finding.help(format!("spaces separate values: write `{fixed}`; quote a value that really holds a comma"))
        });
        let mut parts = parts.into_iter();
        if let Some(first) = parts.next() {
            let value = word_entry(first);
            cleaned.push(Entry { name: entry.name, span: entry.span, ..value });
        }
        cleaned.extend(parts.map(word_entry));
    }

    /// Reads `type: boolean` and `type:boolean` as the property that was meant, and reports them.
    fn without_colons(&mut self, entries: Vec<Entry<'t>>, shape: &'static Shape) -> Vec<Entry<'t>> {
        if !entries.iter().any(|entry| colon_text(entry).is_some()) {
            return entries;
        }
        let mut rest = entries.into_iter().peekable();
        let mut cleaned = Vec::with_capacity(rest.len());
        let mut arguments = 0;
        while let Some(entry) = rest.next() {
            let Some(text) = colon_text(&entry) else {
                arguments += usize::from(entry.name.is_none());
                cleaned.push(entry);
                continue;
            };
            let Some((name, value)) = text.text.split_once(':') else { continue };
            let known = shape.properties.contains(&name);
            let is_name = arguments < shape.firm && !known;
            let name = part(text, 0, name.len());
            if !value.is_empty() {
                if known || (shape.open && arguments >= shape.firm) {
                    let value = word_entry(part(text, name.text.len() + 1, text.text.len()));
                    self.colon(text.span, text.text, &format!("{}={}", name.text, self.source(value.span)), None);
                    cleaned.push(Entry { name: Some(name), span: entry.span, ..value });
                } else {
                    arguments += 1;
                    cleaned.push(entry);
                }
                continue;
            }
            match rest.peek().copied().filter(|next| next.name.is_none() && !is_name) {
                Some(value) => {
                    rest.next();
                    let written = text.span.to(value.span);
                    let fixed = format!("{}={}", name.text, self.source(value.span));
                    let source = self.excerpt(written);
                    self.colon(text.span, &source, &fixed, Some(written));
                    cleaned.push(Entry { name: Some(name), span: written, ..value });
                }
                None => {
                    self.colon(text.span, text.text, name.text, None);
                    arguments += 1;
                    cleaned.push(word_entry(name));
                }
            }
        }
        cleaned
    }

    /// Reports `source`, which should read `fixed`.
    pub(super) fn colon(&mut self, at: Span, source: &str, fixed: &str, whole: Option<Span>) {
        self.report(
            Diagnostic::new(Rule::ColonAfterName, at, format!("the colon in `{source}` is part of the text"))
                .label("KDL has no colons")
                .help(format!("write `{fixed}`"))
                .edit(whole.unwrap_or(at), fixed),
        );
    }

    /// Whether an argument is the name of another statement that was meant to begin a line of its own.
    fn begins_another(&mut self, entry: &Entry<'t>, index: usize, shape: &'static Shape, node: Node<'t>) -> bool {
        let Some(text) = bare(entry).filter(|text| index >= shape.firm && Shape::is_statement(text.text)) else {
            return false;
        };
        let name = node.name().text;
        self.report(
            Diagnostic::new(
                Rule::SeveralStepsOnOneLine,
                text.span,
                format!("KDL reads `{}` as a value of `{name}`", text.text),
            )
            .label("does not begin a statement")
            .help(format!("put `{}` on a line of its own, or `;` before it", text.text))
            .edit(Span::new(text.span.file, text.span.start, text.span.start), "; "),
        );
        true
    }

    fn duplicate_property(&mut self, first: Span, name: Text<'t>, entry: &Entry<'t>) {
        let source = self.excerpt(entry.span);
        self.report(
            Diagnostic::new(Rule::DuplicateProperty, entry.span, format!("`{}` is given twice", name.text))
                .label(format!("KDL would let `{source}` win silently"))
                .and(first, "first given here")
                .help("keep one of them"),
        );
    }

    fn surplus(&mut self, entry: &Entry<'t>, node: Node<'t>, shape: &'static Shape) {
        let source = self.excerpt(entry.span);
        let name = node.name().text;
        let is_share = source.trim_matches('"').ends_with('%');
        let help = match bare(entry) {
            _ if is_share && matches!(name, "gate" | "experiment") => {
                format!("a share belongs where the step is placed: `env … {{ {name} … {source} }}`")
            }
            Some(text) if shape.properties.contains(&text.text) => {
                format!("`{source}` is a property: write `{source}=…`")
            }
            _ => format!("remove `{source}`"),
        };
        self.report(
            Diagnostic::new(
                Rule::UnexpectedValue,
                entry.span,
                format!("{} does not take the value `{source}`", shape.what),
            )
            .label(match shape.arguments {
                0 => "takes no values".to_owned(),
                1 => "takes one value".to_owned(),
                count => format!("takes {count} values"),
            })
            .help(help),
        );
    }

    fn needless_block(&mut self, node: Node<'t>, shape: &'static Shape) {
        let Some(child) = node.children().next() else { return };
        let name = child.name();
        self.report(
            Diagnostic::new(Rule::UnknownStatement, name.span, format!("{} holds no statements", shape.what))
                .label("nothing reads this")
                .help(match Shape::homes_of(name.text) {
                    homes if homes.is_empty() => "remove the block".to_owned(),
                    homes => format!("`{}` belongs in {homes}", name.text),
                }),
        );
    }
}
