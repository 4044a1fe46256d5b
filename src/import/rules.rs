//! Wire conditions read back as conditions an author would write.

use crate::syntax::ast::AttributeType;
use crate::ufc::write::number_text;
use crate::ufc::{Condition, Operator};

/// A condition, still without its attribute's type.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) struct Asked {
    pub attribute: String,
    pub ask: Ask,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Ask {
    Null(bool),
    Listed { negated: bool, values: Vec<String> },
    Matches { negated: bool, pattern: String },
    Number { order: &'static str, operand: f64 },
    Version { order: &'static str, operand: String },
}

/// A rule as an author's conditions; `None` when it holds for nobody, an empty list when for everyone.
pub(super) fn rule(conditions: &[Condition]) -> Result<Option<Vec<Asked>>, String> {
    let mut asked: Vec<Asked> = Vec::new();
    for condition in conditions {
        let ask = match ask(condition)? {
            Ask::Listed { negated: false, values } if values.is_empty() => return Ok(None),
            Ask::Listed { negated: true, values } if values.is_empty() => Ask::Null(false),
            ask => ask,
        };
        let one = Asked { attribute: condition.attribute.clone(), ask };
        if !asked.contains(&one) {
            asked.push(one);
        }
    }
    // Every test but `is-null` fails on a missing attribute, so a guard beside one says nothing more.
    let guarded = asked.clone();
    asked.retain(|one| {
        one.ask != Ask::Null(false)
            || !guarded.iter().any(|other| other.attribute == one.attribute && !matches!(other.ask, Ask::Null(_)))
    });
    Ok(Some(asked))
}

pub(super) fn ask(condition: &Condition) -> Result<Ask, String> {
    let name = &condition.attribute;
    let operator = Operator::ALL.into_iter().find(|operator| operator.wire() == condition.operator);
    let Some(operator) = operator else {
        return Err(format!("`{name}` is tested with `{}`, which no evaluator knows", condition.operator));
    };
    let unusable = || format!("`{name}` is tested with {} of {}, which never holds", operator.wire(), condition.value);
    match operator {
        Operator::IsNull => condition.value.as_bool().map(Ask::Null).ok_or_else(unusable),
        Operator::OneOf | Operator::NotOneOf => {
            let listed = condition.value.as_array().ok_or_else(unusable)?;
            let mut values: Vec<String> = Vec::new();
            for value in listed {
                let value = value.as_str().ok_or_else(unusable)?;
                if !values.iter().any(|present| present == value) {
                    values.push(value.to_owned());
                }
            }
            Ok(Ask::Listed { negated: operator == Operator::NotOneOf, values })
        }
        Operator::Matches | Operator::NotMatches => {
            let pattern = condition.value.as_str().ok_or_else(unusable)?;
            regex::Regex::new(pattern).map_err(|_| unusable())?;
            Ok(Ask::Matches { negated: operator == Operator::NotMatches, pattern: pattern.to_owned() })
        }
        Operator::Gt => compared(condition, "gt").ok_or_else(unusable),
        Operator::Gte => compared(condition, "gte").ok_or_else(unusable),
        Operator::Lt => compared(condition, "lt").ok_or_else(unusable),
        Operator::Lte => compared(condition, "lte").ok_or_else(unusable),
    }
}

fn compared(condition: &Condition, order: &'static str) -> Option<Ask> {
    if let Some(text) = condition.value.as_str() {
        if semver::Version::parse(text).is_ok() {
            return Some(Ask::Version { order, operand: text.to_owned() });
        }
        return text
            .parse()
            .ok()
            .filter(|operand: &f64| operand.is_finite())
            .map(|operand| Ask::Number { order, operand });
    }
    condition.value.as_f64().filter(|operand| operand.is_finite()).map(|operand| Ask::Number { order, operand })
}

/// The types an attribute may have so that this condition means the same.
pub(super) fn allows(asked: &Asked, kind: AttributeType) -> bool {
    if asked.attribute == "id" && kind != AttributeType::String {
        return false;
    }
    match &asked.ask {
        Ask::Null(_) => true,
        Ask::Listed { values, .. } => match kind {
            AttributeType::String => true,
            AttributeType::Bool => values.iter().all(|value| value == "true" || value == "false"),
            AttributeType::Number => values.iter().all(|value| is_canonical(value)),
            AttributeType::Semver => false,
        },
        Ask::Matches { .. } => kind == AttributeType::String,
        Ask::Number { .. } => kind == AttributeType::Number,
        Ask::Version { .. } => kind == AttributeType::Semver,
    }
}

/// Whether text is how every SDK would spell that number.
fn is_canonical(text: &str) -> bool {
    let number: Option<f64> = text.parse().ok();
    number.is_some_and(|n| n.is_finite() && n.abs() < 2_147_483_648.0 && text != "-0" && number_text(n, false) == text)
}

/// What the condition is about, for a segment's name.
pub(super) fn slug(asked: &Asked) -> String {
    let about = match &asked.ask {
        Ask::Null(true) => "missing".to_owned(),
        Ask::Null(false) => "known".to_owned(),
        Ask::Listed { negated, values } => {
            let few: Vec<&str> = values.iter().take(3).map(String::as_str).collect();
            let more = if values.len() > 3 { "-and-more" } else { "" };
            format!("{}{}{more}", if *negated { "not-" } else { "" }, few.join("-"))
        }
        Ask::Matches { negated, pattern } => {
            let plain = pattern.replace(['\\', '^', '$'], "");
            format!("{}{plain}", if *negated { "not-" } else { "" })
        }
        Ask::Number { order, operand } => format!("{order}-{}", number_text(*operand, false)),
        Ask::Version { order, operand } => format!("{order}-{operand}"),
    };
    let long = super::name::slug(&format!("{}-{about}", asked.attribute)).to_lowercase();
    long.chars().take(40).collect::<String>().trim_end_matches(['-', '.']).to_owned()
}
