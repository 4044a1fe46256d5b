//! FlagSyncs as tests write them, and what their status says.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::cluster::Tenant;
use super::follow::Follow;

/// A FlagSync of the environment `production`, looked at every `interval`.
pub(crate) fn of(name: &str, url: &str, interval: &str) -> Value {
    json!({
        "apiVersion": "flagfall.dev/v1alpha1",
        "kind": "FlagSync",
        "metadata": { "name": name },
        "spec": {
            "source": { "url": url, "path": "flags", "ref": { "branch": "main" }, "secretRef": { "name": "flagfall-git" } },
            "interval": interval,
            "timeout": "30s",
            "environment": "production",
            "target": { "name": name, "layout": "inline" },
        },
    })
}

/// One FlagSync and its pointer, both watched.
pub(crate) struct Watched {
    pub(crate) tenant: Tenant,
    pub(crate) name: String,
    pub(crate) sync: Follow<DynamicObject>,
    pub(crate) pointer: Follow<ConfigMap>,
}

impl Watched {
    /// Creates it.
    pub(crate) async fn create(tenant: &Tenant, object: &Value) -> Self {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let target = object["spec"]["target"]["name"].as_str().unwrap();
        let watched = Self {
            tenant: tenant.clone(),
            sync: Follow::start(tenant.syncs(), &format!("metadata.name={name}")),
            pointer: Follow::start(tenant.maps(), &format!("metadata.name={target}")),
            name,
        };
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        tenant.syncs().create(&PostParams::default(), &object).await.unwrap();
        watched
    }

    /// Changes it by a merge patch.
    pub(crate) async fn change(&self, patch: Value) {
        self.tenant.syncs().patch(&self.name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }

    /// Annotates it.
    pub(crate) async fn annotate(&self, name: &str, value: &str) {
        self.change(json!({ "metadata": { "annotations": { name: value } } })).await;
    }

    /// Waits until `Ready` has a status and a reason; its message.
    #[track_caller]
    pub(crate) fn ready(&self, status: &str, reason: &str, within: Duration) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            // From the state that is the last now on.
            let from = self.sync.len().saturating_sub(1);
            let found = self.sync.until(from, within, |seen| is_ready(&seen.object, status, reason)).await;
            let found = found.unwrap_or_else(|| {
                let last = self.sync.last();
                panic!(
                    "{caller}: `{}` is not Ready={status} {reason} within {within:?} but\n{}",
                    self.name,
                    shown(last.as_ref())
                )
            });
            condition(&found.object, "Ready").unwrap()["message"].as_str().unwrap_or_default().to_owned()
        }
    }

    /// Waits until the pointer holds what a commit says; its event.
    #[track_caller]
    pub(crate) fn applied(
        &self,
        revision: &str,
        within: Duration,
    ) -> impl Future<Output = super::follow::Seen<ConfigMap>> {
        let caller = std::panic::Location::caller();
        async move {
            let found = self
                .pointer
                .until(0, within, |seen| {
                    !seen.gone && annotation(&seen.object, "flagfall.dev/revision") == Some(revision)
                })
                .await;
            let last = self.sync.last();
            found.unwrap_or_else(|| {
                panic!(
                    "{caller}: `{}` does not point to {revision} within {within:?}\n{}",
                    self.name,
                    shown(last.as_ref())
                )
            })
        }
    }

    /// Waits until the pointer holds what a commit says, and the status says so.
    #[track_caller]
    pub(crate) fn settled(&self, revision: &str, within: Duration) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let is = |sync: &DynamicObject| {
                sync.data["status"]["lastAppliedRevision"] == revision && is_ready(sync, "True", "Applied")
            };
            let from = self.sync.len().saturating_sub(1);
            if self.sync.until(from, within, |seen| is(&seen.object)).await.is_none() {
                let last = self.sync.last();
                panic!(
                    "{caller}: `{}` is not settled at {revision} within {within:?}\n{}",
                    self.name,
                    shown(last.as_ref())
                );
            }
        }
    }

    /// The status as it was seen last.
    pub(crate) fn status(&self) -> Value {
        self.sync.last().map_or(Value::Null, |sync| sync.data["status"].clone())
    }

    /// The revision that the pointer names now.
    pub(crate) fn live(&self) -> Option<String> {
        self.pointer.last().and_then(|map| annotation(&map, "flagfall.dev/revision").map(str::to_owned))
    }
}

fn is_ready(sync: &DynamicObject, status: &str, reason: &str) -> bool {
    condition(sync, "Ready").is_some_and(|ready| ready["status"] == status && ready["reason"] == reason)
}

/// A condition of a FlagSync.
pub(crate) fn condition<'a>(sync: &'a DynamicObject, kind: &str) -> Option<&'a Value> {
    sync.data["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

/// An annotation of a ConfigMap.
pub(crate) fn annotation<'a>(map: &'a ConfigMap, name: &str) -> Option<&'a str> {
    map.metadata.annotations.as_ref()?.get(name).map(String::as_str)
}

fn shown(sync: Option<&DynamicObject>) -> String {
    sync.map_or("nothing is there".to_owned(), |sync| serde_json::to_string_pretty(&sync.data["status"]).unwrap())
}
