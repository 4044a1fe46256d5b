//! Objects as a watch shows them, each with the instant at which it came.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flagfall::controller::backoff::Rewatch;
use futures::StreamExt as _;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

/// What a watch said.
#[derive(Debug, Clone)]
pub(crate) struct Seen<K> {
    pub(crate) at: Instant,
    pub(crate) object: K,
    pub(crate) gone: bool,
}

/// A watch that runs until it is dropped.
pub(crate) struct Follow<K> {
    seen: Arc<Mutex<Vec<Seen<K>>>>,
    news: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl<K: Resource + Clone + DeserializeOwned + Debug + Send + 'static> Follow<K> {
    /// Watches what a selector of fields such as `metadata.name=x` takes in, or everything.
    pub(crate) fn start(api: Api<K>, fields: &str) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let news = Arc::new(Notify::new());
        let (into, tell) = (Arc::clone(&seen), Arc::clone(&news));
        let config =
            if fields.is_empty() { watcher::Config::default() } else { watcher::Config::default().fields(fields) };
        let task = tokio::spawn(async move {
            // As the controller waits: what is measured is when it comes right, not when this watch notices.
            let mut stream = watcher(api, config).backoff(Rewatch::default()).boxed();
            while let Some(event) = stream.next().await {
                let (object, gone) = match event {
                    Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => (object, false),
                    Ok(watcher::Event::Delete(object)) => (object, true),
                    Ok(watcher::Event::Init | watcher::Event::InitDone) | Err(_) => continue,
                };
                into.lock().unwrap().push(Seen { at: Instant::now(), object, gone });
                tell.notify_waiters();
            }
        });
        Self { seen, news, task }
    }

    /// All that was seen so far.
    pub(crate) fn all(&self) -> Vec<Seen<K>> {
        self.seen.lock().unwrap().clone()
    }

    /// The last state that was seen; none where it is gone.
    pub(crate) fn last(&self) -> Option<K> {
        let seen = self.seen.lock().unwrap();
        seen.last().filter(|last| !last.gone).map(|last| last.object.clone())
    }

    /// Those that were seen going.
    pub(crate) fn gone(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.gone).map(|seen| seen.object.name_any()).collect()
    }

    /// How many events there were.
    pub(crate) fn len(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The first event from number `from` on that fits, when it comes in time.
    pub(crate) async fn until(
        &self,
        from: usize,
        within: Duration,
        mut fits: impl FnMut(&Seen<K>) -> bool,
    ) -> Option<Seen<K>> {
        let deadline = tokio::time::Instant::now() + within;
        let mut next = from;
        loop {
            let notified = self.news.notified();
            tokio::pin!(notified);
            // Before looking, so that nothing that comes in between is missed.
            notified.as_mut().enable();
            {
                let seen = self.seen.lock().unwrap();
                while let Some(event) = seen.get(next) {
                    next += 1;
                    if fits(event) {
                        return Some(event.clone());
                    }
                }
            }
            tokio::time::timeout_at(deadline, notified).await.ok()?;
        }
    }
}

impl<K> Drop for Follow<K> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
