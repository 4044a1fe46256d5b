//! Everyone who fulfils conditions, whatever their other attributes are: region by region, each with exact shares.
//!
//! An expectation must hold in every region. Subject keys that a list names have shards that are known, so no share of them means
//! anything: they are left out unless the case names them itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::Failure;
use super::given::{Attributes, untestable};
use super::observe::{Observation, parts};
use super::written::Attributed;
use crate::compile::Origin;
use crate::count::Waterfall;
use crate::lower;
use crate::model::predicate::{Exhausted, Predicates};
use crate::model::{Alternative, Attribute, AttributeType, Audience, Condition, Operand, Test};
use crate::region::{self, Limits, Row, Side, Undecided, Universe};
use crate::source::{Span, Spanned};
use crate::ufc::{self, Operator};

/// What a case says of everyone it is about, as evaluators would test it.
///
/// # Errors
/// When nobody can be like this, or it takes too many rules to say.
pub(super) fn rules(
    attributes: &[(String, Option<Operand>)],
    conditions: &[Condition],
    given: Span,
) -> Result<Vec<ufc::Rule>, Box<Failure>> {
    let by_value = attributes.iter().map(|(name, value)| is(name, value.as_ref(), given));
    let conditions: Vec<Condition> = by_value.chain(conditions.iter().cloned()).collect();
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let audience = Audience { alternatives: vec![Alternative { conditions, span: given }] };
    match Predicates::new().audience(&audience) {
        Ok(predicate) if predicate.is_nobody() => {
            Err(untestable(given, "nobody is like this: these conditions contradict each other", "remove one of them"))
        }
        Ok(predicate) => Ok(lower::rules(&predicate)),
        Err(Exhausted) => Err(untestable(
            given,
            "it takes too many rules to say whom these conditions describe",
            "name the attributes that matter instead of a segment's complement, or split the case",
        )),
    }
}

/// An attribute given by value, as a condition.
fn is(name: &str, value: Option<&Operand>, span: Span) -> Condition {
    let kind = match value {
        Some(Operand::Number(_)) => AttributeType::Number,
        Some(Operand::Bool(_)) => AttributeType::Bool,
        Some(Operand::Version(_)) => AttributeType::Semver,
        Some(Operand::Text(_)) | None => AttributeType::String,
    };
    let test = match value {
        None => Test::Null { is: true },
        Some(value) => Test::Listed { negated: false, values: vec![Spanned::new(value.clone(), span)] },
    };
    let attribute = Arc::new(Attribute { name: name.to_owned(), kind, vocabulary: None, span: None });
    Condition::Attribute { attribute, test, span }
}

/// The rules of those with exactly these attributes: what the flag asks of others is missing. `id` is then the subject key.
pub(super) fn exactly(attributes: &Attributes, flag: &ufc::Flag) -> Vec<ufc::Rule> {
    let listed = |name: &str, text: &str| condition(name, Operator::OneOf, vec![text].into());
    let null = |name: &str| condition(name, Operator::IsNull, true.into());
    let given = attributes.iter().map(|(name, value)| match value.text() {
        Some(text) => listed(name, &text),
        None => null(name),
    });
    let asked: BTreeSet<&str> = conditions(&flag.allocations).map(|condition| condition.attribute.as_str()).collect();
    let absent = asked.into_iter().filter(|name| *name != "id" && !attributes.contains_key(*name)).map(null);
    let conditions: Vec<ufc::Condition> = given.chain(absent).collect();
    if conditions.is_empty() { Vec::new() } else { vec![ufc::Rule { conditions }] }
}

fn condition(name: &str, operator: Operator, value: serde_json::Value) -> ufc::Condition {
    ufc::Condition { attribute: name.to_owned(), operator: operator.wire().to_owned(), value }
}

fn conditions(allocations: &[ufc::Allocation]) -> impl Iterator<Item = &ufc::Condition> {
    allocations.iter().flat_map(|allocation| &allocation.rules).flat_map(|rule| &rule.conditions)
}

/// A flag as the engine takes it.
pub(super) fn side<'a>(flag: &'a ufc::Flag, origins: &[Origin], declared: &'a Attributed) -> Side<'a> {
    Side { flag, steps: lower::lines(origins), declared }
}

/// The regions of those who fulfil `rules`, without subject keys that `rules` do not name themselves; and those keys.
///
/// # Errors
/// When it could not be decided.
pub(super) fn regions(
    side: &Side<'_>,
    rules: &[ufc::Rule],
    at: Timestamp,
) -> Result<(Vec<Row>, Vec<String>), Undecided> {
    let rows = region::rows(side, rules, at, Universe::Any, Limits::default())?;
    let named: BTreeSet<&str> = rules.iter().flat_map(|rule| &rule.conditions).flat_map(keys).collect();
    let (kept, out): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.key.as_deref().is_none_or(|key| named.contains(key)));
    Ok((kept, out.into_iter().filter_map(|row| row.key).collect()))
}

/// The regions of everyone, and those of single subject keys.
///
/// # Errors
/// When it could not be decided.
pub(super) fn every(side: &Side<'_>, at: Timestamp) -> Result<(Vec<Row>, Vec<Row>), Undecided> {
    let rows = region::rows(side, &[], at, Universe::Declared, Limits::default())?;
    Ok(rows.into_iter().partition(|row| row.key.is_none()))
}

/// The keys that a condition on `id` lists.
fn keys(condition: &ufc::Condition) -> impl Iterator<Item = &str> {
    let lists = condition.attribute == "id" && condition.operator == Operator::OneOf.wire();
    condition.value.as_array().filter(|_| lists).into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// One observation a region at one instant.
///
/// # Errors
/// When nobody is in any, or shares cannot be said.
pub(super) fn observe(
    side: &Side<'_>,
    waterfall: &Waterfall<'_>,
    rules: &[ufc::Rule],
    at: Timestamp,
    origins: &[Origin],
    given: Span,
) -> Result<Vec<Observation>, Box<Failure>> {
    let (rows, left_out) = regions(side, rules, at).map_err(|undecided| unanswered(&undecided, given))?;
    if rows.is_empty() && !left_out.is_empty() {
        return Err(untestable(
            given,
            "only subject keys that conditions name are like this, and the case does not name them",
            "test them with `subject KEY`, or name them in the case with `id one-of KEY…`",
        ));
    }
    if rows.is_empty() {
        return Err(untestable(given, "nobody is like this", "remove one of the conditions"));
    }
    let mut left_out = Some(by_step(side.flag, origins, &left_out));
    let observed = rows.into_iter().map(|row| {
        let parts = parts(side.flag, row.distribution, waterfall, origins, given)?;
        let left_out = left_out.take().unwrap_or_default();
        Ok(Observation { at, key: row.key, attributes: row.attributes, parts, left_out, region: true })
    });
    observed.collect()
}

/// Which step names each key first.
fn by_step(flag: &ufc::Flag, origins: &[Origin], keys: &[String]) -> Vec<(String, Vec<String>)> {
    let mut steps: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for key in keys {
        let names = |allocation: &ufc::Allocation| {
            let mut conditions = allocation.rules.iter().flat_map(|rule| &rule.conditions);
            conditions.any(|condition| {
                let values = condition.value.as_array().filter(|_| condition.attribute == "id");
                values.is_some_and(|values| values.iter().any(|value| value.as_str() == Some(key)))
            })
        };
        if let Some(index) = flag.allocations.iter().position(names) {
            steps.entry(index).or_default().insert(key.clone());
        }
    }
    let step = |index: usize| origins.get(index).map_or_else(String::new, |origin| origin.step.clone());
    steps.into_iter().map(|(index, keys)| (step(index), keys.into_iter().collect())).collect()
}

fn unanswered(undecided: &Undecided, given: Span) -> Box<Failure> {
    untestable(
        given,
        &format!("this could not be decided: {undecided}"),
        "name the attributes that matter by value, or test single subjects with `subject KEY`",
    )
}
