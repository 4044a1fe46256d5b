//! Exact shares: which part of all subjects with the same attributes gets which variation through which allocation.
//!
//! Attributes fixed, an allocation either fails its rules or hashes subjects by salts. Each distinct salt is an independent
//! uniform variable over the flag's shards, and the same salt in several places (layers, holdouts, the phases of a ramp) is the same
//! variable; so shares are counted, not sampled. A question too large to count exactly is said to be so.

pub mod fraction;
mod shards;
pub mod targeting;

pub use fraction::Fraction;
pub use targeting::{Group, Questions, Waterfall};

use crate::ufc;

/// What happens to a part of the subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An allocation assigns them a variation; both by position, allocation first, split second.
    Assigned(usize, usize),
    /// They match the shards of an allocation whose rules the subject key decides.
    Undecided(usize),
    /// They reach the end of the waterfall: the caller's default.
    Default,
}

/// Whether an allocation is open and its rules match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Targeting {
    /// They do.
    In,
    /// The window is closed, or no rule matches.
    Out,
    /// The subject key decides, and it was not given.
    Undecided,
}

/// Why shares could not be counted: so many salts are used by several steps that it would take too long, or one split has more
/// shards than are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// Who gets what: outcomes in the order of the waterfall with shares above zero, which add up to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Each outcome once, the caller's default last.
    pub parts: Vec<(Outcome, Fraction)>,
}

impl Distribution {
    /// Everyone has one outcome.
    #[must_use]
    pub fn all(outcome: Outcome) -> Self {
        Self { parts: vec![(outcome, Fraction::ONE)] }
    }

    /// The share of the outcomes that `which` accepts.
    #[must_use]
    pub fn share(&self, which: impl Fn(Outcome) -> bool) -> Fraction {
        let accepted = self.parts.iter().filter(|(outcome, _)| which(*outcome));
        accepted.fold(Fraction::ZERO, |sum, (_, share)| sum.plus(share))
    }
}

/// The shares of subjects for whom each allocation is as `targeting` says, position by position.
///
/// # Errors
/// When the salts of the waterfall are so entangled that counting would take too long. Salts used by one step only never are.
pub fn shares(flag: &ufc::Flag, targeting: &[Targeting]) -> Result<Distribution, TooLarge> {
    let live =
        flag.allocations.iter().enumerate().zip(targeting).filter(|(_, targeting)| **targeting != Targeting::Out);
    let clauses = live.flat_map(|((allocation, content), targeting)| {
        content.splits.iter().enumerate().map(move |(split, content)| {
            let outcome = match targeting {
                Targeting::Undecided => Outcome::Undecided(allocation),
                Targeting::In | Targeting::Out => Outcome::Assigned(allocation, split),
            };
            (outcome, content.shards.as_slice())
        })
    });
    shards::count(clauses.collect(), flag.total_shards)
}
