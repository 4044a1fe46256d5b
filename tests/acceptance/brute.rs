//! Shares counted again, by force: each revision is checked out and compiled, and the evaluator is asked for a subject of every shard.
//!
//! Of each salt all 10 000 shards are cut into runs that no range of either revision cuts; each combination of runs is asked with a
//! subject key that hashes into it, and weighs what its shards are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use flagfall::evaluate::{AttributeValue, Evaluator, Subject, bucket};
use flagfall::ufc::{self, Config};
use jiff::Timestamp;
use serde_json::Value;

use crate::repository::{Repository, TODAY};

/// Variation, and the allocation where it is logged; none is the caller's default.
type Seen = Option<(String, Option<String>)>;

/// What was counted.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) shares: usize,
    /// The same of keys that conditions name.
    pub(crate) keys: usize,
}

impl Counted {
    /// Counts what the document of `diff main~1 main` says of shares and keys, and that it says everything.
    #[track_caller]
    pub(crate) fn again(&mut self, repository: &Repository, document: &Value, name: &str) {
        let configurations = ["main~1", "main"].map(|revision| compiled(repository, revision));
        for change in document["changes"].as_array().unwrap() {
            let Some(environment) = change["environment"].as_str() else { continue };
            let sides = configurations.each_ref().map(|all| all.get(environment));
            for region in change["regions"].as_array().unwrap() {
                let told = format!("{name}: {} in {environment}: {region:#}", change["flag"]);
                self.region(sides, change, region, &told);
            }
        }
    }

    #[track_caller]
    fn region(&mut self, sides: [Option<&Config>; 2], change: &Value, region: &Value, told: &str) {
        let flag = change["flag"].as_str().unwrap();
        let ends = [seen_in(&region["from"]), seen_in(&region["to"])];
        let witness = &region["witness"];
        let at: Timestamp = witness["at"].as_str().unwrap_or_else(|| panic!("{told}")).parse().unwrap();
        let attributes = attributes(&witness["attributes"]);
        let ask = |key: &str| {
            let subject = Subject { key: key.to_owned(), attributes: attributes.clone() };
            sides.map(|side| side.and_then(|config| seen(config, flag, &subject, at)))
        };
        // And whatever else happens to these subjects is told, too.
        let known: BTreeSet<[Seen; 2]> = change["regions"].as_array().unwrap().iter().map(ends_of).collect();
        let is_told = |found: &[Seen; 2]| found[0] == found[1] || known.contains(found);
        if region["keys"].is_object() {
            // Whoever a condition names moves so with some attributes, or is not among them.
            let flags = sides.map(|side| flag_of(side, flag));
            let (named, universe) = (listed(&flags, "id"), universe(&flags, change));
            let asked = |key: &str, attributes: &BTreeMap<String, AttributeValue>| {
                let subject = Subject { key: key.to_owned(), attributes: attributes.clone() };
                sides.map(|side| side.and_then(|config| seen(config, flag, &subject, at)))
            };
            let all = |key: &str| universe.iter().map(|with| asked(key, with)).collect::<BTreeSet<_>>();
            assert!(named.iter().all(|key| all(key).iter().all(is_told)), "{told}");
            let moving: Vec<&String> = named.iter().filter(|key| all(key).contains(&ends)).collect();
            assert_eq!(region["keys"]["moving"], serde_json::json!(moving), "{told}");
            let is_among = |key: &&String| universe.iter().any(|with| is_targeted(sides, flag, region, key, with));
            assert_eq!(region["keys"]["named"], named.iter().filter(is_among).count(), "{told}");
            self.keys += 1;
            return;
        }
        let mut counts: BTreeMap<[Seen; 2], u128> = BTreeMap::new();
        let mut all = 0;
        for (key, weight) in subjects(&sides.map(|side| flag_of(side, flag))) {
            all += weight;
            let found = ask(&key);
            if found[0] != found[1] {
                *counts.entry(found).or_default() += weight;
            }
        }
        // Exactly as large as it says: n/d of all.
        let number = |name: &str| region["share"][name].to_string().parse::<u128>().unwrap();
        let counted = counts.get(&ends).copied().unwrap_or_default();
        assert_eq!(counted * number("denominator"), number("numerator") * all, "{told}");
        assert!(counts.keys().all(is_told), "{counts:?} {told}");
        self.shares += 1;
    }
}

fn ends_of(region: &Value) -> [Seen; 2] {
    [seen_in(&region["from"]), seen_in(&region["to"])]
}

fn seen_in(end: &Value) -> Seen {
    let variation = end["variation"].as_str()?;
    let allocation = end["allocation"].as_str().unwrap();
    Some((variation.to_owned(), (end["logged"] == true).then(|| allocation.to_owned())))
}

fn seen(config: &Config, flag: &str, subject: &Subject, at: Timestamp) -> Seen {
    let assignment = Evaluator::new(config).assign(flag, subject, None, at);
    let logged = assignment.event.map(|event| event.allocation);
    Some((assignment.variation?, logged))
}

fn flag_of<'c>(config: Option<&'c Config>, key: &str) -> Option<&'c ufc::Flag> {
    config?.flags.get(key)?.as_ref().ok()
}

/// The texts that conditions of a flag on an attribute list, on either side.
fn listed(sides: &[Option<&ufc::Flag>; 2], attribute: &str) -> BTreeSet<String> {
    let all = conditions(sides).filter(|one| one.attribute == attribute && one.operator.ends_with("ONE_OF"));
    all.flat_map(|one| one.value.as_array().unwrap()).map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn conditions<'f>(sides: &'f [Option<&ufc::Flag>; 2]) -> impl Iterator<Item = &'f ufc::Condition> {
    let rules = sides.iter().flatten().flat_map(|flag| &flag.allocations).flat_map(|allocation| &allocation.rules);
    rules.flat_map(|rule| &rule.conditions)
}

/// All combinations of what conditions list and witnesses have, and of nothing.
fn universe(sides: &[Option<&ufc::Flag>; 2], change: &Value) -> Vec<BTreeMap<String, AttributeValue>> {
    let names: BTreeSet<&str> =
        conditions(sides).map(|one| one.attribute.as_str()).filter(|name| *name != "id").collect();
    let mut all = vec![BTreeMap::new()];
    for name in names {
        let witnesses = change["regions"].as_array().unwrap().iter().map(|region| &region["witness"]["attributes"]);
        let mut values: Vec<AttributeValue> = listed(sides, name).into_iter().map(AttributeValue::Text).collect();
        values.extend(witnesses.filter_map(|told| attributes(told).remove(name)));
        let with = |known: &BTreeMap<String, AttributeValue>| {
            let with = |value: &AttributeValue| {
                known.clone().into_iter().chain([(name.to_owned(), value.clone())]).collect::<BTreeMap<_, _>>()
            };
            std::iter::once(known.clone()).chain(values.iter().map(with)).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// Whether the step that a region is told of targets a key: the one that serves now, or where nothing does, the one that did. The
/// evaluator is asked for a flag that has this step only, for all whom it targets, at any time.
fn is_targeted(
    sides: [Option<&Config>; 2],
    flag: &str,
    region: &Value,
    key: &str,
    attributes: &BTreeMap<String, AttributeValue>,
) -> bool {
    let step = |side: usize, end: &str| Some((sides[side]?, region[end]["allocation"].as_str()?));
    let (config, allocation) = step(1, "to").or_else(|| step(0, "from")).unwrap();
    let mut config = config.clone();
    let alone = config.flags.get_mut(flag).unwrap().as_mut().unwrap();
    alone.allocations.retain(|one| one.key == allocation);
    for one in &mut alone.allocations {
        (one.start_at, one.end_at) = (None, None);
        one.splits.iter_mut().for_each(|split| split.shards.clear());
    }
    let subject = Subject { key: key.to_owned(), attributes: attributes.clone() };
    Evaluator::new(&config).assign(flag, &subject, None, Timestamp::UNIX_EPOCH).variation.is_some()
}

fn attributes(told: &Value) -> BTreeMap<String, AttributeValue> {
    let value = |value: &Value| match value {
        Value::Null => AttributeValue::Null,
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::Number(number) => AttributeValue::Number(number.as_f64().unwrap()),
        Value::String(text) => AttributeValue::Text(text.clone()),
        other => panic!("{other}"),
    };
    told.as_object().unwrap().iter().map(|(name, told)| (name.clone(), value(told))).collect()
}

/// For each combination of runs of shards a subject key, and how many combinations of shards it stands for.
fn subjects(sides: &[Option<&ufc::Flag>; 2]) -> Vec<(String, u128)> {
    let mut borders: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let splits = sides.iter().flatten().flat_map(|flag| &flag.allocations).flat_map(|allocation| &allocation.splits);
    for shard in splits.flat_map(|split| &split.shards) {
        let cuts = borders.entry(&shard.salt).or_insert_with(|| BTreeSet::from([0, 10_000]));
        cuts.extend(shard.ranges.iter().flat_map(|range| [range.start, range.end]));
    }
    let mut wanted: BTreeMap<Vec<u32>, u128> = BTreeMap::from([(Vec::new(), 1)]);
    for cuts in borders.values() {
        let runs: Vec<(u32, u32)> = cuts.iter().copied().zip(cuts.iter().copied().skip(1)).collect();
        let longer = wanted.iter().flat_map(|(starts, weight)| {
            runs.iter().map(move |(start, end)| {
                let starts = starts.iter().copied().chain([*start]).collect();
                (starts, weight * u128::from(end - start))
            })
        });
        wanted = longer.collect();
    }
    let mut found = Vec::new();
    for number in 0.. {
        let key = format!("counted-{number}");
        let starts = borders.iter().map(|(salt, cuts)| {
            let shard = bucket::shard(salt, &key, 10_000);
            *cuts.range(..=shard).next_back().unwrap()
        });
        let starts: Vec<u32> = starts.collect();
        if let Some(weight) = wanted.remove(&starts) {
            found.push((key, weight));
        }
        if wanted.is_empty() {
            return found;
        }
    }
    found
}

/// What a revision compiles to, by environment, from a checkout of its own.
fn compiled(repository: &Repository, revision: &str) -> BTreeMap<String, Config> {
    let directory = tempfile::tempdir().unwrap();
    let tree = directory.path().join("tree");
    repository.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap(), revision]);
    let output = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .args(["compile", "flags", "--out"])
        .arg(directory.path().join("dist"))
        .current_dir(&tree)
        .env("SOURCE_DATE_EPOCH", TODAY)
        .output()
        .unwrap();
    assert!(output.status.success(), "{revision}: {}", String::from_utf8_lossy(&output.stderr));
    let read = |environment: &str| {
        let path = directory.path().join("dist").join(format!("{environment}.json"));
        read(&path).map(|config| (environment.to_owned(), config))
    };
    ["test", "production"].into_iter().filter_map(read).collect()
}

fn read(path: &Path) -> Option<Config> {
    let bytes = std::fs::read(path).ok()?;
    Some(ufc::read::read(&bytes).unwrap_or_else(|error| panic!("{error}")))
}
