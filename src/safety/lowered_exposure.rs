//! FF3004: an exposure that is lowered while its experiment runs, so that enrolled subjects are released.

use super::Change;
use super::live::{Cause, exposed};
use crate::diagnostic::{Rule, Sink};
use crate::model::share::percent;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    for own in change.leaving_by_step(|one| one.cause == Cause::Exposure && one.released) {
        let Some((was, is)) = own.first().and_then(|one| Some((one.was, one.is?))) else { continue };
        let name = &was.step.name;
        let shown = |placement| exposed(placement, change.now).and_then(|shards| percent(shards, change.total()));
        let shares = match (shown(was), shown(is)) {
            (Some(before), Some(after)) => format!(" from {before} to {after}"),
            _ => String::new(),
        };
        let message = format!("the running experiment `{name}` is lowered{shares} in `{}`", change.environment.name);
        let finding = change.about(Rule::LoweredExposure, is.span, message).label("releases enrolled subjects");
        let now = crate::lower::instant(change.now);
        let help = format!(
            "to let nobody new in and keep who is enrolled, leave the exposure and add `closed by=ATTRIBUTE at=\"{now}\"`"
        );
        sink.push(change.told(finding, &own).help(help));
    }
}
