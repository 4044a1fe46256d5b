//! Who moves between two flags: each audience holds whom its words say, and exactly so many of them move.

use std::collections::{BTreeMap, BTreeSet};

use flagfall::count::Fraction;
use flagfall::evaluate::{AttributeValue, Subject};
use flagfall::region::{Audience, End, Move, Portion, Side, Term, Witness, compare, moves};
use flagfall::ufc;
use jiff::Timestamp;

use crate::compare::mutated;
use crate::universe::{NAMED, Person, Random, TIMES, Table, World, declared, flag, hashes, holds, people, world};
use crate::{cases, limits, side, theirs};

/// What is seen before and after.
type Seen = [Option<(String, Option<String>)>; 2];

fn seen(flags: [&ufc::Flag; 2], one: &Move) -> Seen {
    let named = |flag: &ufc::Flag, end: &End| {
        let logged = end.allocation.filter(|_| end.logged).map(|index| flag.allocations[index].key.clone());
        end.variation.clone().map(|variation| (variation, logged))
    };
    [named(flags[0], &one.from), named(flags[1], &one.to)]
}

/// Whether a person belongs to an audience, by its words.
fn belongs(
    audience: &Audience,
    (sides, tables): ([&Side<'_>; 2], [&Table<'_>; 2]),
    (world, person, number): (&World, &Person, usize),
    time: usize,
) -> bool {
    let is = |term: &Term| match term {
        Term::Step { side, step } => (0..sides[*side].steps.len())
            .any(|index| sides[*side].steps[index] == *step && tables[*side].targets(index, number, time)),
        Term::Condition(condition) => {
            holds(condition, &person[world.names.iter().position(|name| *name == condition.attribute).unwrap()])
        }
    };
    audience.any.iter().any(|all| all.iter().all(|literal| is(&literal.term) == literal.holds))
}

fn lasts(one: &Move, time: usize) -> bool {
    let at: Timestamp = TIMES[time].parse().unwrap();
    one.since.is_none_or(|since| since <= at) && one.until.is_none_or(|until| at <= until)
}

#[test]
fn in_each_audience_exactly_that_share_moves_and_nobody_else_does() {
    let mut random = Random(31);
    let declared = declared();
    let (mut rows, mut keyed, mut alternatives) = (0, 0, 0);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let before = flag(&mut random, &world);
        let after = if random.one_in(6) { flag(&mut random, &world) } else { mutated(&mut random, &world, &before) };
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        let (left, right) =
            (Table::new(&before, &world, &people, &hashes), Table::new(&after, &world, &people, &hashes));
        let from = random.below(TIMES.len());
        let found = moves(Some(&first), Some(&second), TIMES[from].parse().unwrap(), limits()).unwrap();
        rows += found.len();
        alternatives += found.iter().filter(|one| one.audience.any.len() > 1).count();
        let both = ([&first, &second], [&left, &right]);
        let id = world.names.iter().position(|name| *name == "id");
        for (number, person) in people.iter().enumerate() {
            let named = id.is_some_and(|id| {
                person[id] == AttributeValue::Null
                    || NAMED.iter().any(|key| person[id] == AttributeValue::Text((*key).to_owned()))
            });
            for time in from..TIMES.len() {
                let mut counts: BTreeMap<Seen, u128> = BTreeMap::new();
                for hash in 0..hashes.len() {
                    let ends = [
                        left.seen(left.way(number, hash, time, |_| false)),
                        right.seen(right.way(number, hash, time, |_| false)),
                    ];
                    if ends[0] != ends[1] {
                        *counts.entry(ends).or_default() += 1;
                    }
                }
                for ends in counts.keys() {
                    let known = found.iter().any(|one| lasts(one, time) && seen([&before, &after], one) == *ends);
                    assert!(
                        known,
                        "case {case}: {ends:?} of {person:?} at {time}: {found:#?}\n{before:#?}\n{after:#?}"
                    );
                }
                if named {
                    continue;
                }
                let brute: BTreeMap<Seen, Fraction> = counts
                    .into_iter()
                    .map(|(ends, count)| (ends, Fraction::new(count, hashes.len() as u128).unwrap()))
                    .collect();
                let mut ours: BTreeMap<Seen, Fraction> = BTreeMap::new();
                for one in found.iter().filter(|one| lasts(one, time)) {
                    if let Portion::Share(share) = &one.portion
                        && belongs(&one.audience, both, (&world, person, number), time)
                    {
                        let sum = ours.entry(seen([&before, &after], one)).or_insert(Fraction::ZERO);
                        *sum = sum.plus(share);
                    }
                }
                assert_eq!(ours, brute, "case {case}: {person:?} at {time}, {found:#?}\n{before:#?}\n{after:#?}");
            }
        }
        if id.is_some() {
            keyed += keys([&before, &after], &found, (&world, &people), from, case);
        }
        for one in &found {
            assert!(!matches!(one.portion, Portion::Uncounted(_)), "case {case}: {one:?}");
            let Some(witness) = &one.witness else { continue };
            assert_ne!(theirs::seen(&before, witness), theirs::seen(&after, witness), "case {case}: {witness:?}");
            assert_eq!(
                [theirs::seen(&before, witness), theirs::seen(&after, witness)],
                seen([&before, &after], one),
                "case {case}: {witness:?}"
            );
        }
        if from == 0 && found.is_empty() {
            assert_eq!(compare(Some(&first), Some(&second), limits()), Ok(None), "case {case}");
        }
        assert_eq!(moves(Some(&first), Some(&first), TIMES[from].parse().unwrap(), limits()), Ok(Vec::new()));
    }
    assert!(rows > cases(60) / 2 && keyed > 0, "{rows} rows, {keyed} keyed");
    // Audiences that take several alternatives are rare.
    assert!(alternatives > 0 || cases(60) < 200, "{rows} rows, none of them of several alternatives");
}

/// Named keys whose callers pass no `id` move exactly where their move says so.
fn keys(
    flags: [&ufc::Flag; 2],
    found: &[Move],
    (world, people): (&World, &[Person]),
    from: usize,
    case: usize,
) -> usize {
    let mut brute: BTreeSet<(usize, Seen, String)> = BTreeSet::new();
    for key in NAMED {
        for person in people {
            let attributes = world.names.iter().zip(person).filter(|(name, _)| **name != "id");
            let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let subject = Subject { key: key.to_owned(), attributes };
            for time in from..TIMES.len() {
                let witness = Witness { subject: subject.clone(), at: TIMES[time].parse().unwrap() };
                let ends = flags.map(|flag| theirs::seen(flag, &witness));
                if ends[0] != ends[1] {
                    brute.insert((time, ends, key.to_owned()));
                }
            }
        }
    }
    // Only keys that a condition of one of the flags names are listed.
    let asked = flags.iter().flat_map(|flag| &flag.allocations).flat_map(|one| &one.rules);
    let asked: Vec<&ufc::Condition> = asked.flat_map(|rule| &rule.conditions).collect();
    let listed = |key: &str| {
        asked
            .iter()
            .any(|one| one.attribute == "id" && one.value.as_array().is_some_and(|all| all.contains(&key.into())))
    };
    brute.retain(|(_, _, key)| listed(key));
    let mut ours: BTreeSet<(usize, Seen, String)> = BTreeSet::new();
    for one in found {
        let Portion::Keys { moving, named } = &one.portion else { continue };
        assert!(moving.len() <= *named && !moving.is_empty(), "case {case}: {one:?}");
        for time in (from..TIMES.len()).filter(|time| lasts(one, *time)) {
            ours.extend(moving.iter().map(|key| (time, seen(flags, one), key.clone())));
        }
    }
    assert_eq!(ours, brute, "case {case}: {found:#?}\n{flags:#?}");
    ours.len()
}

#[test]
fn a_mirrored_change_swaps_the_ends_and_keeps_the_shares() {
    let mut random = Random(32);
    let declared = declared();
    let mut seen = 0;
    for case in 0..cases(60) {
        let world = world(&mut random);
        let before = flag(&mut random, &world);
        let after = mutated(&mut random, &world, &before);
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        let from = random.below(TIMES.len());
        let now = TIMES[from].parse().unwrap();
        let there = moves(Some(&first), Some(&second), now, limits()).unwrap();
        let back = moves(Some(&second), Some(&first), now, limits()).unwrap();
        seen += there.len();
        // One audience may go by other words on the way back, and so be told in other pieces of time.
        let told = |all: &[Move], ends: fn(&Move) -> [&End; 2]| {
            let at = |time: usize| {
                let here = all.iter().filter(|one| lasts(one, time)).map(|one| {
                    let [from, to] = ends(one);
                    // Of how many keys depends on the step that names them.
                    let portion = match &one.portion {
                        Portion::Keys { moving, .. } => moving.join(" "),
                        other => format!("{other:?}"),
                    };
                    format!("{:?} {:?} {portion}", from.variation, to.variation)
                });
                let mut here: Vec<String> = here.collect();
                here.sort();
                here
            };
            (from..TIMES.len()).map(at).collect::<Vec<_>>()
        };
        let there = told(&there, |one| [&one.from, &one.to]);
        let back = told(&back, |one| [&one.to, &one.from]);
        assert_eq!(there, back, "case {case}\n{before:#?}\n{after:#?}");
    }
    assert!(seen > cases(60) / 4, "{seen} moves");
}

#[test]
fn a_rewrite_that_means_the_same_moves_nobody() {
    let mut random = Random(33);
    let declared = declared();
    let mut rewritten = 0;
    for case in 0..cases(60) {
        let world = world(&mut random);
        let before = flag(&mut random, &world);
        let mut after = before.clone();
        for allocation in &mut after.allocations {
            // Alternatives in another order, a list over two alternatives, and one alternative twice.
            allocation.rules.reverse();
            let split = allocation.rules.iter().position(|rule| {
                rule.conditions
                    .iter()
                    .any(|one| one.operator == "ONE_OF" && one.value.as_array().is_some_and(|all| all.len() > 1))
            });
            if let Some(at) = split {
                let mut other = allocation.rules[at].clone();
                for (one, two) in allocation.rules[at].conditions.iter_mut().zip(&mut other.conditions) {
                    if one.operator == "ONE_OF" && one.value.as_array().is_some_and(|all| all.len() > 1) {
                        let all = one.value.as_array().unwrap().clone();
                        (one.value, two.value) = (all[..1].to_vec().into(), all[1..].to_vec().into());
                        break;
                    }
                }
                allocation.rules.push(other);
                rewritten += 1;
            }
            if let Some(rule) = allocation.rules.first().cloned() {
                allocation.rules.push(rule);
            }
        }
        let (first, second) = (side(&mut random, &before, &declared), side(&mut random, &after, &declared));
        let found = moves(Some(&first), Some(&second), TIMES[0].parse().unwrap(), limits()).unwrap();
        assert_eq!(found, Vec::new(), "case {case}\n{before:#?}\n{after:#?}");
    }
    assert!(rewritten > 0);
}
