//! `flagfall status --json`.

use schemars::JsonSchema;
use serde::Serialize;

/// What `status --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document {
    /// The name of this schema.
    pub schema: &'static str,
    /// By namespace and name.
    pub flagsyncs: Vec<Row>,
}

/// A FlagSync.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `True`, `False` or `Unknown`.
    pub ready: String,
    /// Why.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// The environment.
    pub environment: String,
    /// The ConfigMap.
    pub target: String,
    /// The commit that is live.
    pub revision: Option<String>,
    /// The commit that was looked at last.
    pub attempted: Option<String>,
    /// SHA-256 of what is live.
    pub digest: Option<String>,
    /// The digest that waits for approval.
    pub held: Option<String>,
    /// How many flags are live.
    pub flags: Option<i32>,
}
