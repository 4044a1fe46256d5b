//! How long to wait after failures: longer each time, and never all at once.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// How often something failed in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Another failure: how long to wait, between four fifths and six fifths of `first` doubled each time, `most` at most.
    pub fn next(&mut self, first: Duration, most: Duration) -> Duration {
        let doubled = first.saturating_mul(1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        spread(doubled.min(most), 0.8, 1.2).min(most)
    }

    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How often it failed in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// A duration somewhere between two multiples of it.
#[must_use]
pub fn spread(duration: Duration, least: f64, most: f64) -> Duration {
    duration.mul_f64(least + (most - least) * fraction())
}

/// A number from 0 to 1 that differs each time; good enough to keep objects from marching in step.
fn fraction() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    f64::from((random >> 32) as u32) / f64::from(u32::MAX)
}

/// The wait between attempts to watch: short, because a cluster that is back is to be noticed.
#[derive(Debug, Default)]
pub struct Rewatch(Backoff);

impl Iterator for Rewatch {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.0.next(Duration::from_millis(250), Duration::from_secs(4)))
    }
}

impl kube::runtime::utils::Backoff for Rewatch {
    fn reset(&mut self) {
        self.0.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(60);

    #[test]
    fn waits_double_and_stay_below_the_most() {
        let mut backoff = Backoff::default();
        let waits: Vec<f64> = (0..40).map(|_| backoff.next(FIRST, MOST).as_secs_f64()).collect();
        for (number, wait) in waits.iter().enumerate() {
            let doubled = f64::from(2_u32.pow(u32::try_from(number.min(6)).unwrap())).min(60.0);
            assert!((doubled * 0.8 - 1e-6..=60.0_f64.min(doubled * 1.2) + 1e-6).contains(wait), "{number}: {wait}");
        }
        backoff.reset();
        assert!(backoff.next(FIRST, MOST) <= Duration::from_millis(1200));
    }

    #[test]
    fn two_objects_do_not_wait_equally_long() {
        let waits: std::collections::BTreeSet<Duration> =
            (0..20).map(|_| Backoff::default().next(FIRST, MOST)).collect();
        assert!(waits.len() > 10);
    }
}
