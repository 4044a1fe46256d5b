//! What `verify --json` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::publish::release::Source;
use crate::publish::{COMPILER, Release};

/// A published commit, compared with what its source compiles to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// As people named it.
    revision: &'a str,
    /// The full id of the published commit.
    pub(super) commit: &'a str,
    /// What it was compiled from.
    pub(super) source: &'a Source,
    /// The version of flagfall that compiled it.
    pub(super) compiler: &'a str,
    /// The version that compiled it again.
    this_compiler: &'static str,
    /// Whether everything is the same.
    pub(super) verified: bool,
    /// By name, the manifest last.
    pub(super) files: &'a [File],
}

impl<'a> Document<'a> {
    pub(super) fn new(
        revision: &'a str,
        commit: &'a str,
        release: &'a Release,
        verified: bool,
        files: &'a [File],
    ) -> Self {
        Self {
            schema: "flagfall.verify/1",
            revision,
            commit,
            source: &release.source,
            compiler: &release.compiler,
            this_compiler: COMPILER,
            verified,
            files,
        }
    }
}

/// A file of a published commit.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct File {
    /// Its name.
    pub(super) file: String,
    /// How it compares.
    pub(super) state: State,
    /// SHA-256 of what is published; null where nothing is, and of the manifest.
    pub(super) sha256: Option<String>,
    /// SHA-256 of what the source compiles to; null where that is nothing, and of the manifest.
    pub(super) compiled: Option<String>,
    /// What differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// How a file compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Every byte is the same.
    Same,
    /// Some byte is not.
    Differs,
    /// It is not there.
    Missing,
    /// The manifest does not know it.
    Unlisted,
}

impl State {
    /// As in the document.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Unlisted => "unlisted",
        }
    }
}
