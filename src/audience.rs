//! Audiences in the author's words: conditions as they are written, steps by name.

use serde_json::Value;

use crate::model::predicate::worded_several;
use crate::region::{Audience, Literal, Term};
use crate::syntax::print;
use crate::ufc::{self, Operator};

/// Longer lists are cut.
const SHOWN: usize = 6;
/// More alternatives are counted instead.
const ALTERNATIVES: usize = 4;

/// What the steps of two sides are called, by number.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Before.
    pub before: &'a [String],
    /// After.
    pub after: &'a [String],
}

/// Who belongs to an audience: `everyone`, `` `country is CA` ``, ``everyone targeted by `beta`, not targeted by `staff` ``.
#[must_use]
pub fn words(audience: &Audience, names: Names<'_>) -> String {
    let mut shown: Vec<String> = audience.any.iter().take(ALTERNATIVES).map(|all| together(all, names)).collect();
    let more = audience.any.len().saturating_sub(ALTERNATIVES);
    if more > 0 {
        shown.push(format!("{more} more kinds of subjects"));
    }
    shown.join(", or ")
}

/// One alternative: conditions first, then which steps target them.
fn together(all: &[Literal], names: Names<'_>) -> String {
    let conditions = all.iter().filter_map(|literal| match &literal.term {
        Term::Condition(written) if literal.holds => Some(format!("`{}`", condition(written))),
        Term::Condition(written) => Some(format!("not `{}`", condition(written))),
        Term::Step { .. } => None,
    });
    let conditions: Vec<String> = conditions.collect();
    let mut parts = vec![if conditions.is_empty() { "everyone".to_owned() } else { conditions.join(" and ") }];
    for holds in [true, false] {
        let steps = all.iter().filter(|literal| literal.holds == holds).filter_map(|literal| match literal.term {
            Term::Step { side, step } => Some(named(side, step, names)),
            Term::Condition(_) => None,
        });
        let steps: Vec<String> = steps.collect();
        if !steps.is_empty() {
            let not = if holds { "" } else { "not " };
            parts.push(format!("{not}targeted by {}", steps.join(if holds { " and " } else { " or " })));
        }
    }
    // `everyone targeted by` reads on, conditions do not.
    match parts.split_first() {
        Some((first, rest)) if conditions.is_empty() && !rest.is_empty() => format!("{first} {}", rest.join(", ")),
        _ => parts.join(", "),
    }
}

fn named(side: usize, step: usize, names: Names<'_>) -> String {
    let (list, other) = if side == 0 { (names.before, names.after) } else { (names.after, names.before) };
    let name = list.get(step).map_or("?", String::as_str);
    // What only one side calls so needs no "before".
    let before = if side == 0 && other.iter().any(|known| known == name) { " before" } else { "" };
    format!("`{name}`{before}")
}

/// A condition of the wire as an author writes it: `country one-of US CA`.
#[must_use]
pub fn condition(condition: &ufc::Condition) -> String {
    let name = print::text(&condition.attribute);
    let operator = Operator::ALL.into_iter().find(|operator| operator.wire() == condition.operator);
    let Some(operator) = operator else { return format!("{name} {} {}", condition.operator, condition.value) };
    let words = match operator {
        Operator::IsNull if condition.value == Value::Bool(true) => "is-null".to_owned(),
        Operator::IsNull => "not-null".to_owned(),
        Operator::OneOf => listed("is", "one-of", &condition.value),
        Operator::NotOneOf => listed("is-not", "not-one-of", &condition.value),
        Operator::Matches => pattern("", &condition.value),
        Operator::NotMatches => pattern("not-", &condition.value),
        Operator::Gt => format!("gt {}", operand(&condition.value)),
        Operator::Gte => format!("gte {}", operand(&condition.value)),
        Operator::Lt => format!("lt {}", operand(&condition.value)),
        Operator::Lte => format!("lte {}", operand(&condition.value)),
    };
    format!("{name} {words}")
}

fn listed(one: &str, several: &str, value: &Value) -> String {
    let Some(values) = value.as_array() else { return format!("{several} {value}") };
    let shown: Vec<String> = values.iter().take(SHOWN).map(operand).collect();
    let more = values.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let word = if values.len() == 1 { one } else { several };
    format!("{word} {}{more}", shown.join(" "))
}

fn pattern(not: &str, value: &Value) -> String {
    let Some(pattern) = value.as_str() else { return format!("{not}matches {value}") };
    let (word, texts) = worded_several(pattern);
    let texts: Vec<String> = texts.iter().map(|text| print::quoted(text)).collect();
    format!("{not}{word} {}", texts.join(" "))
}

fn operand(value: &Value) -> String {
    match value {
        Value::String(text) => print::text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn says(operator: &str, value: Value, expected: &str) {
        let written = ufc::Condition { attribute: "country".to_owned(), operator: operator.to_owned(), value };
        assert_eq!(condition(&written), expected);
    }

    #[test]
    fn conditions_are_written_as_authors_write_them() {
        says("ONE_OF", json!(["US"]), "country is US");
        says("ONE_OF", json!(["US", "new zealand"]), "country one-of US \"new zealand\"");
        says(
            "NOT_ONE_OF",
            json!(["1", "2", "3", "4", "5", "6", "7", "8"]),
            "country not-one-of \"1\" \"2\" \"3\" \"4\" \"5\" \"6\" and 2 more",
        );
        says("IS_NULL", json!(false), "country not-null");
        says("MATCHES", json!("@example\\.com$"), "country ends-with \"@example.com\"");
        says("NOT_MATCHES", json!("^(a|b\\.c)"), "country not-starts-with \"a\" \"b.c\"");
        says("MATCHES", json!("^[a-c]+"), "country matches \"^[a-c]+\"");
        says("GTE", json!("2.4.0"), "country gte \"2.4.0\"");
        says("GT", json!(30), "country gt 30");
    }

    #[test]
    fn steps_are_said_to_target_now_or_before() {
        let names = Names { before: &["beta".to_owned(), "old".to_owned()], after: &["beta".to_owned()] };
        let step = |side, step, holds| Literal { term: Term::Step { side, step }, holds };
        let says = |any: Vec<Vec<Literal>>| words(&Audience { any }, names);
        assert_eq!(says(vec![vec![]]), "everyone");
        assert_eq!(
            says(vec![vec![step(0, 0, true), step(1, 0, false)]]),
            "everyone targeted by `beta` before, not targeted by `beta`"
        );
        assert_eq!(
            says(vec![vec![step(0, 1, true)], vec![step(1, 0, true)]]),
            "everyone targeted by `old`, or everyone targeted by `beta`"
        );
    }
}
