//! Who moves, in words: steps by their names, conditions as an author writes them. Every claim about a change says it so.

pub(crate) mod condition;

use std::collections::BTreeMap;

use crate::model::Flag;
use crate::region::{Audience, Declared, Literal, Term};
use crate::ufc;
use condition::{Patterns, patterns, says_the_same};

/// A flag in an environment on one side of a change.
#[derive(Debug, Default)]
pub struct Half<'a> {
    /// As its author wrote it; none of a file.
    pub model: Option<&'a Flag>,
    /// As evaluators read it; none where it is not served.
    pub wire: Option<&'a ufc::Flag>,
    /// The name of the step of each allocation.
    pub steps: Vec<String>,
    /// The number of the step of each allocation.
    pub lines: Vec<usize>,
}

/// What a step is called on each side, and whether both sides target the same by that name.
#[derive(Debug)]
pub struct Names<'a> {
    /// By side and number.
    steps: [Vec<String>; 2],
    /// The names that mean the same audience on both sides.
    same: Vec<String>,
    /// Declared types, for the spelling of values.
    declared: &'a BTreeMap<String, Declared>,
    /// What authors wrote for patterns.
    patterns: Patterns,
}

impl<'a> Names<'a> {
    /// The names of both sides. `renamed` are steps that are only called otherwise: the base's names to the head's.
    #[must_use]
    pub fn of(
        halves: &[Half<'_>; 2],
        renamed: &BTreeMap<String, String>,
        declared: &'a BTreeMap<String, Declared>,
    ) -> Self {
        let mut same = halves.first().map_or_else(Vec::new, |before| before.steps.clone());
        same.sort_unstable();
        same.dedup();
        same.retain(|name| targets_the_same(halves, name));
        same.extend(renamed.iter().flat_map(|(old, new)| [old.clone(), new.clone()]));
        let steps = halves.each_ref().map(|half| {
            let mut names: Vec<String> = Vec::new();
            for (line, name) in half.lines.iter().zip(&half.steps) {
                if *line == names.len() {
                    names.push(name.clone());
                }
            }
            names
        });
        let patterns = patterns(halves.iter().filter_map(|half| half.model));
        Self { steps, same, declared, patterns }
    }

    /// What a sentence says after a share: `of everyone`, `of those whom `beta` targets`, `of `country is CA``.
    #[must_use]
    pub fn of_whom(&self, audience: &Audience) -> String {
        of(&self.audience(audience))
    }

    /// `everyone`, or `whom `beta` targets and not `plan is pro`, or `country is CA``.
    #[must_use]
    pub fn audience(&self, audience: &Audience) -> String {
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

/// What a sentence says after a share, of an audience in words.
#[must_use]
pub fn of(who: &str) -> String {
    if who.starts_with("whom") { format!("of those {who}") } else { format!("of {who}") }
}

/// Whether a step targets the same on both sides, as evaluators read it and as authors wrote it.
fn targets_the_same(halves: &[Half<'_>; 2], name: &str) -> bool {
    let [old, new] = halves.each_ref().map(|half| {
        let allocations = half.wire.iter().flat_map(|flag| &flag.allocations);
        let own = allocations.zip(&half.steps).filter(|(_, step)| *step == name);
        let mut rules: Vec<_> = own.map(|(allocation, _)| &allocation.rules).collect();
        rules.dedup();
        rules
    });
    let [before, after] = halves.each_ref().map(|half| {
        let steps = half.model.map(|flag| &flag.steps)?;
        steps.iter().find(|step| step.name.value == name).map(|step| &step.audience)
    });
    old == new && before.zip(after).is_none_or(|(before, after)| says_the_same(before, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Names, of};
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
        assert_eq!(
            [of("everyone"), of("whom `beta` targets"), of("`country is CA`")],
            ["of everyone", "of those whom `beta` targets", "of `country is CA`"]
        );
    }
}
