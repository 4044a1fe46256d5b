//! What `compile --json` prints.

use schemars::JsonSchema;
use serde::Serialize;

/// The files that were written, or compared.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document {
    /// The name of this schema.
    pub(super) schema: &'static str,
    /// Whether files were compared (`--check`) instead of written.
    pub(super) check: bool,
    /// By environment, in the order of flagfall.kdl; the client's form after the server's.
    pub(super) files: Vec<File>,
    /// Why nothing was written or compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<Refused>,
}

impl Document {
    pub(super) fn new(check: bool, files: Vec<File>) -> Self {
        Self { schema: "flagfall.compile/1", check, files, refused: None }
    }
}

/// A file of output.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    /// Its path.
    pub(super) file: String,
    /// `written`, or of a check: `current`, `missing`, `outdated`, `stale`.
    pub(super) state: &'static str,
    /// The environment it is for; none of a stale file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    /// `SERVER` or `CLIENT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    /// How many flags it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flags: Option<usize>,
    /// Of a file written: its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<usize>,
    /// Of a file written: the publication time in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<String>,
    /// Of an outdated file: what differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Of an outdated file: the first flag that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flag: Option<String>,
}

/// Findings at or above the fail level.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Refused {
    /// How many findings are errors.
    pub(super) errors: usize,
    /// How many findings are warnings.
    pub(super) warnings: usize,
}
