//! A force push is applied like any other tip, and remembered as one.

use crate::harness::cluster::Cluster;
use crate::harness::scene::{SOON, Scene};

pub(crate) async fn a_force_push_is_applied_and_recorded(cluster: &Cluster) {
    let scene = Scene::start(cluster, "force").await;
    let base = scene.repository.origin.head();
    let first = scene.repository.push("v1");
    scene.watched.applied(&first, SOON).await;
    scene.repository.origin.git(&["reset", "-q", "--hard", &base]);
    let second = scene.repository.push("v2");
    scene.watched.applied(&second, SOON).await;
    scene.watched.settled(&second, SOON).await;
    let history = scene.watched.status()["history"].clone();
    assert_eq!(history[0]["revision"], second.as_str());
    assert!(history[0].to_string().contains("rewritten"), "{history:#}");
    assert!(!history[1].to_string().contains("rewritten"), "{history:#}");
}
