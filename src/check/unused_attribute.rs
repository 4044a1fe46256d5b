//! FF4004: an attribute no condition, completion or test uses.

use super::Scope;
use super::uses::Use;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    for attribute in &workspace.attributes {
        let Some(span) = attribute.span else { continue };
        if scope.is_used(Use::Attribute(&attribute.name)) {
            continue;
        }
        sink.push(
            Diagnostic::new(Rule::UnusedAttribute, span, format!("nothing uses attribute `{}`", attribute.name))
                .label("declared, never asked for")
                .meaning("callers may be sending it for no reason")
                .help("remove the line, or allow this for attributes that are kept ready"),
        );
    }
}
