//! FF4015: an experiment placed where its flag is disabled.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::StepKind;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for environment in flag.environments.iter().filter(|environment| !environment.enabled) {
            let name = &environment.environment.name;
            for placement in environment.placements.iter().filter(|placement| placement.enabled) {
                let StepKind::Experiment { .. } = placement.step.kind else { continue };
                let step = &placement.step.name;
                sink.push(
                    Diagnostic::new(
                        Rule::ExperimentInDisabledEnvironment,
                        placement.span,
                        format!("experiment `{step}` is placed in `{name}`, where the flag is disabled"),
                    )
                    .label("never runs")
                    .and(environment.span, "disabled here")
                    .meaning(format!("nobody in `{name}` is enrolled; every caller gets its own default"))
                    .help("write `enabled=#true` on the environment, or take the line out until the experiment runs")
                    .flag(&*flag.key)
                    .environment(&**name)
                    .step(&**step),
                );
            }
        }
    }
}
