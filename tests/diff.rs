//! `flagfall diff`, as people and programs run it. Each case under `tests/diff` is two workspaces, and what is told of them:
//! `change.txt` at a terminal, `change.json` for programs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that cannot do its part fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "support/golden.rs"]
mod golden;

#[path = "diff/asked.rs"]
mod asked;
#[path = "diff/faces.rs"]
mod faces;
#[path = "diff/files.rs"]
mod files;

/// 2026-12-01, the day of all cases.
const TODAY: &str = "1796083200";

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

    /// The document; findings may fail the run.
    #[track_caller]
    fn document(self) -> Value {
        assert!(self.code < 2, "{}", self.messages);
        serde_json::from_str(&self.results).unwrap()
    }
}

fn flagfall(directory: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).current_dir(directory).env("SOURCE_DATE_EPOCH", TODAY).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        results: String::from_utf8(output.stdout).unwrap(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff")
}

/// The directories of cases.
fn cases() -> Vec<PathBuf> {
    let directories = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = directories.filter(|path| path.join("before").is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 14, "the cases are not found: {cases:?}");
    cases
}

/// Runs `flagfall diff` in a case.
fn diff(case: &str, arguments: &[&str]) -> Run {
    flagfall(&root().join(case), &[&["diff"], arguments].concat())
}

/// Pastes a command line of a witness into a shell, for JSON.
#[track_caller]
fn paste(case: &str, line: &str) -> Value {
    let binary = Path::new(env!("CARGO_BIN_EXE_flagfall")).parent().unwrap().display().to_string();
    let path = format!("{binary}:{}", std::env::var("PATH").unwrap_or_default());
    let line = line.replacen("flagfall eval", "flagfall --json eval", 1);
    let output =
        Command::new("sh").args(["-c", &line]).current_dir(root().join(case)).env("PATH", path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text}"))
}

#[test]
fn every_case_is_told_as_a_reviewer_would_read_it() {
    let mut errors = Vec::new();
    for case in cases() {
        let human = flagfall(&case, &["diff", "before", "after"]);
        let json = flagfall(&case, &["diff", "before", "after", "--json"]);
        assert_eq!((human.code, human.messages.as_str()), (json.code, json.messages.as_str()), "{case:?}");
        let told = format!("{}[exit {}]\n", human.results, human.code);
        errors.extend(golden::compare(&case.join("change.txt"), &told).err());
        errors.extend(golden::compare(&case.join("change.json"), &json.results).err());
    }
    golden::all(errors);
}

#[test]
fn nothing_changes_between_a_side_and_itself() {
    for case in cases() {
        let run = flagfall(&case, &["diff", "after", "after", "--json", "--exit-code"]);
        let document = run.exits(0).document();
        assert_eq!((&document["class"], &document["changes"]), (&"same".into(), &Value::Array(Vec::new())), "{case:?}");
        assert_eq!(document["causes"], Value::Array(Vec::new()), "{case:?}");
    }
}

#[test]
fn every_witness_gets_what_is_said_on_both_sides() {
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let document = diff(name, &["before", "after", "--json"]).document();
        for change in document["changes"].as_array().unwrap() {
            for region in change["regions"].as_array().unwrap() {
                let seen = |witness: &Value, end: &Value| {
                    let evaluated = paste(name, witness["command"].as_str().unwrap());
                    let expected = (end["variation"].clone(), end["value"].clone(), end["logged"] == true);
                    let actual =
                        (evaluated["variation"].clone(), evaluated["value"].clone(), !evaluated["event"].is_null());
                    assert_eq!(actual, expected, "{name}: {region}");
                };
                let asks_head = change["status"] != "removed";
                let (first, second) = if asks_head { ("to", "from") } else { ("from", "to") };
                seen(&region["witness"], &region[first]);
                if region.get("also").is_some() {
                    seen(&region["also"], &region[second]);
                }
            }
        }
    }
}

#[test]
fn the_other_way_round_is_the_mirror() {
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let ends = |arguments: &[&str], first: &str, second: &str| {
            let document = diff(name, arguments).document();
            let mut ends: Vec<String> = Vec::new();
            for change in document["changes"].as_array().unwrap() {
                for region in change["regions"].as_array().unwrap() {
                    let share = &region["share"]["percent"];
                    ends.push(format!("{} {} {} {share}", change["environment"], region[first], region[second]));
                }
            }
            ends.sort();
            ends
        };
        let forth = ends(&["before", "after", "--json"], "from", "to");
        assert_eq!(forth, ends(&["after", "before", "--json"], "to", "from"), "{name}");
    }
}
