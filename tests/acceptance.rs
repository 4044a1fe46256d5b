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

    /// Shares that were counted again, and groups of keys that conditions name; fails with all that differs.
    #[track_caller]
    fn done(self, shares: usize, keys: usize) {
        golden::all(self.errors);
        let Counted { shares: counted, keys: named } = self.counted;
        assert!(counted >= shares && named >= keys, "only {counted} shares and {named} times keys were counted");
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
    told.done(12, 1);
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
    told.done(20, 2);
}

#[test]
fn a_segment_that_forty_flags_use() {
    let mut told = Told::default();
    let repository = stories::forty();
    repository.edit("flags/vocabulary.kdl", "country one-of US CA", "country one-of US CA GB");
    repository.commit("Britain joins the segment");
    told.last_commit(&repository, "segment-of-forty");
    told.comment(&repository, "segment-of-forty");
    told.done(40, 0);
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
    told.done(0, 0);
}

#[test]
fn findings_about_what_is_gone_point_into_the_base() {
    let repository = stories::checkout();
    let base = repository.git(&["rev-parse", "HEAD"]);
    repository.edit("flags/checkout.kdl", "    variation calm \"Continue\"\n", "");
    repository.edit("flags/checkout.kdl", "bold=25 calm=25", "bold=25");
    repository.edit("flags/checkout.kdl", "serve=calm", "serve=bold");
    for arguments in
        [&["diff", "main", "--json"][..], &["ci", "--base", "main", "--json"], &["check", "--base", "main", "--json"]]
    {
        let arguments: Vec<&str> =
            if arguments[0] == "check" { [&["check", "flags"], &arguments[1..]].concat() } else { arguments.to_vec() };
        let run = repository.flagfall(&arguments);
        let document: serde_json::Value =
            serde_json::from_str(&run.results).unwrap_or_else(|_| panic!("{}", run.messages));
        let findings = document["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["id"] == "FF3005").unwrap();
        let place = &found["place"];
        assert_eq!((&place["file"], &place["line"]), (&"main:flags/checkout.kdl".into(), &5.into()), "{arguments:?}");
        assert_eq!((run.code, place["commit"].as_str()), (1, Some(base.as_str())), "{arguments:?}");
        let head = &found["labels"][0]["place"];
        assert_eq!((&head["file"], head.get("commit")), (&"flags/checkout.kdl".into(), None), "{arguments:?}");
    }
    // Machines that annotate the head are given a line that is there, and are told where it was.
    let run = repository.flagfall(&[
        "diff",
        "main",
        "--format",
        "plain",
        "-o",
        "github",
        "-o",
        "sarif=f.sarif",
        "-o",
        "md=f.md",
    ]);
    let annotation = run.results.lines().find(|line| line.contains("FF3005")).unwrap();
    assert!(annotation.starts_with("::error file=flags/checkout.kdl,line=1,"), "{annotation}");
    let was = format!("{}:flags/checkout.kdl:5", &base[..12]);
    assert!(annotation.contains(&format!("it was at {was}")), "{annotation}");
    let read = |name: &str| std::fs::read_to_string(repository.path().join(name)).unwrap();
    assert!(read("f.md").contains(&format!("`{was}`")), "{}", read("f.md"));
    assert!(read("f.sarif").contains(&was));
}

#[test]
fn tests_rules_and_policies_that_change_are_causes_that_move_nobody() {
    let repository = stories::workspace();
    repository.write(
        "flags/a.test.kdl",
        "tests a {\n    case one env=test { subject s; expect on; }\n    case two { subject s; expect on; }\n}\n",
    );
    repository.write(
        "flags/a.kdl",
        "flag a type=boolean { variation on #true; env test enabled=#true { otherwise on; }; }\n",
    );
    repository.commit("A flag with tests");
    repository.edit("flags/a.test.kdl", "case one env=test { subject s;", "case one env=test { subject t;");
    repository.edit("flags/a.test.kdl", "    case two {", "    case three env=test {");
    repository.edit("flags/flagfall.kdl", "allow FF4", "warn FF2; allow FF4");
    repository.edit(
        "flags/flagfall.kdl",
        "edition \"2026\"\n",
        "edition \"2026\"\n\npolicy { max-reassigned \"5%\"; }\n",
    );
    let run = repository.flagfall(&["diff", "main"]);
    let told: Vec<&str> = run.results.lines().collect();
    assert_eq!(
        (run.code, told[0]),
        (0, "no flag changes; policy, rules and tests do"),
        "{}{}",
        run.results,
        run.messages
    );
    for line in [
        "~ rules: + `warn FF2`  flags/flagfall.kdl:8",
        "~ policy: + `max-reassigned \"5%\"`  flags/flagfall.kdl:3",
        "~ tests of `a`: case `one` says something else  flags/a.test.kdl:2",
        "~ tests of `a`: + case `three`  flags/a.test.kdl:3",
        "~ tests of `a`: - case `two`  main:flags/a.test.kdl:3",
    ] {
        assert!(told.contains(&line), "{line}\n{}", run.results);
    }
    assert_eq!(repository.flagfall(&["diff", "main", "--exit-code"]).code, 0);
}
