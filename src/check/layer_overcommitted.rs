//! FF2009: two experiments in one slot of a layer that take the same subject at the same time.

use std::collections::BTreeMap;

use super::Scope;
use super::claim::{example, undecided, witness};
use super::contract::{Member, exclusion, touching};
use super::toggle::behind;
use super::waterfall::Reasoning;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Layer, LayerUse, SHARDS, share};
use crate::region::{Exclusion, LineKind};

/// Layer, slot and environment.
type Seat<'a> = (&'a str, &'a str, &'a str);

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    let mut seats: BTreeMap<Seat<'_>, Vec<(Member<'_>, &LayerUse)>> = BTreeMap::new();
    for waterfall in &reasoning.waterfalls {
        for line in waterfall.lines.iter().filter(|line| line.kind() == LineKind::Experiment) {
            let Some(used) = line.placement().and_then(|placement| placement.step.layer.as_ref()) else { continue };
            let Some(member) = Member::new(waterfall, line.name(), None) else { continue };
            let seat = (used.layer.name.as_str(), used.slot.name.as_str(), waterfall.environment());
            seats.entry(seat).or_default().push((member, used));
        }
    }
    for sitting in seats.values() {
        for (index, (second, used)) in sitting.iter().enumerate() {
            // In one waterfall nobody is in two at once.
            let others = sitting.iter().take(index).map(|(first, _)| first);
            let others = others.filter(|first| !std::ptr::eq(first.waterfall, second.waterfall));
            for first in others {
                sink.push_all(taken(first, second, used, reasoning));
            }
        }
    }
}

fn taken(first: &Member<'_>, second: &Member<'_>, used: &LayerUse, reasoning: &Reasoning<'_>) -> Option<Diagnostic> {
    let environment = second.waterfall.environment();
    let about = |finding: Diagnostic| {
        finding.flag(&*second.waterfall.flag.key).environment(environment).step(second.line.name())
    };
    let (answer, hidden) = exclusion(first, second, reasoning);
    let (found, stretch) = match answer {
        Ok(Exclusion::ByBucketing | Exclusion::ByTargeting(..)) => return None,
        Ok(Exclusion::Violated(found, stretch)) => (found, stretch),
        Err(why) => {
            let what = format!("whether {} and {} take the same subjects", first.named(), second.named());
            return Some(about(undecided(second.line.span(), &what, &why)));
        }
    };
    let other = witness(found.as_ref(), first.waterfall, reasoning);
    let found = witness(found.as_ref(), second.waterfall, reasoning);
    let message = format!(
        "{} and {} are in slot `{}` of layer `{}` at once in `{environment}`{stretch}",
        first.named(),
        second.named(),
        used.slot.name,
        used.layer.name
    );
    let finding = Diagnostic::new(Rule::LayerOvercommitted, second.line.span(), message)
        .label("the slot is taken")
        .and(first.line.span(), "by this")
        .and(used.span, "the slot is named here")
        .meaning(format!("subjects of the slot are in both experiments{}", example(found.as_ref())))
        .help(touching(first, second).unwrap_or_else(|| match free_slot(&used.layer) {
            Some(free) => format!("give one of them a slot of its own: {free}"),
            None => "end one before the other starts (`end=`, one millisecond earlier than `start=`)".to_owned(),
        }))
        .witness(other)
        .also(found);
    Some(about(if hidden { behind(finding) } else { finding }))
}

/// The first free room of a layer, and the line that takes it; none where it is full.
pub(super) fn free_slot(layer: &Layer) -> Option<String> {
    let free = share::gaps(layer.slots.iter().map(|slot| slot.range), SHARDS).into_iter().next()?;
    let (from, to) = (share::percent(free.start, SHARDS)?, share::percent(free.end, SHARDS)?);
    Some(format!("{from}–{to} is free (`slot NAME from=\"{from}\" to=\"{to}\"`)"))
}
