//! One condition: what it asks, and whether an attribute's value fulfils it.

use std::collections::BTreeMap;

use regex::Regex;
use semver::Version;
use serde_json::Value;

use super::AttributeValue;
use super::encoding::Encoding;
use crate::ufc::{self, Operator};

/// What a condition asks.
#[derive(Debug)]
pub(crate) enum Check {
    /// Cannot be understood, so it never holds.
    Never,
    Number {
        order: Operator,
        operand: f64,
    },
    Version {
        order: Operator,
        operand: Version,
    },
    Pattern {
        expected: bool,
        pattern: Regex,
    },
    /// The list is sorted.
    Listed {
        expected: bool,
        list: Vec<String>,
    },
    Null {
        expected: bool,
    },
}

/// Patterns that were compiled already; the same one is often in many rules.
pub(crate) type Patterns = BTreeMap<String, Option<Regex>>;

impl Check {
    /// What `condition` asks, and by which operator, if any.
    pub(super) fn new(
        condition: &ufc::Condition,
        encoding: Encoding,
        patterns: &mut Patterns,
    ) -> (Option<Operator>, Self) {
        let operator = encoding.operator(&condition.operator);
        let check = operator.and_then(|operator| match operator {
            Operator::Matches => pattern(&condition.value, encoding, true, patterns),
            Operator::NotMatches => pattern(&condition.value, encoding, false, patterns),
            Operator::OneOf => listed(&condition.value, true),
            Operator::NotOneOf => listed(&condition.value, false),
            Operator::IsNull => encoding.boolean(&condition.value).map(|expected| Self::Null { expected }),
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
                comparison(operator, &condition.value, encoding)
            }
        });
        (operator, check.unwrap_or(Self::Never))
    }

    /// Whether `value` (none: the attribute is missing) fulfils the condition.
    pub(super) fn holds(&self, value: Option<&AttributeValue>, encoding: Encoding) -> bool {
        let outcome = match self {
            Self::Never => Some(false),
            Self::Null { expected } => {
                let null = value.is_none_or(|value| *value == AttributeValue::Null);
                Some(null == *expected)
            }
            Self::Pattern { expected, pattern } => {
                value.and_then(AttributeValue::text).map(|text| pattern.is_match(&text) == *expected)
            }
            Self::Listed { expected, list } => value.and_then(AttributeValue::text).map(|text| {
                let listed = list.binary_search_by(|item| item.as_str().cmp(&encoding.listed(&text))).is_ok();
                listed == *expected
            }),
            Self::Number { order, operand } => value
                .and_then(AttributeValue::number)
                .and_then(|number| number.partial_cmp(operand))
                .map(|ordering| fulfils(*order, ordering)),
            Self::Version { order, operand } => match value {
                Some(AttributeValue::Text(text)) => {
                    Version::parse(text).ok().map(|version| fulfils(*order, version.cmp(operand)))
                }
                Some(AttributeValue::Number(_) | AttributeValue::Bool(_) | AttributeValue::Null) | None => None,
            },
        };
        outcome.unwrap_or(false)
    }
}

impl Check {
    /// [`Check::holds`] in a plain configuration.
    pub(crate) fn asks(&self, value: Option<&AttributeValue>) -> bool {
        self.holds(value, Encoding::Plain)
    }

    /// The pattern it matches with, if it does.
    pub(crate) fn pattern(&self) -> Option<&str> {
        match self {
            Self::Pattern { pattern, .. } => Some(pattern.as_str()),
            Self::Never | Self::Number { .. } | Self::Version { .. } | Self::Listed { .. } | Self::Null { .. } => None,
        }
    }

    /// Whether it wants what it names, instead of anything else.
    pub(crate) fn expects(&self) -> bool {
        match self {
            Self::Pattern { expected, .. } | Self::Listed { expected, .. } | Self::Null { expected } => *expected,
            Self::Never | Self::Number { .. } | Self::Version { .. } => true,
        }
    }
}

/// What a condition of a plain configuration asks.
pub(crate) fn understand(condition: &ufc::Condition, patterns: &mut Patterns) -> Check {
    Check::new(condition, Encoding::Plain, patterns).1
}

/// Whether a condition of a plain configuration holds where the attribute is missing.
pub(crate) fn holds_of_missing(condition: &ufc::Condition) -> bool {
    Encoding::Plain.operator(&condition.operator) == Some(Operator::IsNull) && condition.value.as_bool() == Some(true)
}

pub(super) fn fulfils(order: Operator, ordering: std::cmp::Ordering) -> bool {
    match order {
        Operator::Gt => ordering.is_gt(),
        Operator::Gte => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Lte => ordering.is_le(),
        Operator::Matches | Operator::NotMatches | Operator::OneOf | Operator::NotOneOf | Operator::IsNull => false,
    }
}

fn pattern(value: &Value, encoding: Encoding, expected: bool, patterns: &mut Patterns) -> Option<Check> {
    let text = encoding.text(value.as_str()?)?;
    let compiled = patterns.entry(text).or_insert_with_key(|text| Regex::new(text).ok());
    compiled.clone().map(|pattern| Check::Pattern { expected, pattern })
}

fn listed(value: &Value, expected: bool) -> Option<Check> {
    let items = value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned));
    let mut list = items.collect::<Option<Vec<_>>>()?;
    list.sort_unstable();
    Some(Check::Listed { expected, list })
}

fn comparison(order: Operator, value: &Value, encoding: Encoding) -> Option<Check> {
    match value {
        Value::Number(number) => number.as_f64().map(|operand| Check::Number { order, operand }),
        Value::String(text) => {
            let text = encoding.text(text)?;
            match Version::parse(&text) {
                Ok(operand) => Some(Check::Version { order, operand }),
                Err(_) => text.parse().ok().map(|operand| Check::Number { order, operand }),
            }
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The value that subjects who are given this variation get; none where it is missing or not of the flag's type, and they get
/// the caller's default.
pub(crate) fn served(flag: &ufc::Flag, variation: &str) -> Option<Value> {
    let (_, found) = flag.variations.iter().rev().find(|(_, content)| content.key == variation)?;
    Encoding::Plain.value(&found.value, flag.variation_type)
}
