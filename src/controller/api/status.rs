//! What became of a `FlagSync`. Each write carries all of it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// What became of a `FlagSync`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct FlagSyncStatus {
    /// The generation of the specification that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready` always; `Reconciling` and `Stalled` only while they are true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// The commit that was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// The commit that is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_applied_revision: Option<String>,
    /// SHA-256 of the live configuration, uncompressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// How many flags are live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<i32>,
    /// The digest that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Since when the source gives nothing; none while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_failing_since: Option<String>,
    /// The ConfigMaps that are this object's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "inventory")]
    pub inventory: Vec<Item>,
    /// What was live, latest first; `target.pin` takes one of these digests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "history")]
    pub history: Vec<History>,
    /// The value of the annotation `flagfall.dev/requestedAt` that was acted upon last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

/// A ConfigMap that is a `FlagSync`'s.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The configuration that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A configuration that was live.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// SHA-256 of the configuration, uncompressed.
    pub digest: String,
    /// The commit it was compiled from.
    pub revision: String,
    /// Who signed that commit, where signatures are verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// How many flags it has.
    pub flags: i32,
    /// When it became live, the last time.
    pub applied_at: String,
    /// How: `source`, `approved`, `pinned`, and whether the history was `rewritten`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn list_map<T: JsonSchema>(generator: &mut SchemaGenerator, key: &str) -> Schema {
    let mut schema = generator.subschema_for::<Vec<T>>();
    schema.insert("x-kubernetes-list-type".into(), "map".into());
    schema.insert("x-kubernetes-list-map-keys".into(), serde_json::json!([key]));
    schema
}

fn conditions(generator: &mut SchemaGenerator) -> Schema {
    list_map::<Condition>(generator, "type")
}

fn inventory(generator: &mut SchemaGenerator) -> Schema {
    list_map::<Item>(generator, "name")
}

fn history(generator: &mut SchemaGenerator) -> Schema {
    list_map::<History>(generator, "digest")
}
