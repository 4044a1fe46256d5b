//! `flagfall simulate`, as people and programs run it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that cannot do its part fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

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

fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart")
}

/// Simulates the quickstart's canary in production.
fn simulate(arguments: &[&str]) -> Run {
    let simulate = ["simulate", "new-user-onboarding", "--env", "production"];
    flagfall(&quickstart(), &[&simulate, arguments].concat())
}

#[track_caller]
fn document(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.messages);
    serde_json::from_str(&run.results).unwrap()
}

/// The expected percentage and how many got it, of a step's variation.
fn arm<'a>(document: &'a Value, step: &str, variation: &str) -> (&'a str, u64) {
    let steps = document["steps"].as_array().unwrap();
    let step = steps.iter().find(|found| found["step"] == step).unwrap();
    let arm = step["variations"].as_array().unwrap().iter().find(|found| found["variation"] == variation).unwrap();
    (arm["expected"]["percent"].as_str().unwrap(), arm["actual"].as_u64().unwrap())
}

#[test]
fn the_canary_is_expected_exactly_and_comes_out_close() {
    let run = simulate(&["--json", "--subjects", "20000", "--given", "country=US", "app-version=2.4.0"]);
    let document = document(&run);
    assert_eq!(document["schema"], "flagfall.simulate/1");
    assert_eq!((&document["flag"], &document["environment"]), (&"new-user-onboarding".into(), &"production".into()));
    assert_eq!(document["subjects"], 20_000);
    let (on, off) = (arm(&document, "onboarding-test", "on"), arm(&document, "onboarding-test", "off"));
    assert_eq!((on.0, off.0), ("2.50", "2.50"));
    assert!((400..600).contains(&on.1) && (400..600).contains(&off.1), "{on:?} {off:?}");
    assert_eq!(arm(&document, "staff-preview", "on"), ("0.00", 0));
    let rest = document["default"]["actual"].as_u64().unwrap();
    assert_eq!(on.1 + off.1 + rest, 20_000);
    assert!(document["p_value"].as_f64().unwrap() > 0.001, "{document}");
}

#[test]
fn equal_seeds_give_equal_bytes_and_other_seeds_other_subjects() {
    let run = |seed: &str| {
        let given = ["--given", "country=US", "app-version=2.4.0", "--at", "2026-12-01T09:00:00Z"];
        simulate(&[&["--subjects", "5000", "--json", "--seed", seed], given.as_slice()].concat()).results
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

#[test]
fn people_see_a_bar_for_each_arm_and_a_verdict() {
    let run = simulate(&["--subjects", "20000", "--seed", "2", "--given", "country=US", "app-version=2.4.0"]);
    assert_eq!(run.code, 0, "{}", run.messages);
    for words in
        ["20,000 subjects", "country=US", "onboarding-test", "2.5%", "the caller's default", "95%", "█", "as expected"]
    {
        assert!(run.results.contains(words), "`{words}` is not in\n{}", run.results);
    }
    assert!(run.messages.is_empty(), "no progress where nobody watches: {}", run.messages);
}

#[test]
fn a_population_of_rows_is_expected_to_be_their_mean() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("visitors.csv");
    let mut text = "subject,email,country,app-version,shoe-size\n".to_owned();
    for number in 0..1000 {
        match number % 4 {
            0 => text.push_str(&format!("emp-{number},e{number}@example.com,,,\n")),
            1 => text.push_str(&format!("user-{number},,US,2.4.0,44\n")),
            _ => text.push_str(&format!("user-{number},,DE,,\n")),
        }
    }
    text.push_str("user-2,,DE,,\n");
    std::fs::write(&file, text).unwrap();
    let run = simulate(&["--json", "--population", file.to_str().unwrap()]);
    let document = document(&run);
    assert_eq!((document["subjects"].as_u64(), document["repeated"].as_u64()), (Some(1001), Some(1)));
    assert_eq!(arm(&document, "staff-preview", "on").1, 250);
    assert_eq!(document["steps"][0]["variations"][0]["expected"]["numerator"], 250);
    assert!(run.messages.contains("`shoe-size`") && run.messages.contains("1 row repeat"), "{}", run.messages);
}

#[test]
fn json_lines_and_a_configuration_file_give_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    assert_eq!(flagfall(&quickstart(), &["compile", "--out", out, "--client"]).code, 0);
    let lines: String = (0..500)
        .map(|number| {
            let country = if number % 2 == 0 { "US" } else { "DE" };
            format!(
                "{{\"subject\":\"u{number}\",\"attributes\":{{\"country\":\"{country}\",\"app-version\":\"2.4.0\"}}}}\n"
            )
        })
        .collect();
    let population = directory.path().join("visitors.jsonl");
    std::fs::write(&population, lines).unwrap();
    let population = ["--population", population.to_str().unwrap(), "--at", "2026-12-01T09:00:00Z", "--json"];
    let authored = document(&simulate(&population));
    for file in ["production.json", "production.client.json"] {
        let file = directory.path().join(file);
        let arguments = ["simulate", "new-user-onboarding", "--ufc", file.to_str().unwrap()];
        let read = document(&flagfall(directory.path(), &[&arguments, population.as_slice()].concat()));
        assert_eq!(read["default"], authored["default"]);
        assert_eq!(read["p_value"], authored["p_value"]);
        assert_eq!(arm(&read, "onboarding-test/production", "on"), arm(&authored, "onboarding-test", "on"));
    }
}

#[test]
fn a_disabled_environment_gives_everyone_the_default() {
    let flag = "flag f type=boolean owner=x { variation on #true; env test enabled=#false; env production enabled=#true { otherwise on } }\n";
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flagfall.kdl"), "edition \"2026\"\nenv test\nenv production\n").unwrap();
    std::fs::write(directory.path().join("f.kdl"), flag).unwrap();
    let run = flagfall(directory.path(), &["simulate", "f", "--env", "test", "--subjects", "100", "--json"]);
    let document = document(&run);
    assert_eq!((&document["default"]["actual"], &document["p_value"]), (&100.into(), &Value::Null));
    let run = flagfall(directory.path(), &["simulate", "f", "--env", "test", "--subjects", "100"]);
    assert!(run.results.contains("absent or disabled in test"), "{}", run.results);
}

#[test]
fn csv_has_a_row_an_arm() {
    let run = simulate(&["--csv", "--subjects", "1000", "--given", "country=US", "app-version=2.4.0"]);
    assert_eq!(run.code, 0, "{}", run.messages);
    let lines: Vec<&str> = run.results.lines().collect();
    assert!(lines[0].starts_with("flag,environment,step,allocation,variation,expected_numerator"), "{}", lines[0]);
    let canary = "new-user-onboarding,production,onboarding-test,onboarding-test/production,off,1,40,2.50,";
    assert!(lines.iter().any(|line| line.starts_with(canary)), "{}", run.results);
    assert!(lines.last().unwrap().starts_with("new-user-onboarding,production,,,,19,20,95.00,"), "{}", run.results);
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let broken = directory.path().join("broken.csv");
    std::fs::write(&broken, "subject,country,app-version\na,US,2.4.0\nb,US,two\n").unwrap();
    let run = simulate(&["--population", broken.to_str().unwrap()]);
    assert!(run.code == 2 && run.messages.contains("line 3"), "{}", run.messages);
    std::fs::write(&broken, "user,country\na,US\n").unwrap();
    let run = simulate(&["--population", broken.to_str().unwrap()]);
    assert!(run.code == 2 && run.messages.contains("no column `subject`"), "{}", run.messages);
    std::fs::write(&broken, "subject\n").unwrap();
    let run = simulate(&["--population", broken.to_str().unwrap()]);
    assert!(run.code == 2 && run.messages.contains("the population is empty"), "{}", run.messages);
    let run = simulate(&["--population", "visitors.xlsx"]);
    assert!(run.code == 2 && run.messages.contains("neither .csv nor .jsonl"), "{}", run.messages);
    let run = simulate(&["--given", "contry=US"]);
    assert!(run.code == 2 && run.messages.contains("did you mean `country`?"), "{}", run.messages);
    let run = flagfall(&quickstart(), &["simulate", "new-user-onbarding", "--env", "production"]);
    assert!(run.code == 2 && run.messages.contains("did you mean `new-user-onboarding`?"), "{}", run.messages);
}

#[test]
fn no_verdict_is_claimed_on_too_few_subjects() {
    let run = simulate(&["--subjects", "20", "--given", "country=US", "app-version=2.4.0"]);
    assert!(run.results.contains("no verdict: too few subjects"), "{}", run.results);
    let run = simulate(&["--subjects", "20"]);
    assert!(run.results.contains("as expected: nothing is left to chance"), "{}", run.results);
}

#[test]
fn odd_populations_are_refused_in_words_that_name_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8], words: &str| {
        let file = directory.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let run = simulate(&["--population", file.to_str().unwrap()]);
        assert!(run.code == 2 && run.messages.contains(words), "{name}: {} {}", run.code, run.messages);
    };
    refused("empty.csv", b"", "is empty");
    refused("twice.csv", b"subject,country,country\nu,US,DE\n", "has two columns `country`");
    refused("semicolons.csv", b"subject;country\nu;US\n", "commas separate its cells");
    refused("ragged.csv", b"subject,country\nu,US,DE\n", "line 2: 3 cells, but 2 columns");
    refused("latin.csv", b"subject,country\n\xff,US\n", "line 2: this is not UTF-8 text");
    refused("key.csv", b"subject,country\n,US\n", "line 2: the subject key is empty");
    refused("key.jsonl", b"{\"subject\":\"\"}\n", "line 1: the subject key is empty");
    refused("text.jsonl", b"{\"subject\":\"u\"}\nnot json\n", "line 2: not JSON: expected ident at column 2");
    refused("list.jsonl", b"{\"subject\":\"u\",\"attributes\":{\"country\":[]}}\n", "`country` is a list");
}
