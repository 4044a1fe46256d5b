//! Splits and shards read back as exposures, splits, and slots of layers.

use std::collections::BTreeMap;

use crate::ufc::{Range, Split};

/// Sorted, disjoint ranges.
type Ranges = Vec<Range>;

/// What the splits of one allocation come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// `[0, end)` of this salt, when not everyone is exposed.
    pub traffic: Option<(String, u32)>,
    /// A range of a salt that begins above 0, or that other steps share.
    pub slot: Option<(String, Range)>,
    /// Whom it serves.
    pub arms: Arms,
    /// Of every split.
    pub extra_logging: BTreeMap<String, String>,
}

/// Whom an allocation serves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Arms {
    /// Everyone exposed gets one variation.
    One(String),
    /// By hash of a salt: variation and ranges, in order of their first range.
    Split(String, Vec<(String, Ranges)>),
}

/// The shape of splits, `None` when they never assign; the reason when one step cannot say it.
/// `layers` are the salts that several steps cut up between them.
pub(super) fn shape(splits: &[Split], total: u32, layers: &[String]) -> Result<Option<Shape>, String> {
    let mut live: Vec<(&Split, BTreeMap<&str, Ranges>)> = Vec::new();
    for split in splits {
        let Some(salts) = salts(split, total) else { continue };
        // A split below one with the same shards is never reached.
        if live.iter().any(|(_, above)| *above == salts) {
            continue;
        }
        let everyone = salts.is_empty();
        live.push((split, salts));
        if everyone {
            break;
        }
    }
    let Some((first, _)) = live.first() else { return Ok(None) };
    if live.iter().any(|(split, _)| split.extra_logging != first.extra_logging) {
        return Err("its splits log different extra values, and a step has one `extra-logging`".to_owned());
    }
    let extra_logging = first.extra_logging.clone();
    let common = |salt: &str| {
        let ranges = live.first().and_then(|(_, salts)| salts.get(salt));
        live.iter().all(|(_, salts)| salts.get(salt) == ranges)
    };
    let all: std::collections::BTreeSet<&str> = live.iter().flat_map(|(_, salts)| salts.keys().copied()).collect();
    let (shared, varying): (Vec<&str>, Vec<&str>) = all.into_iter().partition(|salt| common(salt));
    let mut shared: Vec<(&str, Ranges)> = shared
        .into_iter()
        .filter_map(|salt| live.first().and_then(|(_, salts)| salts.get(salt)).map(|ranges| (salt, ranges.clone())))
        .collect();
    let mut arms = match varying.as_slice() {
        [] => Arms::One(first.variation_key.clone()),
        [salt] => Arms::Split((*salt).to_owned(), arms_of(&live, salt, total)),
        _ => return Err(format!("its splits hash by {} salts at once; a step splits by one", varying.len())),
    };
    if let Arms::Split(_, by_variation) = &arms
        && let [(variation, ranges)] = by_variation.as_slice()
        && is_everything(ranges, total)
    {
        arms = Arms::One(variation.clone());
    }
    // A single variation on ranges that neither an exposure nor a slot can say, or by a salt too many, is a split with gaps.
    if let Arms::One(variation) = &arms
        && let Some(at) = beyond_exposure_and_slot(&shared, layers)
    {
        let (salt, ranges) = shared.remove(at);
        arms = Arms::Split(salt.to_owned(), vec![(variation.clone(), ranges)]);
    }
    let (traffic, slot) = traffic_and_slot(shared, layers, total)?;
    Ok(Some(Shape { traffic, slot, arms, extra_logging }))
}

fn shared_start(ranges: &[Range]) -> u32 {
    ranges.first().map_or(0, |range| range.start)
}

fn is_layer(salt: &str, layers: &[String]) -> bool {
    layers.iter().any(|layer| layer == salt)
}

/// The limit of a single variation that becomes its split.
fn beyond_exposure_and_slot(shared: &[(&str, Ranges)], layers: &[String]) -> Option<usize> {
    let odd =
        |(salt, ranges): &(&str, Ranges)| ranges.len() > 1 || (shared_start(ranges) > 0 && !is_layer(salt, layers));
    let too_many = || shared.iter().position(|(_, ranges)| shared.len() > 2 && shared_start(ranges) == 0);
    shared.iter().position(odd).or_else(too_many)
}

type TrafficAndSlot = (Option<(String, u32)>, Option<(String, Range)>);

fn traffic_and_slot(shared: Vec<(&str, Ranges)>, layers: &[String], total: u32) -> Result<TrafficAndSlot, String> {
    let mut limits = Vec::new();
    for (salt, ranges) in shared {
        match ranges.as_slice() {
            [range] => limits.push((salt, *range)),
            _ => return Err(format!("its exposure by salt `{salt}` has several ranges")),
        }
    }
    let own = limits.iter().position(|(salt, range)| range.start == 0 && !is_layer(salt, layers));
    // Of two salts that other flags use too, one that begins at 0 is as good an exposure.
    let any = || limits.iter().position(|(_, range)| limits.len() > 1 && range.start == 0);
    let traffic = own.or_else(any).map(|at| limits.remove(at));
    let slot = limits.pop();
    if let Some((salt, _)) = limits.first() {
        return Err(format!("it is limited by salt `{salt}` besides an exposure and a slot of a layer"));
    }
    if let Some((salt, _)) = slot.filter(|_| total != crate::model::SHARDS) {
        return Err(format!(
            "it is limited by salt `{salt}`, and slots of layers need {} shards",
            crate::model::SHARDS
        ));
    }
    let named = |(salt, range): (&str, Range)| (salt.to_owned(), range);
    Ok((traffic.map(|(salt, range)| (salt.to_owned(), range.end)), slot.map(named)))
}

/// The salts a split depends on, with their ranges; `None` when no shard matches.
fn salts(split: &Split, total: u32) -> Option<BTreeMap<&str, Ranges>> {
    let mut salts: BTreeMap<&str, Ranges> = BTreeMap::new();
    for shard in &split.shards {
        let ranges = normal(&shard.ranges, total);
        let both = match salts.get(shard.salt.as_str()) {
            Some(present) => intersection(present, &ranges),
            None => ranges,
        };
        salts.insert(&shard.salt, both);
    }
    if salts.values().any(Vec::is_empty) {
        return None;
    }
    salts.retain(|_, ranges| !is_everything(ranges, total));
    Some(salts)
}

/// Who gets what by one salt: a split takes what those above it left.
fn arms_of(live: &[(&Split, BTreeMap<&str, Ranges>)], salt: &str, total: u32) -> Vec<(String, Ranges)> {
    let everything = vec![Range { start: 0, end: total }];
    let mut left = everything.clone();
    let mut arms: Vec<(String, Ranges)> = Vec::new();
    for (split, salts) in live {
        let wanted = salts.get(salt).unwrap_or(&everything);
        let taken = intersection(&left, wanted);
        left = difference(&left, wanted, total);
        if taken.is_empty() {
            continue;
        }
        match arms.iter_mut().find(|(variation, _)| *variation == split.variation_key) {
            Some((_, ranges)) => {
                ranges.extend(taken);
                *ranges = normal(ranges, total);
            }
            None => arms.push((split.variation_key.clone(), taken)),
        }
    }
    arms.sort_by_key(|(_, ranges)| shared_start(ranges));
    arms
}

pub(super) fn is_everything(ranges: &[Range], total: u32) -> bool {
    matches!(ranges, [range] if range.start == 0 && range.end >= total)
}

/// Clamped, sorted, merged.
fn normal(ranges: &[Range], total: u32) -> Ranges {
    let mut sorted: Ranges =
        ranges.iter().map(|range| Range { start: range.start, end: range.end.min(total) }).collect();
    sorted.retain(|range| range.start < range.end);
    sorted.sort();
    let mut merged: Ranges = Vec::new();
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn intersection(a: &[Range], b: &[Range]) -> Ranges {
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y)));
    let both = pairs.map(|(x, y)| Range { start: x.start.max(y.start), end: x.end.min(y.end) });
    let mut ranges: Ranges = both.filter(|range| range.start < range.end).collect();
    ranges.sort();
    ranges
}

fn difference(a: &[Range], b: &[Range], total: u32) -> Ranges {
    let mut outside = Vec::new();
    let mut from = 0;
    for range in b {
        outside.push(Range { start: from, end: range.start });
        from = range.end;
    }
    outside.push(Range { start: from, end: total });
    intersection(a, &normal(&outside, total))
}
