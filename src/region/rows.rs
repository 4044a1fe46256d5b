//! The regions of attributes in which everybody's shares are the same, and the shares.

use jiff::Timestamp;

use super::course::count;
use super::diagram::{EVERYWHERE, Function, NOWHERE};
use super::solve::{Keys, Spot, Values};
use super::space::{Plan, Space};
use super::time::Windows;
use super::{Limits, Row, Side, Undecided, Universe};
use crate::count::{Distribution, Outcome, Targeting, shares};
use crate::evaluate::{AttributeValue, Attributes};
use crate::ufc;

/// The most rows of one waterfall.
const ROWS: usize = 4_096;

/// Allocations in order, each with whom it targets and whether it takes all of them.
struct Line {
    allocation: usize,
    audience: Function,
    takes_all: bool,
}

/// See [`super::rows()`].
pub(super) fn rows(
    side: &Side<'_>,
    given: &[ufc::Rule],
    at: Timestamp,
    universe: Universe,
    limits: Limits,
) -> Result<Vec<Row>, Undecided> {
    let mut plan = Plan::default();
    plan.flag(0, side.flag, |allocation| side.steps.get(allocation).copied().unwrap_or(0));
    plan.rules(0, given);
    let mut space = plan.cut(side.declared, limits)?;
    let windows = Windows::of(side.flag).filter(|_| side.flag.enabled).unwrap_or_default();
    let lines = lines(&mut space, side.flag, &windows.open(at))?;
    let start = space.rules(given)?;
    let values = match universe {
        Universe::Any => Values::Any,
        Universe::Declared => Values::Typed,
    };
    let keys = if side.declared.contains_key("id") { Keys::Free } else { Keys::Unnamed };
    let mut found = Found { flag: side.flag, values, keys, rows: Vec::new() };
    let targeting = vec![Targeting::Out; side.flag.allocations.len()];
    found.split(&mut space, &lines, start, targeting.clone(), None)?;
    if keys == Keys::Unnamed {
        for key in named(&space) {
            let spot = space.spot_of(0, &key);
            let start = space.at(start, &spot)?;
            let mut own = Vec::with_capacity(lines.len());
            for line in &lines {
                let audience = space.at(line.audience, &spot)?;
                let takes_all = side
                    .flag
                    .allocations
                    .get(line.allocation)
                    .is_some_and(|allocation| allocation.splits.iter().any(|split| space.holds(split, &spot)));
                own.push(Line { allocation: line.allocation, audience, takes_all });
            }
            found.split(&mut space, &own, start, targeting.clone(), Some((&key, &spot)))?;
        }
    }
    debug_assert!(count(side) <= side.flag.allocations.len().max(1));
    Ok(found.rows)
}

fn lines(space: &mut Space, flag: &ufc::Flag, open: &[bool]) -> Result<Vec<Line>, Undecided> {
    let mut lines = Vec::new();
    for (index, (allocation, _)) in flag.allocations.iter().zip(open).enumerate().filter(|(_, (_, open))| **open) {
        let audience = space.rules(&allocation.rules)?;
        let mut all = NOWHERE;
        for split in &allocation.splits {
            let shards = space.split(split)?;
            all = space.diagrams.or(all, shards)?;
        }
        lines.push(Line { allocation: index, audience, takes_all: all == EVERYWHERE });
    }
    Ok(lines)
}

/// The subject keys that conditions on `id` name.
fn named(space: &Space) -> Vec<String> {
    let id = space.attribute(0, "id").and_then(|id| space.attributes.get(id));
    id.map_or_else(Vec::new, |id| id.domain.classes.iter().flat_map(|class| class.texts.iter().cloned()).collect())
}

struct Found<'f> {
    flag: &'f ufc::Flag,
    values: Values,
    keys: Keys,
    rows: Vec<Row>,
}

impl Found<'_> {
    /// Splits a region by whom the first of `lines` targets, and each part by the rest of them.
    fn split(
        &mut self,
        space: &mut Space,
        lines: &[Line],
        region: Function,
        targeting: Vec<Targeting>,
        key: Option<(&str, &Spot)>,
    ) -> Result<(), Undecided> {
        let keys = if key.is_some() { Keys::Free } else { self.keys };
        let Some(spot) = space.find(region, self.values, keys)? else { return Ok(()) };
        let Some((line, rest)) = lines.split_first() else { return self.row(space, &spot, targeting, key) };
        let inside = space.diagrams.and(region, line.audience)?;
        let outside = space.diagrams.without(region, line.audience)?;
        let mut targeted = targeting.clone();
        if let Some(entry) = targeted.get_mut(line.allocation) {
            *entry = Targeting::In;
        }
        // Nobody gets past an allocation that takes everyone it targets.
        let below = if line.takes_all { &[][..] } else { rest };
        self.split(space, below, inside, targeted, key)?;
        self.split(space, rest, outside, targeting, key)
    }

    fn row(
        &mut self,
        space: &Space,
        spot: &Spot,
        targeting: Vec<Targeting>,
        key: Option<(&str, &Spot)>,
    ) -> Result<(), Undecided> {
        if self.rows.len() >= ROWS {
            return Err(Undecided { reason: format!("more than {ROWS} regions of attributes fare differently here") });
        }
        let distribution = match key {
            Some((_, shards)) => Distribution::all(self.known(space, shards, &targeting)),
            None => shares(self.flag, &targeting).map_err(|_| Undecided {
                reason: "so many salts decide together that the exact shares do not fit".to_owned(),
            })?,
        };
        let mut attributes = Attributes::new();
        for (index, (_, _, value)) in &spot.attributes {
            let Some(attribute) = space.attributes.get(*index) else { continue };
            if *value != AttributeValue::Null && (attribute.name != "id" || self.keys == Keys::Free) {
                attributes.insert(attribute.name.clone(), value.clone());
            }
        }
        self.rows.push(Row { targeting, distribution, attributes, key: key.map(|(key, _)| key.to_owned()) });
        Ok(())
    }

    /// What becomes of a key whose shards are known.
    fn known(&self, space: &Space, shards: &Spot, targeting: &[Targeting]) -> Outcome {
        let targeted = self.flag.allocations.iter().enumerate().zip(targeting);
        for ((index, allocation), _) in targeted.filter(|(_, targeting)| **targeting == Targeting::In) {
            if let Some(split) = allocation.splits.iter().position(|split| space.holds(split, shards)) {
                return Outcome::Assigned(index, split);
            }
        }
        Outcome::Default
    }
}
