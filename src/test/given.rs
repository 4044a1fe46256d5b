//! Turns what a case says about subjects into attributes.

use std::collections::BTreeMap;

use super::Failure;
use crate::evaluate::AttributeValue;
use crate::model::{Condition, Operand, Test, TestSubject};
use crate::source::Span;

/// How many combinations of listed values a case may ask about.
const COMBINATIONS: usize = 1_000;

/// Attributes that are the same for everyone asked about.
pub(super) type Attributes = BTreeMap<String, AttributeValue>;

/// A value as callers pass it.
pub(super) fn passed(value: Option<&Operand>) -> AttributeValue {
    match value {
        None => AttributeValue::Null,
        Some(Operand::Text(text) | Operand::Version(text)) => AttributeValue::Text(text.clone()),
        Some(Operand::Number(number)) => AttributeValue::Number(*number),
        Some(Operand::Bool(value)) => AttributeValue::Bool(*value),
    }
}

/// The combinations of attributes a case asks about: one, unless conditions list several values. Not for `others=any`.
pub(super) fn combinations(who: &TestSubject) -> Result<Vec<Attributes>, Box<Failure>> {
    let fixed = |attributes: &[(String, Option<Operand>)]| -> Attributes {
        attributes.iter().map(|(name, value)| (name.clone(), passed(value.as_ref()))).collect()
    };
    match who {
        TestSubject::Subject { attributes, .. } => Ok(vec![fixed(attributes)]),
        TestSubject::Given { attributes, conditions, span, others_any: _ } => conditions
            .iter()
            .try_fold(vec![fixed(attributes)], |known, condition| with_condition(&known, condition, *span)),
    }
}

/// Each known combination, with each value that the condition leaves its attribute.
fn with_condition(known: &[Attributes], condition: &Condition, given: Span) -> Result<Vec<Attributes>, Box<Failure>> {
    let (attribute, test, span) = match condition {
        Condition::Attribute { attribute, test, span } => (attribute, test, *span),
        Condition::Segment { span, .. } => return Err(needs_values(*span)),
    };
    let values: Vec<Option<AttributeValue>> = match test {
        Test::Null { is: true } => vec![None],
        Test::Listed { negated: false, values } => {
            values.iter().map(|value| Some(passed(Some(&value.value)))).collect()
        }
        Test::Null { is: false } | Test::Listed { negated: true, .. } | Test::Pattern { .. } | Test::Compare { .. } => {
            return Err(needs_values(span));
        }
    };
    let mut combined = Vec::new();
    for attributes in known {
        // Two conditions on one attribute must both hold.
        let fits = |value: &&Option<AttributeValue>| {
            attributes.get(&attribute.name).is_none_or(|known| value.as_ref().is_some_and(|value| value == known))
        };
        combined.extend(values.iter().filter(fits).map(|value| {
            let mut attributes = attributes.clone();
            if let Some(value) = value {
                attributes.insert(attribute.name.clone(), value.clone());
            }
            attributes
        }));
    }
    match combined.len() {
        0 => Err(untestable(span, "nobody is like this: these conditions contradict each other", "remove one of them")),
        1..=COMBINATIONS => Ok(combined),
        _ => Err(untestable(
            given,
            "these conditions list more than 1000 combinations of values",
            "split the case, or name fewer values",
        )),
    }
}

fn needs_values(span: Span) -> Box<Failure> {
    untestable(
        span,
        "this condition does not name its attribute's values, so shares cannot be counted for it",
        "let the other attributes be anything, `given others=any { … }`, or give values: `country one-of US CA`",
    )
}

/// A case that says nothing that can be tested.
pub(super) fn untestable(span: Span, message: &str, help: &str) -> Box<Failure> {
    Box::new(Failure {
        span,
        message: message.to_owned(),
        expected: String::new(),
        actual: String::new(),
        decided: Vec::new(),
        parts: Vec::new(),
        witness: None,
        help: help.to_owned(),
    })
}
