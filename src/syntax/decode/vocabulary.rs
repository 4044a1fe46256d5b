//! What flags share: attributes, segments, layers, holdouts, contracts.

use super::Decoder;
use super::shape;
use super::statement::{Item, Statement};
use super::value::{Bound, Names};
use crate::syntax::ast::{
    Ast, Attribute, AttributeType, Contract, ContractMember, Holdout, Layer, Segment, Slot, Value, Window,
};
use crate::syntax::tree::Node;

const ATTRIBUTE_TYPES: [(&str, AttributeType); 4] = [
    ("string", AttributeType::String),
    ("number", AttributeType::Number),
    ("bool", AttributeType::Bool),
    ("semver", AttributeType::Semver),
];

impl<'t> Decoder<'t> {
    /// Reads a `*.kdl` file.
    pub(super) fn definitions(&mut self, ast: &mut Ast) {
        for item in self.statements(None, self.tree.roots(), &shape::DEFINITIONS_FILE) {
            match item.word {
                "attribute" => ast.attributes.extend(self.attribute(item.node)),
                "segment" => ast.segments.extend(self.segment(item.node)),
                "layer" => ast.layers.extend(self.layer(item.node)),
                "holdout" => ast.holdouts.extend(self.holdout(item.node)),
                "exclusive" => ast.contracts.extend(self.contract(item.node)),
                _ => ast.flags.extend(self.flag(item.node)),
            }
        }
    }

    fn attribute(&mut self, node: Node<'t>) -> Option<Attribute> {
        let line = self.open(node, &shape::ATTRIBUTE);
        let name = self.own_name(&line, "an attribute's name", Names::Free);
        let kind = match line.argument(1) {
            Some(entry) => self.choice(entry, "an attribute's type", &ATTRIBUTE_TYPES),
            None if name.is_some() => {
                let at = line.argument(0).map_or(line.span(), |entry| entry.span);
                self.missing(
                    line.span(),
                    at,
                    "the attribute's type is missing",
                    "write it after the name: `string`, `number`, `bool` or `semver`",
                );
                None
            }
            None => None,
        };
        let mut vocabulary = None;
        let mut description = None;
        for item in self.statements(Some(node), node.children(), &shape::ATTRIBUTE) {
            if item.word == "description" {
                let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
                self.once(&mut description, text, item.node);
            } else {
                let values = self.vocabulary(&item);
                self.once(&mut vocabulary, values, item.node);
            }
        }
        Some(Attribute { name: name?, kind, vocabulary, description, span: line.span() })
    }

    /// `one-of US CA`, with `-` lines or `file=` for long ones.
    fn vocabulary(&mut self, item: &Item<'t>) -> Option<Vec<Value>> {
        let line = self.open(item.node, &shape::VOCABULARY);
        let mut values: Vec<Value> = line.arguments().iter().map(|&entry| Self::scalar(entry)).collect();
        values.extend(self.dash_lines(item.node, &item.dashes).unwrap_or_default());
        if let Some(entry) = line.property("file") {
            values.extend(self.list_file(entry)?);
        }
        if values.is_empty() {
            self.missing(
                line.span(),
                item.node.name().span,
                "the vocabulary is empty",
                "list the values the attribute may have: `one-of US CA GB`",
            );
            return None;
        }
        Some(values)
    }

    fn segment(&mut self, node: Node<'t>) -> Option<Segment> {
        let line = self.open(node, &shape::SEGMENT);
        let name = self.own_name(&line, "a segment's name", Names::Free);
        let mut description = None;
        let items = self.statements(Some(node), node.children(), &shape::SEGMENT);
        let mut lines = Vec::new();
        for item in items {
            if item.word == "description" {
                let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
                self.once(&mut description, text, item.node);
            } else {
                lines.push(item);
            }
        }
        let audience = self.audience(&lines);
        Some(Segment { name: name?, audience, description, span: line.span() })
    }

    fn layer(&mut self, node: Node<'t>) -> Option<Layer> {
        let line = self.open(node, &shape::LAYER);
        let name = self.own_name(&line, "a layer's name", Names::Strict);
        let mut description = None;
        let mut slots = Vec::new();
        for item in self.statements(Some(node), node.children(), &shape::LAYER) {
            if item.word == "description" {
                let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
                self.once(&mut description, text, item.node);
            } else {
                slots.extend(self.slot(item.node));
            }
        }
        Some(Layer {
            name: name?,
            entity: self.text_property(&line, "entity"),
            salt: self.text_property(&line, "salt"),
            slots,
            owner: self.text_property(&line, "owner"),
            description,
            span: line.span(),
        })
    }

    fn slot(&mut self, node: Node<'t>) -> Option<Slot> {
        let line = self.open(node, &shape::SLOT);
        let name = self.own_name(&line, "a slot's name", Names::Free);
        let (from, to) = self.range_bounds(&line);
        Some(Slot { name: name?, from, to, span: line.span() })
    }

    fn holdout(&mut self, node: Node<'t>) -> Option<Holdout> {
        let line = self.open(node, &shape::HOLDOUT);
        let name = self.own_name(&line, "a holdout's name", Names::Strict);
        let share = match line.argument(1) {
            Some(entry) => self.share(entry),
            None if name.is_some() => {
                let at = line.argument(0).map_or(line.span(), |entry| entry.span);
                self.missing(line.span(), at, "the holdout's share is missing", "write it after the name: `\"5%\"`");
                None
            }
            None => None,
        };
        let mut description = None;
        for item in self.statements(Some(node), node.children(), &shape::HOLDOUT) {
            let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
            self.once(&mut description, text, item.node);
        }
        Some(Holdout {
            name: name?,
            share,
            window: self.window(&line),
            entity: self.text_property(&line, "entity"),
            salt: self.text_property(&line, "salt"),
            owner: self.text_property(&line, "owner"),
            description,
            span: line.span(),
        })
    }

    /// `start=` and `end=`.
    pub(super) fn window(&mut self, line: &Statement<'t>) -> Window {
        Window {
            start: line.property("start").and_then(|entry| self.instant(entry, "`start`", Bound::Start)),
            end: line.property("end").and_then(|entry| self.instant(entry, "`end`", Bound::End)),
        }
    }

    fn contract(&mut self, node: Node<'t>) -> Option<Contract> {
        let line = self.open(node, &shape::CONTRACT);
        let name = self.own_name(&line, "a contract's name", Names::Free);
        let items = self.statements(Some(node), node.children(), &shape::CONTRACT);
        let members = items.iter().filter_map(|item| self.member(item.node)).collect();
        Some(Contract { name: name?, members, span: line.span() })
    }

    fn member(&mut self, node: Node<'t>) -> Option<ContractMember> {
        let line = self.open(node, &shape::MEMBER);
        let (Some(flag), Some(step)) = (line.argument(0), line.argument(1)) else {
            self.missing(
                line.span(),
                node.name().span,
                "the line names no experiment",
                "name the flag and its experiment: `experiment FLAG STEP`",
            );
            return None;
        };
        let flag = self.name(flag, "a flag's key", Names::Strict);
        let step = self.name(step, "an experiment's name", Names::Strict);
        Some(ContractMember { flag: flag?, step: step?, span: line.span() })
    }
}
