//! FF3005: a variation that is removed while it is served.

use super::Change;
use super::live::{Cause, Leaving};
use crate::diagnostic::{Rule, Sink};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    for variation in before.flag.variations.iter().filter(|variation| !variation.retired) {
        let name = variation.name.value.as_str();
        let is = after.flag.variations.iter().find(|other| other.name.value == name);
        if is.is_some_and(|other| !other.retired) {
            continue;
        }
        let served = change.moves().iter().filter(|one| one.from.variation.as_deref() == Some(name));
        let served: Vec<String> = served.map(|one| change.told_of(one)).collect();
        let had = |one: &Leaving<'_>| one.cause == Cause::Variation && one.one.from.variation.as_deref() == Some(name);
        let own: Vec<Leaving<'_>> = change.leaving().into_iter().filter(had).collect();
        if served.is_empty() {
            continue;
        }
        let environment = &change.environment.name;
        let retired = is.is_some();
        // Retiring it is what the help of this very finding asks for: only who is enrolled is then told of.
        if retired && own.is_empty() {
            continue;
        }
        let message = if retired {
            format!("the variation `{name}` is retired while `{environment}` serves it")
        } else {
            format!("the variation `{name}` is removed while `{environment}` serves it")
        };
        let finding = match (is, change.gone(variation.span)) {
            (Some(other), _) => {
                change.about(Rule::RemovedVariation, other.span, message).label("its subjects fall through")
            }
            (None, Some(gone)) => change
                .about(Rule::RemovedVariation, gone, message)
                .label("this line is gone")
                .and(after.flag.span, "has no such variation any more"),
            (None, None) => {
                change.about(Rule::RemovedVariation, after.flag.span, message).label("has no such variation any more")
            }
        };
        let finding = if own.is_empty() {
            finding.meaning(served.into_iter().take(3).collect::<Vec<_>>().join("; "))
        } else {
            change.told(finding, &own)
        };
        sink.push(if retired {
            finding.help("keep it until its experiment has ended, or allow this with a reason")
        } else {
            finding.help(format!("write `retired {name}` in its place: its shards fall through, and nobody else moves"))
        });
    }
}
