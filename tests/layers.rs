//! `flagfall layers`, as people and programs run it. `tests/layers/` has what it prints; `BLESS=1` writes that.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/golden.rs"]
mod golden;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Overlaps are part of what is drawn.
const CONFIGURATION: &str =
    "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF2 reason=\"drawn\" }\n";

/// A step that runs for ever, one that is planned, one that is over, one that is off, one that is placed nowhere.
const PAGE: &str = r#"
attribute country string
layer page owner=growth {
    slot price from="40%" to="70%"
    slot copy from="0%" to="40%"
    slot old from="70%" to="70.01%"
    slot spare from="90%" to="95.5%"
}
layer whole entity=account { slot all from="0%" to="100%"; }

flag checkout type=boolean {
    variation off #false
    variation on #true
    experiment copy-test { split off=1 on=1; layer page slot=copy; }
    experiment next-copy { split off=1 on=1; layer page slot=copy; }
    experiment price-test start="2026-11-01T00:00:00Z" end="2027-02-28T23:59:59.999Z" {
        split off=1 on=1
        layer page slot=price
        when country is US
    }
    experiment old-test { split off=1 on=1; layer page slot=old; }
    experiment idle { split off=1 on=1; layer page slot=spare; }
    env test enabled=#true { experiment copy-test start="2027-01-01T00:00:00Z" end="2027-03-31T00:00:00Z"; }
    env production enabled=#true {
        experiment copy-test
        experiment price-test
        experiment next-copy { ramp { at "2027-05-01T00:00:00Z" "10%"; at "2027-06-01T00:00:00Z" "100%"; }; }
        experiment old-test end="2026-06-01T00:00:00Z"
    }
}
flag beta type=boolean entity=account {
    variation off #false
    variation on #true
    experiment beta-test { split off=1 on=1; layer whole slot=all; }
    env test enabled=#false { experiment beta-test; }
    env production enabled=#true { experiment beta-test enabled=#false; }
}
"#;

struct Run {
    code: i32,
    results: String,
    messages: String,
}

impl Run {
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.results, self.messages);
        self
    }
}

fn flagfall(definitions: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flagfall.kdl"), CONFIGURATION).unwrap();
    std::fs::write(directory.path().join("main.kdl"), definitions).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    // 2026-12-01T00:00:00Z
    command.env("SOURCE_DATE_EPOCH", "1796083200").envs(environment.iter().copied());
    let output = command.args(arguments).current_dir(directory.path()).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        results: String::from_utf8(output.stdout).unwrap(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

fn layers(arguments: &[&str]) -> Run {
    flagfall(PAGE, &[], &[&["layers"], arguments].concat())
}

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layers").join(name)
}

#[test]
fn people_see_a_ruler_with_its_slots_and_who_uses_them() {
    let narrow = flagfall(PAGE, &[("COLUMNS", "50")], &["layers"]).exits(0).results;
    assert!(narrow.lines().all(|line| line.chars().count() <= 50), "{narrow}");
    golden::all(
        [("page.txt", layers(&[]).exits(0).results), ("narrow.txt", narrow)]
            .iter()
            .filter_map(|(name, text)| golden::compare(&golden(name), text).err())
            .collect(),
    );
}

#[test]
fn grep_gets_a_line_for_each_use_and_for_free_room() {
    let text = layers(&["--format", "plain"]).exits(0).results;
    assert!(text.lines().all(|line| line.split('\t').count() == 7), "{text}");
    golden::all(golden::compare(&golden("plain.txt"), &text).err().into_iter().collect());
}

#[test]
fn programs_get_exact_shares_and_when_each_slot_frees() {
    let document: Value = serde_json::from_str(&layers(&["page", "--json"]).exits(0).results).unwrap();
    assert_eq!((&document["schema"], document["layers"].as_array().unwrap().len()), (&"flagfall.layers/1".into(), 1));
    let layer = &document["layers"][0];
    assert_eq!((&layer["owner"], &layer["free"]["percent"]), (&"growth".into(), &"24.49".into()));
    let parts = layer["parts"].as_array().unwrap();
    let names: Vec<_> = parts.iter().map(|part| part["slot"].as_str()).collect();
    assert_eq!(names, [Some("copy"), Some("price"), Some("old"), None, Some("spare"), None]);
    assert_eq!(parts[2]["share"], serde_json::json!({"numerator": 1, "denominator": 10_000, "percent": "0.01"}));
    let frees = |slot: usize, environment: usize| {
        let frees = &parts[slot]["frees"][environment];
        (frees["when"].as_str().unwrap().to_owned(), frees["at"].as_str().map(str::to_owned))
    };
    assert_eq!(frees(0, 0), ("after".to_owned(), Some("2027-03-31T00:00:00.000Z".to_owned())));
    assert_eq!(frees(0, 1), ("never".to_owned(), None));
    assert_eq!(frees(1, 0), ("now".to_owned(), None));
    assert_eq!(frees(1, 1), ("after".to_owned(), Some("2027-02-28T23:59:59.999Z".to_owned())));
    assert_eq!(frees(2, 1), ("now".to_owned(), None), "it is over");
    let state = |slot: usize, at: usize| parts[slot]["uses"][at]["state"].as_str().unwrap();
    assert_eq!((state(0, 0), state(0, 1), state(0, 2)), ("planned", "running", "planned"));
    assert_eq!((state(2, 0), state(4, 0)), ("over", "unplaced"));
    assert_eq!(parts[0]["uses"][2]["start"], "2027-05-01T00:00:00.000Z", "a ramp opens with its first phase");
}

#[test]
fn what_is_switched_off_does_not_keep_a_slot() {
    let document: Value = serde_json::from_str(&layers(&["whole", "--json"]).exits(0).results).unwrap();
    let all = &document["layers"][0]["parts"][0];
    assert_eq!((&all["uses"][0]["state"], &all["uses"][1]["state"]), (&"off".into(), &"off".into()));
    assert!(all["frees"].as_array().unwrap().iter().all(|frees| frees["when"] == "now"), "{all}");
}

#[test]
fn one_environment_can_be_asked_about() {
    let text = layers(&["page", "--env", "test"]).exits(0).results;
    assert!(text.contains("2027-03-31") && !text.contains("production"), "{text}");
}

#[test]
fn a_workspace_without_layers_is_said_to_be() {
    let run = flagfall("", &[], &["layers"]).exits(0);
    assert_eq!((run.results.as_str(), run.messages.contains("no layers")), ("", true), "{}", run.messages);
    let document: Value = serde_json::from_str(&flagfall("", &[], &["layers", "--json"]).results).unwrap();
    assert_eq!(document["layers"], Value::Array(Vec::new()));
}

#[test]
fn what_is_not_there_is_answered_with_the_nearest() {
    for (arguments, words) in [
        (&["pge"][..], "there is no layer `pge`"),
        (&["wole"], "did you mean `whole`?"),
        (&["--env", "prodction"], "did you mean `production`?"),
    ] {
        let run = layers(arguments).exits(2);
        assert!(run.messages.contains(words), "{arguments:?}: {}", run.messages);
    }
    flagfall("layer page {", &[], &["layers"]).exits(1);
}
