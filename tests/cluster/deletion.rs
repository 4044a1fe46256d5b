//! Deleting: what was live stays, or goes, without asking the source; a namespace ends.

use std::time::Duration;

use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::harness::cluster::{Cluster, Tenant};
use crate::harness::scene::{SOON, Scene};
use crate::harness::wait;

async fn ours(tenant: &Tenant) -> usize {
    let labelled = ListParams::default().labels("app.kubernetes.io/managed-by=flagfall");
    tenant.maps().list(&labelled).await.unwrap().items.len()
}

async fn scene(cluster: &Cluster, policy: &str, layout: &str) -> Scene {
    let name = policy.to_lowercase();
    let scene = Scene::start_as(cluster, &name, |sync| {
        sync["spec"]["deletionPolicy"] = json!(policy);
        sync["spec"]["target"]["layout"] = json!(layout);
    });
    let scene = scene.await;
    let second = scene.repository.push("v1");
    scene.watched.applied(&second, SOON).await;
    scene.watched.settled(&second, SOON).await;
    scene.repository.host.stop();
    scene
}

pub(crate) async fn orphan_leaves_pointer_and_history(cluster: &Cluster) {
    for layout in ["gzip", "parts"] {
        let scene = scene(cluster, "Orphan", layout).await;
        let before = ours(&scene.tenant).await;
        assert!(before >= 3, "a pointer and two revisions, not {before}");
        scene.tenant.syncs().delete("banner", &DeleteParams::foreground()).await.unwrap();
        let gone = scene.watched.sync.until(0, SOON, |seen| seen.gone).await;
        assert!(gone.is_some(), "the FlagSync does not go");
        // Garbage collection took 0.13 s where it had something to collect.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(ours(&scene.tenant).await, before);
        let shown = scene.controller.metric("flagfall_condition", &[&scene.tenant.namespace]).await;
        assert_eq!(shown, None, "series of a deleted FlagSync vanish");
    }
}

pub(crate) async fn delete_removes_pointer_and_history(cluster: &Cluster) {
    for layout in ["gzip", "parts"] {
        let scene = scene(cluster, "Delete", layout).await;
        assert!(ours(&scene.tenant).await >= 3);
        scene.tenant.syncs().delete("banner", &DeleteParams::default()).await.unwrap();
        let gone = wait::until(SOON, async || (ours(&scene.tenant).await == 0).then_some(()));
        assert!(gone.await.is_some(), "{} ConfigMaps stay", ours(&scene.tenant).await);
    }
}

pub(crate) async fn a_deleted_namespace_ends(cluster: &Cluster) {
    for policy in ["Orphan", "Delete"] {
        let scene = scene(cluster, policy, "gzip").await;
        assert!(scene.tenant.end(Duration::from_secs(60)).await, "{policy}: the namespace does not end");
    }
}
