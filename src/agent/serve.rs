//! What an agent says about itself: metrics, health, readiness.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Read;
use crate::controller::http::exposition;
use crate::controller::metrics::text;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Revision {
    configmap: String,
    environment: String,
    revision: String,
    digest: String,
}

/// What an agent did, for whoever asks.
#[derive(Clone)]
pub struct Seen {
    configmap: String,
    registry: Arc<Registry>,
    revision: Family<Revision, Gauge>,
    success: Gauge<f64, AtomicU64>,
    failures: Counter,
    present: Arc<Mutex<Option<Revision>>>,
    ready: Arc<AtomicBool>,
}

impl Seen {
    /// Nothing yet, of a pointer or directory of this name.
    #[must_use]
    pub fn new(configmap: &str) -> Self {
        let mut registry = Registry::default();
        let (revision, success, failures) = (Family::default(), Gauge::default(), Counter::default());
        registry.register(
            "flagfall_agent_revision",
            "The configuration that the file holds; always 1",
            revision.clone(),
        );
        registry.register(
            "flagfall_agent_last_success_timestamp_seconds",
            "When what is published was last read whole",
            success.clone(),
        );
        registry.register("flagfall_agent_failures", "Times nothing whole could be read", failures.clone());
        Self {
            configmap: configmap.to_owned(),
            registry: Arc::new(registry),
            revision,
            success,
            failures,
            present: Arc::default(),
            ready: Arc::default(),
        }
    }

    /// The commit that the file holds; empty before there is one.
    #[must_use]
    pub fn revision(&self) -> String {
        self.present().as_ref().map(|present| present.revision.clone()).unwrap_or_default()
    }

    pub(super) fn read(&self, read: &Read) {
        let now = Revision {
            configmap: self.configmap.clone(),
            environment: read.environment.clone(),
            revision: read.revision.clone(),
            digest: read.digest.to_string(),
        };
        let before = self.present().replace(now.clone());
        self.revision.get_or_create(&now).set(1);
        if let Some(before) = before.filter(|before| *before != now) {
            self.revision.remove(&before);
        }
        self.ready.store(true, std::sync::atomic::Ordering::Release);
        self.succeeded();
    }

    pub(super) fn succeeded(&self) {
        self.success.set(Timestamp::now().as_millisecond() as f64 / 1000.0);
    }

    pub(super) fn failed(&self) {
        self.failures.inc();
    }

    fn present(&self) -> std::sync::MutexGuard<'_, Option<Revision>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `/metrics`, `/healthz`, and `/readyz`: whether the file holds a configuration.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(async || "ok"))
            .route("/readyz", get(ready))
            .with_state(self.clone())
    }
}

async fn metrics(State(seen): State<Seen>) -> Response {
    exposition(text(&seen.registry))
}

async fn ready(State(seen): State<Seen>) -> impl IntoResponse {
    if seen.ready.load(std::sync::atomic::Ordering::Acquire) {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no configuration was read yet")
    }
}
