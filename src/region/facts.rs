//! What is true of one waterfall that its author should know.

mod glance;
mod order;
mod reach;
mod share;

use std::cell::OnceCell;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::course::{Step, count, course};
use super::diagram::{Full, Function, Mark, NOWHERE};
use super::replay::{Ready, Replay};
use super::solve::{Keys, Spot, Values};
use super::space::{Plan, Space};
use super::time::{Piece, Windows, pieces};
use super::{Fact, Limits, LineKind, Undecided, Waterfall, Witness, witness};

/// The most pieces that the time of one waterfall falls into.
const PIECES: usize = 2_000;

/// Steps of work that it takes to see how a step is missed at a spot, and to have that evaluated.
const MISS: usize = 4;

/// One waterfall, being looked at.
struct Study<'w> {
    waterfall: &'w Waterfall<'w>,
    space: Space,
    /// For each step the salts that only it uses, as a set of levels.
    private: Vec<u32>,
    now: Timestamp,
    limits: Limits,
    /// Functions made later are of one question only.
    mark: Mark,
    /// Made when the first witness is there.
    replay: &'w OnceCell<Replay>,
    ready: Option<Ready<'w>>,
}

/// The waterfall while the same allocations are open.
struct Moment {
    steps: Vec<Step>,
    /// For each step who can slip past it, whatever its private salts are.
    passes: Vec<Function>,
}

/// All of time: pieces in order, each with the number of its moment.
struct Times {
    pieces: Vec<(Piece, usize)>,
    moments: Vec<Moment>,
}

/// See [`super::facts()`].
pub(super) fn facts(waterfall: &Waterfall<'_>, now: Timestamp, shadows: bool, limits: Limits) -> Vec<Fact> {
    // Of most waterfalls nothing has to be told, and that takes no diagrams to see.
    if !shadows && glance::is_plain(waterfall) {
        return Vec::new();
    }
    in_full(waterfall, now, shadows, limits)
}

fn in_full(waterfall: &Waterfall<'_>, now: Timestamp, shadows: bool, limits: Limits) -> Vec<Fact> {
    let steps = count(&waterfall.side);
    if steps == 0 || !waterfall.side.flag.enabled {
        return Vec::new();
    }
    let undecided = |what, error: Undecided| vec![Fact::Undecided { step: 0, what, reason: error.reason }];
    let replay = OnceCell::new();
    let mut study = match Study::new(waterfall, now, limits, &replay) {
        Ok(study) => study,
        Err(error) => return undecided("who reaches what", error),
    };
    let times = match study.times() {
        Ok(times) => times,
        Err(error) => return undecided("who reaches what", error),
    };
    let mut facts = Vec::new();
    for step in 0..steps {
        let mut note = |what: &'static str, found: Result<Vec<Fact>, Undecided>| match found {
            Ok(found) => facts.extend(found),
            Err(error) => facts.push(Fact::Undecided { step, what, reason: error.reason }),
        };
        note("who reaches it", study.reach(&times, step));
        note("who is taken from it", study.order(&times, step));
        note("whom its holdouts hold out", study.leaks(&times, step));
        note("how it splits", study.bias(&times, step));
        if shadows {
            note("which share it receives", study.shadow(step));
        }
        // Where the budget is spent nothing more will be decided; one finding says so.
        if study.space.diagrams.spent() {
            facts.retain(|fact| !matches!(fact, Fact::Undecided { .. }));
            facts.extend(undecided("what its steps do", Full.into()));
            break;
        }
    }
    facts
}

impl<'w> Study<'w> {
    fn new(
        waterfall: &'w Waterfall<'w>,
        now: Timestamp,
        limits: Limits,
        replay: &'w OnceCell<Replay>,
    ) -> Result<Self, Undecided> {
        let side = &waterfall.side;
        let mut plan = Plan::default();
        plan.flag(0, side.flag, |allocation| side.steps.get(allocation).copied().unwrap_or(0));
        let mut space = plan.cut(side.declared, limits)?;
        let mut users: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for (allocation, step) in side.flag.allocations.iter().zip(&side.steps) {
            for salt in allocation.splits.iter().flat_map(|split| space.salts_of(split)) {
                let steps = users.entry(salt).or_default();
                if !steps.contains(step) {
                    steps.push(*step);
                }
            }
        }
        let mut private = Vec::with_capacity(count(side));
        for step in 0..count(side) {
            let own = users.iter().filter(|(_, steps)| **steps == [step]);
            let levels: Vec<u32> = own.filter_map(|(salt, _)| space.salt_levels.get(*salt).copied()).collect();
            private.push(space.diagrams.set(levels));
        }
        let mark = space.diagrams.mark();
        Ok(Self { waterfall, space, private, now, limits, mark, replay, ready: None })
    }

    fn times(&mut self) -> Result<Times, Undecided> {
        // A flag whose dates cannot be read is never served.
        let windows = Windows::of(self.waterfall.side.flag).unwrap_or_default();
        let all = pieces(&[&windows]);
        if all.len() > PIECES {
            return Err(Undecided { reason: format!("allocations open or close at more than {PIECES} instants") });
        }
        let mut known: FxHashMap<Vec<bool>, usize> = FxHashMap::default();
        let mut times = Times { pieces: Vec::with_capacity(all.len()), moments: Vec::new() };
        for piece in all {
            let open = windows.open(piece.at());
            let number = match known.get(&open) {
                Some(number) => *number,
                None => {
                    let moment = self.moment(&open)?;
                    times.moments.push(moment);
                    known.insert(open, times.moments.len() - 1);
                    times.moments.len() - 1
                }
            };
            times.pieces.push((piece, number));
        }
        self.mark = self.space.diagrams.mark();
        Ok(times)
    }

    fn moment(&mut self, open: &[bool]) -> Result<Moment, Full> {
        let steps = course(&mut self.space, &self.waterfall.side, open)?;
        let mut passes = Vec::with_capacity(steps.len());
        for (step, private) in steps.iter().zip(&self.private) {
            let missed = self.space.diagrams.not(step.hit)?;
            passes.push(self.space.diagrams.some(missed, *private)?);
        }
        Ok(Moment { steps, passes })
    }

    /// Adds who gets to step `step`: past all steps above, but for those that are left out. All of it has to hold together.
    fn past(moment: &Moment, mut here: Vec<Function>, step: usize, but: &[usize]) -> Vec<Function> {
        let above = moment.passes.iter().enumerate().take(step);
        here.extend(above.filter(|(above, _)| !but.contains(above)).map(|(_, passes)| *passes));
        here
    }

    /// `function` of one step for some values of its private salts.
    fn freed(&mut self, function: Function, step: usize) -> Result<Function, Full> {
        let private = self.private.get(step).copied();
        private.map_or(Ok(function), |private| self.space.diagrams.some(function, private))
    }

    /// What lint claims assume of `id`.
    fn keys(&self) -> Keys {
        if self.waterfall.side.declared.contains_key("id") { Keys::Free } else { Keys::Unnamed }
    }

    /// A spot of all `functions` in any of the universes, the most natural first.
    fn anyone(&mut self, functions: &[Function]) -> Result<Option<Spot>, Undecided> {
        for (values, keys) in [(Values::Typed, Keys::Unnamed), (Values::Typed, Keys::Free)] {
            if let Ok(Some(spot)) = self.space.find_all(functions, values, keys) {
                return Ok(Some(spot));
            }
        }
        self.space.find_all(functions, Values::Any, Keys::Free)
    }

    /// Somebody at a spot, whose private salts are then chosen so that all of `rest` holds: what remains at the spot.
    fn somebody(&mut self, spot: &Spot, rest: &[Function], at: Timestamp) -> Result<Option<Witness>, Undecided> {
        let Some(more) = self.anyone(rest)? else { return Err(Undecided::unreplayed()) };
        let mut whole = spot.clone();
        whole.attributes.extend(more.attributes);
        whole.salts.extend(more.salts);
        Ok(witness::subject(&self.space, &whole, 0).map(|subject| Witness { subject, at }))
    }

    /// What remains, at a spot, of `here` and of all steps above `step` missing, but for those left out: with private salts and all.
    fn missed(
        &mut self,
        moment: &Moment,
        here: &[Function],
        step: usize,
        but: &[usize],
        spot: &Spot,
    ) -> Result<Vec<Function>, Full> {
        if !self.space.diagrams.take(MISS * (1 + step)) {
            return Err(Full);
        }
        let mut all = Vec::with_capacity(here.len() + step);
        for function in here {
            all.push(self.space.at(*function, spot)?);
        }
        for (above, content) in moment.steps.iter().enumerate().take(step) {
            if !but.contains(&above) {
                let hit = self.space.at(content.hit, spot)?;
                all.push(self.space.diagrams.not(hit)?);
            }
        }
        Ok(all)
    }

    fn kind(&self, step: usize) -> LineKind {
        self.waterfall.kinds.get(step).copied().unwrap_or(LineKind::Gate)
    }

    /// The moments from now on, each with the first piece of time it has there.
    fn coming(&self, times: &Times) -> Vec<(Piece, usize)> {
        let mut coming: Vec<(Piece, usize)> = Vec::new();
        for (piece, moment) in times.pieces.iter().filter(|(piece, _)| piece.lasts(self.now)) {
            if !coming.iter().any(|(_, known)| known == moment) {
                coming.push((*piece, *moment));
            }
        }
        coming
    }
}

/// Somewhere.
fn is_possible(function: Function) -> bool {
    function != NOWHERE
}
