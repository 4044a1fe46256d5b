//! FF3001: subjects of a running experiment who get another variation, or leave, for a reason that no other rule names.

use super::Change;
use super::live::{Cause, Leaving};
use crate::audience::condition::says_the_same;
use crate::diagnostic::{Rule, Severity, Sink};
use crate::model::Closed;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    for own in change.leaving_by_step(is_ours) {
        let Some(step) = own.first().map(|one| one.was.step.name.value.as_str()) else { continue };
        let environment = &change.environment.name;
        let message = if own.iter().all(|one| one.released) {
            format!("subjects leave the running experiment `{step}` in `{environment}`")
        } else {
            format!("subjects of the running experiment `{step}` get another variation in `{environment}`")
        };
        if let Some(closed) = completed(&own) {
            let (by, at) = (&closed.by.name, crate::lower::instant(closed.at));
            let message = format!("`{step}` is completed in `{environment}`: who is there from {at} on leaves it");
            let finding =
                change.about(Rule::ReassignedExperiment, change.place_of(step), message).label("lets nobody new in");
            let help = format!("make sure that callers pass `{by}`: who is enrolled and comes without it leaves, too");
            sink.push(change.told(finding, &own).severity(Severity::Note).help(help));
            continue;
        }
        let finding =
            change.about(Rule::ReassignedExperiment, change.place_of(step), message).label("its subjects move");
        let help = if own.iter().all(|one| one.overridden.is_some()) {
            "when it is over, remove the override's line: everybody gets back what they had"
        } else {
            "keep who is enrolled as they are: narrow what changed to subjects the experiment does not target, or end the experiment first"
        };
        sink.push(change.told(finding, &own).help(help));
    }
}

/// What completes an experiment that is the same but for that: who leaves it then is meant to.
fn completed<'c>(own: &[Leaving<'c>]) -> Option<&'c Closed> {
    let first = own.first()?;
    let (was, is) = (first.was, first.is?);
    let same =
        says_the_same(&was.step.audience, &is.step.audience) && was.exposure == is.exposure && was.window == is.window;
    is.closed.as_ref().filter(|_| same && was.closed.is_none())
}

fn is_ours(leaving: &Leaving<'_>) -> bool {
    leaving.cause == Cause::Other || leaving.cause == Cause::Exposure && !leaving.released
}
