//! Events: what happened to a `FlagSync`, for `kubectl describe`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::{Resource, ResourceExt};

use super::api::FlagSync;
use super::context::Context;

/// Notes longer than this are refused.
const LONGEST_NOTE: usize = 1_000;

/// Tells people. An event that is not taken is logged only.
pub async fn tell(context: &Context, sync: &FlagSync, is_warning: bool, reason: &str, note: &str) {
    let namespace = sync.namespace().unwrap_or_default();
    if let Err(refused) = context.cluster.event(&namespace, &event(context, sync, is_warning, reason, note)).await {
        tracing::debug!(namespace, name = sync.name_any(), reason, %refused, "an event was not taken");
    }
}

fn event(context: &Context, sync: &FlagSync, is_warning: bool, reason: &str, note: &str) -> Event {
    let now = Timestamp::now();
    let end = (0..=note.len().min(LONGEST_NOTE)).rev().find(|end| note.is_char_boundary(*end)).unwrap_or(0);
    let regarding: ObjectReference = sync.object_ref(&());
    Event {
        action: Some("Reconcile".to_owned()),
        event_time: Some(MicroTime(now)),
        metadata: ObjectMeta {
            name: Some(format!("{}.{:x}", sync.name_any().chars().take(200).collect::<String>(), now.as_nanosecond())),
            namespace: sync.namespace(),
            ..ObjectMeta::default()
        },
        note: Some(note.chars().take(note.get(..end).map_or(0, |cut| cut.chars().count())).collect()),
        reason: Some(reason.chars().take(128).collect()),
        regarding: Some(regarding),
        reporting_controller: Some("flagfall.dev/controller".to_owned()),
        reporting_instance: Some(context.rules.identity.chars().take(128).collect()),
        type_: Some(if is_warning { "Warning" } else { "Normal" }.to_owned()),
        ..Event::default()
    }
}
