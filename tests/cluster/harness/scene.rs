//! What most promises begin with: a tenant, a repository of one flag, a controller, and a FlagSync that is applied.

use std::time::Duration;

use serde_json::Value;

use super::cluster::{Cluster, Tenant};
use super::controller::Controller;
use super::flags::Repository;
use super::sync::{self, Watched};

/// Everything in its place.
pub(crate) struct Scene {
    pub(crate) tenant: Tenant,
    pub(crate) repository: Repository,
    pub(crate) controller: Controller,
    pub(crate) watched: Watched,
}

/// How long anything may take that has no bar of its own.
pub(crate) const SOON: Duration = Duration::from_secs(30);

impl Scene {
    /// The FlagSync `banner`, looked at every five seconds.
    pub(crate) async fn start(cluster: &Cluster, name: &str) -> Self {
        Self::start_as(cluster, name, |_| {}).await
    }

    /// The same, changed before it is created.
    pub(crate) async fn start_as(cluster: &Cluster, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let tenant = cluster.tenant(name).await;
        let repository = Repository::small();
        repository.admit(&tenant).await;
        let controller = Controller::start(cluster).await;
        let mut object = sync::of("banner", &repository.url(), "5s");
        change(&mut object);
        let watched = Watched::create(&tenant, &object).await;
        watched.applied(&repository.origin.head(), SOON).await;
        watched.settled(&repository.origin.head(), SOON).await;
        Self { tenant, repository, controller, watched }
    }
}

/// A count of a promise: as it is written where FLAGFALL_CLUSTER_FULL=1, else so that the suite takes minutes.
pub(crate) fn count(full: usize, default: usize) -> usize {
    if std::env::var_os("FLAGFALL_CLUSTER_FULL").is_some_and(|value| value == "1") { full } else { default }
}

impl Scene {
    /// Waits until a `requestedAt` was acted upon.
    pub(crate) async fn handled(&self, requested: &str) {
        let is = |sync: &kube::api::DynamicObject| sync.data["status"]["lastHandledReconcileAt"] == requested;
        let seen = self.watched.sync.until(0, SOON, |seen| is(&seen.object)).await;
        assert!(seen.is_some(), "`{requested}` was not acted upon");
    }
}
