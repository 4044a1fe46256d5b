//! FF2002: a condition, or an alternative, whose removal changes nothing about who is targeted.

use super::Scope;
use super::targeting::{self, Asking, Needs, Target, span};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Alternative, Audience, Condition};
use crate::region::Undecided;
use crate::source::Span;
use crate::syntax::edit::Files;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let files = scope.files;
    targeting::each(scope, sink, |target, asking| {
        let mut findings = Vec::new();
        if let Err((span, undecided)) = look(target, asking, files, &mut findings) {
            findings.push(target.undecided(span, "whether these conditions are needed", &undecided));
        }
        findings
    });
}

/// What is left of an audience, alternative by alternative.
type Left<'a> = Vec<(&'a Alternative, Vec<Condition>)>;

fn look(
    target: Target<'_>,
    asking: &mut Asking<'_>,
    files: &Files<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Result<(), (Span, Undecided)> {
    if !may_repeat(target.audience) {
        return Ok(());
    }
    // Alternatives that match nobody are another rule's; a question that was not decided is reported there.
    let written = target.audience.alternatives.iter();
    let satisfiable = written.filter(|alternative| asking.satisfiable(&alternative.conditions) == Ok(true));
    let mut left: Left<'_> = satisfiable.map(|alternative| (alternative, alternative.conditions.clone())).collect();
    // From the last on: of two that say the same, the later is the one too many.
    for index in (0..left.len()).rev() {
        let Some((alternative, _)) = left.get(index).cloned() else { continue };
        let mut found = Found::new();
        let whole = one(target, asking, &mut left, index, &mut found);
        findings.extend(found.into_iter().map(|(finding, condition)| {
            let edits = match condition {
                Some(condition) => files.remove_condition(condition, alternative.span),
                None => files.remove_alternative(alternative.span),
            };
            Diagnostic { edits, ..finding }
        }));
        whole.map_err(|undecided| (alternative.span, undecided))?;
    }
    findings.reverse();
    Ok(())
}

/// Findings, each with the condition that it is about; none where it is the whole alternative.
type Found = Vec<(Diagnostic, Option<Span>)>;

/// Takes away what one alternative does not need, or all of it.
fn one(
    target: Target<'_>,
    asking: &mut Asking<'_>,
    left: &mut Left<'_>,
    index: usize,
    found: &mut Found,
) -> Result<(), Undecided> {
    let Some((alternative, written)) = left.get(index).cloned() else { return Ok(()) };
    let others: Vec<Vec<Condition>> =
        left.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, (_, own))| own.clone()).collect();
    let are_others = || others.iter().map(Vec::as_slice);
    if !others.is_empty()
        && !targeting::are_apart(&written, are_others())
        && let Some(needs) = asking.implied(std::slice::from_ref(&written), &others)?
    {
        found.push((covered(target, alternative, needs, &written), None));
        left.remove(index);
        return Ok(());
    }
    let mut needed = written.clone();
    for position in (0..written.len()).rev() {
        // Conditions behind this one may be gone already, those before it are all there.
        let mut without = needed.clone();
        let condition = without.remove(position);
        if without.is_empty() {
            break;
        }
        if targeting::are_apart(&without, are_others().chain([needed.as_slice()])) {
            continue;
        }
        let all: Vec<Vec<Condition>> = others.iter().cloned().chain([needed.clone()]).collect();
        if let Some(needs) = asking.implied(std::slice::from_ref(&without), &all)? {
            let finding = redundant(target, &condition, &without, needs, &needed);
            found.push((finding, Some(span(&condition))));
            needed = without;
        }
    }
    if let Some((_, own)) = left.get_mut(index) {
        *own = needed;
    }
    Ok(())
}

/// Whether anything can be redundant at all: one alternative of conditions on different attributes says something with each.
fn may_repeat(audience: &Audience) -> bool {
    let [Alternative { conditions: only, .. }] = audience.alternatives.as_slice() else {
        return audience.alternatives.len() > 1;
    };
    let mut seen: Vec<&str> = Vec::with_capacity(only.len());
    only.iter().any(|condition| match condition {
        Condition::Segment { .. } => only.len() > 1,
        Condition::Attribute { attribute, .. } => {
            let again = seen.contains(&attribute.name.as_str());
            seen.push(&attribute.name);
            // Every subject has a key.
            again || attribute.name == "id" && only.len() > 1
        }
    })
}

fn redundant(
    target: Target<'_>,
    condition: &Condition,
    without: &[Condition],
    needs: Needs,
    all: &[Condition],
) -> Diagnostic {
    let message = format!("this condition of {} changes nothing", target.named());
    let mut finding = targeting::finding(Rule::RedundantCondition, target, span(condition), message)
        .label("true of everyone who fulfils the rest");
    for other in without.iter().filter(|other| is_about_the_same(other, condition)) {
        finding = finding.and(span(other), "already says it");
    }
    finding
        .meaning(format!("with or without it the same subjects are targeted{}", targeting::assuming(needs, all)))
        .help("remove it, or correct it if it was meant to keep somebody out")
}

fn is_about_the_same(other: &Condition, condition: &Condition) -> bool {
    match (other, condition) {
        (Condition::Attribute { attribute: one, .. }, Condition::Attribute { attribute: two, .. }) => {
            one.name == two.name
        }
        (Condition::Segment { .. }, _) | (_, Condition::Segment { .. }) => true,
    }
}

fn covered(target: Target<'_>, alternative: &Alternative, needs: Needs, own: &[Condition]) -> Diagnostic {
    let message = format!("this alternative of {} adds nobody", target.named());
    targeting::finding(Rule::RedundantCondition, target, alternative.span, message)
        .label("its subjects are in the others")
        .meaning(format!("with or without it the same subjects are targeted{}", targeting::assuming(needs, own)))
        .help("remove it, or correct it if it was meant to let somebody else in")
}
