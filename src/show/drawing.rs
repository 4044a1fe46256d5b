//! Rows to regions, and the instants at which these change.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Line, NamedKeys, Region, Shares, keys, numbers};
use crate::count::Targeting;
use crate::count::targeting::moments;
use crate::lower::Lowered;
use crate::region::{Row, Undecided};
use crate::ufc;

/// The part of a picture that depends on the instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawing {
    pub(super) overall: Shares,
    pub(super) regions: Vec<Region>,
    pub(super) keys: Vec<NamedKeys>,
}

impl Drawing {
    pub(super) fn of(lines: &[Line], lowered: &Lowered, rows: &[Row]) -> Result<Self, Undecided> {
        let mut regions: Vec<Region> = Vec::new();
        // Only looked up in: the order is that of the rows.
        let mut known: HashMap<Shares, usize> = HashMap::new();
        for row in rows.iter().filter(|row| row.key.is_none()) {
            let shares = numbers::of_row(lines, lowered, row)?;
            let targeted = reached_and_targeted(lines, &shares, row);
            match known.get(&shares).and_then(|region| regions.get_mut(*region)) {
                Some(region) => region.join(targeted, row),
                None => {
                    known.insert(shares.clone(), regions.len());
                    regions.push(Region { targeted, partly: Vec::new(), attributes: row.attributes.clone(), shares });
                }
            }
        }
        let all: Vec<&Shares> = regions.iter().map(|region| &region.shares).collect();
        let overall = numbers::spanning(&all, lines.len());
        let keys = keys::named(lines, lowered, rows)?;
        Ok(Self { overall, regions, keys })
    }

    /// Whether nobody's numbers differ. Attributes are only examples.
    pub(super) fn same_numbers(&self, other: &Self) -> bool {
        let regions: HashMap<&Shares, &Region> = other.regions.iter().map(|region| (&region.shares, region)).collect();
        let same = |region: &Region| {
            let other = regions.get(&region.shares);
            other.is_some_and(|other| other.targeted == region.targeted && other.partly == region.partly)
        };
        self.keys == other.keys && self.regions.len() == other.regions.len() && self.regions.iter().all(same)
    }
}

impl Region {
    /// Takes in others with the same numbers. The example with the fewest attributes says most plainly what they are.
    fn join(&mut self, targeted: Vec<usize>, row: &Row) {
        let (both, one): (Vec<usize>, Vec<usize>) =
            self.targeted.iter().partition(|line| targeted.binary_search(line).is_ok());
        let other = targeted.into_iter().filter(|line| !both.contains(line));
        self.partly.extend(one.into_iter().chain(other));
        self.partly.sort_unstable();
        self.partly.dedup();
        self.targeted = both;
        if row.attributes.len() < self.attributes.len() {
            self.attributes.clone_from(&row.attributes);
        }
    }
}

fn reached_and_targeted(lines: &[Line], shares: &Shares, row: &Row) -> Vec<usize> {
    let numbered = lines.iter().zip(&shares.lines).enumerate();
    let reached = numbered.filter(|(_, (line, shares))| !shares.reach.most.is_zero() && is_targeted(line, row));
    reached.map(|(number, _)| number).collect()
}

pub(super) fn is_targeted(line: &Line, row: &Row) -> bool {
    line.allocations.iter().any(|allocation| row.targeting.get(*allocation) == Some(&Targeting::In))
}

/// The instants from which on somebody's numbers are others than the millisecond before.
pub(super) fn changes(
    flag: &ufc::Flag,
    drawn: impl Fn(Timestamp) -> Result<Drawing, Undecided>,
) -> Result<Vec<Timestamp>, Undecided> {
    let mut changes = Vec::new();
    let mut moments = moments(flag).into_iter();
    // The first stands for all time before anything opens or closes.
    let Some(first) = moments.next().filter(|_| moments.len() > 0) else { return Ok(changes) };
    let mut before = drawn(first)?;
    for moment in moments {
        let now = drawn(moment)?;
        if !now.same_numbers(&before) {
            changes.push(moment);
        }
        before = now;
    }
    Ok(changes)
}
