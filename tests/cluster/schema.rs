//! What the API server itself refuses: the rules of `FlagSync` in its definition.

use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::harness::cluster::{Cluster, Tenant};
use crate::harness::sync;

async fn create(tenant: &Tenant, object: &Value) -> Result<DynamicObject, kube::Error> {
    let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    tenant.syncs().create(&PostParams::default(), &object).await
}

pub(crate) async fn the_api_server_holds_the_rules(cluster: &Cluster) {
    let tenant = cluster.tenant("schema").await;
    let good = sync::of("flags", "https://git.example.com/flags", "1m");
    let cases: [(&str, Value, &str); 15] = [
        ("/spec/source/url", json!("https://ana:secret@git.example.com/flags"), "user information"),
        ("/spec/source/url", json!("ssh://git:secret@git.example.com/flags"), "user information"),
        ("/spec/source/url", json!("http://git.example.com/flags"), "url is"),
        ("/spec/source/url", json!("ext::sh -c id"), "url is"),
        ("/spec/source/url", json!("https://git.example.com/flags?x=1"), "no query"),
        ("/spec/source/path", json!("../other"), "without .. in it"),
        ("/spec/source/path", json!("a/../../b"), "without .. in it"),
        ("/spec/source/path", json!("/etc"), "without .. in it"),
        ("/spec/source/ref", json!({}), "exactly one"),
        ("/spec/source/ref", json!({ "branch": "main", "tag": "v1" }), "exactly one"),
        ("/spec/source/ref", json!({ "branch": "a..b" }), "not a branch"),
        ("/spec/interval", json!("1s"), "5s"),
        ("/spec/target/name", json!("Flags"), "target.name"),
        ("/spec/target/pin", json!("abc"), "pin"),
        ("/spec/guard", json!({ "maxReassigned": "ten" }), "maxReassigned"),
    ];
    for (place, value, told) in cases {
        let mut object = good.clone();
        match object.pointer_mut(place) {
            Some(found) => *found = value.clone(),
            None => {
                let (parent, key) = place.rsplit_once('/').unwrap();
                object.pointer_mut(parent).unwrap()[key] = value.clone();
            }
        }
        match create(&tenant, &object).await {
            Err(kube::Error::Api(status)) => {
                assert_eq!(status.code, 422, "{place} {value}: {}", status.message);
                assert!(status.message.contains(told), "{place} {value}: {}", status.message);
            }
            other => panic!("{place} {value} is accepted: {other:?}"),
        }
    }

    let made = create(&tenant, &good).await.unwrap();
    assert_eq!(made.data["spec"]["target"]["historyLimit"], 5, "defaults are filled in");
    assert_eq!(made.data["spec"]["deletionPolicy"], "Orphan");
    let rename = Patch::Merge(json!({ "spec": { "target": { "name": "other" } } }));
    let refused = tenant.syncs().patch("flags", &PatchParams::default(), &rename).await.unwrap_err();
    assert!(refused.to_string().contains("cannot change"), "{refused}");
}

pub(crate) async fn flagsyncs_are_found_by_their_source(cluster: &Cluster) {
    let tenant = cluster.tenant("select").await;
    for (name, url) in [("one", "https://git.example.com/one"), ("two", "https://git.example.com/two")] {
        create(&tenant, &sync::of(name, url, "1m")).await.unwrap();
    }
    let chosen = kube::api::ListParams::default().fields("spec.source.url=https://git.example.com/two");
    let found = tenant.syncs().list(&chosen).await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].metadata.name.as_deref(), Some("two"));
}
