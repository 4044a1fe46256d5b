//! Counting by salts: one salt is decided at a time, and what remains is decided once however often it is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Distribution, Fraction, Outcome, TooLarge};
use crate::ufc;

/// States looked at before a waterfall counts as too large. Ordinary ones need a few for each step.
const STATES: usize = 50_000;

/// Salts decided one after the other before a waterfall counts as too large; bounds the recursion.
const DEPTH: usize = 400;

/// A split: all its shards must match, and the first split that matches wins.
pub(super) type Clause<'a> = (Outcome, &'a [ufc::Shard]);

/// What is still undecided: clauses in order, each with the set of its shards that are still open, one bit each.
/// Only the last clause may have none open: it takes everyone left.
type State = Vec<(u32, u64)>;

type Parts = Rc<BTreeMap<Outcome, Fraction>>;

/// The shares of `clauses`, every salt being uniform over `total` shards.
pub(super) fn count(clauses: Vec<Clause<'_>>, total: u32) -> Result<Distribution, TooLarge> {
    let start = clauses.iter().enumerate().map(|(index, (_, shards))| {
        let open = match shards.len() {
            0 => 0,
            many @ 1..=64 => u64::MAX >> (64 - many),
            _ => return Err(TooLarge),
        };
        Ok((u32::try_from(index).map_err(|_| TooLarge)?, open))
    });
    let start = start.collect::<Result<State, TooLarge>>()?;
    if total == 0 && clauses.iter().any(|(_, shards)| !shards.is_empty()) {
        return Err(TooLarge);
    }
    let mut counter = Counter { clauses, total, known: BTreeMap::new() };
    let parts = counter.solve(settled(start), 0)?;
    let parts = parts.iter().filter(|(_, share)| !share.is_zero()).map(|(outcome, share)| (*outcome, *share));
    Ok(Distribution { parts: parts.collect() })
}

/// Nothing below a clause that takes everyone left can matter.
fn settled(mut state: State) -> State {
    if let Some(end) = state.iter().position(|(_, open)| *open == 0) {
        state.truncate(end + 1);
    }
    state
}

struct Counter<'a> {
    clauses: Vec<Clause<'a>>,
    total: u32,
    known: BTreeMap<State, Parts>,
}

impl<'a> Counter<'a> {
    fn solve(&mut self, state: State, depth: usize) -> Result<Parts, TooLarge> {
        if let Some(known) = self.known.get(&state) {
            return Ok(Rc::clone(known));
        }
        if self.known.len() >= STATES || depth >= DEPTH {
            return Err(TooLarge);
        }
        let parts = Rc::new(match self.next_salt(&state) {
            None => BTreeMap::from([(self.outcome(&state), Fraction::ONE)]),
            Some(salt) => self.decide(salt, &state, depth)?,
        });
        self.known.insert(state, Rc::clone(&parts));
        Ok(parts)
    }

    /// Splits the subjects by their shard of one salt, and adds up what becomes of each part.
    fn decide(&mut self, salt: &str, state: &State, depth: usize) -> Result<BTreeMap<Outcome, Fraction>, TooLarge> {
        let mut sum = BTreeMap::new();
        for (next, shards) in self.parts_by(salt, state) {
            let weight = Fraction::new(u128::from(shards), u128::from(self.total)).ok_or(TooLarge)?;
            for (outcome, share) in self.solve(next, depth + 1)?.iter() {
                let entry = sum.entry(*outcome).or_insert(Fraction::ZERO);
                *entry = weight.times(*share).and_then(|part| entry.plus(part)).ok_or(TooLarge)?;
            }
        }
        Ok(sum)
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
        for (clause, mut open) in state.iter().copied() {
            let mut matches = true;
            for (content, bit) in self.open_shards((clause, open)).filter(|(content, _)| content.salt == salt) {
                matches &= content.ranges.iter().any(|range| (range.start..range.end).contains(&shard));
                open &= !bit;
            }
            if matches {
                next.push((clause, open));
            }
        }
        settled(next)
    }

    /// The open shards of a clause, each with its bit.
    fn open_shards(&self, (clause, open): (u32, u64)) -> impl Iterator<Item = (&'a ufc::Shard, u64)> + use<'a> {
        let shards: &'a [ufc::Shard] = self.clauses.get(clause as usize).map_or(&[], |(_, shards)| *shards);
        shards.iter().enumerate().map(|(index, shard)| (shard, 1_u64 << index)).filter(move |(_, bit)| open & bit != 0)
    }

    /// The waterfall decides salts from the top.
    fn next_salt(&self, state: &State) -> Option<&'a str> {
        let (shard, _) = self.open_shards(*state.first()?).next()?;
        Some(shard.salt.as_str())
    }

    fn outcome(&self, state: &State) -> Outcome {
        let clause = state.first().and_then(|(clause, _)| self.clauses.get(*clause as usize));
        clause.map_or(Outcome::Default, |(outcome, _)| *outcome)
    }
}

#[cfg(test)]
mod tests;
