//! A pin moves the pointer to what was, without the git host.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::scene::{SOON, Scene};

pub(crate) async fn a_pin_needs_no_git_host(cluster: &Cluster) {
    for layout in ["inline", "gzip", "parts"] {
        let scene = Scene::start_as(cluster, "pin", |sync| sync["spec"]["target"]["layout"] = json!(layout)).await;
        let first = scene.watched.live().unwrap();
        let digest = scene.watched.status()["digest"].as_str().unwrap().to_owned();
        let second = scene.repository.push("v1");
        scene.watched.applied(&second, SOON).await;
        scene.watched.settled(&second, SOON).await;

        scene.repository.host.stop();
        let events = scene.watched.pointer.len();
        let began = Instant::now();
        scene.watched.change(json!({ "spec": { "target": { "pin": digest } } })).await;
        let is_first = |map: &k8s_openapi::api::core::v1::ConfigMap| {
            crate::harness::sync::annotation(map, "flagfall.dev/revision") == Some(first.as_str())
        };
        let moved = scene.watched.pointer.until(events, SOON, |seen| is_first(&seen.object)).await.expect("it moves");
        let took = moved.at - began;
        println!("    {layout}: {took:?}");
        assert!(took < Duration::from_secs(2), "{layout}: {took:?}");
        scene.watched.ready("True", "Pinned", SOON).await;

        let events = scene.watched.pointer.len();
        scene.repository.host.start_again();
        scene.watched.change(json!({ "spec": { "target": { "pin": null } } })).await;
        let is_second = |map: &k8s_openapi::api::core::v1::ConfigMap| {
            crate::harness::sync::annotation(map, "flagfall.dev/revision") == Some(second.as_str())
        };
        let back = scene.watched.pointer.until(events, SOON, |seen| is_second(&seen.object)).await;
        assert!(back.is_some(), "{layout}: unpinning does not resume");
    }
}

pub(crate) async fn a_pin_to_nothing_changes_nothing(cluster: &Cluster) {
    let scene = Scene::start(cluster, "pin").await;
    let good = scene.watched.live();
    scene.watched.change(json!({ "spec": { "target": { "pin": "0".repeat(64) } } })).await;
    scene.watched.ready("False", "PinNotFound", SOON).await;
    assert_eq!(scene.watched.live(), good);
}
