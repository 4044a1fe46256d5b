//! Waterfalls of which nothing has to be told, as can be seen at a glance: for every step somebody is there who reaches it and is taken.

use std::collections::BTreeMap;

use super::PIECES;
use super::share::{arm_salt, entangled};
use crate::evaluate::AttributeValue;
use crate::region::course::{count, holds_out};
use crate::region::somebody::{self, Somebody};
use crate::region::time::{Windows, pieces};
use crate::region::{LineKind, Waterfall};
use crate::ufc;

/// How many rules of a step are tried.
const RULES: usize = 4;
/// A subject key that nobody names.
const UNNAMED: &str = "other";

/// Whether there is nothing to tell, shares aside. False where it takes a longer look.
pub(super) fn is_plain(waterfall: &Waterfall<'_>) -> bool {
    let steps = count(&waterfall.side);
    (0..steps).all(|step| orders_nothing(waterfall, step)) && everyone_has_somebody(waterfall, steps).is_some()
}

fn kind(waterfall: &Waterfall<'_>, step: usize) -> LineKind {
    waterfall.kinds.get(step).copied().unwrap_or(LineKind::Gate)
}

/// The allocations of a step, by position.
fn own<'w>(waterfall: &'w Waterfall<'_>, step: usize) -> impl Iterator<Item = (usize, &'w ufc::Allocation)> {
    let side = &waterfall.side;
    side.flag
        .allocations
        .iter()
        .zip(&side.steps)
        .enumerate()
        .filter(move |(_, (_, own))| **own == step)
        .map(|(index, (allocation, _))| (index, allocation))
}

/// Whether no experiment above could enrol anybody whom the step wants, its holdouts concern no experiment below, and its arms share
/// their salt with nothing.
fn orders_nothing(waterfall: &Waterfall<'_>, step: usize) -> bool {
    let side = &waterfall.side;
    let experiment = |other: &usize| kind(waterfall, *other) == LineKind::Experiment;
    if kind(waterfall, step) != LineKind::Otherwise && (0..step).any(|above| experiment(&above)) {
        return false;
    }
    let has_holdouts =
        own(waterfall, step).any(|(index, _)| waterfall.holdouts.get(index).is_some_and(Option::is_some));
    if has_holdouts && (step + 1..count(side)).any(|below| experiment(&below)) {
        return false;
    }
    let arms = own(waterfall, step).map(|(_, allocation)| allocation).filter(|allocation| !holds_out(allocation));
    !experiment(&step)
        || arms.into_iter().all(|arms| arm_salt(arms).is_none_or(|salt| !entangled(side.flag, &side.steps, step, salt)))
}

/// Finds somebody for every step, whatever the time.
fn everyone_has_somebody(waterfall: &Waterfall<'_>, steps: usize) -> Option<()> {
    let side = &waterfall.side;
    let windows = Windows::of(side.flag)?;
    let pieces = pieces(&[&windows]);
    if pieces.len() > PIECES {
        return None;
    }
    let open: Vec<Vec<bool>> = pieces.into_iter().map(|piece| windows.open(piece.at())).collect();
    let keys_are_free = side.declared.contains_key("id");
    let conditions = side.flag.allocations.iter().flat_map(|one| &one.rules).flat_map(|rule| &rule.conditions);
    let mut lists = conditions.filter(|condition| condition.attribute == "id").filter_map(|one| one.value.as_array());
    if !keys_are_free && lists.any(|list| list.iter().any(|text| text == UNNAMED)) {
        return None;
    }
    for step in 0..steps {
        let mut allocations = own(waterfall, step).map(|(_, allocation)| allocation);
        let rules = &allocations.next()?.rules;
        // Of other rules at other times there would have to be others.
        if !allocations.all(|allocation| allocation.rules == *rules) {
            return None;
        }
        let everyone = rules.is_empty().then(Somebody::default);
        let of_rules = rules.iter().take(RULES).filter_map(|rule| {
            let named = !keys_are_free && rule.conditions.iter().any(|condition| condition.attribute == "id");
            if named { None } else { somebody::some(rule, side.declared).next() }
        });
        let mut all = everyone.into_iter().chain(of_rules).map(|somebody| match keys_are_free {
            true => somebody,
            false => somebody.with("id", AttributeValue::Text(UNNAMED.to_owned())),
        });
        all.find(|somebody| is_taken(waterfall, &open, step, somebody))?;
    }
    Some(())
}

/// Whether somebody whom a step targets gets past all steps above in some shards, and is taken in some others while the step is open.
fn is_taken(waterfall: &Waterfall<'_>, open: &[Vec<bool>], step: usize, somebody: &Somebody<'_>) -> bool {
    let side = &waterfall.side;
    let total = side.flag.total_shards;
    let above = side.flag.allocations.iter().zip(&side.steps).filter(|(_, other)| **other < step);
    let above: Vec<&ufc::Allocation> =
        above.map(|(allocation, _)| allocation).filter(|allocation| somebody.fulfils(&allocation.rules)).collect();
    let mut asked: BTreeMap<&str, Vec<ufc::Range>> = BTreeMap::new();
    for shard in above.iter().flat_map(|allocation| &allocation.splits).flat_map(|split| &split.shards) {
        asked.entry(&shard.salt).or_default().extend(&shard.ranges);
    }
    let leave_some: Vec<&str> =
        asked.into_iter().filter_map(|(salt, ranges)| (!fill(ranges, total)).then_some(salt)).collect();
    let misses = |split: &ufc::Split| split.shards.iter().any(|shard| leave_some.contains(&shard.salt.as_str()));
    if !above.iter().flat_map(|allocation| &allocation.splits).all(misses) {
        return false;
    }
    let takes = |split: &ufc::Split| {
        split.shards.iter().enumerate().all(|(index, shard)| {
            let again = split.shards.iter().take(index).any(|other| other.salt == shard.salt);
            let is_some = shard.ranges.iter().any(|range| range.start < range.end.min(total));
            let free =
                !above.iter().flat_map(|one| &one.splits).flat_map(|one| &one.shards).any(|one| one.salt == shard.salt);
            !again && is_some && free
        })
    };
    own(waterfall, step).any(|(index, allocation)| {
        open.iter().any(|open| open.get(index) == Some(&true)) && allocation.splits.iter().any(takes)
    })
}

/// Whether ranges hold all shards together.
fn fill(mut ranges: Vec<ufc::Range>, total: u32) -> bool {
    ranges.sort_unstable();
    let end = ranges.iter().fold(0, |end, range| if range.start <= end { end.max(range.end) } else { end });
    end >= total
}

#[cfg(test)]
mod tests;
