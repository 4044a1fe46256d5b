//! What reconciliations share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::channel::mpsc::UnboundedSender;
use kube::Resource;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::{ObjectRef, Store};

use super::api::FlagSync;
use super::cluster::Cluster;
use super::lease::Fence;
use super::maps::Maps;
use super::metrics::Metrics;
use super::own::Own;
use super::rights::Rights;
use super::shelf::Shelf;
use super::sources::{Name, Sources};
use crate::publish::names;

/// A `FlagSync`, or what is there instead of one.
pub type Object = DeserializeGuard<FlagSync>;

/// What does not change while the controller runs.
#[derive(Debug, Clone)]
pub struct Rules {
    /// `serviceAccountName` must be given.
    pub require_account: bool,
    /// This process, for events.
    pub identity: String,
}

/// What reconciliations share.
pub struct Context {
    /// The API server.
    pub cluster: Arc<Cluster>,
    /// Whether this replica leads.
    pub fence: Fence,
    /// All `FlagSync`s.
    pub objects: Store<Object>,
    /// Their ConfigMaps.
    pub maps: Arc<Maps>,
    /// Their sources.
    pub sources: Arc<Sources>,
    /// Rights that are missing.
    pub rights: Arc<Rights>,
    /// Configurations on disk.
    pub shelf: Shelf,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// What does not change.
    pub rules: Rules,
    /// One configuration is rendered at a time: they are large.
    pub rendering: tokio::sync::Semaphore,
    /// Where reconciliations are asked for.
    pub(super) wake: UnboundedSender<ObjectRef<Object>>,
    /// What is remembered of each object, by uid.
    pub(super) own: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Own>>>>,
    /// The last request of each object, and when it was seen first.
    pub(super) requests: Mutex<BTreeMap<Name, (String, Instant)>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// The name of an object.
#[must_use]
pub fn name_of(object: &Object) -> Name {
    let metadata = object.meta();
    (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default())
}

/// A name as the controller of kube takes it.
#[must_use]
pub fn reference((namespace, name): &Name) -> ObjectRef<Object> {
    ObjectRef::new(name).within(namespace)
}

/// An annotation of an object.
#[must_use]
pub fn annotation<'a>(object: &'a impl Resource, name: &str) -> Option<&'a str> {
    object.meta().annotations.as_ref()?.get(name).map(String::as_str)
}

impl Context {
    /// Asks for a reconciliation.
    pub fn wake(&self, name: &Name) {
        // Nobody listens while the process ends.
        let _ = self.wake.unbounded_send(reference(name));
    }

    /// What is remembered of an object.
    #[must_use]
    pub fn own(&self, uid: &str) -> Arc<tokio::sync::Mutex<Own>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).entry(uid.to_owned()).or_default().clone()
    }

    /// Another replica may have led since: nothing that was seen to be right need be so.
    pub fn forget_proofs(&self) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Notes when a request was seen first.
    pub fn note(&self, object: &Object) {
        let Some(requested) = annotation(object, names::REQUESTED_AT) else { return };
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = requests.entry(name_of(object)).or_insert_with(|| (String::new(), Instant::now()));
        if entry.0 != requested {
            *entry = (requested.to_owned(), Instant::now());
        }
    }

    /// When this request of an object was seen first.
    #[must_use]
    pub fn requested(&self, name: &Name, requested: &str) -> Instant {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(name).filter(|(known, _)| known == requested).map_or_else(Instant::now, |(_, at)| *at)
    }

    /// Forgets what went while nobody watched.
    pub fn tidy(&self) {
        let state = self.objects.state();
        let uids: BTreeSet<&str> = state.iter().filter_map(|object| object.meta().uid.as_deref()).collect();
        let names: BTreeSet<Name> = state.iter().map(|object| name_of(object)).collect();
        self.own.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| uids.contains(uid.as_str()));
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.retain(|name, _| names.contains(name));
        for gone in self.metrics.shown().into_iter().filter(|name| !names.contains(name)) {
            self.metrics.forget(&gone);
            self.sources.forget(&gone);
        }
        self.shelf.sweep(&|owner| uids.contains(owner));
    }

    /// An object is gone.
    pub fn forget(&self, object: &Object) {
        let name = name_of(object);
        let uid = object.meta().uid.clone().unwrap_or_default();
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(&uid);
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        self.sources.forget(&name);
        self.metrics.forget(&name);
        self.shelf.only(&uid, None);
    }
}
