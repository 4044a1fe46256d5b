//! `flagfall verify`: a published commit against what its source compiles to.

use std::path::Path;

use serde_json::Value;

use super::{BRANCH, Repository, flag, git, is, sha256};

/// A published repository.
fn published() -> Repository {
    let repository = Repository::new();
    assert_eq!(repository.publish(&["--client"]).state(), is("published", 0));
    repository
}

/// Commits to the published branch as people do.
fn tamper(repository: &Repository, change: impl FnOnce(&Path)) {
    repository.git(&["worktree", "add", "-q", "other", "published"]);
    let other = repository.path().join("other");
    change(&other);
    git(&other, 3, &["add", "-A"]);
    git(&other, 3, &["commit", "-q", "-m", "by hand"]);
    repository.git(&["worktree", "remove", "--force", "other"]);
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Files that are not the same: name, state, reason.
fn wrong(repository: &Repository) -> Vec<(String, String, String)> {
    let ran = repository.run(&["verify", "published", "--json"]);
    let document: Value = ran.json();
    assert_eq!((document["verified"].clone(), ran.code), (Value::Bool(false), 1));
    let text = |file: &Value, name: &str| file[name].as_str().unwrap_or_default().to_owned();
    let files = document["files"].as_array().unwrap().iter().filter(|file| file["state"] != "same");
    files.map(|file| (text(file, "file"), text(file, "state"), text(file, "reason"))).collect()
}

fn one(file: &str, state: &str, reason: &str) -> (String, String, String) {
    (file.to_owned(), state.to_owned(), reason.to_owned())
}

#[test]
fn what_was_published_is_what_the_source_compiles_to() {
    let repository = published();
    let ran = repository.run(&["verify", "published"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.results.ends_with("compiles to: 5 files, byte for byte\n"), "{ran:?}");
}

#[test]
fn a_changed_byte_is_found() {
    let repository = published();
    tamper(&repository, |other| edit(&other.join("production.json"), "\"a\"", "\"c\""));
    let reason = "its bytes are not those whose SHA-256 is in the manifest";
    assert_eq!(wrong(&repository), [one("production.json", "differs", reason)]);
}

#[test]
fn a_changed_byte_is_found_also_where_the_manifest_was_changed_with_it() {
    let repository = published();
    tamper(&repository, |other| {
        let file = other.join("production.json");
        let before = std::fs::read_to_string(&file).unwrap();
        edit(&file, "\"a\"", "\"c\"");
        let after = std::fs::read_to_string(&file).unwrap();
        edit(&other.join("manifest.json"), &sha256(&before), &sha256(&after));
    });
    let found = wrong(&repository);
    assert_eq!(found[0].0, "production.json");
    assert!(found[0].2.starts_with("the source compiles to something else from line "), "{found:?}");
    assert_eq!(found[1], one("manifest.json", "differs", "it says something else of the files than the source does"));
}

#[test]
fn an_override_that_somebody_adds_to_the_manifest_is_found() {
    let repository = published();
    tamper(&repository, |other| {
        edit(&other.join("manifest.json"), "\"overrides\": {}", "\"overrides\": {\"checkout\": [\"all/test\"]}");
    });
    assert_eq!(wrong(&repository).len(), 1);
}

#[test]
fn files_that_are_missing_or_nobody_published_are_found() {
    let repository = published();
    tamper(&repository, |other| {
        std::fs::remove_file(other.join("test.json")).unwrap();
        std::fs::write(other.join("staging.json"), "{}").unwrap();
    });
    assert_eq!(
        wrong(&repository),
        [
            one("staging.json", "unlisted", "the manifest does not list it"),
            one("test.json", "missing", "it is not there")
        ]
    );
}

#[test]
fn another_source_than_the_one_that_was_compiled_is_found() {
    let repository = published();
    let before = repository.git(&["rev-parse", "HEAD"]);
    repository.write("checkout.kdl", flag("checkout", "new"));
    let after = repository.commit();
    tamper(&repository, |other| edit(&other.join("manifest.json"), &before, &after));
    let files: Vec<String> = wrong(&repository).into_iter().map(|(file, ..)| file).collect();
    let expected = ["production.client.json", "production.json", "test.client.json", "test.json", "manifest.json"];
    assert_eq!(files, expected);
}

#[test]
fn a_rollback_is_a_revert_and_what_it_gives_is_verified_too() {
    let repository = published();
    let (good, manifest) = (repository.published("production.json"), repository.manifest());
    repository.write("checkout.kdl", flag("checkout", "new"));
    let bad = repository.commit();
    assert_eq!(repository.publish(&["--client"]).state(), is("published", 0));
    assert_ne!(repository.published("production.json"), good);

    repository.git(&["worktree", "add", "-q", "other", "published"]);
    git(&repository.path().join("other"), 4, &["revert", "--no-edit", "HEAD"]);
    repository.git(&["worktree", "remove", "other"]);
    assert_eq!(repository.published("production.json"), good);
    assert_eq!(repository.manifest(), manifest);
    assert_eq!(repository.git(&["rev-list", "--count", BRANCH]), "3");
    assert_eq!(repository.run(&["verify", "published"]).code, 0);
    assert_eq!(repository.run(&["verify", "published~1"]).code, 0);

    // Publishing goes on from there, with what is live as the base.
    let ran = repository.publish(&["--client", "--max-reassigned", "5%"]);
    assert_eq!(ran.state(), is("held", 1), "{ran:?}");
    let ran = repository.publish(&["--client"]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    assert_eq!(repository.manifest()["source"]["commit"], bad.as_str());
}

#[test]
fn what_cannot_be_verified_says_why() {
    let repository = published();
    let refused = |revision: &str, expected: &str| {
        let ran = repository.run(&["verify", revision]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.messages.contains(expected), "{ran:?}");
    };
    refused("main", "`main` holds no `manifest.json`");
    refused("nothing", "there is no revision `nothing`");
    let source = repository.git(&["rev-parse", "HEAD"]);
    tamper(&repository, |other| edit(&other.join("manifest.json"), &source, &"0".repeat(40)));
    refused("published", "this clone does not hold the source");
    tamper(&repository, |other| std::fs::write(other.join("manifest.json"), "{}").unwrap());
    refused("published", "`manifest.json` is no manifest of flagfall");
}
