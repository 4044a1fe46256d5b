//! Whether one subject can be in two steps.

use super::compare::Question;
use super::course::{Step, holds_out, union};
use super::diagram::Function;
use super::pairing::Walk;
use super::replay::Replay;
use super::solve::{Keys, Values};
use super::{Exclusion, Limits, Side, Undecided, Witness, witness};
use crate::ufc;

/// Who a step assigns and logs, not held out.
pub(super) fn enrolled(
    space: &mut super::space::Space,
    flag: &ufc::Flag,
    step: &Step,
) -> Result<Function, super::diagram::Full> {
    union(space, step, |way| enrols(flag, way.allocation))
}

fn enrols(flag: &ufc::Flag, allocation: usize) -> bool {
    flag.allocations.get(allocation).is_some_and(|allocation| allocation.do_log && !holds_out(allocation))
}

/// See [`super::exclusion()`].
pub(super) fn exclusion(
    first: (&Side<'_>, usize),
    second: (&Side<'_>, usize),
    limits: Limits,
) -> Result<Exclusion, Undecided> {
    let one_flag = std::ptr::eq(first.0.flag, second.0.flag);
    // One flag assigns one thing at a time.
    if !one_flag {
        let mut question = Question::new([first.0, second.0], [0, 0], limits)?;
        for (piece, open) in question.moments() {
            let at = [piece.at(); 2];
            if let Some(subjects) = question.both([first.1, second.1], &open, at)? {
                return Ok(Exclusion::Violated(subjects.map(|[witness, _]| witness)));
            }
        }
    }
    // Attributes and instants of their own on the two sides: only shards can keep apart. A space tells conditions apart by where
    // they are, so one flag on both sides needs a second self.
    let second_self = second.0.flag.clone();
    let other = Side { flag: &second_self, ..second.0.clone() };
    let mut question = Question::new([first.0, &other], [0, 1], limits)?;
    let moments = question.moments();
    let mut ours: Vec<_> = Vec::new();
    let mut theirs: Vec<_> = Vec::new();
    for (piece, [left, right]) in moments {
        if !ours.iter().any(|(_, known)| *known == left) {
            ours.push((piece, left));
        }
        if !theirs.iter().any(|(_, known)| *known == right) {
            theirs.push((piece, right));
        }
    }
    for (here, left) in &ours {
        for (there, right) in &theirs {
            let open = [left.clone(), right.clone()];
            if let Some(subjects) = question.both([first.1, second.1], &open, [here.at(), there.at()])? {
                return Ok(Exclusion::ByTargeting(subjects.map(|[first, second]| Box::new((first, second)))));
            }
        }
    }
    Ok(Exclusion::ByBucketing)
}

impl Question<'_> {
    /// Somebody enrolled by both steps, each at its instant: once as on the first side, once as on the second.
    fn both(
        &mut self,
        steps: [usize; 2],
        open: &[Vec<bool>; 2],
        at: [jiff::Timestamp; 2],
    ) -> Result<Option<Option<[Witness; 2]>>, Undecided> {
        let [first, second] = self.courses(open)?;
        let (Some(left), Some(right)) = (first.get(steps[0]), second.get(steps[1])) else { return Ok(None) };
        let flags = [self.sides[0].flag, self.sides[1].flag];
        let space = &mut self.space;
        let here = [enrolled(space, flags[0], left)?, enrolled(space, flags[1], right)?];
        let mut walk = Walk { pairing: &self.pairing, first: &first, second: &second, passes: Default::default() };
        let pair = (steps[0], steps[1]);
        let end = walk.ending(space, here, pair)?;
        let means = (Values::Any, Keys::Free);
        let Some(spot) = space.find_all(&end, means.0, means.1)? else { return Ok(None) };
        let Some(spot) = walk.whole(space, &spot, here, pair, means)? else { return Err(Undecided::unreplayed()) };
        let copies = if space.attributes.iter().any(|attribute| attribute.copy == 1) { [0, 1] } else { [0, 0] };
        let Some(subjects) = witness::subjects(space, &spot, &copies) else { return Ok(Some(None)) };
        let mut found = Vec::new();
        for (index, subject) in subjects.into_iter().enumerate() {
            let (Some(flag), Some(side), Some(at), Some(step)) =
                (flags.get(index), self.sides.get(index), at.get(index), steps.get(index))
            else {
                continue;
            };
            let way = Replay::new(flag).way(&subject, *at);
            let taken = way.filter(|(allocation, _)| enrols(flag, *allocation));
            if taken.and_then(|(allocation, _)| side.steps.get(allocation)) != Some(step) {
                return Err(Undecided::unreplayed());
            }
            found.push(Witness { subject, at: *at });
        }
        let found: Option<[Witness; 2]> = found.try_into().ok();
        Ok(Some(found))
    }
}
