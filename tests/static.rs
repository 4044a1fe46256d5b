//! The static binary of the image, in a root that holds nothing else.
//!
//! `FLAGFALL_STATIC=PATH` names it: the one of the image, or one that
//! `RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --target x86_64-unknown-linux-gnu` builds. The gate has no time
//! for a second build of everything.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn binary() -> Option<PathBuf> {
    let given = std::env::var_os("FLAGFALL_STATIC").map(PathBuf::from);
    if given.is_none() {
        eprintln!("not run: FLAGFALL_STATIC names no static binary to run in an empty root");
    }
    given
}

/// A root with the binary and nothing else.
fn root(binary: &Path) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(binary, root.path().join("flagfall")).unwrap();
    root
}

fn run(root: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount"]).arg(format!("--root={}", root.display()));
    command.arg("/flagfall").args(arguments).env_clear().output().unwrap()
}

#[test]
fn it_needs_nothing_beside_it() {
    let Some(binary) = binary() else { return };
    let root = root(&binary);
    let output = run(root.path(), &["--version"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = run(root.path(), &["controller", "--definition"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("flagsyncs.flagfall.dev"));
}

#[test]
fn it_compiles_there() {
    let Some(binary) = binary() else { return };
    let root = root(&binary);
    let flags = root.path().join("flags");
    std::fs::create_dir(&flags).unwrap();
    std::fs::write(flags.join("flagfall.kdl"), "edition \"2026\"\nenv production protected=#true\n").unwrap();
    let output = run(root.path(), &["compile", "/flags", "--out", "/out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(root.path().join("out/production.json").is_file());
}

#[test]
fn it_says_what_is_missing_there() {
    let Some(binary) = binary() else { return };
    let root = root(&binary);
    std::fs::create_dir(root.path().join("tmp")).unwrap();
    // Nobody listens, and there are no certificates: it says so, and does not fall over.
    let output = run(root.path(), &["agent", "--configmap", "flags", "--out", "/out.json", "--once"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no cluster"));
}
