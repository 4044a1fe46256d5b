//! ConfigMaps as the cluster has them and as we mean them.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::publish::Object;

/// As the cluster has it.
#[must_use]
pub fn to_map(object: Object, namespace: &str, owner: Option<OwnerReference>) -> ConfigMap {
    let Object { name, labels, annotations, data, binary_data, immutable } = object;
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.to_owned()),
            labels: Some(labels),
            annotations: Some(annotations),
            owner_references: owner.map(|owner| vec![owner]),
            ..ObjectMeta::default()
        },
        data: (!data.is_empty()).then_some(data),
        binary_data: (!binary_data.is_empty())
            .then(|| binary_data.into_iter().map(|(key, value)| (key, ByteString(value))).collect()),
        immutable: immutable.then_some(true),
    }
}

/// As we mean it.
#[must_use]
pub fn from_map(map: ConfigMap) -> Object {
    Object {
        name: map.metadata.name.unwrap_or_default(),
        labels: map.metadata.labels.unwrap_or_default(),
        annotations: map.metadata.annotations.unwrap_or_default(),
        data: map.data.unwrap_or_default(),
        binary_data: map.binary_data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0)).collect(),
        immutable: map.immutable.unwrap_or(false),
    }
}
