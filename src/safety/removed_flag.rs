//! FF3014: a flag that is removed while it is served.

use super::Change;
use crate::diagnostic::{Rule, Sink};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(before) = &change.before else { return };
    let gone = change.after.as_ref().is_none_or(|after| after.here.is_none());
    if !gone || before.lowered.is_none() {
        return;
    }
    let told: Vec<String> = change.moves().iter().take(3).map(|one| change.told_of(one)).collect();
    if told.is_empty() {
        return;
    }
    let environment = &change.environment.name;
    let message = format!("the flag `{}` is removed from `{environment}` while it is served", change.key());
    let left = change.after.as_ref().map(|after| after.flag.span);
    let finding = match (before.here.and_then(|here| change.gone(here.span)), left) {
        (Some(gone), Some(left)) => change
            .about(Rule::RemovedFlag, gone, message)
            .label("this line is gone")
            .and(left, "does not mention the environment any more"),
        (Some(gone), None) => change.about(Rule::RemovedFlag, gone, message).label("this line is gone"),
        (None, _) => change.about(Rule::RemovedFlag, change.place(), message).label("does not serve it any more"),
    };
    sink.push(finding.meaning(told.join("; ")).help(format!(
        "make sure that no caller asks for it any more; switch it off first (`env {environment} enabled=#false`)"
    )));
}
