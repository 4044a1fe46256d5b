//! The document of `test --json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Ground, Measured, coverage, mutation};
use crate::count::Fraction;
use crate::diagnostic::render::Summary;
use crate::diagnostic::render::json::{Place, place};
use crate::failure::Failure as Ended;
use crate::test::{CaseResult, Failure, Part};
use crate::witness;

/// What became of the tests.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// A case in one environment each, in source order.
    cases: Vec<Case<'a>>,
    /// How many there are.
    summary: Counts,
    /// With `--coverage`: what the cases touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<coverage::Document<'a>>,
    /// With `--mutate`: what became of small changes to the flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    mutation: Option<mutation::Document<'a>>,
    /// Why nothing was tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// Findings at or above the fail level.
struct Refused {
    /// How many findings are errors.
    errors: usize,
    /// How many findings are warnings.
    warnings: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A case in one environment.
struct Case<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The case's name.
    name: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// `passed` or `failed`.
    #[schemars(extend("enum" = ["passed", "failed"]))]
    result: &'static str,
    /// The case's line.
    place: Place<'a>,
    /// The first failure's sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// What was not as expected; none of a case that passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
    /// What a reader of a passed case should know, such as subjects that were left out.
    notes: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
/// An expectation that does not hold.
struct Failed<'a> {
    /// The defect, in a sentence.
    message: &'a str,
    /// The expectation's line.
    place: Place<'a>,
    /// What was expected; empty where nothing could be observed.
    expected: &'a str,
    /// What happens instead; empty where nothing could be observed.
    actual: &'a str,
    /// The lines of the flag that decided.
    decided: Vec<Decided<'a>>,
    /// Of a group of subjects: who got what, in the order of the waterfall.
    parts: Vec<Observed<'a>>,
    /// A subject for whom it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<witness::Document>,
    /// One next step; empty when there is nothing but to compare.
    help: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A line that decided.
struct Decided<'a> {
    /// Where it is.
    place: Place<'a>,
    /// What it does.
    text: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A part of a group of subjects.
struct Observed<'a> {
    /// How large it is.
    share: Fraction,
    /// What it gets; null for the caller's default.
    variation: Option<&'a str>,
    /// Through which step; null for the caller's default.
    step: Option<&'a str>,
    /// The holdout that leaves it out of that step.
    holdout: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// How many cases there are.
struct Counts {
    /// Those that passed.
    passed: usize,
    /// Those that failed.
    failed: usize,
}

/// The whole document.
pub(super) fn document<'a>(results: &'a [CaseResult], measured: &'a Measured, ground: Ground<'a>) -> Document<'a> {
    let sources = ground.sources;
    let passed = results.iter().filter(|result| result.passed()).count();
    Document {
        schema: "flagfall.test/1",
        cases: results.iter().map(|result| case(result, ground)).collect(),
        summary: Counts { passed, failed: results.len() - passed },
        coverage: measured.coverage.as_deref().map(|all| coverage::document(all, sources)),
        mutation: measured.mutation.as_deref().map(|all| mutation::document(all, sources)),
        refused: None,
    }
}

/// The document where findings kept the tests from running.
pub(super) fn refusal<'a>(summary: &Summary) -> Document<'a> {
    let &Summary { errors, warnings, .. } = summary;
    Document {
        schema: "flagfall.test/1",
        cases: Vec::new(),
        summary: Counts { passed: 0, failed: 0 },
        coverage: None,
        mutation: None,
        refused: Some(Refused { errors, warnings }),
    }
}

/// The document as text.
pub(super) fn text(results: &[CaseResult], measured: &Measured, ground: Ground<'_>) -> Result<String, Ended> {
    let text = serde_json::to_string_pretty(&document(results, measured, ground));
    text.map(|text| text + "\n").map_err(|error| Ended::new(format!("cannot write the results as JSON: {error}")))
}

fn case<'a>(result: &'a CaseResult, ground: Ground<'a>) -> Case<'a> {
    Case {
        flag: &result.flag,
        name: &result.name,
        environment: &result.environment,
        result: if result.passed() { "passed" } else { "failed" },
        place: place(result.span, ground.sources),
        message: result.failures.first().map(|failure| failure.message.as_str()),
        failures: result.failures.iter().map(|failure| failed(result, failure, ground)).collect(),
        notes: &result.notes,
    }
}

fn failed<'a>(result: &CaseResult, failure: &'a Failure, ground: Ground<'a>) -> Failed<'a> {
    let sources = ground.sources;
    let decided = failure.decided.iter().map(|(span, text)| Decided { place: place(*span, sources), text });
    let observed = |part: &'a Part| Observed {
        share: part.share.clone(),
        variation: part.variation.as_deref(),
        step: part.step.as_deref(),
        holdout: part.holdout.as_deref(),
    };
    Failed {
        message: &failure.message,
        place: place(failure.span, sources),
        expected: &failure.expected,
        actual: &failure.actual,
        decided: decided.collect(),
        parts: failure.parts.iter().map(observed).collect(),
        witness: failure.witness.as_ref().map(|witness| ground.seen(result, witness)),
        help: &failure.help,
    }
}
