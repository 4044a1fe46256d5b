use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Group, Questions, Waterfall, moments};
use crate::count::Targeting;
use crate::evaluate::AttributeValue;
use crate::ufc;

fn config(allocations: &str) -> ufc::Config {
    let text = format!(
        r#"{{"createdAt":"2026-01-01T00:00:00.000Z","format":"SERVER","environment":{{"name":"Test"}},"banditReferences":{{}},
        "flags":{{"f":{{"key":"f","enabled":true,"variationType":"BOOLEAN","totalShards":10000,
        "variations":{{"on":{{"key":"on","value":true}},"odd":{{"key":"odd","value":"text"}}}},"allocations":{allocations}}}}}}}"#
    );
    ufc::read(text.as_bytes()).unwrap()
}

fn rule(condition: &str) -> String {
    format!(
        r#"[{{"key":"a","doLog":false,"rules":[{{"conditions":[{condition}]}}],"splits":[{{"variationKey":"on","shards":[]}}]}}]"#
    )
}

/// Asks the first allocation of the plain document and of its obfuscated twin.
fn asked<T: PartialEq + std::fmt::Debug>(
    allocations: &str,
    attributes: &[(&str, AttributeValue)],
    ask: impl Fn(&Waterfall<'_>, Group<'_>) -> T,
) -> T {
    let attributes: BTreeMap<_, _> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let plain = config(allocations);
    let coded = ufc::obfuscate(&plain);
    let [plain, coded] = [plain, coded].map(|config| {
        let flag = config.flags.values().next().unwrap().as_ref().unwrap();
        let questions = Questions::new(config.format, flag);
        ask(&Waterfall::new(&questions), Group { key: None, attributes: &attributes })
    });
    assert_eq!(plain, coded, "the obfuscated twin answers the same");
    plain
}

fn targeting(condition: &str, attributes: &[(&str, AttributeValue)]) -> Targeting {
    asked(&rule(condition), attributes, |waterfall, group| {
        waterfall.targeting(group, Timestamp::UNIX_EPOCH).first().copied()
    })
    .unwrap()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::Text(value.to_owned())
}

#[test]
fn rules_are_asked_of_the_evaluator() {
    let country = r#"{"attribute":"country","operator":"ONE_OF","value":["US"]}"#;
    assert_eq!(targeting(country, &[("country", text("US"))]), Targeting::In);
    assert_eq!(targeting(country, &[("country", text("DE"))]), Targeting::Out);
    assert_eq!(targeting(country, &[]), Targeting::Out);
}

#[test]
fn a_key_that_no_condition_names_is_in_no_list_and_never_null() {
    let list = |operator: &str| format!(r#"{{"attribute":"id","operator":"{operator}","value":["acct-qa-1"]}}"#);
    assert_eq!(targeting(&list("ONE_OF"), &[]), Targeting::Out);
    assert_eq!(targeting(&list("NOT_ONE_OF"), &[]), Targeting::In);
    let null = |value: bool| format!(r#"{{"attribute":"id","operator":"IS_NULL","value":{value}}}"#);
    assert_eq!(targeting(&null(true), &[]), Targeting::Out);
    assert_eq!(targeting(&null(false), &[]), Targeting::In);
}

#[test]
fn what_depends_on_how_the_key_is_written_is_undecided() {
    let pattern = r#"{"attribute":"id","operator":"MATCHES","value":"^qa-"}"#;
    assert_eq!(targeting(pattern, &[]), Targeting::Undecided);
    let both = format!(r#"{pattern},{{"attribute":"country","operator":"ONE_OF","value":["US"]}}"#);
    assert_eq!(targeting(&both, &[("country", text("DE"))]), Targeting::Out);
    assert_eq!(targeting(&both, &[("country", text("US"))]), Targeting::Undecided);
}

#[test]
fn an_explicit_id_is_what_conditions_on_id_see() {
    let pattern = r#"{"attribute":"id","operator":"MATCHES","value":"^qa-"}"#;
    assert_eq!(targeting(pattern, &[("id", text("qa-7"))]), Targeting::In);
    assert_eq!(targeting(pattern, &[("id", text("user-7"))]), Targeting::Out);
    assert_eq!(targeting(pattern, &[("id", AttributeValue::Null)]), Targeting::Out);
}

#[test]
fn keys_that_are_left_out_are_told_where_they_could_decide() {
    let named = r#"{"attribute":"id","operator":"ONE_OF","value":["b","a"]},
        {"attribute":"country","operator":"ONE_OF","value":["US"]}"#;
    let config = config(&rule(named));
    let questions = Questions::new(config.format, config.flags["f"].as_ref().unwrap());
    let waterfall = Waterfall::new(&questions);
    let left_out = |country: &str| {
        let attributes = BTreeMap::from([("country".to_owned(), text(country))]);
        waterfall.left_out(Group { key: None, attributes: &attributes }, Timestamp::UNIX_EPOCH)
    };
    assert_eq!(left_out("US"), [(0, vec!["a".to_owned(), "b".to_owned()])]);
    assert_eq!(left_out("DE"), []);
}

#[test]
fn a_variation_of_the_wrong_type_or_a_missing_one_cannot_be_used() {
    let serving =
        |name: &str| format!(r#"[{{"key":"a","doLog":false,"splits":[{{"variationKey":"{name}","shards":[]}}]}}]"#);
    let usable = |name: &str| {
        let config = config(&serving(name));
        let questions = Questions::new(config.format, config.flags["f"].as_ref().unwrap());
        Waterfall::new(&questions).usable(name)
    };
    assert!(usable("on"));
    assert!(!usable("odd") && !usable("absent"));
}

#[test]
fn moments_are_before_and_at_every_change_of_a_window() {
    let windowed = r#"[{"key":"a","doLog":false,"startAt":"2026-01-01T00:00:00.000Z","endAt":"2026-02-01T00:00:00.000Z",
        "splits":[{"variationKey":"on","shards":[]}]}]"#;
    let config = config(windowed);
    let moments = moments(config.flags["f"].as_ref().unwrap());
    let shown: Vec<String> = moments.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00.001Z"]);
}
