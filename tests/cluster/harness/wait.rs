//! Waiting for conditions, within a bound.

use std::time::{Duration, Instant};

/// Asks until there is an answer, at most every 20 ms.
pub(crate) async fn until<T>(within: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The value that a share of all is not above, such as 0.99.
pub(crate) fn percentile(values: &mut [Duration], share: f64) -> Duration {
    assert!(!values.is_empty());
    values.sort_unstable();
    let rank = (share * values.len() as f64).ceil() as usize;
    values[rank.clamp(1, values.len()) - 1]
}
