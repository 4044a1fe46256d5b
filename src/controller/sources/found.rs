//! What was found out about one place with one credential.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Ask, Fresh, Name};
use crate::publish::Digest;
use crate::remote::{self, Built, Failed, Mode, Reason, Reference};

/// How long an answer is good in any case.
pub const GRACE: Duration = Duration::from_secs(1);

/// What is asked of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Which commit.
    pub reference: Reference,
    /// Which directory.
    pub path: String,
    /// What is there.
    pub mode: Mode,
    /// Which environment.
    pub environment: String,
    /// Also for clients.
    pub client: bool,
    /// Who may sign.
    pub verify: Option<remote::Verify>,
}

/// What an answer is compared with: what is live where it is asked for.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// The commit.
    pub revision: Option<String>,
    /// The digest.
    pub digest: Option<String>,
    /// A file with the configuration.
    pub live: Option<PathBuf>,
}

impl Basis {
    fn is(&self, other: &Self) -> bool {
        // The file holds what the digest says, wherever it is.
        (&self.revision, &self.digest, self.live.is_some()) == (&other.revision, &other.digest, other.live.is_some())
    }
}

/// An answer.
#[derive(Debug)]
pub struct Found {
    /// When the host was asked.
    pub at: Instant,
    /// When the answer was there.
    pub ended: Instant,
    /// What it was compared with.
    pub basis: Basis,
    /// What came of it.
    pub outcome: Result<Built, Failed>,
    /// Where the configuration is; removed with the last answer that has it.
    pub directory: Option<Arc<tempfile::TempDir>>,
}

impl Found {
    /// Whether the source was not reached, as opposed to what it says being refused.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        match &self.outcome {
            Ok(_) => false,
            Err(failed) => unreached(failed.reason),
        }
    }

    /// The file of the configuration, and of its form for clients.
    #[must_use]
    pub fn files(&self) -> Option<(PathBuf, PathBuf)> {
        let directory = self.directory.as_ref()?.path();
        Some((directory.join("config.json"), directory.join("client.json")))
    }

    /// What the host said again at `at`, to somebody with whom it is live.
    pub(super) fn again(&self, at: Instant, basis: &Basis) -> Self {
        // Nothing moves from what is live to itself.
        let outcome = self.outcome.clone().map(|built| Built { rewritten: false, change: None, received: 0, ..built });
        Self { at, ended: Instant::now(), basis: basis.clone(), outcome, directory: self.directory.clone() }
    }

    /// Whether the configuration is where it was written, as it was written.
    pub(super) fn is_whole(&self) -> bool {
        let bytes = self.files().and_then(|(config, _)| std::fs::read(config).ok());
        let digest = bytes.map(|bytes| Digest::of(&bytes).to_string());
        self.outcome.as_ref().is_ok_and(|built| digest.as_ref() == Some(&built.digest))
    }

    fn revision(&self) -> Option<&str> {
        match &self.outcome {
            Ok(built) => Some(&built.revision),
            Err(failed) => failed.revision.as_deref(),
        }
    }

    /// Whether it holds for somebody with this basis.
    fn serves(&self, basis: &Basis) -> bool {
        match &self.outcome {
            Ok(built) => is_live(built, basis) || self.basis.is(basis),
            Err(failed) => match failed.reason {
                Reason::VerificationFailed | Reason::HistoryRewritten => self.basis.revision == basis.revision,
                _ => true,
            },
        }
    }
}

/// Whether a configuration, and the commit it is of, are those that are live.
fn is_live(built: &Built, basis: &Basis) -> bool {
    basis.digest.as_deref() == Some(&built.digest) && basis.revision.as_deref() == Some(&built.revision)
}

/// Whether a reason says that the source gives nothing, so that what is live may be out of date.
#[must_use]
pub(super) fn unreached(reason: Reason) -> bool {
    match reason {
        Reason::AuthFailed
        | Reason::FetchFailed
        | Reason::HostUntrusted
        | Reason::ReferenceNotFound
        | Reason::PathNotFound
        | Reason::UrlRefused => true,
        Reason::Hostile
        | Reason::TooLarge
        | Reason::VerificationFailed
        | Reason::HistoryRewritten
        | Reason::CompileFailed
        | Reason::ManifestMismatch => false,
    }
}

/// Somebody waits.
pub(super) struct Waiting {
    pub(super) ask: Ask,
    /// The host must have been asked then or later.
    pub(super) since: Instant,
}

struct Entry {
    want: Want,
    found: Arc<Found>,
    /// The place moved on since.
    outdated: bool,
    /// When the host was last heard to say the same.
    at: Instant,
    users: BTreeSet<Name>,
}

/// A question that is being answered.
struct Flight {
    want: Want,
    basis: Basis,
    began: Instant,
    names: Vec<Name>,
}

/// What is known of one key.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) running: bool,
    flight: Option<Flight>,
    pub(super) used: Option<Instant>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) fetched: Vec<(Reference, Instant)>,
    entries: Vec<Entry>,
}

impl Shelf {
    /// An answer that is new enough.
    pub(super) fn known(&mut self, ask: &Ask, fresh: Fresh, now: Instant) -> Option<Arc<Found>> {
        let entry = self.entries.iter_mut().find(|entry| {
            let after = now.duration_since(entry.found.ended);
            let timely = match entry.found.is_unreached() {
                true => after < fresh.bad,
                // What took longer than it may be old is good for whoever asked all the same.
                false => now.duration_since(entry.at) < fresh.good || after < GRACE,
            };
            let wanted = fresh.since.is_none_or(|since| entry.at >= since);
            entry.want == ask.want && !entry.outdated && timely && wanted && entry.found.serves(&ask.basis)
        })?;
        entry.users.insert(ask.name.clone());
        let found = entry.found.clone();
        Some(found)
    }

    /// When the host last said what an answer says.
    pub(super) fn before(&self, ask: &Ask) -> Option<Arc<Found>> {
        let mine = |entry: &&Entry| entry.want == ask.want && entry.users.contains(&ask.name);
        self.entries.iter().rev().find(mine).map(|entry| entry.found.clone())
    }

    /// The last answer to the same question, where it is what is live: if the host still says so, it need not be made again.
    pub(super) fn live(&self, ask: &Ask) -> Option<Arc<Found>> {
        let is_live = |found: &Found| found.outcome.as_ref().is_ok_and(|built| is_live(built, &ask.basis));
        let mut entries = self.entries.iter().rev().filter(|entry| entry.want == ask.want);
        Some(entries.find(|entry| is_live(&entry.found))?.found.clone())
    }

    /// Whether an answer that is on its way will do; then it is for this one, too.
    pub(super) fn joins(&mut self, ask: &Ask, since: Option<Instant>) -> bool {
        let Some(flight) = &mut self.flight else { return false };
        let fits = flight.want == ask.want && flight.basis.is(&ask.basis);
        if !fits || since.is_some_and(|since| flight.began < since) {
            return false;
        }
        if !flight.names.contains(&ask.name) {
            flight.names.push(ask.name.clone());
        }
        true
    }

    /// Takes the questions that one answer serves.
    pub(super) fn group(&mut self) -> Option<(Vec<Ask>, Instant)> {
        let first = self.waiting.first()?;
        let (want, basis, mut since) = (first.ask.want.clone(), first.ask.basis.clone(), first.since);
        let mut asks = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.ask.want == want && waiting.ask.basis.is(&basis) {
                since = since.max(waiting.since);
                asks.push(waiting.ask);
            } else {
                self.waiting.push(waiting);
            }
        }
        let names = asks.iter().map(|ask| ask.name.clone()).collect();
        self.flight = Some(Flight { want, basis, began: Instant::now(), names });
        Some((asks, since))
    }

    /// The answer is there: whom it is for.
    pub(super) fn landed(&mut self) -> Vec<Name> {
        self.flight.take().map(|flight| flight.names).unwrap_or_default()
    }

    /// Takes an answer in; gives everybody else for whom it is news.
    pub(super) fn put(&mut self, ask: &Ask, found: Found, names: &[Name]) -> BTreeSet<Name> {
        let (at, reference) = (found.at, &ask.want.reference);
        self.fetched.retain(|(known, _)| known != reference);
        if !found.is_unreached() {
            // What was not reached is tried anew, not taken for what was fetched.
            self.fetched.push((reference.clone(), at));
        }
        let mut news = BTreeSet::new();
        if !found.is_unreached() {
            for entry in self.entries.iter_mut().filter(|entry| entry.want.reference == *reference && !entry.outdated) {
                if entry.found.revision() == found.revision() {
                    entry.at = entry.at.max(at);
                } else {
                    entry.outdated = true;
                    news.extend(entry.users.iter().filter(|name| !names.contains(name)).cloned());
                }
            }
        }
        for entry in &mut self.entries {
            entry.users.retain(|user| !names.contains(user));
        }
        let replaced = |entry: &Entry| entry.want == ask.want && entry.found.basis.is(&found.basis);
        let former = self.entries.iter().filter(|entry| replaced(entry)).flat_map(|entry| entry.users.iter().cloned());
        let users: BTreeSet<Name> = former.chain(names.iter().cloned()).collect();
        self.entries.retain(|entry| !replaced(entry) && !entry.users.is_empty());
        let found = Arc::new(found);
        self.entries.push(Entry { want: ask.want.clone(), found, outdated: false, at, users });
        news
    }

    /// Drops a user.
    pub(super) fn forget(&mut self, name: &Name) {
        self.waiting.retain(|waiting| waiting.ask.name != *name);
        self.flight.iter_mut().for_each(|flight| flight.names.retain(|known| known != name));
        for entry in &mut self.entries {
            entry.users.remove(name);
        }
        self.entries.retain(|entry| !entry.users.is_empty());
    }
}

#[cfg(test)]
mod tests;
