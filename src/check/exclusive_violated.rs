//! FF2007: an `exclusive` contract of which one subject is in two experiments at once.

use super::Scope;
use super::claim::{example, undecided, witness};
use super::contract::{Pair, touching};
use super::toggle::behind;
use crate::diagnostic::{Rule, Sink};
use crate::model::Step;
use crate::region::Exclusion;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for pair in scope.pairs() {
        let (first, second) = (&pair.first, &pair.second);
        let environment = second.waterfall.environment();
        match &pair.answer {
            Ok(Exclusion::Violated(found, stretch)) => {
                let other = witness(found.as_ref(), first.waterfall, reasoning);
                let found = witness(found.as_ref(), second.waterfall, reasoning);
                let message = format!(
                    "one subject can be in {} and {} in `{environment}`{stretch}, against the contract `{}`",
                    first.named(),
                    second.named(),
                    pair.contract.name
                );
                let finding = pair
                    .finding(Rule::ExclusiveViolated, message)
                    .meaning(format!(
                        "both experiments would see the effect of the other on these subjects{}",
                        example(found.as_ref())
                    ))
                    .help(touching(first, second).unwrap_or_else(|| apart(pair)))
                    .witness(other)
                    .also(found);
                sink.push(if pair.hidden { behind(finding) } else { finding });
            }
            Err(why) => {
                let what =
                    format!("whether {} and {} exclude each other in `{environment}`", first.named(), second.named());
                sink.push(
                    undecided(second.listed, &what, why)
                        .flag(&*second.waterfall.flag.key)
                        .environment(environment)
                        .step(second.line.name()),
                );
            }
            Ok(Exclusion::ByBucketing | Exclusion::ByTargeting(..)) => {}
        }
    }
}

/// What would keep them apart.
pub(super) fn apart(pair: &Pair<'_>) -> String {
    let slot = |step: &Step| step.layer.as_ref().map(|used| (used.layer.clone(), used.slot.clone()));
    let steps = (pair.first.line.placement(), pair.second.line.placement());
    let (Some(first), Some(second)) = steps else { return String::new() };
    match (slot(&first.step), slot(&second.step)) {
        (Some((one, _)), Some((two, _))) if one.name.value == two.name.value => {
            match super::layer_overcommitted::free_slot(&one) {
                Some(free) => format!("give `{}` another slot of layer `{}`: {free}", second.step.name, one.name),
                None => format!("give `{}` another slot of layer `{}`", second.step.name, one.name),
            }
        }
        (Some((layer, _)), None) | (None, Some((layer, _))) => match super::layer_overcommitted::free_slot(&layer) {
            Some(free) => format!("put the other into layer `{}`, too: {free}", layer.name),
            None => format!("make room in layer `{}` and put the other into it, too", layer.name),
        },
        _ => "give both a slot of one layer: `layer NAME slot=SLOT`".to_owned(),
    }
}
