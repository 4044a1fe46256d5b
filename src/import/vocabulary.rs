//! What several flags share: attributes with types, segments for repeated rules, layers for salts that steps cut up.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::name::{self, Taken};
use super::rules::{self, Ask, Asked};
use crate::syntax::ast::AttributeType;
use crate::ufc::{Config, Range};

/// The attributes of all drafts with the type most flags need; and whom that leaves out, with the reason.
pub(super) fn attributes(drafts: &[Draft]) -> (BTreeMap<String, AttributeType>, Vec<(String, String)>) {
    let mut uses: BTreeMap<&str, BTreeMap<&str, Vec<&Asked>>> = BTreeMap::new();
    for draft in drafts {
        for asked in draft.steps.iter().flat_map(|step| step.audience.iter().flatten()) {
            uses.entry(&asked.attribute).or_default().entry(&draft.key).or_default().push(asked);
        }
    }
    let mut types = BTreeMap::new();
    let mut left_out = Vec::new();
    for (attribute, flags) in uses {
        let fits = |kind, asked: &[&Asked]| asked.iter().all(|one| rules::allows(one, kind));
        let values_only = flags.values().flatten().any(|one| matches!(one.ask, Ask::Listed { .. }));
        // Lists alone leave the type open: true and false are bools, numerals numbers; without any value it is text.
        let by_preference = if values_only {
            [AttributeType::Bool, AttributeType::Number, AttributeType::Semver, AttributeType::String]
        } else {
            [AttributeType::String, AttributeType::Number, AttributeType::Semver, AttributeType::Bool]
        };
        let count = |kind| flags.values().filter(|asked| fits(kind, asked)).count();
        let most = by_preference.into_iter().map(count).max().unwrap_or(0);
        let kind = by_preference.into_iter().find(|kind| count(*kind) == most).unwrap_or(AttributeType::String);
        for (flag, asked) in &flags {
            if !fits(kind, asked) {
                let word = kind.word();
                let why = format!(
                    "`{attribute}` is a {word} for other flags or conditions, and is asked something else here"
                );
                left_out.push(((*flag).to_owned(), why));
            }
        }
        types.insert(attribute.to_owned(), kind);
    }
    (types, left_out)
}

/// Rules that two steps or more repeat, by name; only those that a name shortens.
pub(super) fn segments(drafts: &[Draft]) -> Vec<(String, Vec<Asked>)> {
    let mut counted: Vec<(&Vec<Asked>, usize)> = Vec::new();
    for rule in drafts.iter().flat_map(|draft| &draft.steps).flat_map(|step| &step.audience) {
        match counted.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += 1,
            None => counted.push((rule, 1)),
        }
    }
    let mut taken = Taken::default();
    let mut segments: Vec<(String, Vec<Asked>)> = Vec::new();
    for (rule, count) in counted {
        if count > 1 && (rule.len() > 1 || rule.iter().any(is_long)) {
            let parts: Vec<String> = rule.iter().map(rules::slug).collect();
            segments.push((taken.take(&name::slug(&parts.join("-and-"))), rule.clone()));
        }
    }
    segments.sort_by(|a, b| a.0.cmp(&b.0));
    segments
}

fn is_long(asked: &Asked) -> bool {
    match &asked.ask {
        Ask::Listed { values, .. } => values.len() > 1,
        Ask::Matches { pattern, .. } => pattern.len() > 4,
        Ask::Null(_) | Ask::Number { .. } | Ask::Version { .. } => false,
    }
}

/// Salts by which several flags, or all phases of a ramp, limit whole allocations to single ranges that are equal or apart: layers.
pub(super) fn layer_salts(documents: &[(String, Config)]) -> Vec<String> {
    let mut uses: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<Range>, bool)> = BTreeMap::new();
    for (key, flag) in documents.iter().flat_map(|(_, config)| &config.flags) {
        let Ok(flag) = flag else { continue };
        for allocation in &flag.allocations {
            for shard in allocation.splits.iter().flat_map(|split| &split.shards) {
                let same = allocation.splits.iter().all(|split| split.shards.contains(shard));
                let (flags, ranges, usable) =
                    uses.entry(&shard.salt).or_insert((BTreeSet::new(), BTreeSet::new(), true));
                *usable &= same && shard.ranges.len() == 1 && flag.total_shards == crate::model::SHARDS;
                flags.insert(key);
                ranges.extend(shard.ranges.iter().copied());
            }
        }
    }
    let apart = |ranges: &BTreeSet<Range>| {
        ranges.iter().zip(ranges.iter().skip(1)).all(|(one, next)| one.end <= next.start)
            && ranges.iter().all(|range| range.start < range.end && range.end <= crate::model::SHARDS)
            && ranges.iter().any(|range| range.end - range.start < crate::model::SHARDS)
    };
    let ramps = constant_in_ramps(documents);
    let several = |salt: &str, flags: &BTreeSet<&str>| flags.len() > 1 || ramps.contains(salt);
    let layers =
        uses.into_iter().filter(|(salt, (flags, ranges, usable))| *usable && several(salt, flags) && apart(ranges));
    layers.map(|(salt, _)| salt.to_owned()).collect()
}

/// Salts that limit every phase of a ramp alike, while its exposure grows.
fn constant_in_ramps(documents: &[(String, Config)]) -> BTreeSet<&str> {
    let mut constant = BTreeSet::new();
    for flag in documents.iter().flat_map(|(_, config)| config.flags.values()).filter_map(|flag| flag.as_ref().ok()) {
        for (one, next) in flag.allocations.iter().zip(flag.allocations.iter().skip(1)) {
            if one.key == next.key {
                let shards = one.splits.iter().flat_map(|split| &split.shards);
                let shared = shards.filter(|shard| next.splits.iter().all(|split| split.shards.contains(shard)));
                constant.extend(shared.map(|shard| shard.salt.as_str()));
            }
        }
    }
    constant
}

/// A layer on its way to text.
#[derive(Debug)]
pub(super) struct Layer {
    pub name: String,
    pub salt: String,
    /// Name and range, by range.
    pub slots: Vec<(String, Range)>,
}

/// The layers that the steps of all drafts use.
pub(super) fn layers(drafts: &[Draft]) -> Vec<Layer> {
    let mut by_salt: BTreeMap<&str, BTreeMap<Range, &str>> = BTreeMap::new();
    for draft in drafts {
        for (salt, range) in draft.steps.iter().filter_map(|step| step.slot.as_ref()) {
            by_salt.entry(salt).or_default().entry(*range).or_insert(&draft.key);
        }
    }
    let mut taken = Taken::default();
    let layer = |(salt, ranges): (&str, BTreeMap<Range, &str>)| {
        let own = salt.strip_prefix("layer/").filter(|name| name::is_name(name));
        let mut slots = Taken::default();
        Layer {
            name: taken.take(&own.map_or_else(|| name::slug(salt), str::to_owned)),
            salt: salt.to_owned(),
            slots: ranges.into_iter().map(|(range, flag)| (slots.take(flag), range)).collect(),
        }
    };
    by_salt.into_iter().map(layer).collect()
}
