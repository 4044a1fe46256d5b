//! Workspaces of tests: one definitions file in a workspace like every other, or a directory.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::path::Path;

use flagfall::cli::session::{self, Session};
use flagfall::diagnostic::render::human::{self, Look};
use flagfall::diagnostic::rule::Level;
use flagfall::diagnostic::{Rule, Severity, Sink};
use flagfall::workspace;
use jiff::Timestamp;

/// The day on which fixtures are checked.
pub(crate) const NOW: &str = "2026-12-01T00:00:00Z";

/// The `flagfall.kdl` of a fixture of `rule`: hygiene is silent, unless it is what the fixture is about.
pub(crate) fn configuration(rule: Rule) -> String {
    let silent = rule.id().starts_with("FF4") || rule.default_level() == Level::Allow;
    let asked = if silent { format!("\n    warn {}", rule.name()) } else { String::new() };
    format!(
        "edition \"2026\"\nenv test\nenv production protected=#true\nrules {{\n    allow FF4 reason=\"fixture\"{asked}\n}}\n"
    )
}

/// Checks the workspace in a directory; findings call its files by their path in it.
pub(crate) fn check(directory: &Path) -> Session {
    let mut sink = Sink::new();
    let loaded = workspace::load_as(directory, "", &mut sink).unwrap();
    session::read(loaded, sink, NOW.parse::<Timestamp>().unwrap())
}

/// The same, compared with what it was; without a finding of its own there.
pub(crate) fn check_against(directory: &Path, base: Option<&Session>) -> Session {
    let Some(base) = base else { return check(directory) };
    assert!(base.findings.iter().all(|finding| finding.severity < Severity::Error), "{}", rendered(base));
    let mut sink = Sink::new();
    let mut loaded = workspace::load_as(directory, "", &mut sink).unwrap();
    // The base's files are told apart from those of the same name.
    let mut texts = base.sources.emptied();
    for (_, file) in base.sources.files() {
        texts.add(&*file.path, format!("base:{}", file.name), file.kind, std::sync::Arc::clone(&file.text));
    }
    loaded.sources = loaded.sources.with_base(&texts);
    let base = base.checked.as_ref().map(flagfall::check::Checked::workspace);
    session::read_against(loaded, sink, base, NOW.parse::<Timestamp>().unwrap())
}

/// Checks a workspace of these files, by path.
pub(crate) fn check_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Session {
    check_files_against(files, None)
}

/// The same, compared with what it was.
pub(crate) fn check_files_against<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    base: Option<&Session>,
) -> Session {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    check_against(directory.path(), base)
}

/// What a person sees in a terminal of 100 columns without colour.
pub(crate) fn rendered(session: &Session) -> String {
    let look = Look { width: 100, unicode: true, color: false };
    let findings = human::render(&session.findings, &session.sources, look);
    format!("{findings}{}\n", human::summary(&session.findings, &session.summary))
}

/// The ids of the findings, in order, once each.
pub(crate) fn ids(session: &Session) -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = session.findings.iter().map(|finding| finding.rule.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Rules that no definition can break: `tests/cli/files.rs` breaks them by files, `tests/import.rs` by documents.
pub(crate) const OF_THE_FILE_SYSTEM: [Rule; 7] = [
    Rule::NotUtf8,
    Rule::FileTooLarge,
    Rule::OutsideLink,
    Rule::IgnoredFile,
    Rule::NestedWorkspace,
    Rule::NotExpressible,
    Rule::NotInSql,
];
