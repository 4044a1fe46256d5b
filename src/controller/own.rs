//! What a replica remembers of a `FlagSync` while it leads. All of it can be found out again.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::api::FlagSyncStatus;
use super::backoff::{Backoff, spread};
use super::decide::Shape;

/// More heals than this in a minute, and somebody else means something else.
const MOST_HEALS: usize = 5;

/// How long a source that was not reached is left alone at first.
const FIRST: Duration = Duration::from_millis(1500);

/// What is remembered.
#[derive(Debug, Default)]
pub struct Own {
    /// The status that was written last, and the resource version it got; watches may be behind.
    pub written: Option<(String, FlagSyncStatus)>,
    /// What was seen to be as meant.
    pub proof: Option<Proof>,
    /// Putting ConfigMaps right.
    pub heals: Heals,
    /// The source.
    pub source: Pace,
    /// The API server.
    pub retries: Backoff,
    /// The resource version of a pointer that was reported as changed while nothing may be healed.
    pub reported: Option<String>,
}

/// ConfigMaps that were seen to be as meant, by resource version.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// What was meant.
    pub shape: Shape,
    /// Name to resource version.
    pub versions: BTreeMap<String, String>,
}

impl Proof {
    /// Whether a ConfigMap is still what it was, as far as the watch knows; an older version is a watch that is behind.
    #[must_use]
    pub fn holds(&self, name: &str, version: Option<&str>) -> bool {
        let Some(known) = self.versions.get(name) else { return false };
        version.is_some_and(|version| version == known || older(version, known))
    }
}

/// Whether a resource version is older; where they are no numbers nobody knows.
#[must_use]
pub fn older(version: &str, than: &str) -> bool {
    matches!((version.parse::<u64>(), than.parse::<u64>()), (Ok(version), Ok(than)) if version < than)
}

/// How often a ConfigMap was put right, and when it may be again.
#[derive(Debug, Default)]
pub struct Heals {
    times: VecDeque<Instant>,
    backoff: Backoff,
    until: Option<Instant>,
}

impl Heals {
    /// Whether it may be put right now; otherwise when.
    ///
    /// # Errors
    /// The moment to wait for.
    pub fn may(&mut self, now: Instant) -> Result<(), Instant> {
        match self.until {
            Some(until) if now < until => Err(until),
            _ => Ok(()),
        }
    }

    /// It was put right.
    pub fn healed(&mut self, now: Instant) {
        self.times.push_back(now);
        while self.times.front().is_some_and(|first| now.duration_since(*first) > Duration::from_secs(60)) {
            self.times.pop_front();
        }
        if self.times.len() > MOST_HEALS {
            self.until = Some(now + self.backoff.next(Duration::from_secs(10), Duration::from_secs(300)));
        } else if self.times.len() == 1 {
            self.backoff.reset();
        }
    }

    /// Whether somebody keeps changing it.
    #[must_use]
    pub fn is_loop(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// When a source is looked at again.
#[derive(Debug, Default)]
pub struct Pace {
    backoff: Backoff,
    counted: Option<Instant>,
    hurried: Option<Instant>,
    wait: Option<Duration>,
}

impl Pace {
    /// How old an answer may be where the source gave something: a little less than the interval, so that objects with the same
    /// interval do not all wait for the last.
    #[must_use]
    pub fn good(interval: Duration) -> Duration {
        interval.mul_f64(0.95)
    }

    /// How old an answer may be where the source was not reached.
    #[must_use]
    pub fn bad(&self) -> Duration {
        self.wait.unwrap_or(FIRST)
    }

    /// An answer came in, which host was asked at `at`; how long after that, or where it was not reached after the answer, to look again.
    pub fn next(&mut self, at: Instant, is_unreached: bool, interval: Duration) -> Duration {
        if !is_unreached {
            (self.backoff, self.counted, self.wait) = (Backoff::default(), None, None);
            return spread(interval, 0.955, 0.985);
        }
        if self.counted != Some(at) {
            self.counted = Some(at);
            let most = (interval * 4).clamp(Duration::from_secs(30), Duration::from_secs(900));
            self.wait = Some(self.backoff.next(Duration::from_secs(2), most));
        }
        self.bad()
    }

    /// Whether a request that came in at `since` is another than the last.
    pub fn is_news(&mut self, since: Instant) -> bool {
        self.hurried.replace(since) != Some(since)
    }

    /// Something else is to be looked at, or somebody asks for a look now.
    pub fn hurry(&mut self) {
        self.backoff.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_heal_in_a_minute_makes_it_wait_and_longer_each_time() {
        let (mut heals, start) = (Heals::default(), Instant::now());
        for number in 0..5 {
            let now = start + Duration::from_secs(number);
            assert_eq!(heals.may(now), Ok(()));
            heals.healed(now);
        }
        assert!(!heals.is_loop(start + Duration::from_secs(5)));
        heals.healed(start + Duration::from_secs(5));
        let first = heals.may(start + Duration::from_secs(5)).unwrap_err();
        assert!(heals.is_loop(start + Duration::from_secs(6)) && heals.may(first).is_ok());
        heals.healed(first);
        let second = heals.may(first).unwrap_err();
        assert!(second - first > first - (start + Duration::from_secs(5)));
    }

    #[test]
    fn four_heals_a_minute_are_never_a_loop() {
        let (mut heals, start) = (Heals::default(), Instant::now());
        for number in 0..400_u32 {
            let now = start + Duration::from_secs(15) * number;
            assert_eq!(heals.may(now), Ok(()));
            heals.healed(now);
        }
    }

    #[test]
    fn an_unreachable_source_is_asked_less_and_less_and_one_answer_counts_once() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let interval = Duration::from_secs(5);
        let first = pace.next(start, true, interval);
        assert_eq!(pace.next(start, true, interval), first);
        let mut last = first;
        for number in 1..10 {
            last = pace.next(start + Duration::from_secs(number), true, interval);
        }
        assert!(last > first * 4 && last <= Duration::from_secs(30), "{first:?} {last:?}");
        pace.next(start + Duration::from_secs(11), false, interval);
        assert!(pace.next(start + Duration::from_secs(12), true, interval) < Duration::from_secs(3));
    }

    #[test]
    fn a_watch_that_is_behind_is_no_drift() {
        let shape = Shape {
            digest: String::new(),
            revision: String::new(),
            layout: crate::controller::api::Layout::Inline,
            client: false,
            is_owned: false,
        };
        let proof = Proof { shape, versions: [("t".to_owned(), "100".to_owned())].into() };
        assert!(proof.holds("t", Some("99")) && proof.holds("t", Some("100")));
        assert!(!proof.holds("t", Some("101")) && !proof.holds("t", None) && !proof.holds("u", Some("1")));
    }
}
