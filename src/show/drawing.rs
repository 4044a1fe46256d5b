//! Rows to regions, and the instants at which these change.

use std::collections::HashMap;
use std::sync::Arc;

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
        let ends = numbers::Ends::of(lines, lowered);
        let mut regions: Vec<Region> = Vec::new();
        // Only looked up in: the order is that of the rows.
        let mut known: HashMap<Arc<Shares>, usize> = HashMap::new();
        for row in rows.iter().filter(|row| row.key.is_none()) {
            let shares = numbers::of_row(lines, &ends, row)?;
            let targeted = reached_and_targeted(lines, &shares, row);
            match known.get(&shares).and_then(|region| regions.get_mut(*region)) {
                Some(region) => region.join(targeted, row),
                None => {
                    let shares = Arc::new(shares);
                    known.insert(Arc::clone(&shares), regions.len());
                    regions.push(Region { targeted, partly: Vec::new(), attributes: row.attributes.clone(), shares });
                }
            }
        }
        let all: Vec<&Shares> = regions.iter().map(|region| &*region.shares).collect();
        let overall = numbers::spanning(&all, lines.len());
        let keys = keys::named(lines, lowered, rows)?;
        Ok(Self { overall, regions, keys })
    }

    /// Whether nobody's numbers differ. Attributes are only examples.
    pub(super) fn same_numbers(&self, other: &Self) -> bool {
        let regions: HashMap<&Shares, &Region> = other.regions.iter().map(|region| (&*region.shares, region)).collect();
        let same = |region: &Region| {
            let other = regions.get(&*region.shares);
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

/// When a picture is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The instants from which on somebody's numbers are others than the millisecond before.
    pub(super) known: Vec<Timestamp>,
    /// The instants at which something opens or closes and that nobody looked at: it would have taken too long.
    pub(super) unknown: Vec<Timestamp>,
}

impl Changes {
    /// Looks at what opens and closes around `at`, the nearest first, as long as `drawn` answers.
    pub(super) fn around(
        flag: &ufc::Flag,
        at: Timestamp,
        shown: &Drawing,
        mut drawn: impl FnMut(Timestamp) -> Option<Drawing>,
    ) -> Self {
        // The first stands for all time before anything opens or closes.
        let moments = moments(flag);
        let (first, moments) = moments.split_first().map_or((at, &[][..]), |(first, rest)| (*first, rest));
        let (past, future) = moments.split_at(moments.partition_point(|moment| *moment <= at));
        let mut found = Self::default();
        let (mut before, mut after) = (Some(shown.clone()), Some(shown.clone()));
        for distance in 0..past.len().max(future.len()) {
            if let Some(moment) = future.get(distance) {
                let now = after.as_ref().and_then(|_| drawn(*moment));
                found.add(*moment, after.as_ref().zip(now.as_ref()));
                after = now;
            }
            if let Some(index) = past.len().checked_sub(distance + 1)
                && let Some(moment) = past.get(index)
            {
                let earlier = index.checked_sub(1).and_then(|index| past.get(index)).copied().unwrap_or(first);
                let then = before.as_ref().and_then(|_| drawn(earlier));
                found.add(*moment, then.as_ref().zip(before.as_ref()));
                before = then;
            }
        }
        found.known.sort_unstable();
        found.unknown.sort_unstable();
        found
    }

    fn add(&mut self, moment: Timestamp, sides: Option<(&Drawing, &Drawing)>) {
        match sides {
            None => self.unknown.push(moment),
            Some((before, after)) if before.same_numbers(after) => {}
            Some(_) => self.known.push(moment),
        }
    }
}
