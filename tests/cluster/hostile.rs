//! Repositories that mean harm are refused, and cost the controller nothing.

use crate::harness::cluster::Cluster;
use crate::harness::scene::{SOON, Scene};

pub(crate) async fn a_hostile_repository_is_refused(cluster: &Cluster) {
    let scene = Scene::start(cluster, "hostile").await;
    let good = scene.watched.live();
    let base = scene.repository.origin.head();
    let origin = &scene.repository.origin;
    let back = || origin.git(&["reset", "-q", "--hard", &base]);

    std::os::unix::fs::symlink("/etc/passwd", origin.path.join("flags/passwd.kdl")).unwrap();
    origin.commit("a link");
    scene.watched.ready("False", "Hostile", SOON).await;

    back();
    origin.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{base},flags/module")]);
    origin.git(&["commit", "-q", "-m", "a submodule"]);
    scene.watched.annotate("flagfall.dev/requestedAt", "submodule").await;
    scene.handled("submodule").await;
    scene.watched.ready("False", "Hostile", SOON).await;

    back();
    scene.watched.ready("True", "Applied", SOON).await;
    // Packs to a thousandth.
    let file = std::fs::File::create(origin.path.join("flags/bomb.kdl")).unwrap();
    file.set_len(1 << 30).unwrap();
    origin.commit("a gigabyte of nothing");
    scene.watched.ready("False", "TooLarge", SOON * 4).await;

    assert_eq!(scene.watched.live(), good);
    let peak = scene.controller.process.peak() >> 20;
    println!("    the controller's peak: {peak} MiB");
    assert!(peak < 256, "{peak} MiB");
}
