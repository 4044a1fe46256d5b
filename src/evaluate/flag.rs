//! One flag made ready: values typed, dates read, patterns compiled, salts hashed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ask::{Check, Patterns};
use super::bucket::Sharder;
use super::encoding::Encoding;
use crate::ufc::{self, Instant, Operator, Range, VariationType};

/// A flag, ready.
#[derive(Debug)]
pub(super) struct Flag<'c> {
    /// The key that events name; none in a coded configuration, which has only its hash.
    pub(super) key: Option<&'c str>,
    pub(super) kind: VariationType,
    pub(super) total: u32,
    pub(super) allocations: Vec<Allocation<'c>>,
    values: BTreeMap<&'c str, Option<Value>>,
}

/// An allocation, ready.
#[derive(Debug)]
pub(super) struct Allocation<'c> {
    pub(super) key: String,
    pub(super) start: Option<Instant>,
    pub(super) end: Option<Instant>,
    pub(super) rules: Vec<Vec<Condition<'c>>>,
    pub(super) splits: Vec<Split<'c>>,
    pub(super) log: bool,
}

/// A condition, ready.
#[derive(Debug)]
pub(super) struct Condition<'c> {
    pub(super) wire: &'c ufc::Condition,
    pub(super) operator: Option<Operator>,
    pub(super) check: Check,
}

/// A split, ready.
#[derive(Debug)]
pub(super) struct Split<'c> {
    /// As in the configuration.
    pub(super) wire: &'c ufc::Split,
    pub(super) shards: Vec<Shard<'c>>,
}

/// A salt and its ranges, ready.
#[derive(Debug)]
pub(super) struct Shard<'c> {
    pub(super) salt: String,
    pub(super) sharder: Sharder,
    pub(super) ranges: &'c [Range],
}

impl<'c> Flag<'c> {
    /// None when a coded flag is not coded as it should be.
    pub(super) fn new(flag: &'c ufc::Flag, encoding: Encoding) -> Option<Self> {
        let variations = flag.variations.iter().map(|(_, variation)| variation);
        let values = variations.map(|v| (v.key.as_str(), encoding.value(&v.value, flag.variation_type))).collect();
        let mut patterns = Patterns::new();
        let allocations =
            flag.allocations.iter().map(|each| Allocation::new(each, flag.total_shards, encoding, &mut patterns));
        Some(Self {
            key: (encoding == Encoding::Plain).then_some(flag.key.as_str()),
            kind: flag.variation_type,
            total: flag.total_shards,
            allocations: allocations.collect::<Option<_>>()?,
            values,
        })
    }

    /// What the variation of a split assigns; none when it is missing or not of the flag's type.
    pub(super) fn value(&self, split: &Split<'_>) -> Option<&Value> {
        self.values.get(split.wire.variation_key.as_str())?.as_ref()
    }
}

impl<'c> Allocation<'c> {
    fn new(wire: &'c ufc::Allocation, total: u32, encoding: Encoding, patterns: &mut Patterns) -> Option<Self> {
        let instant = |date: &Option<String>| match date {
            None => Some(None),
            Some(date) => encoding.instant(date).map(Some),
        };
        let mut condition = |wire: &'c ufc::Condition| {
            let (operator, check) = Check::new(wire, encoding, patterns);
            Condition { wire, operator, check }
        };
        Some(Self {
            key: encoding.text(&wire.key)?,
            start: instant(&wire.start_at)?,
            end: instant(&wire.end_at)?,
            rules: wire.rules.iter().map(|rule| rule.conditions.iter().map(&mut condition).collect()).collect(),
            splits: wire.splits.iter().map(|split| Split::new(split, total, encoding)).collect::<Option<_>>()?,
            log: wire.do_log,
        })
    }
}

impl<'c> Split<'c> {
    fn new(wire: &'c ufc::Split, total: u32, encoding: Encoding) -> Option<Self> {
        let shard = |shard: &'c ufc::Shard| {
            let salt = encoding.text(&shard.salt)?;
            Some(Shard { sharder: Sharder::new(&salt, total), salt, ranges: &shard.ranges })
        };
        Some(Self { wire, shards: wire.shards.iter().map(shard).collect::<Option<_>>()? })
    }
}

impl Shard<'_> {
    /// The subject's shard, and whether a range holds it. A range of all shards holds everyone, even of none.
    pub(super) fn of(&self, subject: &str, total: u32) -> (u32, bool) {
        let shard = self.sharder.shard(subject);
        let holds = |range: &Range| {
            (total > 0 && range.start <= shard && shard < range.end) || (range.start == 0 && range.end == total)
        };
        (shard, self.ranges.iter().any(holds))
    }
}
