//! Looking changes nothing, and what is announced is what is written.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use kube::ResourceExt as _;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::harness::cluster::{Cluster, Tenant};
use crate::harness::manifests;
use crate::harness::scene::{SOON, Scene};

async fn versions(tenant: &Tenant) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for map in tenant.maps().list(&ListParams::default()).await.unwrap() {
        versions.insert(format!("map {}", map.name_any()), map.resource_version().unwrap());
    }
    for sync in tenant.syncs().list(&ListParams::default()).await.unwrap() {
        versions.insert(format!("sync {}", sync.name_any()), sync.resource_version().unwrap());
    }
    versions
}

/// Somebody who may look, in this namespace.
fn viewer(namespace: &str) -> Vec<Value> {
    let labels = json!({ "name": "viewer" });
    vec![
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": labels }),
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": labels, "rules": [
            { "apiGroups": ["flagfall.dev"], "resources": ["flagsyncs"], "verbs": ["get", "list"] },
            { "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] },
        ] }),
        json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": labels,
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "viewer" },
            "subjects": [{ "kind": "ServiceAccount", "name": "viewer", "namespace": namespace }] }),
    ]
}

pub(crate) async fn looking_changes_nothing_and_announces_what_is_written(cluster: &Cluster) {
    let mut scene = Scene::start(cluster, "dryrun").await;
    // Nobody acts while it is looked at.
    scene.controller.stop().await;
    manifests::apply(&cluster.admin(), &scene.tenant.namespace, &viewer(&scene.tenant.namespace)).await;
    let kubeconfig = cluster.kubeconfig_file(&scene.tenant.namespace, "viewer", cluster.address()).await;
    let pushed = scene.repository.push("v1");
    let before = versions(&scene.tenant).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        command.args(arguments).current_dir(scene.repository.path().join("flags"));
        command.env("KUBECONFIG", Path::new(&kubeconfig));
        let output = command.output().unwrap();
        let all = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), all)
    };
    let (code, text) = run(&["status"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("banner") && text.contains("Applied"), "{text}");
    let (code, text) = run(&["diff", "flagsync/banner", "HEAD"]);
    assert_eq!(code, Some(1), "a difference is announced: {text}");
    assert!(text.contains("banner") && text.contains("v1"), "{text}");
    assert_eq!(versions(&scene.tenant).await, before);

    scene.controller = crate::harness::controller::Controller::start(cluster).await;
    scene.watched.applied(&pushed, SOON).await;
    scene.watched.settled(&pushed, SOON).await;
    let (code, text) = run(&["diff", "flagsync/banner", "HEAD"]);
    assert_eq!(code, Some(0), "what was announced is what was written: {text}");
}
