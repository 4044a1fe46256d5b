//! The regions of attributes in which everybody's shares are the same, and the shares.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::course::count;
use super::diagram::{EVERYWHERE, Function, Mark, NOWHERE};
use super::solve::{Keys, Spot, Values};
use super::space::{Plan, Space};
use super::time::Windows;
use super::{Limits, Row, Side, Undecided, Universe};
use crate::count::{Distribution, Outcome, Targeting, shares};
use crate::evaluate::{AttributeValue, Attributes};
use crate::ufc;

/// The most rows of one waterfall.
const ROWS: usize = 4_096;

/// An allocation, with whom it targets and whether it takes all of them.
#[derive(Debug, Clone, Copy)]
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
    let windows = windows(side.flag);
    let open = windows.open(at);
    Rows::asking(side, given, universe, limits, windows, |allocation| open.get(allocation) == Some(&true))?.at(at)
}

fn windows(flag: &ufc::Flag) -> Windows {
    Windows::of(flag).filter(|_| flag.enabled).unwrap_or_default()
}

/// A waterfall whose rows can be asked for at one instant after the other, for less than asking anew each time.
#[derive(Debug)]
pub struct Rows<'q> {
    flag: &'q ufc::Flag,
    space: Space,
    windows: Windows,
    lines: Vec<Line>,
    start: Function,
    values: Values,
    keys: Keys,
    mark: Mark,
    /// Who is targeted by the same allocations gets the same at any time.
    counted: BTreeMap<Vec<Targeting>, Distribution>,
}

impl<'q> Rows<'q> {
    /// Those of all subjects who fulfil `given`, as [`super::rows()`] has them.
    ///
    /// # Errors
    /// When it could not be decided.
    pub fn of(side: &Side<'q>, given: &'q [ufc::Rule], universe: Universe, limits: Limits) -> Result<Self, Undecided> {
        Self::asking(side, given, universe, limits, windows(side.flag), |_| true)
    }

    /// Only those allocations can be open that `which` accepts.
    fn asking(
        side: &Side<'q>,
        given: &'q [ufc::Rule],
        universe: Universe,
        limits: Limits,
        windows: Windows,
        which: impl Fn(usize) -> bool,
    ) -> Result<Self, Undecided> {
        debug_assert!(count(side) <= side.flag.allocations.len().max(1));
        let mut plan = Plan::default();
        plan.flag(0, side.flag, |allocation| side.steps.get(allocation).copied().unwrap_or(0));
        plan.rules(0, given);
        let mut space = plan.cut(side.declared, limits)?;
        let lines = lines(&mut space, side.flag, which)?;
        let start = space.rules(given)?;
        let values = match universe {
            Universe::Any => Values::Any,
            Universe::Declared => Values::Typed,
        };
        let keys = if side.declared.contains_key("id") { Keys::Free } else { Keys::Unnamed };
        let mark = space.diagrams.mark();
        Ok(Self { flag: side.flag, space, windows, lines, start, values, keys, mark, counted: BTreeMap::new() })
    }

    /// The rows at an instant. All instants together may take as much work as one question.
    ///
    /// # Errors
    /// When there are too many, or it could not be decided.
    pub fn at(&mut self, at: Timestamp) -> Result<Vec<Row>, Undecided> {
        let Self { flag, space, windows, lines, start, values, keys, mark, counted } = self;
        space.sweep(*mark);
        let open = windows.open(at);
        let open: Vec<Line> = lines.iter().filter(|line| open.get(line.allocation) == Some(&true)).copied().collect();
        let mut found = Found { flag, values: *values, keys: *keys, rows: Vec::new(), counted };
        let targeting = vec![Targeting::Out; flag.allocations.len()];
        found.split(space, &open, *start, targeting.clone(), None)?;
        if *keys == Keys::Unnamed {
            for key in named(space) {
                found.of_key(space, &open, *start, targeting.clone(), &key)?;
            }
        }
        Ok(found.rows)
    }
}

fn lines(space: &mut Space, flag: &ufc::Flag, which: impl Fn(usize) -> bool) -> Result<Vec<Line>, Undecided> {
    let mut lines = Vec::new();
    for (index, allocation) in flag.allocations.iter().enumerate().filter(|(index, _)| which(*index)) {
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
    counted: &'f mut BTreeMap<Vec<Targeting>, Distribution>,
}

impl Found<'_> {
    /// Splits the region of one subject key, whose shards are known.
    fn of_key(
        &mut self,
        space: &mut Space,
        lines: &[Line],
        start: Function,
        targeting: Vec<Targeting>,
        key: &str,
    ) -> Result<(), Undecided> {
        let spot = space.spot_of(0, key);
        let start = space.at(start, &spot)?;
        let mut own = Vec::with_capacity(lines.len());
        for line in lines {
            let audience = space.at(line.audience, &spot)?;
            let content = self.flag.allocations.get(line.allocation);
            let takes_all =
                content.is_some_and(|allocation| allocation.splits.iter().any(|split| space.holds(split, &spot)));
            own.push(Line { allocation: line.allocation, audience, takes_all });
        }
        self.split(space, &own, start, targeting, Some((key, &spot)))
    }

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
            None => self.counted(&targeting)?,
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

    fn counted(&mut self, targeting: &[Targeting]) -> Result<Distribution, Undecided> {
        if let Some(known) = self.counted.get(targeting) {
            return Ok(known.clone());
        }
        let distribution = shares(self.flag, targeting).map_err(|_| Undecided {
            reason: "so many steps share their salts with others that counting would take too long".to_owned(),
        })?;
        if self.counted.len() < ROWS {
            self.counted.insert(targeting.to_vec(), distribution.clone());
        }
        Ok(distribution)
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
