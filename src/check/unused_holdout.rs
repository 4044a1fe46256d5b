//! FF4007: a holdout nothing uses.

use std::collections::BTreeSet;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    let uses = workspace.flags.iter().flat_map(|flag| &flag.steps).flat_map(|step| &step.holdouts);
    let used: BTreeSet<&str> = uses.map(|used| used.holdout.name.value.as_str()).collect();
    for holdout in workspace.holdouts.iter().filter(|holdout| !used.contains(holdout.name.value.as_str())) {
        sink.push(
            Diagnostic::new(Rule::UnusedHoldout, holdout.name.span, format!("nothing uses holdout `{}`", holdout.name))
                .label("defined, never used")
                .meaning("nobody is held out of anything")
                .help(format!("write `holdout {} serve=VARIATION` in the steps it is for, or remove it", holdout.name)),
        );
    }
}
