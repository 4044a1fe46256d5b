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
    sink.push(
        change
            .about(Rule::RemovedFlag, change.place(), format!("the flag `{}` is removed from `{environment}` while it is served", change.key()))
            .label("does not serve it any more")
            .meaning(told.join("; "))
            .help(format!("make sure that no caller asks for it any more; switch it off first (`env {environment} enabled=#false`)")),
    );
}
