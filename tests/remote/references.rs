//! Branches, tags and commits, and what of a repository is fetched for them.

use flagfall::remote::{Known, Outcome, Reason, Reference};

use crate::ask::{Ask, flag, served, workspace};
use crate::git_https::GitHttps;
use crate::origin::Origin;

#[test]
fn what_is_new_is_fetched_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    for round in 0..20 {
        // Noise, so that packs do not shrink.
        let noise: String = (0..4_000)
            .map(|n: u64| format!("{:x} ", (n + round * 7_919).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        origin.write("noise.txt", noise);
        origin.commit("noise");
    }
    let first = workspace(&origin);
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    let built = ask.built();
    let whole: u64 = origin
        .git(&["count-objects", "-v"])
        .lines()
        .find_map(|line| line.strip_prefix("size: "))
        .unwrap()
        .parse()
        .unwrap();
    assert!(built.received * 4 < whole * 1024, "the history was fetched: {} of {whole} KiB", built.received);
    assert_eq!((built.revision.as_str(), server.count_packs() > 0), (first.as_str(), true));

    let packs = server.count_packs();
    assert_eq!(ask.built().received, 0);
    assert_eq!((server.count_upload_packs(), server.count_packs()), (2, packs));

    ask.request.applied = Some(first);
    origin.write("banner.kdl", flag("banner", "off"));
    origin.commit("two");
    origin.write("cart.kdl", flag("cart", "off"));
    let third = origin.commit("three");
    let built = ask.built();
    assert_eq!((built.revision, built.flags, built.rewritten), (third.clone(), 2, false));
    assert!(built.received < 4_096, "{} bytes for two small files", built.received);

    // Going back to what an older commit had needs bytes that are only in history that was left out.
    ask.request.applied = Some(third);
    origin.git(&["checkout", "-q", "HEAD~3", "--", "noise.txt"]);
    origin.write("noise.txt", origin.git(&["show", "HEAD~12:noise.txt"]));
    origin.commit("four");
    assert!(!ask.built().rewritten);
}

#[test]
fn a_fetch_that_is_new_enough_is_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    let first = workspace(&origin);
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    let before = jiff::Timestamp::now().as_millisecond() as u64;
    ask.built();
    origin.commit("two");
    ask.request.fetched_since = Some(before);
    assert_eq!((ask.built().revision, server.count_upload_packs()), (first, 1));
    ask.request.fetched_since = Some(before + 3_600_000);
    assert_eq!((ask.built().revision, server.count_upload_packs()), (origin.head(), 2));
    // Another reference is another matter.
    origin.git(&["branch", "next"]);
    ask.request.fetched_since = Some(before);
    ask.request.reference = Reference::Branch("next".to_owned());
    ask.built();
    assert_eq!(server.count_upload_packs(), 3);
}

#[test]
fn a_forced_push_is_followed_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    let first = workspace(&origin);
    origin.write("banner.kdl", flag("banner", "off"));
    let second = origin.commit("two");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.built();
    ask.request.applied = Some(second.clone());
    origin.git(&["reset", "-q", "--hard", &first]);
    origin.write("cart.kdl", flag("cart", "on"));
    let other = origin.commit("another two");
    let built = ask.built();
    assert_eq!((built.revision.as_str(), built.flags, built.rewritten), (other.as_str(), 2, true));
    // A history that has nothing in common.
    ask.request.applied = Some(other);
    origin.git(&["checkout", "-q", "--orphan", "fresh"]);
    let fresh = origin.commit("fresh");
    origin.git(&["branch", "-qM", "main"]);
    let built = ask.built();
    assert_eq!((built.revision, built.rewritten), (fresh.clone(), true));
    // A worker that begins anew finds out, too.
    let mut anew = Ask::https(&server, "flags");
    anew.request.applied = Some(second);
    assert!(anew.built().rewritten);
    anew.request.applied = Some(fresh);
    assert!(!anew.built().rewritten);
}

#[test]
fn a_worker_that_begins_anew_finds_what_is_applied_among_the_ancestors() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    let first = workspace(&origin);
    for round in 0..5 {
        origin.commit(&format!("{round}"));
    }
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.request.applied = Some(first);
    assert!(!ask.built().rewritten);
    assert_eq!(server.count_upload_packs(), 2, "a little more history is fetched");
}

#[test]
fn tags_are_followed_where_they_move() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    let first = workspace(&origin);
    origin.git(&["tag", "light"]);
    origin.git(&["tag", "-a", "-m", "noted", "noted"]);
    origin.git(&["tag", "-a", "-m", "twice", "twice", "noted"]);
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    for tag in ["light", "noted", "twice"] {
        ask.request.reference = Reference::Tag(tag.to_owned());
        assert_eq!(ask.built().revision, first, "{tag}");
    }
    origin.write("cart.kdl", flag("cart", "on"));
    let second = origin.commit("two");
    origin.git(&["tag", "-f", "light"]);
    origin.git(&["tag", "-f", "-a", "-m", "noted again", "noted"]);
    for (tag, commit) in [("light", &second), ("noted", &second), ("twice", &first)] {
        ask.request.reference = Reference::Tag(tag.to_owned());
        assert_eq!(ask.built().revision, *commit, "{tag}");
    }
    origin.git(&["tag", "tree", "HEAD^{tree}"]);
    ask.request.reference = Reference::Tag("tree".to_owned());
    ask.refuses(Reason::ReferenceNotFound, "`tree` names no commit");
}

#[test]
fn a_commit_is_fetched_alone_where_the_host_allows_it_else_with_everything() {
    let directory = tempfile::tempdir().unwrap();
    for (name, allows) in [("alone", "true"), ("everything", "false")] {
        let origin = Origin::create(directory.path(), name);
        let first = workspace(&origin);
        origin.write("cart.kdl", flag("cart", "on"));
        let second = origin.commit("two");
        origin.git(&["config", "uploadpack.allowReachableSHA1InWant", allows]);
        let server = GitHttps::start(directory.path());
        let mut ask = Ask::https(&server, name);
        for (commit, flags) in [(&first, 1), (&second, 2)] {
            ask.request.reference = Reference::Commit(commit.clone());
            let built = ask.built();
            assert_eq!((&built.revision, built.flags), (commit, flags), "{name}");
        }
        // A commit that is here is what it is: the host is not asked.
        let asked = server.count_upload_packs();
        ask.built();
        assert_eq!(server.count_upload_packs(), asked, "{name}");
        ask.request.reference = Reference::Commit("0123456789012345678901234567890123456789".to_owned());
        ask.refuses(Reason::ReferenceNotFound, "0123456789");
        ask.request.reference = Reference::Commit("HEAD".to_owned());
        ask.refuses(Reason::ReferenceNotFound, "full id");
    }
}

#[test]
fn names_that_are_nowhere_or_no_names_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    Origin::create(directory.path(), "empty");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    for name in ["gone", "mai", "main:refs/heads/x", "*", "a..b", ""] {
        ask.request.reference = Reference::Branch(name.to_owned());
        ask.refuses(Reason::ReferenceNotFound, name);
    }
    ask.request.reference = Reference::Tag("main".to_owned());
    ask.refuses(Reason::ReferenceNotFound, "no `refs/tags/main`");
    Ask::https(&server, "empty").refuses(Reason::ReferenceNotFound, "no `refs/heads/main`");
}

#[test]
fn two_branches_in_one_kept_repository_do_not_fetch_each_others_history() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    for round in 0..30 {
        origin.commit(&format!("{round}"));
    }
    origin.git(&["branch", "next", "HEAD~10"]);
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.built();
    ask.request.reference = Reference::Branch("next".to_owned());
    ask.built();
    let kept = Origin { path: ask.request.cache.join("repository.git") };
    assert_eq!(kept.git(&["rev-list", "--count", "--all"]).trim(), "2");
    ask.request.reference = Reference::Branch("main".to_owned());
    origin.commit("new");
    ask.built();
    assert_eq!(kept.git(&["rev-list", "--count", "--all"]).trim(), "3");
}

#[test]
fn a_repository_of_this_machine_is_read_where_that_is_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    let first = workspace(&origin);
    let mut ask = Ask::of(&format!("file://{}", origin.path.display()));
    assert_eq!(ask.built().revision, first);
    origin.write("cart.kdl", flag("cart", "on"));
    let second = origin.commit("two");
    ask.request.applied = Some(first);
    let built = ask.built();
    assert_eq!((built.revision, built.rewritten), (second, false));
    ask.request.allow_local = false;
    ask.refuses(Reason::UrlRefused, "file://");
}

#[test]
fn what_the_asker_has_is_not_made_again() {
    let (_directory, origin, server, mut ask) = served();
    let first = ask.built().revision;
    let (packs, config) = (server.count_packs(), ask.config());
    ask.request.known = Some(Known::here(&first));
    std::fs::remove_dir_all(&ask.request.out).unwrap();
    let Outcome::Unchanged(unchanged) = ask.outcome() else { panic!("it was made again") };
    assert_eq!((unchanged.revision.as_str(), unchanged.received), (first.as_str(), 0));
    // The host was asked, and gave nothing; nothing was written.
    assert_eq!((server.count_upload_packs(), server.count_packs()), (2, packs));
    assert!(!ask.request.out.exists());

    // Another compiler may make something else of it.
    ask.request.known = Some(Known { compiler: "0.0.1".to_owned(), ..Known::here(&first) });
    assert_eq!((ask.built().revision, ask.config()), (first.clone(), config));

    // And a push is one.
    ask.request.known = Some(Known::here(&first));
    origin.write("banner.kdl", flag("banner", "off"));
    let second = origin.commit("two");
    assert_eq!(ask.built().revision, second);
}
