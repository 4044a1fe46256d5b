//! What is answered from the cache is what would be worked out anew: findings, counts and outputs, whatever is edited in whatever order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "cache/command.rs"]
mod command;
#[path = "cache/edits.rs"]
mod edits;
#[path = "cache/kept.rs"]
mod kept;
#[path = "../benches/support/workspace.rs"]
mod workspace;

use std::collections::BTreeMap;

use edits::Edits;
use flagfall::cache::{Answer, answer, whole};
use flagfall::diagnostic::{Diagnostic, Severity, Sink};
use flagfall::source::{FileKind, SourceSet};
use jiff::Timestamp;

/// Path and text.
type Files = BTreeMap<String, String>;

/// As loading gives them: the configuration first, then by path.
fn sources(files: &Files) -> SourceSet {
    let mut sources = SourceSet::new();
    let configuration = files.iter().filter(|(path, _)| *path == "flagfall.kdl");
    let others = files.iter().filter(|(path, _)| *path != "flagfall.kdl");
    for (path, text) in configuration.chain(others) {
        let kind = match path.as_str() {
            "flagfall.kdl" => FileKind::Configuration,
            path if path.ends_with(".test.kdl") => FileKind::Tests,
            path if path.ends_with(".kdl") => FileKind::Definitions,
            _ => FileKind::Data,
        };
        sources.add(path.as_str(), path.as_str(), kind, text.as_str());
    }
    sources
}

/// A run: whether it took anything from `memory`, and whether something could not be read.
fn step(files: &Files, now: Timestamp, memory: &mut Option<Vec<u8>>) -> (bool, bool) {
    let sources = sources(files);
    let cached = answer(&sources, Sink::new(), now, memory.as_deref(), &|_, _| false);
    let expected = whole(&sources, Sink::new(), now);
    same(&cached, &expected, files);
    let partly = cached.part.as_ref().is_some_and(|read| read.len() < files.len());
    *memory = cached.memory.or(memory.take());
    let broken = |finding: &Diagnostic| finding.severity == Severity::Error && !finding.rule.can_be_lowered();
    (partly, expected.findings.iter().any(broken))
}

fn same(cached: &Answer, expected: &Answer, files: &Files) {
    let read = cached.part.as_ref().map(std::collections::BTreeSet::len);
    for (one, other) in cached.findings.iter().zip(&expected.findings) {
        assert_eq!(one, other, "\nread: {read:?}\n{files:#?}");
    }
    let more = cached.findings.get(expected.findings.len()..).unwrap_or(&[]);
    let fewer = expected.findings.get(cached.findings.len()..).unwrap_or(&[]);
    assert!(
        more.is_empty() && fewer.is_empty(),
        "too many: {more:#?}\nmissing: {fewer:#?}\nread: {read:?}\n{files:#?}"
    );
    assert_eq!(cached.flags, expected.flags, "{files:#?}");
    assert_eq!(cached.environments, expected.environments, "{files:#?}");
}

/// A random sequence of edits of `files`; how many steps were answered in part.
fn edited(files: Files, steps: usize, seed: u64) -> usize {
    let mut edits = Edits::new(files, seed);
    let mut memory = None;
    let (mut partly, mut broken) = (0, false);
    for number in 0..steps {
        if number > 0 {
            edits.edit(broken);
        }
        let (is_part, is_broken) = step(&edits.files, edits.now, &mut memory);
        partly += usize::from(is_part);
        broken = is_broken;
    }
    partly
}

#[test]
fn edits_of_a_generated_workspace_are_answered_as_if_nothing_were_kept() {
    let mut partly = 0;
    for seed in 0..5 {
        let files: Files = workspace::generate(8, seed).into_iter().collect();
        partly += edited(edits::with_links(files), 30, seed);
    }
    assert!(partly > 40, "only {partly} steps of 150 took anything from what was kept");
}

#[test]
fn edits_of_what_breaks_rules_are_answered_as_if_nothing_were_kept() {
    let (mut partly, mut seed) = (0, 0);
    for directory in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules")).unwrap() {
        for which in ["fires.kdl", "near.kdl"] {
            let Ok(text) = std::fs::read_to_string(directory.as_ref().unwrap().path().join(which)) else { continue };
            seed += 1;
            partly += edited(edits::taken_apart(&text), 5, seed);
        }
    }
    assert!(partly > 100, "only {partly} steps took anything from what was kept");
}

#[test]
fn of_a_workspace_that_did_not_change_only_what_is_shared_is_read() {
    let files = edits::with_links(workspace::generate(30, 1).into_iter().collect());
    let sources = sources(&files);
    let now = "2026-12-01T09:00:00Z".parse().unwrap();
    let first = answer(&sources, Sink::new(), now, None, &|_, _| false);
    let second = answer(&sources, Sink::new(), now, first.memory.as_deref(), &|_, _| false);
    let errors: Vec<_> = first.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let read = second.part.unwrap_or_else(|| panic!("{errors:#?}, kept: {:?}", first.memory.map(|kept| kept.len())));
    let names: Vec<&str> = read.iter().map(|file| sources.file(*file).path.as_str()).collect();
    // A contract beside what is shared keeps its two flags, and who tests them, among what is read.
    assert!(names.contains(&"flagfall.kdl") && names.contains(&"vocabulary.kdl") && names.len() < 10, "{names:?}");
    assert!(second.memory.is_none(), "what was kept is right");
}
