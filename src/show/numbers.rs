//! The numbers of one region, and of several together.

use std::sync::Arc;

use super::drawing::is_targeted;
use super::{Between, Line, LineShares, Part, Shares};
use crate::count::{Fraction, Outcome};
use crate::lower::{Lowered, OriginKind};
use crate::region::{Row, Undecided};
use crate::ufc::Split;

/// By which holdout, and which variation.
type Serving = (Option<Arc<str>>, Arc<str>);

/// What the lines of a waterfall can assign, found once for all its rows.
pub(super) struct Ends {
    /// The line of each allocation, and which of the line's parts each of its splits belongs to.
    splits: Vec<(usize, Vec<usize>)>,
    /// The parts of each line, by holdout and variation: its own variations first, then what each holdout serves.
    parts: Vec<Vec<Serving>>,
}

impl Ends {
    pub(super) fn of(lines: &[Line], lowered: &Lowered) -> Self {
        let mut splits = vec![(lines.len(), Vec::new()); lowered.flag.allocations.len()];
        let parts = lines.iter().enumerate().map(|(number, line)| {
            let own = parts(line, lowered);
            for allocation in &line.allocations {
                let content = lowered.flag.allocations.get(*allocation);
                let (Some(content), Some(entry)) = (content, splits.get_mut(*allocation)) else { continue };
                let held_out = holdout(lowered, *allocation);
                let part = |split: &Split| {
                    own.iter().position(|(by, serves)| by.as_deref() == held_out && **serves == *split.variation_key)
                };
                *entry = (number, content.splits.iter().map(|split| part(split).unwrap_or(own.len())).collect());
            }
            own
        });
        Self { parts: parts.collect(), splits }
    }

    /// The line of an outcome, and its part.
    fn part_of(&self, outcome: Outcome) -> Option<(usize, usize)> {
        let Outcome::Assigned(allocation, split) = outcome else { return None };
        let (line, parts) = self.splits.get(allocation)?;
        Some((*line, *parts.get(split)?))
    }
}

/// What becomes of a row's subjects, line by line.
pub(super) fn of_row(lines: &[Line], ends: &Ends, row: &Row) -> Result<Shares, Undecided> {
    let mut shares: Vec<Vec<Fraction>> = ends.parts.iter().map(|parts| vec![Fraction::ZERO; parts.len()]).collect();
    let mut left = Fraction::ZERO;
    for (outcome, share) in &row.distribution.parts {
        let part = ends.part_of(*outcome).and_then(|(line, part)| shares.get_mut(line)?.get_mut(part));
        match (outcome, part) {
            (Outcome::Assigned(..), Some(part)) => *part = part.plus(share),
            (Outcome::Default, _) => left = left.plus(share),
            (Outcome::Assigned(..) | Outcome::Undecided(_), _) => {
                let reason = "the subject key decides about somebody, and it is not known";
                return Err(Undecided { reason: reason.to_owned() });
            }
        }
    }
    let default = alone(left.clone());
    // From the end of the waterfall up, whom the lines so far and the default have is whoever gets there.
    let mut below = Arc::clone(&default.least);
    let mut numbered = Vec::with_capacity(lines.len());
    for (parts, shares) in ends.parts.iter().zip(&shares).rev() {
        let take = shares.iter().fold(Fraction::ZERO, |sum, share| sum.plus(share));
        let reach = if take.is_zero() { Arc::clone(&below) } else { Arc::new(below.plus(&take)) };
        let falls_on = std::mem::replace(&mut below, Arc::clone(&reach));
        let parts = parts.iter().zip(shares).map(|((holdout, variation), share)| Part {
            variation: Arc::clone(variation),
            holdout: holdout.clone(),
            share: alone(share.clone()),
        });
        let parts = parts.collect();
        numbered.push(LineShares {
            reach: same(reach),
            take: alone(take),
            falls_on: same(falls_on),
            stopped: nobody(),
            parts,
        });
    }
    numbered.reverse();
    stop(lines, row, &default, &mut numbered);
    Ok(Shares { lines: numbered, default })
}

/// Whom a line stops gets the default there, and no further.
fn stop(lines: &[Line], row: &Row, default: &Between, shares: &mut [LineShares]) {
    let stops = lines
        .iter()
        .zip(&*shares)
        .position(|(line, shares)| line.stops && is_targeted(line, row) && shares.falls_on == *default);
    for (number, line) in
        shares.iter_mut().enumerate().filter(|(number, _)| stops.is_some_and(|stops| *number >= stops))
    {
        let falls_on = std::mem::replace(&mut line.falls_on, nobody());
        if Some(number) == stops {
            line.stopped = falls_on;
        } else {
            line.reach = nobody();
        }
    }
}

/// From the least to the most of all; nobody anywhere where there are none.
pub(super) fn spanning(all: &[&Shares], lines: usize) -> Shares {
    let line = |number: usize| {
        let of = |which: fn(&LineShares) -> &Between| {
            between(all.iter().filter_map(|shares| shares.lines.get(number)).map(which))
        };
        let first = all.first().and_then(|shares| shares.lines.get(number));
        let parts = first.map_or(&[][..], |line| &line.parts).iter().enumerate().map(|(index, part)| {
            let shares = all.iter().filter_map(|shares| shares.lines.get(number)?.parts.get(index));
            Part { share: between(shares.map(|part| &part.share)), ..part.clone() }
        });
        LineShares {
            reach: of(|line| &line.reach),
            take: of(|line| &line.take),
            falls_on: of(|line| &line.falls_on),
            stopped: of(|line| &line.stopped),
            parts: parts.collect(),
        }
    };
    Shares { lines: (0..lines).map(line).collect(), default: between(all.iter().map(|shares| &shares.default)) }
}

fn between<'s>(all: impl Iterator<Item = &'s Between> + Clone) -> Between {
    let least = all.clone().map(|share| &share.least).min();
    let most = all.map(|share| &share.most).max();
    match (least, most) {
        (Some(least), Some(most)) => Between { least: Arc::clone(least), most: Arc::clone(most) },
        _ => nobody(),
    }
}

/// The same share in all regions.
pub(super) fn alone(share: Fraction) -> Between {
    same(Arc::new(share))
}

fn same(share: Arc<Fraction>) -> Between {
    Between { least: Arc::clone(&share), most: share }
}

fn nobody() -> Between {
    alone(Fraction::ZERO)
}

/// The line that an outcome comes from; none for the caller's default.
pub(super) fn line_of(lines: &[Line], outcome: Outcome) -> Option<usize> {
    match outcome {
        Outcome::Assigned(allocation, _) | Outcome::Undecided(allocation) => {
            lines.iter().position(|line| line.allocations.contains(&allocation))
        }
        Outcome::Default => None,
    }
}

/// What a line can assign, each once.
fn parts(line: &Line, lowered: &Lowered) -> Vec<Serving> {
    let mut ends: Vec<(Option<&str>, &str)> = Vec::new();
    for allocation in &line.allocations {
        let splits = lowered.flag.allocations.get(*allocation).map_or(&[][..], |allocation| &allocation.splits);
        for split in splits {
            let end = (holdout(lowered, *allocation), split.variation_key.as_str());
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
    }
    ends.sort_by_key(|(holdout, _)| holdout.is_some());
    ends.into_iter().map(|(holdout, variation)| (holdout.map(Arc::from), Arc::from(variation))).collect()
}

/// The holdout that an allocation stands for.
pub(super) fn holdout(lowered: &Lowered, allocation: usize) -> Option<&str> {
    match &lowered.origins.get(allocation)?.kind {
        OriginKind::Holdout(name) => Some(name),
        OriginKind::Step | OriginKind::Otherwise => None,
    }
}

/// The variation of an outcome.
pub(super) fn variation_of(lowered: &Lowered, outcome: Outcome) -> Option<&str> {
    let Outcome::Assigned(allocation, split) = outcome else { return None };
    Some(&lowered.flag.allocations.get(allocation)?.splits.get(split)?.variation_key)
}
