//! FF5009: a JSON value that is not an object.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::Value;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for variation in &flag.variations {
            let Some(value) = &variation.value else { continue };
            let Value::Json(text) = &value.value else { continue };
            let what = match text.trim_start().as_bytes().first() {
                Some(b'{') => continue,
                Some(b'[') => "an array",
                Some(b'"') => "a string",
                Some(b't' | b'f') => "a boolean",
                Some(b'n') => "null",
                _ => "a number",
            };
            sink.push(
                Diagnostic::new(
                    Rule::JsonNotObject,
                    value.span,
                    format!("the JSON of variation `{}` is {what}, not an object", variation.name),
                )
                .label(what)
                .meaning(".NET callers get their default instead of it; other languages get the value")
                .help("wrap it in an object, as in `{\"value\": …}`")
                .flag(&*flag.key),
            );
        }
    }
}
