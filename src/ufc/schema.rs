//! The wire format as a JSON Schema: what evaluators read, said with the types that only describe it.
//!
//! The types of [`ufc`](super) hold what was read; these say what may be written, obfuscated or not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Universal Flag Configuration: the flags of one environment, as evaluators read them.
///
/// In a CLIENT document (obfuscated) flag keys, attributes, operators and list elements are MD5 in hexadecimal digits;
/// variations, values, allocation keys, salts, dates and other operands are Base64.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// When it was published: `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    pub created_at: String,
    /// Plain or obfuscated; none is plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["SERVER", "CLIENT"]))]
    pub format: Option<String>,
    /// Whose flags these are.
    pub environment: Environment,
    /// Flags by key.
    pub flags: BTreeMap<String, Flag>,
    /// Which bandits flags refer to; `{}` when none. Some SDKs require it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandit_references: Option<Map<String, Value>>,
    /// Bandits' variations, in an older form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandits: Option<Map<String, Value>>,
}

/// An environment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Environment {
    /// Its name.
    pub name: String,
}

/// A flag.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Flag {
    /// The same as its key in `flags`.
    pub key: String,
    /// A disabled flag gives the caller's default.
    pub enabled: bool,
    /// The type of every variation's value.
    #[schemars(extend("enum" = ["STRING", "INTEGER", "NUMERIC", "BOOLEAN", "JSON"]))]
    pub variation_type: String,
    /// Variations by key.
    pub variations: BTreeMap<String, Variation>,
    /// The waterfall: the first allocation that matches wins.
    pub allocations: Vec<Allocation>,
    /// How many shards subjects are hashed into; 10 000 in practice.
    pub total_shards: u32,
}

/// A named value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Variation {
    /// The same as its key in `variations`.
    pub key: String,
    /// Of the flag's type; a JSON value is a string that holds JSON. In a CLIENT document always a string.
    #[schemars(extend("type" = ["string", "number", "boolean"]))]
    pub value: Value,
}

/// One step of the waterfall.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Allocation {
    /// Logged as part of the experiment's key, `<flag>-<allocation>`.
    pub key: String,
    /// Alternatives, of which one must hold; none or an empty list is everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Rule>")]
    pub rules: Option<Vec<Rule>>,
    /// The first instant, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// The last instant, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_at: Option<String>,
    /// The first split whose shards all match wins; without one the waterfall goes on.
    pub splits: Vec<Split>,
    /// Whether assignments are logged; they are where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub do_log: Option<bool>,
}

/// Conditions that must all hold.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rule {
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// A test of one attribute.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Condition {
    /// The attribute's name; `id` is the subject's key unless an attribute is called so.
    pub attribute: String,
    /// MATCHES, NOT_MATCHES, ONE_OF, NOT_ONE_OF, IS_NULL, GT, GTE, LT or LTE. A condition with another never holds.
    #[schemars(extend("examples" = ["MATCHES", "NOT_MATCHES", "ONE_OF", "NOT_ONE_OF", "IS_NULL", "GT", "GTE", "LT", "LTE"]))]
    pub operator: String,
    /// A regular expression, a list of texts, true or false, a number or a semantic version, as the operator has it.
    pub value: Value,
}

/// A variation and the shards that receive it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// The variation served.
    pub variation_key: String,
    /// All must match; an empty list always does.
    pub shards: Vec<Shard>,
    /// Added to every assignment event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub extra_logging: Option<BTreeMap<String, String>>,
}

/// A salted hash of the subject's key and where it must land.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shard {
    /// Hashed as `<salt>-<subject>`.
    pub salt: String,
    /// Any of them may hold the subject's shard.
    pub ranges: Vec<Range>,
}

/// A half-open range of shards.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Range {
    /// The first shard.
    pub start: u32,
    /// The shard after the last.
    pub end: u32,
}
