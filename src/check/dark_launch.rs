//! FF4017: an enabled environment that serves nothing.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in scope.workspace.flags.iter().filter(|flag| !flag.incomplete) {
        for environment in flag.environments.iter().filter(|environment| environment.enabled) {
            let serves =
                environment.otherwise.is_some() || environment.placements.iter().any(|placement| placement.enabled);
            if serves {
                continue;
            }
            let name = &environment.environment.name;
            sink.push(
                Diagnostic::new(
                    Rule::DarkLaunch,
                    environment.span,
                    format!("`{name}` is enabled and serves nothing: a dark launch"),
                )
                .label("no step, no `otherwise`")
                .meaning(format!("every caller in `{name}` gets its own default, as if the flag were disabled"))
                .help("place a step, write `otherwise VARIATION`, or say so with `enabled=#false`")
                .flag(&*flag.key)
                .environment(&**name),
            );
        }
    }
}
