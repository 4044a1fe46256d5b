//! The document of `check --json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::count::Fraction;
use crate::diagnostic::render::json::{Counts, Finding, Place, place};
use crate::fix::{self, Changed, Outcome, Revision};
use crate::region::End;
use crate::witness;

/// Every finding, and what became of the edits that they carry.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// By file, then by place.
    findings: Vec<Finding<'a>>,
    /// How many there are, of what.
    summary: Counts,
    /// With `--fix`: the findings that had edits; those that were applied in order, then the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixes: Option<Vec<Fix<'a>>>,
    /// With `--fix --dry-run`: what was not written, as a unified diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// A finding with edits, and what became of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Fix<'a> {
    /// Which finding.
    finding: Fixed<'a>,
    /// Whether the edits were applied; with `--dry-run`, whether they would be.
    applied: bool,
    /// Whether it is proved that they change no assignment.
    safe: bool,
    /// Why they were not applied, or why there is no effect to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What they change for whom.
    effects: Vec<Effect<'a>>,
}

/// A finding that had edits.
#[derive(Debug, Serialize, JsonSchema)]
struct Fixed<'a> {
    /// The rule's id.
    id: &'static str,
    /// The rule's name.
    name: &'static str,
    /// What is wrong, in a sentence.
    message: &'a str,
    /// Where it was when it was looked at, after the fixes before it.
    place: Option<Place<'a>>,
}

/// Subjects who get something else.
#[derive(Debug, Serialize, JsonSchema)]
struct Effect<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// What they got; null for the caller's default.
    from: Option<Got<'a>>,
    /// What they get; null for the caller's default.
    to: Option<Got<'a>>,
    /// The smallest share, above nothing, of subjects with the same attributes at one instant.
    least: Fraction,
    /// The largest.
    most: Fraction,
    /// One of them; none where nobody was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<witness::Document>,
}

/// What a subject gets.
#[derive(Debug, Serialize, JsonSchema)]
struct Got<'a> {
    /// The key of the allocation that assigns it.
    allocation: Option<&'a str>,
    /// The variation.
    variation: Option<&'a str>,
    /// Its value, as on the wire.
    value: Option<&'a Value>,
    /// Whether an event is logged.
    logged: bool,
}

/// What became of a finding's edits. `after` is what all of them made of the workspace.
pub(super) fn fix<'a>(fix: &'a fix::Fix, after: &'a Revision) -> Fix<'a> {
    let finding = &fix.finding;
    let fixed = Fixed {
        id: finding.rule.id(),
        name: finding.rule.name(),
        message: &finding.message,
        place: finding.span.map(|span| place(span, fix.found_in.sources())),
    };
    let (safe, reason, effects) = match &fix.outcome {
        Outcome::Proved => (true, None, Vec::new()),
        Outcome::Applied(all) => (false, None, all.iter().flat_map(|effect| effects(effect, after)).collect()),
        Outcome::Unread => (false, Some("what could not be read was not served before".to_owned()), Vec::new()),
        Outcome::Refused(why) => (false, Some(why.to_string()), Vec::new()),
    };
    Fix { finding: fixed, applied: fix.outcome.is_applied(), safe, reason, effects }
}

fn effects<'a>(effect: &'a fix::Effect, after: &'a Revision) -> impl Iterator<Item = Effect<'a>> {
    effect.changes.iter().map(|changed| {
        let Changed { change, from, to } = changed;
        let (flag, environment) = (effect.flag.as_str(), effect.environment.as_str());
        Effect {
            flag,
            environment,
            from: got(&change.from, from.as_deref()),
            to: got(&change.to, to.as_deref()),
            least: change.least.clone(),
            most: change.most.clone(),
            witness: change.witness.as_ref().map(|somebody| super::witness(somebody, effect, after)),
        }
    })
}

fn got<'a>(end: &'a End, allocation: Option<&'a str>) -> Option<Got<'a>> {
    let End { variation, value, logged, .. } = end;
    variation.is_some().then_some(Got {
        allocation,
        variation: variation.as_deref(),
        value: value.as_ref(),
        logged: *logged,
    })
}
