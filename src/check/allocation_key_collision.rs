//! FF1036: two allocations of one flag and environment with one key.

use std::collections::BTreeMap;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, FlagEnvironment};
use crate::source::Span;

/// Which line makes the allocation, and where its key stands.
struct Made {
    by: String,
    span: Span,
}

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for environment in &flag.environments {
            of_waterfall(flag, environment, sink);
        }
    }
}

fn of_waterfall(flag: &Flag, environment: &FlagEnvironment, sink: &mut Sink) {
    let mut by_key: BTreeMap<String, Made> = BTreeMap::new();
    let mut take = |key: String, by: String, span: Span| {
        if let Some(first) = by_key.get(&key) {
            sink.push(
                collision(&key, &Made { by, span }, first).flag(&*flag.key).environment(&*environment.environment.name),
            );
        } else {
            by_key.insert(key, Made { by, span });
        }
    };
    for placement in &environment.placements {
        let span = placement.key_span.unwrap_or(placement.span);
        take(placement.key.clone(), format!("step `{}`", placement.step.name), span);
    }
    for placement in &environment.placements {
        for held in &placement.step.holdouts {
            let by = format!("holdout `{}` of step `{}`", held.holdout.name, placement.step.name);
            let span = placement.key_span.unwrap_or(placement.span);
            take(format!("{}/holdout/{}", placement.key, held.holdout.name), by, span);
        }
    }
    if let Some(otherwise) = &environment.otherwise {
        take(otherwise.key.clone(), "`otherwise`".to_owned(), otherwise.key_span.unwrap_or(otherwise.span));
    }
}

fn collision(key: &str, culprit: &Made, first: &Made) -> Diagnostic {
    let message = format!("{} and {} make two allocations with one key, `{key}`", culprit.by, first.by);
    Diagnostic::new(Rule::AllocationKeyCollision, culprit.span, message)
        .label(format!("`{key}` again"))
        .and(first.span, format!("{} makes it first", first.by))
        .meaning("events and evaluation details of one cannot be told from those of the other")
        .help("give one of them another `key=`, or none")
}
