//! Immutable ConfigMaps: parts and history. What is there is never written again, only looked at.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use super::{Order, Problem};
use crate::controller::cluster::{from_map, to_map};
use crate::controller::context::Context;
use crate::controller::maps::Seen;
use crate::publish::{Object, names};

/// Annotation: when a pointer was made to point here again, which moves the resource version away from under whoever wants to prune.
const USED: &str = "flagfall.dev/usedAt";

/// How often to look again when somebody else writes at the same time.
const ATTEMPTS: usize = 4;

/// Makes sure that a copy is there and holds what it should. `moves`: a pointer is about to point to it.
pub(super) async fn ensure(
    object: Object,
    moves: bool,
    known: &BTreeMap<String, String>,
    versions: &mut BTreeMap<String, String>,
    order: &Order<'_>,
) -> Result<(), Problem> {
    let name = object.name.clone();
    let seen = order.space.get(&name);
    let proven = seen.as_ref().is_some_and(|seen| known.get(&name) == Some(&seen.version));
    if proven
        && !moves
        && let Some(seen) = &seen
    {
        versions.insert(name, seen.version.clone());
        return Ok(());
    }
    let (cluster, writer) = (&order.context.cluster, &order.place.writer);
    let mut known_there = seen.is_some() || order.space.maps().is_none();
    let want = to_map(object, &writer.namespace, order.place.owner.clone());
    for _ in 0..ATTEMPTS {
        if !known_there {
            match cluster.create(writer, &want).await {
                Ok(made) => {
                    versions.insert(name, made.metadata.resource_version.unwrap_or_default());
                    return Ok(());
                }
                Err(refused) if refused.is_outdated() => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        let Some(live) = cluster.map(&writer.namespace, &name).await? else {
            known_there = false;
            continue;
        };
        match settle(live, &want, moves, order).await? {
            Some(version) => {
                versions.insert(name, version);
                return Ok(());
            }
            None => known_there = false,
        }
    }
    Err(Problem::Conflict(format!("the ConfigMap `{name}` changes faster than it can be written")))
}

/// Looks at what is there; its version when it stays, none when it had to go.
async fn settle(live: ConfigMap, want: &ConfigMap, moves: bool, order: &Order<'_>) -> Result<Option<String>, Problem> {
    let (cluster, writer) = (&order.context.cluster, &order.place.writer);
    let seen = Seen::of(&live.metadata);
    let name = live.metadata.name.clone().unwrap_or_default();
    let whole = live.immutable == Some(true) && live.data == want.data && live.binary_data == want.binary_data
        || same_configuration(&live, want);
    if seen.owner != order.place.uid && !(whole && is_orphan(&seen.owner, order.context)) {
        return Err(Problem::Conflict(format!("the ConfigMap `{name}` is not this FlagSync's; delete or rename it")));
    }
    if !whole {
        tracing::warn!(
            namespace = writer.namespace,
            name,
            "a copy does not hold what its digest says; it is made again"
        );
        match cluster.delete(writer, &name, &seen.uid, &seen.version).await {
            Ok(()) => return Ok(None),
            Err(refused) if refused.is_outdated() => return Ok(None),
            Err(refused) => return Err(refused.into()),
        }
    }
    let owners = want.metadata.owner_references.clone().unwrap_or_default();
    if !moves && seen.owner == order.place.uid && seen.references == owners {
        return Ok(Some(seen.version));
    }
    let patch = json!({ "metadata": {
        "resourceVersion": seen.version,
        "uid": seen.uid,
        "labels": want.metadata.labels,
        "annotations": { USED: Timestamp::now().to_string() },
        "ownerReferences": want.metadata.owner_references,
    } });
    match cluster.merge(writer, &name, &patch).await {
        Ok(merged) => Ok(merged.metadata.resource_version),
        Err(refused) if refused.is_outdated() => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

/// Whether an immutable copy in another layout holds the same configuration.
fn same_configuration(live: &ConfigMap, want: &ConfigMap) -> bool {
    let (live, want) = (from_map(live.clone()), from_map(want.clone()));
    let digest = |object: &Object| object.annotations.get(names::DIGEST).cloned();
    live.immutable && digest(&live) == digest(&want) && crate::publish::read(&live, &mut |_| None).is_ok()
}

/// Whether the `FlagSync` of a label is gone.
fn is_orphan(owner: &str, context: &Context) -> bool {
    !context.objects.state().iter().any(|object| kube::Resource::meta(&**object).uid.as_deref() == Some(owner))
}
