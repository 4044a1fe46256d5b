//! FF4014: a flag without tests.

use std::collections::BTreeSet;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    // A group of tests that could not be read may be the one that is missed here.
    if scope.something_is_missing() {
        return;
    }
    let tested: BTreeSet<&str> = scope.workspace.tests.iter().map(|group| group.flag.key.value.as_str()).collect();
    for flag in &scope.workspace.flags {
        if flag.incomplete || tested.contains(flag.key.value.as_str()) {
            continue;
        }
        sink.push(
            Diagnostic::new(Rule::UntestedFlag, flag.key.span, format!("flag `{}` has no tests", flag.key))
                .label("who gets what?")
                .meaning("a change to whom it serves passes unnoticed")
                .help(format!("write `tests {} {{ case … }}` in a `*.test.kdl` file", flag.key))
                .flag(&*flag.key),
        );
    }
}
