//! FF5006: an attribute named like a property every JavaScript object has.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

/// What `Object.prototype` carries.
const INHERITED: [&str; 12] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for attribute in &scope.workspace.attributes {
        let Some(span) = attribute.span else { continue };
        if !INHERITED.contains(&attribute.name.as_str()) {
            continue;
        }
        sink.push(
            Diagnostic::new(
                Rule::PrototypeAttribute,
                span,
                format!("every JavaScript object has a property `{}` of its own", attribute.name),
            )
            .label("never absent in JavaScript")
            .meaning("JavaScript SDKs see a value where callers passed none, so conditions on it differ by language")
            .help("take another name"),
        );
    }
}
