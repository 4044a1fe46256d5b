//! Worlds as KDL.

use std::fmt::Write;

use crate::world::{
    ATTRIBUTES, Audience, Condition, Does, ENVIRONMENTS, Exposure, Flag, How, Kind, Order, PATTERNS, Placement, Step,
    Test, VERSIONS, Value, Window, World,
};

macro_rules! put {
    ($out:expr, $($text:tt)*) => { writeln!($out, $($text)*).unwrap() };
}

pub(crate) const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\n";

pub(crate) fn definitions(world: &World) -> String {
    let mut out = String::new();
    for (name, kind) in ATTRIBUTES {
        let kind = match kind {
            Kind::Text => "string",
            Kind::Number => "number",
            Kind::Bool => "bool",
            Kind::Version => "semver",
        };
        put!(out, "attribute {} {kind}", quoted(name));
    }
    for (at, segment) in world.segments.iter().enumerate() {
        put!(out, "segment g{at} {{");
        audience(&mut out, segment);
        put!(out, "}}");
    }
    for (at, slots) in world.layers.iter().enumerate() {
        put!(out, "layer l{at} {{");
        for (slot, (from, to)) in slots.iter().enumerate() {
            put!(out, "  slot t{slot} from={} to={}", percent(*from), percent(*to));
        }
        put!(out, "}}");
    }
    for (at, (share, window)) in world.holdouts.iter().enumerate() {
        put!(out, "holdout h{at} {}{}", percent(*share), bounds(*window));
    }
    for (at, defined) in world.flags.iter().enumerate() {
        flag(&mut out, at, defined);
    }
    out
}

fn quoted(text: &str) -> String {
    let bare = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let keyword = ["true", "false", "null", "inf", "nan"].contains(&text);
    if bare && !keyword { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn percent(hundredths: u32) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    format!("\"{text}%\"")
}

fn instant(at: i64) -> String {
    format!("\"{}\"", jiff::Timestamp::from_millisecond(at).unwrap())
}

fn bounds(window: Window) -> String {
    let start = window.start.map(|at| format!(" start={}", instant(at))).unwrap_or_default();
    let end = window.end.map(|at| format!(" end={}", instant(at))).unwrap_or_default();
    start + &end
}

fn flag(out: &mut String, at: usize, flag: &Flag) {
    let shards =
        if flag.total_shards == 10_000 { String::new() } else { format!(" total-shards={}", flag.total_shards) };
    put!(out, "flag f{at} type={}{shards} {{", flag.kind);
    for (name, value) in &flag.variations {
        match value {
            Some((value, _)) => put!(out, "  variation {} {value}", quoted(name)),
            None => put!(out, "  retired {}", quoted(name)),
        }
    }
    for (number, defined) in flag.steps.iter().enumerate() {
        step(out, flag, number, defined);
    }
    for (name, environment) in ENVIRONMENTS.iter().zip(&flag.environments) {
        put!(out, "  env {name} enabled=#{} {{", environment.enabled);
        for placed in &environment.placements {
            placement(out, placed, &flag.steps[placed.step]);
        }
        if let Some((variation, key)) = &environment.otherwise {
            let key = key.as_ref().map(|key| format!(" key=\"{key}\"")).unwrap_or_default();
            put!(out, "    otherwise {}{key}", quoted(&flag.variations[*variation].0));
        }
        put!(out, "  }}");
    }
    put!(out, "}}");
}

fn word(does: &Does) -> &'static str {
    match does {
        Does::Serve(_) => "gate",
        Does::Weights(_) | Does::Ranges(_) => "experiment",
    }
}

fn step(out: &mut String, flag: &Flag, number: usize, step: &Step) {
    let name = |variation: usize| quoted(&flag.variations[variation].0);
    let serve =
        if let Does::Serve(variation) = &step.does { format!(" serve={}", name(*variation)) } else { String::new() };
    let salt = step.salt.as_ref().map(|salt| format!(" salt={}", quoted(salt))).unwrap_or_default();
    put!(out, "  {} s{number}{serve} log=#{}{salt}{} {{", word(&step.does), step.log, bounds(step.window));
    match &step.does {
        Does::Serve(_) => {}
        Does::Weights(weights) => {
            let arms: Vec<String> =
                weights.iter().rev().map(|(arm, weight)| format!("{}={weight}", name(*arm))).collect();
            put!(out, "    split {}", arms.join(" "));
        }
        Does::Ranges(ranges) => {
            put!(out, "    split {{");
            for (arm, from, to) in ranges {
                put!(out, "      {} from={} to={}", name(*arm), percent(*from), percent(*to));
            }
            put!(out, "    }}");
        }
    }
    audience(out, &step.audience);
    if let Some((layer, slot)) = step.slot {
        put!(out, "    layer l{layer} slot=t{slot}");
    }
    for (holdout, variation) in &step.holdouts {
        put!(out, "    holdout h{holdout} serve={}", name(*variation));
    }
    if !step.extra.is_empty() {
        let pairs: Vec<String> = step.extra.iter().map(|(key, value)| format!("{}=\"{value}\"", quoted(key))).collect();
        put!(out, "    extra-logging {}", pairs.join(" "));
    }
    put!(out, "  }}");
}

fn placement(out: &mut String, placement: &Placement, step: &Step) {
    let share =
        if let Exposure::Share(share) = &placement.exposure { format!(" {}", percent(*share)) } else { String::new() };
    let enabled = if placement.enabled { "" } else { " enabled=#false" };
    let stop = if placement.stop { " exposure-miss=stop" } else { "" };
    let key = placement.key.as_ref().map(|key| format!(" key=\"{key}\"")).unwrap_or_default();
    let window = bounds(placement.window);
    put!(out, "    {} s{}{share}{enabled}{window}{stop}{key} {{", word(&step.does), placement.step);
    if let Exposure::Ramp(phases) = &placement.exposure {
        let phases: Vec<String> =
            phases.iter().map(|(at, share)| format!("at {} {}", instant(*at), percent(*share))).collect();
        put!(out, "      ramp {{ {}; }}", phases.join("; "));
    }
    if let Some((attribute, at)) = placement.closed {
        put!(out, "      closed by={} at={}", quoted(ATTRIBUTES[attribute].0), instant(at));
    }
    put!(out, "    }}");
}

fn audience(out: &mut String, audience: &Audience) {
    for (at, conditions) in audience.iter().enumerate() {
        let word = if at == 0 { "when" } else { "or" };
        match conditions.as_slice() {
            [one] => put!(out, "    {word} {}", condition(one)),
            several => {
                put!(out, "    {word} {{");
                for one in several {
                    put!(out, "      {}", condition(one));
                }
                put!(out, "    }}");
            }
        }
    }
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Segment(segment, negated) => format!("{}in-segment g{segment}", if *negated { "not-" } else { "" }),
        Condition::Id(negated, keys) => {
            let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
            format!("id {} {}", listed(*negated, keys.len()), keys.join(" "))
        }
        Condition::Attribute(attribute, test) => format!("{} {}", quoted(ATTRIBUTES[*attribute].0), tested(test)),
    }
}

fn listed(negated: bool, count: usize) -> &'static str {
    match (negated, count) {
        (false, 1) => "is",
        (true, 1) => "is-not",
        (false, _) => "one-of",
        (true, _) => "not-one-of",
    }
}

fn tested(test: &Test) -> String {
    let not = |negated: bool| if negated { "not-" } else { "" };
    match test {
        Test::Null(true) => "is-null".to_owned(),
        Test::Null(false) => "not-null".to_owned(),
        Test::Listed { negated, values } => {
            let values: Vec<String> = values.iter().map(value).collect();
            format!("{} {}", listed(*negated, values.len()), values.join(" "))
        }
        Test::Text { negated, how, parts } => {
            let how = match how {
                How::Starts => "starts-with",
                How::Ends => "ends-with",
                How::Contains => "contains",
            };
            let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
            format!("{}{how} {}", not(*negated), parts.join(" "))
        }
        Test::Matches { negated, patterns } => {
            let patterns: Vec<String> =
                patterns.iter().map(|pattern| format!("#\"{}\"#", PATTERNS[*pattern].0)).collect();
            format!("{}matches {}", not(*negated), patterns.join(" "))
        }
        Test::Compare { order, bound } => {
            let order = match order {
                Order::Gt => "gt",
                Order::Gte => "gte",
                Order::Lt => "lt",
                Order::Lte => "lte",
            };
            format!("{order} {}", value(bound))
        }
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => format!("#{truth}"),
        Value::Version(version) => format!("\"{}\"", VERSIONS[*version]),
        Value::NoVersion => "\"no version\"".to_owned(),
    }
}
