//! What `compile --json` prints.

use serde::Serialize;

/// The document.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) schema: &'static str,
    /// Whether files were compared (`--check`) instead of written.
    pub(super) check: bool,
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
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    pub(super) file: String,
    /// `written`, or of a check: `current`, `missing`, `outdated`, `stale`.
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    /// `SERVER` or `CLIENT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    /// How many flags it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flags: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<usize>,
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
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    pub(super) errors: usize,
    pub(super) warnings: usize,
}
