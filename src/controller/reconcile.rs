//! One `FlagSync`: read, check, decide, write, say so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use jiff::Timestamp;
use kube::Resource;
use kube::core::error_boundary::InvalidObject;
use kube::runtime::controller::Action;

use super::api::{FlagSync, FlagSyncStatus};
use super::apply::{Order, apply};
use super::cluster::Refused;
use super::context::{Context, Object, annotation, name_of};
use super::decide::{Plan, Sight, Told, decide};
use super::dereference::{self, Place};
use super::own::Own;
use super::report::{self, Said};
use crate::publish::names;

/// When nothing is due, an object is looked at again all the same.
const RESYNC: Duration = Duration::from_secs(300);

/// Reconciles; never fails, but looks again.
pub async fn reconcile(object: Arc<Object>, context: Arc<Context>) -> Result<Action, std::convert::Infallible> {
    if context.fence.check().is_err() {
        return Ok(Action::await_change());
    }
    let (began, name) = (Instant::now(), name_of(&object));
    context.metrics.running.inc();
    let done = match &object.0 {
        Ok(sync) => std::panic::AssertUnwindSafe(one(sync, &context)).catch_unwind().await,
        Err(invalid) => std::panic::AssertUnwindSafe(unreadable(&object, invalid, &context)).catch_unwind().await,
    };
    context.metrics.running.dec();
    let (result, after) = match done {
        Ok(Ok((said, after))) => (said, after),
        Ok(Err(refused)) => {
            let own = context.own(object.meta().uid.as_deref().unwrap_or_default());
            // A conflict means that something newer is there; anything else, that the API server is in trouble.
            let first = if refused.is_outdated() { Duration::from_millis(50) } else { Duration::from_millis(500) };
            let wait = own.lock().await.retries.next(first, Duration::from_secs(5));
            tracing::info!(namespace = name.0, name = name.1, %refused, ?wait, "looking again");
            let result = if refused.is_forbidden() { "Forbidden" } else { "Error" };
            (result, wait)
        }
        Err(_) => {
            tracing::error!(namespace = name.0, name = name.1, "reconciling ended by itself; this is a defect");
            ("Panic", Duration::from_secs(60))
        }
    };
    context.metrics.reconciled(result, began.elapsed());
    Ok(Action::requeue(after))
}

/// The pipeline.
async fn one(sync: &FlagSync, context: &Context) -> Result<(&'static str, Duration), Refused> {
    if sync.meta().deletion_timestamp.is_some() {
        return Ok(("Deleting", RESYNC));
    }
    let place = Place::of(sync);
    let own = context.own(&place.uid);
    let own = &mut *own.lock().await;
    let (version, status) = dereference::said(sync, own);
    let space = context.maps.space(&place.writer.namespace);

    let (told, due) = look(sync, &place, &status, own, context).await?;
    let valid = dereference::rules(sync);
    let now = Timestamp::now();
    let plan = decide(&Sight {
        name: &place.name.1,
        spec: &sync.spec,
        valid: valid.clone(),
        status: &status,
        is_new: status.observed_generation != sync.meta().generation,
        approved: annotation(sync, names::APPROVE),
        hands_off: dereference::hands_off(sync, &place, context),
        told,
        is_stale: valid.as_ref().is_ok_and(|valid| dereference::is_stale(&status, valid, now)),
    });
    let order =
        Order { place: &place, spec: &sync.spec, valid: valid.as_ref().ok(), status: &status, space: &space, context };
    let applied = apply(&plan, &order, own).await;
    let said = report::say(&plan, applied, &order, own, Said { sync, version: &version, now }, context).await?;
    own.retries.reset();
    let stale = valid.ok().and_then(|valid| stale_in(&status, &valid, now, &plan));
    let after = [Some(RESYNC), due, stale, said.again].into_iter().flatten().min().unwrap_or(RESYNC);
    Ok((said.result, after))
}

/// Asks the source, where it matters; how long its answer lasts.
async fn look(
    sync: &FlagSync,
    place: &Place,
    status: &FlagSyncStatus,
    own: &mut Own,
    context: &Context,
) -> Result<(Told, Option<Duration>), Refused> {
    let requested = annotation(sync, names::REQUESTED_AT);
    let is_request = requested.is_some() && requested != status.last_handled_reconcile_at.as_deref();
    let is_new = status.observed_generation != sync.meta().generation;
    let valid = match dereference::rules(sync) {
        Ok(valid) if !sync.spec.suspend && sync.spec.target.pin.is_none() => valid,
        _ => return Ok((Told::Nothing, None)),
    };
    let since = requested.filter(|_| is_request).map(|requested| context.requested(&place.name, requested));
    if is_new || since.is_some_and(|since| own.source.is_news(since)) {
        own.source.hurry();
    }
    dereference::source(sync, &valid, place, status, since, own, context).await
}

/// When a source that gives nothing becomes stale.
fn stale_in(status: &FlagSyncStatus, valid: &super::api::Validated, now: Timestamp, plan: &Plan) -> Option<Duration> {
    if plan.reached != Some(false) {
        return None;
    }
    let since: Timestamp = match &status.source_failing_since {
        Some(since) => since.parse().ok()?,
        None => now,
    };
    let gone = now.duration_since(since).unsigned_abs();
    (valid.interval * 3).checked_sub(gone).map(|left| left + Duration::from_millis(50))
}

/// An object that is no `FlagSync` as this version knows it.
async fn unreadable(
    object: &Object,
    invalid: &InvalidObject,
    context: &Context,
) -> Result<(&'static str, Duration), Refused> {
    report::unreadable(object, invalid, context).await;
    Ok(("InvalidSpec", RESYNC))
}
