//! FF4001: a flag without an owner.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        if flag.incomplete || flag.owner.as_ref().is_some_and(|owner| !owner.trim().is_empty()) {
            continue;
        }
        let span = flag.owner.as_ref().map_or(flag.key.span, |owner| owner.span);
        sink.push(
            Diagnostic::new(Rule::MissingOwner, span, format!("flag `{}` has no owner", flag.key))
                .label("whose is it?")
                .meaning("nobody is asked when it misbehaves or outlives its purpose")
                .help("write `owner=TEAM` on the flag's line")
                .flag(&*flag.key),
        );
    }
}
