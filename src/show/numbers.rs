//! The numbers of one region, and of several together.

use super::drawing::is_targeted;
use super::{Between, Line, LineShares, Part, Shares};
use crate::count::{Fraction, Outcome};
use crate::lower::{Lowered, OriginKind};
use crate::region::{Row, Undecided};

/// What becomes of a row's subjects, line by line.
pub(super) fn of_row(lines: &[Line], lowered: &Lowered, row: &Row) -> Result<Shares, Undecided> {
    if let Some((Outcome::Undecided(_), _)) = row.distribution.parts.iter().find(|(outcome, _)| undecided(*outcome)) {
        return Err(Undecided { reason: "the subject key decides about somebody, and it is not known".to_owned() });
    }
    let mut shares = Vec::with_capacity(lines.len());
    // Everyone whom no line so far took: a sum of what is left, because shares have no difference.
    let mut stopped_above = false;
    for (number, line) in lines.iter().enumerate() {
        let here = |outcome| line_of(lines, outcome) == Some(number);
        let below = |outcome| line_of(lines, outcome).is_none_or(|line| line > number);
        let (take, left) = (sum(row, here)?, sum(row, below)?);
        let reach = if stopped_above { Fraction::ZERO } else { sum(row, |outcome| here(outcome) || below(outcome))? };
        let nobody_below = left == sum(row, |outcome| outcome == Outcome::Default)?;
        let stops = line.stops && !stopped_above && is_targeted(line, row) && nobody_below;
        let (stopped, falls_on) = match (stopped_above, stops) {
            (true, _) => (Fraction::ZERO, Fraction::ZERO),
            (false, true) => (left, Fraction::ZERO),
            (false, false) => (Fraction::ZERO, left),
        };
        stopped_above |= stops;
        shares.push(LineShares {
            reach: alone(reach),
            take: alone(take),
            falls_on: alone(falls_on),
            stopped: alone(stopped),
            parts: parts(line, lowered, row)?,
        });
    }
    Ok(Shares { lines: shares, default: alone(sum(row, |outcome| outcome == Outcome::Default)?) })
}

/// From the least to the most of all; nobody anywhere where there are none.
pub(super) fn spanning(all: &[&Shares], lines: usize) -> Shares {
    let line = |number: usize| {
        let of = |which: fn(&LineShares) -> Between| {
            between(all.iter().filter_map(|shares| shares.lines.get(number)).map(which))
        };
        let first = all.first().and_then(|shares| shares.lines.get(number));
        let parts = first.map_or(&[][..], |line| &line.parts).iter().enumerate().map(|(index, part)| {
            let shares = all.iter().filter_map(|shares| shares.lines.get(number)?.parts.get(index));
            Part { share: between(shares.map(|part| part.share)), ..part.clone() }
        });
        LineShares {
            reach: of(|line| line.reach),
            take: of(|line| line.take),
            falls_on: of(|line| line.falls_on),
            stopped: of(|line| line.stopped),
            parts: parts.collect(),
        }
    };
    Shares { lines: (0..lines).map(line).collect(), default: between(all.iter().map(|shares| shares.default)) }
}

fn between(all: impl Iterator<Item = Between> + Clone) -> Between {
    let least = all.clone().map(|share| share.least).min();
    let most = all.map(|share| share.most).max();
    Between { least: least.unwrap_or(Fraction::ZERO), most: most.unwrap_or(Fraction::ZERO) }
}

fn alone(share: Fraction) -> Between {
    Between { least: share, most: share }
}

fn undecided(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Undecided(_))
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

/// What a line can assign, each once: its own variations first, then what each holdout serves.
fn parts(line: &Line, lowered: &Lowered, row: &Row) -> Result<Vec<Part>, Undecided> {
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
    let part = |(held_out, variation): (Option<&str>, &str)| {
        let share = sum(row, |outcome| {
            let Outcome::Assigned(allocation, _) = outcome else { return false };
            line.allocations.contains(&allocation)
                && holdout(lowered, allocation) == held_out
                && variation_of(lowered, outcome) == Some(variation)
        })?;
        let holdout = held_out.map(str::to_owned);
        Ok(Part { variation: variation.to_owned(), holdout, share: alone(share) })
    };
    ends.into_iter().map(part).collect()
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

fn sum(row: &Row, which: impl Fn(Outcome) -> bool) -> Result<Fraction, Undecided> {
    let fine = "the shares are too fine to be added exactly";
    row.distribution.share(which).map_err(|_| Undecided { reason: fine.to_owned() })
}
