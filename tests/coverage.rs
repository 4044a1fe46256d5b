//! `flagfall test --coverage`: what no case touches is listed exactly, each with a case that does.

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
attribute email string
attribute age number
attribute country string { one-of US CA GB DE }
segment staff { when email ends-with "@example.com" }
flag onboarding type=boolean {
    variation off #false
    variation on #true
    gate staff-preview serve=on { when in-segment staff }
    gate qa-account serve=on { when id is acct-qa-1 }
    experiment canary {
        split off=50 on=50
        when { country one-of US CA; age gte 18 }
    }
    env test enabled=#false
    env production enabled=#true {
        gate staff-preview
        gate qa-account
        experiment canary "5%"
    }
}
"#;

fn covered(flag: &str, cases: &str, arguments: &[&str]) -> Run {
    let directory = workspace(flag, cases);
    flagfall(directory.path(), &[&["test", "--coverage"], arguments].concat())
}

#[track_caller]
fn counts(flag: &str, cases: &str) -> (u64, u64) {
    let run = covered(flag, cases, &["--json"]);
    let coverage = &run.json()["coverage"];
    assert_eq!(coverage["undecided"], 0, "{}", run.results);
    (coverage["touched"].as_u64().unwrap(), coverage["total"].as_u64().unwrap())
}

fn cases_of(coverage: &Value) -> Vec<String> {
    let flags = coverage["flags"].as_array().unwrap().iter();
    let untouched = flags.flat_map(|flag| flag["untouched"].as_array().unwrap());
    untouched.map(|cell| cell["case"].as_str().expect("a case for every outcome").to_owned()).collect()
}

const NOBODY: &str = "case first env=production { subject nobody; expect-default; }";

/// With the cases that the report offers beside `first`, everything is touched; says how much that is.
#[track_caller]
fn fills_up(flag: &str, first: &str) -> u64 {
    let run = covered(flag, first, &["--json"]);
    assert_eq!(run.code, 0, "{}\n{}", run.messages, run.results);
    let cases = format!("{first}\n{}", cases_of(&run.json()["coverage"]).join("\n"));
    let run = covered(flag, &cases, &["--json"]);
    assert_eq!(run.code, 0, "{cases}\n{}\n{}", run.messages, run.results);
    let coverage = &run.json()["coverage"];
    assert_eq!(coverage["touched"], coverage["total"], "{cases}\n{}", run.results);
    assert_eq!(coverage["percent"], 100);
    coverage["total"].as_u64().unwrap()
}

#[test]
fn a_flag_without_cases_is_touched_nowhere() {
    let directory = workspace(FLAG, "");
    std::fs::remove_file(directory.path().join("main.test.kdl")).unwrap();
    let run = flagfall(directory.path(), &["test", "--coverage", "--json"]);
    let coverage = &run.json()["coverage"];
    // Staff; the account; the canary's two arms and its rest; everyone else.
    assert_eq!((&coverage["touched"], &coverage["total"], &coverage["percent"]), (&0.into(), &6.into(), &0.into()));
    assert_eq!(run.code, 0, "{}", run.messages);
}

#[test]
fn a_subject_touches_one_outcome_and_a_group_every_one_of_its_region() {
    let subject = "case a env=production { subject ana country=US age=20; expect-default; }";
    assert_eq!(counts(FLAG, subject), (1, 6));
    let group = "case a env=production { given country=US age=20; share on \"2.5%\"; }";
    assert_eq!(counts(FLAG, group), (3, 6));
    let nobody = "case a env=production { given country=DE; never on; }";
    assert_eq!(counts(FLAG, nobody), (1, 6));
}

#[test]
fn others_any_touches_every_region_it_meets() {
    let all = "case a env=production { given others=any { in-segment staff }; expect on; }";
    assert_eq!(counts(FLAG, all), (1, 6));
    let all = "case a env=production { given others=any { country is DE; email is-null; }; never on; }";
    assert_eq!(counts(FLAG, all), (1, 6));
    let all = "case a env=production { given others=any { email is-null }; never off; }";
    // It fails, and what fails shows nothing.
    assert_eq!(counts(FLAG, all), (0, 6));
}

#[test]
fn the_cases_it_offers_touch_everything_once_pasted() {
    assert_eq!(fills_up(FLAG, NOBODY), 6);
}

#[test]
fn pieces_of_time_are_regions_of_their_own_and_their_cases_name_an_instant() {
    let flag = FLAG.replace("gate qa-account\n        ", "gate qa-account start=\"2026-12-01T09:00:00Z\"\n        ");
    let run = covered(&flag, "case a env=production { subject ana; expect-default; }", &["--json"]);
    let offered = cases_of(&run.json()["coverage"]);
    assert!(offered.iter().any(|case| case.contains("acct-qa-1") && case.contains("at=\"2026-12-01T09:00:00Z\"")));
    assert!(offered.iter().any(|case| !case.contains("at=")), "{offered:?}");
    fills_up(&flag, NOBODY);
}

#[test]
fn phases_of_a_ramp_and_holdouts_fill_up_too() {
    let flag = FLAG
        .replace("flag onboarding", "holdout half \"50%\"\nflag onboarding")
        .replace("split off=50 on=50", "split off=50 on=50\n        holdout half serve=off")
        .replace(
            "experiment canary \"5%\"",
            "experiment canary { ramp { at \"2026-12-01T09:00:00Z\" \"5%\"; at \"2026-12-08T09:00:00Z\" \"50%\"; } }\n        otherwise off",
        );
    fills_up(&flag, "case first env=production { subject nobody; expect off via=otherwise; }");
}

#[test]
fn keys_that_a_pattern_sorts_get_a_case() {
    fills_up(&FLAG.replace("id is acct-qa-1", "id starts-with \"acct-qa-\""), NOBODY);
}

#[test]
fn the_percentage_is_rounded_down() {
    let five = r#"
        case a env=production { subject ana email="a@example.com"; expect on; }
        case b env=production { given country=US age=20; share on "2.5%"; }
        case c env=production { subject ana; expect-default; }
    "#;
    let run = covered(FLAG, five, &[]);
    assert!(run.results.contains("onboarding (production): 5 of 6 outcomes touched, 83%"), "{}", run.results);
    assert!(run.results.contains("subject acct-qa-1\n"), "{}", run.results);
    assert!(run.results.contains("expect on via=qa-account"), "{}", run.results);
    assert_eq!(covered(FLAG, five, &["--min-coverage", "83"]).code, 0);
    assert_eq!(covered(FLAG, five, &["--min-coverage", "84"]).code, 1);
}

#[test]
fn long_lists_are_cut_with_the_exact_rest() {
    use std::fmt::Write as _;
    let mut flag = "attribute a string\nflag onboarding type=boolean {\n variation on #true\n".to_owned();
    let mut placements = String::new();
    for number in 0..25 {
        writeln!(flag, " gate g{number} serve=on {{ when a is v{number} }}").unwrap();
        writeln!(placements, "  gate g{number}").unwrap();
    }
    writeln!(flag, " env production enabled=#true {{\n{placements} }}\n}}").unwrap();
    let run = covered(&flag, "case a env=production { subject ana; expect-default; }", &[]);
    assert!(run.results.contains("1 of 26 outcomes touched, 3%"), "{}", run.results);
    assert!(run.results.contains("  and 5 more\n"), "{}", run.results);
    assert_eq!(run.results.matches("untouched:").count(), 20);
}

#[test]
fn what_only_values_of_another_type_reach_does_not_count() {
    // "18 years" is neither below 18 nor not, and no case can say it.
    let flag = r#"
attribute age number
flag onboarding type=boolean {
    variation off #false
    variation on #true
    gate minors serve=off { when age lt 18 }
    gate adults serve=on { when age gte 18 }
    gate unknown serve=off { when age is-null }
    env production enabled=#true {
        gate minors
        gate adults
        gate unknown
    }
}
"#;
    assert_eq!(fills_up(flag, "case first env=production { subject nobody; expect off via=unknown; }"), 3);
}

#[test]
fn filters_choose_flags_and_environments() {
    let cases = "case a env=production { subject ana; expect-default; }";
    let run = covered(FLAG, cases, &["--env", "test", "--json"]);
    assert_eq!(run.json()["coverage"]["flags"], Value::Array(Vec::new()), "disabled in test");
    let run = covered(FLAG, cases, &["--filter", "absent", "--json"]);
    assert_eq!(run.json()["coverage"]["flags"], Value::Array(Vec::new()));
}

#[test]
fn min_coverage_speaks_of_coverage() {
    let directory = workspace(FLAG, "case a env=production { subject ana; expect-default; }");
    let run = flagfall(directory.path(), &["test", "--min-coverage", "50"]);
    assert!(run.code == 2 && run.messages.contains("--coverage"), "{}", run.messages);
}
