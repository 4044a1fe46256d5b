//! Drafts as files of the language.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{self, Draft, Environment, Placement, Step};
use super::holdouts::Holdouts;
use super::rules::{Ask, Asked};
use super::shards::{self, Arms};
use super::vocabulary::Layer;
use crate::diagnostic::Rule;
use crate::model::predicate::worded;
use crate::model::share;
use crate::syntax::ast::AttributeType;
use crate::syntax::print::{self, Line};
use crate::ufc::write::number_text;
use crate::ufc::{Range, VariationType};

/// More values than this stand one a line.
const MANY: usize = 8;

/// What the files of all flags share.
pub(super) struct Shared {
    pub attributes: BTreeMap<String, AttributeType>,
    pub segments: Vec<(String, Vec<Asked>)>,
    pub layers: Vec<Layer>,
    pub holdouts: Holdouts,
}

/// `flagfall.kdl`. `allowed` are rules that hold nowhere in a file that all flags share.
pub(super) fn configuration(environments: &[&str], allowed: &BTreeSet<(Rule, String)>) -> String {
    let mut lines = vec![Line::new("edition").quoted("2026")];
    let environments = environments.iter().enumerate();
    lines.extend(environments.map(|(index, name)| {
        let line = Line::new("env").text(name);
        if index == 0 { line.apart() } else { line }
    }));
    let mut rules = vec![Line::new("allow").text("missing-owner").property("reason", print::text("imported"))];
    rules.extend(allowed.iter().map(|(rule, file)| {
        let line = Line::new("allow").text(rule.name()).property("in", print::quoted(file));
        line.property("reason", print::text("imported"))
    }));
    lines.push(Line::new("rules").block(rules).apart());
    print::document(&lines)
}

/// `vocabulary.kdl`; none when there are no attributes to declare.
pub(super) fn attributes(shared: &Shared) -> Option<String> {
    let declared = shared.attributes.iter().filter(|(name, _)| *name != "id");
    let lines: Vec<Line> = declared.map(|(name, kind)| Line::new("attribute").text(name).text(kind.word())).collect();
    (!lines.is_empty()).then(|| print::document(&lines))
}

/// `segments.kdl`; none when nothing repeats.
pub(super) fn segments(shared: &Shared) -> Option<String> {
    let lines: Vec<Line> = shared
        .segments
        .iter()
        .map(|(name, rule)| {
            let audience = alternative("when", rule, shared, false);
            let line = Line::new("segment").text(name);
            if is_short(rule) { line.inline(audience) } else { line.block(vec![audience]) }
        })
        .collect();
    (!lines.is_empty()).then(|| print::document(&lines))
}

/// `layers.kdl`; none when no salt is shared.
pub(super) fn layers(shared: &Shared) -> Option<String> {
    let lines: Vec<Line> = shared
        .layers
        .iter()
        .map(|layer| {
            let line = Line::new("layer").text(&layer.name);
            let own = layer.salt == format!("layer/{}", layer.name);
            let line = if own { line } else { line.property("salt", print::quoted(&layer.salt)) };
            line.block(
                layer.slots.iter().map(|(name, range)| between(Line::new("slot").text(name), *range, 10_000)).collect(),
            )
        })
        .collect();
    (!lines.is_empty()).then(|| print::document(&lines))
}

/// `holdouts.kdl`; none when no step is held out of anything.
pub(super) fn holdouts(shared: &Shared, drafts: &[Draft]) -> Option<String> {
    let used =
        |name: &str| drafts.iter().flat_map(|draft| &draft.steps).flat_map(|step| &step.holdouts).any(|h| h.0 == name);
    let mut lines = Vec::new();
    for (name, holdout) in shared.holdouts.iter().filter(|(name, _)| used(name)) {
        let share = share::percent(holdout.shards, crate::model::SHARDS).unwrap_or_default();
        let mut line = Line::new("holdout").text(name).quoted(&share);
        for (property, bound) in [("start", &holdout.start), ("end", &holdout.end)] {
            if let Some(Ok(instant)) = bound.as_deref().map(draft::instant) {
                line = line.property(property, print::quoted(&instant));
            }
        }
        if holdout.salt != format!("holdout/{name}") {
            line = line.property("salt", print::quoted(&holdout.salt));
        }
        lines.push(line);
    }
    (!lines.is_empty()).then(|| print::document(&lines))
}

fn between(line: Line, range: Range, total: u32) -> Line {
    let percent = |shard| share::percent(shard, total).unwrap_or_default();
    line.property("from", print::quoted(&percent(range.start))).property("to", print::quoted(&percent(range.end)))
}

/// The flag's own file; the reason when a share cannot be written.
pub(super) fn flag(draft: &Draft, shared: &Shared, allowed: &BTreeSet<Rule>) -> Result<String, String> {
    let total = draft.total_shards;
    let shards = draft.steps.iter().flat_map(|step| match &step.arms {
        Arms::One(_) => Vec::new(),
        Arms::Split(_, arms) => arms.iter().flat_map(|(_, ranges)| ranges).flat_map(|r| [r.start, r.end]).collect(),
    });
    let placed = draft.environments.iter().flat_map(|environment| &environment.placements);
    let placed = placed.flat_map(|placement| {
        placement.ramp.iter().map(|(_, share)| *share).chain([placement.exposure]).collect::<Vec<_>>()
    });
    if let Some(shard) = shards.chain(placed).find(|shard| share::percent(*shard, total).is_none()) {
        return Err(format!("shard {shard} of {total} is no finite percentage"));
    }
    let mut line = Line::new("flag").text(&draft.key).property("type", draft.kind.author());
    if total != crate::model::SHARDS {
        line = line.property("total-shards", total.to_string());
    }
    let mut body: Vec<Line> = allowed
        .iter()
        .map(|rule| Line::new("allow").text(rule.name()).property("reason", print::text("imported")))
        .collect();
    let first_variation = body.len();
    body.extend(draft.variations.iter().map(|(name, json)| {
        let line = Line::new("variation").text(name);
        value(line, draft.kind, json)
    }));
    set_apart(&mut body, first_variation);
    let first_step = body.len();
    body.extend(draft.steps.iter().map(|step| definition(draft, step, shared)));
    set_apart(&mut body, first_step);
    let first_environment = body.len();
    body.extend(draft.environments.iter().map(|environment| waterfall(draft, environment)));
    set_apart(&mut body, first_environment);
    Ok(print::document(&[line.block(body)]))
}

fn set_apart(lines: &mut [Line], index: usize) {
    if index > 0
        && let Some(line) = lines.get_mut(index)
    {
        *line = line.clone().apart();
    }
}

fn value(line: Line, kind: VariationType, json: &serde_json::Value) -> Line {
    match kind {
        VariationType::Boolean => line.literal(if json.as_bool() == Some(true) { "#true" } else { "#false" }),
        VariationType::String | VariationType::Json => line.quoted(json.as_str().unwrap_or_default()),
        VariationType::Integer => line.literal(number_text(json.as_f64().unwrap_or_default(), false)),
        VariationType::Numeric => line.literal(number_text(json.as_f64().unwrap_or_default(), true)),
    }
}

fn definition(draft: &Draft, step: &Step, shared: &Shared) -> Line {
    let mut body = Vec::new();
    let mut line = match &step.arms {
        // Only experiments take slots; one of a single arm is a gate in one.
        Arms::One(variation) if step.slot.is_some() => {
            body.push(Line::new("split").property(variation, "1"));
            let line = Line::new("experiment").text(&step.name);
            if step.log { line } else { line.property("log", "#false") }
        }
        Arms::One(variation) => {
            let line = Line::new("gate").text(&step.name).property("serve", print::text(variation));
            if step.log { line.property("log", "#true") } else { line }
        }
        Arms::Split(_, arms) => {
            body.push(split(draft, arms));
            let line = Line::new("experiment").text(&step.name);
            if step.log { line } else { line.property("log", "#false") }
        }
    };
    line = salts(line, draft, step);
    if let Some((salt, range)) = &step.slot
        && let Some(layer) = shared.layers.iter().find(|layer| layer.salt == *salt)
        && let Some((slot, _)) = layer.slots.iter().find(|(_, slot)| slot == range)
    {
        body.push(Line::new("layer").text(&layer.name).property("slot", print::text(slot)));
    }
    for (name, serve) in &step.holdouts {
        body.push(Line::new("holdout").text(name).property("serve", print::text(serve)));
    }
    let mut short = body.is_empty() && step.extra_logging.is_empty() && step.audience.len() == 1;
    for (index, rule) in step.audience.iter().enumerate() {
        short &= is_short(rule) || shared.segments.iter().any(|(_, known)| known == rule);
        body.push(alternative(if index == 0 { "when" } else { "or" }, rule, shared, true));
    }
    if !step.extra_logging.is_empty() {
        let pairs = step.extra_logging.iter();
        body.push(pairs.fold(Line::new("extra-logging"), |line, (key, text)| line.property(key, print::text(text))));
    }
    match (short, body.pop()) {
        (_, None) => line,
        (true, Some(only)) => line.inline(only),
        (false, Some(last)) => {
            body.push(last);
            line.block(body)
        }
    }
}

fn salts(line: Line, draft: &Draft, step: &Step) -> Line {
    let split = match &step.arms {
        Arms::One(_) => None,
        Arms::Split(salt, _) => Some(salt.as_str()),
    };
    let traffic = step.traffic_salt.as_deref();
    let own = format!("{}/{}", draft.key, step.name);
    let is = |salt: Option<&str>, base: &str, part: &str| salt.is_none_or(|salt| salt == format!("{base}/{part}"));
    if is(traffic, &own, "traffic") && is(split, &own, "split") {
        return line;
    }
    let base =
        split.and_then(|salt| salt.strip_suffix("/split")).or(traffic.and_then(|salt| salt.strip_suffix("/traffic")));
    if let Some(base) = base
        && is(traffic, base, "traffic")
        && is(split, base, "split")
    {
        return line.property("salt", print::quoted(base));
    }
    let mut line = line;
    for (property, salt, part) in [("traffic-salt", traffic, "traffic"), ("split-salt", split, "split")] {
        if let Some(salt) = salt
            && !is(Some(salt), &own, part)
        {
            line = line.property(property, print::quoted(salt));
        }
    }
    line
}

/// Weights where they cut the shards exactly so, else explicit ranges.
fn split(draft: &Draft, arms: &[(String, Vec<Range>)]) -> Line {
    let order: Vec<&str> = draft.variations.iter().map(|(name, _)| name.as_str()).collect();
    let rank = |name: &str| order.iter().position(|known| *known == name);
    let in_order = arms.iter().zip(arms.iter().skip(1)).all(|(one, next)| rank(&one.0) < rank(&next.0));
    let whole: Option<Vec<Range>> = arms
        .iter()
        .map(|(_, ranges)| match ranges.as_slice() {
            [range] => Some(*range),
            _ => None,
        })
        .collect();
    if let Some(ranges) = whole.filter(|_| in_order)
        && let Some(weights) = weights(&ranges, draft.total_shards)
    {
        let pairs = arms.iter().zip(weights);
        return pairs.fold(Line::new("split"), |line, ((name, _), weight)| line.property(name, weight.to_string()));
    }
    let lines = arms
        .iter()
        .flat_map(|(name, ranges)| ranges.iter().map(|range| between(Line::new(name), *range, draft.total_shards)));
    Line::new("split").block(lines.collect())
}

/// The weights whose tiling is exactly these ranges: equal ones, else percentages, else shards.
fn weights(ranges: &[Range], total: u32) -> Option<Vec<u64>> {
    let sizes: Vec<u64> = ranges.iter().map(|range| u64::from(range.end - range.start)).collect();
    let hundredth = u64::from(total / 100);
    let percentages = (hundredth > 0).then(|| sizes.iter().map(|size| size / hundredth).collect::<Vec<u64>>());
    let even = if ranges.len() == 2 { vec![50, 50] } else { vec![1; ranges.len()] };
    let candidates = [Some(even), percentages, Some(sizes)];
    let fits = |weights: &Vec<u64>| !weights.contains(&0) && share::tile(weights, total) == ranges;
    candidates.into_iter().flatten().find(fits)
}

/// Whether a rule fits on its statement's line.
fn is_short(rule: &[Asked]) -> bool {
    match rule {
        [only] => !matches!(&only.ask, Ask::Listed { values, .. } if values.len() > MANY),
        _ => false,
    }
}

fn alternative(word: &str, rule: &[Asked], shared: &Shared, by_segment: bool) -> Line {
    if by_segment && let Some((name, _)) = shared.segments.iter().find(|(_, known)| known == rule) {
        return Line::new(word).text("in-segment").text(name);
    }
    match rule {
        [only] => condition(Line::new(word).text(&only.attribute), only, shared),
        _ => Line::new(word)
            .block(rule.iter().map(|asked| condition(Line::new(&asked.attribute), asked, shared)).collect()),
    }
}

fn condition(line: Line, asked: &Asked, shared: &Shared) -> Line {
    let kind = shared.attributes.get(&asked.attribute).copied().unwrap_or(AttributeType::String);
    said(line, &asked.ask, kind)
}

/// What is asked of an attribute of that type.
pub(super) fn said(line: Line, ask: &Ask, kind: AttributeType) -> Line {
    match ask {
        Ask::Null(true) => line.text("is-null"),
        Ask::Null(false) => line.text("not-null"),
        Ask::Matches { negated, pattern } => {
            let (word, text) = worded(pattern);
            let line = if *negated { line.text(&format!("not-{word}")) } else { line.text(word) };
            if word == "matches" { line.quoted(&text) } else { line.text(&text) }
        }
        Ask::Number { order, operand } => line.text(order).literal(number_text(*operand, false)),
        Ask::Version { order, operand } => line.text(order).quoted(operand),
        Ask::Listed { negated, values } => {
            let word = match (negated, values.len()) {
                (false, 1) => "is",
                (true, 1) => "is-not",
                (false, _) => "one-of",
                (true, _) => "not-one-of",
            };
            let spelled = |value: &String| match kind {
                AttributeType::Bool => format!("#{value}"),
                AttributeType::Number => value.clone(),
                AttributeType::String | AttributeType::Semver => print::text(value),
            };
            let line = line.text(word);
            if values.len() > MANY {
                return line.block(values.iter().map(|value| Line::new("-").literal(spelled(value))).collect());
            }
            values.iter().fold(line, |line, value| line.literal(spelled(value)))
        }
    }
}

fn waterfall(draft: &Draft, environment: &Environment) -> Line {
    let line = Line::new("env").text(&environment.name);
    let line = line.property("enabled", if environment.enabled { "#true" } else { "#false" });
    let mut body: Vec<Line> =
        environment.placements.iter().filter_map(|placement| placed(draft, environment, placement)).collect();
    if let Some((variation, key)) = &environment.otherwise {
        let line = Line::new("otherwise").text(variation);
        let own = *key == format!("otherwise/{}", environment.name);
        body.push(if own { line } else { line.property("key", print::text(key)) });
    }
    if body.is_empty() { line } else { line.block(body) }
}

fn placed(draft: &Draft, environment: &Environment, placement: &Placement) -> Option<Line> {
    let step = draft.steps.get(placement.step)?;
    let word = match step.arms {
        Arms::One(_) if step.slot.is_none() => "gate",
        Arms::One(_) | Arms::Split(..) => "experiment",
    };
    let percent = |shards| share::percent(shards, draft.total_shards).unwrap_or_default();
    let mut line = Line::new(word).text(&step.name);
    let everyone = [Range { start: 0, end: placement.exposure }];
    if placement.ramp.is_empty() && !shards::is_everything(&everyone, draft.total_shards) {
        line = line.quoted(&percent(placement.exposure));
    }
    for (name, instant) in [("start", &placement.start), ("end", &placement.end)] {
        if let Some(instant) = instant {
            line = line.property(name, print::quoted(instant));
        }
    }
    if placement.key != format!("{}/{}", step.name, environment.name) {
        line = line.property("key", print::text(&placement.key));
    }
    if placement.ramp.is_empty() {
        return Some(line);
    }
    let phases = placement.ramp.iter().map(|(at, share)| Line::new("at").quoted(at).quoted(&percent(*share)));
    Some(line.block(vec![Line::new("ramp").block(phases.collect())]))
}
