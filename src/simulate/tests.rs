use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Simulation, Simulator, made_up_key, served};
use crate::count::{Fraction, Questions};
use crate::evaluate::{AttributeValue, Subject};
use crate::ufc;

const CANARY: &str = r#"{"createdAt":"2026-01-01T00:00:00.000Z","format":"SERVER","environment":{"name":"Test"},"banditReferences":{},
    "flags":{"f":{"key":"f","enabled":true,"variationType":"BOOLEAN","totalShards":10000,
    "variations":{"on":{"key":"on","value":true},"off":{"key":"off","value":false}},"allocations":[
    {"key":"staff","doLog":false,"rules":[{"conditions":[{"attribute":"staff","operator":"ONE_OF","value":["true"]}]}],
     "splits":[{"variationKey":"on","shards":[]}]},
    {"key":"canary","doLog":true,"splits":[
    {"variationKey":"off","shards":[{"salt":"t","ranges":[{"start":0,"end":500}]},{"salt":"s","ranges":[{"start":0,"end":5000}]}]},
    {"variationKey":"on","shards":[{"salt":"t","ranges":[{"start":0,"end":500}]},{"salt":"s","ranges":[{"start":5000,"end":10000}]}]}
    ]}]}}}"#;

fn simulate(config: &ufc::Config, flag: &str, subjects: &[Subject]) -> Simulation {
    let questions = served(config, flag).map(|flag| Questions::new(config.format, flag)).unwrap_or_default();
    let mut simulator = Simulator::new(config, flag, &questions, Timestamp::UNIX_EPOCH);
    for part in subjects.chunks(1000) {
        simulator.take(part);
    }
    simulator.finish().unwrap()
}

fn population(many: u64, staff: impl Fn(u64) -> bool) -> Vec<Subject> {
    let subject = |number| Subject {
        key: made_up_key(7, number),
        attributes: BTreeMap::from([("staff".to_owned(), AttributeValue::Bool(staff(number)))]),
    };
    (0..many).map(subject).collect()
}

#[test]
fn a_canary_of_five_percent_is_two_and_a_half_percent_each_within_chance() {
    let config = ufc::read(CANARY.as_bytes()).unwrap();
    let simulation = simulate(&config, "f", &population(20_000, |_| false));
    let shares: Vec<String> =
        simulation.arms.iter().map(|arm| format!("{}: {}", arm.variation, arm.expected)).collect();
    assert_eq!(shares, ["on: 0%", "off: 2.5%", "on: 2.5%"]);
    assert_eq!(simulation.default.0.to_string(), "95%");
    assert_eq!(simulation.arms.iter().map(|arm| arm.actual).sum::<u64>() + simulation.default.1, 20_000);
    let deviation = simulation.deviation.unwrap();
    assert_eq!(deviation.freedom, 2);
    assert!(deviation.p_value > 0.001, "{}", deviation.verdict());
}

#[test]
fn the_expected_share_of_a_mixed_population_is_the_mean_over_its_rows() {
    let config = ufc::read(CANARY.as_bytes()).unwrap();
    let simulation = simulate(&config, "f", &population(1000, |number| number % 4 == 0));
    assert_eq!(simulation.arms[0].expected, Fraction::new(1, 4).unwrap());
    assert_eq!(simulation.arms[0].actual, 250);
    assert_eq!(simulation.arms[1].expected, Fraction::new(3, 160).unwrap());
}

#[test]
fn an_obfuscated_twin_simulates_the_same() {
    let config = ufc::read(CANARY.as_bytes()).unwrap();
    let subjects = population(500, |number| number % 3 == 0);
    assert_eq!(simulate(&config, "f", &subjects), simulate(&ufc::obfuscate(&config), "f", &subjects));
}

#[test]
fn an_absent_flag_gives_everyone_the_default_and_leaves_nothing_to_chance() {
    let config = ufc::read(CANARY.as_bytes()).unwrap();
    let simulation = simulate(&config, "absent", &population(10, |_| false));
    assert_eq!((simulation.default, simulation.deviation), ((Fraction::ONE, 10), None));
}

#[test]
fn a_population_of_one_repeated_subject_is_not_as_expected() {
    let config = ufc::read(CANARY.as_bytes()).unwrap();
    let subjects = vec![population(1, |_| false).remove(0); 2000];
    let deviation = simulate(&config, "f", &subjects).deviation.unwrap();
    assert!(deviation.p_value < 0.001, "{}", deviation.verdict());
}

#[test]
fn made_up_keys_depend_on_seed_and_number_alone() {
    assert_eq!(made_up_key(1, 0), made_up_key(1, 0));
    assert_ne!(made_up_key(1, 0), made_up_key(2, 0));
    assert_ne!(made_up_key(1, 0), made_up_key(1, 1));
}
