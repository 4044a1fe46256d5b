//! `gate NAME …` and `experiment NAME …` in a flag: definitions.

use std::collections::HashMap;

use super::Decoder;
use super::shape::{self, Shape};
use super::statement::{Item, Statement};
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::ast::{Audience, HoldoutUse, LayerUse, Name, Split, Step, StepKind};
use crate::syntax::tree::{Node, Value};

/// The statements of a step's block.
#[derive(Default)]
struct Block {
    audience: Audience,
    split: Option<Split>,
    layer: Option<LayerUse>,
    holdouts: Vec<HoldoutUse>,
    extra_logging: Vec<(Name, Name)>,
    description: Option<Name>,
}

impl<'t> Decoder<'t> {
    /// Reads a gate's definition.
    pub(super) fn gate(&mut self, item: &Item<'t>) -> Option<Step> {
        self.step = step_name(item.node);
        let line = self.open(item.node, &shape::GATE);
        let name = self.step_name(&line, "a gate's name");
        let serve = match line.property("serve") {
            Some(entry) => self.served(entry),
            None if name.is_some() && !serves_below(item.node) => {
                let at = item.node.name().span;
                self.missing(line.span(), at, "the gate serves nothing", "add `serve=` with the name of a variation");
                None
            }
            None => None,
        };
        let block = self.step_block(item.node, &shape::GATE);
        let step = self.finish_step(&line, name, block, |_| StepKind::Gate { serve });
        self.step = None;
        step
    }

    /// Reads an experiment's definition.
    pub(super) fn experiment(&mut self, item: &Item<'t>) -> Option<Step> {
        self.step = step_name(item.node);
        let line = self.open(item.node, &shape::EXPERIMENT);
        let name = self.step_name(&line, "an experiment's name");
        let block = self.step_block(item.node, &shape::EXPERIMENT);
        let tried = item.node.children().any(|child| child.name().text.starts_with("split"));
        if name.is_some() && block.split.is_none() && !tried && !self.damage.touches(item.node.span()) {
            self.missing(
                line.span(),
                item.node.name().span,
                "the experiment has no split",
                "add one to its block: `split off=50 on=50`",
            );
        }
        let step = self.finish_step(&line, name, block, |split| StepKind::Experiment { split });
        self.step = None;
        step
    }

    fn finish_step(
        &mut self,
        line: &Statement<'t>,
        name: Option<Name>,
        block: Block,
        kind: impl FnOnce(Option<Split>) -> StepKind,
    ) -> Option<Step> {
        Some(Step {
            log: line.property("log").and_then(|entry| self.truth(entry, "`log`")),
            salt: self.text_property(line, "salt"),
            traffic_salt: self.text_property(line, "traffic-salt"),
            split_salt: self.text_property(line, "split-salt"),
            window: self.window(line),
            name: name?,
            kind: kind(block.split),
            audience: block.audience,
            layer: block.layer,
            holdouts: block.holdouts,
            extra_logging: block.extra_logging,
            description: block.description,
            span: line.span(),
        })
    }

    fn step_name(&mut self, line: &Statement<'t>, what: &str) -> Option<Name> {
        let name = self.own_name(line, what, Names::Strict)?;
        if name.value == "otherwise" {
            self.reserved(&name, "step", "`otherwise` is the last line of every waterfall");
        }
        Some(name)
    }

    /// The name of a variation after `serve=` or `otherwise`; its value instead of its name is a common slip.
    pub(super) fn served(&mut self, entry: crate::syntax::tree::Entry<'t>) -> Option<Name> {
        if let Value::Bool(_) = entry.value {
            let source = self.excerpt(entry.value_span);
            self.report(
                Diagnostic::new(
                    Rule::UnexpectedValue,
                    entry.value_span,
                    format!("a variation is called by its name, not by its value `{source}`"),
                )
                .label("not a variation's name")
                .help(format!("write the name of the variation whose value is `{source}`, such as `on`")),
            );
            return None;
        }
        self.name(entry, "a variation's name", Names::Free)
    }

    fn step_block(&mut self, node: Node<'t>, shape: &'static Shape) -> Block {
        let mut block = Block::default();
        let mut lines = Vec::new();
        let mut logged = HashMap::new();
        for item in self.statements(Some(node), node.children(), shape) {
            match item.word {
                "when" | "or" => lines.push(item),
                "split" => {
                    let split = self.split(item.node);
                    self.once(&mut block.split, split, item.node);
                }
                "layer" => {
                    let layer = self.layer_use(item.node);
                    self.once(&mut block.layer, layer, item.node);
                }
                "holdout" => block.holdouts.extend(self.holdout_use(item.node)),
                "extra-logging" => self.extra_logging(item.node, &mut block.extra_logging, &mut logged),
                _ => {
                    let text = self.only_text(item.node, &shape::DESCRIPTION, "the description");
                    self.once(&mut block.description, text, item.node);
                }
            }
        }
        block.audience = self.audience(&lines);
        block
    }

    fn layer_use(&mut self, node: Node<'t>) -> Option<LayerUse> {
        let line = self.open(node, &shape::LAYER_USE);
        let layer = self.own_name(&line, "the layer's name", Names::Strict);
        let slot = match line.property("slot") {
            Some(entry) => self.name(entry, "a slot's name", Names::Free),
            None if layer.is_some() => {
                self.missing(
                    line.span(),
                    node.name().span,
                    "the layer's slot is missing",
                    "add `slot=` with the slot's name",
                );
                None
            }
            None => None,
        };
        Some(LayerUse { layer: layer?, slot, span: line.span() })
    }

    fn holdout_use(&mut self, node: Node<'t>) -> Option<HoldoutUse> {
        let line = self.open(node, &shape::HOLDOUT_USE);
        let holdout = self.own_name(&line, "the holdout's name", Names::Strict);
        let serve = match line.property("serve") {
            Some(entry) => self.served(entry),
            None if holdout.is_some() => {
                self.missing(
                    line.span(),
                    node.name().span,
                    "held-out subjects get nothing",
                    "add `serve=` with the name of a variation",
                );
                None
            }
            None => None,
        };
        Some(HoldoutUse { holdout: holdout?, serve, span: line.span() })
    }

    fn extra_logging(&mut self, node: Node<'t>, pairs: &mut Vec<(Name, Name)>, seen: &mut HashMap<String, Span>) {
        let line = self.open(node, &shape::EXTRA_LOGGING);
        if line.properties().is_empty() {
            self.missing(
                line.span(),
                node.name().span,
                "`extra-logging` adds nothing",
                "write pairs: `extra-logging ticket=\"GROW-412\"`",
            );
        }
        for &entry in line.properties() {
            let Some(key) = entry.name else { continue };
            let value = self.text(entry, &format!("the value of `{}`", key.text));
            let key = Name::new(key.text.to_owned(), key.span);
            if let Some(there) = seen.insert(key.value.clone(), key.span) {
                self.report(
                    Diagnostic::new(Rule::DuplicateProperty, key.span, format!("`{}` is given twice", key.value))
                        .label("given before")
                        .and(there, "first given here")
                        .help("keep one of them"),
                );
                continue;
            }
            pairs.extend(value.map(|value| (key, value)));
        }
    }
}

/// The step's name as findings call it.
pub(super) fn step_name(node: Node<'_>) -> Option<String> {
    node.entries().find_map(|entry| match entry.value {
        Value::Text(text) if entry.name.is_none() => Some(text.text.trim_end_matches(':').to_owned()),
        _ => None,
    })
}

/// Whether the block holds `serve` as a statement: reported as such, so nothing is missing.
fn serves_below(node: Node<'_>) -> bool {
    node.children().any(|child| child.name().text.trim_end_matches(':') == "serve")
}
