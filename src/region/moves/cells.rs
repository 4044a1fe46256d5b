//! Regions of attributes in which the same lines of both waterfalls target everybody, with what becomes of their subjects.

use rustc_hash::FxHashMap;

use super::super::compare::Question;
use super::super::course::{Label, Way, count};
use super::super::diagram::{EVERYWHERE, Full, Function, NOWHERE};
use super::super::solve::{Keys, Spot, Values};
use super::super::{End, Undecided};
use super::{Ends, Moment};
use crate::count::Fraction;

/// The most regions of one moment.
const CELLS: usize = 2_048;

/// Up to so many moves, regions without any are left out early.
const ASKED: usize = 8;

/// Why nobody counted.
pub(super) enum Stop {
    /// There are too many regions.
    Many,
    /// Something could not be decided.
    Undecided(Undecided),
}

impl From<Undecided> for Stop {
    fn from(undecided: Undecided) -> Self {
        Self::Undecided(undecided)
    }
}

impl From<Full> for Stop {
    fn from(full: Full) -> Self {
        Self::Undecided(full.into())
    }
}

/// An open allocation of one side: whom it targets, and its splits by shards.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) side: usize,
    pub(super) step: usize,
    pub(super) allocation: usize,
    pub(super) audience: Function,
    pub(super) splits: Vec<Function>,
    /// Whether nobody whom it targets gets past it.
    pub(super) takes_all: bool,
}

/// Subjects who move, of one region of attributes.
pub(super) struct Cell {
    pub(super) region: Function,
    pub(super) spot: Spot,
    /// From where to where, in which shards, and the share of those.
    pub(super) moves: Vec<(Ends, Function, Fraction)>,
}

/// The open lines of both sides, but for those below the last step whose subjects move.
pub(super) fn lines(question: &mut Question<'_>, moment: &Moment) -> Result<Vec<Line>, Full> {
    let mut lines = Vec::new();
    for (number, (side, open)) in question.sides.into_iter().zip(&moment.open).enumerate() {
        let last = last(moment, number);
        let live = side.flag.allocations.iter().zip(&side.steps).zip(open).enumerate();
        for (allocation, ((content, step), _)) in live.filter(|(_, ((_, step), open))| **open && **step <= last) {
            let audience = question.space.rules(&content.rules)?;
            let mut splits = Vec::with_capacity(content.splits.len());
            for split in &content.splits {
                splits.push(question.space.split(split)?);
            }
            let all = question.space.diagrams.any(splits.iter().copied())?;
            lines.push(Line { side: number, step: *step, allocation, audience, splits, takes_all: all == EVERYWHERE });
        }
    }
    // Lines of one audience are asked together: the second of them splits nothing any more.
    lines.sort_by_key(|line| line.step);
    Ok(lines)
}

/// The last step of a side that somebody leaves or comes to; past all of them, the caller's default.
fn last(moment: &Moment, side: usize) -> usize {
    moment.pairs.iter().filter_map(|pair| pair.ends.steps.get(side)).max().copied().unwrap_or(0)
}

/// The regions of `start` in which somebody moves.
pub(super) fn cells(
    question: &mut Question<'_>,
    moment: &Moment,
    lines: &[Line],
    start: Function,
    keys: Keys,
) -> Result<Vec<Cell>, Stop> {
    let lines: Vec<&Line> = lines.iter().collect();
    let mut search = Search { moment, keys, cells: Vec::new(), left: CELLS };
    search.split(question, &lines, start, [Vec::new(), Vec::new()])?;
    Ok(search.cells)
}

struct Search<'m> {
    moment: &'m Moment,
    keys: Keys,
    cells: Vec<Cell>,
    left: usize,
}

impl Search<'_> {
    /// Whether somebody of a region can move at all. With many moves that is not asked: most regions have some.
    fn has_moves(&self, question: &mut Question<'_>, region: Function) -> Result<bool, Stop> {
        if region == EVERYWHERE || self.moment.pairs.len() > ASKED {
            return Ok(true);
        }
        for (_, ending) in self.moment.pairs.iter().flat_map(|pair| &pair.here) {
            let mut all = ending.clone();
            all.push(region);
            if question.space.find_all(&all, Values::Any, Keys::Free)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn split<'l>(
        &mut self,
        question: &mut Question<'_>,
        lines: &[&'l Line],
        region: Function,
        targeted: [Vec<&'l Line>; 2],
    ) -> Result<(), Stop> {
        let mut spot = question.space.find(region, Values::Typed, self.keys)?;
        if spot.is_none() {
            spot = question.space.find(region, Values::Any, self.keys)?;
        }
        let Some(spot) = spot else { return Ok(()) };
        if !self.has_moves(question, region)? {
            return Ok(());
        }
        let Some((line, rest)) = lines.split_first() else {
            self.left = self.left.checked_sub(1).ok_or(Stop::Many)?;
            let moves = moves(question, self.moment, &targeted)?;
            if !moves.is_empty() {
                self.cells.push(Cell { region, spot, moves });
            }
            return Ok(());
        };
        let inside = question.space.diagrams.and(region, line.audience)?;
        let outside = question.space.diagrams.without(region, line.audience)?;
        let mut with = targeted.clone();
        if let Some(side) = with.get_mut(line.side) {
            side.push(line);
        }
        let below: Vec<&Line> = match line.takes_all {
            true => rest.iter().copied().filter(|other| other.side != line.side).collect(),
            false => rest.to_vec(),
        };
        self.split(question, &below, inside, with)?;
        self.split(question, rest, outside, targeted)
    }
}

/// What subjects get on one side, by their shards.
type Outcome = (usize, Label, End, Function);

/// What becomes of those whom these lines target.
pub(super) fn moves(
    question: &mut Question<'_>,
    moment: &Moment,
    targeted: &[Vec<&Line>; 2],
) -> Result<Vec<(Ends, Function, Fraction)>, Stop> {
    let befores = outcomes(question, moment, 0, &targeted[0])?;
    let afters = outcomes(question, moment, 1, &targeted[1])?;
    let mut here: Vec<(Ends, Function)> = Vec::new();
    for (left, from, before, hit) in &befores {
        for (right, to, after, other) in afters.iter().filter(|(_, to, ..)| to != from) {
            let both = question.space.diagrams.and(*hit, *other)?;
            if both == NOWHERE {
                continue;
            }
            let ends = Ends {
                steps: [*left, *right],
                labels: [from.clone(), to.clone()],
                ends: [before.clone(), after.clone()],
            };
            match here.iter_mut().find(|(known, _)| known.is(&ends)) {
                Some((_, sum)) => *sum = question.space.diagrams.or(*sum, both)?,
                None => here.push((ends, both)),
            }
        }
    }
    let mut moves = Vec::with_capacity(here.len());
    for (ends, function) in here {
        let share = question.space.share(function, &mut FxHashMap::default()).ok_or_else(|| Undecided {
            reason: "so many salts decide together that the exact shares do not fit".to_owned(),
        })?;
        moves.push((ends, function, share));
    }
    Ok(moves)
}

fn outcomes(
    question: &mut Question<'_>,
    moment: &Moment,
    number: usize,
    lines: &[&Line],
) -> Result<Vec<Outcome>, Stop> {
    let Some(side) = question.sides.get(number) else { return Ok(Vec::new()) };
    let (flag, steps) = (side.flag, count(side));
    let diagrams = &mut question.space.diagrams;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut left = EVERYWHERE;
    for line in lines {
        for (split, shards) in line.splits.iter().enumerate() {
            let hit = diagrams.and(left, *shards)?;
            left = diagrams.without(left, *shards)?;
            let way = Way { allocation: line.allocation, split, hit };
            if hit != NOWHERE {
                outcomes.push((line.step, Label::of(flag, &way), End::of(flag, Some(&way)), hit));
            }
        }
    }
    // Whoever gets past the last line that matters ends where nobody moves.
    if left != NOWHERE && last(moment, number) >= steps {
        outcomes.push((steps, Label::DEFAULT, End::DEFAULT, left));
    }
    Ok(outcomes)
}
