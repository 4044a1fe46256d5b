//! `/metrics`, `/healthz`, `/readyz` and `POST /hook`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::webhook::{Webhooks, hook};

/// More of a message is not read.
const LARGEST: usize = 5 * 1_048_576;
/// Messages that are looked at at a time.
const AT_A_TIME: usize = 8;

/// What answers need.
pub struct Doors {
    /// What is shared with reconciliations.
    pub context: Arc<Context>,
    /// Whether all that is watched was listed once.
    pub is_ready: Box<dyn Fn() -> bool + Send + Sync>,
    /// What is remembered about webhooks.
    pub webhooks: Webhooks,
    slots: tokio::sync::Semaphore,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

impl Doors {
    /// Puts it together.
    #[must_use]
    pub fn new(context: Arc<Context>, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Arc<Self> {
        let slots = tokio::sync::Semaphore::new(AT_A_TIME);
        Arc::new(Self { context, is_ready: Box::new(is_ready), webhooks: Webhooks::default(), slots })
    }
}

/// Answers until `stop`.
///
/// # Errors
/// When the socket breaks.
pub async fn serve(listener: TcpListener, doors: Arc<Doors>, stop: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/hook", post(hooked))
        .with_state(doors);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn metrics(State(doors): State<Arc<Doors>>) -> Response {
    let metrics = &doors.context.metrics;
    metrics.leader.set(i64::from(doors.context.fence.check().is_ok()));
    exposition(metrics.text())
}

/// The answer to a scraper.
#[must_use]
pub fn exposition(text: String) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn ready(State(doors): State<Arc<Doors>>) -> Response {
    match (doors.is_ready)() {
        true => "ok\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not everything that is watched was listed yet\n").into_response(),
    }
}

async fn hooked(State(doors): State<Arc<Doors>>, headers: HeaderMap, body: Body) -> Response {
    let answer = async {
        let Ok(_slot) = doors.slots.acquire().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
        let Ok(body) = to_bytes(body, LARGEST).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
        hook(&doors.context, &doors.webhooks, &headers, &body).await.into_response()
    };
    match tokio::time::timeout(Duration::from_secs(15), answer).await {
        Ok(answer) => answer,
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "it took too long; send it again\n").into_response(),
    }
}
