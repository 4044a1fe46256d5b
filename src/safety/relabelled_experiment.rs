//! FF3013: subjects of a running experiment who keep their value and are logged under another name, or not at all.

use super::Change;
use super::live::{Cause, is_experiment};
use crate::diagnostic::{Rule, Sink};
use crate::region::Move;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(before) = &change.before else { return };
    let after = change.after.as_ref();
    let mut steps: Vec<String> = Vec::new();
    let gone = change.leaving_by_step(|one| one.cause == Cause::Gone);
    let gone: Vec<String> =
        gone.iter().filter_map(|own| own.first()).map(|one| one.was.step.name.value.clone()).collect();
    let kept = |one: &&Move| one.from.logged && change.keeps_value(one) && !change.has_ended(one);
    for one in change.moves().iter().filter(kept) {
        let Some(was) =
            one.from.allocation.and_then(|allocation| before.step(allocation)).and_then(|step| before.placement(step))
        else {
            continue;
        };
        let name = was.step.name.value.clone();
        // Of a line whose subjects are drawn anew under another name, that is told as one.
        if !is_experiment(was) || steps.contains(&name) || gone.contains(&name) {
            continue;
        }
        let is =
            one.to.allocation.and_then(|allocation| after?.step(allocation)).and_then(|step| after?.placement(step));
        // Whoever another step takes has left the experiment, whatever they get there.
        let replaces = |step: &str| {
            let gone = after.is_some_and(|after| after.placement(&name).is_none());
            gone && before.placement(step).is_none()
        };
        let stays = is.is_some_and(|is| is.step.name.value == name || is_experiment(is) && replaces(&is.step.name));
        if !stays {
            continue;
        }
        let message = if one.to.logged {
            format!("subjects of the running experiment `{name}` are logged otherwise in `{}`", change.environment.name)
        } else {
            format!(
                "subjects of the running experiment `{name}` are not logged any more in `{}`",
                change.environment.name
            )
        };
        let logged = is.filter(|is| is.key != was.key).map(|is| format!("as `{}` instead of `{}`", is.key, was.key));
        sink.push(
            change
                .about(Rule::RelabelledExperiment, is.map_or_else(|| change.place(), |is| is.span), message)
                .step(&*name)
                .label(logged.clone().unwrap_or_else(|| "other events than before".to_owned()))
                .meaning(format!("{}, and {}", change.told_of(one), seen(one, is.is_some_and(|is| is.key != was.key))))
                .witness(change.witness(one))
                .help(match is.filter(|is| is.key != was.key) {
                    Some(_) => format!("keep the name that is logged: `key=\"{}\"` on its line", was.key),
                    None => "leave logging as it is until the experiment has ended".to_owned(),
                }),
        );
        steps.push(name);
    }
}

/// What becomes of their events.
fn seen(one: &Move, is_renamed: bool) -> &'static str {
    match (one.to.logged, is_renamed) {
        (false, _) => "no event says so any more: the analysis loses them",
        (true, true) => "the analysis sees them as another experiment",
        (true, false) => "their events say something else than before: look whether the analysis tells them apart",
    }
}
