//! A leader that was frozen while it published, and was succeeded, never takes anything back.

use std::time::Duration;

use crate::harness::cluster::{Cluster, SYSTEM, Tenant};
use crate::harness::controller::{Controller, Options};
use crate::harness::flags::Repository;
use crate::harness::manifests;
use crate::harness::scene::{SOON, count};
use crate::harness::sync::{self, Watched, annotation};
use serde_json::json;

/// One point at which a leader is frozen.
async fn point(cluster: &Cluster, tenant: &Tenant, number: usize) {
    let repository = Repository::small();
    let secret = format!("flagfall-git-{number}");
    let entries = [
        ("username", "git"),
        ("password", repository.host.token.as_str()),
        ("ca.crt", repository.host.ca_pem.as_str()),
    ];
    tenant.secret(&secret, &entries).await;
    let name = format!("banner-{number}");
    let lease = format!("--lease=flagfall-{number}");
    let only = format!("--selector=point={number}");
    let options = |replica: &str| Options::new(cluster, &format!("{replica}-{number}")).with(&lease).with(&only);
    let first = Controller::start_with(cluster, options("first")).await;
    let mut object = sync::of(&name, &repository.url(), "1h");
    object["metadata"]["labels"] = json!({ "point": number.to_string() });
    object["spec"]["source"]["secretRef"]["name"] = json!(secret);
    let watched = Watched::create(tenant, &object).await;
    watched.applied(&repository.origin.head(), SOON * 2).await;
    let second = Controller::start_with(cluster, options("second")).await;

    let older = repository.push("older");
    watched.annotate("flagfall.dev/requestedAt", "older").await;
    // Spread over what publishing takes, the same every time.
    tokio::time::sleep(Duration::from_millis((number as u64 * 83) % 1000)).await;
    first.process.freeze();
    let newer = repository.push("newer");
    tokio::time::sleep(Duration::from_secs(1)).await;
    watched.annotate("flagfall.dev/requestedAt", "newer").await;
    watched.applied(&newer, Duration::from_secs(90)).await;
    let succeeded = watched.pointer.len();
    tokio::time::sleep(Duration::from_secs(20)).await;
    first.process.thaw();
    // Whatever it still wants to write, it wants now; after its calls time out, it wants nothing any more.
    tokio::time::sleep(Duration::from_secs(15)).await;
    let since = watched.pointer.all().split_off(succeeded);
    let back = since.iter().any(|seen| annotation(&seen.object, "flagfall.dev/revision") == Some(older.as_str()));
    assert!(!back, "{name}: the pointer returned to the older revision");
    assert_eq!(watched.live().as_deref(), Some(newer.as_str()));
    assert_eq!(watched.pointer.gone(), Vec::<String>::new());
    drop((first, second));
}

pub(crate) async fn a_deposed_leader_takes_nothing_back(cluster: &Cluster) {
    let points: Vec<usize> = (0..count(50, 2)).collect();
    for group in points.chunks(10) {
        let tenant = cluster.tenant("deposed").await;
        // Leases and Secrets of their own.
        let names = |prefix: &str| group.iter().map(|number| format!("{prefix}-{number}")).collect::<Vec<_>>();
        let rule = |group: &str, resource: &str, names: Vec<String>, verbs: &[&str]| json!({ "apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs });
        let bind = |name: &str, namespace: &str, rule: serde_json::Value| {
            vec![
                json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                    "metadata": { "name": name, "namespace": namespace }, "rules": [rule] }),
                json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                    "metadata": { "name": name, "namespace": namespace },
                    "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name },
                    "subjects": [{ "kind": "ServiceAccount", "name": "flagfall", "namespace": SYSTEM }] }),
            ]
        };
        let leases = rule("coordination.k8s.io", "leases", names("flagfall"), &["get", "list", "watch", "update"]);
        let secrets = rule("", "secrets", names("flagfall-git"), &["get"]);
        manifests::apply(&cluster.admin(), "", &bind("deposed-leases", SYSTEM, leases)).await;
        manifests::apply(&cluster.admin(), "", &bind("deposed-secrets", &tenant.namespace, secrets)).await;
        futures::future::join_all(group.iter().map(|number| point(cluster, &tenant, *number))).await;
    }
}
