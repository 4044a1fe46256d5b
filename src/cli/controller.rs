//! `flagfall controller`: keeps ConfigMaps equal to what repositories say.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Context, Exit};
use crate::controller::{api, log, run};
use crate::failure::Failure;

/// What is logged by default: what the client of the API server says of each attempt is said again, once and with its reason.
const QUIET: &str = "info,kube_client=off,kube_runtime=off";

/// Keep ConfigMaps of a cluster equal to what git repositories say
///
/// Reads FlagSync objects: which repository, which environment, which ConfigMap. What is live is exactly one verified commit's
/// configuration, or the last good one. Talks to the cluster it runs in, or to the one that KUBECONFIG names.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall controller --definition | kubectl apply -f -
  flagfall controller --listen 0.0.0.0:8080 --cache /cache")]
pub struct Args {
    /// Print the CustomResourceDefinition of FlagSync as YAML, and end
    #[arg(long)]
    pub definition: bool,
    /// Where /metrics, /healthz, /readyz and /hook are
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Where repositories and configurations are kept; what is lost is fetched again
    #[arg(long, value_name = "DIR", default_value = "/cache")]
    pub cache: PathBuf,
    /// The controller's own namespace, where its Lease is [default: $POD_NAMESPACE, else that of the service account]
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The name of the Lease by which one replica leads
    #[arg(long, value_name = "NAME", default_value = "flagfall")]
    pub lease: String,
    /// Write only as the service account that a FlagSync names
    #[arg(long)]
    pub require_service_account: bool,
    /// Allow sources at file://, loopback and link-local addresses
    #[arg(long)]
    pub allow_local: bool,
    /// How many sources are fetched and compiled at a time
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub workers: usize,
    /// How many FlagSyncs are reconciled at a time
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub concurrency: u16,
    /// Look only after FlagSyncs with these labels, such as shard=a; controllers of other shards have Leases of their own
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    pub selector: String,
    /// What is logged, as JSON lines on standard error: error, warn, info, debug or trace, for parts as in flagfall=debug,info
    #[arg(long, value_name = "FILTER", default_value = QUIET)]
    pub log: String,
}

/// Runs it.
///
/// # Errors
/// When there is no cluster to talk to, the address is taken, or the cache cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if args.definition {
        let text = api::definition().map_err(|error| Failure::new(format!("cannot write the definition: {error}")))?;
        context.output.results().text(&text);
        return Ok(Exit::Clean);
    }
    log::start(&args.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build();
    runtime.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?.block_on(serve(args))
}

async fn serve(args: &Args) -> Result<Exit, Failure> {
    let config = kube::Config::infer().await.map_err(|error| {
        Failure::new(format!("no cluster is configured: {error}"))
            .help("run it in a pod, or name a file with KUBECONFIG")
    })?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let namespace = args.namespace.clone().or_else(|| variable("POD_NAMESPACE"));
    let pod = variable("POD_NAME").or_else(|| variable("HOSTNAME")).unwrap_or_else(|| "flagfall".to_owned());
    let options = run::Options {
        listen: args.listen,
        cache: args.cache.clone(),
        namespace: namespace.unwrap_or_else(|| config.default_namespace.clone()),
        lease: args.lease.clone(),
        identity: format!("{pod}_{:08x}", run::distinct()),
        require_account: args.require_service_account,
        allow_local: args.allow_local,
        workers: args.workers,
        concurrency: args.concurrency,
        selector: args.selector.clone(),
    };
    let stop = CancellationToken::new();
    let asked = stop.clone();
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return Err(Failure::new("signals cannot be waited for"));
    };
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        asked.cancel();
    });
    run::run(config, options, stop).await.map(|()| Exit::Clean).map_err(|ended| match ended {
        run::Ended::Cluster(error) => Failure::new(format!("the cluster cannot be talked to: {error}")),
        run::Ended::Listen(error) => Failure::new(format!("cannot listen on `{}`: {error}", args.listen))
            .help("choose another address with `--listen`"),
        run::Ended::Cache(error) => Failure::new(format!("cannot write the cache `{}`: {error}", args.cache.display()))
            .help("choose another directory with `--cache`"),
    })
}
