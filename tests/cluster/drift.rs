//! Whatever somebody does to a pointer is put right, at once.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::scene::{SOON, Scene, count};
use crate::harness::sync::{self, Watched};

/// What somebody does.
const KINDS: [&str; 7] = ["edit", "delete", "extra key", "wrong type", "immutable", "annotation", "label"];

async fn disturb(watched: &Watched, kind: &str) {
    let maps = watched.tenant.maps();
    let merge = |patch: Value| {
        let maps = maps.clone();
        let name = watched.name.clone();
        async move { maps.patch(&name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap() }
    };
    match kind {
        "edit" => drop(merge(json!({ "data": { "config.json": "{}" } })).await),
        "delete" => drop(maps.delete(&watched.name, &DeleteParams::default()).await.unwrap()),
        "extra key" => drop(merge(json!({ "data": { "mine.json": "{}" } })).await),
        "wrong type" => {
            drop(merge(json!({ "data": { "config.json": null }, "binaryData": { "config.json": "e30=" } })).await);
        }
        "immutable" => drop(merge(json!({ "data": { "config.json": "{}" }, "immutable": true })).await),
        "annotation" => drop(merge(json!({ "metadata": { "annotations": { "flagfall.dev/digest": "0" } } })).await),
        "label" => {
            drop(merge(json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": null } } })).await);
        }
        other => panic!("{other}"),
    }
}

/// What a pointer says, without what a cluster adds.
fn content(map: &ConfigMap) -> Value {
    json!({ "data": map.data, "binary": map.binary_data, "immutable": map.immutable.unwrap_or(false),
        "labels": map.metadata.labels, "annotations": map.metadata.annotations })
}

pub(crate) async fn drift_is_put_right(cluster: &Cluster) {
    let each = count(100, 3);
    let tenant = cluster.tenant("drift").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let controller = Controller::start(cluster).await;
    let mut took: Vec<(Duration, &str)> = Vec::new();
    // Four a minute on one FlagSync is the most that is promised: as many FlagSyncs as that takes.
    let disturbances: Vec<&str> = (0..each).flat_map(|_| KINDS).collect();
    for (number, group) in disturbances.chunks(4).enumerate() {
        let name = format!("banner-{number}");
        let watched = Watched::create(&tenant, &sync::of(&name, &repository.url(), "5m")).await;
        let good = content(&watched.applied(&repository.origin.head(), SOON).await.object);
        watched.ready("True", "Applied", SOON).await;
        for kind in group {
            let from = watched.pointer.len();
            let began = Instant::now();
            disturb(&watched, kind).await;
            // Seen wrong, then seen right.
            let wrong = watched.pointer.until(from, SOON, |seen| seen.gone || content(&seen.object) != good).await;
            assert!(wrong.is_some(), "{kind}: nothing was disturbed");
            let healed = watched.pointer.until(from, SOON, |seen| {
                !seen.gone && seen.at > wrong.as_ref().unwrap().at && content(&seen.object) == good
            });
            let healed = healed.await.unwrap_or_else(|| panic!("{kind} stays\n{}", controller.process.tail(10)));
            took.push((healed.at - began, kind));
        }
        tenant.syncs().delete(&name, &DeleteParams::default()).await.unwrap();
    }
    took.sort_unstable();
    let (slowest, kind) = *took.last().unwrap();
    println!("    {} put right, the slowest ({kind}) in {slowest:?}, half in {:?}", took.len(), took[took.len() / 2].0);
    assert!(slowest < Duration::from_secs(2), "{kind} took {slowest:?}");
}

pub(crate) async fn drift_is_left_and_told_while_suspended(cluster: &Cluster) {
    let scene = Scene::start(cluster, "suspend").await;
    let good = content(&scene.watched.pointer.last().unwrap());
    scene.watched.change(json!({ "spec": { "suspend": true } })).await;
    scene.watched.ready("Unknown", "Suspended", SOON).await;
    disturb(&scene.watched, "edit").await;
    let pushed = scene.repository.push("v1");
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_ne!(content(&scene.watched.pointer.last().unwrap()), good, "it was healed");
    assert_ne!(scene.watched.live().as_deref(), Some(pushed.as_str()));
    scene.watched.change(json!({ "spec": { "suspend": false } })).await;
    scene.watched.applied(&pushed, SOON).await;
    scene.watched.settled(&pushed, SOON).await;
    let now = scene.watched.pointer.last().unwrap();
    assert_ne!(now.data.unwrap()["config.json"], "{}");
}

pub(crate) async fn foreign_labels_and_annotations_stay(cluster: &Cluster) {
    let scene = Scene::start(cluster, "foreign").await;
    let patch = json!({ "metadata": { "labels": { "team": "web" }, "annotations": { "note": "mine" } } });
    scene.tenant.maps().patch("banner", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    let pushed = scene.repository.push("v1");
    let seen = scene.watched.applied(&pushed, SOON).await.object;
    assert_eq!(seen.metadata.labels.unwrap()["team"], "web");
    assert_eq!(seen.metadata.annotations.unwrap()["note"], "mine");
}

pub(crate) async fn a_fight_is_called_one(cluster: &Cluster) {
    let scene = Scene::start(cluster, "loop").await;
    for number in 0..8 {
        let patch = json!({ "data": { format!("mine-{number}"): "x" } });
        scene.tenant.maps().patch("banner", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    scene.watched.ready("False", "DriftLoop", SOON).await;
}
