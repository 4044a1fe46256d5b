//! Assigns a population and compares who got what with who should have.
//!
//! The expected shares are exact; what a population deviates from them by is chance, and the chi-square test says how plausible that is.

mod deviation;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

pub use deviation::Deviation;

use crate::count::{Distribution, Fraction, Group, Outcome, Questions, Targeting, TooLarge, Waterfall, shares};
use crate::evaluate::batch::{Batch, Population};
use crate::evaluate::{Evaluator, Place, Subject};
use crate::ufc;
use crate::ufc::obfuscate::decode;

/// What becomes of a population in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// How many subjects there were.
    pub subjects: u64,
    /// Each variation of each allocation, in the order of the waterfall.
    pub arms: Vec<Arm>,
    /// The caller's default: the share expected, and how many got it.
    pub default: (Fraction, u64),
    /// Whether chance decides about any of them: somebody could have got something else under another key.
    pub by_chance: bool,
    /// How far the population is from what was expected; none where chance decides nothing, or about too few.
    pub deviation: Option<Deviation>,
}

/// A variation that an allocation gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// The allocation's position in the waterfall.
    pub index: usize,
    /// Its key, in plain text.
    pub allocation: String,
    /// The variation's key, in plain text.
    pub variation: String,
    /// The exact share expected to get it here.
    pub expected: Fraction,
    /// How many got it here.
    pub actual: u64,
}

/// Allocation and variation in plain text; none for the caller's default.
type End = Option<(String, String)>;

/// Subjects for whom the same allocations are open: they differ only by hash.
#[derive(Debug, Clone, Default)]
struct Stratum {
    subjects: u64,
    ends: BTreeMap<End, u64>,
}

/// Which allocations are open to some subjects, what they get, and how many they are.
type Alike = (Vec<Targeting>, End, u64);

/// So many subjects are evaluated together: enough to hash side by side, few enough for the processor's cache.
const TOGETHER: usize = 2_048;

/// Takes subjects and counts what they get.
#[derive(Debug)]
pub struct Simulator<'c> {
    format: ufc::Format,
    key: String,
    flag: Option<&'c ufc::Flag>,
    evaluator: Evaluator<'c>,
    waterfall: Waterfall<'c>,
    at: Timestamp,
    strata: BTreeMap<Vec<Targeting>, Stratum>,
}

/// The flag of that key as evaluators find it: none when it is absent, disabled or unreadable.
#[must_use]
pub fn served<'c>(config: &'c ufc::Config, key: &str) -> Option<&'c ufc::Flag> {
    let name = match config.format {
        ufc::Format::Server => key.to_owned(),
        ufc::Format::Client => ufc::obfuscate::hash(key),
    };
    config.flags.get(&name)?.as_ref().ok().filter(|flag| flag.enabled)
}

impl<'c> Simulator<'c> {
    /// A simulator of one flag; `questions` are those about [`served`]'s answer, or about nothing where it is none.
    #[must_use]
    pub fn new(config: &'c ufc::Config, key: &str, questions: &'c Questions, at: Timestamp) -> Self {
        Self {
            format: config.format,
            key: key.to_owned(),
            flag: served(config, key),
            evaluator: Evaluator::new(config),
            waterfall: Waterfall::new(questions),
            at,
            strata: BTreeMap::new(),
        }
    }

    /// Assigns these subjects too. Subjects are independent, so all processors share the work.
    pub fn take(&mut self, subjects: &[Subject]) {
        let found: Vec<Vec<Alike>> = subjects.par_chunks(TOGETHER).map(|some| self.alike(some)).collect();
        for (targeting, end, many) in found.into_iter().flatten() {
            let stratum = self.strata.entry(targeting).or_default();
            stratum.subjects += many;
            *stratum.ends.entry(end).or_insert(0) += many;
        }
    }

    /// How many of the subjects end alike.
    fn alike(&self, subjects: &[Subject]) -> Vec<Alike> {
        let Ok(flag) = self.evaluator.compiled(&self.key) else {
            let targeting = |subject: &Subject| {
                let group = Group { key: Some(&subject.key), attributes: &subject.attributes };
                (self.waterfall.targeting(group, self.at), None, 1)
            };
            return subjects.iter().map(targeting).collect();
        };
        let mut batch = Batch::new(flag);
        batch.assign(&Population::of(subjects), self.at);
        let mut many: FxHashMap<(Vec<bool>, Option<Place>), u64> = FxHashMap::default();
        for row in 0..subjects.len() {
            let targeted = (0..flag.allocations()).map(|index| batch.is_targeted(row, index));
            *many.entry((targeted.collect(), batch.place(row))).or_default() += 1;
        }
        let alike = many.into_iter().map(|((targeted, place), many)| {
            let targeting = targeted.into_iter().map(|is| if is { Targeting::In } else { Targeting::Out });
            let end = flag.taken(place).ok();
            let end = end.map(|taken| (taken.allocation().to_owned(), taken.variation().to_owned()));
            (targeting.collect(), end, many)
        });
        alike.collect()
    }

    /// The comparison.
    ///
    /// # Errors
    /// When the expected shares cannot be counted exactly.
    pub fn finish(self) -> Result<Simulation, TooLarge> {
        let subjects: u64 = self.strata.values().map(|stratum| stratum.subjects).sum();
        let mut arms = self.arms();
        let mut default = (Fraction::ZERO, 0);
        let mut deviation = Deviation::none();
        let mut by_chance = false;
        for (targeting, stratum) in &self.strata {
            let distribution = match self.flag {
                Some(flag) => shares(flag, targeting)?,
                None => Distribution::all(Outcome::Default),
            };
            let expected = self.by_end(&distribution);
            by_chance |= expected.values().filter(|share| **share != Fraction::ZERO).count() > 1;
            let weight = Fraction::new(u128::from(stratum.subjects), u128::from(subjects)).ok_or(TooLarge)?;
            for (end, share) in &expected {
                let sum = end_of(&mut arms, &mut default, end);
                *sum.0 = sum.0.plus(&weight.times(share));
            }
            for (end, many) in &stratum.ends {
                *end_of(&mut arms, &mut default, end).1 += many;
            }
            deviation.add(stratum.subjects, &expected, &stratum.ends);
        }
        Ok(Simulation { subjects, arms, default, by_chance, deviation: deviation.judged() })
    }

    /// Every arm, expected and counted by nobody yet; the phases of a ramp share a key and are one.
    fn arms(&self) -> Vec<Arm> {
        let mut arms: Vec<Arm> = Vec::new();
        for (index, allocation) in self.flag.iter().flat_map(|flag| &flag.allocations).enumerate() {
            let key = self.plain(&allocation.key);
            for split in &allocation.splits {
                let variation = self.plain(&split.variation_key);
                if !arms.iter().any(|arm| arm.allocation == key && arm.variation == variation) {
                    arms.push(Arm { index, allocation: key.clone(), variation, expected: Fraction::ZERO, actual: 0 });
                }
            }
        }
        arms
    }

    fn by_end(&self, distribution: &Distribution) -> BTreeMap<End, Fraction> {
        let mut ends = BTreeMap::new();
        for (outcome, share) in &distribution.parts {
            let sum = ends.entry(self.end(*outcome)).or_insert(Fraction::ZERO);
            *sum = sum.plus(share);
        }
        ends
    }

    fn end(&self, outcome: Outcome) -> End {
        let Outcome::Assigned(allocation, split) = outcome else { return None };
        let allocation = self.flag?.allocations.get(allocation)?;
        let split = allocation.splits.get(split)?;
        let usable = self.waterfall.usable(&split.variation_key);
        usable.then(|| (self.plain(&allocation.key), self.plain(&split.variation_key)))
    }

    fn plain(&self, text: &str) -> String {
        match self.format {
            ufc::Format::Server => text.to_owned(),
            ufc::Format::Client => decode(text).unwrap_or_else(|| text.to_owned()),
        }
    }
}

fn end_of<'a>(arms: &'a mut [Arm], default: &'a mut (Fraction, u64), end: &End) -> (&'a mut Fraction, &'a mut u64) {
    let matches = |arm: &&mut Arm| {
        end.as_ref().is_some_and(|(allocation, variation)| arm.allocation == *allocation && arm.variation == *variation)
    };
    match arms.iter_mut().find(matches) {
        Some(arm) => (&mut arm.expected, &mut arm.actual),
        None => (&mut default.0, &mut default.1),
    }
}

/// The subject keys of a made-up population: the same for the same seed, everywhere.
#[must_use]
pub fn made_up_key(seed: u64, number: u64) -> String {
    // The finalizer of SplitMix64: a bijection, so no two numbers of one seed share a key.
    let mut mixed =
        seed.wrapping_add(1).wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("subject-{:016x}", mixed ^ (mixed >> 31))
}

#[cfg(test)]
mod tests;
