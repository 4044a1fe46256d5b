//! Commits and tags that are signed with ssh keys by git itself.

use std::path::PathBuf;
use std::process::Command;

use flagfall::remote::{Reason, Reference};

use crate::ask::{Ask, flag, served, verify};
use crate::origin::Origin;
use crate::sshd::keygen_with;

/// A key of somebody.
struct Key {
    files: tempfile::TempDir,
}

impl Key {
    fn new(kind: &[&str]) -> Self {
        let key = Self { files: tempfile::tempdir().unwrap() };
        let path = key.path().display().to_string();
        let mut arguments = vec!["-t"];
        arguments.extend(kind);
        arguments.extend(["-f", &path]);
        keygen_with(&arguments, "");
        key
    }

    fn path(&self) -> PathBuf {
        self.files.path().join("key")
    }

    /// A line of allowed signers.
    fn allows(&self, who: &str) -> String {
        let public = std::fs::read_to_string(self.path().with_extension("pub")).unwrap();
        format!("{who} {public}")
    }

    fn git(&self, origin: &Origin, arguments: &[&str]) {
        let key = format!("user.signingkey={}", self.path().display());
        let mut all = vec!["-c", "gpg.format=ssh", "-c", &key];
        all.extend(arguments);
        origin.git(&all);
    }

    /// A signed commit.
    fn commit(&self, origin: &Origin, message: &str) -> String {
        origin.git(&["add", "-A"]);
        self.git(origin, &["commit", "-q", "--allow-empty", "-S", "-m", message]);
        origin.head()
    }
}

#[test]
fn commits_are_taken_from_those_who_may_sign_and_nobody_else() {
    let (_directory, origin, _server, mut ask) = served();
    let (ana, ben) = (Key::new(&["ed25519"]), Key::new(&["ed25519"]));
    ask.request.verify = verify(&ana.allows("ana@example.com"), false);
    ask.refuses(Reason::VerificationFailed, "is not signed");
    ana.commit(&origin, "signed");
    assert_eq!(ask.built().signer.as_deref(), Some("ana@example.com"));
    let unknown = ben.commit(&origin, "by another");
    let failed = ask.failed();
    assert_eq!((failed.reason, failed.revision), (Reason::VerificationFailed, Some(unknown)));
    assert!(failed.message.contains("not allowed: SHA256:"), "{}", failed.message);
    ask.request.verify = verify(&format!("{}{}", ana.allows("ana"), ben.allows("ben")), false);
    assert_eq!(ask.built().signer.as_deref(), Some("ben"));
    ask.request.verify = verify("", false);
    ask.refuses(Reason::VerificationFailed, "nobody may sign");
    ask.request.verify = None;
    assert_eq!(ask.built().signer, None);
}

#[test]
fn an_edited_commit_is_refused() {
    let (_directory, origin, _server, mut ask) = served();
    let ana = Key::new(&["ed25519"]);
    ask.request.verify = verify(&ana.allows("ana"), false);
    ana.commit(&origin, "pay Ben 1");
    ask.built();
    let raw = origin.git(&["cat-file", "commit", "HEAD"]);
    for edited in [raw.replace("pay Ben 1", "pay Ben 9"), raw.replace("author Ana", "author Eve")] {
        assert_ne!(edited, raw);
        origin.write(".git/edited", edited);
        let id = origin.git(&["hash-object", "-t", "commit", "-w", ".git/edited"]).trim().to_owned();
        origin.git(&["update-ref", "refs/heads/main", &id]);
        ask.refuses(Reason::VerificationFailed, "it was signed as something else");
    }
}

#[test]
fn a_signature_for_something_else_than_git_is_refused() {
    let (_directory, origin, _server, mut ask) = served();
    let ana = Key::new(&["ed25519"]);
    ask.request.verify = verify(&ana.allows("ana"), false);
    let raw = origin.git(&["cat-file", "commit", "HEAD"]);
    origin.write(".git/raw", &raw);
    for (namespace, taken) in [("git", true), ("file", false)] {
        let done = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", namespace, "-f"])
            .arg(ana.path())
            .arg(origin.path.join(".git/raw"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let signature = std::fs::read_to_string(origin.path.join(".git/raw.sig")).unwrap();
        std::fs::remove_file(origin.path.join(".git/raw.sig")).unwrap();
        let (headers, message) = raw.split_once("\n\n").unwrap();
        let signed = format!("{headers}\ngpgsig {}\n\n{message}", signature.trim_end().replace('\n', "\n "));
        origin.write(".git/signed", signed);
        let id = origin.git(&["hash-object", "-t", "commit", "-w", ".git/signed"]).trim().to_owned();
        origin.git(&["update-ref", "refs/heads/main", &id]);
        if taken {
            ask.built();
        } else {
            ask.refuses(Reason::VerificationFailed, "it was signed as something else");
        }
    }
}

#[test]
fn keys_of_every_kind_verify() {
    let (_directory, origin, _server, mut ask) = served();
    for kind in [&["ecdsa", "-b", "256"][..], &["ecdsa", "-b", "384"], &["rsa", "-b", "3072"]] {
        let key = Key::new(kind);
        key.commit(&origin, "signed");
        ask.request.verify = verify(&key.allows("ana"), false);
        assert_eq!(ask.built().signer.as_deref(), Some("ana"), "{kind:?}");
    }
}

#[test]
fn options_of_signers_hold() {
    let (_directory, origin, _server, mut ask) = served();
    let ana = Key::new(&["ed25519"]);
    ana.commit(&origin, "signed");
    for (options, allowed) in [
        ("namespaces=\"git\"", true),
        ("namespaces=\"file,git\",valid-after=\"20200101Z\"", true),
        ("namespaces=\"file\"", false),
        ("valid-before=\"20200101Z\"", false),
        ("valid-after=\"20990101Z\"", false),
    ] {
        ask.request.verify = verify(&ana.allows(&format!("ana {options}")), false);
        if allowed {
            assert_eq!(ask.built().signer.as_deref(), Some("ana"), "{options}");
        } else {
            ask.refuses(Reason::VerificationFailed, "not allowed for it at its time");
        }
    }
    ask.request.verify = verify(&ana.allows("ana cert-authority"), false);
    ask.refuses(Reason::VerificationFailed, "line 1");
}

#[test]
fn a_signed_tag_speaks_for_its_commit_under_its_own_name() {
    let (_directory, origin, _server, mut ask) = served();
    let (ana, ben) = (Key::new(&["ed25519"]), Key::new(&["ed25519"]));
    ask.request.verify = verify(&ana.allows("ana"), false);
    let tag = |name: &str| Reference::Tag(name.to_owned());
    ana.git(&origin, &["tag", "-s", "-m", "one", "v1"]);
    ask.request.reference = tag("v1");
    assert_eq!(ask.built().signer.as_deref(), Some("ana"));
    ben.git(&origin, &["tag", "-s", "-m", "two", "v2"]);
    ask.request.reference = tag("v2");
    ask.refuses(Reason::VerificationFailed, "tag `v2` is signed by a key that is not allowed");
    origin.git(&["tag", "-a", "-m", "plain", "v3"]);
    ask.request.reference = tag("v3");
    ask.refuses(Reason::VerificationFailed, "is not signed");
    origin.git(&["update-ref", "refs/tags/v9", "refs/tags/v1"]);
    ask.request.reference = tag("v9");
    ask.refuses(Reason::VerificationFailed, "signed as `v1`");
    // An edited tag.
    let edited = origin.git(&["cat-file", "tag", "v1"]).replacen("one", "two", 1);
    origin.write(".git/edited", edited);
    let id = origin.git(&["hash-object", "-t", "tag", "-w", ".git/edited"]).trim().to_owned();
    origin.git(&["update-ref", "refs/tags/v1", &id]);
    ask.request.reference = tag("v1");
    ask.refuses(Reason::VerificationFailed, "signed as something else");
    // A plain tag of a signed commit says no less than a branch would.
    ana.commit(&origin, "signed");
    origin.git(&["tag", "v4"]);
    ask.request.reference = tag("v4");
    assert_eq!(ask.built().signer.as_deref(), Some("ana"));
}

#[test]
fn every_commit_since_the_applied_one_is_verified_where_that_is_asked_for() {
    let (_directory, origin, server, mut ask) = served();
    let ana = Key::new(&["ed25519"]);
    let first = ana.commit(&origin, "first");
    ask.request.verify = verify(&ana.allows("ana"), true);
    ask.built();
    ask.request.applied = Some(first.clone());
    let second = ana.commit(&origin, "second");
    assert_eq!(ask.built().revision, second);
    // What another sync fetched into the same kept repository may lack the history that this one needs.
    let before = Some(jiff::Timestamp::now().as_millisecond() as u64);
    let mut shared = Ask::https(&server, "flags");
    shared.built();
    shared.request.fetched_since = before;
    shared.request.verify = verify(&ana.allows("ana"), true);
    shared.request.applied = Some(first);
    shared.built();
    let unsigned = origin.commit("unsigned");
    ana.commit(&origin, "third");
    let message = ask.refuses(Reason::VerificationFailed, "is not signed");
    assert!(message.contains(&unsigned), "{message}");
    ask.request.verify = verify(&ana.allows("ana"), false);
    ask.built();
    // On a side that was merged.
    ask.request.verify = verify(&ana.allows("ana"), true);
    origin.git(&["reset", "-q", "--hard", &second]);
    origin.git(&["checkout", "-qb", "side"]);
    let side = origin.commit("unsigned, on the side");
    origin.git(&["checkout", "-q", "main"]);
    ana.git(&origin, &["merge", "-q", "--no-ff", "-S", "-m", "merge", "side"]);
    let message = ask.refuses(Reason::VerificationFailed, "is not signed");
    assert!(message.contains(&side), "{message}");
}

#[test]
fn a_rewritten_history_is_verified_since_the_merge_base_or_held() {
    let (_directory, origin, server, mut ask) = served();
    let ana = Key::new(&["ed25519"]);
    let first = ana.commit(&origin, "first");
    let second = ana.commit(&origin, "second");
    ask.request.verify = verify(&ana.allows("ana"), true);
    ask.built();
    ask.request.applied = Some(second);
    origin.git(&["reset", "-q", "--hard", &first]);
    origin.write("cart.kdl", flag("cart", "on"));
    let other = ana.commit(&origin, "another second");
    let built = ask.built();
    assert_eq!((built.revision, built.rewritten), (other, true));
    // Nothing in common.
    origin.git(&["checkout", "-q", "--orphan", "fresh"]);
    ana.commit(&origin, "fresh");
    origin.git(&["branch", "-qM", "main"]);
    ask.refuses(Reason::HistoryRewritten, "no history in common");
    // And where the applied commit is nowhere any more.
    let mut anew = Ask::https(&server, "flags");
    anew.request.verify = verify(&ana.allows("ana"), true);
    anew.request.applied = Some("0123456789012345678901234567890123456789".to_owned());
    anew.refuses(Reason::HistoryRewritten, "no history in common");
    anew.request.verify = verify(&ana.allows("ana"), false);
    assert!(anew.built().rewritten);
}
