//! FF3002: a running experiment that hashes its subjects anew.

use super::Change;
use super::live::Cause;
use crate::diagnostic::{Rule, Sink};
use crate::model::Step;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    for own in change.leaving_by_step(|one| one.cause == Cause::Salt) {
        let Some((was, is)) = own.first().and_then(|one| Some((&one.was.step, one.is?))) else { continue };
        let message =
            format!("the running experiment `{}` hashes its subjects anew in `{}`", was.name, change.environment.name);
        let finding = change
            .about(Rule::ChangedSalt, is.step.salt_span.unwrap_or(is.step.span), message)
            .label("another salt than before");
        sink.push(change.told(finding, &own).help(format!("keep the salt: {}", keeping(was))));
    }
}

/// What to write on a step to keep its salts.
pub(super) fn keeping(was: &Step) -> String {
    let stem =
        was.traffic_salt.strip_suffix("/traffic").filter(|stem| was.split_salt.strip_suffix("/split") == Some(stem));
    match stem {
        Some(stem) => format!("`salt=\"{stem}\"`"),
        None => format!("`traffic-salt=\"{}\" split-salt=\"{}\"`", was.traffic_salt, was.split_salt),
    }
}
