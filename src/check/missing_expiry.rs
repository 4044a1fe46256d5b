//! FF4003: a flag without an expiry date.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in scope.workspace.flags.iter().filter(|flag| flag.expires.is_none() && !flag.incomplete) {
        sink.push(
            Diagnostic::new(Rule::MissingExpiry, flag.key.span, format!("flag `{}` has no expiry date", flag.key))
                .label("until when?")
                .meaning("nothing will ever ask whether it is still needed")
                .help("write `expires=\"YYYY-MM-DD\"` on the flag's line")
                .flag(&*flag.key),
        );
    }
}
