//! What is live in a cluster, for people at a terminal. Nothing is written there.

use std::path::PathBuf;
use std::time::Duration;

use kube::{Api, Client, Config};

use super::{Context, Exit, diff};
use crate::agent::{Agent, Cluster, Form, Seen, Source};
use crate::controller::api::FlagSync;
use crate::failure::Failure;

/// How the base of a difference names what is live.
const PREFIX: &str = "flagsync/";

/// How long the API server may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Does something with a cluster: the one KUBECONFIG names, or the one this runs in.
///
/// # Errors
/// When there is none, or what is done fails.
pub(in crate::cli) fn with_cluster<T>(
    work: impl AsyncFnOnce(Client, &str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let config = Config::infer().await.map_err(|error| {
            Failure::new(format!("no cluster is configured: {error}")).help("name a kubeconfig file with KUBECONFIG")
        })?;
        let namespace = config.default_namespace.clone();
        let client = Client::try_from(config);
        let client = client.map_err(|error| Failure::new(format!("the cluster cannot be talked to: {error}")))?;
        work(client, &namespace).await
    })
}

/// Asks the API server, for a while.
///
/// # Errors
/// When it says no, or nothing.
pub(in crate::cli) async fn asked<T>(
    what: &str,
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(kube::Error::Api(status))) => Err(Failure::new(format!("cannot read {what}: {}", status.message))),
        Ok(Err(error)) => Err(Failure::new(format!("cannot read {what}: {error}"))),
        Err(_) => {
            Err(Failure::new(format!("cannot read {what}: the API server did not answer in {} s", PATIENCE.as_secs())))
        }
    }
}

/// Runs `flagfall diff`, whose base may be `flagsync/NAME` or `flagsync/NAMESPACE/NAME`: what is live there, in a file beside others
/// that are temporary. Exit code 1 then says that it differs.
///
/// # Errors
/// When what is live cannot be read, and as [`diff::run`].
pub fn diff(mut args: diff::Args, context: &mut Context) -> Result<Exit, Failure> {
    let name = args.base.as_ref().and_then(|base| base.strip_prefix(PREFIX)).map(str::to_owned);
    if let Some(name) = name {
        let (file, environment) = with_cluster(async |client, namespace| fetch(client, namespace, &name).await)?;
        let note = format!("note: what is live as {PREFIX}{name} is in {}", file.display());
        context.output.messages().line(super::output::printable(&note));
        args.base = Some(file.display().to_string());
        args.exit_code = true;
        if args.only.is_empty() {
            args.only.push(environment);
        }
    }
    diff::run(&args, context)
}

/// Writes what is live to a file; which, and its environment.
async fn fetch(client: Client, namespace: &str, name: &str) -> Result<(PathBuf, String), Failure> {
    let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
    let syncs: Api<FlagSync> = Api::namespaced(client.clone(), namespace);
    let found = asked("FlagSyncs", syncs.get_opt(name)).await?;
    let sync = found.ok_or_else(|| {
        Failure::new(format!("there is no FlagSync `{name}` in the namespace `{namespace}`"))
            .help("`flagfall status -A` lists them; another namespace is `flagsync/NAMESPACE/NAME`")
    })?;
    let directory = std::env::temp_dir().join("flagfall-live");
    std::fs::create_dir_all(&directory)
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", directory.display())))?;
    let out = directory.join(format!("{namespace}.{name}.json"));
    let target = sync.spec.target.name.clone();
    let pointer = Cluster::new(Api::namespaced(client, namespace), target.clone());
    let mut agent = Agent { source: Source::Cluster(Box::new(pointer)), out: out.clone(), form: Form::Server };
    agent.once(&Seen::new(&target)).await.map_err(|trouble| Failure::new(trouble.to_string()))?;
    Ok((out, sync.spec.environment))
}
