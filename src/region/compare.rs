//! Whether two flags do the same to everybody, and whom they treat differently.

use jiff::Timestamp;

use super::course::{self, Label, Step, count, course};
use super::diagram::{EVERYWHERE, Full, Function, NOWHERE};
use super::pairing::{Pairing, Walk};
use super::replay::Replay;
use super::solve::{Keys, Spot, Values};
use super::space::{Plan, Space};
use super::time::{Piece, Windows, pieces};
use super::{Difference, End, Limits, Side, Undecided, witness};
use crate::ufc;

/// Two sides in one space.
pub(super) struct Question<'q> {
    pub(super) sides: [&'q Side<'q>; 2],
    pub(super) windows: [Windows; 2],
    pub(super) space: Space,
    pub(super) pairing: Pairing,
}

/// Which allocations are open on each side.
pub(super) type Open = [Vec<bool>; 2];

/// A flag that serves nobody.
pub(super) fn nothing() -> ufc::Flag {
    ufc::Flag {
        key: String::new(),
        enabled: true,
        variation_type: ufc::VariationType::String,
        variations: Vec::new(),
        allocations: Vec::new(),
        total_shards: 1,
    }
}

impl<'q> Question<'q> {
    /// `copies` says which copy of the attributes each side has.
    pub(super) fn new(sides: [&'q Side<'q>; 2], copies: [usize; 2], limits: Limits) -> Result<Self, Undecided> {
        Self::asking(sides, copies, &[], limits)
    }

    /// The same, where conditions of the first copy that neither side asks can be spoken of too.
    pub(super) fn asking(
        sides: [&'q Side<'q>; 2],
        copies: [usize; 2],
        more: &'q [ufc::Rule],
        limits: Limits,
    ) -> Result<Self, Undecided> {
        let mut plan = Plan::default();
        let [first, second] = sides;
        let offset = count(first);
        plan.flag(copies[0], first.flag, |allocation| first.steps.get(allocation).copied().unwrap_or(0));
        plan.flag(copies[1], second.flag, |allocation| offset + second.steps.get(allocation).copied().unwrap_or(0));
        plan.rules(copies[0], more);
        let mut space = plan.cut(first.declared, limits)?;
        let pairing = Pairing::new(&mut space, first, second);
        // A flag whose dates cannot be read is never open.
        let windows =
            [first, second].map(|side| Windows::of(side.flag).filter(|_| side.flag.enabled).unwrap_or_default());
        Ok(Self { sides, windows, space, pairing })
    }

    /// All of time in pieces, with what is open on each side.
    pub(super) fn pieces(&self) -> Vec<(Piece, Open)> {
        let open = |piece: Piece| [self.windows[0].open(piece.at()), self.windows[1].open(piece.at())];
        pieces(&[&self.windows[0], &self.windows[1]]).into_iter().map(|piece| (piece, open(piece))).collect()
    }

    /// Pieces of time in which the waterfalls are different from all others, with what is open on each side: those that are not
    /// over `now` first.
    pub(super) fn moments(&self, now: Timestamp) -> Vec<(Piece, Open)> {
        let (coming, past): (Vec<_>, Vec<_>) = self.pieces().into_iter().partition(|(piece, _)| piece.lasts(now));
        let mut moments: Vec<(Piece, Open)> = Vec::new();
        for (piece, open) in coming.into_iter().chain(past) {
            if !moments.iter().any(|(_, known)| *known == open) {
                moments.push((piece, open));
            }
        }
        moments
    }

    pub(super) fn courses(&mut self, open: &[Vec<bool>; 2]) -> Result<[Vec<Step>; 2], Undecided> {
        let first = course(&mut self.space, self.sides[0], &open[0])?;
        let second = course(&mut self.space, self.sides[1], &open[1])?;
        Ok([first, second])
    }
}

/// See [`super::compare()`].
pub(super) fn compare(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    limits: Limits,
) -> Result<Option<Difference>, Undecided> {
    let nothing = nothing();
    let declared = before.or(after).map(|side| side.declared);
    let Some(declared) = declared else { return Ok(None) };
    let empty = Side { flag: &nothing, steps: Vec::new(), declared };
    let sides = [before.unwrap_or(&empty), after.unwrap_or(&empty)];
    if sides[0].flag == sides[1].flag {
        return Ok(None);
    }
    let mut question = Question::new(sides, [0, 0], limits)?;
    for (piece, open) in question.moments(Timestamp::MIN) {
        let courses = question.courses(&open)?;
        if let Some(difference) = question.difference(&courses, piece.at())? {
            return Ok(Some(difference));
        }
    }
    Ok(None)
}

/// An end of a waterfall: a step, by number, or past the last step the caller's default.
pub(super) struct Ends<'c> {
    pub(super) step: usize,
    pub(super) ways: Vec<Way<'c>>,
    /// For each thing that can be seen of it, who gets that.
    seen: Vec<(Label, Function)>,
}

/// A way out, none for the caller's default; what can be seen of it, and who leaves by it.
pub(super) type Way<'c> = (Option<&'c course::Way>, Label, Function);

pub(super) fn ends<'c>(space: &mut Space, flag: &ufc::Flag, course: &'c [Step]) -> Result<Vec<Ends<'c>>, Full> {
    let steps = course.iter().enumerate().map(|(number, step)| {
        (number, step.ways.iter().map(|way| (Some(way), Label::of(flag, way), way.hit)).collect())
    });
    let default = (course.len(), vec![(None, Label::DEFAULT, EVERYWHERE)]);
    let all = steps.chain([default]).map(|(step, ways): (usize, Vec<Way<'c>>)| {
        let mut seen: Vec<(Label, Function)> = Vec::new();
        for (_, label, hit) in &ways {
            match seen.iter_mut().find(|(known, _)| known == label) {
                Some((_, known)) => *known = space.diagrams.or(*known, *hit)?,
                None => seen.push((label.clone(), *hit)),
            }
        }
        Ok(Ends { step, ways, seen })
    });
    all.collect()
}

impl Question<'_> {
    fn difference(&mut self, courses: &[Vec<Step>; 2], at: Timestamp) -> Result<Option<Difference>, Undecided> {
        let [first, second] = courses;
        let space = &mut self.space;
        let flags = [self.sides[0].flag, self.sides[1].flag];
        let (firsts, seconds) = (ends(space, flags[0], first)?, ends(space, flags[1], second)?);
        let mut walk = Walk { pairing: &self.pairing, first, second, passes: Default::default() };
        let mark = space.diagrams.mark();
        for left in &firsts {
            for right in &seconds {
                if space.sweep(mark) {
                    walk.passes.clear();
                }
                let pair = (left.step, right.step);
                for (label, hit) in &left.seen {
                    let others = right.seen.iter().filter(|(other, _)| other != label).map(|(_, hit)| *hit);
                    let here = [*hit, space.diagrams.any(others)?];
                    if here.contains(&NOWHERE) {
                        continue;
                    }
                    let end = walk.ending(space, here, pair)?;
                    let Some(spot) = space.find_all(&end, Values::Any, Keys::Free)? else { continue };
                    let whole = walk.whole(space, &spot, here, pair, (Values::Any, Keys::Free))?;
                    let spot = whole.unwrap_or(spot);
                    return shown(space, flags, &spot, (&left.ways, &right.ways), at).map(Some);
                }
            }
        }
        Ok(None)
    }
}

/// A difference at a spot, with somebody for whom it can be seen.
fn shown(
    space: &mut Space,
    flags: [&ufc::Flag; 2],
    spot: &Spot,
    (lefts, rights): (&[Way<'_>], &[Way<'_>]),
    at: Timestamp,
) -> Result<Difference, Undecided> {
    if let Some(subject) = witness::subject(space, spot, 0) {
        let replays = flags.map(Replay::new);
        let [one, two] = replays.each_ref().map(|replay| replay.label(&subject, at));
        if one == two {
            return Err(Undecided::unreplayed());
        }
        let [before, after] = replays.map(|replay| replay.end(&subject, at));
        return Ok(Difference { witness: Some(super::Witness { subject, at }), before, after });
    }
    for (one, left, hit) in lefts {
        for (two, _, other) in rights.iter().filter(|(_, right, _)| right != left) {
            let both = space.diagrams.and(*hit, *other)?;
            if space.at(both, spot)? != NOWHERE {
                let (before, after) = (End::of(flags[0], *one), End::of(flags[1], *two));
                return Ok(Difference { witness: None, before, after });
            }
        }
    }
    Err(Undecided::unreplayed())
}
