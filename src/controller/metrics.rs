//! What Prometheus reads at `/metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::api::FlagSyncStatus;
use super::sources::Name;
use crate::remote::Outcome;

/// What a registry says, in the form of OpenMetrics.
#[must_use]
pub fn text(registry: &Registry) -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = encode(&mut text, registry);
    text
}

type Labels = Vec<(&'static str, String)>;
type Seconds = Gauge<f64, AtomicU64>;

/// Everything that is measured.
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Labels, Counter>,
    reconcile_seconds: Histogram,
    last_success: Family<Labels, Seconds>,
    condition: Family<Labels, Gauge>,
    applied: Family<Labels, Gauge>,
    held: Family<Labels, Gauge>,
    heals: Family<Labels, Counter>,
    fetches: Family<Labels, Counter>,
    fetch_bytes: Counter,
    fetch_seconds: Histogram,
    compile_seconds: Histogram,
    webhooks: Family<Labels, Counter>,
    /// Reconciliations under way.
    pub running: Gauge,
    /// `FlagSync`s that wait for a worker.
    pub queue: Gauge,
    /// Whether this replica leads.
    pub leader: Gauge,
    shown: Mutex<BTreeMap<Name, Shown>>,
}

/// Which series an object has.
#[derive(Default)]
struct Shown {
    conditions: Vec<Labels>,
    applied: Option<Labels>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn seconds(buckets: u16) -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, buckets))
}

fn object((namespace, name): &Name) -> Labels {
    vec![("namespace", namespace.clone()), ("name", name.clone())]
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing was measured yet.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("flagfall"),
            reconciles: Family::default(),
            reconcile_seconds: seconds(14),
            last_success: Family::default(),
            condition: Family::default(),
            applied: Family::default(),
            held: Family::default(),
            heals: Family::default(),
            fetches: Family::default(),
            fetch_bytes: Counter::default(),
            fetch_seconds: seconds(16),
            compile_seconds: seconds(14),
            webhooks: Family::default(),
            running: Gauge::default(),
            queue: Gauge::default(),
            leader: Gauge::default(),
            shown: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("reconciles", "Reconciliations by what came of them", self.reconciles.clone());
        registry.register("reconcile_seconds", "How long reconciliations take", self.reconcile_seconds.clone());
        let help = "When the ConfigMap was last seen to be what the source says";
        registry.register("last_success_timestamp_seconds", help, self.last_success.clone());
        registry.register(
            "condition",
            "Conditions of FlagSyncs: 1 for the status and reason they have",
            self.condition.clone(),
        );
        registry.register("applied_revision", "The revision that is live: 1", self.applied.clone());
        registry.register("held", "Whether a change waits for approval", self.held.clone());
        registry.register("heals", "ConfigMaps put right after somebody changed them", self.heals.clone());
        registry.register("fetches", "Looks at sources by what came of them", self.fetches.clone());
        registry.register("fetch_bytes", "Bytes received from sources", self.fetch_bytes.clone());
        registry.register(
            "fetch_seconds",
            "How long looks at sources take, compiling included",
            self.fetch_seconds.clone(),
        );
        registry.register("compile_seconds", "How long compiling takes", self.compile_seconds.clone());
        registry.register("webhooks", "Requests to /hook by what came of them", self.webhooks.clone());
        registry.register("reconciles_running", "Reconciliations under way", self.running.clone());
        registry.register("queue_depth", "FlagSyncs that wait for their source to be looked at", self.queue.clone());
        registry.register("leader", "Whether this replica leads", self.leader.clone());
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.registry)
    }

    /// A reconciliation ended.
    pub fn reconciled(&self, result: &str, took: Duration) {
        self.reconciles.get_or_create(&vec![("result", result.to_owned())]).inc();
        self.reconcile_seconds.observe(took.as_secs_f64());
    }

    /// A look at a source ended.
    pub fn fetched(&self, outcome: &Outcome, took: Duration) {
        let result = match outcome {
            Outcome::Built(built) => {
                self.fetch_bytes.inc_by(built.received);
                self.compile_seconds.observe(built.compile_seconds);
                "Built"
            }
            Outcome::Unchanged(unchanged) => {
                self.fetch_bytes.inc_by(unchanged.received);
                "Unchanged"
            }
            Outcome::Failed(failed) => super::decide::word(failed.reason),
        };
        self.fetches.get_or_create(&vec![("result", result.to_owned())]).inc();
        self.fetch_seconds.observe(took.as_secs_f64());
    }

    /// A ConfigMap was put right.
    pub fn healed(&self, name: &Name) {
        self.heals.get_or_create(&object(name)).inc();
    }

    /// A request to `/hook` was answered.
    pub fn hooked(&self, result: &str) {
        self.webhooks.get_or_create(&vec![("result", result.to_owned())]).inc();
    }

    /// What an object's status is, whether or not it could be written.
    pub fn show(&self, name: &Name, environment: &str, status: &FlagSyncStatus, now: Timestamp) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = shown.entry(name.clone()).or_default();
        let labels = |condition: &super::api::Condition| {
            let mut labels = object(name);
            labels.push(("type", condition.type_.clone()));
            labels.push(("status", condition.status.clone()));
            labels.push(("reason", condition.reason.clone()));
            labels
        };
        let conditions: Vec<Labels> = status.conditions.iter().map(labels).collect();
        for gone in shown.conditions.iter().filter(|former| !conditions.contains(former)) {
            self.condition.remove(gone);
        }
        for labels in &conditions {
            self.condition.get_or_create(labels).set(1);
        }
        shown.conditions = conditions;
        let applied = status.last_applied_revision.as_ref().map(|revision| {
            let mut labels = object(name);
            labels.push(("revision", revision.clone()));
            labels.push(("digest", status.digest.clone().unwrap_or_default()));
            labels.push(("environment", environment.to_owned()));
            labels
        });
        if let Some(gone) = shown.applied.take().filter(|former| Some(former) != applied.as_ref()) {
            self.applied.remove(&gone);
        }
        if let Some(labels) = &applied {
            self.applied.get_or_create(labels).set(1);
        }
        shown.applied = applied;
        self.held.get_or_create(&object(name)).set(i64::from(status.held.is_some()));
        let ready = status.conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
        if ready {
            self.last_success.get_or_create(&object(name)).set(now.as_duration().as_secs_f64());
        }
    }

    /// An object is gone, or is looked after by another replica: its series vanish.
    pub fn forget(&self, name: &Name) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(name).unwrap_or_default();
        for labels in &shown.conditions {
            self.condition.remove(labels);
        }
        if let Some(labels) = &shown.applied {
            self.applied.remove(labels);
        }
        let labels = object(name);
        self.last_success.remove(&labels);
        self.held.remove(&labels);
        self.heals.remove(&labels);
    }

    /// The objects that have series.
    #[must_use]
    pub fn shown(&self) -> Vec<Name> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// All objects are looked after by another replica now.
    pub fn forget_all(&self) {
        self.shown().iter().for_each(|name| self.forget(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::api::Condition;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    fn status(ready: &str) -> FlagSyncStatus {
        let condition = Condition {
            type_: "Ready".to_owned(),
            status: ready.to_owned(),
            reason: "Because".to_owned(),
            message: String::new(),
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
            observed_generation: None,
        };
        let revision = Some("abc".to_owned());
        FlagSyncStatus { conditions: vec![condition], last_applied_revision: revision, ..FlagSyncStatus::default() }
    }

    #[test]
    fn an_object_has_one_series_for_each_condition_and_none_when_it_is_gone() {
        let (metrics, name) = (Metrics::new(), ("ns".to_owned(), "one".to_owned()));
        metrics.show(&name, "production", &status("True"), Timestamp::UNIX_EPOCH);
        metrics.show(&name, "production", &status("False"), Timestamp::UNIX_EPOCH);
        metrics.healed(&name);
        let text = metrics.text();
        assert_eq!(text.matches("flagfall_condition{").count(), 1, "{text}");
        assert!(text.contains("status=\"False\"") && text.contains("revision=\"abc\""), "{text}");
        metrics.forget(&name);
        assert!(!metrics.text().contains("name=\"one\""), "{}", metrics.text());
    }
}
