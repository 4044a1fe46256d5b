//! The optional admission policy: only flagfall and the cluster's own collectors touch what flagfall wrote.

use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

use crate::harness::cluster::{ACCOUNT, Cluster, SYSTEM, Tenant};
use crate::harness::{manifests, wait};

async fn write(client: &Client, tenant: &Tenant, value: &str) -> Result<ConfigMap, kube::Error> {
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "flags", "labels": { "flagfall.dev/uid": "1" } }, "data": { "config.json": value } });
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &tenant.namespace);
    api.patch("flags", &PatchParams::apply("test").force(), &Patch::Apply(&map)).await
}

pub(crate) async fn only_flagfall_writes_what_it_wrote(cluster: &Cluster) {
    let tenant = cluster.tenant("admission").await;
    let (admin, flagfall) = (cluster.admin(), cluster.client_of(SYSTEM, ACCOUNT).await);
    manifests::apply(&admin, "", &manifests::of(&manifests::deploy("admission"))).await;
    let held = wait::until(Duration::from_secs(30), async || {
        write(&admin, &tenant, "{}").await.is_err_and(|error| error.to_string().contains("only flagfall")).then_some(())
    });
    let held = held.await;

    let own = write(&flagfall, &tenant, "{\"own\":true}").await;
    let unlabel = Patch::Merge(json!({ "metadata": { "labels": { "flagfall.dev/uid": null } } }));
    let edit = tenant.maps().patch("flags", &PatchParams::default(), &unlabel).await;
    let deletion = tenant.maps().delete("flags", &DeleteParams::default()).await;
    let ended = tenant.end(Duration::from_secs(60)).await;

    // Gone before anything is asserted: other promises share the cluster.
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(admin.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(admin);
    bindings.delete_collection(&DeleteParams::default(), &ListParams::default()).await.unwrap();
    policies.delete_collection(&DeleteParams::default(), &ListParams::default()).await.unwrap();

    assert!(held.is_some(), "an administrator writes it");
    own.expect("flagfall writes it");
    assert!(edit.is_err(), "an administrator takes the label off");
    assert!(deletion.is_err(), "an administrator deletes it");
    assert!(ended, "the namespace does not end");
}
