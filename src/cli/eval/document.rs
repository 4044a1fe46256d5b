//! The document of `eval --json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Outcome;
use crate::cli::schema::batch::Event;
use crate::compile::Origin;
use crate::diagnostic::render::json::{Place, place};
use crate::evaluate::event::instant_text;
use crate::evaluate::{AllocationTrace, AttributeValue};
use crate::source::SourceSet;
use crate::ufc::Range;

/// What one subject gets, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// The flag's key.
    flag: &'a str,
    /// The subject's key.
    subject: &'a str,
    /// What was passed.
    attributes: serde_json::Map<String, Value>,
    /// The environment's name.
    environment: &'a str,
    /// The instant of the assignment.
    at: String,
    /// The type asked for, else the flag's own.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Null where the caller's default applies. A JSON flag's value is JSON, not text.
    value: Option<&'a Value>,
    /// Null where the caller's default applies.
    variation: Option<&'a str>,
    /// The key of the allocation that matched.
    allocation: Option<&'a str>,
    /// The step that placed it, where a workspace says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    /// How the evaluation ended, in the SDKs' words.
    #[schemars(extend("examples" = ["MATCH", "FLAG_UNRECOGNIZED_OR_DISABLED", "TYPE_MISMATCH", "DEFAULT_ALLOCATION_NULL", "UNEXPECTED_CONFIGURATION_ERROR"]))]
    code: &'static str,
    /// What the caller gets, where the default it passes is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<&'a Value>,
    /// Why the flag's part of a file cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    /// What an SDK hands to the assignment logger; none where nothing is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Event>")]
    event: Option<Value>,
    /// The waterfall, allocation by allocation.
    trace: Vec<Allocation<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// What became of the subject at one allocation.
struct Allocation<'a> {
    /// The step that placed it, where a workspace says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    /// The allocation key.
    allocation: &'a str,
    /// How it ended, in the SDKs' words.
    #[schemars(extend("examples" = ["MATCH", "BEFORE_START_TIME", "AFTER_END_TIME", "FAILING_RULE", "TRAFFIC_EXPOSURE_MISS", "UNEVALUATED"]))]
    code: &'static str,
    /// The line of the flag that placed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'a>>,
    /// The conditions looked at.
    conditions: Vec<Condition<'a>>,
    /// The shards looked at.
    shards: Vec<Shard<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A condition and how it went.
struct Condition<'a> {
    /// Which alternative it belongs to, 1-based.
    rule: usize,
    /// The attribute's name.
    attribute: &'a str,
    /// In the wire's spelling; null where no evaluator knows it, so that it never holds.
    operator: Option<&'static str>,
    /// As on the wire.
    operand: &'a Value,
    /// What was passed; null when the attribute is missing or null.
    value: Value,
    /// Whether the attribute was passed at all (the subject key counts as `id`).
    present: bool,
    /// Whether it holds.
    result: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A salted hash and how it went.
struct Shard<'a> {
    /// Which split it belongs to, 1-based.
    split: usize,
    /// What that split serves.
    variation: &'a str,
    /// What is hashed together with the subject's key.
    salt: &'a str,
    /// The subject's shard.
    shard: u32,
    /// How many shards there are.
    total: u32,
    /// The ranges that match.
    ranges: Vec<Bounds>,
    /// Whether the shard is in one of them.
    result: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A half-open range of shards.
struct Bounds {
    /// The first shard.
    start: u32,
    /// The shard after the last.
    end: u32,
}

impl<'a> Document<'a> {
    pub(super) fn of(outcome: &'a Outcome<'a>) -> Self {
        let Outcome { target, flag, subject, at, requested, default, assignment, trace } = outcome;
        let origins = target.origins(flag);
        let matched =
            trace.allocations.iter().find(|allocation| allocation.code == crate::evaluate::AllocationCode::Match);
        let matched = matched.filter(|_| assignment.value.is_some());
        let step = matched.and_then(|allocation| origins?.0.get(allocation.index)).map(|origin| origin.step.as_str());
        Self {
            schema: "flagfall.eval/1",
            flag,
            subject: &subject.key,
            attributes: subject.attributes.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            environment: &target.config.environment,
            at: instant_text(*at),
            kind: requested.or(target.kind(flag)).map(crate::ufc::VariationType::author),
            value: assignment.value.as_ref(),
            variation: assignment.variation.as_deref(),
            allocation: assignment.allocation.as_deref(),
            step,
            code: assignment.code.word(),
            returned: default.as_ref().and_then(|_| outcome.returned()),
            problem: target.unreadable(flag),
            event: assignment.event.as_ref().map(crate::evaluate::Event::to_json),
            trace: trace.allocations.iter().map(|allocation| Allocation::of(allocation, origins)).collect(),
        }
    }
}

impl<'a> Allocation<'a> {
    fn of(trace: &'a AllocationTrace, origins: Option<(&'a [Origin], &'a SourceSet)>) -> Self {
        let origin = origins.and_then(|(origins, sources)| Some((origins.get(trace.index)?, sources)));
        let rules = trace.rules.iter().enumerate();
        let splits = trace.splits.iter().enumerate();
        Self {
            step: origin.map(|(origin, _)| origin.step.as_str()),
            allocation: &trace.key,
            code: trace.code.word(),
            place: origin.map(|(origin, sources)| place(origin.placement, sources)),
            conditions: rules
                .flat_map(|(rule, trace)| trace.conditions.iter().map(move |condition| (rule + 1, condition)))
                .map(|(rule, condition)| Condition {
                    rule,
                    attribute: &condition.attribute,
                    operator: condition.operator.map(crate::ufc::Operator::wire),
                    operand: &condition.operand,
                    value: condition.seen.as_ref().map_or(Value::Null, AttributeValue::to_json),
                    present: condition.seen.is_some(),
                    result: condition.matched,
                })
                .collect(),
            shards: splits
                .flat_map(|(split, trace)| trace.shards.iter().map(move |shard| (split + 1, &trace.variation, shard)))
                .map(|(split, variation, shard)| Shard {
                    split,
                    variation,
                    salt: &shard.salt,
                    shard: shard.shard,
                    total: shard.total,
                    ranges: shard
                        .ranges
                        .iter()
                        .map(|Range { start, end }| Bounds { start: *start, end: *end })
                        .collect(),
                    result: shard.matched,
                })
                .collect(),
        }
    }
}
