//! `flag KEY type=… { … }`.

use super::Decoder;
use super::shape;
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Spanned;
use crate::syntax::ast::{Allow, Flag};
use crate::syntax::literal;
use crate::syntax::tree::{Entry, Node, Value};
use crate::ufc::VariationType;

const FLAG_TYPES: [(&str, VariationType); 5] = [
    ("boolean", VariationType::Boolean),
    ("string", VariationType::String),
    ("integer", VariationType::Integer),
    ("numeric", VariationType::Numeric),
    ("json", VariationType::Json),
];

impl<'t> Decoder<'t> {
    /// Reads a flag.
    pub(super) fn flag(&mut self, node: Node<'t>) -> Option<Flag> {
        let before = std::mem::replace(&mut self.incomplete, false);
        let flag = self.whole_flag(node);
        let incomplete = self.incomplete || self.damage.touches(node.span());
        self.incomplete = incomplete || before;
        self.flag = None;
        flag.map(|flag| Flag { incomplete, ..flag })
    }

    fn whole_flag(&mut self, node: Node<'t>) -> Option<Flag> {
        self.flag = node.entries().find_map(|entry| match entry.value {
            Value::Text(text) if entry.name.is_none() => Some(text.text.to_owned()),
            _ => None,
        });
        let line = self.open(node, &shape::FLAG);
        let key = self.own_name(&line, "a flag's key", Names::Strict);
        self.flag = key.as_ref().map(|key| key.value.clone());
        let kind = match line.property("type") {
            Some(entry) => self.choice(entry, "a flag's type", &FLAG_TYPES),
            None if key.is_some() => {
                self.flag_without_type(node);
                None
            }
            None => None,
        };
        let mut flag = Flag {
            key: key.unwrap_or_else(|| Spanned::new(String::new(), line.span())),
            kind,
            display_name: self.text_property(&line, "name"),
            owner: self.text_property(&line, "owner"),
            expires: line.property("expires").and_then(|entry| self.date(entry, "`expires`")),
            entity: self.text_property(&line, "entity"),
            total_shards: line.property("total-shards").and_then(|entry| self.total_shards(entry)),
            description: None,
            code_default: None,
            variations: Vec::new(),
            steps: Vec::new(),
            environments: Vec::new(),
            allows: Vec::new(),
            incomplete: false,
            span: line.span(),
        };
        self.flag_block(node, &mut flag);
        (!flag.key.value.is_empty()).then_some(flag)
    }

    fn flag_without_type(&mut self, node: Node<'t>) {
        let misread = node.children().any(|child| child.name().text.trim_end_matches(':') == "type");
        if misread {
            self.incomplete = true;
            return;
        }
        self.missing(
            node.header(),
            node.name().span,
            "the flag's type is missing",
            "add `type=boolean`, `string`, `integer`, `numeric` or `json`: it is what SDKs ask for",
        );
    }

    fn flag_block(&mut self, node: Node<'t>, flag: &mut Flag) {
        let items = self.statements(Some(node), node.children(), &shape::FLAG);
        let unknown = self.incomplete;
        for item in items {
            match item.word {
                "description" => {
                    let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
                    self.once(&mut flag.description, text, item.node);
                }
                "code-default" => {
                    let value = self.code_default(item.node);
                    self.once(&mut flag.code_default, value, item.node);
                }
                "variation" => flag.variations.extend(self.variation(item.node)),
                "retired" => flag.variations.extend(self.retired(item.node)),
                "gate" => flag.steps.extend(self.gate(&item)),
                "experiment" => flag.steps.extend(self.experiment(&item)),
                "env" => flag.environments.extend(self.flag_environment(item.node)),
                _ => flag.allows.extend(self.allow(item.node)),
            }
        }
        if flag.variations.is_empty() && !unknown && !self.damage.touches(node.span()) {
            self.missing(
                node.header(),
                node.name().span,
                "the flag has no variations",
                "define at least one: `variation on #true`",
            );
        }
    }

    fn total_shards(&mut self, entry: Entry<'t>) -> Option<Spanned<u32>> {
        let span = entry.value_span;
        let number = match entry.value {
            Value::Number(source) => literal::number(source).integer.and_then(|value| u32::try_from(value).ok()),
            _ => None,
        };
        if let Some(shards) = number.filter(|&shards| shards > 0) {
            return Some(Spanned::new(shards, span));
        }
        let source = self.excerpt(span);
        self.report(
            Diagnostic::new(Rule::UnexpectedValue, span, format!("`total-shards` cannot be `{source}`"))
                .label("not a whole number above 0")
                .help("write the number of shards, such as `total-shards=10000`"),
        );
        None
    }

    /// `allow RULE reason= until=`.
    pub(super) fn allow(&mut self, node: Node<'t>) -> Option<Allow> {
        let line = self.open(node, &shape::ALLOW);
        let reason = self.text_property(&line, "reason");
        let until = line.property("until").and_then(|entry| self.date(entry, "`until`"));
        let Some(entry) = line.argument(0) else {
            self.missing(
                line.span(),
                node.name().span,
                "`allow` names no rule",
                "name the rule: `allow missing-owner reason=\"…\"`",
            );
            return None;
        };
        let rule = self.name(entry, "a rule", Names::Free)?;
        Some(Allow { rule, reason, until, span: line.span() })
    }
}
