//! A flag compiled for many evaluations: what does not depend on the subject is done once, and an evaluation allocates nothing.
//!
//! Each attribute has one slot, lists are searched by hash, versions and numbers are read, patterns are built, salts are hashed as
//! far as they go, ranges of everybody are gone. It ends where the traced evaluator ends, obfuscated configurations included,
//! and names the end by positions in the flag.

mod condition;
mod list;
mod pattern;
mod shards;
mod slot;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

pub(in crate::evaluate) use condition::Condition;
use shards::Memo;
pub(in crate::evaluate) use shards::{Modulus, Shard};
pub use slot::{Slot, Values};

use super::encoding::Encoding;
use super::flag;
use super::salt::Salt;
use super::{Code, Event, Subject};
use crate::ufc::{Instant, VariationType};

/// A flag, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The key that events name; none in a coded configuration, which has only its hash.
    pub(in crate::evaluate) key: Option<String>,
    pub(in crate::evaluate) kind: VariationType,
    pub(in crate::evaluate) slots: Vec<Slot>,
    pub(in crate::evaluate) salts: Vec<Salt>,
    pub(in crate::evaluate) modulus: Modulus,
    pub(in crate::evaluate) steps: Vec<Step>,
    /// Whether any step has a window.
    pub(in crate::evaluate) timed: bool,
    values: Vec<Option<Value>>,
}

/// An allocation, compiled.
#[derive(Debug)]
pub(in crate::evaluate) struct Step {
    key: String,
    start: Option<Instant>,
    end: Option<Instant>,
    log: bool,
    pub(in crate::evaluate) audience: Audience,
    pub(in crate::evaluate) arms: Vec<Arm>,
    /// The salts of its splits, each once, as they are needed.
    salts: Vec<usize>,
}

/// Whom an allocation targets.
#[derive(Debug)]
pub(in crate::evaluate) enum Audience {
    Everyone,
    /// Alternatives of conditions; none at all are nobody.
    Any(Vec<Vec<Condition>>),
}

/// A split, compiled.
#[derive(Debug)]
pub(in crate::evaluate) struct Arm {
    pub(in crate::evaluate) shards: Vec<Shard>,
    variation: String,
    value: Option<usize>,
    extra: BTreeMap<String, String>,
}

/// Where an evaluation ended: a split of an allocation.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'f> {
    flag: &'f Compiled,
    step: &'f Step,
    arm: &'f Arm,
    value: &'f Value,
}

/// An end by positions: the allocation and the split.
pub type Place = (usize, usize);

impl Compiled {
    pub(in crate::evaluate) fn new(flag: &flag::Flag<'_>, encoding: Encoding) -> Self {
        let mut compiler = Compiler { flag, encoding, slots: Vec::new(), salts: Vec::new(), values: Vec::new() };
        let steps: Vec<Step> = flag.allocations.iter().map(|allocation| compiler.step(allocation)).collect();
        Self {
            key: flag.key.map(str::to_owned),
            kind: flag.kind,
            timed: steps.iter().any(|step| step.start.is_some() || step.end.is_some()),
            steps,
            slots: compiler.slots.iter().map(|name| Slot::new(name, encoding)).collect(),
            salts: compiler.salts.iter().map(|salt| Salt::new(salt)).collect(),
            modulus: Modulus::new(flag.total),
            values: compiler.values.into_iter().map(|(_, value)| value.cloned()).collect(),
        }
    }

    /// The type of its values.
    #[must_use]
    pub fn kind(&self) -> VariationType {
        self.kind
    }

    /// How many allocations there are.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.steps.len()
    }

    /// The positions of the allocation and the split that take a subject at `at`; none for the caller's default.
    #[must_use]
    pub fn place(&self, key: &str, values: &impl Values, at: impl Into<Instant>) -> Option<Place> {
        let at = self.timed.then(|| at.into());
        let mut memo = Memo::new(self, key);
        self.steps.iter().enumerate().find_map(|(index, step)| {
            let holds = |condition: &Condition| {
                condition.holds(self.slots.get(condition.slot).and_then(|slot| values.value(condition.slot, slot)))
            };
            if !step.is_open(at) || !step.audience.holds(holds) {
                return None;
            }
            let exposed = |arm: &Arm| arm.shards.iter().all(|shard| memo.is_in(shard, &step.salts));
            step.arms.iter().position(exposed).map(|arm| (index, arm))
        })
    }

    /// What the split at `place` assigns.
    ///
    /// # Errors
    /// When there is none, or its variation is missing or not of the flag's type.
    pub fn taken(&self, place: Option<Place>) -> Result<Taken<'_>, Code> {
        let (step, arm) = place.ok_or(Code::DefaultAllocationNull)?;
        let step = self.steps.get(step).ok_or(Code::DefaultAllocationNull)?;
        let arm = step.arms.get(arm).ok_or(Code::DefaultAllocationNull)?;
        let value = arm.value.and_then(|index| self.values.get(index)?.as_ref());
        let value = value.ok_or(Code::UnexpectedConfigurationError)?;
        Ok(Taken { flag: self, step, arm, value })
    }

    /// Every split that can take somebody, with its position.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.steps.iter().enumerate().flat_map(|(step, content)| (0..content.arms.len()).map(move |arm| (step, arm)))
    }
}

impl Step {
    /// Whether it is open at that instant; none where no step has a window.
    pub(in crate::evaluate) fn is_open(&self, at: Option<Instant>) -> bool {
        at.is_none_or(|at| self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at <= end))
    }
}

impl Audience {
    fn holds(&self, holds: impl Fn(&Condition) -> bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Any(rules) => rules.iter().any(|rule| rule.iter().all(&holds)),
        }
    }
}

impl<'f> Taken<'f> {
    /// The assigned value.
    #[must_use]
    pub fn value(self) -> &'f Value {
        self.value
    }

    /// The variation's key, in plain text.
    #[must_use]
    pub fn variation(self) -> &'f str {
        &self.arm.variation
    }

    /// The allocation's key, in plain text.
    #[must_use]
    pub fn allocation(self) -> &'f str {
        &self.step.key
    }

    /// Whether an SDK hands an event to its logger.
    #[must_use]
    pub fn logged(self) -> bool {
        self.step.log
    }

    /// The event that an SDK hands to its logger, if it does, of a flag asked for as `requested`.
    #[must_use]
    pub fn event(self, requested: &str, subject: &Subject, at: Timestamp) -> Option<Event> {
        self.logged().then(|| Event {
            // A coded configuration has only the key's hash.
            flag: self.flag.key.as_deref().unwrap_or(requested).to_owned(),
            allocation: self.step.key.clone(),
            variation: self.arm.variation.clone(),
            subject: subject.key.clone(),
            attributes: subject.attributes.clone(),
            at,
            extra: self.arm.extra.clone(),
        })
    }
}

/// Gives positions to what is shared within a flag.
struct Compiler<'f> {
    flag: &'f flag::Flag<'f>,
    encoding: Encoding,
    slots: Vec<&'f str>,
    salts: Vec<&'f str>,
    values: Vec<(&'f str, Option<&'f Value>)>,
}

impl<'f> Compiler<'f> {
    fn step(&mut self, allocation: &'f flag::Allocation<'f>) -> Step {
        let mut arms: Vec<Arm> = Vec::new();
        for split in &allocation.splits {
            arms.push(self.arm(split));
            // A split of everybody leaves nobody to the next.
            if arms.last().is_some_and(|arm| arm.shards.is_empty()) {
                break;
            }
        }
        let mut salts = Vec::new();
        for shard in arms.iter().flat_map(|arm| &arm.shards) {
            position(&mut salts, shard.salt, |one, other| one == other);
        }
        Step {
            key: allocation.key.clone(),
            start: allocation.start,
            end: allocation.end,
            log: allocation.log,
            audience: self.audience(&allocation.rules),
            arms,
            salts,
        }
    }

    fn audience(&mut self, rules: &'f [Vec<flag::Condition<'f>>]) -> Audience {
        let encoding = self.encoding;
        let mut ready = rules.iter().map(|rule| {
            let conditions = rule.iter().map(|condition| {
                let name = condition.wire.attribute.as_str();
                let slot = position(&mut self.slots, name, |one, other| one == other);
                Condition::new(slot, &condition.check, encoding)
            });
            conditions.collect::<Vec<_>>()
        });
        let ready: Vec<Vec<Condition>> = ready.by_ref().filter(|rule| !rule.iter().any(Condition::is_never)).collect();
        if rules.is_empty() || ready.iter().any(Vec::is_empty) { Audience::Everyone } else { Audience::Any(ready) }
    }

    fn arm(&mut self, split: &'f flag::Split<'f>) -> Arm {
        let total = self.flag.total;
        let shards = split.shards.iter().filter_map(|shard| {
            let ranges = shards::reduced(shard.ranges, total)?;
            Some(Shard { salt: position(&mut self.salts, shard.salt.as_str(), |one, other| one == other), ranges })
        });
        let shards = shards.collect();
        let value = self.flag.value(split);
        let key = split.wire.variation_key.as_str();
        let plain =
            |(key, value): (&String, &String)| (self.encoding.text_or_raw(key), self.encoding.text_or_raw(value));
        Arm {
            shards,
            variation: self.encoding.text_or_raw(key),
            extra: split.wire.extra_logging.iter().map(plain).collect(),
            value: Some(position(&mut self.values, (key, value), |one, other| one.0 == other.0)),
        }
    }
}

/// Where `item` is in `list`, to which it is added if it is not there yet.
fn position<T>(list: &mut Vec<T>, item: T, same: impl Fn(&T, &T) -> bool) -> usize {
    list.iter().position(|other| same(other, &item)).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}
