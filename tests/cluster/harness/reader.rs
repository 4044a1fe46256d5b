//! Somebody who reads the pointer twenty times a second, as `flagfall agent` does, and never accepts half of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flagfall::publish::{self, Object};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;

/// What a reader saw.
#[derive(Debug, Default, Clone)]
pub(crate) struct Report {
    /// Whole configurations read.
    pub(crate) good: usize,
    /// Times the API did not answer.
    pub(crate) unanswered: usize,
    /// What should never be seen.
    pub(crate) bad: Vec<String>,
    /// Revisions in the order in which they were seen.
    pub(crate) revisions: Vec<String>,
}

/// A reader that runs until it is dropped.
pub(crate) struct Reader {
    report: Arc<Mutex<Report>>,
    task: tokio::task::JoinHandle<()>,
}

impl Reader {
    /// Reads a pointer.
    pub(crate) fn start(api: Api<ConfigMap>, name: &str) -> Self {
        let report = Arc::new(Mutex::new(Report::default()));
        let (into, name) = (Arc::clone(&report), name.to_owned());
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut known = None;
            loop {
                ticks.tick().await;
                let read = tokio::time::timeout(Duration::from_secs(2), read(&api, &name, &mut known)).await;
                let mut report = into.lock().unwrap();
                match read {
                    Ok(Ok(Some(revision))) => {
                        report.good += 1;
                        if report.revisions.last() != Some(&revision) {
                            report.revisions.push(revision);
                        }
                    }
                    Ok(Ok(None)) | Err(_) => report.unanswered += 1,
                    Ok(Err(bad)) => report.bad.push(bad),
                }
            }
        });
        Self { report, task }
    }

    /// What it saw so far.
    pub(crate) fn report(&self) -> Report {
        self.report.lock().unwrap().clone()
    }

    /// Fails when it saw anything that should never be seen.
    #[track_caller]
    pub(crate) fn assert_whole(&self) -> Report {
        let report = self.report();
        assert!(report.bad.is_empty(), "{} times: {:?}", report.bad.len(), report.bad.first());
        assert!(report.good > 0, "the reader read nothing");
        report
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The revision of a whole configuration; none where the API does not answer; an error for what is never to be seen.
async fn read(api: &Api<ConfigMap>, name: &str, known: &mut Option<String>) -> Result<Option<String>, String> {
    let mut trouble = String::new();
    // A part that is missing because the pointer moved on is no trouble: then the pointer says so.
    for _ in 0..3 {
        let Ok(found) = api.get_opt(name).await else { return Ok(None) };
        let Some(map) = found else { return Err("the pointer is gone".to_owned()) };
        let version = map.metadata.resource_version.clone();
        let pointer = object(&map);
        let revision = pointer.annotations.get(publish::names::REVISION).cloned();
        // What was verified once is not read again, for the sake of the machine.
        if *known == version {
            return Ok(revision);
        }
        let Some(parts) = parts(api, &pointer).await else { return Ok(None) };
        match publish::read(&pointer, &mut |name| parts.get(name).cloned()) {
            Ok(_) => {
                *known = version;
                return Ok(revision);
            }
            Err(error) => trouble = format!("{}: {error}", revision.unwrap_or_default()),
        }
    }
    Err(trouble)
}

async fn parts(api: &Api<ConfigMap>, pointer: &Object) -> Option<BTreeMap<String, Object>> {
    let mut parts = BTreeMap::new();
    for name in publish::parts(pointer).unwrap_or_default() {
        if let Some(map) = api.get_opt(&name).await.ok()? {
            parts.insert(name, object(&map));
        }
    }
    Some(parts)
}

/// A ConfigMap without what a cluster adds.
pub(crate) fn object(map: &ConfigMap) -> Object {
    flagfall::controller::cluster::from_map(map.clone())
}
