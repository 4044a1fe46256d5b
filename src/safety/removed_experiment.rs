//! FF3010: a step that is removed, or switched off, while its experiment runs.

use super::Change;
use super::live::{Cause, arms, is_experiment};
use crate::diagnostic::{Rule, Sink};
use crate::model::Placement;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    // A flag that is gone as a whole is told of once.
    if change.after.is_none() {
        return;
    }
    for own in change.leaving_by_step(|one| one.cause == Cause::Gone) {
        let Some(one) = own.first() else { continue };
        let name = one.was.step.name.value.as_str();
        let renamed = change.renamed(one.was);
        let environment = &change.environment.name;
        let off = change.after.as_ref().is_some_and(|after| after.lowered.is_none());
        let message = match (off, renamed) {
            (true, _) => {
                format!("`{}` is switched off in `{environment}` while its experiment `{name}` runs", change.key())
            }
            (false, Some(now)) => {
                format!("the running experiment `{name}` is called `{}` now in `{environment}`", now.step.name)
            }
            (false, None) => format!("the running experiment `{name}` is taken out of `{environment}`"),
        };
        let is_there = change.after.as_ref().is_some_and(|after| after.placement(name).is_some());
        let gone = change.gone(one.was.span).filter(|_| renamed.is_none() && !off && !is_there);
        let finding = match gone {
            Some(gone) => change
                .about(Rule::RemovedExperiment, gone, message)
                .label("this line is gone, and its subjects move")
                .and(change.place(), "does not place it any more"),
            None => {
                let place = renamed.map_or_else(|| change.place_of(name), |now| now.step.span);
                change.about(Rule::RemovedExperiment, place, message).label("its subjects move")
            }
        };
        let finding = change.told(finding, &own);
        sink.push(match renamed {
            Some(now) => finding.step(&*now.step.name).help(format!(
                "a new name hashes anew: keep the bucketing with {} and the logged name with `key=\"{}\"` on its line",
                super::changed_salt::keeping(&one.was.step),
                one.was.key
            )),
            None => finding.help("let it end first: `end=` on its line, or `closed by=ATTRIBUTE` to let nobody new in"),
        });
    }
}

impl Change<'_> {
    /// The line that stands for a removed one: the only new experiment of the same arms.
    pub(super) fn renamed(&self, was: &Placement) -> Option<&Placement> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let is_new = |is: &&Placement| {
            before.placement(&is.step.name).is_none() && is.enabled && is_experiment(is) && arms(is) == arms(was)
        };
        let mut fitting = after.here?.placements.iter().filter(is_new);
        fitting.next().filter(|_| fitting.next().is_none())
    }
}
