//! One run of a worker.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Ask, Found, Sources};
use crate::remote::{self, Failed, Known, Outcome, Reason, Request};

impl Sources {
    /// Finds out; what was fetched at `fetched` will do, where it is given. Where the host still says what is live, nothing is made.
    pub(super) async fn run(&self, ask: &Ask, fetched: Option<Instant>, live: Option<&Found>) -> Found {
        // Closed semaphores do not exist here.
        let _slot = self.slots.acquire().await;
        let at = fetched.unwrap_or_else(Instant::now);
        let directory = match self.out() {
            Ok(directory) => directory,
            Err(error) => return Self::unwritable(ask, at, &error),
        };
        let mut request = self.request(ask, fetched, directory.path().to_owned());
        request.known = live.and_then(|live| Some(Known::here(&live.outcome.as_ref().ok()?.revision)));
        let outcome = remote::run(&request, ask.timeout + Duration::from_secs(2)).await;
        self.metrics.fetched(&outcome, at.elapsed());
        let outcome = match (outcome, live) {
            (Outcome::Built(built), _) => {
                tracing::debug!(url = ask.url, revision = built.revision, digest = built.digest, "source compiled");
                Ok(built)
            }
            (Outcome::Unchanged(unchanged), Some(live)) => {
                tracing::debug!(url = ask.url, revision = unchanged.revision, "source unchanged");
                return live.again(at, &ask.basis);
            }
            (Outcome::Unchanged(_), None) => {
                Err(Failed::new(Reason::FetchFailed, "the worker says that what nobody has is unchanged"))
            }
            (Outcome::Failed(failed), _) => {
                tracing::warn!(url = ask.url, reason = ?failed.reason, message = failed.message, "source gives nothing");
                Err(failed)
            }
        };
        let directory = Some(Arc::new(directory));
        Found { at, ended: Instant::now(), basis: ask.basis.clone(), outcome, directory }
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
            known: None,
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
        Found { at, ended: Instant::now(), basis: ask.basis.clone(), outcome: Err(failed), directory: None }
    }
}

/// An instant as the worker knows it: Unix time in milliseconds.
fn unix(at: Instant) -> u64 {
    let then = SystemTime::now().checked_sub(at.elapsed()).unwrap_or(UNIX_EPOCH);
    let since = then.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
