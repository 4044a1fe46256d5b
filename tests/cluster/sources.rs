//! What is fetched how: over ssh, from a branch that was published, and no more of it than is new.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::scene::{SOON, Scene};
use crate::harness::sync::{self, Watched};
use crate::harness::wait;
use crate::sshd::Sshd;

pub(crate) async fn a_poll_that_finds_nothing_new_compiles_nothing(cluster: &Cluster) {
    let scene = Scene::start(cluster, "unchanged").await;
    let unchanged = async || scene.controller.metric("flagfall_fetches_total", &["\"Unchanged\""]).await;
    let compiled = async || scene.controller.metric("flagfall_compile_seconds_count", &[]).await;
    let polls = wait::until(SOON, async || unchanged().await.filter(|polls| *polls >= 1.0));
    assert!(polls.await.is_some(), "no poll found that nothing is new");
    let (before, so_far) = (compiled().await, unchanged().await.unwrap());
    let polls = wait::until(SOON, async || unchanged().await.filter(|polls| *polls >= so_far + 3.0));
    assert!(polls.await.is_some(), "the host is asked no more");
    assert_eq!(compiled().await, before, "what is live was compiled again");
    // A push is compiled, once.
    let pushed = scene.repository.push("v1");
    scene.watched.applied(&pushed, SOON).await;
    assert_eq!(compiled().await, before.map(|count| count + 1.0));
}

pub(crate) async fn a_push_over_ssh_becomes_the_pointer(cluster: &Cluster) {
    let repository = Repository::small();
    let Some(server) = Sshd::start(repository.path().parent().unwrap()) else { return };
    let tenant = cluster.tenant("ssh").await;
    tenant.secret("flagfall-git", &[("identity", &server.private_key), ("known_hosts", &server.known_hosts)]).await;
    let _controller = Controller::start(cluster).await;
    let watched = Watched::create(&tenant, &sync::of("banner", &server.repository("flags"), "5s")).await;
    watched.applied(&repository.origin.head(), SOON).await;
    let pushed = repository.push("v1");
    watched.applied(&pushed, SOON).await;
    watched.settled(&pushed, SOON).await;
    // A host whose key is another one is not trusted, and what is live stays.
    let stranger = Sshd::start(repository.path().parent().unwrap()).unwrap();
    tenant.secret("flagfall-git", &[("identity", &server.private_key), ("known_hosts", &stranger.known_hosts)]).await;
    repository.push("v2");
    watched.ready("False", "HostUntrusted", SOON).await;
    assert_eq!(watched.live(), Some(pushed));
}

pub(crate) async fn a_published_branch_becomes_the_pointer(cluster: &Cluster) {
    let repository = Repository::small();
    let tenant = cluster.tenant("published").await;
    repository.admit(&tenant).await;
    let first = publish(&repository);
    let _controller = Controller::start(cluster).await;
    let mut object = sync::of("banner", &repository.url(), "5s");
    object["spec"]["source"]["mode"] = json!("published");
    object["spec"]["source"]["path"] = json!("");
    object["spec"]["source"]["ref"] = json!({ "branch": "published" });
    let watched = Watched::create(&tenant, &object).await;
    watched.applied(&first, SOON).await;
    // A commit of definitions is nothing before it is published.
    repository.push("v1");
    let second = publish(&repository);
    let seen = watched.applied(&second, SOON).await;
    assert!(seen.object.data.unwrap()["config.json"].contains("v1"));
    // Bytes that are not what the manifest says are held.
    let tree = repository.path();
    let git = |arguments: &[&str]| repository.origin.git(arguments);
    git(&["checkout", "-q", "published"]);
    let path = tree.join("production.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("v1", "v9");
    std::fs::write(&path, text).unwrap();
    repository.origin.commit("edited by hand");
    watched.ready("False", "ManifestMismatch", Duration::from_secs(30)).await;
    assert_eq!(watched.live(), Some(second));
}

/// What a pipeline runs after a merge; the commit that is published.
fn publish(repository: &Repository) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command
        .args(["publish", "--to", "refs/heads/published", "--allow-empty"])
        .current_dir(repository.path().join("flags"));
    let identity = [("GIT_AUTHOR_NAME", "Ana"), ("GIT_AUTHOR_EMAIL", "ana@example.com")];
    let output = command.envs(identity).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    repository.origin.git(&["rev-parse", "published"]).trim().to_owned()
}
