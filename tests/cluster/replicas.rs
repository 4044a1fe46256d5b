//! One of two replicas leads; the other takes over when it is gone, and at once when it leaves.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;

use crate::harness::cluster::{Cluster, SYSTEM};
use crate::harness::controller::{Controller, Options};
use crate::harness::flags::Repository;
use crate::harness::scene::SOON;
use crate::harness::sync::{self, Watched};
use crate::harness::wait;

async fn holder(cluster: &Cluster) -> Option<String> {
    let leases: Api<Lease> = Api::namespaced(cluster.admin(), SYSTEM);
    let lease = leases.get_opt("flagfall").await.ok()??;
    lease.spec?.holder_identity.filter(|holder| !holder.is_empty())
}

async fn leads(controller: &Controller) -> bool {
    controller.metric("flagfall_leader", &[]).await == Some(1.0)
}

async fn led(controller: &Controller, within: Duration) -> bool {
    wait::until(within, async || leads(controller).await.then_some(())).await.is_some()
}

pub(crate) async fn one_of_two_leads_and_the_other_takes_over(cluster: &Cluster) {
    let tenant = cluster.tenant("replicas").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let mut one = Controller::start_with(cluster, Options::new(cluster, "one")).await;
    assert!(led(&one, SOON).await, "nobody leads");
    let two = Controller::start_with(cluster, Options::new(cluster, "two")).await;
    let watched = Watched::create(&tenant, &sync::of("banner", &repository.url(), "5s")).await;
    watched.applied(&repository.origin.head(), SOON).await;
    assert!(leads(&one).await && !leads(&two).await, "one leads, and only one");
    assert!(holder(cluster).await.is_some_and(|holder| holder.contains("one")), "{:?}", holder(cluster).await);

    // Killed: nobody says so.
    one.process.kill();
    let began = Instant::now();
    let pushed = repository.push("v1");
    assert!(led(&two, Duration::from_secs(45)).await, "nobody took over in 45 s");
    println!("    taken over {:?} after SIGKILL", began.elapsed());
    watched.applied(&pushed, Duration::from_secs(50).saturating_sub(began.elapsed())).await;

    // Told to stop: it says so.
    let three = Controller::start_with(cluster, Options::new(cluster, "three")).await;
    let mut two = two;
    let began = Instant::now();
    two.process.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(led(&three, SOON).await, "nobody took over");
    let took = began.elapsed();
    println!("    handed over in {took:?}");
    assert!(took < Duration::from_secs(2), "handing over took {took:?}");
    two.stop().await;
    let pushed = repository.push("v2");
    watched.applied(&pushed, SOON).await;
}
