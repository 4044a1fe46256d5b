//! Somebody made up from the conditions themselves. Where such a subject answers a question, nobody has to look at everybody.

use std::collections::BTreeMap;

use super::Declared;
use super::automaton::{self, Search};
use super::domain::fitting;
use super::space::understood;
use crate::evaluate::AttributeValue;
use crate::evaluate::ask::{Check, holds_of_missing};
use crate::ufc;

/// How many values of an attribute are tried.
const TRIED: usize = 8;
/// How many natural values, when a condition names none.
const NATURAL: usize = 3;

/// A subject: attributes by name, the others are missing. Values are of the declared types.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Somebody<'q>(Vec<(&'q str, AttributeValue)>);

impl<'q> Somebody<'q> {
    /// Whether any rule holds; none is everyone.
    pub(super) fn fulfils(&self, rules: &[ufc::Rule]) -> bool {
        rules.is_empty() || rules.iter().any(|rule| rule.conditions.iter().all(|condition| self.has(condition)))
    }

    fn has(&self, condition: &ufc::Condition) -> bool {
        match self.0.iter().find(|(name, _)| *name == condition.attribute) {
            None => holds_of_missing(condition),
            Some((_, value)) => understood(condition).asks(Some(value)),
        }
    }

    /// The same, with a value of one more attribute.
    pub(super) fn with(mut self, name: &'q str, value: AttributeValue) -> Self {
        self.0.push((name, value));
        self
    }

    fn but(&self, name: &'q str, value: Option<&AttributeValue>) -> Self {
        let mut others = self.clone();
        others.0.retain(|(known, _)| *known != name);
        match value {
            None => others,
            Some(value) => others.with(name, value.clone()),
        }
    }
}

/// For each attribute of a rule the values tried that fulfil all its conditions about it; none is missing.
struct Choices<'q>(Vec<(&'q str, Vec<Option<AttributeValue>>)>);

/// Some who fulfil a rule, differing in one attribute at most; nobody where none was found, which does not mean that there is none.
pub(super) fn some<'q>(
    rule: &'q ufc::Rule,
    declared: &BTreeMap<String, Declared>,
) -> impl Iterator<Item = Somebody<'q>> + use<'q> {
    let choices = Choices::of(rule, declared).map_or_else(Vec::new, |choices| choices.0);
    let first = choices.iter().filter_map(|(name, values)| Some((*name, values.first()?.clone()?)));
    let first = Somebody(first.collect());
    let found = choices.len() == names(&rule.conditions).len();
    let base = first.clone();
    let others = choices.into_iter().flat_map(move |(name, values)| {
        let base = base.clone();
        values.into_iter().skip(1).map(move |value| base.but(name, value.as_ref())).collect::<Vec<_>>()
    });
    found.then_some(first).into_iter().chain(others)
}

/// Some who fulfil a rule, each differing from the first in an attribute that `others` ask for, by a value from there.
pub(super) fn around<'q>(
    rule: &'q ufc::Rule,
    others: &'q [ufc::Rule],
    declared: &'q BTreeMap<String, Declared>,
) -> impl Iterator<Item = Somebody<'q>> + use<'q> {
    let first = some(rule, declared).next();
    let asked = names(others.iter().flat_map(|other| &other.conditions));
    first.into_iter().flat_map(move |first| {
        asked
            .clone()
            .into_iter()
            .flat_map(move |name| {
                let of = |condition: &&'q ufc::Condition| condition.attribute == name;
                let own: Vec<Check> = rule.conditions.iter().filter(of).map(understood).collect();
                let theirs = others.iter().flat_map(|other| &other.conditions).filter(of).map(understood);
                let declared = declared.get(name).copied();
                let values = theirs.flat_map(|check| candidates(&check, declared)).chain(natural(declared)).take(TRIED);
                let first = &first;
                let fitting = values.filter(|value| own.iter().all(|check| check.asks(value.as_ref())));
                fitting.map(|value| first.but(name, value.as_ref())).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    })
}

fn names<'q>(conditions: impl IntoIterator<Item = &'q ufc::Condition>) -> Vec<&'q str> {
    let mut names: Vec<&str> = Vec::new();
    for condition in conditions {
        if !names.contains(&condition.attribute.as_str()) {
            names.push(&condition.attribute);
        }
    }
    names
}

impl<'q> Choices<'q> {
    fn of(rule: &'q ufc::Rule, declared: &BTreeMap<String, Declared>) -> Option<Self> {
        let mut choices = Vec::new();
        for name in names(&rule.conditions) {
            let own = rule.conditions.iter().filter(|condition| condition.attribute == name);
            let checks: Vec<Check> = own.map(understood).collect();
            let declared = declared.get(name).copied();
            let mut values: Vec<Option<AttributeValue>> = Vec::new();
            for value in checks.iter().flat_map(|check| candidates(check, declared)) {
                if values.len() < TRIED
                    && !values.contains(&value)
                    && checks.iter().all(|check| check.asks(value.as_ref()))
                {
                    values.push(value);
                }
            }
            if values.is_empty() {
                return None;
            }
            choices.push((name, values));
        }
        Some(Self(choices))
    }
}

/// Values of the declared type that may fulfil a condition; none is missing.
fn candidates(check: &Check, declared: Option<Declared>) -> Vec<Option<AttributeValue>> {
    let texts = |texts: &[String]| {
        texts.iter().take(TRIED).filter_map(|text| fitting(text, declared)).map(Some).collect::<Vec<_>>()
    };
    match check {
        Check::Never => Vec::new(),
        Check::Null { expected: true } => vec![None],
        Check::Listed { expected: true, list } => texts(list),
        Check::Number { operand, .. } if matches!(declared, None | Some(Declared::Number)) => {
            let near = [*operand, operand + 1.0, operand - 1.0].into_iter().filter(|number| number.is_finite());
            near.map(|number| Some(AttributeValue::Number(number))).collect()
        }
        Check::Version { operand, .. } => {
            let semver::Version { major, minor, patch, .. } = *operand;
            let above = semver::Version::new(major, minor, patch.saturating_add(1));
            let below = semver::Version::new(major, minor, patch.saturating_sub(1));
            texts(&[operand, &above, &below, &semver::Version::new(0, 0, 0)].map(ToString::to_string))
        }
        Check::Pattern { expected: true, pattern } => match automaton::search(&[pattern.as_str()], &[], &[]).0 {
            Search::Found(text) => texts(&[text]),
            Search::Nothing | Search::Unknown(_) => Vec::new(),
        },
        Check::Number { .. }
        | Check::Null { expected: false }
        | Check::Listed { expected: false, .. }
        | Check::Pattern { expected: false, .. } => natural(declared),
    }
}

fn natural(declared: Option<Declared>) -> Vec<Option<AttributeValue>> {
    let texts =
        |text: &dyn Fn(usize) -> String| (0..NATURAL).map(|number| AttributeValue::Text(text(number))).collect();
    let values: Vec<AttributeValue> = match declared {
        None | Some(Declared::Text) => texts(&|number| format!("other-{number}")),
        Some(Declared::Version) => texts(&|number| format!("1.0.{number}")),
        Some(Declared::Number) => [0.0, 1.0, 2.0].map(AttributeValue::Number).into(),
        Some(Declared::Bool) => [false, true].map(AttributeValue::Bool).into(),
    };
    values.into_iter().map(Some).collect()
}

#[cfg(test)]
pub(super) mod tests;
