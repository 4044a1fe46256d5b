//! Two waterfalls walked by one subject: who ends at this step here and at that step there.
//!
//! A salt that one step of each waterfall uses (the same step before and after, mostly) is private to that pair of steps, and salts are
//! independent. So whether some subject slips past a step that is in neither question depends on that step alone: its salts are
//! quantified away, and what remains are functions of attributes and of the few salts that several steps share. This is exact, and it keeps
//! thirty steps with thirty salts as small as their attributes.

use rustc_hash::FxHashMap;

use super::Side;
use super::Undecided;
use super::course::{Step, count};
use super::diagram::{EVERYWHERE, Full, Function, NOWHERE};
use super::solve::{Keys, Spot, Values};
use super::space::Space;

/// Steps that are decided by the same salts: one of the first waterfall, one of the second, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    first: Option<usize>,
    second: Option<usize>,
    /// Their private salts, as a set of levels.
    salts: u32,
}

impl Unit {
    /// In which of the waterfalls it is passed by who ends at these steps.
    fn past(&self, (first, second): (usize, usize)) -> (bool, bool) {
        (self.first.is_some_and(|one| one < first), self.second.is_some_and(|one| one < second))
    }
}

/// Which steps of two waterfalls belong together.
#[derive(Debug)]
pub(super) struct Pairing {
    units: Vec<Unit>,
}

/// Two waterfalls at one instant each.
pub(super) struct Walk<'w> {
    pub(super) pairing: &'w Pairing,
    pub(super) first: &'w [Step],
    pub(super) second: &'w [Step],
    /// Who slips past a unit: past its first step, its second, or both.
    pub(super) passes: FxHashMap<(usize, bool, bool), Function>,
}

impl Pairing {
    /// Links the steps of two sides by the salts they use.
    pub(super) fn new(space: &mut Space, first: &Side<'_>, second: &Side<'_>) -> Self {
        let (firsts, seconds) = (users(space, first), users(space, second));
        let mut link = vec![None; count(first)];
        let mut back = vec![None; count(second)];
        let mut private = Vec::new();
        for salt in 0..space.salts.len() {
            let (left, right) =
                (firsts.get(&salt).map_or(&[][..], Vec::as_slice), seconds.get(&salt).map_or(&[][..], Vec::as_slice));
            match (left, right) {
                ([left], [right]) => {
                    let (Some(to), Some(from)) = (link.get_mut(*left), back.get_mut(*right)) else { continue };
                    if to.is_none_or(|to| to == *right) && from.is_none_or(|from| from == *left) {
                        (*to, *from) = (Some(*right), Some(*left));
                        private.push((salt, Some(*left), Some(*right)));
                    }
                }
                ([left], []) => private.push((salt, Some(*left), None)),
                ([], [right]) => private.push((salt, None, Some(*right))),
                _ => {}
            }
        }
        let alone = (0..back.len()).filter(|second| back.get(*second).copied().flatten().is_none());
        let alone: Vec<(Option<usize>, Option<usize>)> = alone.map(|second| (None, Some(second))).collect();
        let linked = link.iter().enumerate().map(|(first, second)| (Some(first), *second));
        let pairs: Vec<(Option<usize>, Option<usize>)> = linked.chain(alone).collect();
        let mut units = Vec::with_capacity(pairs.len());
        for (first, second) in pairs {
            let own = private
                .iter()
                .filter(|(_, left, right)| (left.is_some() && *left == first) || (right.is_some() && *right == second));
            let levels: Vec<u32> = own.filter_map(|(salt, _, _)| space.salt_levels.get(*salt).copied()).collect();
            units.push(Unit { first, second, salts: space.diagrams.set(levels) });
        }
        Self { units }
    }

    /// The units of two steps. Past the last step there is none.
    fn own(&self, (first, second): (usize, usize)) -> [Option<Unit>; 2] {
        let one = self.units.iter().find(|unit| unit.first == Some(first));
        let two = self.units.iter().find(|unit| unit.second == Some(second));
        [one.copied(), two.copied()]
    }

    /// All other units, each with its number.
    fn others(&self, (first, second): (usize, usize)) -> impl Iterator<Item = (usize, &Unit)> {
        let decided = move |unit: &Unit| unit.first == Some(first) || unit.second == Some(second);
        self.units.iter().enumerate().filter(move |(_, unit)| !decided(unit))
    }
}

/// For each salt the steps that use it, each once.
fn users(space: &Space, side: &Side<'_>) -> FxHashMap<usize, Vec<usize>> {
    let mut users: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (allocation, step) in side.flag.allocations.iter().zip(&side.steps) {
        for salt in allocation.splits.iter().flat_map(|split| space.salts_of(split)) {
            let steps = users.entry(salt).or_default();
            if !steps.contains(step) {
                steps.push(*step);
            }
        }
    }
    users
}

impl Walk<'_> {
    /// Who ends at step `first` of the first waterfall, as `here` says first, and at step `second` of the second, as it says then: all of
    /// these functions hold of them. Past the last step is the caller's default. Each of `here` speaks of the salts of its own step.
    /// Private salts are gone from the answer.
    pub(super) fn ending(
        &mut self,
        space: &mut Space,
        here: [Function; 2],
        pair: (usize, usize),
    ) -> Result<Vec<Function>, Full> {
        let mut all = Vec::with_capacity(self.pairing.units.len() + 1);
        for (function, unit) in self.own(space, here, pair)? {
            all.push(match unit {
                Some(unit) => space.diagrams.some(function, unit.salts)?,
                None => function,
            });
        }
        if all.contains(&NOWHERE) {
            return Ok(all);
        }
        let pairing = self.pairing;
        for (index, unit) in pairing.others(pair) {
            let past = unit.past(pair);
            if past == (false, false) {
                continue;
            }
            let passes = match self.passes.get(&(index, past.0, past.1)) {
                Some(known) => *known,
                None => {
                    let misses = self.misses(space, unit, past)?;
                    let passes = space.diagrams.some(misses, unit.salts)?;
                    self.passes.insert((index, past.0, past.1), passes);
                    passes
                }
            };
            all.push(passes);
        }
        Ok(all)
    }

    /// `here`, past the other halves of the two steps' own units.
    fn own(
        &self,
        space: &mut Space,
        [left, right]: [Function; 2],
        pair: (usize, usize),
    ) -> Result<Vec<(Function, Option<Unit>)>, Full> {
        let [one, two] = self.pairing.own(pair);
        if one.is_some() && one == two {
            return Ok(vec![(space.diagrams.and(left, right)?, one)]);
        }
        let mut own = Vec::with_capacity(2);
        for (function, unit) in [(left, one), (right, two)] {
            let misses = unit.map_or(Ok(EVERYWHERE), |unit| self.misses(space, &unit, unit.past(pair)))?;
            own.push((space.diagrams.and(function, misses)?, unit));
        }
        Ok(own)
    }

    /// Whom a unit does not take, in the waterfalls in which it is passed.
    fn misses(&self, space: &mut Space, unit: &Unit, past: (bool, bool)) -> Result<Function, Full> {
        let mut all = EVERYWHERE;
        for (step, steps, past) in [(unit.first, self.first, past.0), (unit.second, self.second, past.1)] {
            let hit = step.filter(|_| past).and_then(|step| steps.get(step)).map_or(NOWHERE, |step| step.hit);
            all = space.diagrams.without(all, hit)?;
        }
        Ok(all)
    }

    /// A whole spot, private salts included, where a spot of [`Walk::ending`] holds.
    pub(super) fn whole(
        &self,
        space: &mut Space,
        spot: &Spot,
        here: [Function; 2],
        pair: (usize, usize),
        (values, keys): (Values, Keys),
    ) -> Result<Option<Spot>, Undecided> {
        let own = self.own(space, here, pair)?;
        let mut functions: Vec<Function> = own.into_iter().map(|(function, _)| function).collect();
        for (_, unit) in self.pairing.others(pair) {
            functions.push(self.misses(space, unit, unit.past(pair))?);
        }
        for function in &mut functions {
            *function = space.at(*function, spot)?;
        }
        let Some(more) = space.find_all(&functions, values, keys)? else { return Ok(None) };
        let mut whole = spot.clone();
        whole.attributes.extend(more.attributes);
        whole.salts.extend(more.salts);
        Ok(Some(whole))
    }
}
