//! What becomes of whom between two flags: exact shares, audience by audience, from now on.

mod cells;
mod keys;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::compare::{Question, ends, nothing};
use super::course::{Label, Step, count};
use super::diagram::Function;
use super::pairing::Walk;
use super::replay::Replay;
use super::solve::{Keys, Spot, Values};
use super::time::pieces;
use super::{Audience, Declared, End, Limits, Move, Portion, Side, Undecided, Witness, witness};
use cells::{Cell, Stop};
use words::Words;

/// Where somebody ends before, and where after; by what can be seen from outside, and by step.
#[derive(Debug, Clone, PartialEq)]
struct Ends {
    steps: [usize; 2],
    labels: [Label; 2],
    ends: [End; 2],
}

impl Ends {
    fn is(&self, other: &Self) -> bool {
        self.steps == other.steps && self.labels == other.labels
    }
}

/// See [`super::moves()`].
pub(super) fn moves(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<Move>, Undecided> {
    let nothing = nothing();
    let declared = declared(before, after);
    let none = Side { flag: &nothing, steps: Vec::new(), declared: &declared };
    let [first, second] =
        [before, after].map(|side| side.unwrap_or(&none)).map(|side| Side { declared: &declared, ..side.clone() });
    if first.flag == second.flag {
        return Ok(Vec::new());
    }
    let thresholds = words::thresholds([first.flag, second.flag]);
    let mut question = Question::asking([&first, &second], [0, 0], &thresholds, limits)?;
    let mut known: Vec<([Vec<bool>; 2], Vec<Found>)> = Vec::new();
    let mut found: Vec<(Ends, Move)> = Vec::new();
    for piece in pieces(&[&question.windows[0], &question.windows[1]]).into_iter().filter(|piece| piece.lasts(now)) {
        let at = piece.at_or_after(now);
        let open = [question.windows[0].open(at), question.windows[1].open(at)];
        let same = known.iter().find(|(same, _)| *same == open).map(|(_, moves)| moves.clone());
        let here = match same {
            Some(here) => here,
            None => {
                let here = Moment::new(&mut question, &open, at)?.moves(&mut question, &thresholds)?;
                known.push((open, here.clone()));
                here
            }
        };
        for Found { ends, audience, portion, subject } in here {
            let witness = subject.map(|subject| Witness { subject, at });
            let before = piece.from.and_then(|from| Timestamp::from_millisecond(from.as_millisecond() - 1).ok());
            let goes_on = |(known, one): &&mut (Ends, Move)| {
                before.is_some()
                    && one.until == before
                    && known.is(&ends)
                    && one.audience == audience
                    && one.portion == portion
            };
            match found.iter_mut().find(goes_on) {
                Some((_, one)) => one.until = piece.until,
                None => {
                    let [from, to] = ends.ends.clone();
                    let (since, until) = (piece.begins_after(now), piece.until);
                    found.push((ends, Move { audience, portion, from, to, since, until, witness }));
                }
            }
        }
    }
    found.sort_by_key(|(ends, one)| (one.since, ends.steps));
    Ok(found.into_iter().map(|(_, one)| one).collect())
}

/// What either side declares. Where they disagree nothing is assumed.
fn declared(before: Option<&Side<'_>>, after: Option<&Side<'_>>) -> BTreeMap<String, Declared> {
    let mut declared = BTreeMap::new();
    let [first, second] = [before, after].map(|side| side.map(|side| side.declared));
    for (name, kind) in first.into_iter().chain(second).flatten() {
        let agrees = [first, second].iter().flatten().all(|side| side.get(name).is_none_or(|other| other == kind));
        // That callers may pass an `id` is no matter of types.
        if agrees || name == "id" {
            declared.insert(name.clone(), *kind);
        }
    }
    declared
}

/// A move at one moment.
#[derive(Debug, Clone)]
struct Found {
    ends: Ends,
    audience: Audience,
    portion: Portion,
    subject: Option<crate::evaluate::Subject>,
}

/// Both waterfalls at one instant, and from which of their ends to which somebody moves.
struct Moment {
    at: Timestamp,
    open: [Vec<bool>; 2],
    courses: [Vec<Step>; 2],
    pairs: Vec<Pair>,
}

/// An end of the first and an end of the second that somebody comes to.
struct Pair {
    ends: Ends,
    /// Who is at both when nothing above took them, first and second, and of whom all of the others hold too.
    here: Vec<([Function; 2], Vec<Function>)>,
}

impl Moment {
    fn new(question: &mut Question<'_>, open: &[Vec<bool>; 2], at: Timestamp) -> Result<Self, Undecided> {
        let courses = question.courses(open)?;
        let flags = question.sides.map(|side| side.flag);
        let [first, second] = &courses;
        let space = &mut question.space;
        let (firsts, seconds) = (ends(space, flags[0], first)?, ends(space, flags[1], second)?);
        let mut walk = Walk { pairing: &question.pairing, first, second, passes: Default::default() };
        let mut pairs: Vec<Pair> = Vec::new();
        for left in &firsts {
            for right in &seconds {
                let steps = (left.step, right.step);
                for (one, from, hit) in &left.ways {
                    for (two, to, other) in right.ways.iter().filter(|(_, to, _)| to != from) {
                        let here = [*hit, *other];
                        let ending = walk.ending(space, here, steps)?;
                        if space.find_all(&ending, Values::Any, Keys::Free)?.is_none() {
                            continue;
                        }
                        let ends = Ends {
                            steps: [left.step, right.step],
                            labels: [from.clone(), to.clone()],
                            ends: [End::of(flags[0], *one), End::of(flags[1], *two)],
                        };
                        match pairs.iter_mut().find(|pair| pair.ends.is(&ends)) {
                            Some(pair) => pair.here.push((here, ending)),
                            None => pairs.push(Pair { ends, here: vec![(here, ending)] }),
                        }
                    }
                }
            }
        }
        Ok(Self { at, open: open.clone(), courses, pairs })
    }

    fn moves(&self, question: &mut Question<'_>, thresholds: &[crate::ufc::Rule]) -> Result<Vec<Found>, Undecided> {
        if self.pairs.is_empty() {
            return Ok(Vec::new());
        }
        let mut words = Words::new(question, self, thresholds)?;
        let counted = self.counted(question, &mut words);
        let mut found = match counted {
            Ok(found) => found,
            Err(Stop::Undecided(Undecided { reason })) => return self.uncounted(question, &words, &[], &reason),
            Err(Stop::Many) => {
                let reason = "its subjects fall into too many regions of attributes to count them one by one";
                return self.uncounted(question, &words, &[], reason);
            }
        };
        let reason = "it depends on what callers pass as `id`";
        let rest = self.uncounted(question, &words, &found, reason)?;
        found.extend(rest);
        Ok(found)
    }

    fn counted(&self, question: &mut Question<'_>, words: &mut Words) -> Result<Vec<Found>, Stop> {
        let mut found = Vec::new();
        let asks_id = question.space.attribute(0, "id").is_some();
        let tied = asks_id && !question.sides[0].declared.contains_key("id");
        let keys = if tied { Keys::Unnamed } else { Keys::Free };
        let lines = cells::lines(question, self)?;
        let cells = cells::cells(question, self, &lines, keys)?;
        self.group(question, words, &cells, keys, Portion::Share, &mut found)?;
        if tied {
            keys::named(self, question, words, &lines, &mut found)?;
            let mut others = Vec::new();
            let cells = cells::cells(question, self, &lines, Keys::Free)?;
            self.group(question, words, &cells, Keys::Free, Portion::OtherId, &mut others)?;
            others.retain(|other| !found.iter().any(|known| known.ends.is(&other.ends)));
            found.extend(others);
        }
        Ok(found)
    }

    /// Cells whose subjects move alike, and equally many of them, are one audience.
    fn group(
        &self,
        question: &mut Question<'_>,
        words: &mut Words,
        cells: &[Cell],
        keys: Keys,
        portion: impl Fn(crate::count::Fraction) -> Portion,
        found: &mut Vec<Found>,
    ) -> Result<(), Stop> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for cell in cells {
            for (ends, function, share) in &cell.moves {
                let alike = |group: &&mut Group<'_>| group.ends.is(ends) && group.portion == portion(share.clone());
                match groups.iter_mut().find(alike) {
                    Some(group) => group.cells.push(cell.region),
                    None => groups.push(Group {
                        ends,
                        portion: portion(share.clone()),
                        cells: vec![cell.region],
                        spot: &cell.spot,
                        shards: *function,
                    }),
                }
            }
        }
        for group in groups {
            let audience = words.describe(&mut question.space, &group.cells, keys)?;
            let subject = self.subject(question, group.spot, group.shards, group.ends)?;
            let Group { ends, portion, .. } = group;
            found.push(Found { ends: ends.clone(), audience, portion, subject });
        }
        Ok(())
    }

    /// Somebody at a spot whose shards are in `shards`.
    fn subject(
        &self,
        question: &mut Question<'_>,
        spot: &Spot,
        shards: Function,
        ends: &Ends,
    ) -> Result<Option<crate::evaluate::Subject>, Undecided> {
        let space = &mut question.space;
        let whole = space.find(shards, Values::Any, Keys::Free)?.map(|salts| {
            let mut whole = spot.clone();
            whole.salts.extend(salts.salts);
            whole
        });
        self.replayed(question, whole.as_ref(), ends)
    }

    fn replayed(
        &self,
        question: &Question<'_>,
        whole: Option<&Spot>,
        ends: &Ends,
    ) -> Result<Option<crate::evaluate::Subject>, Undecided> {
        let subject = whole.and_then(|whole| witness::subject(&question.space, whole, 0));
        if let Some(subject) = &subject {
            let replayed = question.sides.map(|side| Replay::new(side.flag).end(subject, self.at));
            let alike =
                |(seen, wanted): (&End, &End)| seen.variation == wanted.variation && seen.logged == wanted.logged;
            if !replayed.iter().zip(&ends.ends).all(alike) {
                return Err(Undecided::unreplayed());
            }
        }
        Ok(subject)
    }

    /// The moves that nobody counted yet.
    fn uncounted(
        &self,
        question: &mut Question<'_>,
        words: &Words,
        counted: &[Found],
        reason: &str,
    ) -> Result<Vec<Found>, Undecided> {
        let mut found = Vec::new();
        let [first, second] = &self.courses;
        for pair in self.pairs.iter().filter(|pair| !counted.iter().any(|known| known.ends.is(&pair.ends))) {
            let steps = (pair.ends.steps[0], pair.ends.steps[1]);
            let pairing = &question.pairing;
            let walk = Walk { pairing, first, second, passes: Default::default() };
            let mut whole = None;
            'found: for means in [(Values::Typed, Keys::Unnamed), (Values::Any, Keys::Free)] {
                for (here, ending) in &pair.here {
                    if let Some(spot) = question.space.find_all(ending, means.0, means.1)? {
                        whole = walk.whole(&mut question.space, &spot, *here, steps, means)?;
                        break 'found;
                    }
                }
            }
            let subject = self.replayed(question, whole.as_ref(), &pair.ends)?;
            let audience = words.step(self, &question.sides.map(count), steps);
            let portion = Portion::Uncounted(reason.to_owned());
            found.push(Found { ends: pair.ends.clone(), audience, portion, subject });
        }
        Ok(found)
    }
}

/// Cells of one audience.
struct Group<'c> {
    ends: &'c Ends,
    portion: Portion,
    cells: Vec<Function>,
    spot: &'c Spot,
    shards: Function,
}
