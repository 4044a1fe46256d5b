//! FF2001: an alternative of a step or segment that no value can satisfy.

use super::targeting::{self, Asking, Target, span};
use super::{Scope, pattern_size};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Alternative, Condition};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    targeting::each(scope, sink, |target, asking| {
        let alternatives = target.audience.alternatives.iter();
        alternatives.filter_map(|alternative| alone(target, alternative, asking)).collect()
    });
}

fn alone(target: Target<'_>, alternative: &Alternative, asking: &mut Asking<'_>) -> Option<Diagnostic> {
    match asking.satisfiable(&alternative.conditions) {
        Ok(true) => None,
        Ok(false) => contradiction(target, &core(&alternative.conditions, asking)),
        Err(undecided) => {
            Some(target.undecided(alternative.span, "whether anybody can match these conditions", &undecided))
        }
    }
}

/// A part of the conditions that already contradicts itself, none of which could be left out.
fn core(conditions: &[Condition], asking: &mut Asking<'_>) -> Vec<Condition> {
    let mut kept = conditions.to_vec();
    for index in (0..conditions.len()).rev() {
        let mut without = kept.clone();
        without.remove(index);
        // What could not be decided stays: the whole is known to contradict.
        if !without.is_empty() && asking.satisfiable(&without) == Ok(false) {
            kept = without;
        }
    }
    kept
}

fn contradiction(target: Target<'_>, core: &[Condition]) -> Option<Diagnostic> {
    let (last, others) = core.split_last()?;
    // An expression that no evaluator reads is reported as such.
    if core.iter().any(|condition| pattern_size::too_large(condition).is_some()) {
        return None;
    }
    if let (Condition::Segment { segment, negated: false, .. }, []) = (last, others) {
        // The segment itself is reported, once, however many use it.
        if segment.audience.alternatives.iter().all(|alternative| !alternative.conditions.is_empty()) {
            return None;
        }
    }
    if let Some(refused) = core.iter().find(|condition| pattern_size::is_refused(condition)) {
        let message =
            format!("nobody fulfils this condition of {}: evaluators cannot compile its pattern", target.named());
        return Some(
            targeting::finding(Rule::NeverMatches, target, span(refused), message)
                .label("needs too much memory, so it never matches")
                .meaning("evaluators treat a condition they cannot read as false, negated or not")
                .help("write a smaller pattern: fewer repetitions, `[a-z]` instead of `\\w`"),
        );
    }
    let message = if others.is_empty() {
        format!("no value can satisfy this condition of {}", target.named())
    } else {
        format!("no value can satisfy these conditions of {} together", target.named())
    };
    let several = target.audience.alternatives.len() > 1;
    let mut finding = targeting::finding(Rule::NeverMatches, target, span(last), message).label(match others.len() {
        0 => "nothing is like this",
        1 => "contradicts the other",
        _ => "contradicts the others",
    });
    for other in others {
        finding = finding.and(span(other), "must hold as well");
    }
    let help = match (others.is_empty(), several) {
        (false, _) => "put them into alternatives (`or`) if one of them is enough, or correct one",
        (true, false) => "correct it",
        (true, true) => "correct it, or remove the alternative",
    };
    let nobody = if several { "this alternative targets nobody" } else { "it targets nobody" };
    Some(finding.meaning(nobody).help(help))
}
