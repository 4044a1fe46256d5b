//! The shipped manifests, read as kubectl reads them and applied verbatim.

use std::path::{Path, PathBuf};

use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client, discovery};
use serde_json::Value;

/// `deploy/`, or something below it.
pub(crate) fn deploy(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(below)
}

/// The objects that a directory's kustomization lists as they are; patches and the like are not followed.
pub(crate) fn of(directory: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(directory.join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&text).unwrap();
    let transforms = ["patches", "images", "configMapGenerator", "namePrefix", "commonLabels", "labels"];
    for transform in transforms {
        assert!(kustomization.get(transform).is_none(), "{} has {transform}", directory.display());
    }
    let resources = kustomization["resources"].as_array().unwrap();
    resources.iter().flat_map(|name| documents(&directory.join(name.as_str().unwrap()))).collect()
}

/// The documents of one file.
pub(crate) fn documents(file: &Path) -> Vec<Value> {
    parse(&std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// The documents of a text.
pub(crate) fn parse(text: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
    all.into_iter().filter(|document| !document.is_null()).collect()
}

/// `kubectl apply --server-side`, in the given namespace where an object of a namespace names none.
pub(crate) async fn apply(client: &Client, namespace: &str, objects: &[Value]) {
    for object in objects {
        let applied = put(client, namespace, object).await;
        applied.unwrap_or_else(|error| panic!("{} {}: {error}", object["kind"], object["metadata"]["name"]));
    }
}

async fn put(client: &Client, namespace: &str, object: &Value) -> Result<(), kube::Error> {
    let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    let types = object.types.as_ref().unwrap();
    let kind = GroupVersionKind::try_from(types).unwrap();
    let (resource, capabilities) = discovery::pinned_kind(client, &kind).await?;
    let api: Api<DynamicObject> = match capabilities.scope {
        discovery::Scope::Cluster => Api::all_with(client.clone(), &resource),
        discovery::Scope::Namespaced => {
            let namespace = object.metadata.namespace.as_deref().unwrap_or(namespace);
            Api::namespaced_with(client.clone(), namespace, &resource)
        }
    };
    let name = object.metadata.name.clone().unwrap();
    api.patch(&name, &PatchParams::apply("kubectl").force(), &Patch::Apply(&object)).await.map(|_| ())
}
