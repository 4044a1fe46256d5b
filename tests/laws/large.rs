//! Thirty steps over ten attributes with twelve patterns decide within a tenth of the budget, and so do their differences.
//! What is made to be undecidable ends as undecided.

use std::collections::BTreeMap;

use flagfall::region::{Fact, Limits, LineKind, Side, Waterfall, compare, facts};
use flagfall::ufc;

use crate::universe::Random;
use crate::waterfall::{condition, declared, dense, gates, hard, rule, waterfall};

#[test]
fn a_hundred_waterfalls_of_thirty_steps_and_their_differences_decide_in_a_hundred_thousand_nodes() {
    let limits = Limits { nodes: 100_000, ..Limits::MANY };
    let declared = declared();
    let mut random = Random(31);
    let mut draw = |below: u64| random.draw() % below;
    for case in 0..100 {
        let (flag, kinds) = waterfall(&mut draw);
        let side = Side { flag: &flag, steps: (0..30).collect(), declared: &declared };
        let studied = Waterfall { side: side.clone(), kinds, holdouts: vec![None; 30] };
        let found = facts(&studied, jiff::Timestamp::UNIX_EPOCH, false, limits);
        let undecided: Vec<&Fact> = found.iter().filter(|fact| matches!(fact, Fact::Undecided { .. })).collect();
        assert!(undecided.is_empty(), "case {case}: {undecided:?}");
        let mut other = flag.clone();
        let at = usize::try_from(draw(29)).unwrap();
        match draw(3) {
            0 => other.allocations.swap(at, at + 1),
            1 => other.allocations[at].rules[0].conditions[0] = condition(&mut draw),
            _ => other.allocations[at].splits.reverse(),
        }
        let changed = Side { flag: &other, ..side.clone() };
        let answer = compare(Some(&side), Some(&changed), limits);
        assert!(answer.is_ok(), "case {case}: {answer:?}");
    }
}

#[test]
fn thirty_experiments_of_two_alternatives_each_and_their_moves_decide_in_a_hundred_thousand_nodes() {
    let limits = Limits { nodes: 100_000, ..Limits::MANY };
    let declared = declared();
    let mut random = Random(36);
    for case in 0..3 {
        let (flag, kinds) = dense(&mut |below| random.draw() % below, 30);
        let side = Side { flag: &flag, steps: (0..30).collect(), declared: &declared };
        let studied = Waterfall { side: side.clone(), kinds, holdouts: vec![None; 30] };
        let found = facts(&studied, jiff::Timestamp::UNIX_EPOCH, false, limits);
        let undecided: Vec<&Fact> = found.iter().filter(|fact| matches!(fact, Fact::Undecided { .. })).collect();
        assert!(undecided.is_empty(), "case {case}: {undecided:?}");
        let mut same = flag.clone();
        same.allocations[15].rules.reverse();
        assert_eq!(compare(Some(&side), Some(&Side { flag: &same, ..side.clone() }), limits), Ok(None), "case {case}");
        let mut moved = flag.clone();
        moved.allocations.swap(15, 16);
        let answer = compare(Some(&side), Some(&Side { flag: &moved, ..side.clone() }), limits);
        assert!(answer.is_ok(), "case {case}: {answer:?}");
    }
}

fn undecided(flag: &ufc::Flag) -> bool {
    let declared = BTreeMap::new();
    let steps: Vec<usize> = (0..flag.allocations.len()).collect();
    // With an experiment on top it takes more than a glance.
    let mut kinds = vec![LineKind::Gate; steps.len()];
    kinds[0] = LineKind::Experiment;
    let holdouts = vec![None; steps.len()];
    let side = Side { flag, steps, declared: &declared };
    let found = facts(&Waterfall { side, kinds, holdouts }, jiff::Timestamp::UNIX_EPOCH, false, Limits::default());
    found.iter().any(|fact| matches!(fact, Fact::Undecided { .. }))
}

#[test]
fn what_is_made_to_be_hard_ends_as_undecided() {
    for (name, flag) in hard() {
        assert!(undecided(&flag), "{name}");
    }
}

#[test]
fn two_hundred_gates_of_sixty_four_conditions_are_decided_at_a_glance() {
    let declared = BTreeMap::new();
    let (_, flag) = hard().into_iter().find(|(name, _)| *name == "200 steps of 64 conditions").unwrap();
    let side = Side { flag: &flag, steps: (0..200).collect(), declared: &declared };
    let waterfall = Waterfall { side, kinds: vec![LineKind::Gate; 200], holdouts: vec![None; 200] };
    assert_eq!(facts(&waterfall, jiff::Timestamp::UNIX_EPOCH, false, Limits::MANY), []);
}

#[test]
fn order_and_patterns_on_one_undeclared_attribute_are_undecided_where_no_value_is_at_hand() {
    let ordered = rule(&[("a", "GT", 5.into())]);
    let both = rule(&[("a", "GT", 1.into()), ("a", "MATCHES", "^77777$".into())]);
    assert!(undecided(&gates(vec![ordered, both])));
}
