//! The open allocations of two flags, line by line, and what subjects get whom some of them target.

use super::End;
use super::compare::Question;
use super::course::{Label, Way, count};
use super::diagram::{EVERYWHERE, Full, Function, NOWHERE};

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

/// What subjects get on one side, and in which shards; past the last step, the caller's default.
pub(super) struct Outcome {
    pub(super) step: usize,
    pub(super) label: Label,
    pub(super) end: End,
    pub(super) hit: Function,
}

/// What is left to ask of those whom `line` targets, and who targets them then.
pub(super) fn inside<'l>(
    line: &'l Line,
    rest: &[&'l Line],
    targeted: &[Vec<&'l Line>; 2],
) -> (Vec<&'l Line>, [Vec<&'l Line>; 2]) {
    let mut with = targeted.clone();
    if let Some(side) = with.get_mut(line.side) {
        side.push(line);
    }
    let below = match line.takes_all {
        true => rest.iter().copied().filter(|other| other.side != line.side).collect(),
        false => rest.to_vec(),
    };
    (below, with)
}

impl Question<'_> {
    /// The open lines of a side, up to the step `last`.
    pub(super) fn lines(&mut self, number: usize, open: &[bool], last: usize) -> Result<Vec<Line>, Full> {
        let Some(side) = self.sides.get(number) else { return Ok(Vec::new()) };
        let space = &mut self.space;
        let mut lines = Vec::new();
        let live = side.flag.allocations.iter().zip(&side.steps).zip(open).enumerate();
        for (allocation, ((content, step), _)) in live.filter(|(_, ((_, step), open))| **open && **step <= last) {
            let audience = space.rules(&content.rules)?;
            let mut splits = Vec::with_capacity(content.splits.len());
            for split in &content.splits {
                splits.push(space.split(split)?);
            }
            let all = space.diagrams.any(splits.iter().copied())?;
            lines.push(Line { side: number, step: *step, allocation, audience, splits, takes_all: all == EVERYWHERE });
        }
        Ok(lines)
    }

    /// What those whom `lines` target get. The lines go up to the step `last`: who gets past them gets the caller's default where
    /// no step follows, and else is of no interest.
    pub(super) fn outcomes(&mut self, number: usize, lines: &[&Line], last: usize) -> Result<Vec<Outcome>, Full> {
        let Some(side) = self.sides.get(number) else { return Ok(Vec::new()) };
        let (flag, steps) = (side.flag, count(side));
        let diagrams = &mut self.space.diagrams;
        let mut outcomes = Vec::new();
        let mut left = EVERYWHERE;
        for line in lines {
            for (split, shards) in line.splits.iter().enumerate() {
                let hit = diagrams.and(left, *shards)?;
                left = diagrams.without(left, *shards)?;
                let way = Way { allocation: line.allocation, split, hit };
                if hit != NOWHERE {
                    let (label, end) = (Label::of(flag, &way), End::of(flag, Some(&way)));
                    outcomes.push(Outcome { step: line.step, label, end, hit });
                }
            }
        }
        if left != NOWHERE && last >= steps {
            outcomes.push(Outcome { step: steps, label: Label::DEFAULT, end: End::DEFAULT, hit: left });
        }
        Ok(outcomes)
    }
}
