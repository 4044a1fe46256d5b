use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::in_full;
use super::is_plain;
use crate::region::somebody::tests::{Random, declared, rules};
use crate::region::{Declared, Limits, LineKind, Side, Waterfall};
use crate::ufc;

/// A few lines with some of the shapes that authors write: shares, experiments on one salt or two, phases, holdouts.
fn waterfall<'w>(
    random: &mut Random,
    flag: &'w mut ufc::Flag,
    declared: &'w BTreeMap<String, Declared>,
) -> Waterfall<'w> {
    let (mut steps, mut kinds, mut holdouts) = (Vec::new(), Vec::new(), Vec::new());
    let lines = 1 + random.below(4);
    for line in 0..lines {
        let last = line + 1 == lines && random.below(3) > 0;
        let kind = match random.below(3) {
            _ if last => LineKind::Otherwise,
            0 => LineKind::Experiment,
            _ => LineKind::Gate,
        };
        let rules = if last { Vec::new() } else { rules(random) };
        for phase in 0..1 + random.below(2) {
            let salts: Vec<String> = match random.below(4) {
                _ if last => Vec::new(),
                0 => vec!["shared".to_owned()],
                1 => vec![format!("step-{line}")],
                2 => vec![format!("step-{line}"), format!("arm-{line}")],
                _ => Vec::new(),
            };
            let splits = (0..if salts.is_empty() { 1 } else { 1 + random.below(2) }).map(|_| ufc::Split {
                variation_key: "on".to_owned(),
                shards: salts
                    .iter()
                    .map(|salt| {
                        let (from, to) = (random.below(3), random.below(5));
                        let ranges = [4 * from, 2 * to].map(|end| u32::try_from(end).unwrap());
                        ufc::Shard { salt: salt.clone(), ranges: vec![ufc::Range { start: ranges[0], end: ranges[1] }] }
                    })
                    .collect(),
                extra_logging: BTreeMap::new(),
            });
            let splits = splits.collect();
            let instant = |day: usize| format!("2027-01-{:02}T00:00:00.000Z", 1 + day);
            let (start, end) = (random.below(6), random.below(6));
            flag.allocations.push(ufc::Allocation {
                key: flag.allocations.len().to_string(),
                rules: rules.clone(),
                start_at: (start > 3).then(|| instant(start)),
                end_at: (end > 3).then(|| instant(end)),
                splits,
                do_log: true,
            });
            steps.push(line);
            holdouts.push((phase == 0 && random.below(6) == 0).then_some("shared"));
        }
        kinds.push(kind);
    }
    Waterfall { side: Side { flag, steps, declared }, kinds, holdouts }
}

#[test]
fn of_a_waterfall_that_is_plain_at_a_glance_a_long_look_finds_nothing_to_tell() {
    let mut random = Random(20_261_201);
    let (free, tied) = (declared(true), declared(false));
    let mut plain = 0;
    for _ in 0..4_000 {
        let mut flag = crate::region::compare::nothing();
        flag.total_shards = 8;
        let declared = if random.below(2) == 0 { &free } else { &tied };
        let waterfall = waterfall(&mut random, &mut flag, declared);
        if is_plain(&waterfall) {
            plain += 1;
            let told = in_full(&waterfall, Timestamp::UNIX_EPOCH, false, Limits::MANY);
            assert!(told.is_empty(), "{told:#?}\nof {:#?}", waterfall.side.flag);
        }
    }
    assert!(plain > 400, "only {plain} were plain, so this test says little");
}
