//! An invalid commit is not applied: the last good one stays, and the finding is told with its place.

use std::time::Duration;

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;

use crate::harness::cluster::Cluster;
use crate::harness::scene::{SOON, Scene};
use crate::harness::wait;

pub(crate) async fn an_invalid_commit_is_not_applied(cluster: &Cluster) {
    let scene = Scene::start(cluster, "invalid").await;
    let good = scene.watched.pointer.last().unwrap();
    let broken = scene.repository.push_invalid();
    let message = scene.watched.ready("False", "CompileFailed", SOON).await;
    assert!(message.contains("broken.kdl:"), "no place in: {message}");
    assert_eq!(scene.watched.status()["lastAttemptedRevision"], broken.as_str());
    assert_ne!(scene.watched.status()["lastAppliedRevision"], broken.as_str());
    let now = scene.watched.pointer.last().unwrap();
    assert_eq!(now.metadata.resource_version, good.metadata.resource_version, "the pointer was touched");

    let events: Api<Event> = scene.tenant.api();
    let told = wait::until(Duration::from_secs(10), async || {
        let events = events.list(&ListParams::default()).await.ok()?;
        let is = |event: &Event| {
            event.reason.as_deref() == Some("CompileFailed") && event.type_.as_deref() == Some("Warning")
        };
        events.items.iter().any(is).then_some(())
    });
    assert!(told.await.is_some(), "there is no Event");
    let shown = scene.controller.metric("flagfall_condition", &["CompileFailed", &scene.tenant.namespace]).await;
    assert_eq!(shown, Some(1.0));

    let repaired = scene.repository.push_repaired();
    scene.watched.ready("True", "Applied", SOON).await;
    assert_eq!(scene.watched.status()["lastAppliedRevision"], repaired.as_str());
    let shown = scene.controller.metric("flagfall_condition", &["CompileFailed", &scene.tenant.namespace]).await;
    assert_eq!(shown, None);
}
