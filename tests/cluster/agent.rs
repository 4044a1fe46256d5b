//! `flagfall agent`: a file that follows the pointer, with no right but `get`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flagfall::publish::{self, Layout, Object, Payload};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams};

use crate::harness::cluster::{Cluster, Tenant};
use crate::harness::controller::request;
use crate::harness::process::{Process, free_port};
use crate::harness::{manifests, wait};

struct Agent {
    // Ends with it.
    _process: Process,
    out: PathBuf,
    port: u16,
}

impl Agent {
    async fn start(cluster: &Cluster, tenant: &Tenant) -> Self {
        let kubeconfig = cluster.kubeconfig_file(&tenant.namespace, "default", cluster.address()).await;
        let port = free_port();
        let out = cluster.directory().join(format!("agent-{port}.json"));
        let program = Path::new(env!("CARGO_BIN_EXE_flagfall"));
        let process = Process::start(program, &format!("agent-{port}"), cluster.directory(), |command| {
            command.env_clear().env("KUBECONFIG", &kubeconfig);
            command.args(["agent", "--configmap", "flags", "--every", "1"]);
            command.arg("--out").arg(&out).arg(format!("--listen=127.0.0.1:{port}"));
        });
        Self { _process: process, out, port }
    }

    async fn holds(&self, bytes: &[u8]) -> bool {
        let held = wait::until(Duration::from_secs(20), async || {
            std::fs::read(&self.out).is_ok_and(|held| held == bytes).then_some(())
        });
        held.await.is_some()
    }

    async fn metric(&self, name: &str) -> Vec<String> {
        let (_, text) = request(self.port, "GET", "/metrics", &[], b"").await.unwrap_or_default();
        text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
    }

    async fn failures(&self) -> f64 {
        let lines = self.metric("flagfall_agent_failures_total").await;
        lines.first().and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }
}

fn payload(revision: &str) -> Payload {
    let bytes = format!(
        "{{\"createdAt\":\"2026-12-01T00:00:00Z\",\"format\":\"SERVER\",\"environment\":{{\"name\":\"{revision}\"}},\"flags\":{{}}}}"
    );
    Payload {
        bytes: bytes.into_bytes(),
        client: None,
        revision: revision.to_owned(),
        signer: None,
        environment: "production".to_owned(),
        flags: 0,
    }
}

async fn write(tenant: &Tenant, object: &Object) {
    let map = ConfigMap {
        metadata: kube::api::ObjectMeta {
            name: Some(object.name.clone()),
            labels: Some(object.labels.clone()),
            annotations: Some(object.annotations.clone()),
            ..Default::default()
        },
        data: Some(object.data.clone()),
        binary_data: Some(
            object.binary_data.iter().map(|(key, value)| (key.clone(), ByteString(value.clone()))).collect(),
        ),
        immutable: object.immutable.then_some(true),
    };
    tenant.maps().patch(&object.name, &PatchParams::apply("test").force(), &Patch::Apply(&map)).await.unwrap();
}

async fn publish(tenant: &Tenant, payload: &Payload, layout: Layout) {
    let rendered = publish::render(payload, "flags", layout, None).unwrap();
    for part in &rendered.parts {
        write(tenant, part).await;
    }
    write(tenant, &rendered.pointer).await;
}

pub(crate) async fn the_file_follows_the_pointer_in_every_layout(cluster: &Cluster) {
    for layout in Layout::ALL {
        let tenant = cluster.namespace("agent").await;
        manifests::apply(&cluster.admin(), &tenant.namespace, &manifests::of(&manifests::deploy("reader"))).await;
        let agent = Agent::start(cluster, &tenant).await;
        for revision in ["1111111", "2222222"] {
            let payload = payload(revision);
            publish(&tenant, &payload, layout).await;
            assert!(agent.holds(&payload.bytes).await, "{layout} {revision}");
        }
        let ready = request(agent.port, "GET", "/readyz", &[], b"").await.unwrap();
        assert_eq!(ready.0, 200);
        let series = wait::until(Duration::from_secs(5), async || {
            let series = agent.metric("flagfall_agent_revision{").await;
            (series.len() == 1 && series[0].contains("revision=\"2222222\"")).then_some(())
        });
        assert!(series.await.is_some(), "{:?}", agent.metric("flagfall_agent_revision").await);
    }
}

pub(crate) async fn the_file_stays_when_nothing_whole_is_published(cluster: &Cluster) {
    let tenant = cluster.namespace("agent").await;
    manifests::apply(&cluster.admin(), &tenant.namespace, &manifests::of(&manifests::deploy("reader"))).await;
    let good = payload("1111111");
    publish(&tenant, &good, Layout::Parts).await;
    let agent = Agent::start(cluster, &tenant).await;
    assert!(agent.holds(&good.bytes).await);

    // The pointer names parts that are not there.
    let rendered = publish::render(&payload("2222222"), "flags", Layout::Parts, None).unwrap();
    write(&tenant, &rendered.pointer).await;
    fails_and_keeps(&agent, &good).await;
    // The pointer is no pointer.
    let edit = serde_json::json!({ "metadata": { "annotations": { "flagfall.dev/digest": "nonsense" } } });
    tenant.maps().patch("flags", &PatchParams::default(), &Patch::Merge(&edit)).await.unwrap();
    fails_and_keeps(&agent, &good).await;
    // The pointer is gone.
    tenant.maps().delete("flags", &DeleteParams::default()).await.unwrap();
    fails_and_keeps(&agent, &good).await;

    let next = payload("3333333");
    publish(&tenant, &next, Layout::Parts).await;
    assert!(agent.holds(&next.bytes).await);
}

async fn fails_and_keeps(agent: &Agent, good: &Payload) {
    let before = agent.failures().await;
    let more = wait::until(Duration::from_secs(10), async || (agent.failures().await >= before + 2.0).then_some(()));
    assert!(more.await.is_some(), "the agent does not say that it fails");
    assert_eq!(std::fs::read(&agent.out).unwrap(), good.bytes);
}
