//! Evaluation of many subjects at once, column by column.
//!
//! First every condition is asked about each distinct value of its attribute, then the waterfall is walked once for everybody:
//! at each step the subjects who may still be taken are a set of bits, and a salt is hashed for those of them who need it, many
//! side by side. Nobody is hashed whom a rule, a window or an earlier split has decided.

mod kernel;
mod mask;
mod population;

use jiff::Timestamp;

pub use kernel::Kernel;
use mask::Mask;
use population::Rows;
pub use population::{Column, Population};

use super::compiled::{Audience, Compiled, Condition, Modulus, Place, Shard};
use super::salt::Salt;
use super::seen::Seen;
use crate::ufc::Instant;
use kernel::Hasher;

/// The shards of many subjects under one salt.
#[must_use]
pub fn shards(salt: &str, keys: &[&str], total: u32, kernel: Kernel) -> Vec<u32> {
    let (mut shards, modulus) = (vec![0; keys.len()], Modulus::new(total));
    let rows: Vec<u32> = (0..).take(keys.len()).collect();
    Hasher::new(kernel).hash(&Salt::new(salt), &rows, keys, |row, hash| {
        if let Some(shard) = shards.get_mut(row) {
            *shard = modulus.of(hash);
        }
    });
    shards
}

/// Evaluates one flag for populations.
#[derive(Debug)]
pub struct Batch<'f> {
    flag: &'f Compiled,
    hasher: Hasher,
    /// Each split that can take somebody.
    places: Vec<Place>,
    /// For each subject the split that took them, counted from 1; 0 for the caller's default.
    ends: Vec<u32>,
    /// For each allocation who is in its audience while its window is open.
    targeted: Vec<Mask>,
    /// For each salt the shards, and whose are known.
    shards: Vec<(Vec<u32>, Mask)>,
    wanted: Vec<u32>,
}

impl<'f> Batch<'f> {
    /// A batch of that flag, with the fastest kernel of this machine.
    #[must_use]
    pub fn new(flag: &'f Compiled) -> Self {
        Self::with(flag, Kernel::best())
    }

    /// The same with a certain kernel.
    #[must_use]
    pub fn with(flag: &'f Compiled, kernel: Kernel) -> Self {
        Self {
            flag,
            hasher: Hasher::new(kernel),
            places: flag.places().collect(),
            ends: Vec::new(),
            targeted: Vec::new(),
            shards: flag.salts.iter().map(|_| Default::default()).collect(),
            wanted: Vec::new(),
        }
    }

    /// Assigns the population; what was assigned before is forgotten.
    pub fn assign(&mut self, population: &Population<'_>, at: Timestamp) {
        let many = population.len();
        self.target(population, at);
        self.ends.clear();
        self.ends.resize(many, 0);
        for (shards, known) in &mut self.shards {
            shards.resize(many, 0);
            known.clear(many);
        }
        let mut remaining = Mask::full(many);
        let mut end = 0;
        for (index, step) in self.flag.steps.iter().enumerate() {
            let mut open = remaining.clone();
            if let Some(targeted) = self.targeted.get(index) {
                open.keep(targeted);
            }
            for arm in &step.arms {
                end += 1;
                if open.is_empty() {
                    continue;
                }
                let mut taken = open.clone();
                for shard in &arm.shards {
                    self.narrow(&mut taken, shard, population.keys());
                }
                for row in taken.rows() {
                    if let Some(place) = self.ends.get_mut(row) {
                        *place = end;
                    }
                }
                open.remove(&taken);
                remaining.remove(&taken);
            }
        }
    }

    /// The split that took the subject at that position; none for the caller's default.
    #[must_use]
    pub fn place(&self, row: usize) -> Option<Place> {
        let end = usize::try_from(*self.ends.get(row)?).ok()?;
        self.places.get(end.checked_sub(1)?).copied()
    }

    /// For each subject the split that took them, counted from 1 in the order of [`Compiled::places`]; 0 for the caller's default.
    #[must_use]
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Whether the subject is in the audience of an allocation while its window is open, whether or not it got that far.
    #[must_use]
    pub fn is_targeted(&self, row: usize, allocation: usize) -> bool {
        self.targeted.get(allocation).is_some_and(|mask| mask.holds(row))
    }

    fn target(&mut self, population: &Population<'_>, at: Timestamp) {
        let instant = self.flag.timed.then(|| Instant::from(at));
        let asking = Asking::new(self.flag, population);
        self.targeted.clear();
        self.targeted.extend(self.flag.steps.iter().map(|step| match &step.audience {
            _ if !step.is_open(instant) => Mask::none(population.len()),
            Audience::Everyone => Mask::full(population.len()),
            Audience::Any(rules) => {
                let mut any = Mask::none(population.len());
                rules.iter().for_each(|rule| any.add(&asking.all(rule)));
                any
            }
        }));
    }

    /// Leaves those whose shard is in.
    fn narrow(&mut self, taken: &mut Mask, shard: &Shard, keys: &[&str]) {
        let Some((shards, known)) = self.shards.get_mut(shard.salt) else { return };
        let Some(salt) = self.flag.salts.get(shard.salt) else { return };
        if shard.ranges.is_empty() {
            return taken.clear(keys.len());
        }
        self.wanted.clear();
        self.wanted.extend(taken.rows_without(known).filter_map(|row| u32::try_from(row).ok()));
        let modulus = self.flag.modulus;
        self.hasher.hash(salt, &self.wanted, keys, |row, hash| {
            if let Some(shard) = shards.get_mut(row) {
                *shard = modulus.of(hash);
            }
        });
        known.add(taken);
        taken.keep_where(shards, &shard.ranges);
    }
}

/// The conditions of a flag, asked about a population.
struct Asking<'a> {
    population: &'a Population<'a>,
    /// For each attribute of the flag its column, and whether the key stands in for it.
    columns: Vec<(Option<&'a Column<'a>>, bool)>,
}

impl<'a> Asking<'a> {
    fn new(flag: &Compiled, population: &'a Population<'a>) -> Self {
        let columns = flag
            .slots
            .iter()
            .map(|slot| (slot.find(population.names()).and_then(|at| population.column(at)), slot.is_id()));
        Self { population, columns: columns.collect() }
    }

    /// Who fulfils all of them.
    fn all(&self, rule: &[Condition]) -> Mask {
        let mut all = Mask::full(self.population.len());
        for condition in rule {
            if all.is_empty() {
                break;
            }
            match self.columns.get(condition.slot).copied().unwrap_or_default() {
                (column, true) => self.by_key(&mut all, condition, column),
                (None, false) if condition.holds(None) => {}
                (None, false) => all.clear(self.population.len()),
                (Some(column), false) => Self::by_value(&mut all, condition, column),
            }
        }
        all
    }

    fn by_value(all: &mut Mask, condition: &Condition, column: &Column<'_>) {
        let of = |value: &Option<Seen<'_>>| condition.holds(*value);
        match column.rows() {
            Rows::Alike(value) if of(value) => {}
            Rows::Alike(_) => all.clear(all.len()),
            Rows::Each { values, rows } => {
                let holds: Vec<bool> = values.iter().map(of).collect();
                all.keep_if(|row| {
                    let value = rows.get(row).map_or(0, |value| *value as usize);
                    holds.get(value).copied().unwrap_or(false)
                });
            }
        }
    }

    /// The subject key is the value where there is no other.
    fn by_key(&self, all: &mut Mask, condition: &Condition, column: Option<&Column<'_>>) {
        all.keep_if(|row| {
            let key = || self.population.keys().get(row).map(|key| Seen::Text(key));
            condition.holds(column.and_then(|column| column.value(row)).or_else(key))
        });
    }
}
