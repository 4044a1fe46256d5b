//! `POST /hook`: any replica takes it, the one that leads acts; who does not know the secret is refused.

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::{Controller, Options};
use crate::harness::hook;
use crate::harness::scene::{SOON, Scene};

const SECRET: &str = "told-to-the-git-host";

async fn scene(cluster: &Cluster) -> Scene {
    let scene = Scene::start(cluster, "webhook").await;
    scene.tenant.secret("flagfall-webhook", &[("token", SECRET)]).await;
    scene
        .watched
        .change(json!({ "spec": { "interval": "1h", "webhook": { "secretRef": { "name": "flagfall-webhook" } } } }))
        .await;
    scene
}

pub(crate) async fn any_replica_takes_it_and_the_leader_acts(cluster: &Cluster) {
    let scene = scene(cluster).await;
    let follower = Controller::start_with(cluster, Options::new(cluster, "follower")).await;
    assert_ne!(follower.metric("flagfall_leader", &[]).await, Some(1.0));
    let url = scene.repository.url();

    let pushed = scene.repository.push("v1");
    assert_eq!(hook::send(&follower, SECRET, &url, &pushed).await, 202);
    scene.watched.applied(&pushed, SOON).await;

    // GitLab sends the token itself.
    let pushed = scene.repository.push("v2");
    let body = json!({ "object_kind": "push", "project": { "git_http_url": url } }).to_string();
    let headers = [("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Token", SECRET)];
    assert_eq!(follower.post("/hook", &headers, body.as_bytes()).await.unwrap().0, 202);
    scene.watched.applied(&pushed, SOON).await;
    let requested = scene.watched.sync.last().unwrap().metadata.annotations.unwrap();
    assert!(requested.contains_key("flagfall.dev/requestedAt"), "{requested:?}");
}

pub(crate) async fn strangers_are_refused_and_replays_are_harmless(cluster: &Cluster) {
    let scene = scene(cluster).await;
    let url = scene.repository.url();
    let pushed = scene.repository.push("v1");
    let body = hook::message(&url, &pushed);
    let wrong = hook::signature("another", &body);
    let other_body = hook::signature(SECRET, &hook::message(&url, "0"));
    let refused: [&[(&str, &str)]; 5] = [
        &[],
        &[("X-Hub-Signature-256", &wrong)],
        &[("X-Hub-Signature-256", &other_body)],
        &[("X-Hub-Signature-256", "sha256=")],
        &[("X-Gitlab-Token", "another")],
    ];
    for headers in refused {
        let status = scene.controller.post("/hook", headers, body.as_bytes()).await.unwrap().0;
        assert!(matches!(status, 401 | 403), "{status} for {headers:?}");
    }
    assert_eq!(scene.controller.post("/hook", &[], &vec![b'x'; 30 << 20]).await.map_or(413, |(status, _)| status), 413);
    assert_ne!(scene.watched.live().as_deref(), Some(pushed.as_str()), "a stranger was believed");

    assert_eq!(hook::send(&scene.controller, SECRET, &url, &pushed).await, 202);
    let seen = scene.watched.applied(&pushed, SOON).await;
    // The same message again, and many at once.
    let before = scene.repository.host.count_upload_packs();
    let flood = futures::future::join_all((0..50).map(|_| hook::send(&scene.controller, SECRET, &url, &pushed)));
    assert!(flood.await.into_iter().all(|status| status == 202));
    let next = scene.repository.push("v2");
    assert_eq!(hook::send(&scene.controller, SECRET, &url, &next).await, 202);
    scene.watched.applied(&next, SOON).await;
    let asked = scene.repository.host.count_upload_packs() - before;
    println!("    51 requests, {asked} fetches");
    assert!(asked <= 15, "{asked} fetches for 51 requests");
    assert_ne!(scene.watched.pointer.last().unwrap().metadata.resource_version, seen.object.metadata.resource_version);
}
