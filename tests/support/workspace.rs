//! Workspaces of tests that drive the real binary.

#![allow(dead_code, reason = "each test uses its part of what tests share")]
#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails the test")]

use std::path::Path;
use std::process::Command;

/// Environments `test` and `production`, hygiene silent.
pub(crate) const CONFIGURATION: &str =
    "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF4 reason=\"fixture\" }\n";

/// How a run ended, and what it wrote.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) results: String,
    pub(crate) messages: String,
}

impl Run {
    /// The document of `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.results).unwrap()
    }
}

/// Runs the binary in a directory.
pub(crate) fn flagfall(directory: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    let output = command.args(arguments).current_dir(directory).env_remove("COLUMNS").output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        results: String::from_utf8(output.stdout).unwrap(),
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A workspace of one file of definitions and the cases of the flag `onboarding`.
pub(crate) fn workspace(definitions: &str, cases: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let cases = format!("tests onboarding {{\n{cases}\n}}\n");
    for (name, text) in [("flagfall.kdl", CONFIGURATION), ("main.kdl", definitions), ("main.test.kdl", &cases)] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}
