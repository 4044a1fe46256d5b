//! Saying what became of a plan: status, events, metrics, log.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::core::error_boundary::InvalidObject;
use serde_json::json;

use super::api::{FlagSync, FlagSyncStatus};
use super::apply::{Applied, Order, Problem};
use super::cluster::Refused;
use super::context::{Context, Object, annotation, name_of};
use super::decide::{Plan, Wanted};
use super::events;
use super::own::Own;
use super::status::{self, Report, Truth, Verdict, reason};
use crate::publish::names;

/// About whom it is said.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The `FlagSync`.
    pub sync: &'a FlagSync,
    /// The resource version that the status is based on.
    pub version: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What follows.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    /// The reason, for metrics.
    pub result: &'static str,
    /// When to look again, where that is known.
    pub again: Option<Duration>,
}

/// Says what became of a plan. There is no plan without its [`Applied`].
///
/// # Errors
/// When the status cannot be written.
pub async fn say(
    plan: &Plan,
    mut applied: Applied,
    order: &Order<'_>,
    own: &mut Own,
    said: Said<'_>,
    context: &Context,
) -> Result<Next, Refused> {
    let went_well = applied.problem.is_none();
    let (mut verdict, again) = judged(plan, applied.problem.take())?;
    if let Wanted::Untouched = plan.wanted {
        watched(&mut verdict, order, own, said, context).await;
    }
    let requested = annotation(said.sync, names::REQUESTED_AT);
    let answered = verdict.ready.is_some() && !verdict.working;
    let after = status::build(
        plan,
        Report {
            before: order.status,
            generation: said.sync.metadata.generation,
            verdict: &verdict,
            live: applied.live.as_ref(),
            inventory: applied.inventory.clone(),
            pruned: &applied.pruned,
            handled: requested.filter(|_| answered).map(str::to_owned),
            now: said.now,
        },
    );
    let name = &order.place.name;
    context.metrics.show(name, &said.sync.spec.environment, &after, said.now);
    if let Some(live) = applied.live.as_ref().filter(|_| went_well) {
        context.shelf.only(&order.place.uid, Some(&live.digest));
    }
    if after != *order.status {
        let patch = json!({
            "apiVersion": "flagfall.dev/v1alpha1",
            "kind": "FlagSync",
            "metadata": { "resourceVersion": said.version, "uid": order.place.uid },
            "status": after,
        });
        let version = context.cluster.status(&name.0, &name.1, &patch).await?;
        own.written = version.map(|version| (version, after.clone()));
    }
    tell(plan, &applied, order, said, &after, context).await;
    let reason = verdict.ready.as_ref().map_or("Unchanged", |(_, reason, _)| reason);
    Ok(Next { result: reason, again })
}

/// What is said, and when to look again.
fn judged(plan: &Plan, problem: Option<Problem>) -> Result<(Verdict, Option<Duration>), Refused> {
    let soon = Some(Duration::from_secs(5));
    let Some(problem) = problem else { return Ok((plan.verdict.clone(), None)) };
    let message = problem.to_string();
    Ok(match problem {
        Problem::Refused(refused) if refused.is_forbidden() => (Verdict::no(reason::FORBIDDEN, message), soon),
        Problem::Refused(refused) if refused.is_invalid() => {
            (Verdict::no(reason::WRITE_REFUSED, message), Some(Duration::from_secs(30)))
        }
        // The API server is in trouble, or somebody was faster: nothing can be said, look again.
        Problem::Refused(refused) => return Err(refused),
        Problem::TooLarge(_) => (Verdict::no(reason::TOO_LARGE, message), None),
        Problem::Conflict(_) => (Verdict::no(reason::TARGET_CONFLICT, message), soon),
        Problem::Lost(_) => (Verdict::no(reason::LIVE_LOST, message), soon),
        Problem::Loop(until, _) => {
            let wait = until.saturating_duration_since(Instant::now()) + Duration::from_millis(20);
            (Verdict::no(reason::DRIFT_LOOP, message), Some(wait))
        }
    })
}

/// Reports what nobody puts right while nothing is touched.
async fn watched(verdict: &mut Verdict, order: &Order<'_>, own: &mut Own, said: Said<'_>, context: &Context) {
    let Some((_, _, message)) = verdict.ready.as_mut().filter(|(_, reason, _)| *reason == reason::SUSPENDED) else {
        return;
    };
    let Some(digest) = &order.status.digest else { return };
    let seen = order.space.get(&order.place.target);
    let version = seen.as_ref().map(|seen| seen.version.clone()).unwrap_or_default();
    let proven = own.proof.as_ref().is_some_and(|proof| proof.holds(&order.place.target, Some(&version)));
    if proven || order.space.maps().is_none() {
        return;
    }
    let live = context.cluster.map(&order.place.writer.namespace, &order.place.target).await;
    let Ok(live) = live else { return };
    let whole = live.is_some_and(|live| {
        let object = super::cluster::from_map(live);
        object.annotations.get(names::DIGEST) == Some(digest)
            && (object.annotations.contains_key(names::PARTS) || crate::publish::read(&object, &mut |_| None).is_ok())
            && object.labels.get(names::UID) == Some(&order.place.uid)
            && keys_are_ours(&object)
    });
    if whole {
        return;
    }
    let drift = format!("the ConfigMap `{}` is not what was published", order.place.target);
    message.push_str("; ");
    message.push_str(&drift);
    if own.reported.replace(version.clone()) != Some(version) {
        events::tell(context, said.sync, true, "Drift", &drift).await;
    }
}

fn keys_are_ours(object: &crate::publish::Object) -> bool {
    let known = [names::CONFIG, names::CONFIG_GZ, names::CLIENT, names::CLIENT_GZ, names::MANIFEST];
    object.data.keys().chain(object.binary_data.keys()).all(|key| known.contains(&key.as_str()))
}

/// Events and log lines: for what changed, not for what is still so.
async fn tell(
    plan: &Plan,
    applied: &Applied,
    order: &Order<'_>,
    said: Said<'_>,
    after: &FlagSyncStatus,
    context: &Context,
) {
    let ((namespace, name), sync) = (&order.place.name, said.sync);
    if !applied.healed.is_empty() {
        let note = format!("`{}` was put right: {}", order.place.target, applied.healed.join(", "));
        tracing::warn!(namespace, name, note, "healed");
        context.metrics.healed(&order.place.name);
        events::tell(context, sync, true, "Healed", &note).await;
    }
    if applied.moved
        && let Some(live) = &applied.live
    {
        tracing::info!(
            namespace,
            name,
            revision = live.revision,
            digest = live.digest,
            flags = live.flags,
            note = plan.note,
            "applied"
        );
        let note = plan.note.map_or_else(String::new, |note| format!(" ({note})"));
        events::tell(
            context,
            sync,
            false,
            "Applied",
            &format!("`{}` is at {}{note}", order.place.target, live.revision),
        )
        .await;
    }
    let ready =
        |status: &FlagSyncStatus| status.conditions.iter().find(|condition| condition.type_ == "Ready").cloned();
    let (before, after) = (ready(order.status), ready(after));
    let Some(now) = after else { return };
    let same = before.is_some_and(|before| before.reason == now.reason && before.message == now.message);
    if same || now.status == Truth::True.word() || now.reason == reason::PROGRESSING || now.reason == reason::SUSPENDED
    {
        return;
    }
    tracing::warn!(namespace, name, reason = now.reason, message = now.message, "not ready");
    events::tell(context, sync, true, &now.reason, &now.message).await;
}

/// Says that an object is no `FlagSync` as this version knows it. Its status is left as it is: writing one would forget what is live.
pub async fn unreadable(object: &Object, invalid: &InvalidObject, context: &Context) {
    let (namespace, name) = name_of(object);
    let own = context.own(invalid.metadata.uid.as_deref().unwrap_or_default());
    let own = &mut *own.lock().await;
    if own.reported != invalid.metadata.resource_version {
        own.reported.clone_from(&invalid.metadata.resource_version);
        tracing::error!(namespace, name, error = invalid.error, "this version of flagfall cannot read a FlagSync");
    }
}
