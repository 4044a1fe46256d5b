//! FF5011: a salt or allocation key that is not ASCII.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, FlagEnvironment};
use crate::source::Span;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    let layers = workspace.layers.iter().map(|layer| (&layer.salt, layer.salt_span.unwrap_or(layer.name.span)));
    let holdouts =
        workspace.holdouts.iter().map(|holdout| (&holdout.salt, holdout.salt_span.unwrap_or(holdout.name.span)));
    for (salt, span) in layers.chain(holdouts).filter(|(salt, _)| !salt.is_ascii()) {
        sink.push(not_ascii(span, "salt", salt));
    }
    for flag in &workspace.flags {
        for step in &flag.steps {
            let foreign = [&step.traffic_salt, &step.split_salt].into_iter().find(|salt| !salt.is_ascii());
            if let (Some(salt), Some(span)) = (foreign, step.salt_span) {
                sink.push(not_ascii(span, "salt", salt).flag(&*flag.key).step(&*step.name));
            }
        }
        for environment in &flag.environments {
            of_waterfall(flag, environment, sink);
        }
    }
}

fn of_waterfall(flag: &Flag, environment: &FlagEnvironment, sink: &mut Sink) {
    let placements = environment.placements.iter().map(|placement| (&placement.key, placement.key_span));
    let otherwise = environment.otherwise.iter().map(|otherwise| (&otherwise.key, otherwise.key_span));
    for (key, span) in placements.chain(otherwise) {
        if let (false, Some(span)) = (key.is_ascii(), span) {
            let finding = not_ascii(span, "allocation key", key);
            sink.push(finding.flag(&*flag.key).environment(&*environment.environment.name));
        }
    }
}

fn not_ascii(span: Span, what: &str, text: &str) -> Diagnostic {
    let culprit: String = text.chars().filter(|character| !character.is_ascii()).take(3).collect();
    Diagnostic::new(Rule::NonAsciiKey, span, format!("the {what} `{text}` is not ASCII"))
        .label(format!("`{culprit}` is hashed differently by language"))
        .meaning("the same subject lands in different buckets on .NET and Java than elsewhere")
        .help("use ASCII letters, digits and punctuation")
}
