//! Several publishers at once, and publishers that are killed: nothing is lost, nothing is half.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use flagfall::git::upstream::{Advance, Entry, Upstream};
use flagfall::publish::Release;

use super::{BRANCH, Repository, Value, bare, command, git, is, ran};

fn entry() -> Entry {
    let at = "2026-11-01T12:00:00Z".parse().unwrap();
    Entry { message: "x".to_owned(), author: ("Ana".to_owned(), "ana@example.com".to_owned()), at }
}

/// The sources of a branch, oldest first; every commit but the first has one parent.
fn sources(remote: &Path) -> Vec<String> {
    let commits = git(remote, 0, &["rev-list", "--reverse", BRANCH]);
    for commit in commits.lines().skip(1) {
        assert_eq!(git(remote, 0, &["rev-list", "--parents", "-n1", commit]).split(' ').count(), 2);
    }
    let source = |commit: &str| {
        let manifest: Value =
            serde_json::from_str(&git(remote, 0, &["show", &format!("{commit}:manifest.json")])).unwrap();
        manifest["source"]["commit"].as_str().unwrap().to_owned()
    };
    commits.lines().map(source).collect()
}

#[test]
fn of_two_who_saw_the_same_branch_one_wins_and_the_other_is_told() {
    let (directory, remote) = bare();
    for first in [true, false] {
        let here = || Upstream::open(directory.path(), Some(remote.to_str().unwrap()), BRANCH).unwrap();
        git(directory.path(), 0, &["init", "-q"]);
        let (ana, bo) = (here(), here());
        let tips = [ana.tip().unwrap(), bo.tip().unwrap()];
        assert_eq!(tips[0].is_none(), first);
        let commit = |upstream: &Upstream, name: &str| {
            let files = [(name.to_owned(), Some(name.as_bytes().to_vec()))].into();
            upstream.commit(tips[0], &files, &entry()).unwrap()
        };
        let (one, other) = (commit(&ana, "a"), commit(&bo, "b"));
        assert_eq!(ana.advance(tips[0], one).unwrap(), Advance::Done);
        assert_eq!(bo.advance(tips[1], other).unwrap(), Advance::Moved);
        assert_eq!(ana.tip().unwrap(), Some(one));
        assert_eq!(bo.file(one, "a").unwrap().as_deref(), Some(&b"a"[..]));
    }
}

#[test]
fn two_publishers_never_lose_a_commit_nor_go_back() {
    let repository = Repository::new();
    let (_directory, remote) = bare();
    two_publishers(&repository, &remote, remote.to_str().unwrap(), None, 24);
}

/// Two publishers of every other commit each, who begin at once on a branch that is not there yet. `bare` is what `remote` names.
pub(crate) fn two_publishers(
    repository: &Repository,
    bare: &Path,
    remote: &str,
    authorities: Option<&Path>,
    count: usize,
) {
    let mut commits = vec![repository.git(&["rev-parse", "HEAD"])];
    commits.extend((1..count).map(|_| repository.commit()));
    let here = repository.path();
    let publisher = |own: usize| {
        let mine: Vec<&String> = commits.iter().skip(own).step_by(2).collect();
        let mut published = Vec::new();
        for commit in mine {
            let arguments = ["publish", commit, "--to", BRANCH, "--remote", remote, "--json"];
            let mut command = command(here, &arguments);
            command.envs(authorities.map(|file| ("SSL_CERT_FILE", file)));
            let ran = ran(command);
            let document = ran.json();
            match document["state"].as_str().unwrap() {
                "published" => published.push(document["commit"].as_str().unwrap().to_owned()),
                "superseded" => {}
                other => panic!("{other}: {ran:?}"),
            }
        }
        published
    };
    let publisher = &publisher;
    let published: Vec<String> = std::thread::scope(|scope| {
        let publishers = [0, 1].map(|own| scope.spawn(move || publisher(own)));
        publishers.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });

    let found: BTreeSet<String> = git(bare, 0, &["rev-list", BRANCH]).lines().map(str::to_owned).collect();
    let told: BTreeSet<String> = published.into_iter().collect();
    assert_eq!(found, told, "every commit that was said to be published is there, and no other");
    let place = |source: &String| commits.iter().position(|known| known == source).unwrap();
    let order: Vec<usize> = sources(bare).iter().map(place).collect();
    assert!(order.is_sorted_by(|one, next| one < next), "never back: {order:?}");
    assert_eq!(order.last(), Some(&(count - 1)));
    git(bare, 0, &["fsck", "--strict"]);
}

#[test]
fn a_lock_that_a_killed_publisher_left_is_named() {
    let repository = Repository::new();
    let lock = repository.path().join(".git").join(format!("{BRANCH}.lock"));
    std::fs::write(&lock, "").unwrap();
    let ran = repository.publish(&[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.messages.contains("somebody holds the lock of `refs/heads/published`"), "{ran:?}");
    std::fs::remove_file(lock).unwrap();
    assert_eq!(repository.publish(&[]).state(), is("published", 0));
}

#[test]
fn many_publishers_of_one_commit_make_one_commit() {
    let repository = Repository::new();
    let (_directory, remote) = bare();
    let arguments = ["publish", "--to", BRANCH, "--remote", remote.to_str().unwrap(), "--json"];
    let started: Vec<_> = (0..6)
        .map(|_| command(repository.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let mut states: Vec<String> = Vec::new();
    for one in started {
        let output = one.wait_with_output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        states.push(document["state"].as_str().unwrap().to_owned());
    }
    states.sort();
    assert_eq!(states, ["current", "current", "current", "current", "current", "published"]);
    assert_eq!(git(&remote, 0, &["rev-list", "--count", BRANCH]), "1");
}

#[test]
fn a_killed_publisher_leaves_the_old_commit_or_the_new_one() {
    let repository = Repository::new();
    let (_directory, remote) = bare();
    let remote_text = remote.to_str().unwrap();
    assert_eq!(repository.publish(&["--remote", remote_text]).state(), is("published", 0));
    let (mut moved, mut stayed) = (0, 0);
    for round in 0..24_u64 {
        let before = git(&remote, 0, &["rev-parse", BRANCH]);
        repository.commit();
        let mut child = command(repository.path(), &["publish", "--to", BRANCH, "--remote", remote_text])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The pause is what varies where it is killed.
        std::thread::sleep(Duration::from_millis(round * 4));
        let _ = child.kill();
        let _ = child.wait();
        // A lock of somebody who was killed is in nobody's way for ever: git names the file, and people remove it.
        let _ = std::fs::remove_file(remote.join(format!("{BRANCH}.lock")));
        let after = git(&remote, 0, &["rev-parse", BRANCH]);
        if after == before {
            stayed += 1
        } else {
            moved += 1
        }
        let show = |name: &str| {
            let output = std::process::Command::new("git")
                .arg("-C")
                .arg(&remote)
                .args(["show", &format!("{after}:{name}")])
                .output()
                .unwrap();
            output.status.success().then_some(output.stdout)
        };
        let release = Release::read(&show("manifest.json").unwrap()).unwrap();
        for environment in ["test", "production"] {
            release.open(environment, &mut |name| show(name)).unwrap();
        }
    }
    git(&remote, 0, &["fsck", "--connectivity-only"]);
    // Whoever comes next publishes as if nothing had happened.
    repository.commit();
    assert_eq!(repository.publish(&["--remote", remote_text]).state(), is("published", 0));
    assert!(stayed > 0, "no publisher was killed early enough ({moved} moved)");
}
