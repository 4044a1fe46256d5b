//! FF4009: a flag without a description.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in scope.workspace.flags.iter().filter(|flag| !flag.incomplete) {
        if flag.description.as_ref().is_some_and(|description| !description.trim().is_empty()) {
            continue;
        }
        sink.push(
            Diagnostic::new(Rule::MissingDescription, flag.key.span, format!("flag `{}` has no description", flag.key))
                .label("what does it decide?")
                .meaning("whoever meets it in an incident has only its key to go by")
                .help("write `description \"…\"` in the flag's block")
                .flag(&*flag.key),
        );
    }
}
