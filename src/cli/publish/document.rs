//! What `publish --json` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::diff::document::Document as Difference;
use crate::diff::Class;
use crate::publish::release::{File, Source};

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum State {
    /// It was published.
    Published,
    /// It would be (`--dry-run`).
    Ready,
    /// The guard holds it.
    Held,
    /// It is what is published already.
    Current,
    /// A commit that comes after it is published already.
    Superseded,
    /// The workspace has findings at or above the fail level.
    Refused,
}

impl State {
    /// As in the document.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Ready => "ready",
            Self::Held => "held",
            Self::Current => "current",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
        }
    }
}

/// What was published, or would be.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    pub(super) schema: &'static str,
    /// How it ended.
    pub(super) state: State,
    /// Whether nothing was to be published.
    pub(super) dry_run: bool,
    /// The branch.
    pub(super) branch: &'a str,
    /// What was compiled; null where it was refused.
    pub(super) source: Option<&'a Source>,
    /// The commit that was published before; null where nothing was.
    pub(super) previous: Option<String>,
    /// The commit that was made; null where none was.
    pub(super) commit: Option<String>,
    /// The worst change against what was published before; null where nothing was.
    pub(super) class: Option<&'a str>,
    /// In the order of flagfall.kdl, then those that are published no more.
    pub(super) environments: Vec<Environment<'a>>,
    /// With `--dry-run` of each environment that was published before what changes, as `diff --json` has it.
    pub(super) differences: Vec<Difference<'a>>,
}

/// An environment.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Environment<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// How many flags it has.
    pub(super) flags: usize,
    /// Its files; none where it is published no more.
    pub(super) files: &'a [File],
    /// What moves; null where it was not published before.
    pub(super) change: Option<Change<'a>>,
    /// What the guard holds it for.
    pub(super) held: Vec<String>,
    /// What people must know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a str>,
}

/// What moves, as the guard looks at it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Change<'a> {
    /// How much it matters to subjects.
    pub(super) class: Class,
    /// The verdict in a sentence.
    pub(super) summary: &'a str,
    /// Flags that are served no more.
    pub(super) removed_flags: &'a [String],
    /// The largest share of any audience that gets another value, `override` gates aside; null where nobody does.
    pub(super) max_reassigned: Option<Reassigned<'a>>,
}

/// A share of an audience.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Reassigned<'a> {
    /// The percentage, rounded up to two decimals.
    pub(super) percent: &'a str,
    /// Of which flag.
    pub(super) flag: &'a str,
}
