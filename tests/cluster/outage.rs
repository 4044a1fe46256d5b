//! What a source does not say is never a desired state: the last good one stays, and is called stale after three intervals.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::git_https::Fault;
use crate::harness::cluster::Cluster;
use crate::harness::scene::{SOON, Scene};
use crate::harness::sync::condition;

pub(crate) async fn an_unreachable_source_changes_nothing(cluster: &Cluster) {
    let scene = Scene::start_as(cluster, "outage", |sync| sync["spec"]["timeout"] = json!("5s")).await;
    let good = scene.watched.pointer.last().unwrap();
    let faults = [
        ("refused", None, "FetchFailed"),
        ("hanging", Some(Fault::Hang), "FetchFailed"),
        ("closed", Some(Fault::Close), "FetchFailed"),
        ("unavailable", Some(Fault::Status(503)), "FetchFailed"),
        ("unauthorized", Some(Fault::Status(401)), "AuthFailed"),
        ("truncated", Some(Fault::Truncate(400)), "FetchFailed"),
        ("corrupted", Some(Fault::Corrupt(3_000)), "FetchFailed"),
    ];
    for (number, (name, fault, reason)) in faults.into_iter().enumerate() {
        // Something new to fetch, so that a pack is asked for.
        scene.repository.origin.write("unrelated", crate::size::noise(20_000, number as u64 + 1));
        let pushed = scene.repository.push(&format!("v{}", number + 1));
        match fault {
            None => scene.repository.host.stop(),
            Some(fault) => scene.repository.host.fault(fault),
        }
        scene.watched.annotate("flagfall.dev/requestedAt", name).await;
        println!("    {name}");
        scene.watched.ready("False", reason, SOON).await;
        assert_ne!(scene.watched.live().as_deref(), Some(pushed.as_str()));
        scene.repository.host.start_again();
        scene.repository.host.heal();
        scene.watched.annotate("flagfall.dev/requestedAt", &format!("{name}-healed")).await;
        scene.watched.applied(&pushed, Duration::from_secs(60)).await;
        scene.watched.settled(&pushed, Duration::from_secs(60)).await;
    }
    assert_eq!(scene.watched.pointer.gone(), Vec::<String>::new());
    assert_eq!(scene.watched.pointer.last().unwrap().metadata.uid, good.metadata.uid);
}

pub(crate) async fn a_silent_source_is_called_stale(cluster: &Cluster) {
    let scene = Scene::start(cluster, "stale").await;
    let good = scene.watched.pointer.last().unwrap();
    scene.repository.host.stop();
    let began = Instant::now();
    scene.watched.ready("Unknown", "SourceStale", Duration::from_secs(60)).await;
    let took = began.elapsed();
    assert!(took > Duration::from_secs(9), "stale after {took:?}, with an interval of 5 s");
    assert_eq!(scene.watched.pointer.last().unwrap().metadata.resource_version, good.metadata.resource_version);
    scene.repository.host.start_again();
    scene.watched.annotate("flagfall.dev/requestedAt", "again").await;
    scene.watched.ready("True", "Applied", Duration::from_secs(60)).await;
}

pub(crate) async fn tries_become_rarer_while_a_source_fails(cluster: &Cluster) {
    let scene = Scene::start(cluster, "backoff").await;
    scene.repository.host.fault(Fault::Status(503));
    scene.repository.push("v1");
    scene.watched.ready("False", "FetchFailed", SOON).await;
    let failed = || async { scene.controller.metric("flagfall_fetches_total", &["FetchFailed"]).await.unwrap_or(0.0) };
    let (mut known, mut times) = (failed().await, Vec::new());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(35) {
        let now = failed().await;
        if now > known {
            times.push(Instant::now());
            known = now;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    println!("    {gaps:?}");
    let (first, last) = (gaps[0], *gaps.last().unwrap());
    assert!(last > Duration::from_secs(5) && last > first * 2, "no rarer than every interval of 5 s: {gaps:?}");
}

pub(crate) async fn a_path_without_flags_changes_nothing(cluster: &Cluster) {
    let scene = Scene::start(cluster, "path").await;
    let good = scene.watched.pointer.last().unwrap();
    // The workspace is gone in the next commit.
    scene.repository.origin.git(&["rm", "-rq", "flags"]);
    scene.repository.origin.write("README", "nothing here");
    scene.repository.origin.commit("emptied");
    let ready = scene
        .watched
        .sync
        .until(0, SOON, |seen| condition(&seen.object, "Ready").is_some_and(|ready| ready["status"] == "False"))
        .await
        .expect("an empty repository is told");
    let reason = condition(&ready.object, "Ready").unwrap()["reason"].clone();
    assert_eq!(reason, "PathNotFound");
    // A path that never was.
    scene.watched.change(json!({ "spec": { "source": { "path": "no/such/place" } } })).await;
    scene.watched.ready("False", "PathNotFound", SOON).await;
    // A branch that never was.
    scene.watched.change(json!({ "spec": { "source": { "path": "flags", "ref": { "branch": "gone" } } } })).await;
    scene.watched.ready("False", "ReferenceNotFound", SOON).await;
    assert_eq!(scene.watched.pointer.last().unwrap().metadata.resource_version, good.metadata.resource_version);
}
