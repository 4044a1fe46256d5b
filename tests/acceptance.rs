//! The plan a reviewer reads, in real histories: each commit is one that teams make, each golden file under `tests/acceptance` is
//! what the real binary says of it, and each share in it is counted again, shard by shard, through the evaluator.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "acceptance/brute.rs"]
mod brute;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/repository.rs"]
mod repository;
#[path = "acceptance/stories.rs"]
mod stories;

use std::collections::BTreeSet;
use std::path::Path;

use brute::Counted;
use repository::Repository;

/// What the last commit does: at a terminal, as a comment where asked, and counted again.
#[derive(Default)]
struct Told {
    errors: Vec<String>,
    counted: Counted,
    written: BTreeSet<String>,
}

impl Told {
    #[track_caller]
    fn last_commit(&mut self, repository: &Repository, name: &str) {
        let told = repository.flagfall(&["diff", "main~1", "main"]);
        assert!(told.code < 2 && told.messages.is_empty(), "{name}: {}", told.messages);
        self.compare(&format!("{name}.txt"), &format!("{}[exit {}]\n", told.results, told.code));
        let document = repository.flagfall(&["diff", "main~1", "main", "--json"]);
        let document = serde_json::from_str(&document.results).unwrap();
        self.counted.again(repository, &document, name);
    }

    /// The comment for a pull request too.
    fn comment(&mut self, repository: &Repository, name: &str) {
        let told = repository.flagfall(&["diff", "main~1", "main", "--format", "md"]);
        self.compare(&format!("{name}.md"), &told.results);
    }

    fn compare(&mut self, file: &str, told: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance").join(file);
        self.errors.extend(golden::compare(&path, told).err());
        self.written.insert(file.to_owned());
    }

    /// Shares that were counted again; fails with all that differs.
    #[track_caller]
    fn done(self, shares: usize) {
        golden::all(self.errors);
        assert!(self.counted.shares >= shares, "only {} shares were counted", self.counted.shares);
    }
}

#[test]
fn the_life_of_a_flag_commit_by_commit() {
    let mut told = Told::default();
    let repository = stories::workspace();
    for (name, title, edit) in stories::quickstart() {
        edit(&repository);
        repository.commit(title);
        told.last_commit(&repository, &format!("quickstart/{name}"));
    }
    told.comment(&repository, "quickstart/7-emergency");
    told.done(12);
}

#[test]
fn edits_that_look_small() {
    let mut told = Told::default();
    for (name, title, edit) in stories::edits() {
        let repository = stories::checkout();
        edit(&repository);
        repository.commit(title);
        told.last_commit(&repository, name);
        if name == "deleted-variation" {
            told.comment(&repository, name);
        }
    }
    told.done(20);
}

#[test]
fn a_segment_that_forty_flags_use() {
    let mut told = Told::default();
    let repository = stories::forty();
    repository.edit("flags/vocabulary.kdl", "country one-of US CA", "country one-of US CA GB");
    repository.commit("Britain joins the segment");
    told.last_commit(&repository, "segment-of-forty");
    told.comment(&repository, "segment-of-forty");
    told.done(40);
}

#[test]
fn a_refactor_of_forty_files_is_proved() {
    let mut told = Told::default();
    let repository = stories::forty();
    for number in 1..=40 {
        let path = format!("flags/page-{number:02}.kdl");
        repository.edit(&path, "when in-segment north-america", "when country is CA; or country is US");
    }
    repository.commit("Spell the segment out");
    told.last_commit(&repository, "refactor-of-forty");
    told.comment(&repository, "refactor-of-forty");
    told.done(0);
}
