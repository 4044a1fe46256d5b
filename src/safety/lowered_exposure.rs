//! FF3004: an exposure that is lowered while its experiment runs, so that enrolled subjects are released.

use super::Change;
use super::live::{Cause, Leaving, exposed};
use crate::diagnostic::{Rule, Sink};
use crate::model::share::percent;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let leaving = change.leaving();
    let moved: Vec<&Leaving<'_>> = leaving.iter().filter(|one| one.cause == Cause::Exposure && one.released).collect();
    let mut steps: Vec<&str> = Vec::new();
    for one in &moved {
        let (was, Some(is)) = (one.was, one.is) else { continue };
        let name = was.step.name.value.as_str();
        if steps.contains(&name) {
            continue;
        }
        steps.push(name);
        let own: Vec<&Leaving<'_>> = moved.iter().copied().filter(|other| other.was.step.name.value == name).collect();
        let total = change.after.as_ref().map_or(1, |half| half.flag.total_shards);
        let shown = |placement| exposed(placement, change.now).and_then(|shards| percent(shards, total));
        let shares = match (shown(was), shown(is)) {
            (Some(before), Some(after)) => format!(" from {before} to {after}"),
            _ => String::new(),
        };
        let message = format!("the running experiment `{name}` is lowered{shares} in `{}`", change.environment.name);
        let finding = change.about(Rule::LoweredExposure, is.span, message).label("releases enrolled subjects");
        let help = format!(
            "to let nobody new in and keep who is enrolled, leave the exposure and add `closed by=ATTRIBUTE at={}`",
            crate::lower::instant(change.now).as_str().escape_debug()
        );
        sink.push(change.told(finding, &own).help(help.replace("at=", "at=\"").replace("Z`", "Z\"`")));
    }
}
