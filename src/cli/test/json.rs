//! The document of `test --json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::count::Fraction;
use crate::diagnostic::render::Summary;
use crate::diagnostic::render::json::{Place, place};
use crate::evaluate::event::instant_text;
use crate::failure::Failure as Ended;
use crate::source::SourceSet;
use crate::test::{CaseResult, Failure, Part, Witness};

/// `flagfall.test/1`.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    cases: Vec<Case<'a>>,
    summary: Counts,
    /// Why nothing was tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

#[derive(Debug, Serialize)]
struct Refused {
    errors: usize,
    warnings: usize,
}

#[derive(Debug, Serialize)]
struct Case<'a> {
    flag: &'a str,
    name: &'a str,
    environment: &'a str,
    result: &'static str,
    place: Place<'a>,
    /// The first failure's sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct Failed<'a> {
    message: &'a str,
    place: Place<'a>,
    expected: &'a str,
    actual: &'a str,
    decided: Vec<Decided<'a>>,
    /// Of a group of subjects: who got what, in the order of the waterfall.
    parts: Vec<Observed<'a>>,
    /// A subject for whom it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Seen<'a>>,
    help: &'a str,
}

/// A witness: paste it into `eval` and see it.
#[derive(Debug, Serialize)]
struct Seen<'a> {
    subject: &'a str,
    attributes: BTreeMap<&'a str, serde_json::Value>,
    at: String,
    flag: &'a str,
    environment: &'a str,
}

#[derive(Debug, Serialize)]
struct Decided<'a> {
    place: Place<'a>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Observed<'a> {
    share: Fraction,
    variation: Option<&'a str>,
    step: Option<&'a str>,
    holdout: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
}

/// The whole document.
pub(super) fn document<'a>(results: &'a [CaseResult], sources: &'a SourceSet) -> Document<'a> {
    let passed = results.iter().filter(|result| result.passed()).count();
    Document {
        schema: "flagfall.test/1",
        cases: results.iter().map(|result| case(result, sources)).collect(),
        summary: Counts { passed, failed: results.len() - passed },
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
        refused: Some(Refused { errors, warnings }),
    }
}

/// The document as text.
pub(super) fn text(results: &[CaseResult], sources: &SourceSet) -> Result<String, Ended> {
    let text = serde_json::to_string_pretty(&document(results, sources));
    text.map(|text| text + "\n").map_err(|error| Ended::new(format!("cannot write the results as JSON: {error}")))
}

fn case<'a>(result: &'a CaseResult, sources: &'a SourceSet) -> Case<'a> {
    Case {
        flag: &result.flag,
        name: &result.name,
        environment: &result.environment,
        result: if result.passed() { "passed" } else { "failed" },
        place: place(result.span, sources),
        message: result.failures.first().map(|failure| failure.message.as_str()),
        failures: result.failures.iter().map(|failure| failed(result, failure, sources)).collect(),
        notes: &result.notes,
    }
}

fn failed<'a>(result: &'a CaseResult, failure: &'a Failure, sources: &'a SourceSet) -> Failed<'a> {
    let decided = failure.decided.iter().map(|(span, text)| Decided { place: place(*span, sources), text });
    let observed = |part: &'a Part| Observed {
        share: part.share,
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
        witness: failure.witness.as_ref().map(|witness| seen(result, witness)),
        help: &failure.help,
    }
}

fn seen<'a>(result: &'a CaseResult, witness: &'a Witness) -> Seen<'a> {
    let attributes = witness.subject.attributes.iter().map(|(name, value)| (name.as_str(), value.to_json()));
    Seen {
        subject: &witness.subject.key,
        attributes: attributes.collect(),
        at: instant_text(witness.at),
        flag: &result.flag,
        environment: &result.environment,
    }
}
