//! What a flag says, as facts that can be compared.

use std::collections::BTreeMap;

use super::{Edit, Fact, json, place};
use crate::lower::instant;
use crate::model::share::percent;
use crate::model::{
    Audience, Condition, Exposure, ExposureMiss, Flag, FlagEnvironment, Placement, Segment, Step, StepKind,
};
use crate::source::{SourceSet, Span};
use crate::ufc::Range;

fn fact(of: &str, what: &'static str, text: impl Into<String>, span: Span) -> Fact {
    Fact { of: of.to_owned(), what, text: text.into(), span, is_shared: false, is_summary: false }
}

/// Of a flag as a whole.
pub(super) fn of_flag(flag: &Flag) -> Vec<Fact> {
    let mut facts = vec![fact("flag", "type", flag.kind.author(), flag.span)];
    if let Some(value) = &flag.code_default {
        facts.push(fact("flag", "code-default", json(value).to_string(), flag.span));
    }
    facts.push(fact("flag", "entity", &*flag.entity, flag.span));
    facts.push(fact("flag", "total-shards", flag.total_shards.to_string(), flag.span));
    let written = [("name", &flag.display_name), ("description", &flag.description)];
    facts.extend(written.into_iter().filter_map(|(what, text)| Some(fact("flag", what, text.as_ref()?, flag.span))));
    facts.extend(flag.owner.as_ref().map(|owner| fact("flag", "owner", &**owner, owner.span)));
    facts.extend(flag.expires.as_ref().map(|day| fact("flag", "expires", day.value.to_string(), day.span)));
    for variation in &flag.variations {
        let of = format!("variation `{}`", variation.name);
        let text = match (&variation.value, variation.retired) {
            (_, true) => "retired".to_owned(),
            (Some(value), false) => json(value).to_string(),
            (None, false) => String::new(),
        };
        facts.push(fact(&of, "", text, variation.span));
    }
    let order: Vec<&str> = flag.variations.iter().map(|variation| variation.name.value.as_str()).collect();
    facts.push(fact("variations", "order", order.join(" "), flag.span));
    facts
}

/// Of a flag in an environment: its switch, its waterfall, and everything that this uses.
pub(super) fn of_environment(flag: &Flag, environment: &str, sources: &SourceSet) -> Vec<Fact> {
    let Some(here) = here(flag, environment) else { return Vec::new() };
    let mut facts = vec![fact("environment", "enabled", if here.enabled { "yes" } else { "no" }, here.span)];
    let mut shared = BTreeMap::new();
    for placement in &here.placements {
        of_placement(flag, placement, sources, &mut facts);
        of_step(&placement.step, flag, sources, &mut facts);
        uses(&placement.step, sources, &mut shared);
    }
    if let Some(otherwise) = &here.otherwise {
        let value = otherwise.variation.value.as_ref().map(|value| format!(" ({})", json(value))).unwrap_or_default();
        facts.push(fact("`otherwise`", "", format!("{}{value}", otherwise.variation.name), otherwise.span));
    }
    facts.extend(shared.into_values().flatten());
    facts
}

fn here<'a>(flag: &'a Flag, environment: &str) -> Option<&'a FlagEnvironment> {
    flag.environments.iter().find(|here| here.environment.name.value == environment)
}

fn shares(shards: u32, total: u32) -> String {
    percent(shards, total).unwrap_or_else(|| format!("{shards} of {total} shards"))
}

/// How much of its audience a line takes.
pub(in crate::diff) fn exposure(placement: &Placement, total: u32) -> String {
    match &placement.exposure {
        Exposure::Share(all) => shares(*all, total),
        Exposure::Ramp(phases) => {
            let phases = phases.iter().map(|(from, all)| format!("{} from {}", shares(*all, total), instant(*from)));
            format!("ramp {}", phases.collect::<Vec<_>>().join(", "))
        }
    }
}

fn name_of(step: &Step) -> String {
    let kind = match step.kind {
        StepKind::Gate { .. } => "gate",
        StepKind::Experiment { .. } => "experiment",
    };
    format!("{kind} `{}`", step.name)
}

fn of_placement(flag: &Flag, placement: &Placement, sources: &SourceSet, facts: &mut Vec<Fact>) {
    let of = name_of(&placement.step);
    // The line as a whole is only said of what is new or gone: its parts tell what differs.
    let line = sources.text(placement.span).lines().next().unwrap_or("").trim_end_matches(['{', ' ']);
    facts.push(Fact { is_summary: true, ..fact(&of, "", line, placement.span) });
    let mut say = |what: &'static str, text: String| facts.push(fact(&of, what, text, placement.span));
    say("exposure", exposure(placement, flag.total_shards));
    if !placement.enabled {
        say("enabled", "no".to_owned());
    }
    for (what, at) in [("start", placement.window.start), ("end", placement.window.end)] {
        if let Some(at) = at {
            say(what, instant(at));
        }
    }
    if placement.exposure_miss == ExposureMiss::Stop {
        say("exposure-miss", "stop".to_owned());
    }
    if let Some(reason) = &placement.override_reason {
        say("override", reason.value.clone());
    }
    if let Some(until) = &placement.until {
        say("until", until.value.to_string());
    }
    if let Some(closed) = &placement.closed {
        say("closed", format!("by {} at {}", closed.by.name, instant(closed.at)));
    }
    say("key", placement.key.clone());
}

fn of_step(step: &Step, flag: &Flag, sources: &SourceSet, facts: &mut Vec<Fact>) {
    let of = name_of(step);
    let mut say = |what: &'static str, text: String, span: Span| facts.push(fact(&of, what, text, span));
    match &step.kind {
        StepKind::Gate { serve } => {
            let value = serve.value.as_ref().map(|value| format!(" ({})", json(value))).unwrap_or_default();
            say("serve", format!("{}{value}", serve.name), step.span);
        }
        StepKind::Experiment { arms } => {
            let arms =
                arms.iter().map(|arm| format!("{} {}", arm.variation.name, ranges(&arm.ranges, flag.total_shards)));
            say("split", arms.collect::<Vec<_>>().join(", "), step.span);
        }
    }
    say("log", if step.log { "yes" } else { "no" }.to_owned(), step.span);
    say("when", written(&step.audience, sources), step.audience.alternatives.first().map_or(step.span, |one| one.span));
    if let Some(used) = &step.layer {
        say("layer", format!("{} slot {}", used.layer.name, used.slot.name), used.span);
    }
    for used in &step.holdouts {
        say("holdout", format!("{} serve {}", used.holdout.name, used.serve.name), used.span);
    }
    if !step.extra_logging.is_empty() {
        let pairs = step.extra_logging.iter().map(|(key, value)| format!("{key}={value}"));
        say("extra-logging", pairs.collect::<Vec<_>>().join(" "), step.span);
    }
    say("salt", format!("{} {}", step.traffic_salt, step.split_salt), step.salt_span.unwrap_or(step.span));
}

fn ranges(ranges: &[Range], total: u32) -> String {
    let each = ranges.iter().map(|range| format!("{}–{}", shares(range.start, total), shares(range.end, total)));
    if ranges.is_empty() { "0%".to_owned() } else { each.collect::<Vec<_>>().join(" and ") }
}

/// An audience as its author writes it, on one line.
pub(in crate::diff) fn written(audience: &Audience, sources: &SourceSet) -> String {
    if audience.alternatives.is_empty() {
        return "everyone".to_owned();
    }
    let each = audience.alternatives.iter().map(|alternative| {
        let conditions = alternative.conditions.iter().map(|condition| match condition {
            Condition::Attribute { span, .. } | Condition::Segment { span, .. } => one_line(sources.text(*span)),
        });
        conditions.collect::<Vec<_>>().join(" and ")
    });
    each.collect::<Vec<_>>().join(", or ")
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// What a step uses that is written outside of its flag.
fn uses(step: &Step, sources: &SourceSet, shared: &mut BTreeMap<String, Vec<Fact>>) {
    of_audience(&step.audience, sources, shared);
    let mut say = |of: String, facts: Vec<(&'static str, String, Span)>| {
        shared.entry(of.clone()).or_insert_with(|| {
            let facts =
                facts.into_iter().map(|(what, text, span)| Fact { is_shared: true, ..fact(&of, what, text, span) });
            facts.collect()
        });
    };
    if let Some(used) = &step.layer {
        let range = ranges(std::slice::from_ref(&used.slot.range), crate::model::SHARDS);
        say(
            format!("slot `{}` of layer `{}`", used.slot.name, used.layer.name),
            vec![("range", range, used.slot.name.span)],
        );
        say(format!("layer `{}`", used.layer.name), vec![("salt", used.layer.salt.clone(), used.layer.name.span)]);
    }
    for used in &step.holdouts {
        let holdout = &used.holdout;
        let mut facts = vec![
            ("share", shares(holdout.shards, crate::model::SHARDS), holdout.name.span),
            ("salt", holdout.salt.clone(), holdout.name.span),
        ];
        facts.extend(holdout.window.start.map(|at| ("start", instant(at), holdout.name.span)));
        facts.extend(holdout.window.end.map(|at| ("end", instant(at), holdout.name.span)));
        say(format!("holdout `{}`", holdout.name), facts);
    }
}

fn of_audience(audience: &Audience, sources: &SourceSet, shared: &mut BTreeMap<String, Vec<Fact>>) {
    for condition in audience.alternatives.iter().flat_map(|alternative| &alternative.conditions) {
        match condition {
            Condition::Segment { segment, .. } => of_segment(segment, sources, shared),
            Condition::Attribute { attribute, .. } => {
                let Some(span) = attribute.span else { continue };
                let of = format!("attribute `{}`", attribute.name);
                shared.entry(of.clone()).or_insert_with(|| {
                    vec![Fact { is_shared: true, ..fact(&of, "type", attribute.kind.word(), span) }]
                });
            }
        }
    }
}

fn of_segment(segment: &Segment, sources: &SourceSet, shared: &mut BTreeMap<String, Vec<Fact>>) {
    let of = format!("segment `{}`", segment.name);
    if shared.contains_key(&of) {
        return;
    }
    let when = Fact { is_shared: true, ..fact(&of, "when", written(&segment.audience, sources), segment.span) };
    shared.insert(of, vec![when]);
    of_audience(&segment.audience, sources, shared);
}

/// Lines of a waterfall that stand elsewhere among those that are on both sides.
pub(super) fn moved(before: &Flag, after: &Flag, environment: &str, sources: [&SourceSet; 2]) -> Vec<Edit> {
    let (Some(was), Some(is)) = (here(before, environment), here(after, environment)) else { return Vec::new() };
    let order = |here: &FlagEnvironment| -> Vec<String> {
        here.placements.iter().map(|placement| placement.step.name.value.clone()).collect()
    };
    let (was_order, is_order) = (order(was), order(is));
    let kept = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|name| other.contains(name)).cloned().collect()
    };
    let (was_order, is_order) = (kept(&was_order, &is_order), kept(&is_order, &was_order));
    let stays = longest_common(&was_order, &is_order);
    let elsewhere = is_order.iter().enumerate().filter(|(_, name)| !stays.contains(name));
    let edits = elsewhere.filter_map(|(index, name)| {
        let find = |here: &FlagEnvironment| {
            here.placements
                .iter()
                .find(|placement| placement.step.name.value == *name)
                .map(|one| (one.span, name_of(&one.step)))
        };
        let ((was_span, _), (is_span, of)) = (find(was)?, find(is)?);
        let what = match (index.checked_sub(1).and_then(|above| is_order.get(above)), is_order.get(index + 1)) {
            (_, Some(below)) => format!("moved above `{below}`"),
            (Some(above), None) => format!("moved below `{above}`"),
            (None, None) => return None,
        };
        Some(Edit {
            of,
            what,
            before: None,
            after: None,
            was_at: Some(place(sources[0], was_span)),
            is_at: Some(place(sources[1], is_span)),
            is_shared: false,
        })
    });
    edits.collect()
}

/// A longest list that both contain in order.
fn longest_common(first: &[String], second: &[String]) -> Vec<String> {
    let mut lengths = vec![vec![0_usize; second.len() + 1]; first.len() + 1];
    let at =
        |lengths: &[Vec<usize>], i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    for (i, one) in first.iter().enumerate().rev() {
        for (j, other) in second.iter().enumerate().rev() {
            let best = if one == other {
                at(&lengths, i + 1, j + 1) + 1
            } else {
                at(&lengths, i + 1, j).max(at(&lengths, i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while let (Some(one), Some(other)) = (first.get(i), second.get(j)) {
        if one == other {
            common.push(one.clone());
            (i, j) = (i + 1, j + 1);
        } else if at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}
