//! FF4002: a flag past its expiry date. It lives through the end of that day, UTC.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        let Some(expires) = flag.expires.filter(|expires| expires.value < scope.today) else { continue };
        sink.push(
            Diagnostic::new(
                Rule::StaleFlag,
                expires.span,
                format!("flag `{}` was meant to live until {} and is still here", flag.key, expires.value),
            )
            .label("the last day it was meant to live")
            .meaning("evaluation goes on as before; callers carry a choice that was meant to be settled")
            .help("remove the flag from its callers and here, or decide on a later day")
            .flag(&*flag.key),
        );
    }
}
