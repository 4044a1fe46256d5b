//! What two flags do to everybody, side by side.

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::compare::{Question, nothing};
use super::course::Label;
use super::diagram::{EVERYWHERE, Function, NOWHERE};
use super::lines::{self, Line, Outcome};
use super::replay::Replay;
use super::solve::{Keys, Spot, Values};
use super::space::Space;
use super::time::Piece;
use super::{Change, End, Limits, Side, Undecided, Witness, witness};
use crate::count::Fraction;

/// The most regions of attributes that are looked at.
const REGIONS: usize = 4_096;

/// See [`super::changes()`].
pub(super) fn changes(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    limits: Limits,
) -> Result<Vec<Change>, Undecided> {
    let nothing = nothing();
    let Some(declared) = before.or(after).map(|side| side.declared) else { return Ok(Vec::new()) };
    let empty = Side { flag: &nothing, steps: Vec::new(), declared };
    let sides = [before.unwrap_or(&empty), after.unwrap_or(&empty)];
    if sides[0].flag == sides[1].flag {
        return Ok(Vec::new());
    }
    let mut question = Question::new(sides, [0, 0], limits)?;
    let mut found: Vec<(Label, Label, Change)> = Vec::new();
    for (piece, open) in question.moments(Timestamp::MIN) {
        let lines = [question.lines(0, &open[0], usize::MAX)?, question.lines(1, &open[1], usize::MAX)?];
        let lines: Vec<&Line> = lines.iter().flatten().collect();
        let flags = sides.map(|side| side.flag);
        let mut regions = Regions { left: REGIONS, piece, flags, found: &mut found };
        regions.split(&mut question, &lines, EVERYWHERE, [Vec::new(), Vec::new()])?;
    }
    let order =
        |change: &Change| (change.from.allocation.unwrap_or(usize::MAX), change.to.allocation.unwrap_or(usize::MAX));
    let mut changes: Vec<Change> = found.into_iter().map(|(_, _, change)| change).collect();
    changes.sort_by_key(order);
    Ok(changes)
}

/// Regions of attributes at one piece of time.
struct Regions<'r> {
    left: usize,
    piece: Piece,
    flags: [&'r crate::ufc::Flag; 2],
    found: &'r mut Vec<(Label, Label, Change)>,
}

impl Regions<'_> {
    fn split<'l>(
        &mut self,
        question: &mut Question<'_>,
        lines: &[&'l Line],
        region: Function,
        targeted: [Vec<&'l Line>; 2],
    ) -> Result<(), Undecided> {
        let Some(spot) = question.space.find(region, Values::Any, Keys::Free)? else { return Ok(()) };
        let Some((line, rest)) = lines.split_first() else { return self.region(question, &spot, &targeted) };
        let inside = question.space.diagrams.and(region, line.audience)?;
        let outside = question.space.diagrams.without(region, line.audience)?;
        let (below, with) = lines::inside(line, rest, &targeted);
        self.split(question, &below, inside, with)?;
        self.split(question, rest, outside, targeted)
    }

    fn region(
        &mut self,
        question: &mut Question<'_>,
        spot: &Spot,
        targeted: &[Vec<&Line>; 2],
    ) -> Result<(), Undecided> {
        self.left = self.left.checked_sub(1).ok_or_else(|| Undecided {
            reason: format!("more than {REGIONS} regions of attributes fare differently here"),
        })?;
        let befores = question.outcomes(0, &targeted[0], usize::MAX)?;
        let afters = question.outcomes(1, &targeted[1], usize::MAX)?;
        // Ends that look alike from outside are one.
        let mut here: Vec<(Label, Label, End, End, Function)> = Vec::new();
        for Outcome { label: from, end: before, hit, .. } in &befores {
            for Outcome { label: to, end: after, hit: other, .. } in afters.iter().filter(|after| after.label != *from)
            {
                let both = question.space.diagrams.and(*hit, *other)?;
                match here.iter_mut().find(|(known, other, ..)| known == from && other == to) {
                    Some((_, _, _, _, sum)) => *sum = question.space.diagrams.or(*sum, both)?,
                    None => here.push((from.clone(), to.clone(), before.clone(), after.clone(), both)),
                }
            }
        }
        for (from, to, before, after, function) in here.into_iter().filter(|(.., function)| *function != NOWHERE) {
            let share = question.space.share(function, &mut FxHashMap::default()).ok_or_else(|| Undecided {
                reason: "attributes decide about a share of subjects with the same attributes".to_owned(),
            })?;
            self.note(&mut question.space, (from, to, before, after), spot, (function, share))?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        space: &mut Space,
        (from, to, before, after): (Label, Label, End, End),
        spot: &Spot,
        (function, share): (Function, Fraction),
    ) -> Result<(), Undecided> {
        if let Some((.., change)) = self.found.iter_mut().find(|(known, other, _)| *known == from && *other == to) {
            change.least = change.least.clone().min(share.clone());
            change.most = change.most.clone().max(share);
            return Ok(());
        }
        let whole = space.find(function, Values::Any, Keys::Free)?.map(|salts| {
            let mut whole = spot.clone();
            whole.salts.extend(salts.salts);
            whole
        });
        let subject = whole.and_then(|whole| witness::subject(space, &whole, 0));
        let at = self.piece.at();
        if let Some(subject) = &subject {
            let [before, after] = self.flags.map(|flag| Replay::new(flag).label(subject, at));
            if before == after {
                return Err(Undecided::unreplayed());
            }
        }
        let witness = subject.map(|subject| Witness { subject, at });
        self.found.push((from, to, Change { from: before, to: after, least: share.clone(), most: share, witness }));
        Ok(())
    }
}
