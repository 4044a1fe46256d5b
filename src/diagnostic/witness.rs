//! Somebody for whom a finding can be seen. [`crate::witness`] makes them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Somebody for whom a claim can be seen: evaluate the flag, and see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Witness {
    /// The subject's key.
    pub subject: String,
    /// What callers pass about the subject.
    pub attributes: Map<String, Value>,
    /// The instant of the assignment.
    #[schemars(example = &"2026-12-01T00:00:00.000Z")]
    pub at: String,
    /// The flag's key.
    pub flag: String,
    /// The environment's name.
    pub environment: String,
    /// A command that shows it, quoted for a shell.
    pub command: String,
}
