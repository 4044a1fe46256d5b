use std::collections::BTreeMap;

use super::super::diagram::{EVERYWHERE, Function};
use super::super::solve::{Keys, Values};
use super::super::somebody::tests::Random;
use super::super::space::{Plan, Space};
use super::super::{Declared, Limits};
use crate::ufc;

fn asked() -> Vec<ufc::Rule> {
    let conditions = [
        ("plan", "ONE_OF", serde_json::json!(["free"])),
        ("plan", "NOT_ONE_OF", serde_json::json!(["free", "pro"])),
        ("id", "ONE_OF", serde_json::json!(["a", "b"])),
        ("id", "MATCHES", "^[ab]$".into()),
        ("age", "GTE", 18.into()),
        ("age", "LT", 18.into()),
        ("age", "IS_NULL", false.into()),
        ("email", "MATCHES", "@example\\.com$".into()),
        ("email", "MATCHES", "\\.com$".into()),
        ("email", "NOT_MATCHES", "^admin".into()),
        ("email", "ONE_OF", serde_json::json!(["admin@example.com"])),
        ("host", "MATCHES", "^b".into()),
        ("host", "MATCHES", "^a".into()),
    ];
    let condition = |(attribute, operator, value): (&str, &str, serde_json::Value)| ufc::Condition {
        attribute: attribute.to_owned(),
        operator: operator.to_owned(),
        value,
    };
    conditions.into_iter().map(|one| ufc::Rule { conditions: vec![condition(one)] }).collect()
}

fn flag() -> ufc::Flag {
    let mut flag = super::super::compare::nothing();
    flag.total_shards = 100;
    for salt in ["one", "two"] {
        for (start, end) in [(0, 50), (25, 75)] {
            let shards = vec![ufc::Shard { salt: salt.to_owned(), ranges: vec![ufc::Range { start, end }] }];
            let split = ufc::Split { variation_key: String::new(), shards, extra_logging: BTreeMap::new() };
            flag.allocations.push(ufc::Allocation {
                key: String::new(),
                rules: Vec::new(),
                start_at: None,
                end_at: None,
                splits: vec![split],
                do_log: false,
            });
        }
    }
    flag
}

/// Some of the atoms and their complements, any two of which are joined at random.
fn random_function(space: &mut Space, atoms: &[Function], random: &mut Random) -> Function {
    let mut function = atoms[random.below(atoms.len())];
    for _ in 0..random.below(4) {
        let mut other = atoms[random.below(atoms.len())];
        if random.below(2) == 0 {
            other = space.diagrams.not(other).unwrap();
        }
        function = match random.below(2) {
            0 => space.diagrams.and(function, other).unwrap(),
            _ => space.diagrams.or(function, other).unwrap(),
        };
    }
    function
}

#[test]
fn functions_hold_together_exactly_where_their_product_holds() {
    let (rules, flag) = (asked(), flag());
    let mut plan = Plan::default();
    plan.rules(0, &rules);
    plan.flag(0, &flag, |allocation| allocation);
    let declared = BTreeMap::from([("age".to_owned(), Declared::Number), ("plan".to_owned(), Declared::Text)]);
    let mut space = plan.cut(&declared, Limits::MANY).unwrap();
    let mut atoms: Vec<Function> = rules.chunks(1).map(|rule| space.rules(rule).unwrap()).collect();
    for split in flag.allocations.iter().flat_map(|allocation| &allocation.splits) {
        atoms.push(space.split(split).unwrap());
    }
    let mut random = Random(7);
    let mut found = 0;
    for case in 0..2_000 {
        let count = 1 + random.below(6);
        let functions: Vec<Function> = (0..count).map(|_| random_function(&mut space, &atoms, &mut random)).collect();
        let product = functions.iter().try_fold(EVERYWHERE, |all, one| space.diagrams.and(all, *one)).unwrap();
        for values in [Values::Any, Values::Typed, Values::TypedBut(0)] {
            for keys in [Keys::Free, Keys::Unnamed] {
                let together = space.find_all(&functions, values, keys).unwrap();
                let one = space.find(product, values, keys).unwrap();
                assert_eq!(together.is_some(), one.is_some(), "case {case}: {functions:?} {values:?} {keys:?}");
                let Some(spot) = together else { continue };
                found += 1;
                for function in &functions {
                    assert_eq!(space.at(*function, &spot).unwrap(), EVERYWHERE, "case {case}: {spot:?}");
                }
            }
        }
    }
    // Neither always nor never.
    assert!((2_000..10_000).contains(&found), "{found}");
}
