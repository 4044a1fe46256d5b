//! Small workspaces that look right and are wrong, and their twins that look wrong and are right.
//!
//! `tests/reasoning/<case>/wrong.kdl` and `right.kdl` are definitions files; `expected` lists every finding of family 2, `# wrong`
//! first, then `# right`: a line `ID flag/step environment severity` each, `-` for what a finding does not say.

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
use flagfall::diagnostic::{Diagnostic, Family, Severity};

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\nrules {\n    allow FF4 FF5 reason=\"only meaning is asked\"\n}\n";

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reasoning")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn check(case: &Path, which: &str) -> Session {
    let file = case.join(format!("{which}.kdl"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    fixture::check_files([("flagfall.kdl", CONFIGURATION), ("main.kdl", &text)])
}

fn line(finding: &Diagnostic) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let subject = &finding.subject;
    let (flag, step) = (or_dash(&subject.flag), or_dash(&subject.step));
    let (id, environment) = (finding.rule.id(), or_dash(&subject.environment));
    format!("{id} {flag}/{step} {environment} {}\n", finding.severity.word())
}

/// The findings of family 2, sorted.
fn meaning(session: &Session) -> String {
    let mut lines: Vec<String> =
        session.findings.iter().filter(|finding| finding.rule.family() == Family::Meaning).map(line).collect();
    lines.sort();
    lines.concat()
}

#[test]
fn every_case_has_exactly_the_expected_findings() {
    let mut errors = Vec::new();
    for case in cases() {
        let (wrong, right) = (check(&case, "wrong"), check(&case, "right"));
        let seen = format!("# wrong\n{}# right\n{}", meaning(&wrong), meaning(&right));
        if let Err(error) = golden::compare(&case.join("expected"), &seen) {
            let shown = [&wrong, &right].map(fixture::rendered).concat();
            errors.push(format!("{error}\n{shown}"));
        }
    }
    golden::all(errors);
}

#[test]
fn cases_are_about_meaning_only() {
    let mut errors = Vec::new();
    for case in cases() {
        for which in ["wrong", "right"] {
            let session = check(&case, which);
            let others = session.findings.iter().filter(|finding| finding.rule.family() != Family::Meaning);
            errors.extend(others.map(|finding| format!("{}/{which}: {}", case.display(), finding.message)));
        }
    }
    golden::all(errors);
}

#[test]
fn what_is_right_weighs_at_most_a_note() {
    let mut errors = Vec::new();
    for case in cases() {
        let heavier = check(&case, "right").findings.into_iter().filter(|finding| finding.severity > Severity::Note);
        errors.extend(heavier.map(|finding| format!("{}/right: {}", case.display(), finding.message)));
    }
    golden::all(errors);
}
