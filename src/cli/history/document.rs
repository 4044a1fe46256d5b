//! What the documents of `blame` and `log` have in common.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::version::Got;
use super::{End, Past, Version};
use crate::cli::output::printable;
use crate::evaluate::event::instant_text;
use crate::git;
use crate::source::Span;

/// A commit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Commit {
    /// The full id.
    pub id: String,
    /// As few of its digits as name it in this clone.
    pub short: String,
    /// When it was committed.
    pub at: String,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub title: String,
}

impl Commit {
    /// For programs.
    #[must_use]
    pub fn of(commit: &git::Commit) -> Self {
        Self {
            id: commit.id.to_string(),
            short: commit.short.clone(),
            at: instant_text(commit.time),
            author: commit.author.clone(),
            title: commit.title.clone(),
        }
    }

    /// `3f2a1c9  2026-11-03  Ana  Canary at 5 %`.
    #[must_use]
    pub fn line(&self) -> String {
        let day = self.at.get(..10).unwrap_or(&self.at);
        printable(&format!("{}  {day}  {}  {}", self.short, self.author, self.title)).into_owned()
    }
}

/// A commit at which what the flag is made of could not be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Unreadable {
    /// Which.
    pub commit: Commit,
    /// The first error.
    pub reason: String,
}

impl Unreadable {
    /// `could not be read at 3f2a1c9 …: reason`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("could not be read at {}: {}", self.commit.short, printable(&self.reason))
    }
}

/// Where a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// An answer was found before.
    Answer,
    /// Where history begins.
    Beginning,
    /// Where this clone ends: it is shallow.
    CutOff,
    /// At the limit given.
    Limit,
}

impl From<End> for Reached {
    fn from(end: End) -> Self {
        match end {
            End::Beginning => Self::Beginning,
            End::CutOff => Self::CutOff,
            End::Limit => Self::Limit,
        }
    }
}

impl Reached {
    /// What to do to see more.
    #[must_use]
    pub fn note(self, walked: usize) -> Option<String> {
        match self {
            Self::Answer | Self::Beginning => None,
            Self::CutOff => Some(format!(
                "this clone is shallow and ends after {}: `git fetch --unshallow` gets the rest of its history",
                crate::diagnostic::render::counted(walked, "commit")
            )),
            Self::Limit => Some(format!(
                "only {} looked at: `--limit N` looks at more",
                if walked == 1 { "1 commit was".to_owned() } else { format!("{walked} commits were") }
            )),
        }
    }
}

/// What somebody gets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Gets {
    /// Whether the flag was defined.
    pub defined: bool,
    /// Null where the caller's default applies. A JSON flag's value is JSON, not text.
    pub value: Option<Value>,
    /// Null where the caller's default applies.
    pub variation: Option<String>,
    /// The name of the step that assigns.
    pub step: Option<String>,
    /// The experiment's key in the event; null where nothing is logged.
    pub experiment: Option<String>,
    /// What the flag says that callers pass as default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_default: Option<Value>,
    /// A command that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Gets {
    /// For programs.
    #[must_use]
    pub fn of(got: &Got, command: Option<String>) -> Self {
        let assigned = got.assigned.as_ref();
        Self {
            defined: got.defined,
            value: assigned.map(|assigned| assigned.value.clone()),
            variation: assigned.map(|assigned| assigned.variation.clone()),
            step: assigned.map(|assigned| assigned.step.clone()),
            experiment: assigned.and_then(|assigned| Some(assigned.logged.as_ref()?.0.clone())),
            code_default: got.default.clone(),
            command,
        }
    }

    /// `on = true, decided by canary, logged`.
    #[must_use]
    pub fn words(&self) -> String {
        let words = match (&self.variation, &self.value, &self.code_default) {
            _ if !self.defined => "the flag did not exist".to_owned(),
            (Some(variation), Some(value), _) => {
                let logged = match &self.experiment {
                    Some(experiment) => format!("logged as {experiment}"),
                    None => "not logged".to_owned(),
                };
                let step = self.step.as_deref().unwrap_or_default();
                format!("{variation} = {value}, decided by {step}, {logged}")
            }
            (_, _, Some(default)) => format!("the caller's default = {default}"),
            (_, _, None) => "the caller's default".to_owned(),
        };
        printable(&words).into_owned()
    }
}

/// A line of a file, and who wrote it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Written {
    /// As findings call it.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Whether it is not committed yet.
    pub uncommitted: bool,
    /// The commit that wrote it, on whatever branch; null where it is not committed, or this clone does not hold it.
    pub commit: Option<Commit>,
}

impl Written {
    /// The first line of a span of a version. `in_tree`: the version is the working tree's.
    #[must_use]
    pub fn of(past: &Past<'_>, version: &Version, span: Span, in_tree: bool) -> Self {
        let (start, _) = version.sources.place(span);
        let wrote = past.wrote(version, span.file, start.line, in_tree);
        let commit = if let git::Wrote::Commit(commit) = &wrote { Some(Commit::of(commit)) } else { None };
        let file = version.sources.file(span.file).name.clone();
        Self { file, line: start.line, uncommitted: wrote == git::Wrote::Uncommitted, commit }
    }

    /// `flags/search.kdl:12, written by 3f2a1c9  …`.
    #[must_use]
    pub fn words(&self) -> String {
        let who = match &self.commit {
            Some(commit) => format!("written by {}", commit.line()),
            None if self.uncommitted => "not committed yet".to_owned(),
            None => "written before what this clone holds".to_owned(),
        };
        format!("{}:{}, {who}", printable(&self.file), self.line)
    }
}
