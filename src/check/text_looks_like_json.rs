//! FF5010: a string value that is JSON-object text.

use serde::de::IgnoredAny;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::Value;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for variation in &flag.variations {
            let Some(value) = &variation.value else { continue };
            let Value::Text(text) = &value.value else { continue };
            if !text.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(text).is_err() {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    Rule::TextLooksLikeJson,
                    value.span,
                    format!("variation `{}` of a string flag is the text of a JSON object", variation.name),
                )
                .label("JSON in a string flag")
                .meaning(".NET callers get their default instead of it; other languages get the text")
                .help("make the flag `type=json`")
                .flag(&*flag.key),
            );
        }
    }
}
