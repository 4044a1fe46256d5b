//! FF3009: a holdout that ends soon under an experiment that this change starts, widens or places.

use jiff::ToSpan;

use super::Change;
use super::live::is_experiment;
use crate::diagnostic::{Rule, Sink};
use crate::lower::instant;

/// How many days ahead.
const DAYS: i64 = 14;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(after) = &change.after else { return };
    let Some(here) = after.here.filter(|_| after.lowered.is_some()) else { return };
    let Ok(soon) = change.now.checked_add((DAYS * 24).hours()) else { return };
    for is in here.placements.iter().filter(|placement| placement.enabled && is_experiment(placement)) {
        let outlives = |end| is.window.end.is_none_or(|own| own > end);
        for used in &is.step.holdouts {
            let Some(end) = used.holdout.window.end.filter(|end| *end >= change.now && *end <= soon && outlives(*end))
            else {
                continue;
            };
            let (name, step) = (&used.holdout.name, &is.step.name);
            sink.push(
                change
                    .about(Rule::ExpiringLayer, used.span, format!("the holdout `{name}` ends while `{step}` goes on in `{}`", change.environment.name))
                    .step(&**step)
                    .label(format!("ends {}", instant(end)))
                    .and(name.span, "defined here")
                    .meaning(format!("from then on its subjects are enrolled by `{step}` like everybody else: they are no baseline any more"))
                    .help("end the experiment with the holdout (`end=` on its line), or move the holdout's end"),
            );
        }
        let Some(used) = &is.step.layer else { continue };
        let Some(end) = is.window.end.filter(|end| *end >= change.now && *end <= soon) else { continue };
        let started =
            change.before.as_ref().and_then(|before| before.placement(&is.step.name)).is_some_and(|was| was.enabled);
        if started {
            continue;
        }
        sink.push(
            change
                .about(
                    Rule::ExpiringLayer,
                    used.span,
                    format!(
                        "`{}` takes the slot `{}` of layer `{}` for less than {DAYS} days in `{}`",
                        is.step.name, used.slot.name, used.layer.name, change.environment.name
                    ),
                )
                .step(&*is.step.name)
                .label(format!("free again after {}", instant(end)))
                .meaning("whoever takes the slot next meets subjects who were in this experiment shortly before")
                .help("let it run longer, or leave the slot free for a while afterwards"),
        );
    }
}
