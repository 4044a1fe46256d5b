//! Publishing to a git host over https: a real `git http-backend` with a token and an authority of its own.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use tempfile::TempDir;

use super::git_https::{Fault, GitHttps};
use super::races::two_publishers;
use super::{BRANCH, Ran, Repository, command, git, is, ran};

/// A host with an empty repository that may be pushed to.
struct Host {
    directory: TempDir,
    server: GitHttps,
}

impl Host {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        git(directory.path(), 0, &["init", "-q", "--bare", "-b", "main", "flags.git"]);
        git(&directory.path().join("flags.git"), 0, &["config", "http.receivepack", "true"]);
        let server = GitHttps::start(directory.path());
        std::fs::write(directory.path().join("ca.pem"), &server.ca_pem).unwrap();
        Self { directory, server }
    }

    fn bare(&self) -> PathBuf {
        self.directory.path().join("flags.git")
    }

    fn authorities(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    fn publish(&self, from: &Path, more: &[&str]) -> Ran {
        let mut command = command(from, &[&["publish", "--to", BRANCH, "--remote", "origin", "--json"], more].concat());
        command.env("SSL_CERT_FILE", self.authorities());
        ran(command)
    }
}

/// A repository whose `origin` is the host, and which signs in as checkouts in CI do.
fn checkout(host: &Host) -> Repository {
    let repository = Repository::new();
    repository.git(&["remote", "add", "origin", &host.server.repository("flags.git")]);
    let token = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{}", host.server.token));
    let name = format!("http.{}/.extraheader", host.server.url);
    repository.git(&["config", &name, &format!("AUTHORIZATION: Basic {token}")]);
    repository
}

#[test]
fn a_host_gets_one_commit_after_the_other() {
    let host = Host::new();
    let repository = checkout(&host);
    let ran = host.publish(repository.path(), &["--dry-run"]);
    assert_eq!(ran.state(), is("ready", 0), "{ran:?}");
    assert_eq!(host.publish(repository.path(), &[]).state(), is("published", 0));
    assert_eq!(host.publish(repository.path(), &[]).state(), is("current", 0));
    repository.write("checkout.kdl", super::flag("checkout", "new"));
    repository.commit();
    let ran = host.publish(repository.path(), &["--client"]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    assert_eq!(ran.json()["class"], "reassign");
    assert_eq!(git(&host.bare(), 0, &["rev-parse", BRANCH]), ran.json()["commit"].as_str().unwrap());
    assert_eq!(git(&host.bare(), 0, &["rev-list", "--count", BRANCH]), "2");
    // Nothing of it is left here: no branch, no object that nobody points at, no shallow history.
    assert_eq!(repository.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(repository.git(&["fsck", "--unreachable"]), "");
    assert!(!repository.path().join(".git/shallow").exists());
}

#[test]
fn two_publishers_over_https_never_lose_a_commit_nor_go_back() {
    let host = Host::new();
    let repository = checkout(&host);
    two_publishers(&repository, &host.bare(), "origin", Some(&host.authorities()), 10);
}

#[test]
fn a_token_in_the_url_signs_in_and_is_never_shown() {
    let host = Host::new();
    let repository = Repository::new();
    let with = |token: &str| host.server.repository("flags.git").replace("https://", &format!("https://ana:{token}@"));
    repository.git(&["remote", "add", "origin", &with(&host.server.token)]);
    let ran = host.publish(repository.path(), &[]);
    assert_eq!(ran.state(), is("published", 0), "{ran:?}");
    assert!(!format!("{ran:?}").contains(&host.server.token));
    repository.git(&["remote", "set-url", "origin", &with("wr0ng")]);
    let ran = host.publish(repository.path(), &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(!format!("{ran:?}").contains("wr0ng"), "{ran:?}");
}

#[test]
fn a_host_that_is_not_trusted_or_not_there_gets_nothing() {
    let host = Host::new();
    let repository = checkout(&host);
    let untrusted = ran(command(repository.path(), &["publish", "--to", BRANCH, "--remote", "origin"]));
    assert_eq!(untrusted.code, 2, "{untrusted:?}");
    assert!(untrusted.messages.contains("certificate"), "{untrusted:?}");
    host.server.fault(Fault::Status(500));
    assert_eq!(host.publish(repository.path(), &[]).code, 2);
    host.server.heal();
    host.server.stop();
    assert_eq!(host.publish(repository.path(), &[]).code, 2);
    host.server.start_again();
    assert_eq!(host.publish(repository.path(), &[]).state(), is("published", 0));
}

#[test]
fn a_host_that_sends_elsewhere_is_not_followed_and_ends_nothing_but_the_run() {
    let host = Host::new();
    let repository = checkout(&host);
    assert_eq!(host.publish(repository.path(), &[]).state(), is("published", 0));
    repository.write("checkout.kdl", super::flag("checkout", "new"));
    repository.commit();
    let before = git(&host.bare(), 0, &["rev-parse", BRANCH]);
    let other = Host::new();
    let elsewhere = [
        other.server.url.clone(),
        other.server.url.replace("localhost", "127.0.0.1"),
        host.server.url.clone(),
        "http://localhost:1".to_owned(),
        "ssh://localhost".to_owned(),
        "file://".to_owned(),
        "https://".to_owned(),
        String::new(),
    ];
    for place in elsewhere {
        host.server.fault(Fault::Redirect(place.clone()));
        // It ends by itself, with words and not by a signal.
        let ran = host.publish(repository.path(), &[]);
        assert_eq!(ran.code, 2, "{place}: {ran:?}");
        assert!(ran.messages.contains("help: "), "{place}: {ran:?}");
        assert_eq!(other.server.count_upload_packs(), 0, "{place}: the token was shown to another host");
    }
    host.server.heal();
    assert_eq!(git(&host.bare(), 0, &["rev-parse", BRANCH]), before);
}
