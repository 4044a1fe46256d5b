//! Attributes: types, closed vocabularies, and the `id` that is always there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::names::{Known, Seen, spelled};
use super::{Resolver, operand};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Attribute, AttributeType, Operand};
use crate::source::Span;
use crate::syntax::ast::{self, Operator, ValueKind};

/// The attribute that holds the subject key unless callers pass another value.
const ID: &str = "id";

/// An attribute and what rules may name of it.
pub(super) struct Declared {
    /// The attribute.
    pub attribute: Arc<Attribute>,
    /// The texts of its vocabulary; none where anything may be named, or part of the vocabulary could not be read.
    pub vocabulary: Option<BTreeSet<String>>,
}

impl Resolver<'_> {
    /// Resolves the declarations and adds `id` where it is not declared.
    pub(super) fn attributes(&mut self, attributes: Vec<ast::Attribute>) {
        let mut seen = Seen::exact();
        for written in attributes {
            let first = self.is_first(&mut seen, "attribute", &written.name);
            let name = written.name.value.clone();
            let declared = self.attribute(written);
            if first {
                self.attributes.insert(&name, declared.map(Arc::new));
            }
        }
        let id = Attribute { name: ID.to_owned(), kind: AttributeType::String, vocabulary: None, span: None };
        self.attributes.insert(ID, Some(Arc::new(Declared { attribute: Arc::new(id), vocabulary: None })));
    }

    fn attribute(&mut self, written: ast::Attribute) -> Option<Declared> {
        let ast::Attribute { name, kind, vocabulary, description: _, span } = written;
        let kind = self.present(kind)?;
        if name.value == ID && kind.value != AttributeType::String {
            self.report(
                Diagnostic::new(Rule::UnexpectedValue, kind.span, "`id` is the subject key, which is text")
                    .label("must be `string`")
                    .help("write `attribute id string`, or give the other value a name of its own")
                    .edit(kind.span, "string"),
            );
            return None;
        }
        let mut attribute = Attribute { name: name.value, kind: kind.value, vocabulary: None, span: Some(span) };
        let Some(values) = vocabulary.filter(|values| !values.is_empty()) else {
            return Some(Declared { attribute: Arc::new(attribute), vocabulary: None });
        };
        let count = values.len();
        let operands: Vec<Operand> = values.iter().filter_map(|value| self.operand(value, span, &attribute)).collect();
        let texts = (operands.len() == count).then(|| operands.iter().map(operand::text).collect());
        attribute.vocabulary = Some(operands);
        Some(Declared { attribute: Arc::new(attribute), vocabulary: texts })
    }

    /// The attribute of that name. An undeclared one is reported, with the declaration that its use suggests.
    pub(super) fn declared(&mut self, name: &ast::Name, guess: AttributeType) -> Option<Arc<Declared>> {
        match self.attributes.get(name) {
            Known::Whole(declared) => Some(declared),
            Known::Broken => self.present(None),
            Known::Not => {
                let declaration = format!("attribute {} {}", spelled(name), guess.word());
                let otherwise = format!("declare it: `{declaration}`");
                let mut help = self.guesses.did_you_mean(name, &self.attributes, &otherwise);
                if !help.contains(&declaration) {
                    help = format!("{help} Or {otherwise}");
                }
                self.report(
                    Diagnostic::new(
                        Rule::UnknownAttribute,
                        name.span,
                        format!("nobody declares the attribute `{name}`"),
                    )
                    .label("undeclared attribute")
                    .meaning("a misspelled attribute is absent, and an absent one fails every test but `is-null`")
                    .help(help),
                );
                None
            }
        }
    }

    /// Reads a value in its attribute's type, or reports why it cannot be. `place` is the statement it belongs to: a value
    /// from another file is a line of a `file=`.
    pub(super) fn operand(&mut self, value: &ast::Value, place: Span, attribute: &Attribute) -> Option<Operand> {
        let is_line = value.span.file != place.file;
        match operand::read(value, is_line, attribute) {
            Ok(operand) => Some(operand),
            Err(finding) if is_line => {
                self.report(finding.and(place, "the list belongs to this"));
                None
            }
            Err(finding) => {
                self.report(*finding);
                None
            }
        }
    }

    /// Reports an operand that the attribute's closed vocabulary does not hold.
    pub(super) fn check_vocabulary(&mut self, declared: &Declared, operand: &Operand, at: Span) {
        let Some(vocabulary) = &declared.vocabulary else { return };
        let text = operand::text(operand);
        if vocabulary.contains(&text) {
            return;
        }
        let name = &declared.attribute.name;
        let otherwise = format!("add it to the vocabulary of `attribute {name}`");
        let help = self.guesses.among(&text, vocabulary.len(), vocabulary.iter().map(String::as_str), &otherwise);
        let shown = super::names::shown(&text);
        let finding =
            Diagnostic::new(Rule::OutsideVocabulary, at, format!("`{shown}` is not in the vocabulary of `{name}`"))
                .label("outside the vocabulary")
                .meaning("no subject is expected to have this value")
                .help(help);
        self.report(super::with_declaration(finding, declared.attribute.span, "the vocabulary is here"));
    }
}

/// The type an undeclared attribute seems to have.
pub(super) fn guess(operator: Option<Operator>, values: &[ast::Value]) -> AttributeType {
    let inequality = matches!(operator, Some(Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte));
    match values.first().map(|value| &value.kind) {
        Some(ValueKind::Number(_)) => AttributeType::Number,
        Some(ValueKind::Bool(_)) => AttributeType::Bool,
        Some(ValueKind::Text(text)) if inequality && text.contains('.') => AttributeType::Semver,
        Some(ValueKind::Text(_)) if inequality => AttributeType::Number,
        Some(ValueKind::Text(_) | ValueKind::Null) | None => AttributeType::String,
    }
}
