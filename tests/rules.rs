//! Every rule has a fixture that fires and one that looks similar and is silent.
//!
//! `tests/rules/<rule-name>/fires.kdl` (one definitions file) or `fires/` (a workspace) breaks the rule; `fires.stderr` is what
//! a person then reads. `near.kdl` or `near/` has no finding at all. Rules about changes compare both with `base.kdl` or `base/`.
//! `BLESS=1` writes the expectations.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "support/golden.rs"]
mod golden;

use std::path::{Path, PathBuf};

use flagfall::cli::session::Session;
use flagfall::diagnostic::Rule;

fn directories() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Checks `<directory>/<which>.kdl` or `<directory>/<which>/`.
fn check(directory: &Path, which: &str, rule: Rule) -> Result<Session, String> {
    let has_base = directory.join("base").is_dir() || directory.join("base.kdl").is_file();
    let base = has_base.then(|| open(directory, "base", rule, None)).transpose()?;
    open(directory, which, rule, base.as_ref())
}

fn open(directory: &Path, which: &str, rule: Rule, base: Option<&Session>) -> Result<Session, String> {
    let workspace = directory.join(which);
    if workspace.is_dir() {
        return Ok(fixture::check_against(&workspace, base));
    }
    let file = directory.join(format!("{which}.kdl"));
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let files = [("flagfall.kdl", fixture::configuration(rule)), ("main.kdl", text)];
    Ok(fixture::check_files_against(files.iter().map(|(path, text)| (*path, text.as_str())), base))
}

#[test]
fn fixtures_fire_as_recorded() {
    let mut errors = Vec::new();
    for directory in directories() {
        let Some(rule) = Rule::find(&name(&directory)) else { continue };
        match check(&directory, "fires", rule) {
            Err(error) => errors.push(error),
            Ok(session) if !fixture::ids(&session).contains(&rule.id()) => {
                let seen = fixture::rendered(&session);
                errors.push(format!("{}/fires does not break {}:\n{seen}", directory.display(), rule.id()));
            }
            Ok(session) => {
                let compared = golden::compare(&directory.join("fires.stderr"), &fixture::rendered(&session));
                errors.extend(compared.err());
            }
        }
    }
    golden::all(errors);
}

#[test]
fn near_misses_are_silent() {
    let mut errors = Vec::new();
    for directory in directories() {
        let Some(rule) = Rule::find(&name(&directory)) else { continue };
        match check(&directory, "near", rule) {
            Err(error) => errors.push(error),
            Ok(session) if session.findings.is_empty() => {}
            Ok(session) => errors.push(format!("{}/near:\n{}", directory.display(), fixture::rendered(&session))),
        }
    }
    golden::all(errors);
}

#[test]
fn every_rule_has_fixtures_and_every_fixture_a_rule() {
    let directories = directories();
    let names: Vec<String> = directories.iter().map(|directory| name(directory)).collect();
    let mut errors = Vec::new();
    for rule in Rule::ALL.iter().filter(|rule| !fixture::OF_THE_FILE_SYSTEM.contains(rule)) {
        if !names.iter().any(|name| name == rule.name()) {
            errors.push(format!("{} {} has no fixtures", rule.id(), rule.name()));
        }
    }
    for directory in &directories {
        if Rule::find(&name(directory)).is_none() {
            errors.push(format!("{} is no rule's", directory.display()));
        }
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap().path();
            if !["fires.kdl", "fires", "near.kdl", "near", "fires.stderr", "base.kdl", "base"]
                .contains(&name(&entry).as_str())
            {
                errors.push(format!("{} belongs to no fixture", entry.display()));
            }
        }
    }
    golden::all(errors);
}
