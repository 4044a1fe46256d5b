//! A push becomes the pointer: at once where the git host says so, within an interval where it does not.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::scene::{SOON, Scene, count};
use crate::harness::sync::{self, Watched};
use crate::harness::{hook, wait};

const SECRET: &str = "told-to-the-git-host";

pub(crate) async fn a_push_becomes_the_pointer_in_two_seconds(cluster: &Cluster) {
    // Without optimization, compiling alone takes longer: then fewer flags are pushed, and the bar stays.
    let (flags, warm_ups, pushes) = (count(10_000, 300), count(10, 3), count(200, 15));
    let tenant = cluster.tenant("push").await;
    let repository = Repository::large(flags);
    repository.admit(&tenant).await;
    tenant.secret("flagfall-webhook", &[("token", SECRET)]).await;
    let controller = Controller::start(cluster).await;
    // So seldom that nothing but the webhook can be what brings a push in time.
    let mut object = sync::of("flags", &repository.url(), "1h");
    object["spec"]["target"]["layout"] = json!("gzip");
    object["spec"]["timeout"] = json!("5m");
    object["spec"]["webhook"] = json!({ "secretRef": { "name": "flagfall-webhook" } });
    let watched = Watched::create(&tenant, &object).await;
    watched.applied(&repository.origin.head(), Duration::from_secs(120)).await;
    let mut took = Vec::new();
    for number in 0..warm_ups + pushes {
        let pushed = repository.push_hundred(&format!("v{number}"), flags);
        assert_eq!(hook::send(&controller, SECRET, &repository.url(), &pushed).await, 202);
        let told = Instant::now();
        let seen = watched.applied(&pushed, SOON).await;
        if number >= warm_ups {
            took.push(seen.at.saturating_duration_since(told));
        }
    }
    let (half, most) = (wait::percentile(&mut took, 0.5), wait::percentile(&mut took, 0.99));
    println!("    {pushes} pushes of {flags} flags: half in {half:?}, 99 % in {most:?}");
    assert!(most < Duration::from_secs(2), "99 % in {most:?}");
}

pub(crate) async fn a_push_that_nobody_tells_of_is_found_within_an_interval(cluster: &Cluster) {
    let scene = Scene::start(cluster, "interval").await;
    for number in 0..count(10, 3) {
        let pushed = scene.repository.push(&format!("v{}", number + 1));
        let began = Instant::now();
        let took = scene.watched.applied(&pushed, SOON).await.at - began;
        println!("    found after {took:?}");
        assert!(took <= Duration::from_secs(7), "{took:?} with an interval of 5 s");
    }
}
