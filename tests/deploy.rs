//! What is shipped in `deploy/`: one set of objects, whoever renders it, with the least rights.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

#[path = "cluster/harness/assets.rs"]
mod assets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn deploy(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(below)
}

/// Objects by kind, namespace and name.
type Objects = BTreeMap<String, Value>;

fn objects(text: &str) -> Objects {
    let all: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
    let own = |object: &Value| {
        let metadata = &object["metadata"];
        let namespace = metadata["namespace"].as_str().unwrap_or("");
        format!("{} {namespace}/{}", object["kind"].as_str().unwrap(), metadata["name"].as_str().unwrap())
    };
    all.into_iter().filter(|object| !object.is_null()).map(|object| (own(&object), plain(object))).collect()
}

/// `100.0` is `100` to whoever reads it.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 => (float as i64).into(),
            _ => Value::Number(number),
        },
        Value::Array(all) => all.into_iter().map(plain).collect(),
        Value::Object(all) => Value::Object(all.into_iter().map(|(key, value)| (key, plain(value))).collect()),
        other => other,
    }
}

/// What a directory's kustomization lists.
fn listed(directory: &str) -> Objects {
    let text = std::fs::read_to_string(deploy(directory).join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&text).unwrap();
    let resources = kustomization["resources"].as_array().unwrap();
    let files = resources.iter().map(|file| deploy(directory).join(file.as_str().unwrap()));
    files.flat_map(|file| objects(&std::fs::read_to_string(file).unwrap())).collect()
}

fn helm(settings: &[&str]) -> Option<Objects> {
    let directory = match assets::find("helm") {
        Ok(directory) => directory,
        Err(assets::Absent::NotAskedFor(said)) if !assets::required() => {
            eprintln!("not run: the chart was not rendered, for want of helm\n{said}");
            return None;
        }
        Err(assets::Absent::NotAskedFor(said) | assets::Absent::Broken(said)) => panic!("{said}"),
    };
    let mut command = Command::new(directory.join("helm"));
    command.args(["template", "flagfall", "--namespace", "flagfall-system", "--kube-version", "1.36.0"]);
    command.arg("--include-crds").arg(deploy("chart"));
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(objects(&String::from_utf8(output.stdout).unwrap()))
}

#[track_caller]
fn assert_same(found: &Objects, expected: &Objects) {
    let names = |objects: &Objects| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (name, object) in expected {
        assert_eq!(&found[name], object, "{name}");
    }
}

#[test]
fn the_chart_renders_to_the_objects_of_the_base() {
    if let Some(found) = helm(&[]) {
        assert_same(&found, &listed(""));
    }
}

#[test]
fn the_chart_renders_to_the_objects_of_the_parts() {
    let Some(found) = helm(&["monitoring=true", "admission=true", "tenants={team-a,team-b}"]) else { return };
    let mut expected = listed("");
    expected.extend(listed("monitoring"));
    expected.extend(listed("admission"));
    for namespace in ["team-a", "team-b"] {
        for mut object in listed("tenant").into_values() {
            object["metadata"]["namespace"] = namespace.into();
            let (kind, name) = (object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap());
            expected.insert(format!("{kind} {namespace}/{name}"), object);
        }
    }
    assert_same(&found, &expected);
}

#[test]
fn settings_of_the_chart_reach_what_they_name() {
    let settings =
        ["namespace.name=flags", "arguments={--require-service-account}", "networkPolicy=false", "replicas=3"];
    let Some(found) = helm(&settings) else { return };
    let deployment = &found["Deployment flags/flagfall"]["spec"];
    assert_eq!(deployment["replicas"], 3);
    let arguments = deployment["template"]["spec"]["containers"][0]["args"].as_array().unwrap();
    assert_eq!(arguments.last().unwrap(), "--require-service-account");
    assert!(!found.keys().any(|name| name.starts_with("NetworkPolicy")));
    let elsewhere: Vec<&String> = found.keys().filter(|name| name.contains("flagfall-system")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert_eq!(found["ClusterRoleBinding /flagfall"]["subjects"][0]["namespace"], "flags");
}

#[test]
fn kubectl_renders_what_the_kustomization_lists() {
    let Ok(output) = Command::new("kubectl").arg("kustomize").arg(deploy("")).output() else {
        eprintln!("not run: there is no kubectl to render the kustomization");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&objects(&String::from_utf8(output.stdout).unwrap()), &listed(""));
}

#[test]
fn the_charts_definition_is_the_one_of_the_base() {
    let read = |path: &str| std::fs::read_to_string(deploy(path)).unwrap();
    assert_eq!(read("chart/crds/flagsyncs.yaml"), read("crd.yaml"), "copy deploy/crd.yaml to deploy/chart/crds");
}

#[test]
fn versions_are_those_of_the_crate() {
    let chart: Value = serde_saphyr::from_str(&std::fs::read_to_string(deploy("chart/Chart.yaml")).unwrap()).unwrap();
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    let image =
        &listed("")["Deployment flagfall-system/flagfall"]["spec"]["template"]["spec"]["containers"][0]["image"];
    assert!(image.as_str().unwrap().ends_with(concat!(":", env!("CARGO_PKG_VERSION"))), "{image}");
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

/// Of each rule: resources, verbs, and whether it names objects.
fn rules(object: &Value) -> Vec<(Vec<&str>, Vec<&str>, bool)> {
    let rules = object["rules"].as_array().unwrap();
    rules
        .iter()
        .map(|rule| (words(&rule["resources"]), words(&rule["verbs"]), rule["resourceNames"].is_array()))
        .collect()
}

#[test]
fn rights_are_the_least_that_suffice() {
    let base = listed("");
    let everywhere = rules(&base["ClusterRole /flagfall"]);
    assert_eq!(everywhere, [(vec!["flagsyncs"], vec!["get", "list", "watch"], false)]);
    let tenant = listed("tenant");
    for (resources, verbs, named) in rules(&tenant["Role /flagfall"]) {
        assert!(!resources.contains(&"*") && !verbs.contains(&"*"));
        if resources.contains(&"secrets") {
            assert!(named, "Secrets are read by name");
            assert_eq!(verbs, ["get"]);
        }
    }
    let lease = rules(&base["Role flagfall-system/flagfall-lease"]);
    for (_, verbs, named) in lease {
        assert!(named || verbs == ["create"], "only creating has no name yet: {verbs:?}");
    }
}

#[test]
fn the_pod_may_do_nothing_it_need_not() {
    let deployment = &listed("")["Deployment flagfall-system/flagfall"]["spec"]["template"]["spec"];
    let pod = &deployment["securityContext"];
    assert_eq!(pod["runAsNonRoot"], true);
    assert_eq!(pod["seccompProfile"]["type"], "RuntimeDefault");
    for container in deployment["containers"].as_array().unwrap() {
        let context = &container["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
        assert!(
            container["resources"]["limits"]["memory"].is_string()
                && container["resources"]["limits"]["cpu"].is_string()
        );
    }
    for volume in deployment["volumes"].as_array().unwrap() {
        assert!(volume["emptyDir"]["sizeLimit"].is_string(), "{volume}");
    }
}
