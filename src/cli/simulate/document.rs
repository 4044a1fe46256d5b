//! A simulation for programs: JSON, and comma-separated values.

use serde::Serialize;

use super::Outcome;
use crate::count::Fraction;
use crate::evaluate::event::instant_text;
use crate::failure::Failure;

/// `flagfall.simulate/1`.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    flag: &'a str,
    environment: &'a str,
    at: String,
    subjects: u64,
    steps: Vec<Step>,
    default: Counted,
    /// Null where nothing is left to chance.
    p_value: Option<f64>,
    degrees_of_freedom: u32,
    verdict: String,
    /// Rows whose subject key an earlier row has.
    repeated: u64,
}

#[derive(Debug, Serialize)]
struct Step {
    step: String,
    allocation: String,
    variations: Vec<Variation>,
}

#[derive(Debug, Serialize)]
struct Variation {
    variation: String,
    expected: Fraction,
    actual: u64,
}

#[derive(Debug, Serialize)]
struct Counted {
    expected: Fraction,
    actual: u64,
}

/// The whole document.
pub(super) fn document<'a>(outcome: &'a Outcome<'a>) -> Document<'a> {
    let mut steps: Vec<Step> = Vec::new();
    for arm in &outcome.simulation.arms {
        let variation = Variation { variation: arm.variation.clone(), expected: arm.expected, actual: arm.actual };
        match steps.last_mut().filter(|step| step.allocation == arm.allocation) {
            Some(step) => step.variations.push(variation),
            None => steps.push(Step {
                step: outcome.step(arm),
                allocation: arm.allocation.clone(),
                variations: vec![variation],
            }),
        }
    }
    let (expected, actual) = outcome.simulation.default;
    let deviation = outcome.simulation.deviation;
    Document {
        schema: "flagfall.simulate/1",
        flag: outcome.flag,
        environment: &outcome.target.config.environment,
        at: instant_text(outcome.at),
        subjects: outcome.simulation.subjects,
        steps,
        default: Counted { expected, actual },
        p_value: deviation.map(|deviation| deviation.p_value),
        degrees_of_freedom: deviation.map_or(0, |deviation| deviation.freedom),
        verdict: outcome.verdict(),
        repeated: outcome.rows.repeated,
    }
}

/// A row an arm, the caller's default last with empty names.
pub(super) fn csv(outcome: &Outcome<'_>) -> Result<String, Failure> {
    let environment = &outcome.target.config.environment;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut row = |step: &str, allocation: &str, variation: &str, expected: Fraction, actual: u64| {
        writer.write_record([
            outcome.flag,
            environment,
            step,
            allocation,
            variation,
            &expected.numerator().to_string(),
            &expected.denominator().to_string(),
            &expected.percent(),
            &actual.to_string(),
            &outcome.simulation.subjects.to_string(),
        ])
    };
    let rows = || -> Result<(), csv::Error> {
        for arm in &outcome.simulation.arms {
            row(&outcome.step(arm), &arm.allocation, &arm.variation, arm.expected, arm.actual)?;
        }
        let (expected, actual) = outcome.simulation.default;
        row("", "", "", expected, actual)
    };
    let broken = |error: &dyn std::fmt::Display| Failure::new(format!("cannot write the results: {error}"));
    let mut rows = rows;
    rows().map_err(|error| broken(&error))?;
    let bytes = writer.into_inner().map_err(|error| broken(&error))?;
    let head = "flag,environment,step,allocation,variation,expected_numerator,expected_denominator,expected_percent,actual,subjects\n";
    Ok(head.to_owned() + &String::from_utf8_lossy(&bytes))
}
