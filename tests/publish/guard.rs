//! What is held, what passes, and what `--dry-run` says of it.

use serde_json::{Value, json};

use super::{BRANCH, Repository, flag, is};

/// Published with the flags `checkout` and `banner`, then another commit.
fn changed(change: impl FnOnce(&Repository)) -> Repository {
    let repository = Repository::new();
    repository.write("banner.kdl", flag("banner", "old"));
    repository.commit();
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
    change(&repository);
    repository.commit();
    repository
}

fn held(ran: &super::Ran) -> Vec<String> {
    let document = ran.json();
    let environments = document["environments"].as_array().unwrap();
    let held = environments.iter().flat_map(|one| one["held"].as_array().unwrap());
    held.map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_dry_run_tells_the_change_and_changes_nothing() {
    let repository = changed(|repository| repository.write("checkout.kdl", flag("checkout", "new")));
    let (tip, objects) = (repository.tip(), repository.git(&["count-objects"]));
    let ran = repository.publish(&["--dry-run"]);
    assert_eq!(ran.state(), is("ready", 0));
    assert_eq!((repository.tip(), repository.git(&["count-objects"])), (tip, objects));

    let document = ran.json();
    let announced = |document: &Value| (document["class"].clone(), document["environments"].clone());
    assert_eq!(document["class"], "reassign");
    assert_eq!(
        document["environments"][0]["change"]["maxReassigned"],
        json!({"percent": "100.00", "flag": "checkout"})
    );
    let difference = &document["differences"][0];
    assert_eq!(difference["schema"], "flagfall.diff/1");
    assert_eq!(difference["changes"][0]["flag"], "checkout");
    // What it announces is what it then does.
    let done = repository.publish(&[]);
    assert_eq!(done.state(), is("published", 0));
    assert_eq!(announced(&done.json()), announced(&document));
    assert_eq!(repository.manifest()["class"], "reassign");
}

#[test]
fn somebody_whom_a_dry_run_shows_can_be_asked_for() {
    let repository = changed(|repository| repository.write("checkout.kdl", flag("checkout", "new")));
    let document = repository.publish(&["--dry-run"]).json();
    let command = document["differences"][0]["changes"][0]["regions"][0]["witness"]["command"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let ran = repository.run(&words);
    assert_eq!(ran.code, 0, "{command}: {ran:?}");
    assert!(ran.results.contains("new"), "{command}: {ran:?}");
}

#[test]
fn exactly_as_many_flags_go_as_may() {
    let repository = changed(|repository| std::fs::remove_file(repository.path().join("banner.kdl")).unwrap());
    let tip = repository.tip();
    let ran = repository.publish(&["--max-removed-flags", "0"]);
    assert_eq!(ran.state(), is("held", 1));
    let expected = "1 flag would be removed, the guard allows 0: `banner`";
    assert_eq!(held(&ran), [expected, expected]);
    assert_eq!(repository.tip(), tip);
    assert_eq!(repository.publish(&["--max-removed-flags", "1"]).state(), is("published", 0));
    assert_eq!(repository.manifest()["class"], "remove");
}

#[test]
fn switching_a_flag_off_is_removing_it() {
    let off = flag("banner", "old").replace("production enabled=#true", "production enabled=#false");
    let repository = changed(|repository| repository.write("banner.kdl", off));
    assert_eq!(
        held(&repository.publish(&["--max-removed-flags", "0"])),
        ["1 flag would be removed, the guard allows 0: `banner`"]
    );
}

/// A quarter of the subjects of `banner` get another variation.
fn quarter() -> String {
    flag("banner", "old")
        .replace("gate all serve=old", "gate all serve=old\n    gate some serve=new")
        .replace("enabled=#true {\n        gate all", "enabled=#true {\n        gate some \"25%\"\n        gate all")
}

#[test]
fn exactly_as_large_a_share_is_reassigned_as_may_be() {
    let repository = changed(|repository| repository.write("banner.kdl", quarter()));
    let ran = repository.publish(&["--max-reassigned", "24.99%"]);
    assert_eq!(ran.state(), is("held", 1));
    let expected = "25.00% of an audience of `banner` would be reassigned, the guard allows 24.99%";
    assert_eq!(held(&ran), [expected, expected]);
    assert_eq!(repository.publish(&["--max-reassigned", "25%"]).state(), is("published", 0));
}

#[test]
fn the_policy_is_the_guard_unless_somebody_says_otherwise() {
    let policy = format!("{}policy {{ max-reassigned \"10%\"; }}\n", super::CONFIGURATION);
    let repository = changed(|repository| {
        repository.write("flagfall.kdl", policy);
        repository.write("banner.kdl", quarter());
    });
    let ran = repository.run(&["publish", "--to", BRANCH]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.messages.contains("held: production: 25.00% of an audience of `banner`"), "{ran:?}");
    assert!(ran.messages.contains("help: where it is meant, publish it with `--max-reassigned 25.00%`"), "{ran:?}");
    assert_eq!(repository.publish(&["--max-reassigned", "25.00%"]).state(), is("published", 0));
}

#[test]
fn a_flag_that_is_allowed_to_is_exempt_from_the_policy_only() {
    let policy = format!("{}policy {{ max-reassigned \"10%\"; }}\n", super::CONFIGURATION);
    let allowed = quarter().replace("owner=growth {", "owner=growth {\n    allow reassigned-too-many reason=\"meant\"");
    let repository = changed(|repository| {
        repository.write("flagfall.kdl", policy);
        repository.write("banner.kdl", allowed);
    });
    assert_eq!(repository.publish(&["--max-reassigned", "10%"]).state(), is("held", 1));
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
}

#[test]
fn an_override_is_exempt_and_stands_in_the_manifest() {
    let stopped =
        flag("banner", "old").replace("gate all serve=old", "gate all serve=old\n    gate stop serve=new").replace(
            "production enabled=#true {",
            "production enabled=#true {\n        gate stop override=\"INC-17\" until=\"2026-12-31\"",
        );
    let repository = changed(|repository| repository.write("banner.kdl", stopped));
    let ran = repository.publish(&["--max-reassigned", "0%"]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    let manifest = repository.manifest();
    assert_eq!(manifest["environments"][1]["overrides"], json!({"banner": ["stop/production"]}));
    assert_eq!(manifest["environments"][0]["overrides"], json!({}));
}

#[test]
fn an_environment_without_flags_needs_to_be_allowed() {
    let off = |key| flag(key, "old").replace("production enabled=#true", "production enabled=#false");
    let repository = changed(|repository| {
        repository.write("banner.kdl", off("banner"));
        repository.write("checkout.kdl", off("checkout"));
    });
    let ran = repository.publish(&[]);
    assert_eq!(ran.state(), is("held", 1));
    assert_eq!(held(&ran), ["the configuration has no flags, the guard allows none that is empty"]);
    assert_eq!(repository.publish(&["--allow-empty"]).state(), is("published", 0));
}

#[test]
fn an_environment_that_goes_is_held_and_then_its_file_goes() {
    let without = super::CONFIGURATION.replace("env test\n", "");
    let one = |key| flag(key, "old").replace("    env test enabled=#true {\n        gate all\n    }\n", "");
    let repository = changed(|repository| {
        repository.write("flagfall.kdl", without);
        repository.write("banner.kdl", one("banner"));
        repository.write("checkout.kdl", one("checkout"));
    });
    let ran = repository.publish(&[]);
    assert_eq!(ran.state(), is("held", 1), "{ran:?}");
    assert_eq!(ran.json()["environments"][1]["name"], "test");
    assert_eq!(repository.publish(&["--allow-empty"]).state(), is("published", 0));
    assert_eq!(repository.git(&["ls-tree", "--name-only", BRANCH]), "manifest.json\nproduction.json");
}

#[test]
fn what_is_published_but_broken_counts_as_everyone_and_can_be_repaired() {
    let repository = changed(|_| {});
    repository.git(&["worktree", "add", "-q", "other", "published"]);
    let other = repository.path().join("other");
    std::fs::write(other.join("production.json"), "{").unwrap();
    super::git(&other, 2, &["commit", "-q", "-a", "-m", "broken"]);
    repository.git(&["worktree", "remove", "other"]);
    let ran = repository.publish(&["--max-reassigned", "99.99%"]);
    assert_eq!(ran.state(), is("held", 1));
    assert!(ran.json()["environments"][1]["note"].as_str().unwrap().contains("`production.json`"), "{ran:?}");
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
    assert_eq!(repository.manifest()["class"], "undecided");
    assert_eq!(repository.run(&["verify", "published"]).code, 0);
}
