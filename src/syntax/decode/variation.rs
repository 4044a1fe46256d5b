//! `variation NAME VALUE`, `retired NAME`, `code-default VALUE`.

use super::Decoder;
use super::shape;
use super::statement::Statement;
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::ast::{Variation, VariationValue};
use crate::syntax::tree::{Entry, Node};

impl<'t> Decoder<'t> {
    /// Reads `variation NAME VALUE`.
    pub(super) fn variation(&mut self, node: Node<'t>) -> Option<Variation> {
        let line = self.open(node, &shape::VARIATION);
        let name = self.own_name(&line, "a variation's name", Names::Free);
        let value = if name.is_some() { self.variation_value(&line, line.argument(1)) } else { None };
        Some(Variation { name: name?, value, retired: false, span: line.span() })
    }

    /// Reads `retired NAME`.
    pub(super) fn retired(&mut self, node: Node<'t>) -> Option<Variation> {
        let line = self.open(node, &shape::RETIRED);
        let name = self.own_name(&line, "a variation's name", Names::Free)?;
        Some(Variation { name, value: None, retired: true, span: line.span() })
    }

    /// Reads `code-default VALUE`.
    pub(super) fn code_default(&mut self, node: Node<'t>) -> Option<VariationValue> {
        let line = self.open(node, &shape::CODE_DEFAULT);
        self.variation_value(&line, line.argument(0))
    }

    /// An argument, `file=` or a block: exactly one of them.
    fn variation_value(&mut self, line: &Statement<'t>, argument: Option<Entry<'t>>) -> Option<VariationValue> {
        let file = line.property("file");
        let block = line.node.block();
        let places = [argument.map(|entry| entry.span), file.map(|entry| entry.span), block];
        let mut given = places.into_iter().flatten();
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            self.report(
                Diagnostic::new(Rule::MisplacedProperty, second, "the value is given twice")
                    .label("a second value")
                    .and(first, "the first one")
                    .help("keep one: a value, `file=` or a block"),
            );
            return None;
        }
        if let Some(entry) = argument {
            return Some(VariationValue::Scalar(Self::scalar(entry)));
        }
        if let Some(entry) = file {
            let (path, text) = self.data_file(entry)?;
            return Some(VariationValue::File { path, text });
        }
        if let Some(span) = block {
            return self.json_block(line.node, span);
        }
        let at = line.argument(0).map_or(line.node.name().span, |entry| entry.span);
        let help = match line.node.name().text {
            "code-default" => "write what callers pass to the SDK: `code-default #false`",
            _ => "write it after the name: `variation on #true`",
        };
        self.missing(line.span(), at, "the value is missing", help);
        None
    }
}
