use super::*;
use crate::ufc::{Flag, VariationType};

fn document(flags: &str) -> String {
    format!(r#"{{"createdAt":"2024-04-17T19:40:53.716Z","environment":{{"name":"Test"}},"flags":{flags}}}"#)
}

fn flag(members: &str) -> Result<Flag, String> {
    let text = document(&format!(r#"{{"f":{members}}}"#));
    read(text.as_bytes()).unwrap().flags.remove("f").unwrap()
}

const PLAIN: &str = r#""key":"f","enabled":true,"variationType":"BOOLEAN","totalShards":10000,
    "variations":{"on":{"key":"on","value":true}}"#;

#[test]
fn a_bad_flag_costs_only_itself_and_says_where() {
    let good = format!(r#"{{{PLAIN},"allocations":[],"comment":{{"unknown":[1,2]}}}}"#);
    let bad = format!(r#"{{{PLAIN},"allocations":[{{"key":"a","splits":[{{"variationKey":"on"}}]}}]}}"#);
    let config = read(document(&format!(r#"{{"good":{good},"bad":{bad},"worse":5}}"#)).as_bytes()).unwrap();
    assert_eq!(config.flags["good"].as_ref().unwrap().variation_type, VariationType::Boolean);
    assert_eq!(config.flags["bad"], Err("allocations[0]: splits[0]: `shards` is missing".to_owned()));
    assert_eq!(config.flags["worse"], Err("is a number, not an object".to_owned()));
}

#[test]
fn absent_rules_log_and_format_have_the_references_defaults() {
    let read = flag(&format!(r#"{{{PLAIN},"allocations":[{{"key":"a","splits":[],"startAt":null}}]}}"#)).unwrap();
    assert!(read.allocations[0].do_log && read.allocations[0].rules.is_empty());
    assert_eq!(read.allocations[0].start_at, None);
}

#[test]
fn nulls_duplicates_and_dates_spoil_their_flag() {
    let bad = |allocation: &str| flag(&format!(r#"{{{PLAIN},"allocations":[{allocation}]}}"#)).unwrap_err();
    assert!(bad(r#"{"key":"a","splits":[],"rules":null}"#).contains("`rules` is null"));
    assert!(bad(r#"{"key":"a","splits":[],"doLog":null}"#).contains("`doLog` is null"));
    assert!(bad(r#"{"key":"a","key":"b","splits":[]}"#).contains("`key` is given twice"));
    assert!(bad(r#"{"key":"a","splits":[],"endAt":"2024-01-01"}"#).contains("`2024-01-01`, not an RFC 3339 date"));
    assert!(flag(r#"{"key":"f"}"#).unwrap_err().contains("`enabled` is missing"));
}

#[test]
fn an_unreadable_condition_is_kept_and_has_no_operator() {
    let rules =
        r#"[{"conditions":[5,{"attribute":"a","operator":"NEW","value":1},{"attribute":"a","operator":"GT"}]}]"#;
    let read = flag(&format!(r#"{{{PLAIN},"allocations":[{{"key":"a","splits":[],"rules":{rules}}}]}}"#)).unwrap();
    let operators: Vec<_> = read.allocations[0].rules[0].conditions.iter().map(|c| c.operator.as_str()).collect();
    assert_eq!(operators, ["", "NEW", ""]);
}

#[test]
fn of_a_key_given_twice_the_last_stays() {
    let twice = format!(r#"{{"f":1,"f":{{{PLAIN},"allocations":[]}}}}"#);
    assert!(read(document(&twice).as_bytes()).unwrap().flags["f"].is_ok());
}

#[test]
fn documents_that_are_no_configuration_are_refused_with_a_reason() {
    let message = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert!(message("").starts_with("not JSON"));
    assert!(message("{}").contains("`createdAt` is missing"));
    assert!(message("\u{feff}{}").contains("byte-order mark"));
    assert!(message(&document("null")).contains("`flags` is null"));
    assert!(message(&document("{}").replace("2024-", "24.")).contains("not an RFC 3339 date"));
    assert!(message(r#"{"format":"PRECOMPUTED","createdAt":"2024-04-17T19:40:53Z"}"#).contains("one subject"));
    assert!(message(&"[".repeat(100_000)).starts_with("not JSON"));
}
