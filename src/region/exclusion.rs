//! Whether one subject can be in two steps.

use jiff::Timestamp;

use super::compare::{Open, Question};
use super::course::{Step, holds_out, union};
use super::diagram::Function;
use super::pairing::Walk;
use super::replay::Replay;
use super::solve::{Keys, Values};
use super::time::Piece;
use super::{Apart, Exclusion, Limits, Side, Stretch, Undecided, Witness, witness};
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
    now: Timestamp,
    limits: Limits,
) -> Result<Exclusion, Undecided> {
    let steps = [first.1, second.1];
    let one_flag = std::ptr::eq(first.0.flag, second.0.flag);
    // One flag assigns one thing at a time.
    if !one_flag {
        let mut question = Question::new([first.0, second.0], [0, 0], limits)?;
        for (piece, open) in question.moments(now) {
            if let Some(subjects) = question.both(steps, &open, [piece.at_or_after(now); 2])? {
                let stretch = question.stretch(steps, piece, &open);
                return Ok(Exclusion::Violated(subjects.map(|[witness, _]| witness), stretch));
            }
        }
    }
    // A space tells conditions apart by where they are, so one flag on both sides needs a second self.
    let second_self = second.0.flag.clone();
    let other = Side { flag: &second_self, ..second.0.clone() };
    let sides = [first.0, &other];
    // Attributes and instants of their own on the two sides: only shards can keep apart.
    let mut question = Question::new(sides, [0, 1], limits)?;
    let Some(subjects) = question.at_any_times(steps, now)? else { return Ok(Exclusion::ByBucketing) };
    let (apart, moved) = apart(&mut question, steps, now, limits).unwrap_or((Apart::ByBoth, None));
    let subjects = moved.or(subjects);
    Ok(Exclusion::ByTargeting(apart, subjects.map(|[first, second]| Box::new((first, second)))))
}

/// One subject in both steps, as on each side; none where nobody was found within the budget.
type Subjects = Option<[Witness; 2]>;

/// What keeps apart whom shards do not, and somebody who gets around it by as little as possible. `question` has attributes of
/// their own on the two sides.
fn apart(
    question: &mut Question<'_>,
    steps: [usize; 2],
    now: Timestamp,
    limits: Limits,
) -> Result<(Apart, Subjects), Undecided> {
    let mut changed = None;
    for (piece, open) in question.moments(now) {
        changed = question.both(steps, &open, [piece.at_or_after(now); 2])?;
        if changed.is_some() {
            break;
        }
    }
    let is_timeless = question.moments(now).len() == 1;
    let later =
        if is_timeless { None } else { Question::new(question.sides, [0, 0], limits)?.at_any_times(steps, now)? };
    Ok(match (changed, later) {
        (None, None) => (Apart::ByEither, None),
        (Some(changed), None) => (Apart::ByAttributes, changed),
        (None, Some(later)) => (Apart::ByTime, later),
        (Some(changed), Some(_)) => (Apart::ByBoth, changed),
    })
}

impl Question<'_> {
    /// Somebody enrolled by both steps, by each at an instant of its own.
    fn at_any_times(&mut self, steps: [usize; 2], now: Timestamp) -> Result<Option<Subjects>, Undecided> {
        let mut ours: Vec<_> = Vec::new();
        let mut theirs: Vec<_> = Vec::new();
        for (piece, [left, right]) in self.moments(now) {
            let at = piece.at_or_after(now);
            if !ours.iter().any(|(_, known)| *known == left) {
                ours.push((at, left));
            }
            if !theirs.iter().any(|(_, known)| *known == right) {
                theirs.push((at, right));
            }
        }
        for (here, left) in &ours {
            for (there, right) in &theirs {
                let found = self.both(steps, &[left.clone(), right.clone()], [*here, *there])?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    /// The stretch of time around a piece in which somebody is enrolled by both steps at once. What could not be decided ends it.
    fn stretch(&mut self, steps: [usize; 2], piece: Piece, open: &Open) -> Stretch {
        let pieces = self.pieces();
        let mut known: Vec<(Open, bool)> = vec![(open.clone(), true)];
        let mut violates = |question: &mut Self, piece: &Piece, open: &Open| {
            if let Some((_, answer)) = known.iter().find(|(other, _)| other == open) {
                return *answer;
            }
            let answer = matches!(question.both(steps, open, [piece.at(); 2]), Ok(Some(_)));
            known.push((open.clone(), answer));
            answer
        };
        let own = pieces.iter().position(|(other, _)| *other == piece).unwrap_or(0);
        let mut stretch = Stretch { from: piece.from, until: piece.until };
        for (before, open) in pieces.iter().take(own).rev() {
            if !violates(self, before, open) {
                break;
            }
            stretch.from = before.from;
        }
        for (after, open) in pieces.iter().skip(own + 1) {
            if !violates(self, after, open) {
                break;
            }
            stretch.until = after.until;
        }
        stretch
    }

    /// Somebody enrolled by both steps, each at its instant: once as on the first side, once as on the second.
    fn both(
        &mut self,
        steps: [usize; 2],
        open: &[Vec<bool>; 2],
        at: [Timestamp; 2],
    ) -> Result<Option<Subjects>, Undecided> {
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
