//! The pointer: the one ConfigMap that pods read.

use std::time::Instant;

use k8s_openapi::api::core::v1::ConfigMap;

use super::{Order, Problem};
use crate::controller::cluster::{Refused, to_map};
use crate::controller::drift::{self, Write};
use crate::controller::own::Own;
use crate::publish::{Object, names};

/// How often to look again when somebody else writes at the same time.
const ATTEMPTS: usize = 4;

/// What is known before.
pub(super) struct Step<'a> {
    /// The same was seen to be live: what differs is somebody else's doing.
    pub(super) steady: bool,
    /// Another configuration is to be live than was.
    pub(super) moves: bool,
    /// What is remembered.
    pub(super) own: &'a mut Own,
}

/// What became of it.
pub(super) struct Outcome {
    pub(super) version: String,
    pub(super) wrote: bool,
    pub(super) healed: Vec<String>,
}

/// Makes the pointer what it is to be.
pub(super) async fn ensure(object: Object, step: Step<'_>, order: &Order<'_>) -> Result<Outcome, Problem> {
    let place = order.place;
    let mut want = to_map(object, &place.writer.namespace, place.owner.clone());
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let live = order.context.cluster.map(&place.writer.namespace, &place.target).await?;
        ours(live.as_ref(), order)?;
        let drift = drift::compare(live.as_ref(), &want);
        if drift.write == Write::Nothing {
            let version = live.and_then(|live| live.metadata.resource_version).unwrap_or_default();
            return Ok(Outcome { version, wrote: false, healed: Vec::new() });
        }
        // Putting it right is what may become a quarrel; moving on is not.
        let heals = step.steady || !step.moves && live.is_none();
        if heals && let Err(until) = step.own.heals.may(Instant::now()) {
            let by = by(live.as_ref(), &place.writer.manager);
            let message = format!("`{}` is changed again and again{by}: {}", place.target, drift.found.join(", "));
            return Err(Problem::Loop(until, message));
        }
        match write(live.as_ref(), &mut want, drift.write, order).await {
            Ok(written) => {
                let version = written.metadata.resource_version.unwrap_or_default();
                let healed = if heals { drift.found } else { Vec::new() };
                if heals {
                    step.own.heals.healed(Instant::now());
                }
                return Ok(Outcome { version, wrote: true, healed });
            }
            Err(refused) if refused.is_outdated() => last = Some(refused),
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(last.unwrap_or(Refused::Timeout).into())
}

/// Whether the ConfigMap may be written: it is not there, it is ours, or its owner lets us have it.
fn ours(live: Option<&ConfigMap>, order: &Order<'_>) -> Result<(), Problem> {
    let Some(live) = live else { return Ok(()) };
    let (namespace, name) = &order.place.name;
    let label = live.metadata.labels.as_ref().and_then(|labels| labels.get(names::UID));
    let adopted = live.metadata.annotations.as_ref().and_then(|annotations| annotations.get(names::ADOPT));
    // Where only the label was taken away, its fields still say who wrote it.
    let manager = Some(order.place.writer.manager.as_str());
    let written = live.metadata.managed_fields.iter().flatten().any(|entry| entry.manager.as_deref() == manager);
    let adopted = adopted == Some(&format!("{namespace}/{name}"));
    if label == Some(&order.place.uid) || adopted || label.is_none() && written {
        return Ok(());
    }
    let whose =
        label.map_or_else(|| "is not flagfall's".to_owned(), |uid| format!("belongs to the FlagSync with uid {uid}"));
    let target = &order.place.target;
    let help = format!("to hand it over: `kubectl annotate configmap {target} {}={namespace}/{name}`", names::ADOPT);
    Err(Problem::Conflict(format!("the ConfigMap `{target}` {whose}; {help}")))
}

async fn write(
    live: Option<&ConfigMap>,
    want: &mut ConfigMap,
    write: Write,
    order: &Order<'_>,
) -> Result<ConfigMap, Refused> {
    let (cluster, writer) = (&order.context.cluster, &order.place.writer);
    let (mut version, mut uid) =
        live.map(|live| (live.metadata.resource_version.clone(), live.metadata.uid.clone())).unwrap_or_default();
    want.metadata.resource_version = None;
    want.metadata.uid = None;
    match write {
        Write::Create | Write::Nothing => return cluster.create(writer, want).await,
        Write::Recreate => {
            let (uid, version) = (uid.unwrap_or_default(), version.unwrap_or_default());
            cluster.delete(writer, &order.place.target, &uid, &version).await?;
            return cluster.create(writer, want).await;
        }
        Write::Merge(patch) => {
            let merged = cluster.merge(writer, &order.place.target, &patch).await?;
            (version, uid) = (merged.metadata.resource_version, merged.metadata.uid);
        }
        Write::Apply => {}
    }
    want.metadata.resource_version = version;
    want.metadata.uid = uid;
    cluster.apply(writer, want).await
}

/// Who else writes it, by its managed fields.
fn by(live: Option<&ConfigMap>, own: &str) -> String {
    let fields = live.and_then(|live| live.metadata.managed_fields.as_ref());
    let mut others: Vec<&str> = fields
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.manager.as_deref())
        .filter(|manager| *manager != own)
        .collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() { String::new() } else { format!(" by {}", others.join(", ")) }
}
