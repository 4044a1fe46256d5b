//! How a ConfigMap differs from what is meant, and which write mends it.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use serde_json::{Map, Value, json};

/// What to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Nothing: it is as meant.
    Nothing,
    /// It is not there: make it.
    Create,
    /// It cannot be changed into what is meant: delete and make it.
    Recreate,
    /// Merge this first, which takes away what does not belong there; then apply.
    Merge(Value),
    /// Apply.
    Apply,
}

/// What was found, and what mends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// What differs, for people.
    pub found: Vec<String>,
    /// What to write.
    pub write: Write,
}

/// Compares a ConfigMap with what is meant.
#[must_use]
pub fn compare(live: Option<&ConfigMap>, want: &ConfigMap) -> Drift {
    let Some(live) = live else { return Drift { found: vec!["it is gone".to_owned()], write: Write::Create } };
    let (mut found, mut merge) = (Vec::new(), Map::new());
    if live.immutable == Some(true) && want.immutable != Some(true) {
        return Drift { found: vec!["it is immutable".to_owned()], write: Write::Recreate };
    }
    let (text, binary) =
        (keys(live.data.as_ref(), want.data.as_ref()), keys(live.binary_data.as_ref(), want.binary_data.as_ref()));
    found.extend(text.changed.iter().chain(&binary.changed).map(|key| format!("`{key}` differs")));
    found.extend(text.foreign.iter().chain(&binary.foreign).map(|key| format!("`{key}` does not belong there")));
    let owners = owners(live) != owners(want);
    if owners {
        found.push("its owner references differ".to_owned());
    }
    found.extend(labelled(live, want));
    if !text.foreign.is_empty() || !binary.foreign.is_empty() || owners {
        // One write that takes away and puts in, so that nobody who reads in between sees neither.
        merge.insert("data".to_owned(), patch(want.data.as_ref().map(|data| json!(data)), &text.foreign));
        merge
            .insert("binaryData".to_owned(), patch(want.binary_data.as_ref().map(|data| json!(data)), &binary.foreign));
        let metadata = json!({
            "resourceVersion": live.metadata.resource_version,
            "uid": live.metadata.uid,
            "labels": want.metadata.labels,
            "annotations": want.metadata.annotations,
            "ownerReferences": want.metadata.owner_references,
        });
        merge.insert("metadata".to_owned(), metadata);
    }
    let write = match (merge.is_empty(), found.is_empty()) {
        (false, _) => Write::Merge(Value::Object(merge)),
        (true, false) => Write::Apply,
        (true, true) => Write::Nothing,
    };
    Drift { found, write }
}

fn owners(map: &ConfigMap) -> Vec<OwnerReference> {
    map.metadata.owner_references.clone().unwrap_or_default()
}

struct Keys {
    changed: Vec<String>,
    foreign: Vec<String>,
}

type Entries<T> = std::collections::BTreeMap<String, T>;

fn keys<T: PartialEq>(live: Option<&Entries<T>>, want: Option<&Entries<T>>) -> Keys {
    let (empty_live, empty_want) = (Entries::new(), Entries::new());
    let (live, want) = (live.unwrap_or(&empty_live), want.unwrap_or(&empty_want));
    Keys {
        changed: want
            .iter()
            .filter(|(key, value)| live.get(*key) != Some(*value))
            .map(|(key, _)| key.clone())
            .collect(),
        foreign: live.keys().filter(|key| !want.contains_key(*key)).cloned().collect(),
    }
}

fn patch(want: Option<Value>, foreign: &[String]) -> Value {
    let mut patch = match want {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    };
    patch.extend(foreign.iter().map(|key| (key.clone(), Value::Null)));
    Value::Object(patch)
}

fn labelled(live: &ConfigMap, want: &ConfigMap) -> Vec<String> {
    let mut found = Vec::new();
    let pairs = [
        (&live.metadata.labels, &want.metadata.labels, "label"),
        (&live.metadata.annotations, &want.metadata.annotations, "annotation"),
    ];
    for (live, want, what) in pairs {
        let differs = |key: &String, value: &String| live.as_ref().and_then(|live| live.get(key)) != Some(value);
        let differing = want.iter().flatten().filter(|(key, value)| differs(key, value));
        found.extend(differing.map(|(key, _)| format!("the {what} `{key}` differs")));
    }
    found
}

/// Bytes of `binaryData`, for tests and patches.
#[must_use]
pub fn bytes(bytes: &[u8]) -> ByteString {
    ByteString(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(data: &[(&str, &str)], binary: &[(&str, &str)]) -> ConfigMap {
        let mut map = ConfigMap::default();
        map.metadata.resource_version = Some("7".to_owned());
        map.data = Some(data.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        map.binary_data = Some(binary.iter().map(|(k, v)| ((*k).to_owned(), bytes(v.as_bytes()))).collect());
        map
    }

    #[test]
    fn what_is_as_meant_is_not_written() {
        let want = map(&[("config.json", "{}")], &[]);
        let mut live = want.clone();
        live.metadata.labels = Some([("foreign".to_owned(), "stays".to_owned())].into());
        assert_eq!(compare(Some(&live), &want).write, Write::Nothing);
        assert_eq!(compare(None, &want).write, Write::Create);
    }

    #[test]
    fn an_edited_key_is_applied_and_a_foreign_one_merged_away_first() {
        let want = map(&[("config.json", "{}")], &[]);
        assert_eq!(compare(Some(&map(&[("config.json", "[]")], &[])), &want).write, Write::Apply);
        let Write::Merge(patch) = compare(Some(&map(&[("config.json", "{}"), ("x", "1")], &[])), &want).write else {
            panic!("a foreign key survives");
        };
        assert_eq!(patch["data"], json!({ "config.json": "{}", "x": null }));
        assert_eq!(patch["metadata"]["resourceVersion"], "7");
    }

    #[test]
    fn a_key_of_the_wrong_type_moves_in_one_write() {
        let want = map(&[("config.json", "{}")], &[]);
        let Write::Merge(patch) = compare(Some(&map(&[], &[("config.json", "{}")])), &want).write else {
            panic!("the wrong type survives");
        };
        assert_eq!((&patch["data"]["config.json"], &patch["binaryData"]["config.json"]), (&json!("{}"), &Value::Null));
    }

    #[test]
    fn what_was_made_immutable_is_made_again() {
        let want = map(&[("config.json", "{}")], &[]);
        let live = ConfigMap { immutable: Some(true), ..want.clone() };
        assert_eq!(compare(Some(&live), &want).write, Write::Recreate);
    }

    #[test]
    fn owner_references_of_others_go_for_they_could_take_the_configuration_with_them() {
        let want = map(&[("config.json", "{}")], &[]);
        let mut live = want.clone();
        live.metadata.owner_references = Some(vec![OwnerReference::default()]);
        let Write::Merge(patch) = compare(Some(&live), &want).write else { panic!("the owner stays") };
        assert_eq!(patch["metadata"]["ownerReferences"], Value::Null);
    }
}
