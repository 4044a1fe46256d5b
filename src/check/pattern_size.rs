//! FF1033 for several texts: they become one regular expression, and evaluators refuse those that need too much memory.

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::predicate::expression;
use crate::model::{Condition, PatternKind, Test};
use crate::source::Span;

/// Literal texts below this many bytes always fit: a byte of text is less than a hundred bytes of the ten million allowed.
/// A single expression is looked at where it is read.
const SUSPICIOUS: usize = 1 << 15;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for placed in condition::all(scope.workspace) {
        if let Some((span, texts)) = too_large(placed.condition) {
            let finding = Diagnostic::new(
                Rule::InvalidPattern,
                span,
                format!("these {} texts make a regular expression that needs too much memory", texts),
            )
            .label("one expression for all of them")
            .meaning("evaluators treat a condition they cannot read as false, so no subject would match")
            .help("put the texts on several `or` lines, or test whole values with `one-of`, which has no limit");
            sink.push(placed.about(finding));
        }
    }
}

/// Whether evaluators refuse a condition's expression, so that it is false of everyone. Costs up to a tenth of a second.
pub(super) fn is_refused(condition: &Condition) -> bool {
    let Condition::Attribute { test: Test::Pattern { kind, texts, .. }, .. } = condition else { return false };
    regex::Regex::new(&expression(*kind, texts.iter().map(|text| text.as_str()))).is_err()
}

/// Where a condition's texts make an expression that evaluators refuse, and how many they are.
pub(super) fn too_large(condition: &Condition) -> Option<(Span, usize)> {
    let Condition::Attribute { test: Test::Pattern { kind, texts, .. }, span, .. } = condition else { return None };
    let repeats = *kind == PatternKind::Matches && texts.iter().any(|text| text.contains('{'));
    let long = texts.iter().map(|text| text.len()).sum::<usize>() >= SUSPICIOUS;
    if texts.len() < 2 || !(long || repeats) {
        return None;
    }
    let refused = regex::Regex::new(&expression(*kind, texts.iter().map(|text| text.as_str()))).is_err();
    refused.then_some((*span, texts.len()))
}
