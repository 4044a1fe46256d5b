//! Many FlagSyncs on one repository are one fetch.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::follow::Follow;
use crate::harness::scene::count;
use crate::harness::sync::{self, annotation};
use crate::harness::wait;
use kube::api::{DynamicObject, PostParams};

pub(crate) async fn two_hundred_flagsyncs_are_one_fetch(cluster: &Cluster) {
    let total = count(200, 200);
    let tenant = cluster.tenant("many").await;
    let repository = Repository::small();
    repository.admit(&tenant).await;
    let maps = Follow::start(tenant.maps(), "");
    for number in 0..total {
        let mut object = sync::of(&format!("banner-{number:03}"), &repository.url(), "20s");
        object["spec"]["target"]["historyLimit"] = json!(2);
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        tenant.syncs().create(&PostParams::default(), &object).await.unwrap();
    }
    let _controller = Controller::start(cluster).await;
    let pointing = |revision: &str| {
        let mut names: Vec<String> = maps
            .all()
            .into_iter()
            .filter(|seen| annotation(&seen.object, "flagfall.dev/revision") == Some(revision))
            .filter_map(|seen| seen.object.metadata.name)
            .filter(|name| name.len() == "banner-000".len())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    let all = async |revision: &str| {
        let began = Instant::now();
        // A closure that looks at what is being looked through would wait for itself.
        let done = wait::until(Duration::from_secs(90), async || (pointing(revision) == total).then_some(()));
        let _ = done.await;
        assert_eq!(pointing(revision), total, "pointers");
        began.elapsed()
    };
    let first = repository.origin.head();
    println!("    {total} pointers after {:?}", all(&first).await);

    let before = repository.host.count_upload_packs();
    let began = Instant::now();
    let pushed = repository.push("v1");
    let took = all(&pushed).await;
    println!("    and after a push in {took:?}");
    assert!(took <= Duration::from_secs(30), "{took:?}");
    let intervals = began.elapsed().as_secs() / 20 + 2;
    let asked = (repository.host.count_upload_packs() - before) as u64;
    println!("    {asked} times upload-pack in {:?}", began.elapsed());
    assert!(asked <= intervals, "{asked} times in {intervals} intervals");
}
