//! FF3011: a schedule that will take subjects from another step, on a date that is not there before this change.

use jiff::Timestamp;

use super::Change;
use crate::diagnostic::{Rule, Sink};
use crate::lower::instant;
use crate::model::{Exposure, Placement};
use crate::region::Move;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let mut known: Vec<(String, String, Timestamp)> = Vec::new();
    for one in change.moves() {
        let Some((from, taker, since)) = change.coming(one) else { continue };
        let (lower, upper) = (from.step.name.value.as_str(), taker.step.name.value.as_str());
        let this = (lower.to_owned(), upper.to_owned(), since);
        if known.contains(&this) || taker.override_reason.is_some() {
            continue;
        }
        known.push(this);
        let environment = &change.environment.name;
        let message = format!("from {} on `{upper}` takes subjects from `{lower}` in `{environment}`", instant(since));
        let below = change.after.as_ref().and_then(|after| after.placement(lower));
        let finding = change
            .about(Rule::ComingShadow, taker.span, message)
            .step(upper)
            .label("its time comes without another commit")
            .meaning(format!("{}, with nobody reviewing it on that day", change.told_of(one)))
            .witness(change.witness(one))
            .help(format!("end `{lower}` before then (`end=` on its line), or place `{upper}` below it"));
        sink.push(match below {
            Some(below) => finding.and(below.span, "whose subjects they are"),
            None => finding,
        });
    }
}

impl Change<'_> {
    /// Whose subjects a step takes once its time has come, the step, and when; of a move that is no such thing, none.
    pub(super) fn coming(&self, one: &Move) -> Option<(&Placement, &Placement, Timestamp)> {
        let since = one.since.filter(|_| !self.keeps_value(one))?;
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let from = before.placement(before.step(one.from.allocation?)?)?;
        let taker = after.placement(after.step(one.to.allocation?)?)?;
        let begins = match &taker.exposure {
            Exposure::Ramp(phases) => phases.first().map(|(from, _)| *from),
            Exposure::Share(_) => taker.window.start,
        };
        let is_other = from.step.name.value != taker.step.name.value;
        (is_other && begins.is_some_and(|begins| begins > self.now) && !self.has_ended(one))
            .then_some((from, taker, since))
    }
}
