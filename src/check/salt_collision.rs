//! FF1034: two different uses of one salt, unless every step, layer and holdout involved writes that salt out.

use std::collections::BTreeMap;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, Step, StepKind, Workspace};
use crate::source::Span;

/// One use of a salt.
#[derive(Clone)]
struct Use<'a> {
    /// What is hashed with it: `traffic`, `split`, `slots`, `population`.
    purpose: &'static str,
    /// Whose it is, in words.
    owner: String,
    /// The step, where a step uses it.
    step: Option<(&'a Flag, &'a Step)>,
    /// Whether the author wrote this salt.
    written: bool,
    span: Span,
}

/// A salt and the two that use it.
type Pair<'a> = (&'a str, Use<'a>, Use<'a>);

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let mut by_salt: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
    for (salt, one) in uses(scope.workspace) {
        by_salt.entry(salt).or_default().push(one);
    }
    // A `salt=` sets two salts, traffic and split; when both collide with the same step that is one finding.
    let mut collisions: BTreeMap<(Span, Span), Vec<Pair<'_>>> = BTreeMap::new();
    for (salt, uses) in by_salt {
        let [first, .., _] = uses.as_slice() else { continue };
        let Some(other) = uses.iter().find(|one| !one.written) else { continue };
        let culprits = uses.iter().filter(|one| if other.written { !std::ptr::eq(*one, first) } else { one.written });
        for culprit in culprits {
            let pair = (culprit.span, other.span);
            collisions.entry(pair).or_default().push((salt, culprit.clone(), other.clone()));
        }
    }
    for pairs in collisions.values() {
        if let Some((salt, culprit, other)) = pairs.first() {
            sink.push(collision(salt, culprit, other, pairs.len()));
        }
    }
}

fn uses(workspace: &Workspace) -> impl Iterator<Item = (&str, Use<'_>)> {
    let layers = workspace.layers.iter().map(|layer| {
        let owner = format!("layer `{}`", layer.name);
        let span = layer.salt_span.unwrap_or(layer.name.span);
        (layer.salt.as_str(), Use { purpose: "slots", owner, step: None, written: layer.salt_span.is_some(), span })
    });
    let holdouts = workspace.holdouts.iter().map(|holdout| {
        let owner = format!("holdout `{}`", holdout.name);
        let span = holdout.salt_span.unwrap_or(holdout.name.span);
        let written = holdout.salt_span.is_some();
        (holdout.salt.as_str(), Use { purpose: "population", owner, step: None, written, span })
    });
    let steps = workspace.flags.iter().flat_map(|flag| flag.steps.iter().flat_map(move |step| of_step(flag, step)));
    layers.chain(holdouts).chain(steps)
}

/// A gate has no split, so its split salt hashes nobody.
fn of_step<'a>(flag: &'a Flag, step: &'a Step) -> impl Iterator<Item = (&'a str, Use<'a>)> {
    let one = move |purpose, salt: &'a str| {
        let written = salt != format!("{}/{}/{purpose}", flag.key, step.name);
        let span = step.salt_span.filter(|_| written).unwrap_or(step.name.span);
        let owner = format!("step `{}` of flag `{}`", step.name, flag.key);
        (salt, Use { purpose, owner, step: Some((flag, step)), written, span })
    };
    let split = matches!(step.kind, StepKind::Experiment { .. }).then(|| one("split", &step.split_salt));
    [one("traffic", &step.traffic_salt)].into_iter().chain(split)
}

fn collision(salt: &str, culprit: &Use<'_>, other: &Use<'_>, pairs: usize) -> Diagnostic {
    let what = if pairs > 1 { "traffic and split" } else { culprit.purpose };
    let message = format!(
        "the {what} of {} and the {} of {} are hashed with one salt, `{salt}`",
        culprit.owner, other.purpose, other.owner
    );
    let finding = Diagnostic::new(Rule::SaltCollision, culprit.span, message)
        .label(format!("`{salt}` is already in use"))
        .and(other.span, format!("{} uses it for its {}", other.owner, other.purpose))
        .meaning(
            "every subject gets the same number in both, so choices meant to be independent agree on every subject",
        )
        .help("take another salt, or, if they must share it, write the same salt at both");
    match culprit.step {
        Some((flag, step)) => finding.flag(&*flag.key).step(&*step.name),
        None => finding,
    }
}
