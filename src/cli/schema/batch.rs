//! The lines of `eval --batch`, which are written by hand for speed: what they look like.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The answer to one line of a batch.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// What the subject gets.
    Assigned(Box<Assigned>),
    /// A line that cannot be used.
    Unusable(Unusable),
}

/// What the subject gets.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Assigned {
    /// The name of this schema, with `--json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// The flag's key.
    pub flag: String,
    /// The subject's key.
    pub subject: String,
    /// Null where the caller's default applies. A JSON flag's value is JSON, not text.
    pub value: Value,
    /// Null where the caller's default applies.
    pub variation: Option<String>,
    /// The key of the allocation that matched.
    pub allocation: Option<String>,
    /// How the evaluation ended, in the SDKs' words.
    pub code: String,
    /// What an SDK hands to the assignment logger; none where nothing is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Event")]
    pub event: Option<Event>,
}

/// A line that cannot be used.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unusable {
    /// The name of this schema, with `--json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub schema: Option<String>,
    /// Its number, 1-based.
    pub line: usize,
    /// Why.
    pub error: String,
}

/// What an SDK hands to the assignment logger. The step's extra logging stands beside the other members.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The flag's key.
    pub feature_flag: String,
    /// The allocation key.
    pub allocation: String,
    /// The experiment's key, `<flag>-<allocation>`.
    pub experiment: String,
    /// The variation served.
    pub variation: String,
    /// The subject's key.
    pub subject: String,
    /// Exactly as passed.
    pub subject_attributes: Map<String, Value>,
    /// RFC 3339, milliseconds or finer.
    pub timestamp: String,
    /// Who made the event.
    pub meta_data: MetaData,
    /// Extra logging.
    #[serde(flatten)]
    pub extra: BTreeMap<String, String>,
}

/// Who made an event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetaData {
    /// `flagfall`.
    pub sdk_name: String,
    /// flagfall's version.
    pub sdk_version: String,
    /// The version of the reference core that the evaluator agrees with.
    pub core_version: String,
}
