//! The cluster fails, the controller dies: readers never see anything but a whole configuration, and everything comes right by itself.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::controller::{Controller, Options};
use crate::harness::follow::Follow;
use crate::harness::proxy::{Mode, Proxy};
use crate::harness::reader::Reader;
use crate::harness::scene::{SOON, Scene, count};
use crate::harness::sync::Watched;

async fn scene(cluster: &Cluster, name: &str) -> (Scene, Reader, Follow<ConfigMap>) {
    let scene = Scene::start_as(cluster, name, |sync| sync["spec"]["target"]["layout"] = json!("parts")).await;
    let reader = Reader::start(scene.tenant.maps(), "banner");
    let maps = Follow::start(scene.tenant.maps(), "");
    (scene, reader, maps)
}

async fn settled(watched: &Watched, revision: &str, within: Duration) {
    watched.applied(revision, within).await;
    watched.settled(revision, within).await;
}

/// Once the API server answers, half a minute is enough.
async fn comes_right(cluster: &Cluster, watched: &Watched, pushed: &str) {
    cluster.plane().await.ready(Duration::from_secs(60)).await;
    let began = Instant::now();
    settled(watched, pushed, Duration::from_secs(30)).await;
    println!("    settled {:?} after /readyz", began.elapsed());
}

/// Nobody read anything but whole configurations, and nothing was deleted.
fn assert_whole(reader: &Reader, maps: &Follow<ConfigMap>) {
    println!("    {} reads, {} unanswered", reader.assert_whole().good, reader.report().unanswered);
    assert_eq!(maps.gone(), Vec::<String>::new());
}

pub(crate) async fn an_api_server_that_is_gone_for_ten_seconds(cluster: &Cluster) {
    let (scene, reader, maps) = scene(cluster, "outage").await;
    cluster.plane().await.kill_server();
    let pushed = scene.repository.push("v1");
    tokio::time::sleep(Duration::from_secs(10)).await;
    cluster.plane().await.start_server();
    comes_right(cluster, &scene.watched, &pushed).await;
    assert_whole(&reader, &maps);
}

pub(crate) async fn an_etcd_that_is_frozen_for_twenty_seconds(cluster: &Cluster) {
    let (scene, reader, maps) = scene(cluster, "frozen").await;
    cluster.plane().await.etcd().freeze();
    let pushed = scene.repository.push("v1");
    tokio::time::sleep(Duration::from_secs(20)).await;
    cluster.plane().await.etcd().thaw();
    comes_right(cluster, &scene.watched, &pushed).await;
    assert_whole(&reader, &maps);
}

pub(crate) async fn a_controller_that_is_killed_at_any_point(cluster: &Cluster) {
    let (mut scene, reader, maps) = scene(cluster, "killed").await;
    for number in 0..count(20, 2) {
        let pushed = scene.repository.push(&format!("v{}", number + 1));
        scene.watched.annotate("flagfall.dev/requestedAt", &number.to_string()).await;
        // Spread over what a push takes, in an order that is always the same.
        tokio::time::sleep(Duration::from_millis((number as u64 * 137 + 60) % 900)).await;
        scene.controller.process.kill();
        let began = Instant::now();
        scene.controller = Controller::spawn(cluster, Options::new(cluster, &format!("after-{number}"))).await;
        settled(&scene.watched, &pushed, Duration::from_secs(50)).await;
        println!("    settled {:?} after SIGKILL", began.elapsed());
    }
    assert_whole(&reader, &maps);
}

pub(crate) async fn a_network_that_delays_hangs_and_cuts(cluster: &Cluster) {
    let (mut scene, reader, maps) = scene(cluster, "network").await;
    scene.controller.stop().await;
    let proxy = Proxy::start(cluster.address()).await;
    let options = Options { address: proxy.address(), ..Options::new(cluster, "proxied") };
    scene.controller = Controller::start_with(cluster, options).await;
    let faults = [(Mode::Delay(Duration::from_millis(200)), 5), (Mode::Hang, 12), (Mode::Cut, 8)];
    for (number, (mode, seconds)) in faults.into_iter().enumerate() {
        proxy.set(mode);
        let pushed = scene.repository.push(&format!("v{}", number + 1));
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        proxy.set(Mode::Pass);
        let began = Instant::now();
        settled(&scene.watched, &pushed, SOON).await;
        println!("    {mode:?}: settled {:?} after it ended", began.elapsed());
    }
    assert_whole(&reader, &maps);
}
