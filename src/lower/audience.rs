//! Predicates as wire rules.

use std::collections::BTreeSet;

use crate::model::Order;
use crate::model::predicate::{Ask, Atom, Bound, Predicate, Rule};
use crate::ufc::{self, Operator};

/// The rules; none is everyone. A predicate that is nobody has no wire form: its allocation was dropped before.
#[must_use]
pub fn rules(predicate: &Predicate) -> Vec<ufc::Rule> {
    if predicate.is_everyone() { Vec::new() } else { predicate.rules().iter().map(rule).collect() }
}

/// Negated tests are preceded by `IS_NULL false`, once an attribute: on an explicit null some SDKs find them true.
fn rule(rule: &Rule) -> ufc::Rule {
    let mut present = BTreeSet::new();
    let mut conditions = Vec::with_capacity(rule.atoms().len());
    for atom in rule.atoms() {
        if is_negated(&atom.ask) && present.insert(atom.attribute.name.as_str()) {
            conditions.push(condition(&Atom::null(&atom.attribute, false)));
        }
        conditions.push(condition(atom));
    }
    ufc::Rule { conditions }
}

fn is_negated(ask: &Ask) -> bool {
    match ask {
        Ask::Listed { negated, .. } | Ask::Matches { negated, .. } => *negated,
        Ask::Null(_) | Ask::Compare { .. } => false,
    }
}

fn condition(atom: &Atom) -> ufc::Condition {
    let (operator, value) = match &atom.ask {
        Ask::Null(is) => (Operator::IsNull, (*is).into()),
        Ask::Listed { negated, texts } => {
            let operator = if *negated { Operator::NotOneOf } else { Operator::OneOf };
            (operator, texts.iter().collect::<Vec<_>>().into())
        }
        Ask::Matches { negated, pattern } => {
            let operator = if *negated { Operator::NotMatches } else { Operator::Matches };
            (operator, pattern.as_ref().into())
        }
        Ask::Compare { order, bound } => (comparison(*order), operand(bound)),
    };
    ufc::Condition { attribute: atom.attribute.name.clone(), operator: operator.wire().to_owned(), value }
}

fn comparison(order: Order) -> Operator {
    match order {
        Order::Gt => Operator::Gt,
        Order::Gte => Operator::Gte,
        Order::Lt => Operator::Lt,
        Order::Lte => Operator::Lte,
    }
}

/// Whole numbers are written without a point, as people and other producers write them.
fn operand(bound: &Bound) -> serde_json::Value {
    match bound {
        Bound::Version(text, _) => text.as_ref().into(),
        Bound::Number(number) => whole(*number).map_or_else(|| (*number).into(), Into::into),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "guarded: whole numbers of 15 digits are exact")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}
