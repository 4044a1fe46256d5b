//! A change beyond the guard is held until somebody approves that very digest.

use std::time::Duration;

use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::flags::flag;
use crate::harness::scene::{SOON, Scene};

pub(crate) async fn a_change_beyond_the_guard_waits_for_its_digest(cluster: &Cluster) {
    let scene = Scene::start_as(cluster, "guard", |sync| sync["spec"]["guard"] = json!({ "maxRemovedFlags": 0 })).await;
    for name in ["one", "two", "three"] {
        scene.repository.origin.write(&format!("flags/{name}.kdl"), flag(name, "v0"));
    }
    let all = scene.repository.origin.commit("three more");
    scene.watched.applied(&all, SOON).await;

    let remove = |name: &str| {
        scene.repository.origin.git(&["rm", "-q", &format!("flags/{name}.kdl")]);
        scene.repository.origin.commit(&format!("without {name}"))
    };
    let first = remove("one");
    let message = scene.watched.ready("False", "GuardExceeded", SOON).await;
    assert!(message.contains("one"), "what is removed is not in: {message}");
    let held = scene.watched.status()["held"].as_str().unwrap().to_owned();
    assert_eq!(scene.controller.metric("flagfall_held", &[&scene.tenant.namespace]).await, Some(1.0));

    // Another digest approves nothing.
    scene.watched.annotate("flagfall.dev/approve", &"0".repeat(64)).await;
    scene.watched.annotate("flagfall.dev/requestedAt", "after a wrong approval").await;
    scene.handled("after a wrong approval").await;
    scene.watched.ready("False", "GuardExceeded", SOON).await;
    assert_eq!(scene.watched.live().as_deref(), Some(all.as_str()));

    scene.watched.annotate("flagfall.dev/approve", &held).await;
    scene.watched.applied(&first, SOON).await;
    scene.watched.settled(&first, SOON).await;

    // The next one is not approved with it.
    let second = remove("two");
    scene.watched.ready("False", "GuardExceeded", SOON).await;
    assert_eq!(scene.watched.live().as_deref(), Some(first.as_str()));
    assert_ne!(scene.watched.status()["held"], held.as_str());
    assert_ne!(first, second);
}

pub(crate) async fn an_override_is_exempt(cluster: &Cluster) {
    let scene =
        Scene::start_as(cluster, "override", |sync| sync["spec"]["guard"] = json!({ "maxReassigned": "1%" })).await;
    let with = |lines: &str| {
        let text = flag("banner", "v0").replace("        otherwise live\n", lines);
        let gate = "    gate kill serve=control\n    env production";
        scene.repository.origin.write("flags/banner.kdl", text.replace("    env production", gate));
        scene.repository.origin.commit(lines)
    };
    // Everybody is reassigned, by an override: what stops an incident is not held.
    let killed = with("        gate kill override=\"INC-17\" until=\"2999-12-31\"\n        otherwise live\n");
    scene.watched.applied(&killed, SOON).await;
    // Nor is what ends the incident.
    let lifted = with("        otherwise live\n");
    scene.watched.applied(&lifted, SOON).await;
    // The same without an override is held.
    with("        otherwise control\n");
    scene.watched.ready("False", "GuardExceeded", SOON).await;
    assert_eq!(scene.watched.live().as_deref(), Some(lifted.as_str()));
}

pub(crate) async fn nothing_at_all_is_held(cluster: &Cluster) {
    let scene = Scene::start_as(cluster, "empty", |sync| sync["spec"]["guard"] = json!({})).await;
    let good = scene.watched.live();
    scene.repository.origin.git(&["rm", "-q", "flags/banner.kdl"]);
    let empty = scene.repository.origin.commit("no flag is left");
    scene.watched.ready("False", "GuardExceeded", SOON).await;
    assert_eq!(scene.watched.live(), good);
    scene.watched.change(json!({ "spec": { "guard": { "allowEmpty": true } } })).await;
    scene.watched.applied(&empty, Duration::from_secs(30)).await;
}
