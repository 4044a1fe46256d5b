//! Rights that are taken are missed at once, and made use of when they return.

use std::time::{Duration, Instant};

use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::manifests;
use crate::harness::scene::Scene;
use crate::harness::wait;

pub(crate) async fn revoked_rights_are_told_and_healed(cluster: &Cluster) {
    let scene = Scene::start(cluster, "rights").await;
    // ConfigMaps only: the status can still be written.
    let roles: Api<Role> = scene.tenant.api();
    let role = roles.get("flagfall").await.unwrap();
    let mut left = role.rules.unwrap();
    left.retain(|rule| rule.resources.as_ref().is_none_or(|all| all.iter().all(|resource| resource != "configmaps")));
    let began = Instant::now();
    roles.patch("flagfall", &PatchParams::default(), &Patch::Merge(&json!({ "rules": left }))).await.unwrap();
    let message = scene.watched.ready("False", "Forbidden", Duration::from_secs(10)).await;
    println!("    missed after {:?}: {message}", began.elapsed());

    let pushed = scene.repository.push("v1");
    let began = Instant::now();
    manifests::apply(&cluster.admin(), &scene.tenant.namespace, &manifests::of(&manifests::deploy("tenant"))).await;
    scene.watched.applied(&pushed, Duration::from_secs(60)).await;
    scene.watched.settled(&pushed, Duration::from_secs(60)).await;
    println!("    healed after {:?}", began.elapsed());
}

pub(crate) async fn rights_that_are_gone_altogether_are_in_the_metrics(cluster: &Cluster) {
    let scene = Scene::start(cluster, "rights").await;
    let bindings: Api<RoleBinding> = scene.tenant.api();
    bindings.delete("flagfall", &DeleteParams::default()).await.unwrap();
    let labels = ["status=\"False\"", "reason=\"Forbidden\"", &scene.tenant.namespace];
    let told = wait::until(Duration::from_secs(10), async || {
        scene.controller.metric("flagfall_condition", &labels).await.filter(|value| *value == 1.0)
    });
    assert!(told.await.is_some(), "the metrics do not say it");
    let pushed = scene.repository.push("v1");
    manifests::apply(&cluster.admin(), &scene.tenant.namespace, &manifests::of(&manifests::deploy("tenant"))).await;
    scene.watched.applied(&pushed, Duration::from_secs(60)).await;
    scene.watched.settled(&pushed, Duration::from_secs(60)).await;
}
