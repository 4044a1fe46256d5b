//! `gate N ["20%"] …` and `experiment N ["5%"] …` in an environment: a step's place in the waterfall.

use std::collections::HashSet;

use super::Decoder;
use super::shape::{self, Shape};
use super::statement::{Statement, bare};
use super::step::step_name;
use super::value::{Bound, Names};
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Closed, ExposureMiss, Percent, Phase, Placement, Ramp};
use crate::syntax::tree::{Entry, Node};

/// What only a definition may say.
const OF_DEFINITIONS: [&str; 11] =
    ["serve", "log", "salt", "traffic-salt", "split-salt", "when", "or", "split", "layer", "holdout", "extra-logging"];

const MISSES: [(&str, ExposureMiss); 2] = [("continue", ExposureMiss::Continue), ("stop", ExposureMiss::Stop)];

impl<'t> Decoder<'t> {
    /// Reads a placement.
    pub(super) fn placement(&mut self, node: Node<'t>, experiment: bool) -> Option<Placement> {
        self.step = step_name(node);
        let shape = if experiment { &shape::PLACED_EXPERIMENT } else { &shape::PLACED_GATE };
        let line = self.open_placement(node, shape);
        let step = self.own_name(&line, "the step's name", Names::Strict);
        let exposure = line.argument(1).and_then(|entry| self.exposure(entry));
        let mut ramp = None;
        let mut closed = None;
        let children: Vec<Node<'t>> = self.placement_children(node, shape);
        for item in self.statements(Some(node), children.into_iter(), shape) {
            if item.word == "ramp" {
                let phases = self.ramp(item.node);
                self.once(&mut ramp, phases, item.node);
            } else {
                let completion = Some(self.closed(item.node));
                self.once(&mut closed, completion, item.node);
            }
        }
        let window = self.window(&line);
        let override_reason = self.override_reason(&line);
        let until = line.property("until").and_then(|entry| self.date(entry, "`until`"));
        self.contradictions(&line, ramp.as_ref());
        let placement = Placement {
            step: step.clone().unwrap_or_else(|| Spanned::new(String::new(), line.span())),
            experiment: Spanned::new(experiment, node.name().span),
            exposure,
            ramp,
            enabled: line.property("enabled").and_then(|entry| self.truth(entry, "`enabled`")),
            window,
            exposure_miss: line
                .property("exposure-miss")
                .and_then(|entry| self.choice(entry, "`exposure-miss`", &MISSES)),
            override_reason,
            until,
            closed,
            key: self.text_property(&line, "key"),
            span: line.span(),
        };
        self.step = None;
        step.map(|_| placement)
    }

    /// Opens the line; what belongs on the definition gets its own finding instead of "unknown property".
    fn open_placement(&mut self, node: Node<'t>, shape: &'static Shape) -> Statement<'t> {
        let found = self.sink.findings().len();
        let line = self.open(node, shape);
        let misplaced: Vec<Entry<'t>> =
            node.entries().filter(|entry| entry.name.is_some_and(|name| OF_DEFINITIONS.contains(&name.text))).collect();
        if !misplaced.is_empty() {
            let spans: HashSet<Span> = misplaced.iter().filter_map(|entry| entry.name).map(|name| name.span).collect();
            self.sink.retain_from(found, |finding| {
                finding.rule != Rule::UnknownProperty || finding.span.is_none_or(|span| !spans.contains(&span))
            });
            for entry in misplaced {
                let name = entry.name.map_or("", |name| name.text);
                self.definition_in_placement(node, name, entry.span);
            }
        }
        line
    }

    /// The children that may be statements of a placement; those of definitions are reported.
    fn placement_children(&mut self, node: Node<'t>, shape: &'static Shape) -> Vec<Node<'t>> {
        let mut children = Vec::new();
        for child in node.children() {
            let name = child.name().text.trim_end_matches(':');
            if OF_DEFINITIONS.contains(&name) && !shape.statements.contains(&name) {
                self.definition_in_placement(node, name, child.header());
            } else {
                children.push(child);
            }
        }
        children
    }

    fn definition_in_placement(&mut self, node: Node<'t>, what: &str, span: Span) {
        let word = node.name().text;
        let step = self.step.clone().unwrap_or_else(|| "NAME".to_owned());
        let source = self.excerpt(span);
        let help = if matches!(what, "when" | "or" | "split" | "layer" | "holdout" | "extra-logging") {
            format!("define a second step in the flag, `{word} {step}-2 … {{ {source} }}`, and place that here")
        } else {
            format!("define a second step in the flag, `{word} {step}-2 {source} …`, and place that here")
        };
        self.report(
            Diagnostic::new(
                Rule::DefinitionInPlacement,
                span,
                format!("`{what}` belongs to the definition of `{step}`, not to its placement"),
            )
            .label("a placement only says how much and when")
            .meaning("a step means the same in every environment")
            .help(help),
        );
    }

    fn exposure(&mut self, entry: Entry<'t>) -> Option<Spanned<Percent>> {
        let source = self.excerpt(entry.span);
        let word = bare(&entry).filter(|text| text.text.starts_with(|letter: char| letter.is_ascii_alphabetic()));
        if word.is_none() {
            return self.share(entry);
        }
        self.report(
            Diagnostic::new(Rule::UnexpectedValue, entry.span, format!("`{source}` is not a share"))
                .label("a share such as \"5%\" may stand here")
                .help(
                    "a placement names one step and, if not everyone, its share; put other steps on lines of their own",
                ),
        );
        None
    }

    fn override_reason(&mut self, line: &Statement<'t>) -> Option<crate::syntax::ast::Name> {
        let entry = line.property("override")?;
        if matches!(entry.value, crate::syntax::tree::Value::Bool(_)) {
            self.report(
                Diagnostic::new(Rule::UnexpectedValue, entry.value_span, "`override` is the reason, not a switch")
                    .label("no reason")
                    .help("write why, such as `override=\"INC-17\"`"),
            );
            return None;
        }
        self.text_property(line, "override")
    }

    /// Properties that exclude each other.
    fn contradictions(&mut self, line: &Statement<'t>, ramp: Option<&Ramp>) {
        if let Some(ramp) = ramp {
            let share = line.argument(1).map(|entry| (entry.span, "a share"));
            let start = line.property("start").map(|entry| (entry.span, "`start=`"));
            for (span, what) in [share, start].into_iter().flatten() {
                self.report(
                    Diagnostic::new(Rule::MisplacedProperty, span, format!("{what} contradicts the ramp"))
                        .label("says it a second time")
                        .and(ramp.span, "the ramp says from when and how much")
                        .help("remove it, or remove the ramp"),
                );
            }
        }
        if let (Some(until), None) = (line.property("until"), line.property("override")) {
            self.report(
                Diagnostic::new(
                    Rule::MisplacedProperty,
                    until.span,
                    "`until` says when an override ends, but there is none",
                )
                .label("of no override")
                .help("add `override=\"REASON\"`, or use `end=` to end the placement"),
            );
        }
    }

    fn ramp(&mut self, node: Node<'t>) -> Option<Ramp> {
        self.open(node, &shape::RAMP);
        let items = self.statements(Some(node), node.children(), &shape::RAMP);
        if items.is_empty() && node.children().next().is_none() {
            self.missing(
                node.span(),
                node.name().span,
                "the ramp has no lines",
                "write when and how much: `ramp { at \"2027-01-01T00:00:00Z\" \"5%\" }`",
            );
            return None;
        }
        let phases: Vec<Phase> = items.iter().filter_map(|item| self.phase(item.node)).collect();
        (!phases.is_empty()).then(|| Ramp { phases, span: node.header() })
    }

    fn phase(&mut self, node: Node<'t>) -> Option<Phase> {
        let line = self.open(node, &shape::PHASE);
        let at = line.argument(0).and_then(|entry| self.instant(entry, "`at`", Bound::Start));
        let share = line.argument(1).and_then(|entry| self.share(entry));
        if line.arguments().len() < 2 {
            let lacking = if line.arguments().is_empty() { "an instant and a share" } else { "a share" };
            self.missing(
                line.span(),
                node.name().span,
                format!("the line lacks {lacking}"),
                "write `at \"2027-01-01T00:00:00Z\" \"5%\"`",
            );
        }
        Some(Phase { at: at?, share: share? })
    }

    fn closed(&mut self, node: Node<'t>) -> Closed {
        let line = self.open(node, &shape::CLOSED);
        for (name, help) in [
            ("by", "add `by=` with a number attribute, such as `by=first-seen`"),
            ("at", "add `at=` with the instant from which nobody new enters"),
        ] {
            if line.property(name).is_none() {
                self.missing(line.span(), node.name().span, format!("`closed` lacks `{name}=`"), help);
            }
        }
        Closed {
            by: line.property("by").and_then(|entry| self.name(entry, "an attribute's name", Names::Free)),
            at: line.property("at").and_then(|entry| self.instant(entry, "`at`", Bound::Start)),
            span: line.span(),
        }
    }
}
