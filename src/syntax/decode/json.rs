//! JSON-in-KDL: a block of nodes as JSON text.
//!
//! Arguments and `-` children are the elements of an array; properties and named children are the members of an object; one
//! argument alone is itself. `(array)` and `(object)` say which when nothing else does. Key order and the spelling of numbers
//! are the author's.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::Decoder;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::ast::VariationValue;
use crate::syntax::literal;
use crate::syntax::tree::{Entry, Node, Text, Value};

/// What a node turns into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Literal,
    Array,
    Object,
}

impl<'t> Decoder<'t> {
    /// The block of `node` as JSON.
    pub(super) fn json_block(&mut self, node: Node<'t>, span: Span) -> Option<VariationValue> {
        let mut text = String::new();
        let array = node.children().next().is_some_and(|child| child.name().text == "-");
        let good = if array { self.json_array(node, &[], &mut text) } else { self.json_object(node, &[], &mut text) };
        let value = serde_json::from_str(&text).ok().filter(|_| good)?;
        Some(VariationValue::Json { value, text, span })
    }

    fn json_node(&mut self, node: Node<'t>, text: &mut String) -> bool {
        let entries: Vec<Entry<'t>> = node.entries().collect();
        for entry in &entries {
            self.annotation(entry.annotation);
        }
        match self.json_kind(node, &entries) {
            Some(Kind::Literal) => entries.first().is_some_and(|entry| self.json_scalar(entry, text)),
            Some(Kind::Array) => self.json_array(node, &entries, text),
            Some(Kind::Object) => self.json_object(node, &entries, text),
            None => false,
        }
    }

    fn json_kind(&mut self, node: Node<'t>, entries: &[Entry<'t>]) -> Option<Kind> {
        if let Some(span) = node.annotation() {
            match self.source(span) {
                "(array)" => return Some(Kind::Array),
                "(object)" => return Some(Kind::Object),
                _ => self.annotation(Some(span)),
            }
        }
        let arguments = entries.iter().filter(|entry| entry.name.is_none()).count();
        let dashes = node.children().filter(|child| child.name().text == "-").count();
        let named = node.children().count() - dashes + entries.len() - arguments;
        match (arguments + dashes, named) {
            (0, 0) => {
                self.missing(
                    node.span(),
                    node.name().span,
                    format!("`{}` has no value", node.name().text),
                    "write a value, `#null`, or `(object)` or `(array)` before the name for an empty one",
                );
                None
            }
            (1, 0) if dashes == 0 => Some(Kind::Literal),
            (_, 0) => Some(Kind::Array),
            (0, _) => Some(Kind::Object),
            _ => {
                self.report(
                    Diagnostic::new(
                        Rule::UnexpectedValue,
                        node.name().span,
                        format!("`{}` is an array and an object at once", node.name().text),
                    )
                    .label("values and named members together")
                    .help(
                        "keep either the values and `-` lines (an array) or the properties and named lines (an object)",
                    ),
                );
                None
            }
        }
    }

    fn json_array(&mut self, node: Node<'t>, entries: &[Entry<'t>], text: &mut String) -> bool {
        let mut good = true;
        let mut separator = '[';
        for entry in entries {
            text.push(separator);
            separator = ',';
            good &= entry.name.is_none() && self.json_scalar(entry, text);
        }
        for child in node.children() {
            if child.name().text != "-" {
                self.not_an_element(child);
                good = false;
                continue;
            }
            text.push(separator);
            separator = ',';
            good &= self.json_node(child, text);
        }
        if separator == '[' {
            text.push('[');
        }
        text.push(']');
        good
    }

    fn not_an_element(&mut self, child: Node<'t>) {
        let name = child.name();
        self.report(
            Diagnostic::new(Rule::UnexpectedValue, name.span, format!("`{}` is a named member in an array", name.text))
                .label("not an element")
                .help(format!("write `- {}`", self.source(child.span()))),
        );
    }

    fn json_object(&mut self, node: Node<'t>, entries: &[Entry<'t>], text: &mut String) -> bool {
        let mut seen = HashMap::new();
        let mut good = true;
        let mut separator = '{';
        for entry in entries {
            let Some(name) = entry.name else { continue };
            good &= self.json_key(name, &mut seen, &mut separator, text) && self.json_scalar(entry, text);
        }
        for child in node.children() {
            let name = child.name();
            if name.text == "-" {
                self.report(
                    Diagnostic::new(Rule::UnexpectedValue, name.span, "`-` is an element of an array in an object")
                        .label("not a member")
                        .help("give the line a name, or make every line a `-`"),
                );
                good = false;
                continue;
            }
            good &= self.json_key(name, &mut seen, &mut separator, text) && self.json_node(child, text);
        }
        if separator == '{' {
            text.push('{');
        }
        text.push('}');
        good
    }

    fn json_key(
        &mut self,
        name: Text<'t>,
        seen: &mut HashMap<&'t str, Span>,
        separator: &mut char,
        text: &mut String,
    ) -> bool {
        if let Some(first) = seen.insert(name.text, name.span) {
            self.report(
                Diagnostic::new(Rule::DuplicateProperty, name.span, format!("`{}` is given twice", name.text))
                    .label("JSON readers would keep one of them")
                    .and(first, "first given here")
                    .help("keep one of them"),
            );
            return false;
        }
        text.push(*separator);
        *separator = ',';
        quote(name.text, text);
        text.push(':');
        true
    }

    fn json_scalar(&mut self, entry: &Entry<'t>, text: &mut String) -> bool {
        match entry.value {
            Value::Text(value) => quote(value.text, text),
            Value::Bool(value) => text.push_str(if value { "true" } else { "false" }),
            Value::Null => text.push_str("null"),
            Value::Number(source) => {
                let Some(number) = json_number(source) else {
                    let finding = Diagnostic::new(
                        Rule::UnexpectedValue,
                        entry.value_span,
                        format!("JSON has no number `{source}`"),
                    );
                    self.report(
                        finding.label("not a JSON number").help("write a finite number, or quote it to make it a text"),
                    );
                    return false;
                };
                text.push_str(&number);
            }
        }
        true
    }
}

/// A KDL number in JSON's spelling: the author's where JSON allows it.
fn json_number(source: &str) -> Option<String> {
    let number = literal::number(source);
    if !number.value.is_finite() {
        return None;
    }
    let plain = source.replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    if serde_json::from_str::<serde_json::Number>(plain).is_ok() {
        return Some(plain.to_owned());
    }
    match number.integer {
        Some(integer) => Some(integer.to_string()),
        None => serde_json::Number::from_f64(number.value).map(|value| value.to_string()),
    }
}

fn quote(value: &str, text: &mut String) {
    text.push('"');
    for letter in value.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            letter if u32::from(letter) < 0x20 => {
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text.push('"');
}
