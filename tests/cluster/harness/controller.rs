//! The real binary as `flagfall controller`, as its own ServiceAccount and nothing else.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::cluster::{ACCOUNT, Cluster, SYSTEM};
use super::process::{Process, free_port};
use super::wait;

/// A replica.
pub(crate) struct Controller {
    pub(crate) process: Process,
    port: u16,
}

/// How it is started.
pub(crate) struct Options {
    /// The API server, or a proxy before it.
    pub(crate) address: SocketAddr,
    /// Further arguments.
    pub(crate) arguments: Vec<String>,
    /// Its identity in the Lease.
    pub(crate) name: String,
}

impl Controller {
    /// Starts one replica at the API server; returns when it is ready.
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        Self::start_with(cluster, Options::new(cluster, "one")).await
    }

    /// The same otherwise.
    pub(crate) async fn start_with(cluster: &Cluster, options: Options) -> Self {
        let mut controller = Self::spawn(cluster, options).await;
        controller.ready(Duration::from_secs(30)).await;
        controller
    }

    /// Starts it and does not wait.
    pub(crate) async fn spawn(cluster: &Cluster, options: Options) -> Self {
        let kubeconfig = cluster.kubeconfig_file(SYSTEM, ACCOUNT, options.address).await;
        let port = free_port();
        let cache = cluster.directory().join(format!("cache-{port}"));
        std::fs::create_dir_all(&cache).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_flagfall"));
        let log = format!("controller-{}-{port}", options.name);
        let process = Process::start(program, &log, cluster.directory(), |command| {
            command
                .env_clear()
                .env("KUBECONFIG", &kubeconfig)
                .env("POD_NAME", &options.name)
                .env("POD_NAMESPACE", SYSTEM)
                .env("TMPDIR", cluster.directory())
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .arg("controller")
                .arg(format!("--listen=127.0.0.1:{port}"))
                .arg(format!("--cache={}", cache.display()))
                .arg("--allow-local")
                .args(&options.arguments);
        });
        Self { process, port }
    }

    /// Waits for its `/readyz`.
    pub(crate) async fn ready(&mut self, within: Duration) {
        let mut ended = false;
        let ready = wait::until(within, async || {
            ended = ended || !self.process.runs();
            (ended || self.get("/readyz").await.is_some_and(|(status, _)| status == 200)).then_some(())
        });
        let ready = ready.await.is_some() && !ended;
        assert!(ready, "the controller is not ready after {within:?}:\n{}", self.process.tail(30));
    }

    /// `GET`: status and body.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        request(self.port, "GET", path, &[], b"").await
    }

    /// `POST`: status and body.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<(u16, String)> {
        request(self.port, "POST", path, headers, body).await
    }

    /// The sum of a metric's series whose line contains all of these texts.
    pub(crate) async fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let (_, text) = self.get("/metrics").await?;
        let fits = |line: &&str| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        };
        let values: Vec<f64> =
            text.lines().filter(fits).filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// SIGTERM, and whether it ended by itself with code 0.
    pub(crate) async fn stop(&mut self) {
        let status = self.process.stop(Duration::from_secs(20)).await;
        assert!(
            status.is_some_and(|status| status.success()),
            "the controller does not end by itself: {status:?}\n{}",
            self.process.tail(20)
        );
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        // So that whoever comes next need not wait for the Lease; one that is frozen or hangs is killed.
        self.process.end(Duration::from_secs(3));
    }
}

impl Options {
    /// At the API server.
    pub(crate) fn new(cluster: &Cluster, name: &str) -> Self {
        Self { address: cluster.address(), arguments: Vec::new(), name: name.to_owned() }
    }

    /// With one more argument.
    pub(crate) fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

/// One HTTP request on a connection of its own.
pub(crate) async fn request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<(u16, String)> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let exchange = async {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
        Some((status, body))
    };
    tokio::time::timeout(Duration::from_secs(10), exchange).await.ok().flatten()
}
