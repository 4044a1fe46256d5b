//! What is said to be unreachable is never assigned, however many subjects come.

use std::collections::BTreeMap;

use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::region::{Fact, LineKind, Waterfall, facts};
use flagfall::ufc;

use crate::universe::{NAMED, Random, TIMES, declared, flag, typed, values, world};
use crate::{cases, limits, side};

/// Evaluations for each waterfall with a step that nobody reaches.
const SUBJECTS: usize = 2_000;

#[test]
fn nobody_is_assigned_by_a_step_that_nobody_reaches() {
    let mut random = Random(41);
    let declared = declared();
    let (mut evaluations, mut unreachable) = (0, 0);
    // The gate asks for a million evaluations.
    let wanted = if cases(0) > 0 { 1_000_000 } else { 20_000 };
    while evaluations < wanted {
        let world = world(&mut random);
        let flag = flag(&mut random, &world);
        let side = side(&mut random, &flag, &declared);
        let steps = side.steps.clone();
        let waterfall = Waterfall { side, kinds: vec![LineKind::Gate; steps.len()], holdouts: vec![None; steps.len()] };
        let found = facts(&waterfall, TIMES[0].parse().unwrap(), false, limits());
        let dead = |step: usize| {
            found.iter().any(|fact| {
                matches!(fact, Fact::Unreachable { step: one, .. } | Fact::NeverTakes { step: one, .. } if *one == step)
            })
        };
        if !steps.iter().any(|step| dead(*step)) {
            continue;
        }
        unreachable += 1;
        let config = ufc::Config {
            created_at: String::new(),
            format: ufc::Format::Server,
            environment: String::new(),
            flags: BTreeMap::from([(flag.key.clone(), Ok(flag.clone()))]),
        };
        let evaluator = Evaluator::new(&config);
        for _ in 0..SUBJECTS {
            evaluations += 1;
            let mut attributes = BTreeMap::new();
            for name in world.names.iter().filter(|name| **name != "id") {
                let value = random.pick(&values(name));
                if typed(name, &value) && value != AttributeValue::Null {
                    attributes.insert((*name).to_owned(), value);
                }
            }
            let key = if random.one_in(4) { random.pick(&NAMED).to_owned() } else { format!("k{}", random.draw()) };
            let subject = Subject { key, attributes };
            let at = random.pick(&TIMES).parse().unwrap();
            let assigned = evaluator.assign(&flag.key, &subject, None, at).allocation;
            let index = assigned.and_then(|key| flag.allocations.iter().position(|one| one.key == key));
            assert!(
                !index.is_some_and(|index| dead(steps[index])),
                "{subject:?} at {at}: {found:?}\n{steps:?} {flag:#?}"
            );
        }
    }
    assert!(unreachable > 3, "{unreachable}");
}
