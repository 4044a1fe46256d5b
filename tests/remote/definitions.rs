//! Definitions of a commit become the configuration that `flagfall compile` writes.

use std::process::Command;

use flagfall::publish::Digest;
use flagfall::remote::{Mode, Reason};

use crate::ask::{Ask, CONFIGURATION, flag, workspace};
use crate::git_https::GitHttps;
use crate::origin::Origin;

#[test]
fn a_worker_writes_the_bytes_that_compile_writes_of_a_checkout() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    origin.write("ops/flagfall.kdl", CONFIGURATION);
    origin.write("ops/banner.kdl", flag("banner", "on"));
    origin.write("ops/cart/cart.kdl", flag("cart", "off"));
    origin.write("elsewhere/broken.kdl", "typo\n");
    let commit = origin.commit("one");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.request.path = "ops/".to_owned();
    ask.request.client = true;
    let built = ask.built();
    let compiled = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .args(["compile", "ops", "--client", "--env", "test", "--out", "dist"])
        .current_dir(&origin.path)
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let written = |name: &str| std::fs::read_to_string(origin.path.join("dist").join(name)).unwrap();
    assert_eq!(ask.config(), written("test.json"));
    assert_eq!(std::fs::read_to_string(ask.request.out.join("client.json")).unwrap(), written("test.client.json"));
    assert_eq!(built.digest, Digest::of(ask.config().as_bytes()).to_string());
    assert_eq!((built.revision, built.flags, built.rewritten), (commit, 2, false));
    assert!(built.received > 0);
}

#[test]
fn errors_are_told_with_their_places() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    origin.write("ops/flagfall.kdl", CONFIGURATION);
    origin.write("ops/banner.kdl", flag("banner", "nothing"));
    let commit = origin.commit("one");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.request.path = "ops".to_owned();
    let failed = ask.failed();
    assert_eq!((failed.reason, failed.revision), (Reason::CompileFailed, Some(commit.clone())));
    assert!(failed.message.contains("ops/banner.kdl:9: [FF"), "{}", failed.message);
    assert!(!failed.message.contains(&commit), "{}", failed.message);
    assert!(!ask.request.out.join("config.json").exists());

    origin.write("ops/banner.kdl", flag("banner", "on"));
    origin.commit("two");
    ask.request.environment = "tset".to_owned();
    ask.refuses(Reason::CompileFailed, "there is no environment `tset`; did you mean `test`?");
}

#[test]
fn directories_that_hold_nothing_are_no_empty_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    origin.write("empty/readme.md", "nothing here");
    origin.write("file", "x");
    origin.commit("two");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    for (path, says) in [
        ("gone", "no directory `gone`"),
        ("file", "no directory `file`"),
        ("empty", "`empty` has no `flagfall.kdl`"),
        ("../flags", "no directory below the top"),
        ("/etc", "no directory below the top"),
    ] {
        ask.request.path = path.to_owned();
        ask.refuses(Reason::PathNotFound, says);
    }
    ask.request.path = String::new();
    ask.request.mode = Mode::Published;
    ask.refuses(Reason::PathNotFound, "the top of the repository` has no `manifest.json`");
    // Everything is taken away.
    origin.git(&["rm", "-rq", "."]);
    origin.commit("three");
    ask.refuses(Reason::PathNotFound, "empty");
    ask.request.mode = Mode::Definitions;
    ask.refuses(Reason::PathNotFound, "empty");
}

#[test]
fn what_moves_against_what_is_live_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    origin.write("cart.kdl", flag("cart", "on"));
    origin.commit("two");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    assert_eq!(ask.built().change, None);
    ask.request.live = Some(ask.file("live.json", &ask.config()));
    origin.commit("three, which changes nothing");
    let change = ask.built().change.unwrap();
    assert_eq!((change.class.as_str(), change.removed_flags.len(), change.max_reassigned), ("same", 0, None));
    origin.write("banner.kdl", flag("banner", "off"));
    origin.git(&["rm", "-q", "cart.kdl"]);
    origin.commit("four");
    let change = ask.built().change.unwrap();
    assert_eq!(change.removed_flags, ["cart"]);
    assert_eq!(change.max_reassigned, Some(("100.00".to_owned(), "banner".to_owned())));
    assert_eq!(change.class, "remove");
    ask.request.live = Some(ask.file("live.json", "{}"));
    ask.refuses(Reason::CompileFailed, "what is live cannot be compared");
}

fn publish(origin: &Origin, arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .args(["publish", "--to", "refs/heads/published"])
        .args(arguments)
        .current_dir(&origin.path)
        .envs([("GIT_AUTHOR_NAME", "Ana"), ("GIT_AUTHOR_EMAIL", "ana@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ana"), ("GIT_COMMITTER_EMAIL", "ana@example.com")])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn published_files_are_taken_as_they_are_when_the_manifest_agrees() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    publish(&origin, &["--allow-empty"]);
    let server = GitHttps::start(directory.path());
    let mut definitions = Ask::https(&server, "flags");
    let compiled = definitions.built();
    definitions.request.reference = flagfall::remote::Reference::Branch("published".to_owned());
    definitions.request.mode = Mode::Published;
    let published = definitions.built();
    assert_eq!((published.digest, published.flags), (compiled.digest, 1));
    definitions.request.environment = "tset".to_owned();
    definitions.refuses(Reason::ManifestMismatch, "`tset` is not published");
    definitions.request.environment = "test".to_owned();
    definitions.request.client = true;
    definitions.refuses(Reason::ManifestMismatch, "without its form for clients");
    definitions.request.client = false;
    // Somebody edits what was compiled.
    origin.git(&["checkout", "-q", "published"]);
    let edited = std::fs::read_to_string(origin.path.join("test.json")).unwrap().replace("true", "false");
    origin.write("test.json", edited);
    origin.commit("by hand");
    definitions.refuses(Reason::ManifestMismatch, "the SHA-256 of `test.json` is");
    origin.git(&["rm", "-q", "test.json"]);
    origin.commit("away");
    definitions.refuses(Reason::ManifestMismatch, "`test.json` is missing");
    origin.write("manifest.json", "{}");
    origin.commit("nonsense");
    definitions.refuses(Reason::ManifestMismatch, "no manifest");
}
