//! FF2004: a step that subjects reach and that takes none of them.

use super::Scope;
use super::claim::{assuming, witness};
use super::toggle::Told;
use super::waterfall::{Line, Waterfall};
use crate::diagnostic::{Rule, Sink};
use crate::model::{Arm, Exposure, Placement, StepKind};
use crate::region::Fact;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for waterfall in reasoning.all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::NeverTakes { step, witness: found, assumption } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let (why, help) = reason(waterfall, line);
            let message = format!("`{}` takes nobody in `{}`", line.name(), waterfall.environment());
            let found = witness(found.as_ref(), waterfall, reasoning);
            let finding = waterfall
                .finding(Rule::NeverTakes, line, message)
                .label(why)
                .meaning(format!("whoever it targets falls through to the lines below{}", assuming(assumption)))
                .help(help)
                .witness(found);
            sink.push(waterfall.weighed(finding, *hidden));
        }
        for line in &waterfall.idle {
            let closed = line.placement().and_then(|placement| placement.closed.as_ref());
            let Some(closed) = closed.filter(|_| super::stopped::stops_above(waterfall, *line).is_empty()) else {
                continue;
            };
            let message = format!("`{}` takes nobody in `{}`", line.name(), waterfall.environment());
            let finding = waterfall
                .finding(Rule::NeverTakes, *line, message)
                .label("closed to everyone it targets")
                .and(closed.span, format!("only who has a smaller `{}`", closed.by.name))
                .meaning("nobody fulfils its targeting and was there before it closed")
                .help("close it at another instant, or remove it from this environment");
            sink.push(waterfall.weighed(finding, false));
        }
    }
}

const ABOVE: &str = "its shards are taken above";

/// Why, under the culprit, and one next step.
fn reason(waterfall: &Waterfall<'_>, line: Line<'_>) -> (&'static str, String) {
    let Some(placement) = line.placement() else {
        return (ABOVE, "remove the line, or target the steps above it at fewer".to_owned());
    };
    if placement.exposure == Exposure::Share(0) {
        return ("an exposure of 0%", "give it a share, or write `enabled=#false` until it starts".to_owned());
    }
    if served(placement).is_some_and(|arms| arms == 0) {
        return ("no arm is left", "remove the placement, or bring an arm back".to_owned());
    }
    if placement.step.layer.as_ref().is_some_and(|used| used.slot.range.start >= used.slot.range.end) {
        return ("an empty slot", "give the slot a range of the layer that is free".to_owned());
    }
    let rival = waterfall.lines.iter().find(|other| {
        other.span() != line.span()
            && other.placement().is_some_and(|other| other.step.traffic_salt == placement.step.traffic_salt)
    });
    let help = match rival {
        Some(rival) => format!("give it a salt of its own: it shares one with `{}`", rival.name()),
        None => "give it shards that no line above takes: another slot, another salt, or another place".to_owned(),
    };
    (ABOVE, help)
}

/// How many arms of an experiment can be assigned.
fn served(placement: &Placement) -> Option<usize> {
    let StepKind::Experiment { arms } = &placement.step.kind else { return None };
    let serves = |arm: &&Arm| arm.variation.value.is_some() && !arm.ranges.is_empty();
    Some(arms.iter().filter(serves).count())
}
