//! Equal is equal for everybody; different is different for the witness, here and in the reference.

use flagfall::count::Fraction;
use flagfall::region::{changes, compare};
use flagfall::ufc;

use crate::universe::{Random, TIMES, Table, World, allocation, declared, flag, hashes, people, world};
use crate::{cases, limits, side, theirs};

/// Small changes of the kind people make, and some that change nothing.
pub(crate) fn mutated(random: &mut Random, world: &World, flag: &ufc::Flag) -> ufc::Flag {
    let mut flag = flag.clone();
    let count = flag.allocations.len();
    let at = random.below(count);
    match random.below(8) {
        0 if count > 1 => flag.allocations.swap(at, (at + 1) % count),
        1 => flag.allocations[at].do_log = !flag.allocations[at].do_log,
        2 => flag.allocations[at].splits.reverse(),
        3 => flag.allocations[at].rules.reverse(),
        4 => flag.allocations[at] = allocation(random, world, at),
        5 => {
            let rules = &mut flag.allocations[at].rules;
            if let Some(rule) = rules.first().cloned() {
                rules.push(rule);
            }
        }
        6 => {
            flag.allocations.remove(at);
            if flag.allocations.is_empty() {
                flag.allocations.push(allocation(random, world, 0));
            }
        }
        _ => {
            let all = flag.allocations[at].splits.iter_mut().flat_map(|split| &mut split.shards);
            for range in all.flat_map(|shard| &mut shard.ranges) {
                range.end = (range.end + 1).min(world.total);
            }
        }
    }
    flag
}

#[test]
fn equal_is_equal_for_everybody_and_a_difference_replays() {
    let mut random = Random(5);
    let declared = declared();
    let (mut equal, mut different) = (0, 0);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let before = flag(&mut random, &world);
        let after = if random.one_in(5) { flag(&mut random, &world) } else { mutated(&mut random, &world, &before) };
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        let answer = compare(Some(&first), Some(&second), limits()).unwrap();
        let (left, right) =
            (Table::new(&before, &world, &people, &hashes), Table::new(&after, &world, &people, &hashes));
        let brute = (0..TIMES.len()).find_map(|time| {
            (0..people.len()).find_map(|person| {
                let differs = |hash: &usize| {
                    left.seen(left.way(person, *hash, time, |_| false))
                        != right.seen(right.way(person, *hash, time, |_| false))
                };
                (0..hashes.len()).find(differs).map(|hash| (TIMES[time], &people[person], &hashes[hash]))
            })
        });
        match &answer {
            None => equal += 1,
            Some(difference) => {
                different += 1;
                let witness = difference.witness.as_ref().unwrap_or_else(|| panic!("case {case}: no witness"));
                assert_ne!(theirs::seen(&before, witness), theirs::seen(&after, witness), "case {case}: {witness:?}");
            }
        }
        assert_eq!(answer.is_some(), brute.is_some(), "case {case}: {answer:?}, {brute:?}\n{before:#?}\n{after:#?}");
    }
    assert!(equal >= cases(60) / 20 && different >= cases(60) / 4, "{equal} equal, {different} different");
}

#[test]
fn who_changes_from_what_to_what_is_counted_exactly() {
    let mut random = Random(6);
    let declared = declared();
    let mut rows = 0;
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let before = flag(&mut random, &world);
        let after = mutated(&mut random, &world, &before);
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        let found = changes(Some(&first), Some(&second), limits()).unwrap();
        let (left, right) =
            (Table::new(&before, &world, &people, &hashes), Table::new(&after, &world, &people, &hashes));
        let mut brute: std::collections::BTreeMap<_, (Fraction, Fraction)> = std::collections::BTreeMap::new();
        for time in 0..TIMES.len() {
            for person in 0..people.len() {
                let mut counts: std::collections::BTreeMap<_, u128> = std::collections::BTreeMap::new();
                for hash in 0..hashes.len() {
                    let from = left.seen(left.way(person, hash, time, |_| false));
                    let to = right.seen(right.way(person, hash, time, |_| false));
                    if from != to {
                        *counts.entry((from, to)).or_default() += 1;
                    }
                }
                for (ends, count) in counts {
                    let share = Fraction::new(count, hashes.len() as u128).unwrap();
                    let known = brute.entry(ends).or_insert_with(|| (share.clone(), share.clone()));
                    *known = (known.0.clone().min(share.clone()), known.1.clone().max(share));
                }
            }
        }
        let named = |flag: &ufc::Flag, end: &flagfall::region::End| {
            let logged = end.allocation.filter(|_| end.logged).map(|index| flag.allocations[index].key.clone());
            end.variation.clone().map(|variation| (variation, logged))
        };
        let ours: std::collections::BTreeMap<_, _> = found
            .iter()
            .map(|one| ((named(&before, &one.from), named(&after, &one.to)), (one.least.clone(), one.most.clone())))
            .collect();
        rows += ours.len();
        assert_eq!(ours, brute, "case {case}\n{before:#?}\n{after:#?}");
        let same = compare(Some(&first), Some(&second), limits()).unwrap().is_none();
        assert_eq!(same, found.is_empty(), "case {case}");
    }
    assert!(rows > cases(60) / 3, "{rows} rows");
}

#[test]
fn nothing_differs_from_itself_and_a_mirror_swaps_the_ends() {
    let mut random = Random(7);
    let declared = declared();
    for case in 0..cases(60) {
        let world = world(&mut random);
        let before = flag(&mut random, &world);
        let after = mutated(&mut random, &world, &before);
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        assert_eq!(compare(Some(&first), Some(&first), limits()), Ok(None));
        let there = changes(Some(&first), Some(&second), limits()).unwrap();
        let back = changes(Some(&second), Some(&first), limits()).unwrap();
        let ends = |one: &flagfall::region::Change| {
            format!("{:?} {:?} {:?} {:?}", one.from.variation, one.to.variation, one.least, one.most)
        };
        let mirrored = |one: &flagfall::region::Change| {
            format!("{:?} {:?} {:?} {:?}", one.to.variation, one.from.variation, one.least, one.most)
        };
        let mut there: Vec<String> = there.iter().map(ends).collect();
        let mut back: Vec<String> = back.iter().map(mirrored).collect();
        there.sort();
        back.sort();
        assert_eq!(there, back, "case {case}");
    }
}
