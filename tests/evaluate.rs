//! `flagfall eval` as people and programs run it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and says what it did not run"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn flags() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evaluate/flags.json")
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // The command may stop reading early.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn eval(arguments: &[&str]) -> Output {
    let flags = flags();
    let mut all = vec!["eval", "--ufc", flags.to_str().unwrap()];
    all.extend(arguments);
    run_with_input(&all, b"")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number_as_float(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), Value::from)
}

/// Every subject of every case in `directory` through one batch.
fn assert_batch(ufc: &Path, directory: &Path) -> usize {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut input, mut expected) = (String::new(), Vec::new());
    for file in files {
        let case: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        for subject in case["subjects"].as_array().unwrap() {
            let line = json!({"flag": case["flag"], "subject": subject["subjectKey"],
                "attributes": subject["subjectAttributes"], "type": case["variationType"]});
            input.push_str(&format!("{line}\n"));
            expected.push((case["defaultValue"].clone(), subject.clone()));
        }
    }
    let answers = run_with_input(&["eval", "--ufc", ufc.to_str().unwrap(), "--batch", "-"], input.as_bytes());
    let answers = lines(&answers);
    assert_eq!(answers.len(), expected.len());
    for (answer, (default, subject)) in answers.iter().zip(&expected) {
        let got = if answer["value"].is_null() { default } else { &answer["value"] };
        assert_eq!(number_as_float(got), number_as_float(&subject["assignment"]), "{answer} {subject}");
        assert_eq!(answer["subject"], subject["subjectKey"]);
        if let Some(event) = answer.get("event") {
            assert_eq!(event["subjectAttributes"], subject["subjectAttributes"]);
        }
    }
    answers.len()
}

#[test]
fn every_subject_of_the_sdk_test_data_gets_its_assignment_through_the_batch() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ufc");
    let candidates = [beside];
    let Some(data) = candidates.into_iter().find(|data| data.join("flags-v1.json").exists()) else {
        eprintln!("NOT RUN: the public SDK test data is absent (../shared/data/ufc)");
        return;
    };
    for file in ["flags-v1.json", "flags-v1-obfuscated.json"] {
        assert!(assert_batch(&data.join(file), &data.join("tests")) >= 100);
    }
}

#[test]
fn every_subject_of_our_own_cases_gets_its_assignment_through_the_batch() {
    assert!(assert_batch(&flags(), &flags().with_file_name("cases")) > 20);
}

#[test]
fn a_bad_line_has_an_error_in_its_place_and_stops_nothing() {
    let input = [
        r#"{"flag":"limit","subject":"acct-1"}"#,
        r#"{"flag":"limit""#,
        "",
        r#"{"flag":"limit","subject":"acct-1","attributes":{"tags":[1]}}"#,
        r#"{"flag":"limit","subject":7}"#,
        r#"{"flag":"limit","subject":"a","type":"bolean"}"#,
        r#"{"flag":"limit","subject":"a","at":"tomorrow"}"#,
        r#"{"flag":"limit","subject":"a","attribute":{}}"#,
        r#"[1]"#,
        r#"{"flag":"limit","subject":"a","type":"STRING"}"#,
        r#"{"flag":"nothing","subject":"a","attributes":null,"type":"json","at":null,"comment":1}"#,
    ];
    let flags = flags();
    let mut input = input.join("\n").into_bytes();
    input.extend(b"\n\xff\n");
    let output = run_with_input(&["eval", "--ufc", flags.to_str().unwrap(), "--batch", "-"], &input);
    let answers = lines(&output);
    let summary: Vec<_> =
        answers.iter().map(|a| (a["line"].as_u64(), a["code"].as_str(), a["error"].as_str())).collect();
    assert_eq!(summary[0], (None, Some("MATCH"), None));
    assert!(summary[1].2.unwrap().starts_with("not JSON"));
    assert_eq!(summary[1].0, Some(2));
    assert_eq!(summary[2].0, Some(4));
    assert!(summary[2].2.unwrap().contains("`tags` is a list"));
    assert_eq!(summary[3].2, Some("`subject` is not text"));
    assert_eq!(summary[4].2, Some("there is no type `bolean`"));
    assert!(summary[5].2.unwrap().contains("`tomorrow` is not an instant"));
    assert!(summary[6].2.unwrap().contains("did you mean `attributes`?"));
    assert_eq!(summary[7].2, Some("not a JSON object"));
    assert_eq!(summary[8].1, Some("TYPE_MISMATCH"));
    assert_eq!(summary[9].1, Some("FLAG_UNRECOGNIZED_OR_DISABLED"));
    assert_eq!(summary[10], (Some(12), None, Some("not UTF-8")));
    assert_eq!(answers.len(), 11);
    assert!(text(&output.stderr).contains("8 lines of 12 could not be evaluated"));
}

#[test]
fn a_batch_event_is_what_an_sdk_would_log() {
    let line =
        r#"{"flag":"limit","subject":"acct-1","attributes":{"age" : 3.0,"é":null},"at":"2026-06-01T00:00:00.123456Z"}"#;
    let flags = flags();
    let output = run_with_input(&["eval", "--ufc", flags.to_str().unwrap(), "--batch", "-"], line.as_bytes());
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        r#"{{"flag":"limit","subject":"acct-1","value":1000,"variation":"high","allocation":"account/Test","code":"MATCH","event":{{"featureFlag":"limit","allocation":"account/Test","experiment":"limit-account/Test","variation":"high","subject":"acct-1","subjectAttributes":{{"age" : 3.0,"é":null}},"timestamp":"2026-06-01T00:00:00.123456Z","metaData":{{"coreVersion":"10.0.0","sdkName":"flagfall","sdkVersion":"{version}"}}}}}}"#
    );
    assert_eq!(text(&output.stdout), expected + "\n");
}

#[test]
fn a_long_batch_keeps_its_order() {
    let input: String = (0..30_000).map(|n| format!("{{\"flag\":\"price\",\"subject\":\"s{n}\"}}\n")).collect();
    let flags = flags();
    let output = run_with_input(&["eval", "--ufc", flags.to_str().unwrap(), "--batch", "-"], input.as_bytes());
    for (n, answer) in lines(&output).iter().enumerate() {
        assert_eq!(answer["subject"], format!("s{n}"));
    }
}

#[test]
fn the_story_of_one_subject_names_every_condition_and_shard() {
    let at = ["--at", "2026-06-01T00:00:00Z"];
    let output = eval(&[&["price", "subject-4", "version=2.10.0", "country=US"], &at[..]].concat());
    let story = text(&output.stdout);
    for part in [
        "price for subject-4 in Test at 2026-06-01T00:00:00.000Z",
        "  1  price-test/Test",
        "✓ version gte \"2.4.0\": it is \"2.10.0\"",
        "✓ country not-one-of \"DE\" \"1\": it is \"US\"",
        "of 9973 is not in [0, 2000) [5000, 7000)  (salt größe/split)",
        "✓ treatment",
        "is in [2000, 5000)",
        "serves treatment; the waterfall stops here",
        "treatment = 2.5",
        "MATCH: decided by price-test/Test",
    ] {
        assert!(story.contains(part), "{part}\n{story}");
    }
    let output = eval(&[&["limit", "acct-2", "age=12", "--default", "5"], &at[..]].concat());
    let story = text(&output.stdout);
    for part in [
        "ended at 2026-01-01T00:00:00.000Z; on to the next step",
        "✗ age gte 64.5: it is 12",
        "it is missing",
        "the caller's default = 5",
    ] {
        assert!(story.contains(part), "{part}\n{story}");
    }
}

#[test]
fn the_json_of_one_evaluation_has_its_trace_and_event() {
    let output = eval(&["limit", "acct-2", "email=ana@example.com", "--at", "2026-06-01T00:00:00Z", "--json"]);
    assert!(text(&output.stdout).starts_with("{\n  \"schema\": \"flagfall.eval/1\""));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["value"], &document["code"]), (&json!(10), &json!("MATCH")));
    assert_eq!(document["event"], Value::Null, "not logged");
    let codes: Vec<_> =
        document["trace"].as_array().unwrap().iter().map(|step| step["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["FAILING_RULE", "AFTER_END_TIME", "MATCH"]);
    let conditions = &document["trace"][2]["conditions"];
    assert_eq!(conditions[0]["value"], Value::Null);
    assert_eq!(conditions[1]["value"], "ana@example.com");
    assert_eq!(conditions[1]["result"], true);
}

#[test]
fn values_are_json_where_they_are_json_and_text_where_not() {
    let matched = |attribute: &str| {
        let output = eval(&["limit", "acct-2", attribute, "--format", "plain"]);
        text(&output.stdout).contains("MATCH\t")
    };
    assert!(matched("id=7") && matched("id=\"7\"") && matched("id=7.0") && matched("id=acct-1"));
    assert!(!matched("id=null") && !matched("id=07") && !matched("id=true"));
}

#[test]
fn what_cannot_be_done_is_said_with_exit_code_2() {
    for (arguments, message) in [
        (&["limit", "a", "age"][..], "`age` is not name=value"),
        (&["limit", "a", "age=1", "age=2"], "`age` is given twice"),
        (&["limit", "a", "age=[1]"], "`age` is a list or an object"),
        (&["limit", "a", "--at", "2026-06-01"], "write the time too: `2026-06-01T00:00:00Z`"),
        (&["limit", "a", "--type", "interger"], "did you mean `integer`?"),
        (&["limit", "a", "--type", "integer", "--default", "x"], "the default `x` is not of type integer"),
    ] {
        let output = eval(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(message), "{arguments:?}: {}", text(&output.stderr));
    }
    let absent = run_with_input(&["eval", "limit", "a", "--ufc", "no/such/file.json"], b"");
    assert_eq!(absent.status.code(), Some(2));
    let broken = run_with_input(&["eval", "limit", "a", "--ufc", "-"], b"{}");
    assert!(text(&broken.stderr).contains("`createdAt` is missing"));
}

#[test]
fn a_misspelled_flag_of_a_file_gives_the_default_and_a_suggestion() {
    let output = eval(&["limt", "a"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("did you mean `limit`?"));
    assert!(text(&output.stdout).contains("FLAG_UNRECOGNIZED_OR_DISABLED: there is no flag limt"));
}

fn quickstart(arguments: &[&str], input: &str) -> Output {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    let mut all = vec!["eval", "--workspace", workspace.to_str().unwrap(), "--at", "2026-12-01T09:00:00Z"];
    all.extend(arguments);
    run_with_input(&all, input.as_bytes())
}

#[test]
fn the_story_of_a_workspace_names_steps_as_their_author_does_with_their_lines() {
    let arguments = ["new-user-onboarding", "bob", "country=US", "app-version=2.4.1", "--env", "production"];
    let story = text(&quickstart(&arguments, "").stdout);
    for part in [
        "  1  staff-preview  (",
        "new-user-onboarding.kdl:",
        "✗ email matches \"@example\\\\.com$\": it is missing",
        "✗ id one-of \"acct-qa-1\": it is \"bob\"",
        "  3  onboarding-test  (",
        "(salt new-user-onboarding/onboarding-test/traffic)",
        "targeted, but in the shards of no split; this was the last step",
        "the caller's default = false",
        "DEFAULT_ALLOCATION_NULL: the waterfall ended without an assignment",
    ] {
        assert!(story.contains(part), "{part}\n{story}");
    }
}

#[test]
fn names_and_values_that_the_workspace_does_not_declare_are_usage_errors() {
    for (arguments, message) in [
        (&["new-user-onbording", "x", "--env", "test"][..], "did you mean `new-user-onboarding`?"),
        (&["new-user-onboarding", "x", "--env", "tset"], "did you mean `test`?"),
        (&["new-user-onboarding", "x", "contry=US", "--env", "test"], "did you mean `country`?"),
        (&["new-user-onboarding", "x", "app-version=2.4", "--env", "test"], "declared as a version"),
        (&["new-user-onboarding", "x", "id=y", "--env", "test"], "`id` is the subject's key itself"),
        (&["new-user-onboarding", "x"], "--env"),
    ] {
        let output = quickstart(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(message), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn an_environment_of_a_workspace_answers_batches_too() {
    let input = r#"{"flag":"new-user-onboarding","subject":"acct-qa-1"}"#;
    let answers = lines(&quickstart(&["--env", "production", "--batch", "-"], input));
    assert_eq!(answers[0]["value"], true);
    assert_eq!(answers[0]["event"]["experiment"], "new-user-onboarding-qa-account/production");
}
