//! Who moves, in words: steps by their names, conditions as they are on the wire.

use crate::region::{Audience, Literal, Term};
use crate::ufc;

/// `everyone`, or ``whom `beta` targets and not `plan ONE_OF ["pro"]` ``.
pub(super) fn words(audience: &Audience, steps: &[Vec<(String, &[ufc::Rule])>; 2]) -> String {
    if audience.any.iter().any(Vec::is_empty) {
        return "everyone".to_owned();
    }
    let alternatives = audience
        .any
        .iter()
        .map(|literals| literals.iter().map(|literal| self::literal(literal, steps)).collect::<Vec<_>>().join(" and "));
    alternatives.collect::<Vec<_>>().join(", or ")
}

fn literal(literal: &Literal, steps: &[Vec<(String, &[ufc::Rule])>; 2]) -> String {
    let Literal { term, holds } = literal;
    let (side, step) = match term {
        Term::Step { side, step } => (*side, *step),
        Term::Condition(ufc::Condition { attribute, operator, value }) => {
            return format!("{}`{attribute} {operator} {value}`", if *holds { "" } else { "not " });
        }
    };
    let Some((name, rules)) = steps.get(side).and_then(|steps| steps.get(step)) else { return "?".to_owned() };
    let other = steps.get(1 - side.min(1)).into_iter().flatten().find(|(other, _)| other == name);
    let verb = match (side, other.is_some_and(|(_, others)| others == rules), holds) {
        (_, true, true) => "targets",
        (_, true, false) => "does not target",
        (0, false, true) => "targeted before",
        (0, false, false) => "did not target before",
        (_, false, true) => "targets now",
        (_, false, false) => "does not target now",
    };
    format!("whom `{name}` {verb}")
}
