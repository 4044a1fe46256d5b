//! FF1043: targeting that needs more rules than an allocation may have, and what makes it so.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::predicate::{LIMIT, Predicates, Trouble};
use crate::model::{Audience, Condition, ExposureMiss, Flag, FlagEnvironment, Placement, Segment, Step};
use crate::source::Span;

use super::Scope;

const MEANING: &str = "evaluators test every rule for every subject, so nothing this large is compiled";

/// Reports every step whose targeting needs more than [`LIMIT`] rules, by itself or because of a stopping step above it.
pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let mut predicates = Predicates::new();
    for flag in &scope.workspace.flags {
        let mut reported = BTreeSet::new();
        let mut small = true;
        for step in &flag.steps {
            if predicates.is_small(&step.audience) {
                continue;
            }
            small = false;
            if predicates.audience(&step.audience).map_or(true, |audience| audience.rules().len() > LIMIT) {
                reported.insert(step.name.as_str());
                sink.push(too_wide(flag, step, &predicates));
            }
        }
        for environment in &flag.environments {
            // Where no step stops, every line is for whom it targets.
            let stops = |placement: &Placement| placement.exposure_miss == ExposureMiss::Stop;
            if small && !environment.placements.iter().any(stops) {
                continue;
            }
            if environment.placements.iter().any(|placement| reported.contains(placement.step.name.as_str())) {
                continue;
            }
            if let Err(trouble) = predicates.waterfall(environment) {
                sink.push(too_much_left(flag, environment, &trouble));
            }
        }
    }
}

/// What makes an audience large.
enum Culprit<'m> {
    /// A segment's complement.
    Complement(&'m Arc<Segment>, Span),
    /// A segment's alternatives, multiplied.
    Product(&'m Arc<Segment>, Span),
    /// The alternatives themselves; the first that is too many.
    Alternatives(Span),
}

fn too_wide(flag: &Flag, step: &Step, predicates: &Predicates) -> Diagnostic {
    let (audience, inside) = innermost(&step.audience, predicates);
    let finding = match culprit(audience, step.span, predicates) {
        Culprit::Complement(segment, span) => Diagnostic::new(
            Rule::TooManyRules,
            span,
            format!("`not-in-segment {}` makes this targeting need more than {LIMIT} rules", segment.name),
        )
        .label("everyone outside is many alternatives")
        .and(segment.name.span, "each alternative and each condition here multiplies them")
        .help(format!(
            "make `{}` smaller: merge alternatives that differ in one attribute into one `one-of`, or split the segment",
            segment.name
        )),
        Culprit::Product(segment, span) => Diagnostic::new(
            Rule::TooManyRules,
            span,
            format!("`in-segment {}` makes this targeting need more than {LIMIT} rules", segment.name),
        )
        .label("its alternatives multiply with the other conditions")
        .and(segment.name.span, "defined here")
        .help("merge alternatives that differ in one attribute into one `one-of`, or define a second step"),
        Culprit::Alternatives(span) => Diagnostic::new(
            Rule::TooManyRules,
            span,
            format!("this targeting needs more than {LIMIT} rules"),
        )
        .label(format!("past the first {LIMIT} alternatives"))
        .help("merge alternatives that differ in one attribute into one `one-of`, or define a second step"),
    };
    let finding = finding.meaning(MEANING);
    // A segment that is too large by itself is one finding, however many steps use it.
    if inside { finding } else { finding.flag(flag.key.as_str()).step(step.name.as_str()) }
}

/// The segment that is too large by itself, where one is; else the audience.
fn innermost<'m>(audience: &'m Audience, predicates: &Predicates) -> (&'m Audience, bool) {
    let mut seen = BTreeSet::new();
    let mut place = audience;
    loop {
        let conditions = place.alternatives.iter().flat_map(|alternative| &alternative.conditions);
        let broken = conditions.filter_map(|condition| match condition {
            Condition::Segment { segment, .. } => Some(segment),
            Condition::Attribute { .. } => None,
        });
        let mut broken = broken.filter(|segment| predicates.segment(segment).is_err());
        match broken.next() {
            Some(segment) if seen.insert(Arc::as_ptr(segment).addr()) => place = &segment.audience,
            _ => return (place, !seen.is_empty()),
        }
    }
}

/// The alternative that is one too many, or the condition that multiplies most.
fn culprit<'m>(audience: &'m Audience, step: Span, predicates: &Predicates) -> Culprit<'m> {
    if let Some(alternative) = audience.alternatives.get(LIMIT) {
        return Culprit::Alternatives(alternative.span);
    }
    let mut worst = (0.0, Culprit::Alternatives(audience.alternatives.last().map_or(step, |last| last.span)));
    for condition in audience.alternatives.iter().flat_map(|alternative| &alternative.conditions) {
        let Condition::Segment { segment, negated, span } = condition else { continue };
        let Ok(predicate) = predicates.segment(segment) else { continue };
        let (weight, culprit) = if *negated {
            let sizes = predicate.rules().iter().map(|rule| logarithm(rule.complement().len()));
            (sizes.sum(), Culprit::Complement(segment, *span))
        } else {
            (logarithm(predicate.rules().len()), Culprit::Product(segment, *span))
        };
        if weight > worst.0 {
            worst = (weight, culprit);
        }
    }
    worst.1
}

#[expect(clippy::cast_precision_loss, reason = "only compared, and counts of rules are small")]
fn logarithm(count: usize) -> f64 {
    (count as f64).ln()
}

/// What a stopping step leaves to the lines below it.
fn too_much_left(flag: &Flag, environment: &FlagEnvironment, trouble: &Trouble<'_>) -> Diagnostic {
    let below = trouble.placement.map_or_else(
        || (environment.otherwise.as_ref().map_or(environment.span, |otherwise| otherwise.span), "otherwise"),
        |placement| (placement.span, placement.step.name.as_str()),
    );
    let finding = match trouble.stop {
        Some(stop) => Diagnostic::new(
            Rule::TooManyRules,
            stop.span,
            format!("whom this step leaves to `{}` takes more than {LIMIT} rules to say", below.1),
        )
        .label("`exposure-miss=stop` keeps everyone it matches")
        .and(below.0, "so this line is for everyone else")
        .help("leave `exposure-miss=stop` out, or target the stopping step by fewer alternatives"),
        None => {
            Diagnostic::new(Rule::TooManyRules, below.0, format!("the rules of `{}` are more than {LIMIT}", below.1))
                .label("here")
                .help("merge alternatives that differ in one attribute into one `one-of`, or define a second step")
        }
    };
    finding.meaning(MEANING).flag(flag.key.as_str()).environment(environment.environment.name.as_str()).step(below.1)
}
