//! Facts about waterfalls are what brute force finds, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use flagfall::evaluate::{AttributeValue, bucket};
use flagfall::region::{Apart, Exclusion, Fact, LineKind, Waterfall, exclusion, facts};

use jiff::Timestamp;

use crate::universe::{NAMED, Person, Random, TIMES, Table, World, declared, flag, hashes, people, typed, world};
use crate::{cases, limits, side, theirs};

/// The subject key that a person without an explicit `id` has, where a condition names it.
fn named(world: &World, person: &Person) -> Option<&'static str> {
    let value = world.names.iter().zip(person).find(|(name, _)| **name == "id").map(|(_, value)| value)?;
    NAMED.into_iter().find(|key| *value == AttributeValue::Text((*key).to_owned()))
}

/// The shards a person without an explicit `id` can have: all, or the one that its key hashes to.
fn own(world: &World, person: &Person, hashes: &[Vec<u32>]) -> Vec<usize> {
    match named(world, person) {
        None => (0..hashes.len()).collect(),
        Some(key) => {
            let own: Vec<u32> = world.salts.iter().map(|salt| bucket::shard(salt, key, world.total)).collect();
            vec![hashes.iter().position(|hash| *hash == own).unwrap()]
        }
    }
}

fn is_typed(world: &World, person: &Person) -> bool {
    world
        .names
        .iter()
        .zip(person)
        .all(|(name, value)| typed(name, value) && !(*name == "id" && *value == AttributeValue::Null))
}

#[test]
fn steps_are_unreachable_or_never_take_anybody_exactly_where_that_is_said() {
    let mut random = Random(21);
    let declared = declared();
    let mut counts = BTreeMap::from([("unreachable", 0), ("never takes", 0), ("fine", 0)]);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let flag = flag(&mut random, &world);
        let table = Table::new(&flag, &world, &people, &hashes);
        let side = side(&mut random, &flag, &declared);
        let steps = side.steps.clone();
        let kinds = vec![LineKind::Gate; steps.len()];
        let waterfall = Waterfall { side, kinds, holdouts: vec![None; flag.allocations.len()] };
        let found = facts(&waterfall, TIMES[0].parse().unwrap(), false, limits());
        for step in 0..=*steps.last().unwrap() {
            let above = |index: usize| steps[index] >= step;
            let (mut audience, mut reached, mut taken) = (false, false, false);
            for time in 0..TIMES.len() {
                for person in (0..people.len()).filter(|person| is_typed(&world, &people[*person])) {
                    let own_allocations = (0..steps.len()).filter(|index| steps[*index] == step);
                    if !own_allocations.clone().any(|index| table.targets(index, person, time)) {
                        continue;
                    }
                    audience = true;
                    for hash in own(&world, &people[person], &hashes) {
                        let got_there = table.way(person, hash, time, above).is_none();
                        reached |= got_there;
                        let takes =
                            table.way(person, hash, time, |_| false).is_some_and(|(index, _)| steps[index] == step);
                        taken |= takes;
                    }
                }
            }
            let unreachable =
                found.iter().any(|fact| matches!(fact, Fact::Unreachable { step: own, .. } if *own == step));
            let never = found.iter().any(|fact| matches!(fact, Fact::NeverTakes { step: own, .. } if *own == step));
            assert_eq!(unreachable, audience && !reached, "case {case}, step {step}: {found:?}\n{steps:?} {flag:#?}");
            assert_eq!(never, reached && !taken, "case {case}, step {step}: {found:?}\n{steps:?} {flag:#?}");
            *counts
                .get_mut(if unreachable {
                    "unreachable"
                } else if never {
                    "never takes"
                } else {
                    "fine"
                })
                .unwrap() += 1;
        }
        assert!(!found.iter().any(|fact| matches!(fact, Fact::Undecided { .. })), "case {case}: {found:?}");
    }
    assert!(counts.values().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn gates_below_and_overlaps_are_found_exactly_where_they_are() {
    let mut random = Random(22);
    let declared = declared();
    let mut counts = BTreeMap::from([("below", 0), ("overlap", 0), ("apart", 0)]);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let flag = flag(&mut random, &world);
        let table = Table::new(&flag, &world, &people, &hashes);
        let side = side(&mut random, &flag, &declared);
        let steps = side.steps.clone();
        let last = *steps.last().unwrap();
        let kinds: Vec<LineKind> =
            (0..=last).map(|_| if random.one_in(3) { LineKind::Gate } else { LineKind::Experiment }).collect();
        let waterfall = Waterfall { side, kinds: kinds.clone(), holdouts: vec![None; flag.allocations.len()] };
        let found = facts(&waterfall, TIMES[0].parse().unwrap(), false, limits());
        let mut ours = BTreeSet::new();
        for fact in &found {
            let (upper, lower, witness) = match fact {
                Fact::GateBelow { gate, experiment, witness, .. } => (*experiment, *gate, witness),
                Fact::Overlapping { upper, lower, witness, .. } => (*upper, *lower, witness),
                _ => continue,
            };
            ours.insert((upper, lower));
            let witness = witness.as_ref().unwrap();
            let logged = theirs::seen(&flag, witness).and_then(|(_, logged)| logged);
            let keys: Vec<&str> = (0..steps.len())
                .filter(|index| steps[*index] == upper)
                .map(|index| flag.allocations[index].key.as_str())
                .collect();
            // A variation that does not exist is not logged anywhere.
            assert!(logged.is_none_or(|key| keys.contains(&key.as_str())), "case {case}: {fact:?}");
        }
        let mut brute = BTreeSet::new();
        let enrols = |index: usize| flag.allocations[index].do_log;
        for time in 0..TIMES.len() {
            for person in 0..people.len() {
                for hash in 0..hashes.len() {
                    let Some((taker, _)) = table.way(person, hash, time, |_| false) else { continue };
                    if kinds[steps[taker]] != LineKind::Experiment || !enrols(taker) {
                        continue;
                    }
                    let Some((next, _)) = table.way(person, hash, time, |index| steps[index] == steps[taker]) else {
                        continue;
                    };
                    if kinds[steps[next]] == LineKind::Gate || enrols(next) {
                        brute.insert((steps[taker], steps[next]));
                    }
                }
            }
        }
        assert_eq!(ours, brute, "case {case}: {kinds:?} {found:?}\n{steps:?} {flag:#?}");
        for (_, lower) in &ours {
            *counts.get_mut(if kinds[*lower] == LineKind::Gate { "below" } else { "overlap" }).unwrap() += 1;
        }
        *counts.get_mut("apart").unwrap() += usize::from(ours.is_empty());
    }
    assert!(counts.values().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn two_flags_exclude_each_other_exactly_where_that_is_said() {
    let mut random = Random(23);
    let declared = declared();
    let mut counts =
        BTreeMap::from([("bucketing", 0), ("attributes", 0), ("time", 0), ("either", 0), ("both", 0), ("violated", 0)]);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let first = flag(&mut random, &world);
        // Two steps of one flag are a question too.
        let one = random.one_in(4);
        let second = if one { first.clone() } else { flag(&mut random, &world) };
        let flags = [first, second];
        let tables = [0, 1].map(|index| Table::new(&flags[index], &world, &people, &hashes));
        let mut sides = [side(&mut random, &flags[0], &declared), side(&mut random, &flags[1], &declared)];
        if one {
            sides[1] = sides[0].clone();
        }
        let steps = [0, 1].map(|index| sides[index].steps[random.below(sides[index].steps.len())]);
        if one && steps[0] == steps[1] {
            continue;
        }
        let answer = exclusion((&sides[0], steps[0]), (&sides[1], steps[1]), Timestamp::UNIX_EPOCH, limits()).unwrap();
        let enrolled = |flag: usize, person: usize, hash: usize, time: usize| {
            tables[flag].way(person, hash, time, |_| false).is_some_and(|(index, _)| {
                sides[flag].steps[index] == steps[flag] && flags[flag].allocations[index].do_log
            })
        };
        // Who is enrolled on each side with these shards: person and time.
        let (mut violated, mut times) = (false, [false; TIMES.len()]);
        let (mut bucketed, mut later, mut changed) = (true, false, false);
        for hash in 0..hashes.len() {
            let all = (0..people.len()).flat_map(|person| (0..TIMES.len()).map(move |time| (person, time)));
            let on = |flag: usize| -> Vec<(usize, usize)> {
                all.clone().filter(|(person, time)| enrolled(flag, *person, hash, *time)).collect()
            };
            let (ours, theirs) = (on(0), on(1));
            bucketed &= ours.is_empty() || theirs.is_empty();
            for (person, time) in ours {
                violated |= theirs.contains(&(person, time));
                times[time] |= theirs.contains(&(person, time));
                later |= theirs.iter().any(|(other, _)| *other == person);
                changed |= theirs.iter().any(|(_, then)| *then == time);
            }
        }
        let name = match (&answer, violated, bucketed, later, changed) {
            (Exclusion::ByBucketing, false, true, ..) => "bucketing",
            (Exclusion::ByTargeting(Apart::ByAttributes, _), false, false, false, true) => "attributes",
            (Exclusion::ByTargeting(Apart::ByTime, _), false, false, true, false) => "time",
            (Exclusion::ByTargeting(Apart::ByEither, _), false, false, false, false) => "either",
            (Exclusion::ByTargeting(Apart::ByBoth, _), false, false, true, true) => "both",
            (Exclusion::Violated(witness, stretch), true, ..) => {
                assert!(witness.is_some(), "case {case}");
                for (time, violated) in TIMES.iter().zip(times) {
                    let at: Timestamp = time.parse().unwrap();
                    let inside =
                        stretch.from.is_none_or(|from| from <= at) && stretch.until.is_none_or(|end| at <= end);
                    assert!(violated || !inside, "case {case}: nobody is in both at {time}: {stretch:?}");
                }
                "violated"
            }
            _ => panic!(
                "case {case}: {answer:?} violated {violated} bucketed {bucketed} later {later} changed {changed} {steps:?}\n{flags:#?}"
            ),
        };
        *counts.get_mut(name).unwrap() += 1;
    }
    // The rarest, `either` and `both`, are asked for in tests/prove.rs.
    counts.retain(|name, _| !["either", "both"].contains(name));
    assert!(counts.values().all(|count| *count > 0), "{counts:?}");
}
