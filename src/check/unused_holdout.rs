//! FF4007: a holdout nothing uses.

use super::Scope;
use super::uses::Use;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    for holdout in workspace.holdouts.iter().filter(|holdout| !scope.is_used(Use::Holdout(&holdout.name.value))) {
        sink.push(
            Diagnostic::new(Rule::UnusedHoldout, holdout.name.span, format!("nothing uses holdout `{}`", holdout.name))
                .label("defined, never used")
                .meaning("nobody is held out of anything")
                .help(format!("write `holdout {} serve=VARIATION` in the steps it is for, or remove it", holdout.name)),
        );
    }
}
