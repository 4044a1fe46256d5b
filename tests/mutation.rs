//! `flagfall test --mutate`: changes that no case notices are reported at their line, with a case that notices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/workspace.rs"]
mod workspace;

use serde_json::Value;
use workspace::{Run, flagfall, workspace};

const FLAG: &str = r#"
attribute age number
attribute country string
attribute app-version semver
flag onboarding type=boolean {
    variation off #false
    variation on #true
    gate beta serve=on { when country is DE }
    experiment canary {
        split off=50 on=50
        when { country one-of US CA; age gte 18 }
        or app-version gte "2.4.0"
    }
    env test enabled=#false
    env production enabled=#true {
        gate beta
        experiment canary "5%"
        otherwise off
    }
}
"#;

const CASES: &str = r#"
    case "beta" env=production { subject ana country=DE; expect on via=beta; }
    case "canary" env=production { given country=US age=18; share on "2.5%" via=canary; share off "97.5%"; }
    case "others" env=production { subject ana; expect off via=otherwise; }
"#;

fn mutated(flag: &str, cases: &str, arguments: &[&str]) -> Run {
    let directory = workspace(flag, cases);
    flagfall(directory.path(), &[&["test", "--mutate"], arguments].concat())
}

fn changes(mutation: &Value) -> Vec<String> {
    let survivors = mutation["flags"].as_array().unwrap().iter().flat_map(|flag| flag["survivors"].as_array().unwrap());
    survivors.map(|survivor| survivor["change"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn survivors(flag: &str, cases: &str) -> Vec<String> {
    let run = mutated(flag, cases, &["--json"]);
    let mutation = &run.json()["mutation"];
    assert_eq!(mutation["undecided"], 0, "{}", run.results);
    let changes = changes(mutation);
    assert_eq!(run.code, i32::from(!changes.is_empty()), "{}", run.messages);
    changes
}

#[test]
fn what_no_case_notices_survives_in_the_authors_words() {
    let survivors = survivors(FLAG, CASES);
    for change in [
        "`app-version gte \"2.4.0\"` made `app-version gt \"2.4.0\"`",
        "`app-version gte \"2.4.0\"` made `app-version gte \"2.4.1\"`",
        "`age gte 18` made `age gte 17`",
        "`age gte 18` dropped",
        "`CA` dropped from `country one-of US CA`",
        "the alternative `app-version gte \"2.4.0\"` dropped",
    ] {
        assert!(survivors.iter().any(|survivor| survivor == change), "{change} is not in {survivors:#?}");
    }
}

#[test]
fn what_a_case_notices_does_not_survive() {
    let survivors = survivors(FLAG, CASES);
    for change in [
        "`country is DE` made `country is-not DE`",
        "`age gte 18` made `age gt 18`",
        "`age gte 18` made `age gte 19`",
        "`US` dropped from `country one-of US CA`",
        "`beta` serving `on` made `off`",
        "the border between `off` and `on` moved from 50% to 51%",
        "exposure 5% of `canary` made 2.5%",
        "exposure 5% of `canary` made 0%",
        "exposure 5% of `canary` made 100%",
        "`otherwise off` dropped",
        "`otherwise off` made `otherwise on`",
    ] {
        assert!(survivors.iter().all(|survivor| survivor != change), "{change} survived");
    }
}

#[test]
fn a_survivor_is_underlined_and_its_case_notices_it() {
    let run = mutated(FLAG, CASES, &[]);
    assert_eq!(run.code, 1);
    assert!(run.results.contains("`CA` dropped from `country one-of US CA`"), "{}", run.results);
    assert!(run.results.contains("main.kdl:11:34"), "{}", run.results);
    assert!(run.results.contains("this case notices it"), "{}", run.results);
    let plain = mutated(FLAG, CASES, &["--format", "plain"]);
    let line = "main.kdl:11:34: survived: onboarding: `CA` dropped from `country one-of US CA` (production)";
    assert!(plain.results.contains(line), "{}", plain.results);
}

/// Adds the cases that the report offers until nothing survives.
#[track_caller]
fn all_are_killed(flag: &str, cases: &str) {
    let mut cases = cases.to_owned();
    for _ in 0..10 {
        let run = mutated(flag, &cases, &["--json"]);
        let document = run.json();
        assert_eq!(document["summary"]["failed"], 0, "an offered case fails:\n{cases}\n{}", run.results);
        let mutation = &document["mutation"];
        assert_eq!(mutation["undecided"], 0, "{}", run.results);
        if run.code == 0 {
            assert_eq!(mutation["survived"], 0);
            return;
        }
        let flags = mutation["flags"].as_array().unwrap().iter();
        for survivor in flags.flat_map(|flag| flag["survivors"].as_array().unwrap()) {
            cases.push('\n');
            cases.push_str(survivor["case"].as_str().expect("a case for every survivor"));
        }
    }
    panic!("mutants survive:\n{cases}");
}

#[test]
fn with_the_cases_it_offers_nothing_survives() {
    all_are_killed(FLAG, CASES);
}

#[test]
fn with_the_cases_it_offers_nothing_survives_in_time_layers_and_holdouts() {
    let flag = r#"
attribute age number
attribute email string
segment staff { when email ends-with "@example.com"; }
layer page { slot a from="0%" to="40%"; slot b from="40%" to="100%"; }
holdout half "50%"
flag onboarding type=string {
    variation a one
    variation b two
    variation c three
    gate kill serve=a { when { in-segment staff; age not-null; }; or id is acct-qa-1; }
    experiment first {
        split { a from="0%" to="40%"; b from="40%" to="70%"; c from="70%" to="100%"; }
        when not-in-segment staff
        layer page slot=a
        holdout half serve=a
    }
    experiment second {
        split a=1 c=1
        layer page slot=b
    }
    env production enabled=#true {
        gate kill start="2026-12-01T00:00:00Z"
        experiment first { ramp { at "2026-12-01T09:00:00Z" "5%"; at "2026-12-08T09:00:00Z" "50%"; } }
        experiment second "20%" exposure-miss=stop
    }
}
"#;
    all_are_killed(flag, "case first env=production at=\"2026-01-01T00:00:00Z\" { given; share b \"0%\"; }");
}

#[test]
fn what_changes_nothing_is_no_survivor() {
    // Everyone gets `off` either way; the order of two gates that serve disjoint countries is no matter.
    let flag = r#"
attribute country string
flag onboarding type=boolean {
    variation off #false
    variation on #true
    gate germans serve=on { when country is DE }
    gate britons serve=off { when country is GB }
    env production enabled=#true {
        gate germans
        gate britons
    }
}
"#;
    let cases = r#"
    case a env=production { given country=DE; expect on via=germans; }
    case b env=production { given country=GB; expect off via=britons; }
    case c env=production { given others=any { country not-one-of DE GB; }; expect-default; }
    case d env=production { given others=any { country is-null; }; expect-default; }
    "#;
    let run = mutated(flag, cases, &["--json"]);
    let mutation = &run.json()["mutation"];
    assert_eq!(run.code, 0, "{}", run.results);
    assert_eq!((&mutation["survived"], &mutation["undecided"]), (&0.into(), &0.into()), "{}", run.results);
    assert_eq!(mutation["equivalent"], 1, "{}", run.results);
}

#[test]
fn only_passed_cases_count_and_untested_environments_are_named() {
    let flag = FLAG.replace("env test enabled=#false", "env test enabled=#true { gate beta; }");
    let run = mutated(&flag, CASES, &[]);
    assert!(run.results.contains("no case passed in `test`, so nothing was changed there"), "{}", run.results);
    let failing = r#"case "wrong" env=production { subject ana country=DE; expect off; }"#;
    let run = mutated(FLAG, failing, &[]);
    assert!(run.code == 1 && run.results.contains("mutation: no flag has cases that passed"), "{}", run.results);
}
