//! etcd, kube-apiserver and kube-controller-manager: started, stopped, killed and frozen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::identity::Identity;
use super::process::{Process, free_port, scratch};
use super::wait;

/// A control plane of its own.
pub(crate) struct Plane {
    assets: PathBuf,
    directory: tempfile::TempDir,
    identity: Identity,
    etcd_port: u16,
    peer_port: u16,
    port: u16,
    // In the order in which they have to end: with etcd gone, the API server waits for it.
    manager: Option<Process>,
    server: Option<Process>,
    etcd: Option<Process>,
}

impl Plane {
    /// Starts etcd and the API server; returns when it is ready.
    pub(crate) async fn start(assets: &Path) -> Self {
        let directory = scratch();
        let identity = Identity::make(directory.path());
        let mut plane = Self {
            assets: assets.to_owned(),
            directory,
            identity,
            etcd_port: free_port(),
            peer_port: free_port(),
            port: free_port(),
            manager: None,
            server: None,
            etcd: None,
        };
        plane.start_etcd();
        plane.start_server();
        plane.ready(Duration::from_secs(90)).await;
        plane
    }

    /// Starts etcd on what it kept.
    pub(crate) fn start_etcd(&mut self) {
        let (client, peer) =
            (format!("http://127.0.0.1:{}", self.etcd_port), format!("http://127.0.0.1:{}", self.peer_port));
        let data = self.directory.path().join("etcd");
        self.etcd = Some(Process::start(&self.assets.join("etcd"), "etcd", self.directory.path(), |command| {
            command
                .arg("--name=t")
                .arg(format!("--data-dir={}", data.display()))
                .arg(format!("--listen-client-urls={client}"))
                .arg(format!("--advertise-client-urls={client}"))
                .arg(format!("--listen-peer-urls={peer}"))
                .arg(format!("--initial-advertise-peer-urls={peer}"))
                .arg(format!("--initial-cluster=t={peer}"));
        }));
    }

    /// Starts the API server.
    pub(crate) fn start_server(&mut self) {
        let directory = self.directory.path();
        let at = |name: &str| directory.join(name).display().to_string();
        let (etcd, port) = (self.etcd_port, self.port);
        self.server =
            Some(Process::start(&self.assets.join("kube-apiserver"), "kube-apiserver", directory, |command| {
                command
                    .arg(format!("--etcd-servers=http://127.0.0.1:{etcd}"))
                    .args([
                        "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1",
                        "--endpoint-reconciler-type=none",
                    ])
                    .arg(format!("--secure-port={port}"))
                    .arg(format!("--cert-dir={}", directory.display()))
                    .arg(format!("--tls-cert-file={}", at("serving.crt")))
                    .arg(format!("--tls-private-key-file={}", at("serving.key")))
                    .arg(format!("--client-ca-file={}", at("ca.crt")))
                    .arg("--service-account-issuer=https://kubernetes.default.svc")
                    .arg(format!("--service-account-signing-key-file={}", at("sa.key")))
                    .arg(format!("--service-account-key-file={}", at("sa.pub")))
                    .args(["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"])
                    .arg("--service-cluster-ip-range=10.0.0.0/24");
            }));
    }

    /// Starts the controllers that collect garbage and end namespaces. Custom resources should be known by then.
    pub(crate) fn start_manager(&mut self) {
        let directory = self.directory.path();
        let kubeconfig = directory.join("admin.kubeconfig");
        std::fs::write(&kubeconfig, serde_json::to_string(&self.kubeconfig()).unwrap()).unwrap();
        let at = |name: &str| directory.join(name).display().to_string();
        let program = self.assets.join("kube-controller-manager");
        self.manager = Some(Process::start(&program, "kube-controller-manager", directory, |command| {
            command
                .arg(format!("--kubeconfig={}", kubeconfig.display()))
                .args(["--secure-port=0", "--leader-elect=false", "--use-service-account-credentials"])
                .arg(format!("--service-account-private-key-file={}", at("sa.key")))
                .arg(format!("--root-ca-file={}", at("ca.crt")))
                .arg(concat!(
                    "--controllers=garbage-collector-controller,namespace-controller,",
                    "serviceaccount-controller,serviceaccount-token-controller"
                ));
        }));
    }

    /// Waits until the API server says so itself.
    pub(crate) async fn ready(&mut self, within: Duration) {
        let client = self.admin().await;
        let ready = wait::until(within, async || {
            let request = http::Request::get("/readyz").body(Vec::new()).unwrap();
            let answer = tokio::time::timeout(Duration::from_secs(2), client.request_text(request)).await;
            matches!(answer, Ok(Ok(text)) if text == "ok").then_some(())
        })
        .await;
        assert!(ready.is_some(), "the API server is not ready after {within:?}:\n{}", self.server_tail());
    }

    fn server_tail(&self) -> String {
        self.server.as_ref().map(|server| server.tail(20)).unwrap_or_default()
    }

    /// Where the API server listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// The authority's certificate.
    pub(crate) fn authority(&self) -> &str {
        &self.identity.authority
    }

    /// A client that may do everything.
    pub(crate) async fn admin(&self) -> Client {
        client(self.kubeconfig()).await
    }

    /// A kubeconfig that may do everything.
    pub(crate) fn kubeconfig(&self) -> serde_json::Value {
        let (certificate, key) = &self.identity.administrator;
        let user =
            serde_json::json!({ "client-certificate-data": base64(certificate), "client-key-data": base64(key) });
        kubeconfig(self.address(), &self.identity.authority, &user, "default")
    }

    /// SIGKILL to the API server.
    pub(crate) fn kill_server(&mut self) {
        self.server = None;
    }

    /// Everything runs, whatever a test did.
    pub(crate) async fn recover(&mut self) {
        if self.etcd.as_mut().is_none_or(|etcd| !etcd.runs()) {
            self.start_etcd();
        }
        self.etcd().thaw();
        if self.server.as_mut().is_none_or(|server| !server.runs()) {
            self.start_server();
        }
        self.server().thaw();
        self.ready(Duration::from_secs(90)).await;
    }

    /// The running API server.
    pub(crate) fn server(&self) -> &Process {
        self.server.as_ref().unwrap()
    }

    /// The running etcd.
    pub(crate) fn etcd(&self) -> &Process {
        self.etcd.as_ref().unwrap()
    }

    /// SIGKILL to etcd.
    pub(crate) fn kill_etcd(&mut self) {
        self.etcd = None;
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // A frozen process is killed like any other, but in this order none waits for another.
        self.manager = None;
        self.server = None;
        self.etcd = None;
    }
}

/// A client of a kubeconfig document.
pub(crate) async fn client(kubeconfig: serde_json::Value) -> Client {
    let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// A kubeconfig for one server and one user.
pub(crate) fn kubeconfig(
    address: std::net::SocketAddr,
    authority: &str,
    user: &serde_json::Value,
    namespace: &str,
) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "t",
        "clusters": [{ "name": "t", "cluster": {
            "server": format!("https://{address}"), "certificate-authority-data": base64(authority),
        } }],
        "users": [{ "name": "t", "user": user }],
        "contexts": [{ "name": "t", "context": { "cluster": "t", "user": "t", "namespace": namespace } }],
    })
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
