//! Counting by salts: one salt is decided at a time, and what remains is decided once however often it is reached.
//!
//! Subjects flow from the whole waterfall down: each state knows which part of all subjects gets there. Every salt is uniform over
//! the same number of shards, so a part is a whole number of so many shards to the power of the salts decided, and only the
//! outcomes are brought to lowest terms.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dashu_int::UBig;

use super::{Distribution, Fraction, Outcome, TooLarge};
use crate::ufc;

/// Clauses looked at, in all states together, before a waterfall counts as too large. Ordinary ones need a few states for each
/// step, each as long as the rest of the waterfall.
const CLAUSES: usize = 4_000_000;

/// A split: all its shards must match, and the first split that matches wins.
pub(super) type Clause<'a> = (Outcome, &'a [ufc::Shard]);

/// What is still undecided: clauses in order, each with the set of its shards that are still open, one bit each.
/// Only the last clause may have none open: it takes everyone left. Deciding a salt of the first clause makes a state larger:
/// it loses the clause or bits of it.
type State = Vec<(u32, Reverse<u64>)>;

/// The shares of `clauses`, every salt being uniform over `total` shards.
pub(super) fn count(clauses: Vec<Clause<'_>>, total: u32) -> Result<Distribution, TooLarge> {
    let start = clauses.iter().enumerate().map(|(index, (_, shards))| {
        let open = match shards.len() {
            0 => 0,
            many @ 1..=64 => u64::MAX >> (64 - many),
            _ => return Err(TooLarge),
        };
        Ok((u32::try_from(index).map_err(|_| TooLarge)?, Reverse(open)))
    });
    let start = start.collect::<Result<State, TooLarge>>()?;
    if total == 0 && clauses.iter().any(|(_, shards)| !shards.is_empty()) {
        return Err(TooLarge);
    }
    Counter { clauses, total }.flow(settled(start))
}

/// Nothing below a clause that takes everyone left can matter.
fn settled(mut state: State) -> State {
    if let Some(end) = state.iter().position(|(_, open)| open.0 == 0) {
        state.truncate(end + 1);
    }
    state
}

/// A part of all subjects: so many of the combinations of shards of so many salts.
#[derive(Debug, Clone, Default)]
struct Part {
    combinations: UBig,
    salts: usize,
}

impl Part {
    fn add(&mut self, mut other: Self, total: u32) {
        if self.salts < other.salts {
            std::mem::swap(self, &mut other);
        }
        self.combinations += other.combinations * UBig::from(total).pow(self.salts - other.salts);
    }
}

struct Counter<'a> {
    clauses: Vec<Clause<'a>>,
    total: u32,
}

impl<'a> Counter<'a> {
    /// The smallest state is the one that none of the others can lead to.
    fn flow(&self, start: State) -> Result<Distribution, TooLarge> {
        let mut found: BTreeMap<Outcome, Part> = BTreeMap::new();
        let everyone = Part { combinations: UBig::ONE, salts: 0 };
        let mut waiting = BTreeMap::new();
        let mut left = CLAUSES;
        let mut arrive = |waiting: &mut BTreeMap<State, Part>, state: State, part: Part| match self.outcome(&state) {
            Some(outcome) => found.entry(outcome).or_default().add(part, self.total),
            None => waiting.entry(state).or_default().add(part, self.total),
        };
        arrive(&mut waiting, start, everyone);
        while let Some((state, part)) = waiting.pop_first() {
            let Some(salt) = self.next_salt(&state) else { continue };
            for (next, shards) in self.parts_by(salt, &state) {
                left = left.checked_sub(next.len() + 1).ok_or(TooLarge)?;
                let combinations = &part.combinations * shards;
                arrive(&mut waiting, next, Part { combinations, salts: part.salts + 1 });
            }
        }
        let parts = found.into_iter().filter(|(_, part)| !part.combinations.is_zero()).map(|(outcome, part)| {
            let share = Fraction::of_power(part.combinations, self.total, part.salts);
            share.map(|share| (outcome, share)).ok_or(TooLarge)
        });
        Ok(Distribution { parts: parts.collect::<Result<_, _>>()? })
    }

    /// What remains for each elementary interval of a salt, equal remainders together, with how many shards lead there.
    fn parts_by(&self, salt: &str, state: &State) -> BTreeMap<State, u32> {
        let mut cuts = BTreeSet::from([0, self.total]);
        let open = state.iter().flat_map(|entry| self.open_shards(*entry)).map(|(shard, _)| shard);
        for range in open.filter(|shard| shard.salt == salt).flat_map(|shard| &shard.ranges) {
            cuts.extend([range.start.min(self.total), range.end.min(self.total)]);
        }
        let cuts: Vec<u32> = cuts.into_iter().collect();
        let mut parts = BTreeMap::new();
        for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
            *parts.entry(self.after(salt, *start, state)).or_insert(0) += end - start;
        }
        parts
    }

    /// What remains once a salt's shard is known.
    fn after(&self, salt: &str, shard: u32, state: &State) -> State {
        let mut next = State::with_capacity(state.len());
        for (clause, Reverse(mut open)) in state.iter().copied() {
            let mut matches = true;
            for (content, bit) in self.open_shards((clause, Reverse(open))).filter(|(content, _)| content.salt == salt)
            {
                matches &= content.ranges.iter().any(|range| (range.start..range.end).contains(&shard));
                open &= !bit;
            }
            if matches {
                next.push((clause, Reverse(open)));
            }
        }
        settled(next)
    }

    /// The open shards of a clause, each with its bit.
    fn open_shards(
        &self,
        (clause, Reverse(open)): (u32, Reverse<u64>),
    ) -> impl Iterator<Item = (&'a ufc::Shard, u64)> + use<'a> {
        let shards: &'a [ufc::Shard] = self.clauses.get(clause as usize).map_or(&[], |(_, shards)| *shards);
        shards.iter().enumerate().map(|(index, shard)| (shard, 1_u64 << index)).filter(move |(_, bit)| open & bit != 0)
    }

    /// The waterfall decides salts from the top.
    fn next_salt(&self, state: &State) -> Option<&'a str> {
        let (shard, _) = self.open_shards(*state.first()?).next()?;
        Some(shard.salt.as_str())
    }

    /// What becomes of everyone in a state, once that is decided.
    fn outcome(&self, state: &State) -> Option<Outcome> {
        match state.first() {
            None => Some(Outcome::Default),
            Some((clause, Reverse(0))) => self.clauses.get(*clause as usize).map(|(outcome, _)| *outcome),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
