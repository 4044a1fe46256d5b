//! `flagfall show`, as people and programs run it. The faces themselves are under test beside them, on pictures made by hand.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that cannot do its part fails the test"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv staging\nenv production protected=#true\n";

/// A gate, an experiment in a slot with a holdout, one that stops, a placement that is off, and the rest.
const CHECKOUT: &str = r#"
attribute country string { one-of US CA GB DE }
attribute plan string
layer page { slot copy from="0%" to="40%"; slot price from="40%" to="70%"; }
holdout growth "5%" start="2027-01-01T00:00:00Z" end="2027-06-30T23:59:59.999Z"
flag checkout type=string owner=growth {
    description "The button"
    variation control "Checkout"
    variation bold "Almost there!"
    gate staff serve=bold { when id one-of acct-1 acct-2 acct-3 }
    gate parked serve=bold { when country is DE }
    experiment copy-test {
        split control=50 bold=50
        layer page slot=copy
        holdout growth serve=control
        when country one-of US CA
    }
    experiment pro-test {
        split control=50 bold=50
        when plan is pro
    }
    env test enabled=#false { otherwise bold; }
    env production enabled=#true {
        gate staff
        gate parked enabled=#false
        experiment copy-test start="2026-11-01T00:00:00Z"
        experiment pro-test "20%" exposure-miss=stop
        otherwise control
    }
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

    #[track_caller]
    fn document(self) -> Value {
        serde_json::from_str(&self.exits(0).results).unwrap()
    }
}

fn flagfall(directory: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    let command = command.args(arguments).current_dir(directory).env("SOURCE_DATE_EPOCH", "1796083200");
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        results: String::from_utf8(output.stdout).unwrap(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

fn workspace(definitions: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flagfall.kdl"), CONFIGURATION).unwrap();
    std::fs::write(directory.path().join("main.kdl"), definitions).unwrap();
    directory
}

/// Shows the checkout.
fn show(arguments: &[&str]) -> Run {
    flagfall(workspace(CHECKOUT).path(), &[&["show", "checkout"], arguments].concat())
}

#[test]
fn a_flag_that_is_not_served_is_said_not_to_be() {
    let run = show(&["--env", "test"]).exits(0);
    assert!(
        run.results.contains("checkout is disabled in test: everyone gets the caller's default"),
        "{}",
        run.results
    );
    let run = show(&["--env", "staging"]).exits(0);
    assert!(run.results.contains("checkout does not mention staging"), "{}", run.results);
    let document = show(&["--env", "test", "--json"]).document();
    assert_eq!((&document["schema"], &document["state"]), (&"flagfall.show/1".into(), &"disabled".into()));
    assert_eq!((&document["default"]["percent"], &document["steps"]), (&"100.00".into(), &Value::Array(Vec::new())));
}

#[test]
fn a_flag_without_environments_has_no_picture() {
    let directory = workspace("flag idle type=boolean {\n    variation off #false\n}\n");
    let run = flagfall(directory.path(), &["show", "idle"]).exits(0);
    assert_eq!(
        (run.results.as_str(), run.messages.contains("mentions no environment")),
        ("", true),
        "{}",
        run.messages
    );
}

#[test]
fn what_is_not_there_is_answered_with_the_nearest() {
    let directory = workspace(CHECKOUT);
    for (arguments, words) in [
        (&["show", "chekout"][..], "did you mean `checkout`?"),
        (&["show", "checkout", "--env", "prodction"], "did you mean `production`?"),
        (&["show", "checkout", "--given", "contry=US"], "did you mean `country`?"),
        (&["show", "checkout", "--given", "country"], "is not name=value"),
        (&["show", "checkout", "--given", "plan=a", "plan=b"], "given twice"),
        (&["show", "checkout", "--at", "2027-01-01"], "2027-01-01T00:00:00Z"),
    ] {
        let run = flagfall(directory.path(), arguments).exits(2);
        assert!(run.messages.contains(words), "{arguments:?}: {}", run.messages);
    }
}

#[test]
fn a_broken_workspace_is_reported_instead() {
    let run = flagfall(workspace("flag checkout type=strin {}\n").path(), &["show", "checkout"]).exits(1);
    assert!(run.messages.contains("FF1"), "{}", run.messages);
}

#[test]
fn a_drawing_goes_into_a_file_or_to_standard_output() {
    let directory = workspace(CHECKOUT);
    let at = ["show", "checkout", "--env", "test", "--svg"];
    let run = flagfall(directory.path(), &[&at[..], &["out/checkout.svg"]].concat()).exits(0);
    assert_eq!((run.results.as_str(), run.messages.as_str()), ("", "wrote out/checkout.svg\n"));
    let file = std::fs::read_to_string(directory.path().join("out/checkout.svg")).unwrap();
    assert_eq!(file, flagfall(directory.path(), &[&at[..], &["-"]].concat()).exits(0).results);
    assert!(file.starts_with("<svg ") && file.ends_with("</svg>\n"), "{file}");
}

#[test]
fn whoever_differs_is_a_region_of_its_own() {
    let document = show(&["--env", "production", "--json"]).document();
    assert_eq!(document["state"], "served");
    let steps = document["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["staff", "parked", "copy-test", "pro-test", "otherwise"]);
    assert_eq!((&steps[1]["enabled"], &steps[2]["take"]), (&false.into(), &Value::Null));
    assert_eq!(steps[2]["between"]["take"]["most"]["percent"], "40.00");
    let mut takes: Vec<Vec<&str>> = Vec::new();
    for region in document["regions"].as_array().unwrap() {
        let steps = region["steps"].as_array().unwrap();
        takes.push(steps.iter().map(|step| step["take"]["percent"].as_str().unwrap()).collect());
    }
    takes.sort_unstable();
    let expected = [
        ["0.00", "0.00", "0.00", "0.00", "100.00"],
        ["0.00", "0.00", "0.00", "20.00", "0.00"],
        ["0.00", "0.00", "40.00", "0.00", "60.00"],
        ["0.00", "0.00", "40.00", "12.00", "0.00"],
    ];
    assert_eq!(takes, expected);
    let keys = &document["keys"][0];
    assert_eq!((&keys["many"], &keys["named_by"][0]), (&3.into(), &"staff".into()));
    assert_eq!(keys["ends"][0]["variation"], "bold");
}

#[test]
fn given_attributes_leave_one_region_with_numbers_that_are_known() {
    let given = ["--given", "country=US", "plan=pro", "--at", "2027-02-01T00:00:00Z", "--json", "--env", "production"];
    let document = show(&given).document();
    let [_, _, copy, pro, otherwise] = document["steps"].as_array().unwrap().as_slice() else { unreachable!() };
    let percent = |share: &Value| share["percent"].as_str().unwrap().to_owned();
    assert_eq!((percent(&copy["take"]), percent(&copy["falls_on"])), ("40.00".to_owned(), "60.00".to_owned()));
    assert_eq!(percent(&copy["held_out"][0]["share"]), "2.00");
    assert_eq!(percent(&copy["variations"][1]["share"]), "19.00");
    assert_eq!((percent(&pro["stopped"]), percent(&pro["falls_on"])), ("48.00".to_owned(), "0.00".to_owned()));
    assert_eq!((percent(&otherwise["reach"]), percent(&document["default"])), ("0.00".to_owned(), "48.00".to_owned()));
    assert_eq!(document["regions"].as_array().unwrap().len(), 1);
    assert_eq!(document["given"]["country"], "US");
}

#[test]
fn the_instants_at_which_the_picture_changes_are_listed() {
    let document = show(&["--env", "production", "--json"]).document();
    let expected = ["2026-11-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "2027-07-01T00:00:00.000Z"];
    assert_eq!(document["changes"], serde_json::json!(expected));
    let run = show(&["--env", "production"]).exits(0);
    let words = "as shown from 2026-11-01T00:00:00.000Z until before 2027-01-01T00:00:00.000Z";
    assert!(run.results.contains(words), "{}", run.results);
    // Nobody elsewhere is in the experiment or its holdout, so nothing changes for them.
    let elsewhere = show(&["--env", "production", "--given", "country=GB", "--json"]).document();
    assert_eq!(elsewhere["changes"], serde_json::json!([]));
}

#[test]
fn without_an_environment_each_that_the_flag_mentions_is_shown() {
    let run = show(&[]).exits(0);
    assert!(run.results.contains("checkout in test") && run.results.contains("checkout in production"));
    let lines = show(&["--json"]).exits(0).results;
    let environments: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["environment"].clone()).collect();
    assert_eq!(environments, ["test", "production"]);
    let drawing = show(&["--svg", "-"]).exits(0).results;
    assert_eq!(drawing.matches("<svg ").count(), 1);
    assert!(drawing.contains("checkout in test, production"), "{drawing}");
    let page = show(&["--md"]).exits(0).results;
    assert_eq!((page.matches("\n### ").count(), page.matches("```mermaid").count()), (1, 1), "{page}");
}

#[test]
fn integers_beyond_machine_words_are_printed_whole() {
    let steps: String = (1..=11).map(|number| format!("    experiment e{number} {{ split a=50 b=50; }}\n")).collect();
    let placements: String = (1..=11).map(|number| format!("        experiment e{number} \"1.01%\"\n")).collect();
    let variations = "    variation a \"1\"\n    variation b \"2\"\n";
    let text =
        format!("flag many type=string {{\n{variations}{steps}    env test enabled=#true {{\n{placements}    }}\n}}\n");
    let directory = workspace(&text);
    let run = flagfall(directory.path(), &["show", "many", "--env", "test", "--json"]).exits(0);
    let share = "\"numerator\": 89434393625847075540005859964236640944558899,\n    \"denominator\": 100000000000000000000000000000000000000000000,\n    \"percent\": \"89.43439363\"";
    assert!(run.results.contains(share), "{}", run.results);
    let people = flagfall(directory.path(), &["show", "many", "--env", "test"]).exits(0);
    assert!(people.results.contains("~89.43439363%"), "{}", people.results);
}
