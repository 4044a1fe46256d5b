//! What does not fit its layout is held and named, and replaces nothing.

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::flags::flag;
use crate::harness::reader::Reader;
use crate::harness::scene::{SOON, Scene};

/// Text that gzip makes little of, always the same.
pub(crate) fn noise(bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[(state >> 58) as usize])
    };
    (0..bytes).map(next).collect()
}

async fn fits_and_does_not(cluster: &Cluster, layout: &str, fits: &[usize], too_large: usize) {
    let scene = Scene::start_as(cluster, "size", |sync| sync["spec"]["target"]["layout"] = json!(layout)).await;
    let reader = Reader::start(scene.tenant.maps(), "banner");
    let write = |name: &str, bytes: usize| {
        scene.repository.origin.write(&format!("flags/{name}.kdl"), flag(name, &noise(bytes, bytes as u64)));
    };
    for bytes in fits {
        // Files have limits of their own: many flags of moderate size.
        for (number, first) in (0..*bytes).step_by(100_000).enumerate() {
            write(&format!("filler-{number:03}"), 100_000.min(bytes - first));
        }
        let pushed = scene.repository.origin.commit(&format!("{bytes} bytes"));
        scene.watched.applied(&pushed, SOON).await;
        scene.watched.settled(&pushed, SOON).await;
    }
    let good = scene.watched.live();
    for (number, first) in (0..too_large).step_by(100_000).enumerate() {
        write(&format!("more-{number:03}"), 100_000.min(too_large - first) / 2);
    }
    write("giant", 180_000);
    scene.repository.origin.commit("too large");
    let message = scene.watched.ready("False", "TooLarge", SOON).await;
    println!("    {layout}: {}", message.lines().next().unwrap_or_default());
    assert!(message.contains("giant"), "the largest flag is not named: {message}");
    assert_eq!(scene.watched.live(), good);
    reader.assert_whole();
}

pub(crate) async fn inline_holds_a_megabyte(cluster: &Cluster) {
    fits_and_does_not(cluster, "inline", &[200_000, 980_000], 400_000).await;
}

pub(crate) async fn gzip_holds_a_megabyte_compressed(cluster: &Cluster) {
    fits_and_does_not(cluster, "gzip", &[1_200_000], 800_000).await;
}

pub(crate) async fn parts_hold_several(cluster: &Cluster) {
    let scene = Scene::start_as(cluster, "size", |sync| sync["spec"]["target"]["layout"] = json!("parts")).await;
    let reader = Reader::start(scene.tenant.maps(), "banner");
    for number in 0..30 {
        let name = format!("filler-{number:03}");
        scene.repository.origin.write(&format!("flags/{name}.kdl"), flag(&name, &noise(100_000, number)));
    }
    let pushed = scene.repository.origin.commit("three megabytes");
    let seen = scene.watched.applied(&pushed, SOON).await;
    let parts = crate::harness::sync::annotation(&seen.object, "flagfall.dev/parts").unwrap().parse::<usize>().unwrap();
    assert!(parts >= 3, "{parts} parts");
    scene.watched.ready("True", "Applied", SOON).await;
    reader.assert_whole();
}
