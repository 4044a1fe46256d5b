//! Ten minutes of everything at once: pushes good, bad, huge and forced, drift, and faults, against three FlagSyncs and two replicas.
//!
//! Not part of the suite: `FLAGFALL_REQUIRE_CLUSTER=1 cargo test --release --test cluster -- soak::`. FLAGFALL_SOAK_SECONDS (600),
//! FLAGFALL_SOAK_SEED (7): the same seed does the same things in the same order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use flagfall::publish;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

use crate::git_https::Fault;
use crate::harness::cluster::{Cluster, Tenant};
use crate::harness::controller::{Controller, Options};
use crate::harness::flags::{Repository, flag};
use crate::harness::manifests;
use crate::harness::reader::{Reader, object};
use crate::harness::sync::{self, Watched};

/// Least counts for the result to mean something.
const PUSHES: usize = 300;
const FAULTS: usize = 30;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// One FlagSync with its repository, and somebody who reads what it publishes.
struct Lane {
    tenant: Tenant,
    repository: Repository,
    watched: Watched,
    reader: Reader,
    /// Commits that may be live.
    acceptable: BTreeSet<String>,
    pushes: u64,
    /// Whether the tip is one that must not become live.
    bad: bool,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

impl Lane {
    async fn start(cluster: &Cluster, layout: &str) -> Self {
        let tenant = cluster.tenant(&format!("soak-{layout}")).await;
        let repository = Repository::small();
        repository.admit(&tenant).await;
        let mut object = sync::of("banner", &repository.url(), "5s");
        object["spec"]["target"]["layout"] = json!(layout);
        object["spec"]["target"]["historyMinAge"] = json!("20s");
        object["spec"]["timeout"] = json!("10s");
        let watched = Watched::create(&tenant, &object).await;
        let first = repository.origin.head();
        watched.applied(&first, Duration::from_secs(60)).await;
        let reader = Reader::start(tenant.maps(), "banner");
        Self { tenant, repository, watched, reader, acceptable: [first].into(), pushes: 0, bad: false }
    }

    /// Pushes something; what it was.
    fn push(&mut self, dice: &mut Dice) -> &'static str {
        self.pushes += 1;
        let value = format!("v{}", self.pushes);
        let origin = &self.repository.origin;
        if self.bad {
            // What must not become live is taken back by whatever comes next.
            for name in ["flags/broken.kdl", "flags/huge.kdl"] {
                let _ = std::fs::remove_file(origin.path.join(name));
            }
            self.bad = false;
        }
        let kind = match dice.roll(20) {
            0..3 => "bad",
            3 => "huge",
            4..6 => "forced",
            _ => "good",
        };
        match kind {
            "bad" => {
                self.repository.push_invalid();
                self.bad = true;
            }
            "huge" => {
                // One file beyond what may be read at all, whatever the layout.
                let file = std::fs::File::create(origin.path.join("flags/huge.kdl")).unwrap();
                file.set_len(64 << 20).unwrap();
                origin.commit("huge");
                self.bad = true;
            }
            "forced" => {
                origin.write("flags/banner.kdl", flag("banner", &value));
                origin.git(&["add", "-A"]);
                origin.git(&["commit", "-q", "--amend", "--allow-empty", "-m", &value]);
                self.acceptable.insert(origin.head());
            }
            _ => {
                let pushed = self.repository.push(&value);
                self.acceptable.insert(pushed);
            }
        }
        kind
    }

    async fn tell(&self, number: usize) {
        let patch = json!({ "metadata": { "annotations": { "flagfall.dev/requestedAt": format!("soak {number}") } } });
        // The API server may be what is broken.
        let call = self.tenant.syncs();
        let (none, patch) = (PatchParams::default(), Patch::Merge(&patch));
        let _ = tokio::time::timeout(Duration::from_secs(1), call.patch("banner", &none, &patch)).await;
    }

    async fn drift(&self, dice: &mut Dice) -> &'static str {
        let maps = self.tenant.maps();
        let merge = |patch: serde_json::Value| {
            let maps = maps.clone();
            async move {
                let (none, patch) = (PatchParams::default(), Patch::Merge(&patch));
                let _ = tokio::time::timeout(Duration::from_secs(1), maps.patch("banner", &none, &patch)).await;
            }
        };
        // Nothing here makes what a reader sees wrong: that would be the disturber's doing.
        match dice.roll(3) {
            0 => merge(json!({ "data": { "mine.json": "{}" } })).await,
            1 => merge(json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": null } } })).await,
            // Another uid would be another's ConfigMap, which is not touched.
            _ => merge(json!({ "metadata": { "annotations": { "flagfall.dev/flags": "999" } } })).await,
        }
        "drift"
    }
}

/// The two replicas.
struct Replicas {
    running: Vec<Controller>,
    started: usize,
}

impl Replicas {
    async fn add(&mut self, cluster: &Cluster) {
        self.started += 1;
        let options = Options::new(cluster, &format!("soak-{}", self.started));
        self.running.push(Controller::spawn(cluster, options).await);
    }
}

async fn fault(cluster: &Cluster, lanes: &[Lane], replicas: &mut Replicas, dice: &mut Dice) -> &'static str {
    let pause = Duration::from_millis(500 + dice.roll(2500));
    let lane = &lanes[dice.roll(lanes.len() as u64) as usize];
    let victim = dice.roll(replicas.running.len() as u64) as usize;
    match dice.roll(9) {
        0 => {
            cluster.plane().await.kill_server();
            tokio::time::sleep(pause).await;
            let mut plane = cluster.plane().await;
            plane.start_server();
            plane.ready(Duration::from_secs(90)).await;
            "API server killed"
        }
        1 => {
            cluster.plane().await.server().freeze();
            tokio::time::sleep(pause).await;
            cluster.plane().await.server().thaw();
            "API server frozen"
        }
        2 => {
            cluster.plane().await.etcd().freeze();
            tokio::time::sleep(pause).await;
            cluster.plane().await.etcd().thaw();
            "etcd frozen"
        }
        3 => {
            let mut plane = cluster.plane().await;
            plane.kill_etcd();
            plane.start_etcd();
            plane.ready(Duration::from_secs(90)).await;
            "etcd killed"
        }
        4 => {
            // With its log; another one takes its place.
            replicas.running.remove(victim).process.kill();
            replicas.add(cluster).await;
            "controller killed"
        }
        5 => {
            replicas.running[victim].process.freeze();
            tokio::time::sleep(pause).await;
            replicas.running[victim].process.thaw();
            "controller frozen"
        }
        6 => {
            let bindings: kube::Api<k8s_openapi::api::rbac::v1::RoleBinding> = lane.tenant.api();
            let _ = bindings.delete("flagfall", &DeleteParams::default()).await;
            tokio::time::sleep(pause).await;
            let objects = manifests::of(&manifests::deploy("tenant"));
            manifests::apply(&cluster.admin(), &lane.tenant.namespace, &objects).await;
            "rights revoked"
        }
        7 => {
            lane.repository.host.hang();
            tokio::time::sleep(pause).await;
            lane.repository.host.heal();
            "git host hanging"
        }
        _ => {
            let wrong = if dice.roll(2) == 0 { Fault::Truncate(300) } else { Fault::Corrupt(120) };
            lane.repository.host.fault(wrong);
            tokio::time::sleep(pause).await;
            lane.repository.host.heal();
            "packs corrupted"
        }
    }
}

/// What a commit compiles to, by the command line.
fn compiled(lane: &Lane, revision: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let (clone, out) = (directory.path().join("clone"), directory.path().join("out"));
    lane.repository.origin.git(&["clone", "-q", ".", &clone.display().to_string()]);
    let checkout = Command::new("git").args(["checkout", "-q", revision]).current_dir(&clone).status().unwrap();
    assert!(checkout.success());
    let mut compile = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    compile.arg("compile").arg(clone.join("flags")).arg("--out").arg(&out);
    let output = compile.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(Path::new(&out).join("production.json")).unwrap()
}

/// What is wrong with what a lane left.
async fn dangling(lane: &Lane) -> Vec<String> {
    let mut wrong = Vec::new();
    let maps: BTreeMap<String, ConfigMap> = lane
        .tenant
        .maps()
        .list(&ListParams::default())
        .await
        .unwrap()
        .into_iter()
        .map(|map| (map.name_any(), map))
        .collect();
    let status = lane.watched.tenant.syncs().get("banner").await.unwrap().data["status"].clone();
    let inventory: BTreeSet<&str> =
        status["inventory"].as_array().unwrap().iter().filter_map(|item| item["name"].as_str()).collect();
    let ours = |map: &ConfigMap| map.labels().get("app.kubernetes.io/managed-by").is_some_and(|by| by == "flagfall");
    for (name, map) in &maps {
        if ours(map) && !inventory.contains(name.as_str()) {
            wrong.push(format!("{name} is in no inventory"));
        }
    }
    wrong.extend(inventory.iter().filter(|name| !maps.contains_key(**name)).map(|name| format!("{name} is gone")));
    let pointer = object(&maps["banner"]);
    let read = publish::read(&pointer, &mut |name| maps.get(name).map(object));
    let revision = pointer.annotations[publish::names::REVISION].clone();
    match read {
        Err(error) => wrong.push(format!("the pointer: {error}")),
        Ok(bytes) if bytes != compiled(lane, &revision) => wrong.push(format!("{revision} compiles to something else")),
        Ok(_) => {}
    }
    wrong
}

pub(crate) async fn random_pushes_drift_and_faults(cluster: &Cluster) {
    let (seconds, seed) = (setting("FLAGFALL_SOAK_SECONDS", 600), setting("FLAGFALL_SOAK_SEED", 7));
    let mut dice = Dice(seed);
    let mut replicas = Replicas { running: Vec::new(), started: 0 };
    replicas.add(cluster).await;
    replicas.add(cluster).await;
    let mut lanes = Vec::new();
    for layout in ["inline", "gzip", "parts"] {
        lanes.push(Lane::start(cluster, layout).await);
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (began, mut number, mut pushes, mut faults) = (Instant::now(), 0, 0, 0);
    // Bounded by time; the counts are reached well before on any machine that is not overloaded.
    let limit = Duration::from_secs(seconds);
    while began.elapsed() < limit || ((pushes < PUSHES || faults < FAULTS) && began.elapsed() < limit * 3) {
        number += 1;
        let lane = dice.roll(lanes.len() as u64) as usize;
        let done = match dice.roll(100) {
            0..8 => {
                faults += 1;
                fault(cluster, &lanes, &mut replicas, &mut dice).await
            }
            8..16 => lanes[lane].drift(&mut dice).await,
            _ => {
                pushes += 1;
                let kind = lanes[lane].push(&mut dice);
                lanes[lane].tell(number).await;
                kind
            }
        };
        *counts.entry(done).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(200 + dice.roll(1200))).await;
    }
    cluster.recover().await;

    // In the end each source is good, then one is bad: what is live is the last acceptable commit.
    let mut invalid = Vec::new();
    for (number, lane) in lanes.iter_mut().enumerate() {
        lane.repository.host.heal();
        let last = loop {
            if lane.push(&mut dice) == "good" {
                break lane.repository.origin.head();
            }
        };
        lane.tell(1_000_000).await;
        let layout = ["inline", "gzip", "parts"][number];
        lane.watched.applied(&last, Duration::from_secs(120)).await;
        lane.watched.settled(&last, Duration::from_secs(120)).await;
        if number == 0 {
            lane.repository.push_invalid();
            lane.tell(1_000_001).await;
            lane.watched.ready("False", "CompileFailed", Duration::from_secs(60)).await;
        }
        if lane.watched.live().as_deref() != Some(last.as_str()) {
            invalid.push(format!("{layout}: {:?} is live, not {last}", lane.watched.live()));
        }
        invalid.extend(dangling(lane).await.into_iter().map(|wrong| format!("{layout}: {wrong}")));
        let report = lane.reader.report();
        invalid.extend(report.bad.iter().map(|bad| format!("{layout}: a reader saw {bad}")));
        let refused = report.revisions.iter().filter(|revision| !lane.acceptable.contains(*revision));
        invalid.extend(refused.map(|revision| format!("{layout}: {revision} was live, and must not have been")));
        println!(
            "    {layout}: {} reads, {} unanswered, {} revisions seen live",
            report.good,
            report.unanswered,
            report.revisions.len()
        );
    }
    println!("    seed {seed}, {:?}: {pushes} pushes, {faults} faults: {counts:?}", began.elapsed());
    println!("    {} invalid states", invalid.len());
    assert!(invalid.is_empty(), "{invalid:#?}");
    assert!(seconds < 600 || (pushes >= PUSHES && faults >= FAULTS), "{pushes} pushes, {faults} faults are too few");
}
