//! JSON lines on standard error. Nothing that is logged holds a secret: types that do have no way to be shown.

use tracing_subscriber::EnvFilter;

/// Starts logging; `filter` as in `RUST_LOG`.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // Somebody who started logging before is no reason to fail.
    let _ = log.with_writer(std::io::stderr).with_env_filter(filter).try_init();
}
