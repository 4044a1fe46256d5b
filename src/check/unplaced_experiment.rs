//! FF4016: an experiment no environment places.

use std::collections::BTreeSet;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::StepKind;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in scope.workspace.flags.iter().filter(|flag| !flag.incomplete) {
        let placements = flag.environments.iter().flat_map(|environment| &environment.placements);
        let placed: BTreeSet<&str> = placements.map(|placement| placement.step.name.value.as_str()).collect();
        for step in &flag.steps {
            let StepKind::Experiment { .. } = step.kind else { continue };
            if placed.contains(step.name.value.as_str()) {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    Rule::UnplacedExperiment,
                    step.name.span,
                    format!("no environment places experiment `{}`", step.name),
                )
                .label("defined, never run")
                .meaning("nobody is enrolled in it anywhere")
                .help(format!("write `experiment {}` in an `env` of this flag, or remove the step", step.name))
                .flag(&*flag.key)
                .step(&*step.name),
            );
        }
    }
}
