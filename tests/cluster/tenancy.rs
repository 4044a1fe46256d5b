//! Tenants do not get at each other's repositories, errors or ConfigMaps.

use std::time::Duration;

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::harness::cluster::Cluster;
use crate::harness::controller::{Controller, Options};
use crate::harness::flags::Repository;
use crate::harness::manifests;
use crate::harness::scene::{SOON, Scene};
use crate::harness::sync::{self, Watched};

pub(crate) async fn a_private_repository_needs_ones_own_credential(cluster: &Cluster) {
    let scene = Scene::start(cluster, "owner").await;
    let other = cluster.tenant("other").await;
    // Trusts the host, and has no password.
    other.secret("flagfall-git", &[("ca.crt", &scene.repository.host.ca_pem)]).await;
    let watched = Watched::create(&other, &sync::of("banner", &scene.repository.url(), "5s")).await;
    let message = watched.ready("False", "AuthFailed", SOON).await;
    assert!(!message.contains(&scene.repository.host.token), "{message}");
    // A wrong one.
    let wrong = [("username", "git"), ("password", "wrong-pass"), ("ca.crt", scene.repository.host.ca_pem.as_str())];
    other.secret("flagfall-git", &wrong).await;
    watched.annotate("flagfall.dev/requestedAt", "again").await;
    let message = watched.ready("False", "AuthFailed", SOON).await;
    assert!(!message.contains("wrong-pass"), "{message}");
    assert!(watched.pointer.last().is_none());
    // Who may still does.
    let pushed = scene.repository.push("v1");
    scene.watched.applied(&pushed, SOON).await;
    let log = scene.controller.process.log();
    for secret in [scene.repository.host.token.as_str(), "wrong-pass"] {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}

pub(crate) async fn a_foreign_configmap_is_not_touched(cluster: &Cluster) {
    let tenant = cluster.tenant("foreign").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let map =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "banner" }, "data": { "mine": "1" } });
    manifests::apply(&cluster.admin(), &tenant.namespace, &[map]).await;
    let _controller = Controller::start(cluster).await;
    let watched = Watched::create(&tenant, &sync::of("banner", &repository.url(), "5s")).await;
    watched.ready("False", "TargetConflict", SOON).await;
    assert_eq!(watched.pointer.last().unwrap().data.unwrap()["mine"], "1");
    // Its owner hands it over.
    let adopt = format!("{}/banner", tenant.namespace);
    let patch = json!({ "metadata": { "annotations": { "flagfall.dev/adopt": adopt } } });
    tenant.maps().patch("banner", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    watched.applied(&repository.origin.head(), SOON).await;
    watched.settled(&repository.origin.head(), SOON).await;
}

pub(crate) async fn the_younger_of_two_on_one_target_yields(cluster: &Cluster) {
    let scene = Scene::start(cluster, "two").await;
    let mut second = sync::of("second", &scene.repository.url(), "5s");
    second["spec"]["target"]["name"] = json!("banner");
    // Creation times have whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let younger = Watched::create(&scene.tenant, &second).await;
    younger.ready("False", "TargetConflict", SOON).await;
    let pushed = scene.repository.push("v1");
    scene.watched.applied(&pushed, SOON).await;
    scene.watched.settled(&pushed, SOON).await;
    younger.ready("False", "TargetConflict", SOON).await;
}

pub(crate) async fn writes_are_the_tenants_own_where_that_is_required(cluster: &Cluster) {
    // No right on ConfigMaps for the controller: the tenant's account has it, and may be impersonated.
    let tenant = cluster.namespace("impersonate").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let objects: Vec<Value> = manifests::of(&manifests::deploy("tenant-account"));
    manifests::apply(&cluster.admin(), &tenant.namespace, &objects).await;
    let options = Options::new(cluster, "one").with("--require-service-account");
    let _controller = Controller::start_with(cluster, options).await;
    let mut object = sync::of("banner", &repository.url(), "5s");
    let without = Watched::create(&tenant, &object).await;
    without.ready("False", "ServiceAccountRequired", SOON).await;
    object["metadata"]["name"] = json!("named");
    object["spec"]["target"]["name"] = json!("named");
    object["spec"]["serviceAccountName"] = json!("flagfall-writer");
    let named = Watched::create(&tenant, &object).await;
    let seen = named.applied(&repository.origin.head(), SOON).await;
    named.ready("True", "Applied", SOON).await;
    assert!(seen.object.metadata.managed_fields.is_some());
}
