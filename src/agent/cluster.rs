//! A pointer and its parts through the API, with no right but `get`.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;

use super::{Read, Trouble};
use crate::controller::cluster::from_map;
use crate::publish::{self, Object, Unreadable};

/// How long one call may take: kube itself waits for ever.
const CALL: Duration = Duration::from_secs(10);
/// How often a pointer is read whose parts are not there, before it is trouble.
const TRIES: usize = 3;

/// A pointer in a namespace.
pub struct Cluster {
    api: Api<ConfigMap>,
    name: String,
    version: Option<String>,
}

impl Cluster {
    /// Reads the pointer of this name.
    #[must_use]
    pub fn new(api: Api<ConfigMap>, name: String) -> Self {
        Self { api, name, version: None }
    }

    pub(super) async fn read(&mut self) -> Result<Option<Read>, Trouble> {
        let mut missing = None;
        for _ in 0..TRIES {
            let Some(map) = self.get(&self.name).await? else {
                return Err(Trouble::Absent(format!("ConfigMap `{}`", self.name)));
            };
            let version = map.metadata.resource_version.clone();
            if version.is_some() && version == self.version {
                return Ok(None);
            }
            let pointer = from_map(map);
            let parts = self.parts(&pointer).await?;
            match publish::restore(&pointer, &mut |name| parts.get(name).cloned()) {
                Ok(payload) => {
                    let digest = publish::digest(&pointer).map_err(Trouble::Unreadable)?;
                    self.version = version;
                    let publish::Payload { bytes, revision, environment, .. } = payload;
                    return Ok(Some(Read { bytes, digest, revision, environment }));
                }
                // It moved on between the two readings, and the parts of what it was were removed.
                Err(Unreadable::Part(name)) => missing = Some(name),
                Err(why) => return Err(Trouble::Unreadable(why)),
            }
        }
        Err(Trouble::Unreadable(Unreadable::Part(missing.unwrap_or_default())))
    }

    pub(super) fn forget(&mut self) {
        self.version = None;
    }

    async fn parts(&self, pointer: &Object) -> Result<BTreeMap<String, Object>, Trouble> {
        let mut parts = BTreeMap::new();
        for name in publish::parts(pointer).map_err(Trouble::Unreadable)? {
            let Some(map) = self.get(&name).await? else { break };
            parts.insert(name, from_map(map));
        }
        Ok(parts)
    }

    async fn get(&self, name: &str) -> Result<Option<ConfigMap>, Trouble> {
        match tokio::time::timeout(CALL, self.api.get_opt(name)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(kube::Error::Api(status))) if status.is_forbidden() => Err(Trouble::Unanswered(format!(
                "reading ConfigMap `{name}` is not allowed: the ServiceAccount of this pod needs `get` on configmaps of its namespace"
            ))),
            Ok(Err(error)) => Err(Trouble::Unanswered(format!("reading ConfigMap `{name}`: {error}"))),
            Err(_) => Err(Trouble::Unanswered(format!("reading ConfigMap `{name}`: no answer in {CALL:?}"))),
        }
    }
}
