//! The quickstart for operators, as the README prints it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::cluster::Cluster;
use crate::harness::controller::Controller;
use crate::harness::flags::Repository;
use crate::harness::manifests;
use crate::harness::scene::SOON;
use crate::harness::wait;

/// The block of the README that a fence such as ```` ```yaml flagsync ```` begins.
fn block(fence: &str) -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let begin = format!("```{fence}\n");
    let rest = readme.split_once(&begin).unwrap_or_else(|| panic!("the README has no block {fence}")).1;
    rest.split_once("```").unwrap().0.to_owned()
}

/// Runs lines of the README in a shell, in the repository, against the cluster.
fn shell(script: &str, kubeconfig: &Path, directory: &Path, repository: &Repository) -> (bool, String) {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(directory)
        .env("KUBECONFIG", kubeconfig)
        .env("TOKEN", &repository.host.token)
        .env("CA", &repository.host.ca_pem)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

pub(crate) async fn the_readme_leads_from_deploy_to_a_config_that_pods_read(cluster: &Cluster) {
    if Command::new("kubectl").arg("version").arg("--client").output().is_err() {
        println!("    not run: there is no kubectl; the same calls are made by the other promises");
        return;
    }
    let repository = Repository::small();
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = directory.path().join("admin");
    std::fs::write(&kubeconfig, cluster.plane().await.kubeconfig().to_string()).unwrap();
    // As if in a clone of the repository, so that `deploy` is where the README says.
    std::os::unix::fs::symlink(manifests::deploy(""), directory.path().join("deploy")).unwrap();
    // A repository of this machine in place of one of the world.
    let flagsync = block("yaml flagsync").replace("https://git.example.com/shop/flags", &repository.url());
    let flagsync = flagsync.replace("      branch: main\n", "      branch: main\n    path: flags\n");
    std::fs::write(directory.path().join("flagsync.yaml"), &flagsync).unwrap();
    let namespace = "shop";

    let (done, text) = shell(&block("sh install"), &kubeconfig, directory.path(), &repository);
    assert!(done, "{text}");
    // There is no kubelet to start the Deployment's pods.
    let mut controller = Controller::start(cluster).await;
    let secret = block("sh secret").replace("\"$TOKEN\"", "\"$TOKEN\" --from-literal=ca.crt=\"$CA\"");
    let (done, text) = shell(&secret, &kubeconfig, directory.path(), &repository);
    assert!(done, "{text}");
    let (done, text) = shell(&block("sh first"), &kubeconfig, directory.path(), &repository);
    assert!(done, "{text}\n{}", controller.process.tail(20));
    println!("{}", text.lines().map(|line| format!("    | {line}\n")).collect::<String>().trim_end());
    assert!(text.contains("True") && text.contains("\"v0\""), "{text}");

    // A second push updates it; the guard has nothing against another flag.
    repository.origin.write("flags/second.kdl", crate::harness::flags::flag("second", "v1"));
    let pushed = repository.origin.commit("another flag");
    let maps: kube::Api<k8s_openapi::api::core::v1::ConfigMap> = kube::Api::namespaced(cluster.admin(), namespace);
    let updated = wait::until(SOON, async || {
        let map = maps.get("flags").await.ok()?;
        let text: Value = serde_json::from_str(&map.data?["config.json"]).ok()?;
        text.to_string().contains("\"second\"").then_some(())
    });
    assert!(updated.await.is_some(), "{pushed} is not live\n{}", controller.process.tail(20));
    let (done, text) = shell(&block("sh uninstall"), &kubeconfig, directory.path(), &repository);
    assert!(done, "{text}");
    maps.get("flags").await.expect("what is live stays");
    controller.process.stop(Duration::from_secs(20)).await;
    // Others need it again.
    crate::harness::cluster::install(&cluster.admin()).await;
}
