//! Subject keys that lists name: their shards are known, so they are counted one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::Line;
use super::numbers::{holdout, line_of, variation_of};
use crate::count::Outcome;
use crate::evaluate::AttributeValue;
use crate::lower::Lowered;
use crate::region::{Row, Undecided};
use crate::ufc::Rule;

/// Subject keys that the same lines name, with what each gets.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedKeys {
    /// The lines that name them.
    pub lines: Vec<usize>,
    /// How many keys there are.
    pub many: usize,
    /// What they get: lines in order, the caller's default last.
    pub ends: Vec<KeyEnd>,
}

/// What some of the keys get.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyEnd {
    /// What.
    pub end: End,
    /// Who, by key.
    pub keys: Vec<NamedKey>,
}

/// A line and the variation it assigns, or the caller's default.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A line assigns a variation.
    Assigned {
        /// The line.
        line: usize,
        /// By which holdout the subject is held out.
        holdout: Option<String>,
        /// The variation's name.
        variation: String,
    },
    /// The caller's default.
    Default,
}

/// A subject key.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedKey {
    /// The key.
    pub key: String,
    /// Attributes with which it gets this; empty where it gets this whatever its attributes are.
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// The keys of the rows that have one, by the lines that name them.
pub(super) fn named(lines: &[Line], lowered: &Lowered, rows: &[Row]) -> Result<Vec<NamedKeys>, Undecided> {
    let mut found: BTreeMap<Vec<usize>, BTreeMap<&str, BTreeMap<End, &Row>>> = BTreeMap::new();
    for row in rows {
        let Some(key) = &row.key else { continue };
        let group = found.entry(naming(lines, lowered, key)).or_default().entry(key).or_default();
        for (outcome, _) in &row.distribution.parts {
            group.entry(end(lines, lowered, *outcome)?).or_insert(row);
        }
    }
    let groups = found.into_iter().map(|(lines, keys)| {
        let many = keys.len();
        let mut ends: BTreeMap<End, Vec<NamedKey>> = BTreeMap::new();
        for (key, gets) in keys {
            let always = gets.len() == 1;
            for (end, row) in gets {
                let attributes = if always { BTreeMap::new() } else { row.attributes.clone() };
                ends.entry(end).or_default().push(NamedKey { key: key.to_owned(), attributes });
            }
        }
        NamedKeys { lines, many, ends: ends.into_iter().map(|(end, keys)| KeyEnd { end, keys }).collect() }
    });
    Ok(groups.collect())
}

fn end(lines: &[Line], lowered: &Lowered, outcome: Outcome) -> Result<End, Undecided> {
    let assigned = || {
        let line = line_of(lines, outcome)?;
        let Outcome::Assigned(allocation, _) = outcome else { return None };
        let holdout = holdout(lowered, allocation).map(str::to_owned);
        Some(End::Assigned { line, holdout, variation: variation_of(lowered, outcome)?.to_owned() })
    };
    match outcome {
        Outcome::Default => Ok(End::Default),
        Outcome::Assigned(..) | Outcome::Undecided(_) => assigned()
            .ok_or_else(|| Undecided { reason: "a key that a list names does not decide what it gets".to_owned() }),
    }
}

/// The lines with a condition on `id` that lists the key.
fn naming(lines: &[Line], lowered: &Lowered, key: &str) -> Vec<usize> {
    let lists = |rules: &[Rule]| {
        let conditions = rules.iter().flat_map(|rule| &rule.conditions);
        let mut values = conditions.filter(|condition| condition.attribute == "id").filter_map(|c| c.value.as_array());
        values.any(|values| values.iter().any(|value| value == key))
    };
    let of_line = |line: &Line| {
        let allocations = line.allocations.iter().filter_map(|index| lowered.flag.allocations.get(*index));
        allocations.into_iter().any(|allocation| lists(&allocation.rules))
    };
    let naming: BTreeSet<usize> =
        lines.iter().enumerate().filter(|(_, line)| of_line(line)).map(|(number, _)| number).collect();
    naming.into_iter().collect()
}
