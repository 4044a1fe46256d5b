//! Allocations that hold subjects out of the one below them, read back as holdouts.
//!
//! One is recognized only where compiling the holdout gives the same allocation again; anything else stays a step.

use std::collections::{BTreeMap, BTreeSet};

use super::name;
use crate::ufc::{Allocation, Config, Range, Shard, Split};

/// A holdout on its way to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holdout {
    pub salt: String,
    pub shards: u32,
    /// Wire dates.
    pub start: Option<String>,
    pub end: Option<String>,
}

/// The holdouts of all documents, by name.
pub(super) type Holdouts = BTreeMap<String, Holdout>;

/// An allocation as a holdout of the one below it.
struct Use<'a> {
    name: &'a str,
    serve: &'a str,
    shard: &'a Shard,
}

/// What all documents agree on.
pub(super) fn all(documents: &[(String, Config)]) -> Holdouts {
    let mut found: BTreeMap<String, Vec<Holdout>> = BTreeMap::new();
    let mut uses = Vec::new();
    let flags = documents.iter().flat_map(|(_, config)| config.flags.values());
    for flag in flags.filter_map(|flag| flag.as_ref().ok()).filter(|flag| flag.total_shards == crate::model::SHARDS) {
        for (index, allocation) in flag.allocations.iter().enumerate() {
            let Some((used, of)) = used(allocation, flag.allocations.get(index + 1..).unwrap_or(&[])) else { continue };
            let own = |bound: &Option<String>, of: &Option<String>| bound.clone().filter(|_| bound != of);
            found.entry(used.name.to_owned()).or_default().push(Holdout {
                salt: used.shard.salt.clone(),
                shards: used.shard.ranges.first().map_or(0, |range| range.end),
                start: own(&allocation.start_at, &of.start_at),
                end: own(&allocation.end_at, &of.end_at),
            });
            uses.push((used.name.to_owned(), allocation, of));
        }
    }
    let mut holdouts: Holdouts = found.into_iter().filter_map(|(name, uses)| Some((name, agreed(&uses)?))).collect();
    let inconsistent: BTreeSet<String> = uses
        .into_iter()
        .filter(|(name, allocation, of)| holdouts.get(name).is_some_and(|holdout| !explains(holdout, allocation, of)))
        .map(|(name, ..)| name)
        .collect();
    holdouts.retain(|name, _| !inconsistent.contains(name));
    holdouts
}

/// One definition for all uses; a bound that only some show is the holdout's.
fn agreed(uses: &[Holdout]) -> Option<Holdout> {
    let first = uses.first()?;
    let bound = |of: fn(&Holdout) -> &Option<String>| uses.iter().find_map(|one| of(one).clone());
    let same = uses.iter().all(|one| one.salt == first.salt && one.shards == first.shards);
    same.then(|| Holdout { start: bound(|one| &one.start), end: bound(|one| &one.end), ..first.clone() })
}

/// Whether the holdout's window and the allocation's together are the held-out allocation's.
fn explains(holdout: &Holdout, allocation: &Allocation, of: &Allocation) -> bool {
    let at = |bound: &Option<String>| bound.as_deref().and_then(crate::ufc::Instant::parse);
    let later = |a, b| if a > b { a } else { b };
    let earlier = |a, b| match (a, b) {
        (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
        (one, other) => one.or(other),
    };
    later(at(&holdout.start), at(&of.start_at)) == at(&allocation.start_at)
        && earlier(at(&holdout.end), at(&of.end_at)) == at(&allocation.end_at)
}

/// Name and served variation, where this allocation is nothing but a known holdout of the one that follows its like.
pub(super) fn held_out(allocation: &Allocation, later: &[Allocation], known: &Holdouts) -> Option<(String, String)> {
    let (used, _) = used(allocation, later)?;
    known.contains_key(used.name).then(|| (used.name.to_owned(), used.serve.to_owned()))
}

fn used<'a>(allocation: &'a Allocation, later: &'a [Allocation]) -> Option<(Use<'a>, &'a Allocation)> {
    let (of_key, name) = allocation.key.rsplit_once("/holdout/").filter(|(_, name)| name::is_name(name))?;
    let of = later.iter().find(|other| other.key == of_key)?;
    // Other holdouts of the same step may stand between, nothing else.
    let between = later.iter().take_while(|other| other.key != of_key);
    let mut between = between.map(|other| other.key.rsplit_once("/holdout/").map(|(key, _)| key));
    let once = later.iter().filter(|other| other.key == of_key || other.key == allocation.key).count() == 1;
    if !once || !allocation.do_log || allocation.rules != of.rules || between.any(|key| key != Some(of_key)) {
        return None;
    }
    if allocation.splits.len() != of.splits.len() {
        return None;
    }
    let first = allocation.splits.first()?;
    let shard = first.shards.last()?;
    let begins = matches!(shard.ranges.as_slice(), [Range { start: 0, end }] if *end > 0);
    let pairs = allocation.splits.iter().zip(&of.splits);
    let mut same = pairs.map(|(held, split)| is_held(held, split, name, shard, of.do_log));
    let one_variation = allocation.splits.iter().all(|split| split.variation_key == first.variation_key);
    (begins && one_variation && same.all(|same| same)).then_some((Use { name, serve: &first.variation_key, shard }, of))
}

fn is_held(held: &Split, split: &Split, name: &str, shard: &Shard, logged: bool) -> bool {
    let Some((last, others)) = held.shards.split_last() else { return false };
    let mut extra = if logged { split.extra_logging.clone() } else { BTreeMap::new() };
    extra.insert("holdoutKey".to_owned(), name.to_owned());
    extra.insert("holdoutVariation".to_owned(), crate::compile::STATUS_QUO.to_owned());
    last == shard && others == split.shards && held.extra_logging == extra
}
