//! Moves out of running experiments, told apart by what causes them.

use super::{Change, Half};
use crate::lower::OriginKind;
use crate::model::{Exposure, Placement, StepKind, Variation};
use crate::region::Move;

/// Why subjects leave a running experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its line is gone, or switched off.
    Gone,
    /// It hashes with another salt.
    Salt,
    /// A variation it serves is gone.
    Variation,
    /// Its arms have other shards.
    Arms,
    /// It takes fewer of its audience.
    Exposure,
    /// Anything else: who is targeted, when, what stands above it.
    Other,
}

/// A move out of a running experiment.
pub(super) struct Leaving<'c> {
    pub(super) one: &'c Move,
    /// Its line as it was.
    pub(super) was: &'c Placement,
    /// Its line as it is.
    pub(super) is: Option<&'c Placement>,
    pub(super) cause: Cause,
    /// The override that takes them, which is meant to.
    pub(super) overridden: Option<&'c Placement>,
    /// Whether they get the caller's default or an unlogged `otherwise`.
    pub(super) released: bool,
}

impl Change<'_> {
    /// Whoever was enrolled by a running experiment and gets another value, or none.
    pub(super) fn leaving(&self) -> Vec<Leaving<'_>> {
        let Some(before) = &self.before else { return Vec::new() };
        let moves = self.moves().iter().filter(|one| one.from.logged && !self.keeps_value(one));
        let moves = moves.filter(|one| !self.has_ended(one) && self.coming(one).is_none());
        moves.filter_map(|one| self.leaving_by(before, one)).collect()
    }

    /// Those of them that a rule is about, experiment by experiment.
    pub(super) fn leaving_by_step(&self, is_about: impl Fn(&Leaving<'_>) -> bool) -> Vec<Vec<Leaving<'_>>> {
        let mut steps: Vec<Vec<Leaving<'_>>> = Vec::new();
        for one in self.leaving().into_iter().filter(is_about) {
            let name = &one.was.step.name.value;
            match steps.iter_mut().find(|known| known.first().is_some_and(|first| first.was.step.name.value == *name)) {
                Some(known) => known.push(one),
                None => steps.push(vec![one]),
            }
        }
        steps
    }

    fn leaving_by<'c>(&'c self, before: &'c Half<'_>, one: &'c Move) -> Option<Leaving<'c>> {
        let was = self.running(before, one)?;
        let after = self.after.as_ref();
        let is = after.and_then(|after| after.placement(&was.step.name)).filter(|placement| placement.enabled);
        let taker = one.to.allocation.and_then(|allocation| after?.step(allocation));
        let taker = taker.and_then(|step| after?.placement(step));
        let overridden = taker.filter(|placement| placement.override_reason.is_some());
        Some(Leaving { one, was, is, cause: self.cause(was, is, one), overridden, released: self.is_released(one) })
    }

    /// The line of the experiment that enrolled them, where it runs now.
    fn running<'c>(&self, before: &'c Half<'_>, one: &Move) -> Option<&'c Placement> {
        let allocation = one.from.allocation?;
        let origin = before.lowered.as_ref()?.origins.get(allocation)?;
        let was = before.placement(&origin.step)?;
        let runs =
            was.window.start.is_none_or(|start| start <= self.now) && was.window.end.is_none_or(|end| self.now <= end);
        (origin.kind == OriginKind::Step && is_experiment(was) && runs).then_some(was)
    }

    fn cause(&self, was: &Placement, is: Option<&Placement>, one: &Move) -> Cause {
        let Some(is) = is.filter(|is| is_experiment(is)) else { return Cause::Gone };
        if was.step.traffic_salt != is.step.traffic_salt || was.step.split_salt != is.step.split_salt {
            return Cause::Salt;
        }
        let lost = one.from.variation.as_deref().is_some_and(|name| {
            !variations(is).any(|variation| variation.name.value == name && variation.value.is_some())
        });
        if lost {
            return Cause::Variation;
        }
        if super::changed_arms::is_wasteful(was, is, self.total()) && self.stays(is, one) {
            return Cause::Arms;
        }
        if exposed(was, self.now) > exposed(is, self.now) { Cause::Exposure } else { Cause::Other }
    }

    /// Whether those who move end in the same experiment, or fall through it.
    fn stays(&self, is: &Placement, one: &Move) -> bool {
        let step = one.to.allocation.and_then(|allocation| self.after.as_ref()?.step(allocation));
        step == Some(is.step.name.value.as_str()) || exposed(is, self.now).is_some_and(|all| all > 0)
    }

    /// Whether it happens only once the experiment that enrolled them has come to the end written on its line.
    pub(super) fn has_ended(&self, one: &Move) -> bool {
        let was = one.from.allocation.and_then(|allocation| self.before.as_ref()?.step(allocation));
        let is = was.and_then(|step| self.after.as_ref()?.placement(step)).filter(|is| is.enabled);
        is.and_then(|is| is.window.end).zip(one.since).is_some_and(|(end, since)| end < since)
    }

    /// Whether they get the same value as before: callers see no difference, only logs do.
    pub(super) fn keeps_value(&self, one: &Move) -> bool {
        one.from.value.is_some() && one.from.value == one.to.value
    }

    /// Whether they get the caller's default, or an `otherwise` that is not logged.
    pub(super) fn is_released(&self, one: &Move) -> bool {
        let Some(allocation) = one.to.allocation else { return true };
        let after = self.after.as_ref().and_then(|after| after.lowered.as_ref());
        let kind = after.and_then(|after| after.origins.get(allocation)).map(|origin| &origin.kind);
        kind == Some(&OriginKind::Otherwise) && !one.to.logged
    }
}

/// Whether a line is an experiment.
pub(super) fn is_experiment(placement: &Placement) -> bool {
    matches!(placement.step.kind, StepKind::Experiment { .. })
}

/// Name and shards of each arm that has some, by name.
pub(super) fn arms(placement: &Placement) -> Vec<(&str, &[crate::ufc::Range])> {
    let StepKind::Experiment { arms } = &placement.step.kind else { return Vec::new() };
    let mut arms: Vec<_> = arms
        .iter()
        .filter(|arm| !arm.ranges.is_empty())
        .map(|arm| (arm.variation.name.value.as_str(), arm.ranges.as_slice()))
        .collect();
    arms.sort_unstable_by_key(|(name, _)| *name);
    arms
}

fn variations(placement: &Placement) -> impl Iterator<Item = &Variation> {
    let arms = match &placement.step.kind {
        StepKind::Experiment { arms } => arms.as_slice(),
        StepKind::Gate { .. } => &[],
    };
    arms.iter().map(|arm| arm.variation.as_ref())
}

/// How many shards of its audience a line takes now; none before its ramp begins.
pub(super) fn exposed(placement: &Placement, now: jiff::Timestamp) -> Option<u32> {
    match &placement.exposure {
        Exposure::Share(shards) => Some(*shards),
        Exposure::Ramp(phases) => phases.iter().rev().find(|(from, _)| *from <= now).map(|(_, shards)| *shards),
    }
}
