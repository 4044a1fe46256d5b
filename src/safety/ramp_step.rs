//! FF3008: an exposure that rises by more at once than the policy allows.

use jiff::Timestamp;

use super::Change;
use super::live::exposed;
use crate::diagnostic::{Rule, Severity, Sink};
use crate::model::share::percent;
use crate::model::{Exposure, Placement};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(policy) = &change.workspaces[1].policy.max_ramp_step else { return };
    let Some(after) = &change.after else { return };
    let Some(here) = after.here.filter(|_| after.lowered.is_some()) else { return };
    let total = after.flag.total_shards;
    let Some(most) = crate::model::share::shards(policy.value, total) else { return };
    for is in here.placements.iter().filter(|placement| placement.enabled) {
        let served = change.before.as_ref().filter(|before| before.lowered.is_some());
        let was = served.and_then(|before| before.placement(&is.step.name)).filter(|placement| placement.enabled);
        let now = was.and_then(|was| exposed(was, change.now)).unwrap_or(0);
        let Some((from, to, at)) =
            steps(is, now, change.now).into_iter().find(|(from, to, _)| to.saturating_sub(*from) > most)
        else {
            continue;
        };
        let same = was.is_some_and(|was| was.exposure == is.exposure);
        let (Some(before), Some(then), Some(limit)) = (percent(from, total), percent(to, total), percent(most, total))
        else {
            continue;
        };
        if same {
            continue;
        }
        let when = at.map_or_else(String::new, |at| format!(" at {}", crate::lower::instant(at)));
        let message = format!(
            "`{}` rises from {before} to {then} at once{when} in `{}`: the policy allows {limit}",
            is.step.name, change.environment.name
        );
        let finding = change
            .about(Rule::RampStep, is.span, message)
            .step(&*is.step.name)
            .label("too large a step")
            .and(policy.span, "the policy")
            .meaning(format!(
                "{} more of its audience get it before anybody has seen how the last ones fared",
                percent(to - from, total).unwrap_or_default()
            ))
            .help(format!(
                "go there in steps of {limit} or less, in commits of their own or with `ramp {{ at \"…\" \"…\" }}`"
            ));
        sink.push(match &is.override_reason {
            Some(reason) => finding.severity(Severity::Note).and(reason.span, "an override, on purpose"),
            None => finding,
        });
    }
}

/// Each rise: from, to, and when, where that is not at once.
fn steps(is: &Placement, now: u32, at: Timestamp) -> Vec<(u32, u32, Option<Timestamp>)> {
    match &is.exposure {
        Exposure::Share(shards) => vec![(now, *shards, None)],
        Exposure::Ramp(phases) => {
            let mut from = now;
            let mut steps = vec![(from, exposed(is, at).unwrap_or(0), None)];
            from = from.max(exposed(is, at).unwrap_or(0));
            for (instant, shards) in phases.iter().filter(|(instant, _)| *instant > at) {
                steps.push((from, *shards, Some(*instant)));
                from = *shards;
            }
            steps
        }
    }
}
