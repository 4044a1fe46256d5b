//! Shares are frequencies over all shards.

use std::collections::{BTreeMap, BTreeSet};

use flagfall::count::{Fraction, Outcome, Targeting};
use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::region::{Universe, reaches, rows};
use flagfall::ufc;
use jiff::Timestamp;

use crate::universe::{NAMED, Random, TIMES, Table, declared, flag, hashes, people, typed, world};
use crate::{cases, limits, side, theirs};

#[test]
fn shares_equal_brute_force_over_all_shards() {
    let mut random = Random(11);
    let declared = declared();
    let mut seen = 0;
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let flag = flag(&mut random, &world);
        let table = Table::new(&flag, &world, &people, &hashes);
        let time = random.below(TIMES.len());
        let side = side(&mut random, &flag, &declared);
        let universe = random.pick(&[Universe::Any, Universe::Declared]);
        let found = rows(&side, &[], TIMES[time].parse().unwrap(), universe, limits()).unwrap();
        // Callers pass no `id`: it is the key, and here one that nobody names.
        let unnamed = |person: &Vec<AttributeValue>| {
            world.names.iter().zip(person).all(|(name, value)| {
                let named = NAMED.iter().any(|key| *value == AttributeValue::Text((*key).to_owned()));
                *name != "id" || !(named || *value == AttributeValue::Null)
            })
        };
        let assumed = |person: &Vec<AttributeValue>| {
            universe == Universe::Any || world.names.iter().zip(person).all(|(name, value)| typed(name, value))
        };
        let mut brute: BTreeSet<(Vec<bool>, BTreeMap<Outcome, Fraction>)> = BTreeSet::new();
        for person in (0..people.len()).filter(|person| unnamed(&people[*person]) && assumed(&people[*person])) {
            let mut counts: BTreeMap<Outcome, u128> = BTreeMap::new();
            for hash in 0..hashes.len() {
                let outcome = table.way(person, hash, time, |_| false);
                *counts.entry(outcome.map_or(Outcome::Default, |(a, s)| Outcome::Assigned(a, s))).or_default() += 1;
            }
            let total = hashes.len() as u128;
            let shares = counts.into_iter().map(|(outcome, count)| (outcome, Fraction::new(count, total).unwrap()));
            let mut targeted = vec![false; flag.allocations.len()];
            for (index, entry) in targeted.iter_mut().enumerate() {
                *entry = table.targets(index, person, time);
                if *entry && (0..hashes.len()).all(|hash| table.split(index, hash).is_some()) {
                    break;
                }
            }
            brute.insert((targeted, shares.collect()));
        }
        let ours = found.iter().filter(|row| row.key.is_none()).map(|row| {
            let targeted = row.targeting.iter().map(|one| *one == Targeting::In).collect();
            (targeted, row.distribution.parts.iter().cloned().collect())
        });
        let ours: BTreeSet<(Vec<bool>, BTreeMap<Outcome, Fraction>)> = ours.collect();
        seen += ours.len();
        assert_eq!(ours, brute, "case {case}: {universe:?}\n{flag:#?}");
        keys(&flag, &found, TIMES[time].parse().unwrap(), case);
    }
    assert!(seen > cases(60) / 2, "{seen} rows");
}

/// What rows say of single keys is what happens to them.
fn keys(flag: &ufc::Flag, found: &[flagfall::region::Row], at: Timestamp, case: usize) {
    let config = ufc::Config {
        created_at: String::new(),
        format: ufc::Format::Server,
        environment: String::new(),
        flags: BTreeMap::from([(flag.key.clone(), Ok(flag.clone()))]),
    };
    let evaluator = Evaluator::new(&config);
    for row in found {
        let Some(key) = &row.key else { continue };
        let subject = Subject { key: key.clone(), attributes: row.attributes.clone() };
        let (_, trace) = evaluator.explain(&flag.key, &subject, None, at);
        let matched = trace.allocations.iter().find(|one| one.code == flagfall::evaluate::AllocationCode::Match);
        let way = matched.map_or(Outcome::Default, |one| {
            Outcome::Assigned(one.index, one.splits.iter().position(|split| split.matched).unwrap())
        });
        assert_eq!(row.distribution.parts, [(way, Fraction::ONE)], "case {case}: {subject:?}");
    }
}

#[test]
fn whoever_can_be_taken_has_a_witness_and_nobody_else_has() {
    let mut random = Random(12);
    let declared = declared();
    let (mut yes, mut no) = (0, 0);
    for case in 0..cases(60) {
        let world = world(&mut random);
        let (people, hashes) = (people(&world), hashes(&world));
        let flag = flag(&mut random, &world);
        let given = crate::universe::allocation(&mut random, &world, 0).rules;
        let asked = ufc::Flag {
            allocations: vec![ufc::Allocation {
                key: "g".to_owned(),
                rules: given.clone(),
                start_at: None,
                end_at: None,
                splits: vec![],
                do_log: false,
            }],
            ..flag.clone()
        };
        let (table, asked) =
            (Table::new(&flag, &world, &people, &hashes), Table::new(&asked, &world, &people, &hashes));
        let side = side(&mut random, &flag, &declared);
        let step = side.steps[random.below(side.steps.len())];
        let brute = (0..TIMES.len()).any(|time| {
            (0..people.len()).filter(|person| asked.targets(0, *person, time)).any(|person| {
                (0..hashes.len()).any(|hash| {
                    table.way(person, hash, time, |_| false).is_some_and(|(index, _)| side.steps[index] == step)
                })
            })
        });
        let answer = reaches(&side, step, &given, jiff::Timestamp::UNIX_EPOCH, limits()).unwrap();
        assert_eq!(answer.is_some(), brute, "case {case}: step {step} {answer:?}\n{flag:#?}\n{given:#?}");
        match answer {
            None => no += 1,
            Some(witness) => {
                yes += 1;
                // The reference agrees with us on who is logged where.
                let ours = Evaluator::new(&ufc::Config {
                    created_at: String::new(),
                    format: ufc::Format::Server,
                    environment: String::new(),
                    flags: BTreeMap::from([(flag.key.clone(), Ok(flag.clone()))]),
                })
                .assign(&flag.key, &witness.subject, None, witness.at);
                let ours = ours.variation.map(|variation| (variation, ours.event.map(|event| event.allocation)));
                assert_eq!(theirs::seen(&flag, &witness), ours, "case {case}");
            }
        }
    }
    assert!(yes > cases(60) / 4 && no > cases(60) / 20, "{yes} yes, {no} no");
}
