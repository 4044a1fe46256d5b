//! Putting the controller together, and taking it down in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::channel::mpsc;
use futures::{FutureExt, StreamExt, future};
use k8s_openapi::api::coordination::v1::Lease;
use kube::runtime::controller::{Action, Config as Settings};
use kube::runtime::reflector::{self, Store};
use kube::runtime::utils::{Predicate, PredicateConfig};
use kube::runtime::watcher::{self, Event, watcher};
use kube::runtime::{Controller, WatchStreamExt, predicates};
use kube::{Api, Resource};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::backoff::Rewatch;
use super::cluster::Cluster;
use super::context::{Context, Object, Rules, name_of, reference};
use super::http::{Doors, serve};
use super::lease::{Fence, Seat, hold};
use super::maps::Maps;
use super::metrics::Metrics;
use super::reconcile::reconcile;
use super::rights::{self, Rights};
use super::shelf::Shelf;
use super::sources::{self, Name, Sources};

/// How the controller is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where `/metrics`, `/healthz`, `/readyz` and `/hook` are.
    pub listen: SocketAddr,
    /// Where repositories and configurations are kept.
    pub cache: PathBuf,
    /// The controller's own namespace, for the Lease.
    pub namespace: String,
    /// The Lease's name.
    pub lease: String,
    /// This process; the Lease and events name it.
    pub identity: String,
    /// `serviceAccountName` must be given.
    pub require_account: bool,
    /// `file://`, loopback and link-local hosts are allowed.
    pub allow_local: bool,
    /// Sources that are looked at at a time.
    pub workers: usize,
    /// `FlagSync`s that are reconciled at a time.
    pub concurrency: u16,
    /// The labels of the `FlagSync`s that are looked after; all of them, where it is empty.
    pub selector: String,
}

/// Why it did not run.
#[derive(Debug)]
pub enum Ended {
    /// No cluster is configured, or its configuration makes no client.
    Cluster(String),
    /// The address cannot be listened on.
    Listen(std::io::Error),
    /// The cache cannot be written.
    Cache(std::io::Error),
}

/// Runs until `stop`.
///
/// # Errors
/// When it cannot begin.
pub async fn run(config: kube::Config, options: Options, stop: CancellationToken) -> Result<(), Ended> {
    prepare(&options.cache).map_err(Ended::Cache)?;
    let listener = TcpListener::bind(options.listen).await.map_err(Ended::Listen)?;
    let fence = Fence::default();
    let cluster = Cluster::new(config, fence.clone()).map_err(|error| Ended::Cluster(error.to_string()))?;
    let (objects, writer) = reflector::store::<Object>();
    let (wake, woken) = mpsc::unbounded();
    let context = context(&cluster, &fence, &objects, wake, &options);

    let listed = CancellationToken::new();
    let stream = objects_stream(&context, writer, &options.selector, listed.clone());
    let (again, all) = mpsc::unbounded();
    let ready = {
        let (context, listed) = (context.clone(), listed);
        move || listed.is_cancelled() && context.maps.tried()
    };
    let http = tokio::spawn(serve(listener, Doors::new(context.clone(), ready), stop.child_token()));

    // The Lease is given back when nothing is written any more.
    let idle = CancellationToken::new();
    let leases: Api<Lease> = Api::namespaced(cluster.client(), &options.namespace);
    let seat = Seat { leases, name: options.lease.clone(), identity: options.identity.clone() };
    let won = {
        let context = context.clone();
        move || {
            context.forget_proofs();
            let _ = again.unbounded_send(());
        }
    };
    let held = tokio::spawn(hold(seat, fence, won, idle.clone()));
    let chores = tokio::spawn(chores(context.clone()));

    Controller::for_stream(stream, objects)
        .with_config(Settings::default().concurrency(options.concurrency))
        .reconcile_on(woken)
        .reconcile_all_on(all)
        .graceful_shutdown_on({
            let stop = stop.clone();
            async move { stop.cancelled().await }
        })
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(5)), context)
        .for_each(|_| future::ready(()))
        .await;
    chores.abort();
    idle.cancel();
    let _ = tokio::join!(held, http);
    Ok(())
}

/// What other runs left unfinished goes.
fn prepare(cache: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(cache)?;
    match std::fs::remove_dir_all(cache.join("out")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(cache.join("out")),
    }
}

fn context(
    cluster: &Arc<Cluster>,
    fence: &Fence,
    objects: &Store<Object>,
    wake: mpsc::UnboundedSender<reflector::ObjectRef<Object>>,
    options: &Options,
) -> Arc<Context> {
    let metrics = Arc::new(Metrics::new());
    let told = {
        let wake = wake.clone();
        move |name: &Name| drop(wake.unbounded_send(reference(name)))
    };
    let rules =
        sources::Rules { cache: options.cache.clone(), allow_local: options.allow_local, workers: options.workers };
    let sources = Sources::new(rules, metrics.clone(), told);
    let changed = {
        let (wake, objects) = (wake.clone(), objects.clone());
        move |namespace: &str, touched: Vec<(String, String)>| {
            for object in objects.state() {
                let metadata = object.meta();
                let concerns = |(name, owner): &(String, String)| {
                    metadata.uid.as_ref() == Some(owner)
                        || object.0.as_ref().is_ok_and(|sync| sync.spec.target.name == *name)
                };
                if metadata.namespace.as_deref() == Some(namespace) && touched.iter().any(concerns) {
                    let _ = wake.unbounded_send(reference(&name_of(&object)));
                }
            }
        }
    };
    Arc::new(Context {
        cluster: cluster.clone(),
        fence: fence.clone(),
        objects: objects.clone(),
        maps: Arc::new(Maps::new(cluster.client(), changed)),
        sources,
        rights: Arc::new(Rights::default()),
        shelf: Shelf::new(&options.cache),
        metrics,
        rules: Rules { require_account: options.require_account, identity: options.identity.clone() },
        rendering: tokio::sync::Semaphore::new(1),
        wake,
        own: Mutex::default(),
        requests: Mutex::default(),
    })
}

/// `FlagSync`s as they change, but for their status. Errors are waited out here: they must not hold up what else wakes reconciliations.
fn objects_stream(
    context: &Arc<Context>,
    writer: reflector::store::Writer<Object>,
    selector: &str,
    listed: CancellationToken,
) -> impl futures::Stream<Item = Result<Object, watcher::Error>> + Send + use<> {
    let objects: Api<Object> = Api::all(context.cluster.client());
    let context = context.clone();
    let seen = move |event: &Result<Event<Object>, watcher::Error>| match event {
        Ok(Event::Apply(object) | Event::InitApply(object)) => {
            context.note(object);
            // Watched from its first FlagSync on.
            let _ = context.maps.space(&name_of(object).0);
        }
        Ok(Event::Delete(object)) => {
            context.forget(object);
            successors(&context, object);
        }
        Ok(Event::InitDone) => listed.cancel(),
        Ok(Event::Init) => {}
        Err(error) => tracing::warn!(%error, "FlagSyncs cannot be watched"),
    };
    watcher(
        objects,
        watcher::Config {
            label_selector: (!selector.is_empty()).then(|| selector.to_owned()),
            ..watcher::Config::default()
        },
    )
    .backoff(Rewatch::default())
    .modify(|object| object.meta_mut().managed_fields = None)
    .inspect(seen)
    .reflect(writer)
    .applied_objects()
    .filter(|object| future::ready(object.is_ok()))
    .predicate_filter(predicates::generation.combine(predicates::annotations), PredicateConfig::default())
}

/// Whoever had to wait for the target of one that is gone.
fn successors(context: &Context, gone: &Object) {
    let Ok(gone) = &gone.0 else { return };
    for object in context.objects.state() {
        let same = |sync: &super::api::FlagSync| {
            sync.metadata.namespace == gone.metadata.namespace && sync.spec.target.name == gone.spec.target.name
        };
        if object.0.as_ref().is_ok_and(same) {
            context.wake(&name_of(&object));
        }
    }
}

/// What is done now and then.
async fn chores(context: Arc<Context>) {
    let tidy = async {
        let mut led = false;
        loop {
            // Not at once: what is not listed yet is not gone.
            tokio::time::sleep(Duration::from_secs(60)).await;
            context.sources.tidy();
            if context.objects.wait_until_ready().now_or_never().is_some() {
                let namespaces: std::collections::BTreeSet<String> =
                    context.objects.state().iter().map(|object| name_of(object).0).collect();
                context.maps.keep(&|namespace| namespaces.contains(namespace));
                context.tidy();
            }
            let leads = context.fence.check().is_ok();
            if led && !leads {
                context.metrics.forget_all();
            }
            led = leads;
        }
    };
    tokio::join!(tidy, rights::watch(&context));
}

/// A number that no other process has.
#[must_use]
pub fn distinct() -> u32 {
    use std::hash::{BuildHasher, Hasher};
    let random = std::hash::RandomState::new().build_hasher().finish();
    u32::try_from(random >> 32).unwrap_or(0)
}
