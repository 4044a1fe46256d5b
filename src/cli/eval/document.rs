//! The document of `eval --json`.

use serde::Serialize;
use serde_json::Value;

use super::Outcome;
use crate::compile::Origin;
use crate::diagnostic::render::json::{Place, place};
use crate::evaluate::event::instant_text;
use crate::evaluate::{AllocationTrace, AttributeValue};
use crate::source::SourceSet;
use crate::ufc::Range;

/// `flagfall.eval/1`.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    flag: &'a str,
    subject: &'a str,
    attributes: serde_json::Map<String, Value>,
    environment: &'a str,
    at: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    value: Option<&'a Value>,
    variation: Option<&'a str>,
    allocation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    code: &'static str,
    /// What the caller gets, where the default it passes is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<&'a Value>,
    /// Why the flag's part of a file cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
    trace: Vec<Allocation<'a>>,
}

#[derive(Debug, Serialize)]
struct Allocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    allocation: &'a str,
    code: &'static str,
    /// The line of the flag that placed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'a>>,
    conditions: Vec<Condition<'a>>,
    shards: Vec<Shard<'a>>,
}

#[derive(Debug, Serialize)]
struct Condition<'a> {
    /// Which alternative it belongs to, 1-based.
    rule: usize,
    attribute: &'a str,
    operator: Option<&'static str>,
    operand: &'a Value,
    /// Null when the attribute is missing or null.
    value: Value,
    /// Whether the attribute was passed at all (the subject key counts as `id`).
    present: bool,
    result: bool,
}

#[derive(Debug, Serialize)]
struct Shard<'a> {
    /// Which split it belongs to, 1-based, and what that serves.
    split: usize,
    variation: &'a str,
    salt: &'a str,
    shard: u32,
    total: u32,
    ranges: Vec<Bounds>,
    result: bool,
}

#[derive(Debug, Serialize)]
struct Bounds {
    start: u32,
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
