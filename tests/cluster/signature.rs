//! Only commits that somebody known signed are applied.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::{Repository, flag};
use crate::harness::scene::SOON;
use crate::harness::sync::{self, Watched};
use crate::sshd::keygen_with;

fn key(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    keygen_with(&["-t", "ed25519", "-f", &path.display().to_string()], "");
    path
}

fn allowed(name: &str, key: &Path) -> String {
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    format!("{name} namespaces=\"git\" {}\n", public.split(' ').take(2).collect::<Vec<_>>().join(" "))
}

/// Commits another value, signed.
fn signed(repository: &Repository, key: &Path, value: &str) -> String {
    repository.origin.write("flags/banner.kdl", flag("banner", value));
    let key = format!("user.signingkey={}", key.display());
    repository.origin.git(&["add", "-A"]);
    repository.origin.git(&["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "-S", "-m", value]);
    repository.origin.head()
}

pub(crate) async fn only_signed_commits_are_applied(cluster: &Cluster) {
    let keys = tempfile::tempdir().unwrap();
    let (ana, mallory) = (key(keys.path(), "ana"), key(keys.path(), "mallory"));
    let tenant = cluster.tenant("signature").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    tenant.secret("flagfall-signers", &[("allowed_signers", &allowed("ana@example.com", &ana))]).await;
    let _controller = Controller::start(cluster).await;
    let mut object = sync::of("banner", &repository.url(), "5s");
    object["spec"]["source"]["verify"] = json!({ "mode": "head", "secretRef": { "name": "flagfall-signers" } });
    let watched = Watched::create(&tenant, &object).await;

    // Nothing was signed yet, so nothing is live.
    watched.ready("False", "VerificationFailed", SOON).await;
    assert!(watched.pointer.last().is_none());

    let good = signed(&repository, &ana, "v1");
    let seen = watched.applied(&good, SOON).await;
    assert_eq!(sync::annotation(&seen.object, "flagfall.dev/signer"), Some("ana@example.com"));
    watched.ready("True", "Applied", SOON).await;

    // Somebody unknown.
    let unknown = signed(&repository, &mallory, "v2");
    watched.ready("False", "VerificationFailed", SOON).await;
    assert_eq!(watched.status()["lastAttemptedRevision"], unknown.as_str());
    assert_eq!(watched.live().as_deref(), Some(good.as_str()));
    let next = signed(&repository, &ana, "v3");
    watched.applied(&next, SOON).await;
    watched.settled(&next, SOON).await;

    // A signed commit that was edited: the same signature over another message.
    let raw = repository.origin.git(&["cat-file", "commit", "HEAD"]).replace("\n\nv3", "\n\nv4");
    let file = repository.path().join(".git/edited");
    std::fs::write(&file, raw).unwrap();
    let edited = repository.origin.git(&["hash-object", "-t", "commit", "-w", ".git/edited"]);
    repository.origin.git(&["reset", "-q", "--hard", edited.trim()]);
    watched.ready("False", "VerificationFailed", SOON).await;
    assert_eq!(watched.live().as_deref(), Some(next.as_str()));

    // Unsigned, on top of a signed one.
    repository.origin.git(&["reset", "-q", "--hard", &next]);
    watched.ready("True", "Applied", SOON).await;
    repository.push("v5");
    watched.ready("False", "VerificationFailed", SOON).await;
    assert_eq!(watched.live().as_deref(), Some(next.as_str()));
}

pub(crate) async fn every_commit_since_the_merge_base_is_looked_at(cluster: &Cluster) {
    let keys = tempfile::tempdir().unwrap();
    let ana = key(keys.path(), "ana");
    let tenant = cluster.tenant("every").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    tenant.secret("flagfall-signers", &[("allowed_signers", &allowed("ana@example.com", &ana))]).await;
    let first = signed(&repository, &ana, "v1");
    let _controller = Controller::start(cluster).await;
    let mut object = sync::of("banner", &repository.url(), "5s");
    object["spec"]["source"]["verify"] = json!({ "mode": "every", "secretRef": { "name": "flagfall-signers" } });
    let watched = Watched::create(&tenant, &object).await;
    watched.applied(&first, SOON).await;

    // An unsigned one below a signed tip.
    repository.push("v2");
    signed(&repository, &ana, "v3");
    watched.ready("False", "VerificationFailed", SOON).await;
    assert_eq!(watched.live().as_deref(), Some(first.as_str()));

    // A force push whose commits are all signed.
    repository.origin.git(&["reset", "-q", "--hard", &first]);
    signed(&repository, &ana, "v4");
    let rewritten = signed(&repository, &ana, "v5");
    watched.applied(&rewritten, SOON).await;
    watched.settled(&rewritten, SOON).await;

    // A history that has nothing to do with it.
    repository.origin.git(&["checkout", "-q", "--orphan", "other"]);
    let other = signed(&repository, &ana, "v6");
    repository.origin.git(&["branch", "-f", "main", &other]);
    watched.ready("False", "HistoryRewritten", SOON).await;
    assert_eq!(watched.live().as_deref(), Some(rewritten.as_str()));
}
