//! Waterfalls: where each environment places which step, how much of it, and when.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Resolver;
use super::flag::Scope;
use super::names::Seen;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{
    AttributeType, Closed, Environment, Exposure, ExposureMiss, FlagEnvironment, Otherwise, Placement, Step, Window,
    share,
};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

impl Resolver<'_> {
    /// Resolves a flag's environments, in the workspace's order.
    pub(super) fn flag_environments(
        &mut self,
        scope: &Scope,
        written: Vec<ast::FlagEnvironment>,
    ) -> Vec<FlagEnvironment> {
        let mut seen = Seen::exact();
        let mut environments = Vec::with_capacity(written.len());
        for block in written {
            self.environment = Some(block.name.value.clone());
            let first = self.is_first(&mut seen, "environment", &block.name);
            let known = self.environment_named(&block.name);
            let block = self.flag_environment(scope, block, known.as_ref().map(|(_, environment)| environment));
            if let (Some((order, _)), Some(block), true) = (known, block, first) {
                environments.push((order, block));
            }
        }
        self.environment = None;
        environments.sort_by_key(|(order, _)| *order);
        environments.into_iter().map(|(_, block)| block).collect()
    }

    fn flag_environment(
        &mut self,
        scope: &Scope,
        written: ast::FlagEnvironment,
        environment: Option<&Arc<Environment>>,
    ) -> Option<FlagEnvironment> {
        let name = written.name.value.clone();
        let enabled = self.present(written.enabled).is_none_or(|enabled| enabled.value);
        let mut placements = Vec::with_capacity(written.placements.len());
        let mut placed: HashMap<String, Span> = HashMap::new();
        for line in written.placements {
            self.step = Some(line.step.value.clone());
            if let Some(first) = placed.get(&line.step.value).copied() {
                self.placed_twice(&line.step, first, &name);
            } else {
                placed.insert(line.step.value.clone(), line.step.span);
                placements.extend(self.placement(scope, line, &name));
            }
        }
        self.step = None;
        let otherwise = written.otherwise.and_then(|line| self.otherwise(scope, line, &name));
        Some(FlagEnvironment {
            environment: Arc::clone(environment?),
            enabled,
            placements,
            otherwise,
            allows: written.allows,
            span: written.span,
        })
    }

    fn otherwise(&mut self, scope: &Scope, written: ast::Otherwise, environment: &str) -> Option<Otherwise> {
        let variation = self.served(scope, &written.variation)?;
        Some(Otherwise {
            variation,
            key_span: written.key.as_ref().map(|key| key.span),
            key: written.key.map_or_else(|| format!("otherwise/{environment}"), |key| key.value),
            span: written.span,
        })
    }

    fn placed_twice(&mut self, step: &ast::Name, first: Span, environment: &str) {
        self.report(
            Diagnostic::new(Rule::StepPlacedTwice, step.span, format!("`{step}` is placed twice in `{environment}`"))
                .label("placed again here")
                .and(first, "first placed here")
                .meaning("both would hash the same subjects the same way, so the second place adds nobody")
                .help("remove one; for another share or audience define a second step"),
        );
    }

    fn placement(&mut self, scope: &Scope, written: ast::Placement, environment: &str) -> Option<Placement> {
        let step = self.placed_step(scope, &written);
        let total = scope.total;
        let defined = scope.steps.get(written.step.as_str());
        let start = defined.and_then(|defined| defined.window.start);
        let end = defined.and_then(|defined| defined.window.end);
        let window = self.placement_window(&written.window, start, end, written.ramp.as_ref());
        let exposure = self.exposure(written.exposure.as_ref(), written.ramp.as_ref(), total);
        if let Some(ramp) = &written.ramp {
            self.ramp_in_window(ramp, start, written.window.end.as_ref().or(end.as_ref()));
        }
        let closed = written.closed.and_then(|closed| self.closed(closed));
        let step = step?;
        Some(Placement {
            enabled: written.enabled.is_none_or(|enabled| enabled.value),
            exposure: exposure?,
            window,
            exposure_miss: written.exposure_miss.map_or(ExposureMiss::Continue, |miss| miss.value),
            override_reason: written.override_reason,
            until: written.until,
            closed,
            key_span: written.key.as_ref().map(|key| key.span),
            key: written.key.map_or_else(|| format!("{}/{environment}", step.name), |key| key.value),
            span: written.span,
            step,
        })
    }

    /// The step that a line places; unknown ones, and ones of the other kind, are reported.
    fn placed_step(&mut self, scope: &Scope, written: &ast::Placement) -> Option<Arc<Step>> {
        let name = &written.step;
        let word = |is_experiment| if is_experiment { "experiment" } else { "gate" };
        let said = word(written.experiment.value);
        let Some(defined) = scope.steps.get(name.as_str()) else {
            let known = scope.steps.keys().map(String::as_str);
            let otherwise = match said {
                "gate" => format!("define it: `gate {name} serve=…`"),
                _ => format!("define it: `experiment {name} {{ split … }}`"),
            };
            let help = self.guesses.among(name, scope.steps.len(), known, &otherwise);
            self.report(
                Diagnostic::new(
                    Rule::UnknownStep,
                    name.span,
                    format!("the flag `{}` defines no step `{name}`", scope.key),
                )
                .label("unknown step")
                .help(help),
            );
            return None;
        };
        if defined.is_experiment != written.experiment.value {
            let right = word(defined.is_experiment);
            let article = if defined.is_experiment { "an" } else { "a" };
            self.report(
                Diagnostic::new(Rule::UnknownStep, written.experiment.span, format!("`{name}` is {article} {right}"))
                    .label(format!("says `{said}`"))
                    .and(defined.name.span, "defined here")
                    .help(format!("write `{right} {name}`"))
                    .edit(written.experiment.span, right),
            );
        }
        let step = defined.step.clone();
        self.present(step)
    }

    /// The placement's bounds where given, else the step's, each for itself.
    fn placement_window(
        &mut self,
        written: &ast::Window,
        start: Option<Spanned<Timestamp>>,
        end: Option<Spanned<Timestamp>>,
        ramp: Option<&ast::Ramp>,
    ) -> Window {
        let (starts, ends) = (written.start.or(start), written.end.or(end));
        // A step whose own bounds are reversed is reported at the step; a ramp says itself when it starts.
        if (written.start.is_some() || written.end.is_some()) && ramp.is_none() {
            self.in_order(starts.as_ref(), ends.as_ref());
        }
        Window { start: starts.map(|at| at.value), end: ends.map(|at| at.value) }
    }

    fn exposure(
        &mut self,
        share: Option<&Spanned<ast::Percent>>,
        ramp: Option<&ast::Ramp>,
        total: u32,
    ) -> Option<Exposure> {
        match (ramp, share) {
            (None, None) => Some(Exposure::Share(total)),
            (None, Some(share)) => self.shards(share, total).map(Exposure::Share),
            (Some(ramp), _) => self.ramp(ramp, total),
        }
    }

    fn ramp(&mut self, ramp: &ast::Ramp, total: u32) -> Option<Exposure> {
        let mut phases = Vec::with_capacity(ramp.phases.len());
        let mut previous: Option<&ast::Phase> = None;
        for phase in &ramp.phases {
            if let Some(before) = previous {
                self.rises(before, phase);
            }
            previous = Some(phase);
            phases.extend(self.shards(&phase.share, total).map(|shards| (phase.at.value, shards)));
        }
        let exposure = (!phases.is_empty()).then_some(Exposure::Ramp(phases));
        self.present(exposure)
    }

    fn rises(&mut self, before: &ast::Phase, phase: &ast::Phase) {
        if phase.at.value <= before.at.value {
            self.report(
                Diagnostic::new(
                    Rule::RampNarrows,
                    phase.at.span,
                    format!("the ramp's times must rise, but {} follows {}", phase.at.value, before.at.value),
                )
                .label("not later")
                .and(before.at.span, "the line before")
                .help("put the lines in order of time"),
            );
        }
        let (low, high) = (share::written(before.share.value), share::written(phase.share.value));
        if !above(phase.share.value, before.share.value) {
            self.report(
                Diagnostic::new(
                    Rule::RampNarrows,
                    phase.share.span,
                    format!("the ramp's shares must rise, but `{high}` follows `{low}`"),
                )
                .label("not wider")
                .and(before.share.span, "the line before")
                .meaning("the earlier phase stays in force, so a narrower one would take nobody out")
                .help("write a larger share; to narrow an exposure, replace the ramp by the share"),
            );
        }
    }

    /// Reports a ramp that a bound contradicts: a step's `start=`, or an end before its last phase.
    fn ramp_in_window(
        &mut self,
        ramp: &ast::Ramp,
        start: Option<Spanned<Timestamp>>,
        end: Option<&Spanned<Timestamp>>,
    ) {
        if let Some(start) = start {
            self.report(
                Diagnostic::new(Rule::MisplacedProperty, ramp.span, "the ramp contradicts the step's `start=`")
                    .label("says from when")
                    .and(start.span, "the step says so, too")
                    .help("remove `start=` from the step, or place the step without a ramp"),
            );
        }
        if let (Some(last), Some(end)) = (ramp.phases.last(), end) {
            self.in_order(Some(&last.at), Some(end));
        }
    }

    fn closed(&mut self, written: ast::Closed) -> Option<Closed> {
        let by = self.present(written.by)?;
        let declared = self.declared(&by, AttributeType::Number)?;
        let attribute = &declared.attribute;
        if attribute.kind != AttributeType::Number {
            let kind = attribute.kind.word();
            let finding = Diagnostic::new(
                Rule::OperatorType,
                by.span,
                format!("`closed` compares epoch milliseconds, but `{by}` is a {kind} attribute"),
            )
            .label("not a number")
            .meaning("nobody would stay enrolled")
            .help("name a number attribute that holds when the subject was first seen, in epoch milliseconds");
            self.report(super::with_declaration(finding, attribute.span, "declared here"));
            return None;
        }
        let at = self.present(written.at)?;
        Some(Closed { by: Arc::clone(attribute), at: at.value, span: written.span })
    }
}

/// Whether one percentage is larger than another, exactly.
fn above(high: ast::Percent, low: ast::Percent) -> bool {
    let scaled = |this: ast::Percent, other: ast::Percent| {
        u128::from(this.digits).saturating_mul(10_u128.saturating_pow(other.decimals))
    };
    scaled(high, low) > scaled(low, high)
}
