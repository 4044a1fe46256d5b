//! Who acts: the holder of a Lease.
//!
//! Clocks of machines are not compared. A follower takes over when it has not seen the Lease change for its whole duration by its own
//! clock; a holder stops writing when its last renewal was sent longer ago than the shorter deadline. Between the two lies the time
//! that a write on its way may take.

mod hold;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use hold::{Seat, hold};

/// How long a Lease that does not change is respected.
pub const DURATION: Duration = Duration::from_secs(35);
/// How long after sending its last renewal a holder writes.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How often the Lease is looked at.
pub const PERIOD: Duration = Duration::from_secs(5);

/// What a Lease says, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; empty: nobody.
    pub holder: String,
    /// What changes with each renewal.
    pub version: String,
}

/// What to do about a Lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is ours: renew it.
    Renew,
    /// It is free, or its holder is gone: take it.
    Take,
    /// Somebody holds it.
    Wait,
}

/// What a candidate remembers of the Lease: when it saw it change, by its own clock.
#[derive(Debug, Clone, Default)]
pub struct Observed(Option<(Record, Instant)>);

impl Observed {
    /// Looks at the Lease and says what to do; none: there is no Lease.
    pub fn look(&mut self, record: Option<&Record>, own: &str, now: Instant) -> Step {
        let Some(record) = record else {
            self.0 = None;
            return Step::Take;
        };
        let since = match &self.0 {
            Some((known, since)) if known == record => *since,
            _ => now,
        };
        self.0 = Some((record.clone(), since));
        match record.holder.as_str() {
            holder if holder == own => Step::Renew,
            "" => Step::Take,
            _ if now.duration_since(since) >= DURATION => Step::Take,
            _ => Step::Wait,
        }
    }
}

/// Writing was refused, because this process may no longer hold the Lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deposed;

/// Until when this process may write. Every write asks it first.
#[derive(Debug, Clone, Default)]
pub struct Fence(Arc<Mutex<Option<Instant>>>);

impl Fence {
    /// Whether a write may begin now.
    ///
    /// # Errors
    /// When the Lease is not held, or was not renewed in time.
    pub fn check(&self) -> Result<(), Deposed> {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| Instant::now() < *until).map(|_| ()).ok_or(Deposed)
    }

    /// A renewal that was sent at `sent` succeeded.
    fn renewed(&self, sent: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent + DEADLINE);
    }

    /// Nothing may be written any more.
    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(holder: &str, version: &str) -> Record {
        Record { holder: holder.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn a_holder_that_renews_is_respected_for_ever() {
        let (mut observed, start) = (Observed::default(), Instant::now());
        for number in 0..100_u32 {
            let now = start + Duration::from_secs(30) * number;
            assert_eq!(observed.look(Some(&record("other", &number.to_string())), "own", now), Step::Wait);
        }
    }

    #[test]
    fn a_lease_that_does_not_change_is_taken_after_its_duration_by_the_local_clock() {
        let (mut observed, start) = (Observed::default(), Instant::now());
        let other = record("other", "7");
        assert_eq!(observed.look(Some(&other), "own", start), Step::Wait);
        assert_eq!(observed.look(Some(&other), "own", start + Duration::from_secs(34)), Step::Wait);
        assert_eq!(observed.look(Some(&other), "own", start + Duration::from_secs(35)), Step::Take);
    }

    #[test]
    fn a_lease_that_is_free_or_gone_is_taken_at_once_and_an_own_one_renewed() {
        let (mut observed, now) = (Observed::default(), Instant::now());
        assert_eq!(observed.look(Some(&record("", "1")), "own", now), Step::Take);
        assert_eq!(observed.look(None, "own", now), Step::Take);
        assert_eq!(observed.look(Some(&record("own", "1")), "own", now + DURATION * 3), Step::Renew);
    }

    #[test]
    fn writing_ends_before_anybody_else_may_begin() {
        assert!(DEADLINE + PERIOD <= DURATION);
        let fence = Fence::default();
        assert_eq!(fence.check(), Err(Deposed));
        fence.renewed(Instant::now());
        assert_eq!(fence.check(), Ok(()));
        // As after SIGSTOP and SIGCONT: the renewal is an old one.
        if let Some(sent) = Instant::now().checked_sub(DEADLINE) {
            fence.renewed(sent);
            assert_eq!(fence.check(), Err(Deposed));
        }
        fence.renewed(Instant::now());
        fence.close();
        assert_eq!(fence.check(), Err(Deposed));
    }
}
