//! Steps and their placements as facts.

use super::definition::{instant, shards, value};
use super::words::Definition;
use crate::model::{Arm, Exposure, ExposureMiss, Flag, Otherwise, Placement, Step, StepKind, Window};
use crate::ufc::Range;

/// `gate` or `experiment`.
pub(super) fn kind(step: &Step) -> &'static str {
    match step.kind {
        StepKind::Gate { .. } => "gate",
        StepKind::Experiment { .. } => "experiment",
    }
}

/// A step's definition.
pub(super) fn definition<'a>(flag: &Flag, step: &'a Step) -> Definition<'a> {
    let defined = Definition::new(format!("step `{}`", step.name), Some(step.span)).fact("is", kind(step));
    let defined = match &step.kind {
        StepKind::Gate { serve } => defined.fact("serves", &*serve.name.value),
        StepKind::Experiment { arms } => defined.fact("split", split(arms, flag.total_shards)),
    };
    let mut defined = defined.fact("log", if step.log { "#true" } else { "#false" });
    if let Some(used) = &step.layer {
        let text = format!("{} slot={}", used.layer.name, used.slot.name);
        defined = defined.at("layer", text, Some(used.span));
    }
    for used in &step.holdouts {
        let label = format!("holdout `{}`", used.holdout.name);
        defined = defined.at(&label, format!("serve={}", used.serve.name), Some(used.span));
    }
    for (key, text) in &step.extra_logging {
        defined = defined.at(&format!("extra-logging `{}`", key.value), text.clone(), Some(key.span));
    }
    let (traffic, split) = (&step.traffic_salt, &step.split_salt);
    let salts = match step.kind {
        StepKind::Gate { .. } => defined.at("traffic salt", format!("`{traffic}`"), step.salt_span),
        StepKind::Experiment { .. } => defined.at("traffic salt", format!("`{traffic}`"), step.salt_span).at(
            "split salt",
            format!("`{split}`"),
            step.salt_span,
        ),
    };
    salts.audience(&step.audience)
}

/// Where a step is placed.
pub(super) fn placement<'a>(flag: &Flag, placed: &Placement) -> Definition<'a> {
    let title = format!("step `{}`", placed.step.name);
    Definition::new(title, Some(placed.span))
        .fact("exposure", exposure(&placed.exposure, flag.total_shards))
        .maybe("enabled", (!placed.enabled).then_some("#false"))
        .maybe("start", placed.window.start.map(instant))
        .maybe("end", placed.window.end.map(instant))
        .maybe("exposure-miss", (placed.exposure_miss == ExposureMiss::Stop).then_some("stop"))
        .maybe("override", placed.override_reason.as_ref().map(|reason| format!("{:?}", reason.value)))
        .maybe("until", placed.until.as_ref().map(|until| until.value.to_string()))
        .maybe(
            "closed",
            placed.closed.as_ref().map(|closed| format!("by={} at={}", closed.by.name, instant(closed.at))),
        )
        .fact("allocation key", format!("`{}`", placed.key))
}

/// What a new line says besides what it gives to how many: when, until when, and that it is an override.
pub(super) fn besides(placed: &Placement) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(Some(window(placed.window)).filter(|window| !window.is_empty()));
    all.extend((placed.exposure_miss == ExposureMiss::Stop).then(|| "exposure-miss=stop".to_owned()));
    all.extend(placed.closed.as_ref().map(|closed| format!("closed by={} at={}", closed.by.name, instant(closed.at))));
    all.extend(placed.override_reason.as_ref().map(|reason| format!("override={:?}", reason.value)));
    all.extend(placed.until.as_ref().map(|until| format!("until={}", until.value)));
    all
}

/// The last line of a waterfall.
pub(super) fn otherwise<'a>(otherwise: &Otherwise) -> Definition<'a> {
    Definition::new("otherwise", Some(otherwise.span))
        .fact("serves", &*otherwise.variation.name.value)
        .fact("allocation key", format!("`{}`", otherwise.key))
}

/// `on 50%, off 50%`; ranges where they do not follow each other.
pub(super) fn split(arms: &[Arm], total: u32) -> String {
    let mut next = 0;
    let mut tiles = true;
    for range in arms.iter().flat_map(|arm| &arm.ranges) {
        tiles &= range.start == next;
        next = range.end;
    }
    let tiles = tiles && next == total && arms.iter().all(|arm| arm.ranges.len() <= 1);
    let one = |arm: &Arm| {
        let retired = if arm.variation.retired { " (retired)" } else { "" };
        let size: u32 = arm.ranges.iter().map(|range| range.end - range.start).sum();
        let text = if tiles || arm.ranges.is_empty() {
            shards(size, total)
        } else {
            arm.ranges.iter().map(|range| between(*range, total)).collect::<Vec<_>>().join("+")
        };
        format!("{} {text}{retired}", arm.variation.name)
    };
    arms.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn between(range: Range, total: u32) -> String {
    format!("{}–{}", shards(range.start, total), shards(range.end, total))
}

/// `5%`, or the phases of a ramp.
pub(super) fn exposure(exposure: &Exposure, total: u32) -> String {
    match exposure {
        Exposure::Share(size) => shards(*size, total),
        Exposure::Ramp(phases) => {
            let each = phases.iter().map(|(at, size)| format!("{} at {}", shards(*size, total), instant(*at)));
            format!("ramp {}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

/// `from T until T`; empty for always.
pub(super) fn window(window: Window) -> String {
    match (window.start, window.end) {
        (None, None) => String::new(),
        (Some(start), None) => format!("from {}", instant(start)),
        (None, Some(end)) => format!("until {}", instant(end)),
        (Some(start), Some(end)) => format!("from {} until {}", instant(start), instant(end)),
    }
}

/// What a placed step gives: `on = #true`, or its split.
pub(super) fn gives(flag: &Flag, step: &Step) -> String {
    match &step.kind {
        StepKind::Gate { serve } => match &serve.value {
            Some(served) => format!("{} = {}", serve.name, value(&served.value)),
            None => serve.name.value.clone(),
        },
        StepKind::Experiment { arms } => split(arms, flag.total_shards),
    }
}
