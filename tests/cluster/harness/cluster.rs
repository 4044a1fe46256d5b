//! The control plane that tests share, with flagfall installed, and namespaces of tenants in it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, ServiceAccount};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionCondition,
};
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::plane::{self, Plane};
use super::{manifests, wait};

/// Where flagfall is installed.
pub(crate) const SYSTEM: &str = "flagfall-system";
/// The controller's ServiceAccount.
pub(crate) const ACCOUNT: &str = "flagfall";

/// The control plane that tests share.
pub(crate) struct Cluster {
    plane: Mutex<Plane>,
    admin: Client,
    address: SocketAddr,
    authority: String,
    directory: tempfile::TempDir,
    tenants: AtomicUsize,
}

impl Cluster {
    /// Starts it and installs `deploy/`.
    pub(crate) async fn start(assets: &Path) -> Self {
        let mut plane = Plane::start(assets).await;
        let admin = plane.admin().await;
        install(&admin).await;
        // Custom resources that exist by now are collected at once.
        plane.start_manager();
        Self {
            address: plane.address(),
            authority: plane.authority().to_owned(),
            admin,
            directory: super::process::scratch(),
            tenants: AtomicUsize::new(0),
            plane: Mutex::new(plane),
        }
    }

    /// What runs the cluster, for faults.
    pub(crate) async fn plane(&self) -> MutexGuard<'_, Plane> {
        self.plane.lock().await
    }

    /// A client that may do everything.
    pub(crate) fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// Where the API server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A directory for files of tests.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A namespace with the rights that a tenant gives, as shipped in `deploy/tenant`.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        let tenant = self.namespace(name).await;
        manifests::apply(&self.admin, &tenant.namespace, &manifests::of(&manifests::deploy("tenant"))).await;
        tenant
    }

    /// A namespace without.
    pub(crate) async fn namespace(&self, name: &str) -> Tenant {
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("{name}-{number}");
        let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } });
        manifests::apply(&self.admin, "", &[object]).await;
        Tenant { namespace, admin: self.admin.clone() }
    }

    /// Makes whole what a test left broken.
    pub(crate) async fn recover(&self) {
        self.plane().await.recover().await;
    }

    /// Removes what a test left, so that the next one starts with nobody's work.
    pub(crate) async fn tidy(&self) {
        let syncs: Api<DynamicObject> = Api::all_with(self.admin(), &flagsyncs());
        for sync in syncs.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default() {
            let own: Api<DynamicObject> = Api::namespaced_with(self.admin(), &sync.namespace().unwrap(), &flagsyncs());
            let _ = own.delete(&sync.name_any(), &DeleteParams::default()).await;
        }
        let leases: Api<k8s_openapi::api::coordination::v1::Lease> = Api::namespaced(self.admin(), SYSTEM);
        let _ = leases.delete_collection(&DeleteParams::default(), &ListParams::default()).await;
    }

    /// A token of a ServiceAccount, by TokenRequest.
    pub(crate) async fn token(&self, namespace: &str, account: &str) -> String {
        let api: Api<ServiceAccount> = Api::namespaced(self.admin(), namespace);
        let spec = TokenRequestSpec { expiration_seconds: Some(7200), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        // The account of a new namespace comes a moment later.
        let answer = wait::until(Duration::from_secs(20), async || {
            api.create_token_request(account, &PostParams::default(), &request).await.ok()
        });
        answer.await.unwrap_or_else(|| panic!("no token for {namespace}/{account}")).status.unwrap().token
    }

    /// A kubeconfig for a ServiceAccount and nothing else, at the API server or a proxy before it.
    pub(crate) async fn kubeconfig(&self, namespace: &str, account: &str, address: SocketAddr) -> Value {
        let token = self.token(namespace, account).await;
        plane::kubeconfig(address, &self.authority, &json!({ "token": token }), namespace)
    }

    /// The same as a file.
    pub(crate) async fn kubeconfig_file(&self, namespace: &str, account: &str, address: SocketAddr) -> PathBuf {
        let text = self.kubeconfig(namespace, account, address).await.to_string();
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        let file = self.directory.path().join(format!("kubeconfig-{number}"));
        std::fs::write(&file, text).unwrap();
        file
    }

    /// A client that is a ServiceAccount.
    pub(crate) async fn client_of(&self, namespace: &str, account: &str) -> Client {
        plane::client(self.kubeconfig(namespace, account, self.address).await).await
    }
}

/// Applies `deploy/`, definitions first.
pub(crate) async fn install(admin: &Client) {
    let objects = manifests::of(&manifests::deploy(""));
    let (first, rest): (Vec<Value>, Vec<Value>) =
        objects.into_iter().partition(|object| object["kind"] == "CustomResourceDefinition");
    manifests::apply(admin, SYSTEM, &first).await;
    let crds: Api<CustomResourceDefinition> = Api::all(admin.clone());
    let established = wait::until(Duration::from_secs(20), async || {
        let conditions = crds.get("flagsyncs.flagfall.dev").await.ok()?.status?.conditions?;
        let is = |condition: &CustomResourceDefinitionCondition| {
            condition.type_ == "Established" && condition.status == "True"
        };
        conditions.iter().any(is).then_some(())
    });
    assert!(established.await.is_some(), "the CRD is not established");
    manifests::apply(admin, SYSTEM, &rest).await;
}

/// What `FlagSync` is to the API.
pub(crate) fn flagsyncs() -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("flagfall.dev", "v1alpha1", "FlagSync"), "flagsyncs")
}

/// A namespace of a test.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) namespace: String,
    admin: Client,
}

impl Tenant {
    /// Its FlagSyncs, for an administrator.
    pub(crate) fn syncs(&self) -> Api<DynamicObject> {
        Api::namespaced_with(self.admin.clone(), &self.namespace, &flagsyncs())
    }

    /// Its ConfigMaps, for an administrator.
    pub(crate) fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }

    /// Its objects of any built-in kind, for an administrator.
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }

    /// Writes a Secret.
    pub(crate) async fn secret(&self, name: &str, entries: &[(&str, &str)]) {
        let data: serde_json::Map<String, Value> =
            entries.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
        let object = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": data });
        manifests::apply(&self.admin, &self.namespace, &[object]).await;
        let secrets: Api<Secret> = self.api();
        secrets.get(name).await.unwrap();
    }

    /// Deletes the namespace; returns when it has ended, or not in time.
    pub(crate) async fn end(&self, within: Duration) -> bool {
        let namespaces: Api<Namespace> = Api::all(self.admin.clone());
        namespaces.delete(&self.namespace, &DeleteParams::default()).await.unwrap();
        let gone =
            wait::until(within, async || namespaces.get_opt(&self.namespace).await.ok()?.is_none().then_some(()));
        gone.await.is_some()
    }
}
