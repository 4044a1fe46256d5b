//! The controller stays small, however much it publishes.

use kube::api::DynamicObject;
use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::scene::{SOON, count};
use crate::harness::sync::{self, Watched};

pub(crate) async fn the_controller_stays_below_128_mib(cluster: &Cluster) {
    let (flags, syncs, pushes) = (count(10_000, 500), count(20, 5), count(50, 8));
    let tenant = cluster.tenant("memory").await;
    let repository = Repository::large(flags);
    repository.admit(&tenant).await;
    let controller = Controller::start(cluster).await;
    let mut all = Vec::new();
    for number in 0..syncs {
        let mut object = sync::of(&format!("flags-{number}"), &repository.url(), "5s");
        object["spec"]["target"]["layout"] = json!("gzip");
        object["spec"]["target"]["historyLimit"] = json!(5);
        object["spec"]["target"]["historyMinAge"] = json!("0s");
        object["spec"]["timeout"] = json!("5m");
        all.push(Watched::create(&tenant, &object).await);
    }
    for number in 0..pushes {
        let pushed = repository.push_hundred(&format!("v{number}"), flags);
        for watched in &all {
            watched.applied(&pushed, SOON * 4).await;
        }
    }
    let peak = controller.process.peak();
    println!("    {flags} flags, {syncs} FlagSyncs, {pushes} pushes: {} MiB", peak >> 20);
    assert!(peak < 128 << 20, "{} MiB", peak >> 20);
    // Pruning keeps what it should.
    for watched in &all {
        watched.ready("True", "Applied", SOON).await;
        let few = |sync: &DynamicObject| sync.data["status"]["history"].as_array().is_some_and(|kept| kept.len() <= 5);
        let from = watched.sync.len().saturating_sub(1);
        let pruned = watched.sync.until(from, SOON, |seen| few(&seen.object)).await;
        assert!(pruned.is_some(), "too many revisions are kept: {:#}", watched.status()["history"]);
    }
}
