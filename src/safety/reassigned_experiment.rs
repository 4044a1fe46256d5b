//! FF3001: subjects of a running experiment who get another variation, or leave, for a reason that no other rule names.

use super::Change;
use super::live::{Cause, Leaving};
use crate::diagnostic::{Rule, Sink};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    for own in change.leaving_by_step(is_ours) {
        let Some(step) = own.first().map(|one| one.was.step.name.value.as_str()) else { continue };
        let environment = &change.environment.name;
        let message = if own.iter().all(|one| one.released) {
            format!("subjects leave the running experiment `{step}` in `{environment}`")
        } else {
            format!("subjects of the running experiment `{step}` get another variation in `{environment}`")
        };
        let finding =
            change.about(Rule::ReassignedExperiment, change.place_of(step), message).label("its subjects move");
        let help = "keep who is enrolled as they are: narrow what changed to subjects the experiment does not target, or end the experiment first";
        sink.push(change.told(finding, &own).help(help));
    }
}

fn is_ours(leaving: &Leaving<'_>) -> bool {
    leaving.cause == Cause::Other || leaving.cause == Cause::Exposure && !leaving.released
}
