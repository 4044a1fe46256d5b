//! What sources say, shared by everybody who may ask with the same credentials: one fetch for all of them.
//!
//! Nobody waits here. [`Sources::look`] answers what is known or that it is being found out, and whoever asked is told when it is.

mod found;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::metrics::Metrics;
use super::secrets::{Access, Key};
use crate::remote;
use found::{Shelf, Waiting};

pub use found::{Basis, Found, GRACE, Want};

/// The name of a `FlagSync`: namespace and name.
pub type Name = (String, String);

/// A question.
#[derive(Clone)]
pub struct Ask {
    /// Who asks.
    pub name: Name,
    /// With whom the answer may be shared.
    pub key: Key,
    /// Where.
    pub url: String,
    /// What of it.
    pub want: Want,
    /// What is live there.
    pub basis: Basis,
    /// How to sign in.
    pub access: Access,
    /// How long it may take.
    pub timeout: Duration,
}

/// How new an answer must be.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// Not older than this, where the source gave something.
    pub good: Duration,
    /// Not older than this, where it was not reached.
    pub bad: Duration,
    /// Asked after this.
    pub since: Option<Instant>,
}

/// An answer.
#[derive(Debug, Clone)]
pub enum Look {
    /// This is it.
    Known(Arc<Found>),
    /// It is being found out; what was known before.
    Asked(Option<Arc<Found>>),
}

/// What a worker may take.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Where repositories and results are kept.
    pub cache: PathBuf,
    /// `file://`, loopback and link-local hosts are allowed.
    pub allow_local: bool,
    /// Workers at a time.
    pub workers: usize,
}

/// All sources.
pub struct Sources {
    rules: Rules,
    slots: Semaphore,
    shelves: Mutex<BTreeMap<Key, Shelf>>,
    told: Arc<dyn Fn(&Name) + Send + Sync>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

impl Sources {
    /// Knows nothing yet. `told` is called with everybody for whom there is news.
    pub fn new(rules: Rules, metrics: Arc<Metrics>, told: impl Fn(&Name) + Send + Sync + 'static) -> Arc<Self> {
        let slots = Semaphore::new(rules.workers.max(1));
        Arc::new(Self { rules, slots, shelves: Mutex::default(), told: Arc::new(told), metrics })
    }

    /// What is known, if it is new enough; else it is found out.
    pub fn look(self: &Arc<Self>, ask: Ask, fresh: Fresh) -> Look {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = ask.key.clone();
        let shelf = shelves.entry(key.clone()).or_default();
        shelf.used = Some(Instant::now());
        if let Some(found) = shelf.known(&ask, fresh, Instant::now()) {
            return Look::Known(found);
        }
        let before = shelf.before(&ask);
        if shelf.joins(&ask, fresh.since) {
            return Look::Asked(before);
        }
        // Whoever asks for something new at once must get what is fetched after this moment.
        let since = fresh.since.unwrap_or_else(|| Instant::now().checked_sub(fresh.good).unwrap_or_else(Instant::now));
        let before_count = shelf.waiting.len();
        shelf.waiting.retain(|waiting| waiting.ask.name != ask.name);
        self.metrics.queue.dec_by(i64::try_from(before_count - shelf.waiting.len()).unwrap_or(0));
        shelf.waiting.push(Waiting { ask, since });
        self.metrics.queue.inc();
        if !std::mem::replace(&mut shelf.running, true) {
            tokio::spawn(self.clone().drive(key));
        }
        Look::Asked(before)
    }

    /// Nobody asks for a `FlagSync` any more.
    pub fn forget(&self, name: &Name) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.values_mut().for_each(|shelf| shelf.forget(name));
    }

    /// Drops what nobody asked for in an hour, with its repository.
    pub fn tidy(&self) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.retain(|key, shelf| {
            let used = shelf.running || shelf.used.is_some_and(|used| used.elapsed() < Duration::from_secs(3600));
            if !used {
                // What cannot be removed is removed when the volume is.
                let _ = std::fs::remove_dir_all(self.repository(key));
            }
            used
        });
    }

    fn repository(&self, key: &Key) -> PathBuf {
        self.rules.cache.join("repositories").join(&key.0)
    }

    /// Answers what is asked of one key, one question at a time.
    async fn drive(self: Arc<Self>, key: Key) {
        loop {
            let Some((asks, since)) = self.next(&key) else { return };
            let Some(first) = asks.first() else { continue };
            let fetched = self.fetched(&key, &first.want.reference).filter(|fetched| *fetched >= since);
            let live = self.live(&key, first);
            let found = self.run(first, fetched, live.as_deref()).await;
            let (names, others) = {
                let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
                let shelf = shelves.entry(key.clone()).or_default();
                let names = shelf.landed();
                let others = shelf.put(first, found, &names);
                (names, others)
            };
            names.iter().chain(&others).for_each(|name| (self.told)(name));
        }
    }

    /// The questions that one answer serves, and how new it must be.
    fn next(&self, key: &Key) -> Option<(Vec<Ask>, Instant)> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.get_mut(key)?;
        let group = shelf.group();
        shelf.running = group.is_some();
        let taken = group.as_ref().map_or(0, |(asks, _)| asks.len());
        self.metrics.queue.dec_by(i64::try_from(taken).unwrap_or(0));
        group
    }

    fn live(&self, key: &Key, ask: &Ask) -> Option<Arc<Found>> {
        let shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shelves.get(key)?.live(ask)?;
        drop(shelves);
        // What was lost is made again.
        Some(found).filter(|found| found.is_whole())
    }

    fn fetched(&self, key: &Key, reference: &remote::Reference) -> Option<Instant> {
        let shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.get(key)?.fetched.iter().find(|(known, _)| known == reference).map(|(_, at)| *at)
    }
}
