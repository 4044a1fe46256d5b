//! The document of `blame --json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::history::document::{Commit, Gets, Reached, Unreadable, Written};

/// Since when a subject gets what it gets.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document {
    /// The name of this schema.
    pub(super) schema: &'static str,
    /// The flag's key.
    pub(super) flag: String,
    /// The subject's key.
    pub(super) subject: String,
    /// What was passed.
    pub(super) attributes: Map<String, Value>,
    /// The environment's name.
    pub(super) environment: String,
    /// The instant of every evaluation.
    pub(super) at: String,
    /// Since when.
    pub(super) since: Since,
    /// What the subject got before; null where nothing older was seen.
    pub(super) before: Option<Gets>,
    /// What it gets.
    pub(super) after: Gets,
    /// The line that places the step that assigns; where time gave it, the line of the schedule. Null for the caller's default.
    pub(super) placed: Option<Written>,
    /// The line that defines the step, where it is another.
    pub(super) defined: Option<Written>,
    /// Commits between before and after at which what the flag is made of could not be read: it may be so since one of them.
    pub(super) unreadable: Vec<Unreadable>,
    /// Where the walk ended.
    pub(super) reached: Reached,
    /// How many commits were looked at.
    pub(super) walked: usize,
}

/// Since when it is so.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(in crate::cli) enum Since {
    /// The working tree: not committed yet.
    Uncommitted,
    /// A commit.
    Commit {
        /// Which.
        commit: Commit,
    },
    /// An instant, by a schedule that was written before.
    Schedule {
        /// The first instant.
        at: String,
        /// The commit that wrote the schedule.
        commit: Commit,
        /// The step whose schedule it is.
        step: String,
    },
    /// Longer than was looked at.
    Before {
        /// The oldest commit at which it was seen to be so.
        commit: Commit,
    },
}
