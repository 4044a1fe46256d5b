//! One run of a worker.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Ask, Found, Sources};
use crate::remote::{self, Failed, Outcome, Reason, Request};

impl Sources {
    /// Finds out; what was fetched at `fetched` will do, where it is given.
    pub(super) async fn run(&self, ask: &Ask, fetched: Option<Instant>) -> Found {
        // Closed semaphores do not exist here.
        let _slot = self.slots.acquire().await;
        let at = fetched.unwrap_or_else(Instant::now);
        let directory = match self.out() {
            Ok(directory) => directory,
            Err(error) => return Self::unwritable(ask, at, &error),
        };
        let request = self.request(ask, fetched, directory.path().to_owned());
        let outcome = remote::run(&request, ask.timeout + Duration::from_secs(2)).await;
        self.metrics.fetched(&outcome, at.elapsed());
        match &outcome {
            Outcome::Built(built) => {
                tracing::debug!(url = ask.url, revision = built.revision, digest = built.digest, "source compiled");
            }
            Outcome::Failed(failed) => {
                tracing::warn!(url = ask.url, reason = ?failed.reason, message = failed.message, "source gives nothing");
            }
        }
        Found { at, ended: Instant::now(), basis: ask.basis.clone(), outcome, directory: Some(directory) }
    }

    fn request(&self, ask: &Ask, fetched: Option<Instant>, out: std::path::PathBuf) -> Request {
        let seconds = ask.timeout.as_secs().max(1);
        Request {
            url: ask.url.clone(),
            reference: ask.want.reference.clone(),
            path: ask.want.path.clone(),
            mode: ask.want.mode,
            environment: ask.want.environment.clone(),
            client: ask.want.client,
            credentials: ask.access.credentials.clone(),
            known_hosts: ask.access.known_hosts.clone(),
            certificates: ask.access.certificates.clone(),
            verify: ask.want.verify.clone(),
            cache: self.repository(&ask.key),
            applied: ask.basis.revision.clone(),
            live: ask.basis.live.clone(),
            // A little earlier, for the host was asked after the moment that was noted.
            fetched_since: fetched.map(|at| unix(at).saturating_sub(5)),
            out,
            allow_local: self.rules.allow_local,
            caps: remote::Caps { seconds, ..remote::Caps::default() },
        }
    }

    fn out(&self) -> std::io::Result<tempfile::TempDir> {
        let parent = self.rules.cache.join("out");
        std::fs::create_dir_all(&parent)?;
        tempfile::Builder::new().prefix("built-").tempdir_in(parent)
    }

    /// The cache is full or gone: nothing can be found out.
    fn unwritable(ask: &Ask, at: Instant, error: &std::io::Error) -> Found {
        let message = format!("the cache cannot be written: {error}");
        tracing::error!(%error, "the cache cannot be written");
        let failed = Failed { reason: Reason::FetchFailed, message, revision: None };
        Found { at, ended: Instant::now(), basis: ask.basis.clone(), outcome: Outcome::Failed(failed), directory: None }
    }
}

/// An instant as the worker knows it: Unix time in milliseconds.
fn unix(at: Instant) -> u64 {
    let then = SystemTime::now().checked_sub(at.elapsed()).unwrap_or(UNIX_EPOCH);
    let since = then.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
