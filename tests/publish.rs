//! Publishing to real git repositories: what is committed, what is held, races, rollback, and what is verified afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "publish/change.rs"]
mod change;
#[path = "publish/configmap.rs"]
mod configmap;
#[path = "support/git_https.rs"]
#[cfg(feature = "cluster")]
mod git_https;
#[path = "publish/guard.rs"]
mod guard;
#[path = "publish/https.rs"]
#[cfg(feature = "cluster")]
mod https;
#[path = "publish/races.rs"]
mod races;
#[path = "publish/verify.rs"]
mod verify;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const BRANCH: &str = "refs/heads/published";

const CONFIGURATION: &str =
    "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF4 reason=\"fixture\" }\n";

/// A flag that gives everybody one of the variations `old` and `new`.
fn flag(key: &str, serve: &str) -> String {
    format!(
        "flag {key} type=string owner=growth {{\n    variation old \"a\"\n    variation new \"b\"\n    gate all serve={serve}\n    \
         env test enabled=#true {{\n        gate all\n    }}\n    env production enabled=#true {{\n        gate all\n    }}\n}}\n"
    )
}

/// A repository with a workspace at its top, a commit a minute.
struct Repository {
    directory: TempDir,
    commits: Cell<u32>,
}

impl Repository {
    /// One commit with the flag `checkout`.
    fn new() -> Self {
        let repository = Self { directory: tempfile::tempdir().unwrap(), commits: Cell::new(0) };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.write("flagfall.kdl", CONFIGURATION);
        repository.write("checkout.kdl", flag("checkout", "old"));
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(path), bytes).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), self.commits.get(), arguments)
    }

    fn commit(&self) -> String {
        self.commits.set(self.commits.get() + 1);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        flagfall(self.path(), arguments)
    }

    fn publish(&self, more: &[&str]) -> Ran {
        self.run(&[&["publish", "--to", BRANCH, "--json"], more].concat())
    }

    fn tip(&self) -> String {
        self.git(&["rev-parse", BRANCH])
    }

    /// A file of the published branch.
    fn published(&self, name: &str) -> String {
        self.git(&["show", &format!("{BRANCH}:{name}")])
    }

    fn manifest(&self) -> Value {
        serde_json::from_str(&self.published("manifest.json")).unwrap()
    }
}

fn git(directory: &Path, minute: u32, arguments: &[&str]) -> String {
    let date = format!("2026-11-01T12:{minute:02}:00Z");
    let output = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.args(arguments).current_dir(directory).env_remove("COLUMNS").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

fn flagfall(directory: &Path, arguments: &[&str]) -> Ran {
    ran(command(directory, arguments))
}

fn ran(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ran {
        code: status.code().unwrap(),
        results: String::from_utf8(stdout).unwrap(),
        messages: String::from_utf8(stderr).unwrap(),
    }
}

/// How a run ended, and what it wrote.
#[derive(Debug)]
struct Ran {
    code: i32,
    results: String,
    messages: String,
}

impl Ran {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.results).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// How a document ended, with the exit code.
    #[track_caller]
    fn state(&self) -> (String, i32) {
        (self.json()["state"].as_str().unwrap().to_owned(), self.code)
    }
}

fn sha256(bytes: &str) -> String {
    flagfall::publish::Digest::of(bytes.as_bytes()).to_string()
}

fn is(state: &str, code: i32) -> (String, i32) {
    (state.to_owned(), code)
}

/// A bare repository beside it.
fn bare() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), 0, &["init", "-q", "--bare", "-b", "main", "remote.git"]);
    let path = directory.path().join("remote.git");
    (directory, path)
}

#[test]
fn a_branch_gets_the_files_of_every_environment_and_a_manifest_of_them() {
    let repository = Repository::new();
    let source = repository.git(&["rev-parse", "HEAD"]);
    let ran = repository.publish(&["--client"]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    let document = ran.json();
    assert_eq!(
        (document["commit"].as_str().unwrap(), &document["previous"]),
        (repository.tip().as_str(), &Value::Null)
    );
    let names = repository.git(&["ls-tree", "--name-only", BRANCH]);
    let expected = ["manifest.json", "production.client.json", "production.json", "test.client.json", "test.json"];
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);

    let manifest = repository.manifest();
    assert_eq!(manifest["source"]["commit"], source.as_str());
    assert_eq!(manifest["source"]["committedAt"], "2026-11-01T12:01:00.000Z");
    assert_eq!(manifest["class"], Value::Null);
    for environment in manifest["environments"].as_array().unwrap() {
        assert_eq!(environment["flags"], 1);
        for file in environment["files"].as_array().unwrap() {
            // `git show` ends no line that the file does not end.
            let text = repository.published(file["file"].as_str().unwrap()) + "\n";
            assert_eq!(file["sha256"], sha256(&text).as_str());
            assert_eq!(file["bytes"], text.len());
        }
    }
    // What people get from `compile` in a checkout is the very same.
    repository.run(&["compile", "--client"]);
    for name in expected.into_iter().skip(1) {
        let compiled = std::fs::read_to_string(repository.path().join("dist").join(name)).unwrap();
        assert_eq!(compiled.trim_end(), repository.published(name), "{name}");
    }
}

#[test]
fn no_work_tree_index_or_other_branch_is_touched() {
    let repository = Repository::new();
    repository.write("checkout.kdl", "not committed, and no KDL {");
    let before = repository.git(&["status", "--porcelain"]);
    let refs = repository.git(&["show-ref", "--heads"]);
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
    assert_eq!(repository.git(&["status", "--porcelain"]), before);
    let after = repository.git(&["show-ref", "--heads"]);
    assert_eq!(
        after.lines().filter(|line| !line.ends_with(BRANCH)).collect::<Vec<_>>(),
        refs.lines().collect::<Vec<_>>()
    );
    repository.git(&["fsck", "--strict"]);
}

#[test]
fn the_same_commit_is_published_once_and_another_with_the_same_bytes_is_recorded() {
    let repository = Repository::new();
    repository.publish(&[]);
    let tip = repository.tip();
    assert_eq!(repository.publish(&[]).state(), is("current", 0));
    assert_eq!(repository.tip(), tip);
    // The same minute: the same `createdAt`, so the same bytes.
    repository.git(&["commit", "-q", "--allow-empty", "-m", "y"]);
    let source = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
    assert_eq!(repository.git(&["diff", "--name-only", &tip, BRANCH]), "manifest.json");
    assert_eq!(repository.manifest()["source"]["commit"], source.as_str());
    assert_eq!(repository.manifest()["class"], "same");
}

#[test]
fn a_branch_only_goes_on_and_keeps_what_others_put_there() {
    let repository = Repository::new();
    repository.publish(&["--client"]);
    let first = repository.tip();
    repository.git(&["worktree", "add", "-q", "other", "published"]);
    let other = repository.path().join("other");
    std::fs::write(other.join("README"), "ours").unwrap();
    git(&other, 2, &["add", "-A"]);
    git(&other, 2, &["commit", "-q", "-m", "readme"]);
    repository.git(&["worktree", "remove", "other"]);
    repository.write("checkout.kdl", flag("checkout", "new"));
    repository.commit();
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
    repository.git(&["merge-base", "--is-ancestor", &first, BRANCH]);
    assert_eq!(repository.git(&["rev-list", "--count", BRANCH]), "3");
    // Without `--client` its files are gone, and only these.
    let names = repository.git(&["ls-tree", "--name-only", BRANCH]);
    assert_eq!(names.lines().collect::<Vec<_>>(), ["README", "manifest.json", "production.json", "test.json"]);
    assert_eq!(repository.manifest()["class"], "reassign");
    let message = repository.git(&["log", "-1", "--format=%B", BRANCH]);
    assert!(message.contains(": reassign\n\nSource: "), "{message}");
}

#[test]
fn a_commit_that_came_before_what_is_published_is_not_published_over_it() {
    let repository = Repository::new();
    repository.commit();
    repository.publish(&[]);
    let tip = repository.tip();
    let ran = repository.publish(&["HEAD~1"]);
    assert_eq!(ran.state(), is("superseded", 0));
    assert_eq!(repository.tip(), tip);
}

#[test]
fn a_shallow_clone_that_cannot_tell_does_not_publish_something_older() {
    let repository = Repository::new();
    let (_directory, remote) = bare();
    let remote = remote.to_str().unwrap();
    repository.git(&["push", "-q", remote, "main"]);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{remote}");
    git(clone.path(), 1, &["clone", "-q", "--depth", "1", &url, "."]);
    repository.commit();
    assert_eq!(repository.publish(&["--remote", remote]).state(), is("published", 0));
    let ran = flagfall(clone.path(), &["publish", "--to", BRANCH, "--remote", "origin"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.messages.contains("cannot tell whether `HEAD` comes before"), "{ran:?}");
    // Something newer is published from a shallow clone, too.
    repository.commit();
    repository.git(&["push", "-q", remote, "main"]);
    let newer = tempfile::tempdir().unwrap();
    git(newer.path(), 1, &["clone", "-q", "--depth", "1", &url, "."]);
    assert_eq!(
        flagfall(newer.path(), &["publish", "--to", BRANCH, "--remote", "origin", "--json"]).state(),
        is("published", 0)
    );
}

#[test]
fn a_branch_that_is_not_ours_is_left_alone() {
    let repository = Repository::new();
    repository.git(&["branch", "mine"]);
    let refused = |arguments: &[&str], expected: &str| {
        let ran = repository.run(&[&["publish"], arguments].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.messages.contains(expected), "{ran:?}");
    };
    refused(&["--to", "refs/heads/mine"], "`refs/heads/mine` of this repository holds no `manifest.json`");
    refused(&["--to", "refs/heads/main"], "`refs/heads/main` is checked out in this repository");
    refused(&["--to", "published"], "`published` is not the full name of a branch");
    refused(&["--to", "refs/heads/a..b"], "not the full name of a branch");
    refused(&["--to", "refs/tags/v1"], "not the full name of a branch");
    refused(&["--to", BRANCH, "--remote", "nowhere"], "there is no remote `nowhere`");
    refused(&["--to", BRANCH, "--remote", "./nowhere"], "cannot open the repository `./nowhere`");
    refused(&["v9", "--to", BRANCH], "there is no revision `v9`");
}

#[test]
fn errors_of_the_workspace_are_told_and_nothing_is_published() {
    let repository = Repository::new();
    repository.write("broken.kdl", "flag broken type=string {\n}\n");
    repository.commit();
    let ran = repository.publish(&[]);
    assert_eq!(ran.state(), is("refused", 1));
    assert!(ran.messages.contains("broken.kdl"), "{ran:?}");
    assert_eq!(repository.git(&["branch", "--list", "published"]), "");
}

#[test]
fn a_secret_in_a_url_is_not_repeated() {
    let repository = Repository::new();
    for url in ["https://ana:s3cret@127.0.0.1:1/flags.git", "ssh://ana:s3cret@127.0.0.1:1/flags.git"] {
        let ran = repository.run(&["publish", "--to", BRANCH, "--remote", url]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
        assert!(ran.messages.contains("127.0.0.1"), "{ran:?}");
    }
}

#[test]
fn a_workspace_in_a_directory_is_published_from_there() {
    let repository = Repository::new();
    std::fs::create_dir(repository.path().join("flags")).unwrap();
    repository.git(&["mv", "flagfall.kdl", "checkout.kdl", "flags"]);
    repository.commit();
    let ran = flagfall(&repository.path().join("flags"), &["publish", "--to", BRANCH, "--json"]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    assert_eq!(repository.manifest()["source"]["path"], "flags");
    assert_eq!(repository.run(&["verify", "published"]).code, 0);
}
