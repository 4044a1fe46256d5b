//! `env E enabled=… { … }` in a flag: the waterfall.

use super::Decoder;
use super::shape;
use super::step::step_name;
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::ast::{FlagEnvironment, Otherwise};
use crate::syntax::tree::Node;

impl<'t> Decoder<'t> {
    /// Reads a flag's environment.
    pub(super) fn flag_environment(&mut self, node: Node<'t>) -> Option<FlagEnvironment> {
        self.environment = step_name(node);
        let line = self.open(node, &shape::FLAG_ENVIRONMENT);
        let name = self.own_name(&line, "the environment's name", Names::Strict);
        let enabled = match line.property("enabled") {
            Some(entry) => self.truth(entry, "`enabled`"),
            None if name.is_some() && !node.children().any(|child| child.name().text.starts_with("enabled")) => {
                let at = line.argument(0).map_or(line.span(), |entry| entry.span);
                self.missing(
                    line.span(),
                    at,
                    "the environment does not say whether the flag is enabled",
                    "write `enabled=#true` or `enabled=#false`: it is never guessed",
                );
                None
            }
            None => None,
        };
        let mut environment = FlagEnvironment {
            name: name.clone().unwrap_or_else(|| crate::source::Spanned::new(String::new(), line.span())),
            enabled,
            placements: Vec::new(),
            otherwise: None,
            allows: Vec::new(),
            span: line.span(),
        };
        self.waterfall(node, &mut environment);
        self.environment = None;
        name.map(|_| environment)
    }

    fn waterfall(&mut self, node: Node<'t>, environment: &mut FlagEnvironment) {
        let mut last: Option<Node<'t>> = None;
        for item in self.statements(Some(node), node.children(), &shape::FLAG_ENVIRONMENT) {
            if let (Some(otherwise), true) = (last, item.word != "allow") {
                self.below_otherwise(otherwise, item.node);
            }
            match item.word {
                "gate" | "experiment" => {
                    environment.placements.extend(self.placement(item.node, item.word == "experiment"))
                }
                "otherwise" => {
                    last = last.or(Some(item.node));
                    let otherwise = self.otherwise(item.node);
                    environment.otherwise = environment.otherwise.take().or(otherwise);
                }
                _ => environment.allows.extend(self.allow(item.node)),
            }
        }
    }

    fn below_otherwise(&mut self, otherwise: Node<'t>, node: Node<'t>) {
        let source = self.excerpt(node.header());
        let second = node.name().text == "otherwise";
        let finding =
            Diagnostic::new(Rule::OtherwiseNotLast, node.header(), format!("`{source}` stands below `otherwise`"))
                .label("nobody gets here")
                .and(otherwise.header(), "takes everyone left")
                .meaning("`otherwise` serves everyone who is left, so no subject would reach this line");
        self.report(if second {
            finding.help("keep one `otherwise`")
        } else {
            finding.help("move it above `otherwise`, or remove it")
        });
    }

    fn otherwise(&mut self, node: Node<'t>) -> Option<Otherwise> {
        let line = self.open(node, &shape::OTHERWISE);
        let key = self.text_property(&line, "key");
        let Some(entry) = line.argument(0) else {
            self.missing(
                line.span(),
                node.name().span,
                "`otherwise` names no variation",
                "write `otherwise NAME` with the name of a variation",
            );
            return None;
        };
        let variation = self.served(entry)?;
        Some(Otherwise { variation, key, span: line.span() })
    }

    /// An empty place right behind a span.
    pub(super) fn behind(span: Span) -> Span {
        Span::new(span.file, span.end, span.end)
    }
}
