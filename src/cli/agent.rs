//! `flagfall agent`: keeps a file in a pod equal to what is published.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use kube::{Api, Client, Config};

use super::{Context, Exit};
use crate::agent::{Agent, Cluster, Directory, Form, Seen, Source};
use crate::failure::Failure;

/// Keep a file in a pod equal to what is published
///
/// Reads a pointer ConfigMap and its parts through the API, needing no right but `get` on ConfigMaps of its namespace, or a pointer
/// that is mounted. Verifies the digest and replaces the file whole; what is not whole, missing or unreachable leaves it as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall agent --configmap flags --out /flags/config.json
  flagfall agent --configmap flags --out /flags/config.json --once
  flagfall agent --watch-dir /mounted --out /flags/config.json

Served with --listen: /metrics (flagfall_agent_revision says which revision the file holds), /healthz, /readyz (the file holds one).")]
#[command(group = clap::ArgGroup::new("where").required(true).args(["configmap", "watch_dir"]))]
pub struct Args {
    /// The pointer: the `target.name` of a FlagSync
    #[arg(long, value_name = "NAME")]
    pub configmap: Option<String>,
    /// The directory where a pointer is mounted (layouts inline and gzip)
    #[arg(long, value_name = "DIR")]
    pub watch_dir: Option<PathBuf>,
    /// The pointer's namespace [default: the pod's]
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "watch_dir")]
    pub namespace: Option<String>,
    /// The file to keep
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write the obfuscated form for clients instead
    #[arg(long)]
    pub client: bool,
    /// How many seconds to wait between readings [default: 5, of a directory 1]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub every: Option<u64>,
    /// Read once, and fail when there is nothing whole to read
    #[arg(long)]
    pub once: bool,
    /// Where to serve metrics, health and readiness [default: nowhere]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "once")]
    pub listen: Option<SocketAddr>,
}

/// Runs it.
///
/// # Errors
/// When there is no cluster to ask, nobody can listen, or `--once` finds nothing whole.
pub fn run(args: &Args, _: &mut Context) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    runtime.block_on(serve(args))
}

async fn serve(args: &Args) -> Result<Exit, Failure> {
    let seen = Seen::new(args.configmap.as_deref().unwrap_or("mounted"));
    let form = if args.client { Form::Client } else { Form::Server };
    let mut agent = Agent { source: source(args).await?, out: args.out.clone(), form };
    if args.once {
        agent.once(&seen).await.map_err(|trouble| Failure::new(trouble.to_string()))?;
        return Ok(Exit::Clean);
    }
    // Told twice within one process, as in tests, the first one stays.
    let _ = tracing_subscriber::fmt().json().with_writer(std::io::stderr).try_init();
    if let Some(address) = args.listen {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|error| Failure::new(format!("cannot listen at `{address}`: {error}")))?;
        let router = seen.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let every = args.every.unwrap_or(if args.watch_dir.is_some() { 1 } else { 5 });
    agent.run(Duration::from_secs(every), &seen, told_to_stop()).await;
    Ok(Exit::Clean)
}

async fn source(args: &Args) -> Result<Source, Failure> {
    if let Some(path) = &args.watch_dir {
        return Ok(Source::Directory(Directory::new(path.clone())));
    }
    let unreachable = |error: String| {
        Failure::new(format!("there is no cluster to ask: {error}"))
            .help("run it in a pod with a ServiceAccount, or set KUBECONFIG")
    };
    let config = Config::infer().await.map_err(|error| unreachable(error.to_string()))?;
    let namespace = args.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config).map_err(|error| unreachable(error.to_string()))?;
    let name = args.configmap.clone().unwrap_or_default();
    Ok(Source::Cluster(Box::new(Cluster::new(Api::namespaced(client, &namespace), name))))
}

/// SIGTERM, as pods get it, or Ctrl-C.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted => {}
        }
        return;
    }
    let _ = interrupted.await;
}
