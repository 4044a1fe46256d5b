use std::collections::BTreeMap;

use proptest::prelude::*;

use super::count;
use crate::count::{Distribution, Fraction, Outcome, TooLarge};
use crate::ufc::{Range, Shard};

fn shard(salt: &str, ranges: &[(u32, u32)]) -> Shard {
    let ranges = ranges.iter().map(|&(start, end)| Range { start, end }).collect();
    Shard { salt: salt.to_owned(), ranges }
}

fn counted(splits: &[Vec<Shard>], total: u32) -> Result<Distribution, TooLarge> {
    let clauses = splits.iter().enumerate().map(|(index, shards)| (Outcome::Assigned(index, 0), shards.as_slice()));
    count(clauses.collect(), total)
}

fn share(distribution: &Distribution, outcome: Outcome) -> Fraction {
    distribution.share(|other| other == outcome)
}

/// Walks every combination of shards of the salts and takes the first split that matches: the definition, not the algorithm.
fn brute_force(splits: &[Vec<Shard>], salts: &[&str], total: u32) -> BTreeMap<Outcome, u128> {
    let mut found = BTreeMap::new();
    let combinations = u128::from(total).pow(u32::try_from(salts.len()).unwrap());
    for number in 0..combinations {
        let mut rest = number;
        let mut at = BTreeMap::new();
        for salt in salts {
            at.insert(*salt, u32::try_from(rest % u128::from(total)).unwrap());
            rest /= u128::from(total);
        }
        let matching = splits.iter().position(|shards| {
            shards.iter().all(|shard| {
                let position = at[shard.salt.as_str()];
                shard.ranges.iter().any(|range| range.start <= position && position < range.end)
            })
        });
        let outcome = matching.map_or(Outcome::Default, |index| Outcome::Assigned(index, 0));
        *found.entry(outcome).or_insert(0) += 1;
    }
    found
}

fn some_splits(total: u32) -> impl Strategy<Value = Vec<Vec<Shard>>> {
    let range = (0..=total + 1, 0..=total + 1);
    let parts = (prop::sample::select(vec!["a", "b", "c"]), prop::collection::vec(range, 0..3));
    let one = parts.prop_map(|(salt, ranges)| shard(salt, &ranges));
    prop::collection::vec(prop::collection::vec(one, 0..4), 0..7)
}

proptest! {
    #[test]
    fn counted_shares_equal_walking_every_combination_of_shards(splits in some_splits(9)) {
        let counted = counted(&splits, 9).unwrap();
        let walked = brute_force(&splits, &["a", "b", "c"], 9);
        let walked: Vec<_> = walked.into_iter().map(|(outcome, many)| (outcome, Fraction::new(many, 729).unwrap())).collect();
        prop_assert_eq!(counted.parts, walked);
    }

    #[test]
    fn two_salts_of_a_hundred_shards_agree_too(splits in some_splits(100)) {
        let mut splits = splits;
        splits.iter_mut().flatten().filter(|shard| shard.salt == "c").for_each(|shard| shard.salt = "a".to_owned());
        let counted = counted(&splits, 100).unwrap();
        let walked = brute_force(&splits, &["a", "b"], 100);
        let walked: Vec<_> = walked.into_iter().map(|(outcome, many)| (outcome, Fraction::new(many, 10_000).unwrap())).collect();
        prop_assert_eq!(counted.parts, walked);
    }
}

#[test]
fn one_salt_is_counted_over_all_ten_thousand_shards() {
    let splits = [vec![shard("s", &[(0, 3333), (9000, 12_000)])], vec![shard("s", &[(3000, 5000)])]];
    let counted = counted(&splits, 10_000).unwrap();
    for (outcome, many) in brute_force(&splits, &["s"], 10_000) {
        assert_eq!(share(&counted, outcome), Fraction::new(many, 10_000).unwrap());
    }
}

#[test]
fn the_canary_is_two_and_a_half_two_and_a_half_and_ninety_five() {
    let traffic = shard("t", &[(0, 500)]);
    let arms = [(0, 5000), (5000, 10_000)].map(|range| vec![traffic.clone(), shard("s", &[range])]);
    let counted = counted(&arms, 10_000).unwrap();
    let words: Vec<String> = counted.parts.iter().map(|(_, share)| share.to_string()).collect();
    assert_eq!(words, ["2.5%", "2.5%", "95%"]);
}

#[test]
fn equal_salts_in_two_steps_are_one_hash_and_different_salts_are_two() {
    let twice = |second: &str| [vec![shard("t", &[(0, 5000)])], vec![shard(second, &[(0, 5000)])]];
    let same = counted(&twice("t"), 10_000).unwrap();
    assert_eq!(share(&same, Outcome::Assigned(1, 0)), Fraction::ZERO);
    let other = counted(&twice("u"), 10_000).unwrap();
    assert_eq!(share(&other, Outcome::Assigned(1, 0)), Fraction::new(1, 4).unwrap());
}

#[test]
fn a_waterfall_of_two_hundred_uneven_splits_is_counted_to_the_last_shard() {
    let splits: Vec<_> = (0..200).map(|step| vec![shard(&format!("salt {step}"), &[(0, 3333)])]).collect();
    let counted = counted(&splits, 10_000).unwrap();
    let rest = Fraction::new(6667, 10_000).unwrap();
    let expected = (0..200).fold(Fraction::ONE, |product, _| product.times(&rest));
    assert_eq!(share(&counted, Outcome::Default), expected);
    assert_eq!(counted.share(|_| true), Fraction::ONE);
}

#[test]
fn salts_of_several_steps_that_cannot_be_counted_one_by_one_are_refused() {
    // Every step uses its own salt and that of the step half the waterfall away.
    let salt = |number: usize| shard(&format!("salt {}", number % 48), &[(0, 5000)]);
    let splits: Vec<_> = (0..48).map(|step| vec![salt(step), salt(step * 29 + 7), salt(step * 31 + 23)]).collect();
    assert_eq!(counted(&splits, 10_000), Err(TooLarge));
}

#[test]
fn a_long_waterfall_of_independent_steps_is_counted_step_by_step() {
    let splits: Vec<_> = (0..100).map(|step| vec![shard(&format!("salt {step}"), &[(0, 5000)])]).collect();
    let counted = counted(&splits, 10_000).unwrap();
    assert_eq!(share(&counted, Outcome::Default), Fraction::new(1, 1 << 100).unwrap());
}

#[test]
fn no_shards_at_all_cannot_be_counted() {
    assert_eq!(counted(&[vec![shard("s", &[(0, 1)])]], 0), Err(TooLarge));
    assert_eq!(counted(&[vec![]], 0), Ok(Distribution::all(Outcome::Assigned(0, 0))));
}
