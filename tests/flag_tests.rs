//! `flagfall test`, as people and build servers run it.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails the test")]

use std::path::Path;
use std::process::Command;

const CONFIGURATION: &str =
    "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF4 reason=\"fixture\" }\n";

const VOCABULARY: &str = r#"
attribute email string
attribute country string { one-of US CA GB DE }
attribute app-version semver
segment staff { when email ends-with "@example.com" }
"#;

const FLAG: &str = r#"flag onboarding type=boolean {
    variation off #false
    variation on #true
    gate staff-preview serve=on { when in-segment staff }
    gate qa-account serve=on log=#true { when id is acct-qa-1 }
    experiment canary {
        split off=50 on=50
        when country one-of US CA
    }
    env test enabled=#false
    env production enabled=#true {
        gate staff-preview
        gate qa-account
        experiment canary "5%"
    }
}
"#;

struct Run {
    code: i32,
    results: String,
    messages: String,
}

fn flagfall(directory: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    let output = command.args(arguments).current_dir(directory).env_remove("COLUMNS").output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        results: String::from_utf8(output.stdout).unwrap(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [("flagfall.kdl", CONFIGURATION), ("vocabulary.kdl", VOCABULARY)].iter().chain(files) {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn tested(flag: &str, cases: &str, arguments: &[&str]) -> Run {
    let cases = format!("tests onboarding {{\n{cases}\n}}\n");
    let directory = workspace(&[("onboarding.kdl", flag), ("onboarding.test.kdl", &cases)]);
    flagfall(directory.path(), &[&["test"], arguments].concat())
}

#[track_caller]
fn passes(flag: &str, cases: &str) -> Run {
    let run = tested(flag, cases, &[]);
    assert_eq!(run.code, 0, "{}\n{}", run.messages, run.results);
    run
}

/// The case fails, and says each of these.
#[track_caller]
fn fails(flag: &str, cases: &str, saying: &[&str]) -> Run {
    let run = tested(flag, cases, &[]);
    assert_eq!(run.code, 1, "{}\n{}", run.messages, run.results);
    for sentence in saying {
        assert!(run.results.contains(sentence), "`{sentence}` is not in\n{}\n{}", run.messages, run.results);
    }
    run
}

#[test]
fn subjects_shares_and_defaults_pass_where_they_are_as_expected() {
    passes(
        FLAG,
        r#"
        case "staff" env=production {
            subject emp-15 email="ana@example.com" country=US
            expect on via=staff-preview
        }
        case "the canary" env=production {
            given country=US
            share on "2.5%"
            share off "2.5%" via=canary
            share-default "95%"
        }
        case "nobody else" env=production {
            given country=DE
            never on
            expect-default
        }
        case "each of them" env=production {
            given { country one-of US CA; email is-null }
            share on "2.5%"
        }
        "#,
    );
}

#[test]
fn a_share_is_compared_exactly() {
    let run = fails(
        FLAG,
        r#"case "the canary" env=production { given country=US; share on "2.51%"; share-default "95%" }"#,
        &[
            "expected `on` for 2.51%, got `on` for 2.5%",
            "onboarding.test.kdl:2",
            "onboarding.kdl:14",
            "95%  the caller's default",
            "1 of 1 test failed",
        ],
    );
    assert!(!run.results.contains("expected the caller's default"), "the other expectation holds: {}", run.results);
}

#[test]
fn a_failed_subject_is_followed_step_by_step() {
    fails(
        FLAG,
        r#"case "staff" env=production { subject emp-15 email="ana@example.com"; expect off via=canary }"#,
        &[
            "expected `off` through `canary`, got `on` through `staff-preview`",
            "onboarding.kdl:12",
            "it is \"ana@example.com\"",
        ],
    );
}

#[test]
fn a_failed_never_shows_a_subject_who_gets_it() {
    fails(
        FLAG,
        r#"case "nobody" env=production { given country=US; never on }"#,
        &["expected nobody to get `on`, got `on` for 2.5%", "subject-", "step by step", "shard"],
    );
}

#[test]
fn the_witness_of_a_failure_is_a_command_that_finds_the_workspace() {
    let directory = workspace(&[]);
    let flags = directory.path().join("my flags");
    std::fs::create_dir(&flags).unwrap();
    let cases = r#"tests onboarding { case "nobody" env=production { given country=US; never on } }"#;
    for (name, text) in [
        ("flagfall.kdl", CONFIGURATION),
        ("vocabulary.kdl", VOCABULARY),
        ("onboarding.kdl", FLAG),
        ("onboarding.test.kdl", cases),
    ] {
        std::fs::write(flags.join(name), text).unwrap();
    }
    let run = flagfall(directory.path(), &["test", "my flags"]);
    let line = run.results.lines().find_map(|line| line.strip_prefix("  witness: flagfall ")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("\"$FLAGFALL\" {line} --json")]).env("FLAGFALL", env!("CARGO_BIN_EXE_flagfall"));
    let output = shell.current_dir(directory.path()).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["flag"], &document["variation"]), (&"onboarding".into(), &"on".into()), "{line}");
}

#[test]
fn keys_that_a_condition_names_are_left_out_and_the_report_says_so() {
    let run = passes(FLAG, r#"case "all" env=production { given country=DE; never on }"#);
    assert!(
        run.results.contains("left out: `acct-qa-1`, which step `qa-account` names by subject key"),
        "{}",
        run.results
    );
    passes(FLAG, r#"case "the key" env=production { subject acct-qa-1; expect on via=qa-account }"#);
}

#[test]
fn shares_over_keys_that_a_pattern_sorts_are_not_guessed() {
    let flag = FLAG.replace("id is acct-qa-1", "id starts-with \"acct-qa-\"");
    fails(
        &flag,
        r#"case "all" env=production { given country=DE; never on }"#,
        &["expected nobody to get `on`, got `on` for everyone", "step by step", "qa-account"],
    );
    // What holds for all keys is proved, however they are sorted.
    passes(&flag, r#"case "all" env=production { given country=DE; never off }"#);
    // Whoever comes to that step is decided before it.
    passes(&flag, r#"case "staff" env=production { given email="a@example.com"; share on "100%" via=staff-preview }"#);
    passes(&flag, r#"case "one" env=production { subject acct-qa-7; expect on via=qa-account }"#);
}

#[test]
fn a_disabled_environment_gives_the_default() {
    passes(FLAG, r#"case "off" env=test { subject anybody; expect-default; never on }"#);
    passes(FLAG, r#"case "off" env=test { given country=US; share-default "100%" }"#);
    fails(
        FLAG,
        r#"case "off" env=test { subject anybody; expect on }"#,
        &["expected `on`, got the caller's default", "the flag is disabled in test"],
    );
}

#[test]
fn a_case_without_env_runs_in_every_environment() {
    let run =
        fails(FLAG, r#"case "staff" { subject emp-15 email="ana@example.com"; expect on }"#, &["1 of 2 tests failed"]);
    assert!(run.results.contains("staff (test)") && run.results.contains("staff (production)"), "{}", run.results);
}

#[test]
fn an_instant_is_required_exactly_where_the_result_depends_on_it() {
    let flag = FLAG.replace("experiment canary \"5%\"", "experiment canary \"5%\" start=\"2026-12-01T09:00:00Z\"");
    fails(
        &flag,
        r#"case "canary" env=production { given country=US; share on "2.5%" }"#,
        &["this depends on the instant", "2026-12-01T08:59:59.999Z", "2026-12-01T09:00:00Z", "at="],
    );
    passes(
        &flag,
        r#"
        case "before" env=production at="2026-12-01T08:59:59.999Z" { given country=US; share-default "100%" }
        case "from then on" env=production at="2026-12-01T09:00:00Z" { given country=US; share on "2.5%" }
        case "never mind when" env=production { given country=DE; never on }
        "#,
    );
}

#[test]
fn a_layer_is_one_salt_and_a_holdout_is_counted_with_its_step() {
    let flag = r#"
layer page { slot a from="0%" to="40%"; slot b from="40%" to="100%" }
holdout half "50%"
flag onboarding type=boolean {
    variation off #false
    variation on #true
    experiment first {
        split off=1 on=1
        layer page slot=a
        holdout half serve=off
    }
    experiment second {
        split off=1 on=1
        layer page slot=b
    }
    env test enabled=#false
    env production enabled=#true {
        experiment first "50%"
        experiment second
    }
}
"#;
    passes(
        flag,
        r#"
        case "shares" env=production {
            given
            share on "5%" via=first
            share off "15%" via=first
            share on "30%" via=second
            share off "30%" via=second
            share-default "20%"
        }
        "#,
    );
}

#[test]
fn stop_gives_those_the_exposure_leaves_out_the_default() {
    let flag =
        FLAG.replace("experiment canary \"5%\"", "experiment canary \"5%\" exposure-miss=stop\n        otherwise off");
    passes(
        &flag,
        r#"
        case "targeted" env=production { given country=US; share on "2.5%"; share-default "95%"; share off "2.5%" }
        case "others" env=production { given country=DE; share off "100%" via=otherwise }
        "#,
    );
}

#[test]
fn pieces_of_time_that_meet_leave_no_instant_between_them() {
    let flag = FLAG
        .replace("gate staff-preview serve=on {", "gate staff-preview serve=on start=\"2026-12-01T09:00:00Z\" {")
        .replace(
            "gate staff-preview\n        gate qa",
            "gate staff-preview \"50%\" exposure-miss=stop\n        gate qa",
        )
        .replace("canary \"5%\"", "canary \"5%\"\n        otherwise off");
    passes(
        &flag,
        r#"case "whoever the stop cannot reach" env=production { subject emp-1 country=DE; expect off via=otherwise }
        case "all of them" env=production { given country=DE; share off "100%" }"#,
    );
}

#[test]
fn conditions_that_name_no_values_are_refused() {
    fails(
        FLAG,
        r#"case "who" env=production { given { email ends-with "@example.com" }; never on }"#,
        &["does not name its attribute's values", "given others=any"],
    );
}

#[test]
fn others_any_holds_for_every_value_of_every_attribute() {
    passes(
        FLAG,
        r#"
        case "staff" env=production { given others=any { in-segment staff }; expect on via=staff-preview }
        case "elsewhere" env=production {
            given others=any { country is DE; email not-ends-with "@example.com" }
            never on
            expect-default
        }
        case "the canary" env=production {
            given others=any country=US { email is-null }
            share on "2.5%"
            share off "2.5%" via=canary
            share-default "95%"
        }
        "#,
    );
}

#[test]
fn others_any_counts_the_shares_of_a_dozen_independent_steps_exactly() {
    let names: Vec<String> = (0..12).map(|number| format!("canary-{number}")).collect();
    let steps: String = names.iter().map(|name| format!("    gate {name} serve=on\n")).collect();
    let placed: String = names.iter().map(|name| format!("        gate {name} \"10%\"\n")).collect();
    let flag = format!(
        "flag onboarding type=boolean owner=growth {{\n    variation off #false\n    variation on #true\n\
         {steps}    env production enabled=#true {{\n{placed}    }}\n}}\n"
    );
    // 0.9 to the power of 12, and the step that the others leave 0.9 to the power of 11 of.
    passes(
        &flag,
        r#"
        case "all" env=production {
            given others=any
            share on via=canary-11 "3.1381059609%"
            share-default "28.2429536481%"
        }
        "#,
    );
    fails(
        &flag,
        r#"case "nearly" env=production { given others=any; share-default "28.2429536482%" }"#,
        &["got the caller's default for 282429536481/1000000000000"],
    );
}

#[test]
fn others_any_fails_with_somebody_for_whom_it_can_be_seen() {
    let run = fails(
        FLAG,
        r#"case "elsewhere" env=production { given others=any { country is DE }; never on }"#,
        &[
            "expected nobody to get `on`, got `on` for everyone, among those with",
            "email=",
            "step by step",
            "staff-preview",
        ],
    );
    assert!(run.results.contains("main") || run.results.contains("onboarding.test.kdl:2"), "{}", run.results);
    fails(
        FLAG,
        r#"case "shares" env=production { given others=any { country is US }; share on "2.5%" }"#,
        &["expected `on` for 2.5%, got `on` for everyone, among those with"],
    );
}

#[test]
fn others_any_leaves_out_named_keys_unless_the_case_names_them() {
    let run =
        passes(FLAG, r#"case "all" env=production { given others=any { country is DE; email is-null; }; never on }"#);
    assert!(run.results.contains("left out: `acct-qa-1`, which step `qa-account` names"), "{}", run.results);
    passes(FLAG, r#"case "the key" env=production { given others=any { id is acct-qa-1 }; expect on }"#);
}

#[test]
fn others_any_is_asked_at_every_instant() {
    let flag = FLAG.replace("gate staff-preview\n", "gate staff-preview start=\"2026-12-01T09:00:00Z\"\n");
    fails(
        &flag,
        r#"case "staff" env=production { given others=any { in-segment staff; country is DE; }; never on }"#,
        &["expected nobody to get `on`", "2026-12-01T09:00:00"],
    );
    passes(
        &flag,
        r#"case "before" env=production at="2026-12-01T08:59:59Z" { given others=any { in-segment staff; country is DE; }; never on }"#,
    );
}

#[test]
fn conditions_that_contradict_each_other_test_nobody() {
    fails(
        FLAG,
        r#"case "who" env=production { given others=any country=US { country is DE }; never on }"#,
        &["nobody is like this"],
    );
}

#[test]
fn filters_choose_cases_and_must_name_what_there_is() {
    let cases = r#"
        case "staff" env=production { subject emp-15 email="ana@example.com"; expect on }
        case "wrong" env=production { subject emp-15 email="ana@example.com"; expect off }
        case "off" env=test { subject emp-15; expect-default }
    "#;
    let chosen = tested(FLAG, cases, &["--filter", "staff"]);
    assert!(chosen.code == 0 && chosen.results.contains("1 test passed"), "{}", chosen.results);
    let chosen = tested(FLAG, cases, &["--env", "test"]);
    assert!(chosen.code == 0 && chosen.results.contains("1 test passed"), "{}", chosen.results);
    let chosen = tested(FLAG, cases, &[".", "onboarding"]);
    assert!(chosen.code == 1 && chosen.results.contains("1 of 3 tests failed"), "{}", chosen.results);
    let unknown = tested(FLAG, cases, &["--env", "prodution"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.messages.contains("did you mean `production`?"), "{}", unknown.messages);
    let unknown = tested(FLAG, cases, &["--flag", "onbording"]);
    assert!(unknown.code == 2 && unknown.messages.contains("did you mean `onboarding`?"), "{}", unknown.messages);
}

#[test]
fn no_tests_is_said_plainly() {
    let directory = workspace(&[("onboarding.kdl", FLAG)]);
    let run = flagfall(directory.path(), &["test"]);
    assert_eq!(run.code, 0, "{}", run.messages);
    assert!(run.results.contains("no tests ran"), "{}", run.results);
    assert!(run.messages.contains("the workspace has no cases"), "{}", run.messages);
    let run = tested(FLAG, r#"case "a" env=production { subject x; expect-default }"#, &["--filter", "absent"]);
    assert!(run.code == 0 && run.messages.contains("1 case left out by the filters"), "{}", run.messages);
}

#[test]
fn a_flag_in_the_place_of_the_workspace_is_told_how_to_be_one() {
    let run = tested(FLAG, "", &["onboarding"]);
    assert!(run.code == 2 && run.messages.contains("`--flag onboarding`"), "{}", run.messages);
}

#[test]
fn what_check_refuses_is_not_tested() {
    let flag = FLAG.replace("country one-of US CA", "county one-of US CA");
    let run = tested(&flag, r#"case "a" env=production { subject x; expect-default }"#, &[]);
    assert_eq!(run.code, 1);
    assert!(run.messages.contains("FF1008") && run.messages.contains("no test was run"), "{}", run.messages);
    let run = tested(&flag, r#"case "a" env=production { subject x; expect-default }"#, &["--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.results).unwrap();
    assert_eq!(document["refused"]["errors"], 1);
}

#[test]
fn the_json_document_names_cases_places_and_messages() {
    let cases = r#"
        case "staff" env=production { subject emp-15 email="ana@example.com"; expect on }
        case "wrong" env=production { given country=US; share on "5%" }
    "#;
    let run = tested(FLAG, cases, &["--json"]);
    assert_eq!(run.code, 1);
    let document: serde_json::Value = serde_json::from_str(&run.results).unwrap();
    assert_eq!(document["schema"], "flagfall.test/1");
    assert_eq!(document["summary"], serde_json::json!({"passed": 1, "failed": 1}));
    let [passed, failed] = document["cases"].as_array().unwrap().as_slice() else { panic!("two cases") };
    assert_eq!((passed["result"].as_str(), passed.get("message")), (Some("passed"), None));
    assert_eq!(failed["flag"], "onboarding");
    assert_eq!(failed["environment"], "production");
    assert_eq!(failed["message"], "expected `on` for 5%, got `on` for 2.5%");
    assert_eq!(failed["place"]["line"], 4);
    assert_eq!(
        failed["failures"][0]["parts"][0]["share"],
        serde_json::json!({"numerator": 1, "denominator": 40, "percent": "2.50"})
    );
}

#[test]
fn junit_goes_to_its_file_and_plain_is_a_line_a_case() {
    let cases = r#"
        case "staff & co" env=production { subject emp-15 email="ana@example.com"; expect on }
        case "wrong" env=production { given country=US; share on "5%" }
    "#;
    let text = format!("tests onboarding {{\n{cases}\n}}\n");
    let directory = workspace(&[("onboarding.kdl", FLAG), ("onboarding.test.kdl", &text)]);
    let run = flagfall(directory.path(), &["test", "--format", "plain", "-o", "junit=report.xml"]);
    assert_eq!(run.code, 1, "{}", run.messages);
    let lines: Vec<&str> = run.results.lines().collect();
    assert_eq!(lines.first(), Some(&"onboarding.test.kdl:3:9: passed: onboarding: staff & co (production)"));
    assert_eq!(lines.last(), Some(&"1 of 2 tests failed"));
    let report = std::fs::read_to_string(directory.path().join("report.xml")).unwrap();
    assert!(report.contains("tests=\"2\"") && report.contains("failures=\"1\""), "{report}");
    assert!(report.contains("staff &amp; co (production)"), "{report}");
    assert!(report.contains("onboarding.test.kdl:4:"), "{report}");
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let run =
        tested(FLAG, r#"case "a" env=production { subject x; expect-default }"#, &["-o", "junit=no/such/dir.xml"]);
    assert!(run.code == 2 && run.messages.contains("cannot write `no/such/dir.xml`"), "{}", run.messages);
    let run = tested(FLAG, r#"case "a" env=production { subject x; expect-default }"#, &["-o", "junti"]);
    assert!(run.code == 2 && run.messages.contains("did you mean `junit`?"), "{}", run.messages);
}
