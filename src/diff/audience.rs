//! Who moves, in words: steps by their names, conditions as an author writes them.

use std::collections::BTreeMap;

use super::condition::{self, Patterns};
use crate::region::{Audience, Declared, Literal, Term};

/// What a step is called on each side, and whether both sides target the same by that name.
pub(super) struct Names<'a> {
    /// By side and number.
    pub(super) steps: [Vec<String>; 2],
    /// The names that mean the same audience on both sides.
    pub(super) same: Vec<String>,
    /// Declared types, for the spelling of values.
    pub(super) declared: &'a BTreeMap<String, Declared>,
    /// What authors wrote for patterns.
    pub(super) patterns: Patterns,
}

impl Names<'_> {
    /// `everyone`, or `whom `beta` targets and not `plan is pro`, or `country is CA``.
    pub(super) fn audience(&self, audience: &Audience) -> String {
        if audience.any.iter().any(Vec::is_empty) {
            return "everyone".to_owned();
        }
        let alternatives = audience
            .any
            .iter()
            .map(|literals| literals.iter().map(|literal| self.literal(literal)).collect::<Vec<_>>().join(" and "));
        alternatives.collect::<Vec<_>>().join(", or ")
    }

    fn literal(&self, literal: &Literal) -> String {
        match &literal.term {
            Term::Condition(condition) => {
                let written = self.patterns.get(&(condition.attribute.clone(), condition.value.to_string()));
                let plain = || condition::of_wire(condition, self.declared.get(&condition.attribute).copied());
                let written = match (written, condition.operator.as_str()) {
                    (Some((name, words)), "MATCHES") => format!("{name} {words}"),
                    (Some((name, words)), "NOT_MATCHES") => format!("{name} not-{words}"),
                    _ => plain(),
                };
                if literal.holds { format!("`{written}`") } else { format!("not `{written}`") }
            }
            Term::Step { side, step } => {
                let name = self.steps.get(*side).and_then(|names| names.get(*step)).map_or("?", String::as_str);
                let same = self.same.iter().any(|known| known == name);
                let verb = match (side, same, literal.holds) {
                    (_, true, true) => "targets",
                    (_, true, false) => "does not target",
                    (0, false, true) => "targeted before",
                    (0, false, false) => "did not target before",
                    (_, false, true) => "targets now",
                    (_, false, false) => "does not target now",
                };
                format!("whom `{name}` {verb}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Names;
    use crate::region::{Audience, Declared, Literal, Term};
    use crate::ufc;

    #[test]
    fn audiences_are_told_by_steps_and_conditions() {
        let declared = BTreeMap::from([("age".to_owned(), Declared::Number)]);
        let names = Names {
            steps: [vec!["beta".to_owned(), "sale".to_owned()], vec!["sale".to_owned(), "beta".to_owned()]],
            same: vec!["sale".to_owned()],
            declared: &declared,
            patterns: BTreeMap::new(),
        };
        let condition = |attribute: &str, operator: &str, value: serde_json::Value| {
            Term::Condition(ufc::Condition { attribute: attribute.to_owned(), operator: operator.to_owned(), value })
        };
        let literal = |term, holds| Literal { term, holds };
        let country = || condition("country", "ONE_OF", serde_json::json!(["CA"]));
        let any = vec![
            vec![literal(country(), true), literal(Term::Step { side: 0, step: 0 }, false)],
            vec![
                literal(Term::Step { side: 1, step: 0 }, true),
                literal(Term::Step { side: 1, step: 1 }, true),
                literal(condition("age", "GTE", serde_json::json!(18)), false),
            ],
        ];
        assert_eq!(
            names.audience(&Audience { any }),
            "`country is CA` and whom `beta` did not target before, or whom `sale` targets and whom `beta` targets now \
             and not `age gte 18`"
        );
        assert_eq!(names.audience(&Audience { any: vec![vec![literal(country(), true)], Vec::new()] }), "everyone");
    }
}
