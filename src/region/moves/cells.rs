//! Regions of attributes in which the same lines of both waterfalls target everybody, with what becomes of their subjects.

use rustc_hash::FxHashMap;

use super::super::Undecided;
use super::super::compare::Question;
use super::super::diagram::{EVERYWHERE, Full, Function, NOWHERE};
use super::super::lines::Line;
use super::super::solve::{Keys, Spot, Values};
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

/// Subjects who move, of one region of attributes.
pub(super) struct Cell {
    pub(super) region: Function,
    pub(super) spot: Spot,
    /// From where to where, in which shards, and the share of those.
    pub(super) moves: Vec<(Ends, Function, Fraction)>,
}

/// The open lines of both sides, but for those below the last step whose subjects move.
pub(super) fn lines(question: &mut Question<'_>, moment: &Moment) -> Result<Vec<Line>, Full> {
    let mut lines = question.lines(0, &moment.open[0], last(moment, 0))?;
    lines.extend(question.lines(1, &moment.open[1], last(moment, 1))?);
    // Lines of one audience are asked together: the second of them splits nothing any more.
    lines.sort_by_key(|line| line.step);
    Ok(lines)
}

/// The last step of a side that somebody leaves or comes to; past all of them, the caller's default.
fn last(moment: &Moment, side: usize) -> usize {
    moment.pairs.iter().filter_map(|pair| pair.ends.steps.get(side)).max().copied().unwrap_or(0)
}

/// The regions in which somebody moves.
pub(super) fn cells(
    question: &mut Question<'_>,
    moment: &Moment,
    lines: &[Line],
    keys: Keys,
) -> Result<Vec<Cell>, Stop> {
    let lines: Vec<&Line> = lines.iter().collect();
    let mut search = Search { moment, keys, cells: Vec::new(), left: CELLS };
    search.split(question, &lines, EVERYWHERE, [Vec::new(), Vec::new()])?;
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
        let (below, with) = super::super::lines::inside(line, rest, &targeted);
        self.split(question, &below, inside, with)?;
        self.split(question, rest, outside, targeted)
    }
}

/// What becomes of those whom these lines target.
pub(super) fn moves(
    question: &mut Question<'_>,
    moment: &Moment,
    targeted: &[Vec<&Line>; 2],
) -> Result<Vec<(Ends, Function, Fraction)>, Stop> {
    let befores = question.outcomes(0, &targeted[0], last(moment, 0))?;
    let afters = question.outcomes(1, &targeted[1], last(moment, 1))?;
    let mut here: Vec<(Ends, Function)> = Vec::new();
    for from in &befores {
        for to in afters.iter().filter(|to| to.label != from.label) {
            let both = question.space.diagrams.and(from.hit, to.hit)?;
            if both == NOWHERE {
                continue;
            }
            let ends = Ends {
                steps: [from.step, to.step],
                labels: [from.label.clone(), to.label.clone()],
                ends: [from.end.clone(), to.end.clone()],
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
