//! Which allocations of a waterfall are open to subjects with the same attributes.
//!
//! The rules are asked of the evaluator itself, so counting cannot disagree with evaluating. Where the subject key is not given,
//! conditions on `id` are answered for a key that no condition names; a condition that depends on how such a key is written
//! leaves its allocation undecided.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Targeting;
use crate::evaluate::{AttributeValue, Evaluator, Subject};
use crate::ufc;

mod residue;

/// Who is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The subject key; none stands for all keys that no condition names.
    pub key: Option<&'a str>,
    /// The attributes; an `id` among them is what conditions on `id` see.
    pub attributes: &'a BTreeMap<String, AttributeValue>,
}

/// The questions one flag's waterfall can be asked, each a flag of its own. By default there is no waterfall to ask about.
#[derive(Debug)]
pub struct Questions {
    config: ufc::Config,
    allocations: usize,
    served: BTreeSet<String>,
    named: Vec<Vec<String>>,
}

impl Questions {
    /// The questions about `flag`, which is one of a document of that format.
    #[must_use]
    pub fn new(format: ufc::Format, flag: &ufc::Flag) -> Self {
        let mut flags = BTreeMap::new();
        let mut add = |name: String, content: ufc::Flag| {
            let key = residue::wire_name(format, &name);
            flags.insert(key.clone(), Ok(ufc::Flag { key, ..content }));
        };
        for (index, allocation) in flag.allocations.iter().enumerate() {
            add(format!("all {index}"), residue::asking(flag, allocation, allocation.rules.clone()));
            for (question, rules) in residue::without_key(format, allocation) {
                add(format!("{question} {index}"), residue::asking(flag, allocation, rules));
            }
        }
        let splits = flag.allocations.iter().flat_map(|allocation| &allocation.splits);
        let served: BTreeSet<String> = splits.map(|split| split.variation_key.clone()).collect();
        for variation in &served {
            add(format!("serve {variation}"), residue::serving(flag, variation));
        }
        let named = flag.allocations.iter().map(|allocation| residue::named_keys(format, allocation)).collect();
        let config = ufc::Config { created_at: String::new(), format, environment: String::new(), flags };
        Self { config, allocations: flag.allocations.len(), served, named }
    }
}

impl Default for Questions {
    fn default() -> Self {
        let config = ufc::Config {
            created_at: String::new(),
            format: ufc::Format::Server,
            environment: String::new(),
            flags: BTreeMap::new(),
        };
        Self { config, allocations: 0, served: BTreeSet::new(), named: Vec::new() }
    }
}

/// One flag's waterfall, ready to be asked about groups of subjects.
#[derive(Debug)]
pub struct Waterfall<'q> {
    questions: &'q Questions,
    evaluator: Evaluator<'q>,
    unusable: BTreeSet<&'q str>,
}

impl<'q> Waterfall<'q> {
    /// The waterfall that these questions are about.
    #[must_use]
    pub fn new(questions: &'q Questions) -> Self {
        let mut waterfall = Self { questions, evaluator: Evaluator::new(&questions.config), unusable: BTreeSet::new() };
        let everyone = Group { key: Some(""), attributes: &BTreeMap::new() };
        let served = questions.served.iter().map(String::as_str);
        waterfall.unusable = served
            .filter(|variation| !waterfall.holds(&format!("serve {variation}"), everyone, Timestamp::UNIX_EPOCH))
            .collect();
        waterfall
    }

    /// Whether each allocation is open to the group at that instant, and its rules match.
    #[must_use]
    pub fn targeting(&self, group: Group<'_>, at: Timestamp) -> Vec<Targeting> {
        let one = |index: usize| match self.key_matters(group) {
            false if self.holds(&format!("all {index}"), group, at) => Targeting::In,
            true if self.holds(&format!("sure {index}"), group, at) => Targeting::In,
            true if self.holds(&format!("maybe {index}"), group, at) => Targeting::Undecided,
            _ => Targeting::Out,
        };
        (0..self.questions.allocations).map(one).collect()
    }

    /// The subject keys that a group without a key leaves out: those that a condition names, where it could decide.
    #[must_use]
    pub fn left_out(&self, group: Group<'_>, at: Timestamp) -> Vec<(usize, Vec<String>)> {
        if !self.key_matters(group) {
            return Vec::new();
        }
        let naming = self.questions.named.iter().enumerate().filter(|(_, keys)| !keys.is_empty());
        let deciding = naming.filter(|(index, _)| self.holds(&format!("named {index}"), group, at));
        deciding.map(|(index, keys)| (index, keys.clone())).collect()
    }

    /// Whether subjects who are given this variation get it; a missing or ill-typed one gives them the caller's default.
    #[must_use]
    pub fn usable(&self, variation: &str) -> bool {
        !self.unusable.contains(variation)
    }

    /// Conditions on `id` see the explicit attribute where there is one, else the key.
    fn key_matters(&self, group: Group<'_>) -> bool {
        group.key.is_none() && !group.attributes.contains_key("id")
    }

    fn holds(&self, question: &str, group: Group<'_>, at: Timestamp) -> bool {
        let subject = Subject { key: group.key.unwrap_or("").to_owned(), attributes: group.attributes.clone() };
        self.evaluator.assign(question, &subject, None, at).variation.is_some()
    }
}

/// Instants that represent all of time for a flag: one before its first change, and one for each change of an open window.
///
/// They are whole milliseconds, as all claims are: the pieces of time of a later step meet with no millisecond between them, but not without a gap.
#[must_use]
pub fn moments(flag: &ufc::Flag) -> Vec<Timestamp> {
    let milliseconds = |text: &Option<String>| {
        let instant = text.as_ref()?.parse::<Timestamp>().ok()?;
        i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok().map(|whole| (whole, instant))
    };
    let mut changes = BTreeSet::new();
    for allocation in &flag.allocations {
        let from = milliseconds(&allocation.start_at);
        changes.extend(from.map(|(whole, start)| {
            let finer = start.as_nanosecond().rem_euclid(1_000_000) > 0;
            whole + i64::from(finer)
        }));
        changes.extend(milliseconds(&allocation.end_at).map(|(whole, _)| whole + 1));
    }
    let before = changes.first().map_or(0, |first| first - 1);
    std::iter::once(before).chain(changes).filter_map(|change| Timestamp::from_millisecond(change).ok()).collect()
}

#[cfg(test)]
mod tests;
