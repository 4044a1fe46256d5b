//! Every example, and flagfall's own flags, check without findings, compile, and pass their tests.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn workspaces() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.join("flagfall.kdl").exists());
    found.push(root.join("flags"));
    found.sort();
    found
}

fn flagfall(arguments: &[&str], workspace: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .args(arguments)
        .arg(workspace)
        .env("SOURCE_DATE_EPOCH", "1796083200")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[test]
fn every_example_checks_without_findings() {
    for workspace in workspaces() {
        let (passed, said) = flagfall(&["check", "--format", "plain", "--fail-on", "warning"], &workspace);
        assert!(passed, "{}: {said}", workspace.display());
    }
}

#[test]
fn every_example_passes_its_tests() {
    for workspace in workspaces() {
        let (passed, said) = flagfall(&["test"], &workspace);
        assert!(passed, "{}: {said}", workspace.display());
        assert!(!said.contains("no tests"), "{}: {said}", workspace.display());
    }
}
