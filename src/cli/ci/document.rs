//! The document of `ci --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Gate, State};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::Summary;
use crate::diagnostic::render::json::{Counts, Finding, counts, finding};
use crate::source::SourceSet;

/// Every gate of a pull request.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// Whether no gate failed.
    passed: bool,
    /// In the order they ran.
    gates: Vec<Ran<'a>>,
    /// Of the check and of change safety, by file, then by place.
    findings: Vec<Finding<'a>>,
    /// How many findings there are, of what.
    summary: Counts,
}

/// A gate.
#[derive(Debug, Serialize, JsonSchema)]
struct Ran<'a> {
    /// `check`, `test`, `diff` or `output`.
    gate: &'static str,
    /// How it ended.
    #[schemars(extend("enum" = ["passed", "failed", "skipped"]))]
    result: &'static str,
    /// What came of it, or why it did not run, in a line.
    summary: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        gates: &'a [Gate],
        findings: &'a [Diagnostic],
        sources: &'a SourceSet,
        summary: &Summary,
    ) -> Self {
        Self {
            schema: "flagfall.ci/1",
            passed: gates.iter().all(|gate| gate.state != State::Failed),
            gates: gates
                .iter()
                .map(|gate| Ran { gate: gate.name, result: gate.state.word(), summary: &gate.told })
                .collect(),
            findings: findings.iter().map(|one| finding(one, sources)).collect(),
            summary: counts(summary),
        }
    }
}
