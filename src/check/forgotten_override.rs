//! FF4013: an emergency toggle past the day it was meant to live.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for environment in &flag.environments {
            for placement in &environment.placements {
                let (Some(reason), Some(until)) = (&placement.override_reason, &placement.until) else { continue };
                if until.value >= scope.today {
                    continue;
                }
                let name = &environment.environment.name;
                sink.push(
                    Diagnostic::new(
                        Rule::ForgottenOverride,
                        until.span,
                        format!("the override `{reason}` was meant to end by {}", until.value),
                    )
                    .label("the last day it was meant to hold")
                    .and(reason.span, "what it was for")
                    .meaning(format!("step `{}` still overrides everything below it in `{name}`", placement.step.name))
                    .help("remove the line, or decide on a later day")
                    .flag(&*flag.key)
                    .environment(&**name)
                    .step(&*placement.step.name),
                );
            }
        }
    }
}
