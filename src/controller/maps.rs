//! The ConfigMaps of flagfall in each namespace that has a `FlagSync`, watched as metadata: contents would be megabytes each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use tokio_util::task::AbortOnDropHandle;

use super::backoff::Rewatch;
use crate::publish::names;

/// What is known of a ConfigMap without its contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its uid.
    pub uid: String,
    /// What changes with each write.
    pub version: String,
    /// The uid of the `FlagSync` that it names; empty: none.
    pub owner: String,
    /// The digest that it names.
    pub digest: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its owner references.
    pub references: Vec<OwnerReference>,
}

impl Seen {
    /// What metadata says.
    #[must_use]
    pub fn of(metadata: &ObjectMeta) -> Self {
        let annotation = |name: &str| metadata.annotations.as_ref().and_then(|all| all.get(name)).cloned();
        Self {
            uid: metadata.uid.clone().unwrap_or_default(),
            version: metadata.resource_version.clone().unwrap_or_default(),
            owner: metadata.labels.as_ref().and_then(|all| all.get(names::UID)).cloned().unwrap_or_default(),
            digest: annotation(names::DIGEST),
            created: metadata.creation_timestamp.as_ref().map(|time| time.0),
            references: metadata.owner_references.clone().unwrap_or_default(),
        }
    }
}

/// What is known of a namespace.
#[derive(Debug, Default)]
pub struct Space {
    found: RwLock<Found>,
}

#[derive(Debug, Default)]
struct Found {
    listed: bool,
    tried: bool,
    maps: BTreeMap<String, Seen>,
    coming: BTreeMap<String, Seen>,
}

impl Space {
    /// The ConfigMaps by name; none until they were listed once.
    #[must_use]
    pub fn maps(&self) -> Option<BTreeMap<String, Seen>> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.listed.then(|| found.maps.clone())
    }

    /// One of them, where it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Seen> {
        self.found.read().unwrap_or_else(PoisonError::into_inner).maps.get(name).cloned()
    }

    /// Whether they were listed, or that was refused.
    #[must_use]
    pub fn tried(&self) -> bool {
        self.found.read().unwrap_or_else(PoisonError::into_inner).tried
    }

    /// Takes an event in; gives the names and owners that changed.
    fn take(&self, event: Result<Event<PartialObjectMeta<ConfigMap>>, watcher::Error>) -> Vec<(String, String)> {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let entry = |map: PartialObjectMeta<ConfigMap>| {
            (map.metadata.name.clone().unwrap_or_default(), Seen::of(&map.metadata))
        };
        match event {
            Err(error) => {
                found.tried = true;
                tracing::warn!(%error, "ConfigMaps cannot be watched");
                Vec::new()
            }
            Ok(Event::Init) => {
                found.coming.clear();
                Vec::new()
            }
            Ok(Event::InitApply(map)) => {
                let (name, seen) = entry(map);
                found.coming.insert(name, seen);
                Vec::new()
            }
            Ok(Event::InitDone) => {
                let coming = std::mem::take(&mut found.coming);
                let before = std::mem::replace(&mut found.maps, coming);
                (found.listed, found.tried) = (true, true);
                let now = &found.maps;
                let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
                let changed = now.iter().filter(|(name, seen)| before.get(*name) != Some(*seen));
                gone.chain(changed).map(|(name, seen)| (name.clone(), seen.owner.clone())).collect()
            }
            Ok(Event::Apply(map)) => {
                let (name, seen) = entry(map);
                let owner = seen.owner.clone();
                let before = found.maps.insert(name.clone(), seen).map(|seen| seen.owner);
                let former = before.filter(|former| *former != owner).map(|former| (name.clone(), former));
                former.into_iter().chain([(name, owner)]).collect()
            }
            Ok(Event::Delete(map)) => {
                let (name, seen) = entry(map);
                // The label may be what was taken away: then the last one known counts.
                let before = found.maps.remove(&name);
                vec![(name, before.map_or(seen.owner, |seen| seen.owner))]
            }
        }
    }
}

/// Who is told a namespace, with the names and owners of what changed there.
type Changed = dyn Fn(&str, Vec<(String, String)>) + Send + Sync;

/// A namespace and its watch.
type Watched = (Arc<Space>, AbortOnDropHandle<()>);

/// The namespaces that are watched.
pub struct Maps {
    client: Client,
    spaces: Mutex<BTreeMap<String, Watched>>,
    changed: Arc<Changed>,
}

impl std::fmt::Debug for Maps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maps").finish_non_exhaustive()
    }
}

impl Maps {
    /// Watches nothing yet. `changed` is told a namespace with the names and owners of what changed there.
    pub fn new(client: Client, changed: impl Fn(&str, Vec<(String, String)>) + Send + Sync + 'static) -> Self {
        Self { client, spaces: Mutex::default(), changed: Arc::new(changed) }
    }

    /// A namespace, watched from now on.
    #[must_use]
    pub fn space(&self, namespace: &str) -> Arc<Space> {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((space, _)) = spaces.get(namespace) {
            return space.clone();
        }
        let space = Arc::new(Space::default());
        let watch = watch(self.client.clone(), namespace.to_owned(), space.clone(), self.changed.clone());
        spaces.insert(namespace.to_owned(), (space.clone(), AbortOnDropHandle::new(tokio::spawn(watch))));
        space
    }

    /// Watches these namespaces only.
    pub fn keep(&self, namespaces: &dyn Fn(&str) -> bool) {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).retain(|namespace, _| namespaces(namespace));
    }

    /// Whether every namespace was listed, or that was refused.
    #[must_use]
    pub fn tried(&self) -> bool {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).values().all(|(space, _)| space.tried())
    }
}

async fn watch(client: Client, namespace: String, space: Arc<Space>, changed: Arc<Changed>) {
    let maps: Api<PartialObjectMeta<ConfigMap>> = Api::namespaced(client, &namespace);
    let selector = format!("{}={}", names::MANAGED_BY, names::FLAGFALL);
    let events = watcher(maps, watcher::Config::default().labels(&selector)).backoff(Rewatch::default());
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let touched = space.take(event);
        if !touched.is_empty() {
            changed(&namespace, touched);
        }
    }
}
