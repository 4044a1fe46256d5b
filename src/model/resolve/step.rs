//! Steps: what a gate or an experiment means wherever it is placed.

use std::sync::Arc;

use super::Resolver;
use super::flag::{Defined, Scope};
use super::names::{Known, Seen, spelled};
use super::salt::Salts;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Holdout, HoldoutUse, Layer, LayerUse, SHARDS, Slot, Step, StepKind};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Name};

/// A layer or holdout that a step uses.
struct Shared<'a> {
    what: &'static str,
    /// Where the step names it.
    used: &'a Name,
    entity: &'a str,
    declared: Span,
}

impl Resolver<'_> {
    /// Resolves a flag's steps; one that serves nothing known is left out, but stays known.
    pub(super) fn steps(&mut self, scope: &mut Scope, written: Vec<ast::Step>) -> Vec<Arc<Step>> {
        let mut seen = Seen::folded();
        let mut steps = Vec::with_capacity(written.len());
        for step in written {
            self.step = Some(step.name.value.clone());
            let first = self.is_first(&mut seen, "step", &step.name);
            let name = step.name.clone();
            let is_experiment = matches!(step.kind, ast::StepKind::Experiment { .. });
            let window = step.window.clone();
            let step = self.resolved_step(scope, step).map(Arc::new);
            // The name was reported as reserved; a step of that name would collide with the last line wherever it is placed.
            let step = step.filter(|step| step.name.value != "otherwise");
            if first {
                steps.extend(step.clone());
            }
            let step = step.filter(|_| first);
            self.steps.entry((scope.key.clone(), name.value.clone())).or_insert_with(|| step.clone());
            let defined = Defined { step, is_experiment, name, window };
            scope.steps.entry(defined.name.value.clone()).or_insert(defined);
        }
        self.step = None;
        steps
    }

    fn resolved_step(&mut self, scope: &Scope, written: ast::Step) -> Option<Step> {
        let salts = Salts::of(&written, &scope.key);
        let is_experiment = matches!(written.kind, ast::StepKind::Experiment { .. });
        let log = written.log.map_or(is_experiment, |log| log.value);
        let audience = self.audience(&written.audience);
        let layer = written.layer.as_ref().and_then(|layer| self.layer_use(scope, layer));
        let holdouts = self.holdout_uses(scope, &written.holdouts);
        self.in_order(written.window.start.as_ref(), written.window.end.as_ref());
        let extra_logging = self.extra_logging(written.extra_logging, log, written.log);
        let kind = match written.kind {
            ast::StepKind::Gate { serve } => {
                let serve = self.present(serve).and_then(|name| self.served(scope, &name));
                serve.map(|serve| StepKind::Gate { serve })
            }
            ast::StepKind::Experiment { split } => {
                let split = self.present(split);
                let arms = split.map(|split| self.split(scope, split)).unwrap_or_default();
                Some(StepKind::Experiment { arms })
            }
        };
        Some(Step {
            name: written.name,
            kind: kind?,
            log,
            audience,
            layer,
            holdouts,
            extra_logging,
            traffic_salt: salts.traffic,
            split_salt: salts.split,
            salt_span: salts.span,
            span: written.span,
        })
    }

    fn layer_use(&mut self, scope: &Scope, written: &ast::LayerUse) -> Option<LayerUse> {
        let name = &written.layer;
        let layer: Arc<Layer> = match self.layers.get(name) {
            Known::Whole(layer) => layer,
            Known::Broken => return self.present(None),
            Known::Not => {
                let otherwise = format!("declare it: `layer {name} {{ slot … }}`");
                let help = self.guesses.did_you_mean(name, &self.layers, &otherwise);
                self.report(
                    Diagnostic::new(Rule::UnknownLayer, name.span, format!("nobody declares the layer `{name}`"))
                        .label("unknown layer")
                        .help(help),
                );
                return None;
            }
        };
        self.fits(scope, &Shared { what: "layer", used: name, entity: &layer.entity, declared: layer.name.span });
        let slot = self.present(written.slot.as_ref())?;
        let slot = self.slot(&layer, slot)?;
        Some(LayerUse { layer, slot, span: written.span })
    }

    fn slot(&mut self, layer: &Layer, name: &Name) -> Option<Arc<Slot>> {
        if let Some(slot) = self.slots.get(&(layer.name.value.clone(), name.value.clone())) {
            let slot = slot.clone();
            return self.present(slot);
        }
        let known = layer.slots.iter().map(|slot| slot.name.as_str());
        let otherwise = format!("add `slot {} from=… to=…` to the layer", spelled(name));
        let help = self.guesses.among(name, layer.slots.len(), known, &otherwise);
        self.report(
            Diagnostic::new(Rule::UnknownLayer, name.span, format!("the layer `{}` has no slot `{name}`", layer.name))
                .label("unknown slot")
                .and(layer.name.span, "declared here")
                .help(help),
        );
        None
    }

    fn holdout_uses(&mut self, scope: &Scope, written: &[ast::HoldoutUse]) -> Vec<HoldoutUse> {
        let mut seen = Seen::exact();
        let mut uses = Vec::with_capacity(written.len());
        for line in written {
            let first = self.is_first(&mut seen, "holdout", &line.holdout);
            let holdout = self.holdout_named(&line.holdout);
            if let Some(holdout) = &holdout {
                let declared = holdout.name.span;
                let entity = &holdout.entity;
                self.fits(scope, &Shared { what: "holdout", used: &line.holdout, entity, declared });
            }
            let serve = line.serve.as_ref();
            let serve = self.present(serve).and_then(|name| self.served(scope, name));
            if let (Some(holdout), Some(serve), true) = (holdout, serve, first) {
                uses.push(HoldoutUse { holdout, serve, span: line.span });
            }
        }
        uses
    }

    fn holdout_named(&mut self, name: &Name) -> Option<Arc<Holdout>> {
        match self.holdouts.get(name) {
            Known::Whole(holdout) => Some(holdout),
            Known::Broken => self.present(None),
            Known::Not => {
                let otherwise = format!("declare it: `holdout {name} \"5%\"`");
                let help = self.guesses.did_you_mean(name, &self.holdouts, &otherwise);
                self.report(
                    Diagnostic::new(Rule::UnknownHoldout, name.span, format!("nobody declares the holdout `{name}`"))
                        .label("unknown holdout")
                        .help(help),
                );
                None
            }
        }
    }

    /// Reports a layer or holdout of another entity, or of other shards than the flag's.
    fn fits(&mut self, scope: &Scope, shared: &Shared<'_>) {
        let Shared { what, used, entity, declared } = *shared;
        if entity != scope.entity {
            self.report(
                Diagnostic::new(
                    Rule::MixedEntities,
                    used.span,
                    format!("the {what} `{used}` is of `{entity}`, the flag `{}` of `{}`", scope.key, scope.entity),
                )
                .label(format!("hashes `{entity}` keys"))
                .and(declared, format!("of `{entity}`"))
                .and(scope.entity_span, format!("of `{}`", scope.entity))
                .meaning("shards of different keys are not the same people")
                .help(format!(
                    "use a {what} with `entity={}`, or correct the flag's `entity=`",
                    spelled(&scope.entity)
                )),
            );
        }
        if scope.total != SHARDS {
            let total = scope.total;
            let at = scope.total_span.unwrap_or(used.span);
            self.report(
                Diagnostic::new(
                    Rule::TotalShards,
                    at,
                    format!("the flag has {total} shards, but its {what} `{used}` has {SHARDS}"),
                )
                .label(format!("not {SHARDS}"))
                .and(used.span, "used here")
                .meaning("an evaluator hashes a flag's subjects into one number of shards")
                .help(format!("write `total-shards={SHARDS}`, or take the {what} away"))
                .edit(at, SHARDS.to_string()),
            );
        }
    }

    fn extra_logging(
        &mut self,
        mut pairs: Vec<(Name, Name)>,
        log: bool,
        written: Option<Spanned<bool>>,
    ) -> Vec<(Spanned<String>, String)> {
        if let (Some((key, _)), false) = (pairs.first(), log) {
            let finding = Diagnostic::new(
                Rule::LoggingWithoutLog,
                key.span,
                "`extra-logging` adds to events that are not sent".to_owned(),
            )
            .label("never logged")
            .meaning("assignments by this step are not logged, so nothing carries these values");
            self.report(match written {
                Some(log) => finding
                    .and(log.span, "switched off here")
                    .help("remove it, or write `log=#true`")
                    .edit(log.span, "#true"),
                None => finding.help("remove it, or add `log=#true` to the gate: gates are not logged by themselves"),
            });
        }
        pairs.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
        pairs.into_iter().map(|(key, value)| (key, value.value)).collect()
    }
}
