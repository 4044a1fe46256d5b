//! Getting, renewing and giving back the Lease.

use std::time::Instant;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Api;
use kube::api::PostParams;
use kube::runtime::{WatchStreamExt, watcher};
use tokio_util::sync::CancellationToken;

use super::{DURATION, Fence, Observed, PERIOD, Record, Step};
use crate::controller::backoff::Rewatch;

/// The Lease, and who wants it.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Leases of the controller's namespace.
    pub leases: Api<Lease>,
    /// The Lease's name.
    pub name: String,
    /// This process, by a name that no other has.
    pub identity: String,
}

/// Keeps trying to hold the Lease until `stop`; then gives it back. Each time it is won, `won` is called.
pub async fn hold(seat: Seat, fence: Fence, won: impl Fn(), stop: CancellationToken) {
    let config = watcher::Config::default().fields(&format!("metadata.name={}", seat.name));
    let mut changes = watcher(seat.leases.clone(), config).backoff(Rewatch::default()).applied_objects().boxed();
    let mut tick = tokio::time::interval(PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut observed = Observed::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => {}
            Some(change) = changes.next() => {
                // Only a Lease that became free is worth looking at before its time.
                if !change.is_ok_and(|lease| record(&lease).holder.is_empty()) {
                    continue;
                }
            }
        }
        let led = fence.check().is_ok();
        match tokio::time::timeout(PERIOD, attempt(&seat, &mut observed)).await {
            Ok(Ok(Some(sent))) => {
                fence.renewed(sent);
                if !led {
                    tracing::info!(identity = seat.identity, "this replica leads");
                    won();
                }
            }
            Ok(Ok(None)) => fence.close(),
            Ok(Err(error)) => tracing::warn!(%error, "the Lease cannot be renewed"),
            Err(_) => tracing::warn!("the Lease cannot be renewed: no answer in {PERIOD:?}"),
        }
    }
    release(&seat, &fence).await;
}

/// One look at the Lease; when it is ours now, the moment the request was sent.
async fn attempt(seat: &Seat, observed: &mut Observed) -> Result<Option<Instant>, kube::Error> {
    let found = seat.leases.get_opt(&seat.name).await?;
    let seen = found.as_ref().map(record);
    let sent = Instant::now();
    let written = match observed.look(seen.as_ref(), &seat.identity, sent) {
        Step::Wait => return Ok(None),
        Step::Renew | Step::Take => write(seat, found).await,
    };
    match written {
        Ok(lease) => {
            observed.look(Some(&record(&lease)), &seat.identity, sent);
            Ok(Some(sent))
        }
        // Somebody was faster.
        Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn write(seat: &Seat, found: Option<Lease>) -> Result<Lease, kube::Error> {
    let now = MicroTime(Timestamp::now());
    let parameters = PostParams { field_manager: Some("flagfall".to_owned()), ..PostParams::default() };
    let Some(mut lease) = found else {
        let metadata = ObjectMeta { name: Some(seat.name.clone()), ..ObjectMeta::default() };
        return seat.leases.create(&parameters, &Lease { metadata, spec: Some(taken(seat, &now, 0)) }).await;
    };
    let held = lease.spec.take().unwrap_or_default();
    lease.spec = Some(if held.holder_identity.as_deref() == Some(&seat.identity) {
        LeaseSpec { renew_time: Some(now), ..held }
    } else {
        taken(seat, &now, held.lease_transitions.unwrap_or(0) + 1)
    });
    seat.leases.replace(&seat.name, &parameters, &lease).await
}

fn taken(seat: &Seat, now: &MicroTime, transitions: i32) -> LeaseSpec {
    LeaseSpec {
        holder_identity: Some(seat.identity.clone()),
        lease_duration_seconds: Some(i32::try_from(DURATION.as_secs()).unwrap_or(i32::MAX)),
        acquire_time: Some(now.clone()),
        renew_time: Some(now.clone()),
        lease_transitions: Some(transitions),
        ..LeaseSpec::default()
    }
}

/// Gives the Lease back, so that the next one need not wait.
async fn release(seat: &Seat, fence: &Fence) {
    let held = fence.check().is_ok();
    fence.close();
    if !held {
        return;
    }
    let released = async {
        let Some(mut lease) = seat.leases.get_opt(&seat.name).await? else { return Ok(()) };
        let Some(spec) = lease.spec.as_mut().filter(|spec| spec.holder_identity.as_deref() == Some(&seat.identity))
        else {
            return Ok(());
        };
        spec.holder_identity = Some(String::new());
        // Zero is refused.
        spec.lease_duration_seconds = Some(1);
        spec.renew_time = Some(MicroTime(Timestamp::now()));
        seat.leases.replace(&seat.name, &PostParams::default(), &lease).await.map(|_| ())
    };
    match tokio::time::timeout(PERIOD, released).await {
        Ok(Ok(())) => tracing::info!(identity = seat.identity, "the Lease is given back"),
        Ok(Err(error)) => tracing::warn!(%error, "the Lease cannot be given back"),
        Err(_) => tracing::warn!("the Lease cannot be given back: no answer"),
    }
}

fn record(lease: &Lease) -> Record {
    let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.clone()).unwrap_or_default();
    Record { holder, version: lease.metadata.resource_version.clone().unwrap_or_default() }
}
