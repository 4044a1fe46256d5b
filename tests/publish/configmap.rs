//! `compile --emit configmap`: what the controller would apply, for people who apply it with other tools.

use std::collections::BTreeMap;

use flagfall::publish::{self, Digest, Layout, Object, Payload};
use serde_json::Value;

use super::{Repository, flag};

/// The documents that were printed, as objects.
fn objects(text: &str) -> Vec<(Object, Value)> {
    text.split("---\n")
        .map(|document| {
            let found: Value = serde_saphyr::from_str(document).unwrap();
            let texts = |value: &Value| -> BTreeMap<String, String> {
                serde_json::from_value(value.clone()).unwrap_or_default()
            };
            let binary = texts(&found["binaryData"]).into_iter().map(|(name, text)| {
                use base64::Engine as _;
                (name, base64::engine::general_purpose::STANDARD.decode(text).unwrap())
            });
            let object = Object {
                name: found["metadata"]["name"].as_str().unwrap().to_owned(),
                labels: texts(&found["metadata"]["labels"]),
                annotations: texts(&found["metadata"]["annotations"]),
                data: texts(&found["data"]),
                binary_data: binary.collect(),
                immutable: found["immutable"] == true,
            };
            (object, found)
        })
        .collect()
}

#[test]
fn every_layout_is_what_the_controller_renders_without_owner_and_signer() {
    let repository = Repository::new();
    repository.run(&["compile", "--client"]);
    let file = |name: &str| std::fs::read(repository.path().join("dist").join(name)).unwrap();
    let payload = Payload {
        bytes: file("production.json"),
        client: Some(file("production.client.json")),
        // `dist` is not committed.
        revision: repository.git(&["rev-parse", "HEAD"]) + "-dirty",
        signer: None,
        environment: "production".to_owned(),
        flags: 1,
    };
    for layout in Layout::ALL {
        let word = layout.to_string();
        let arguments = [
            "compile",
            "--emit",
            "configmap",
            "--env",
            "production",
            "--name",
            "flags",
            "--layout",
            &word,
            "--namespace",
            "shop",
            "--client",
        ];
        let ran = repository.run(&arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        let found = objects(&ran.results);
        assert!(
            found.iter().all(|(_, value)| value["metadata"]["namespace"] == "shop" && value["kind"] == "ConfigMap")
        );
        let expected = publish::render(&payload, "flags", layout, None).unwrap();
        let expected: Vec<Object> = expected.parts.into_iter().chain([expected.pointer]).collect();
        assert_eq!(found.into_iter().map(|(object, _)| object).collect::<Vec<_>>(), expected, "{layout}");
    }
}

#[test]
fn a_clean_checkout_gives_the_commit_and_the_same_bytes_each_time() {
    let repository = Repository::new();
    let emit =
        || repository.run(&["compile", "--emit", "configmap", "--env", "test", "--name", "flags", "--layout", "gzip"]);
    let first = emit();
    let (object, _) = objects(&first.results).remove(0);
    assert_eq!(object.annotations["flagfall.dev/revision"], repository.git(&["rev-parse", "HEAD"]));
    let bytes = publish::read(&object, &mut |_| None).unwrap();
    assert_eq!(object.annotations["flagfall.dev/digest"], Digest::of(&bytes).to_string());
    assert_eq!(first.results, emit().results);
}

#[test]
fn what_does_not_fit_names_the_largest_flag_and_the_next_layout() {
    let repository = Repository::new();
    let long = flag("banner", "old").replace("\"a\"", &format!("\"{}\"", "x".repeat(900_000)));
    repository.write("banner.kdl", &long);
    repository.write("footer.kdl", long.replace("banner", "footer").replace("xxxx", "yxyx"));
    let emit = |layout| {
        repository.run(&["compile", "--emit", "configmap", "--env", "test", "--name", "flags", "--layout", layout])
    };
    let ran = emit("inline");
    assert_eq!(ran.code, 2);
    assert!(ran.messages.contains("at most 1048576; the largest flags: `banner` (900"), "{}", ran.messages);
    assert!(ran.messages.contains("use the layout `gzip`"), "{}", ran.messages);
    assert_eq!(emit("gzip").code, 0);
}

#[test]
fn names_that_a_cluster_would_refuse_are_refused() {
    let repository = Repository::new();
    let refused = |arguments: &[&str], expected: &str| {
        let ran = repository.run(&[&["compile", "--emit", "configmap"], arguments].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.messages.contains(expected), "{ran:?}");
    };
    refused(&["--env", "test", "--name", "Flags"], "`Flags` cannot be the name of a ConfigMap");
    refused(&["--env", "test", "--name", "flags", "--namespace", "a.b"], "`a.b` cannot be the name of a namespace");
    refused(&["--name", "flags"], "a ConfigMap holds one environment");
    refused(&["--env", "test"], "--name");
}

#[test]
fn a_directory_gets_one_file() {
    let repository = Repository::new();
    let ran = repository.run(&["compile", "--emit", "configmap", "--env", "test", "--name", "flags", "--out", "k8s"]);
    assert_eq!(ran.results, "k8s/flags.yaml\n");
    assert_eq!(objects(&std::fs::read_to_string(repository.path().join("k8s/flags.yaml")).unwrap()).len(), 1);
}
