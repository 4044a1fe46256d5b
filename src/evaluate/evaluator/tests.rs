use super::*;
use crate::ufc::{obfuscate, read};

fn config(flags: &str) -> Config {
    let text = format!(r#"{{"createdAt":"2024-04-17T19:40:53.716Z","environment":{{"name":"Test"}},"flags":{flags}}}"#);
    read(text.as_bytes()).unwrap()
}

const FLAG: &str = r#"{"f": {"key": "f", "enabled": true, "variationType": "STRING", "totalShards": 10000,
    "variations": {"a": {"key": "a", "value": "A"}, "bad": {"key": "bad", "value": 5}},
    "allocations": [
        {"key": "later", "startAt": "2030-01-01T00:00:00.000Z", "splits": [{"variationKey": "a", "shards": []}]},
        {"key": "rules", "rules": [{"conditions": [
            {"attribute": "id", "operator": "ONE_OF", "value": ["ana", "7"]},
            {"attribute": "age", "operator": "GTE", "value": 18}]}],
         "splits": [{"variationKey": "a", "shards": [{"salt": "s", "ranges": [{"start": 0, "end": 10000}]}],
                     "extraLogging": {"ticket": "X-1"}}]},
        {"key": "broken", "rules": [{"conditions": [{"attribute": "broken", "operator": "IS_NULL", "value": false}]}],
         "splits": [{"variationKey": "bad", "shards": []}]},
        {"key": "nobody", "splits": [{"variationKey": "a", "shards": [{"salt": "s", "ranges": []}]}]}
    ]}}"#;

fn subject(key: &str, attributes: &[(&str, AttributeValue)]) -> Subject {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Subject { key: key.to_owned(), attributes }
}

fn now() -> Timestamp {
    "2026-12-01T09:00:00Z".parse().unwrap()
}

#[test]
fn the_trace_says_why_each_allocation_did_or_did_not_assign() {
    use AllocationCode::{BeforeStartTime, FailingRule, Match, TrafficExposureMiss, Unevaluated};
    let config = config(FLAG);
    let evaluator = Evaluator::new(&config);
    let codes = |subject: &Subject| {
        let (assignment, trace) = evaluator.explain("f", subject, None, now());
        (assignment.code, trace.allocations.iter().map(|allocation| allocation.code).collect::<Vec<_>>())
    };
    let adult = [("age", AttributeValue::Number(18.0))];
    assert_eq!(codes(&subject("ana", &adult)), (Code::Match, vec![BeforeStartTime, Match, Unevaluated, Unevaluated]));
    let ended = vec![BeforeStartTime, FailingRule, FailingRule, TrafficExposureMiss];
    assert_eq!(codes(&subject("bob", &adult)), (Code::DefaultAllocationNull, ended));
}

#[test]
fn an_ill_typed_variation_gives_the_default_and_does_not_fall_through() {
    let config = config(FLAG);
    let broken = subject("bob", &[("broken", AttributeValue::Bool(true))]);
    let assignment = Evaluator::new(&config).assign("f", &broken, None, now());
    assert_eq!(assignment, Assignment::default_by(Code::UnexpectedConfigurationError));
}

#[test]
fn an_explicit_id_wins_over_the_subject_key_even_when_null() {
    let config = config(FLAG);
    let evaluator = Evaluator::new(&config);
    let age = ("age", AttributeValue::Text("18.5".to_owned()));
    let code =
        |id: AttributeValue| evaluator.assign("f", &subject("ana", &[("id", id), age.clone()]), None, now()).code;
    assert_eq!(code(AttributeValue::Number(7.0)), Code::Match);
    assert_eq!(code(AttributeValue::Null), Code::DefaultAllocationNull);
}

#[test]
fn the_type_is_checked_after_the_flag_and_before_its_allocations() {
    let config = config(FLAG);
    let evaluator = Evaluator::new(&config);
    let code = |flag: &str| evaluator.assign(flag, &subject("ana", &[]), Some(VariationType::Json), now()).code;
    assert_eq!([code("f"), code("g")], [Code::TypeMismatch, Code::FlagUnrecognizedOrDisabled]);
}

#[test]
fn the_obfuscated_twin_assigns_and_explains_the_same() {
    let config = config(FLAG);
    let twin = obfuscate(&config);
    let adult = subject("ana", &[("age", AttributeValue::Number(18.0))]);
    let (plain, plain_trace) = Evaluator::new(&config).explain("f", &adult, None, now());
    let (coded, coded_trace) = Evaluator::new(&twin).explain("f", &adult, None, now());
    assert_eq!(plain, coded);
    assert_eq!(plain.event.unwrap().extra["ticket"], "X-1");
    assert_eq!(plain_trace.allocations[1].splits, coded_trace.allocations[1].splits);
    let [id, age] = coded_trace.allocations[1].rules[0].conditions.as_slice() else { panic!() };
    assert_eq!((id.attribute.as_str(), age.attribute.as_str()), ("id", "age"));
    assert_eq!(age.operand, serde_json::json!(18.0));
}

#[test]
fn no_shards_at_all_neither_assigns_nor_panics() {
    let config = config(&FLAG.replace("10000,", "0,"));
    let assignment = Evaluator::new(&config).assign("f", &subject("ana", &[]), None, now());
    assert_eq!(assignment.code, Code::DefaultAllocationNull);
}
