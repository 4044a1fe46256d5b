//! FF5014: an extra-logging key that is a field of the assignment event.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};

/// The fields that SDKs write themselves.
const FIELDS: [&str; 11] = [
    "allocation",
    "entityId",
    "evaluationDetails",
    "experiment",
    "featureFlag",
    "format",
    "metaData",
    "subject",
    "subjectAttributes",
    "timestamp",
    "variation",
];

/// The fields that holdouts write.
const OF_HOLDOUTS: [&str; 2] = ["holdoutKey", "holdoutVariation"];

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for step in &flag.steps {
            for (key, _) in &step.extra_logging {
                let name = key.value.as_str();
                let taken = FIELDS.contains(&name) || (!step.holdouts.is_empty() && OF_HOLDOUTS.contains(&name));
                if !taken {
                    continue;
                }
                sink.push(
                    Diagnostic::new(
                        Rule::ReservedLoggingKey,
                        key.span,
                        format!("`{name}` is a field of the assignment event itself"),
                    )
                    .label("taken")
                    .meaning("some SDKs log this text in place of the field, others log both")
                    .help("take another key")
                    .flag(&*flag.key)
                    .step(&*step.name),
                );
            }
        }
    }
}
