//! Every request to the API server: bounded in time, and as far as it writes, only while the Lease is fresh.
//!
//! A call that takes too long is dropped, which closes its connection: a server that is frozen must not commit it later.

mod map;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::DeserializeGuard;
use kube::{Api, Client, Config};
use serde_json::Value;

use super::api::FlagSync;
use super::lease::{Deposed, Fence};

pub use map::{from_map, to_map};

/// How long a request may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request did not work.
#[derive(Debug)]
pub enum Refused {
    /// The Lease is not fresh; nothing was sent.
    Deposed,
    /// There was no answer in time.
    Timeout,
    /// The server says no, or is not there.
    Kube(Box<kube::Error>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deposed => f.write_str("this replica does not lead"),
            Self::Timeout => write!(f, "the API server did not answer in {} s", PATIENCE.as_secs()),
            Self::Kube(error) => match error.as_ref() {
                kube::Error::Api(status) => write!(f, "{}", status.message),
                other => write!(f, "{other}"),
            },
        }
    }
}

impl From<Deposed> for Refused {
    fn from(_: Deposed) -> Self {
        Self::Deposed
    }
}

impl Refused {
    fn code(&self) -> Option<u16> {
        match self {
            Self::Kube(error) => match error.as_ref() {
                kube::Error::Api(status) => Some(status.code),
                _ => None,
            },
            Self::Deposed | Self::Timeout => None,
        }
    }

    /// Rights are missing.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.code(), Some(401 | 403))
    }

    /// Somebody else wrote in between, or it is there already, or no longer: look again.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        matches!(self.code(), Some(404 | 409))
    }

    /// The server looked at it and says that it cannot be: another try will not help.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self.code(), Some(400 | 413 | 422))
    }
}

/// As whom ConfigMaps are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// The namespace of the ConfigMaps.
    pub namespace: String,
    /// The service account there; none: the controller itself.
    pub account: Option<String>,
    /// The field manager.
    pub manager: String,
}

/// The cluster.
pub struct Cluster {
    client: Client,
    config: Config,
    fence: Fence,
    accounts: Mutex<BTreeMap<(String, String), Client>>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}

async fn within<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Refused> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(answer) => answer.map_err(|error| Refused::Kube(Box::new(error))),
        Err(_) => Err(Refused::Timeout),
    }
}

impl Cluster {
    /// Talks to the cluster of a configuration; requests are never repeated behind the Lease's back.
    ///
    /// # Errors
    /// When the configuration makes no client.
    pub fn new(mut config: Config, fence: Fence) -> Result<Arc<Self>, kube::Error> {
        config.default_retry = false;
        config.connect_timeout = Some(Duration::from_secs(5));
        let client = Client::try_from(config.clone())?;
        Ok(Arc::new(Self { client, config, fence, accounts: Mutex::default() }))
    }

    /// The client itself, for watches.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    fn maps(&self, writer: &Writer) -> Result<Api<ConfigMap>, Refused> {
        let Some(account) = &writer.account else {
            return Ok(Api::namespaced(self.client.clone(), &writer.namespace));
        };
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (writer.namespace.clone(), account.clone());
        let client = match accounts.get(&key) {
            Some(client) => client.clone(),
            None => {
                let mut config = self.config.clone();
                config.auth_info.impersonate = Some(format!("system:serviceaccount:{}:{account}", writer.namespace));
                let client = Client::try_from(config).map_err(|error| Refused::Kube(Box::new(error)))?;
                accounts.insert(key, client.clone());
                client
            }
        };
        Ok(Api::namespaced(client, &writer.namespace))
    }

    /// Reads a Secret; none: it is not there.
    ///
    /// # Errors
    /// When the API server does not give it.
    pub async fn secret(&self, namespace: &str, name: &str) -> Result<Option<Secret>, Refused> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        within(secrets.get_opt(name)).await
    }

    /// Reads a ConfigMap; none: it is not there.
    ///
    /// # Errors
    /// When the API server does not give it.
    pub async fn map(&self, namespace: &str, name: &str) -> Result<Option<ConfigMap>, Refused> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        within(maps.get_opt(name)).await
    }

    /// Makes a ConfigMap that is not there.
    ///
    /// # Errors
    /// When it is there, or the API server does not take it.
    pub async fn create(&self, writer: &Writer, map: &ConfigMap) -> Result<ConfigMap, Refused> {
        let maps = self.maps(writer)?;
        self.fence.check()?;
        let parameters = PostParams { field_manager: Some(writer.manager.clone()), ..PostParams::default() };
        within(maps.create(&parameters, map)).await
    }

    /// Applies a ConfigMap by force; it carries the resource version that it is based on.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub async fn apply(&self, writer: &Writer, map: &ConfigMap) -> Result<ConfigMap, Refused> {
        let maps = self.maps(writer)?;
        let name = map.metadata.name.clone().unwrap_or_default();
        self.fence.check()?;
        within(maps.patch(&name, &PatchParams::apply(&writer.manager).force(), &Patch::Apply(map))).await
    }

    /// Merges into a ConfigMap; the patch carries the resource version that it is based on.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub async fn merge(&self, writer: &Writer, name: &str, patch: &Value) -> Result<ConfigMap, Refused> {
        let maps = self.maps(writer)?;
        let parameters = PatchParams { field_manager: Some(writer.manager.clone()), ..PatchParams::default() };
        self.fence.check()?;
        within(maps.patch(name, &parameters, &Patch::Merge(patch))).await
    }

    /// Deletes exactly this ConfigMap, in exactly this state.
    ///
    /// # Errors
    /// When the API server does not do it.
    pub async fn delete(&self, writer: &Writer, name: &str, uid: &str, version: &str) -> Result<(), Refused> {
        let maps = self.maps(writer)?;
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: Some(version.to_owned()) };
        let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        self.fence.check()?;
        within(maps.delete(name, &parameters)).await.map(|_| ())
    }

    /// Asks whether ConfigMaps could be written, without writing: the pointer is read, merged with nothing and made again, dry.
    ///
    /// # Errors
    /// When a right is missing, or the API server is not there.
    pub async fn probe(&self, writer: &Writer, name: &str) -> Result<(), Refused> {
        let maps = self.maps(writer)?;
        let readable: Api<ConfigMap> = Api::namespaced(self.client.clone(), &writer.namespace);
        let present = within(readable.get_metadata_opt(name)).await?.is_some();
        let metadata = kube::api::ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
        let create = PostParams { dry_run: true, field_manager: Some(writer.manager.clone()) };
        match within(maps.create(&create, &ConfigMap { metadata, ..ConfigMap::default() })).await {
            Err(refused) if refused.is_outdated() => {}
            answer => answer.map(|_| ())?,
        }
        if present {
            let parameters = PatchParams { dry_run: true, ..PatchParams::default() };
            let patched = within(maps.patch_metadata(name, &parameters, &Patch::Merge(serde_json::json!({})))).await;
            if let Err(refused) = patched
                && !refused.is_outdated()
            {
                return Err(refused);
            }
        }
        Ok(())
    }

    /// Writes a status, based on a resource version; gives the new one.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub async fn status(&self, namespace: &str, name: &str, patch: &Value) -> Result<Option<String>, Refused> {
        let objects: Api<DeserializeGuard<FlagSync>> = Api::namespaced(self.client.clone(), namespace);
        self.fence.check()?;
        let parameters = PatchParams::apply("flagfall").force();
        let written = within(objects.patch_status(name, &parameters, &Patch::Apply(patch))).await?;
        Ok(kube::Resource::meta(&written).resource_version.clone())
    }

    /// Writes an event.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub async fn event(&self, namespace: &str, event: &Event) -> Result<(), Refused> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        self.fence.check()?;
        within(events.create(&PostParams::default(), event)).await.map(|_| ())
    }

    /// Asks for a reconciliation: any replica may.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub async fn request(&self, namespace: &str, name: &str, patch: &Value) -> Result<(), Refused> {
        let objects: Api<DeserializeGuard<FlagSync>> = Api::namespaced(self.client.clone(), namespace);
        within(objects.patch_metadata(name, &PatchParams::default(), &Patch::Merge(patch))).await.map(|_| ())
    }
}
