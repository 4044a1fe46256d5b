//! A waterfall as evaluators read it, line by line: for files, which have no author's words.

use std::collections::BTreeMap;

use super::Here;
use super::definition::shards;
use super::waterfall::Row;
use crate::audience::condition;
use crate::region::Declared;
use crate::ufc::{Allocation, Flag, Shard, Split};

/// The lines of a flag. With origins the allocations of a step are one line, as they are for its author.
pub(super) fn rows(here: &Here<'_>) -> Vec<Row> {
    let Some(flag) = here.wire else { return Vec::new() };
    let declared = here.half.side.declared;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let lines = flag.allocations.iter().map(|allocation| {
        let times = seen.entry(&allocation.key).or_default();
        *times += 1;
        row(flag, allocation, *times, declared)
    });
    lines.collect()
}

fn row(flag: &Flag, allocation: &Allocation, times: usize, declared: &BTreeMap<String, Declared>) -> Row {
    let key = if times == 1 { allocation.key.clone() } else { format!("{} ({times})", allocation.key) };
    let bounds = [("from", &allocation.start_at), ("until", &allocation.end_at)];
    let bounds = bounds.iter().filter_map(|(word, at)| at.as_ref().map(|at| format!("{word} {at}")));
    Row {
        name: key.clone(),
        key,
        kind: "allocation",
        audience: audience(allocation, declared),
        exposure: bounds.collect::<Vec<_>>().join(" "),
        gives: allocation.splits.iter().map(|split| given(flag, split)).collect::<Vec<_>>().join(", "),
        rest: format!("{} {:?} {:?}", allocation.do_log, allocation.splits, allocation.rules),
        span: None,
    }
}

fn audience(allocation: &Allocation, declared: &BTreeMap<String, Declared>) -> String {
    if allocation.rules.is_empty() {
        return "everyone".to_owned();
    }
    let rules = allocation.rules.iter().map(|rule| {
        let conditions =
            rule.conditions.iter().map(|one| condition::of_wire(one, declared.get(&one.attribute).copied()));
        let conditions: Vec<String> = conditions.collect();
        if conditions.is_empty() { "everyone".to_owned() } else { conditions.join(" and ") }
    });
    rules.collect::<Vec<_>>().join(" or ")
}

fn given(flag: &Flag, split: &Split) -> String {
    let sizes: Vec<String> = split.shards.iter().map(|shard| size(shard, flag.total_shards)).collect();
    let served = flag.variations.iter().find(|(key, _)| *key == split.variation_key);
    let served = served.map(|(_, variation)| format!(" = {}", variation.value));
    let served = served.unwrap_or_default();
    match sizes.as_slice() {
        [] => format!("{}{served}", split.variation_key),
        sizes => format!("{}{served} ({})", split.variation_key, sizes.join(" of ")),
    }
}

fn size(shard: &Shard, total: u32) -> String {
    let sum = shard.ranges.iter().map(|range| range.end.saturating_sub(range.start)).fold(0_u32, u32::saturating_add);
    shards(sum, total)
}
