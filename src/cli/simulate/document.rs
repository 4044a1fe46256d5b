//! A simulation for programs: JSON, and comma-separated values.

use schemars::JsonSchema;
use serde::Serialize;

use super::Outcome;
use crate::count::Fraction;
use crate::evaluate::event::instant_text;
use crate::failure::Failure;

/// A simulation: for each step and variation the share expected and the number of subjects that came out.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// The instant of every assignment.
    at: String,
    /// How many subjects were assigned.
    subjects: u64,
    /// The steps of the waterfall that somebody can reach, in its order.
    steps: Vec<Step>,
    /// Whoever gets the default that the caller passes.
    default: Counted,
    /// How likely a deviation as large as this one is by chance (chi-square); null where nothing is left to chance.
    p_value: Option<f64>,
    /// Of the chi-square test; 0 where there was none.
    degrees_of_freedom: u32,
    /// What the deviation means, in a sentence.
    verdict: String,
    /// Rows whose subject key an earlier row has.
    repeated: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A step and what it serves.
struct Step {
    /// The step's name; the allocation key where no workspace names it.
    step: String,
    /// The allocation key on the wire.
    allocation: String,
    /// In the order of the splits.
    variations: Vec<Variation>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// An arm.
struct Variation {
    /// The variation served.
    variation: String,
    /// The exact share of subjects to expect.
    expected: Fraction,
    /// How many subjects it was.
    actual: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A share and a number.
struct Counted {
    /// The exact share of subjects to expect.
    expected: Fraction,
    /// How many subjects it was.
    actual: u64,
}

/// The whole document.
pub(super) fn document<'a>(outcome: &'a Outcome<'a>) -> Document<'a> {
    let mut steps: Vec<Step> = Vec::new();
    for arm in &outcome.simulation.arms {
        let variation =
            Variation { variation: arm.variation.clone(), expected: arm.expected.clone(), actual: arm.actual };
        match steps.last_mut().filter(|step| step.allocation == arm.allocation) {
            Some(step) => step.variations.push(variation),
            None => steps.push(Step {
                step: outcome.step(arm),
                allocation: arm.allocation.clone(),
                variations: vec![variation],
            }),
        }
    }
    let (expected, actual) = outcome.simulation.default.clone();
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
    let mut row = |step: &str, allocation: &str, variation: &str, expected: &Fraction, actual: u64| {
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
            row(&outcome.step(arm), &arm.allocation, &arm.variation, &arm.expected, arm.actual)?;
        }
        let (expected, actual) = (&outcome.simulation.default.0, outcome.simulation.default.1);
        row("", "", "", expected, actual)
    };
    let broken = |error: &dyn std::fmt::Display| Failure::new(format!("cannot write the results: {error}"));
    let mut rows = rows;
    rows().map_err(|error| broken(&error))?;
    let bytes = writer.into_inner().map_err(|error| broken(&error))?;
    let head = "flag,environment,step,allocation,variation,expected_numerator,expected_denominator,expected_percent,actual,subjects\n";
    Ok(head.to_owned() + &String::from_utf8_lossy(&bytes))
}
