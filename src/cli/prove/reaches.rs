//! `flagfall prove reaches`: whether anybody can be taken by a step, and which share of them is.

use std::collections::BTreeMap;

use super::Budget;
use super::asked::{Step, Where};
use super::document::{Answer, Document, Keys, Region};
use crate::cli::Context;
use crate::cli::eval::subject;
use crate::count::{Fraction, Outcome};
use crate::failure::Failure;
use crate::region::{self, Limits, Row, Universe};
use crate::ufc::Rule;
use crate::witness::{self, quoted};

/// Whether anybody can be taken by a step
///
/// Proved with somebody who is, and with the exact share of those asked about whom the step takes at that instant, who is held
/// out of it included: one number where it is the same for all, else the least and the most. Refuted where nobody can be, at any
/// instant. Attributes that are not given may have any value.
#[derive(Debug, clap::Args)]
#[command(
    name = "reaches",
    after_help = "Examples:
  flagfall prove reaches new-user-onboarding/onboarding-test --env production
  flagfall prove reaches new-user-onboarding/onboarding-test --env production --given country=DE app-version=#null
  flagfall prove reaches checkout-copy/copy-test/production --ufc dist/production.json --json"
)]
pub struct Args {
    /// The step
    #[arg(value_name = "FLAG/STEP")]
    pub step: String,
    /// What all subjects have in common: name=value, typed as the workspace declares (#null: none)
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub given: Vec<String>,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub budget: Budget,
}

/// The answer; none when the workspace has errors, which are then reported.
pub(super) fn answer(args: &Args, context: &mut Context) -> Result<Option<Document>, Failure> {
    let Some(asked) = args.place.open(context)? else { return Ok(None) };
    let step = asked.step(&args.step)?;
    let attributes = asked.target.attributes(&args.given, context)?;
    let given = subject::exactly(&attributes);
    let mut question = format!("reaches {} {}", quoted(&args.step), args.place.words());
    let mut whom = String::new();
    if !args.given.is_empty() {
        let words = args.given.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        question.push_str(&format!(" --given {words}"));
        whom = format!(" with {}", witness::words(&attributes));
    }
    let limits = args.budget.limits();
    let environment = asked.environment();
    Ok(Some(match region::reaches(&step.side, step.number, &given, super::SINCE, limits) {
        Err(why) => Document::undecided(question, &why),
        Ok(None) => {
            let sentence = format!("nobody{whom} is ever taken by `{}` in {environment}", args.step);
            Document::new(question, Answer::Refuted, sentence)
        }
        Ok(Some(found)) => {
            let sentence = format!("somebody{whom} is taken by `{}` in {environment}", args.step);
            let mut proved = Document::new(question, Answer::Proved, sentence);
            count(&mut proved, &step, &given, found.at, limits);
            proved.witness = Some(witness::Document::new(&step.flag, asked.source(), &found.subject, found.at));
            proved
        }
    }))
}

fn count(document: &mut Document, step: &Step<'_>, given: &[Rule], at: jiff::Timestamp, limits: Limits) {
    let regions = region::rows(&step.side, given, at, Universe::Any, limits).map_err(|why| why.to_string());
    let regions = regions.and_then(|rows| rows.iter().map(|row| region(step, row)).collect::<Result<Vec<_>, _>>());
    match regions {
        Err(why) => document.uncounted = Some(why),
        Ok(regions) => summarize(document, regions),
    }
}

/// The share of a row that the step takes.
fn region(step: &Step<'_>, row: &Row) -> Result<Region, String> {
    let takes = |allocation: usize| step.side.steps.get(allocation) == Some(&step.number);
    let above = |allocation: usize| step.side.steps.get(allocation).is_some_and(|number| *number <= step.number);
    let unknown = row.distribution.parts.iter().any(|(outcome, _)| match outcome {
        Outcome::Undecided(allocation) => above(*allocation),
        Outcome::Assigned(..) | Outcome::Default => false,
    });
    if unknown {
        return Err("subject keys decide, and there is no share of keys".to_owned());
    }
    let share = row.distribution.share(|outcome| match outcome {
        Outcome::Assigned(allocation, _) => takes(allocation),
        Outcome::Undecided(_) | Outcome::Default => false,
    });
    let attributes = row.attributes.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
    Ok(Region { attributes, subject: row.key.clone(), share })
}

/// One number where all regions agree. Single keys are counted apart: a percentage of them would mean nothing.
fn summarize(document: &mut Document, regions: Vec<Region>) {
    let mut keys: BTreeMap<&str, bool> = BTreeMap::new();
    for region in &regions {
        if let Some(key) = &region.subject {
            *keys.entry(key).or_default() |= !region.share.is_zero();
        }
    }
    if !keys.is_empty() {
        document.keys = Some(Keys { taken: keys.values().filter(|taken| **taken).count(), of: keys.len() });
    }
    let shares = || regions.iter().filter(|region| region.subject.is_none()).map(|region| &region.share);
    let (least, most): (Option<Fraction>, Option<Fraction>) = (shares().min().cloned(), shares().max().cloned());
    if least == most {
        document.share = least;
    } else {
        (document.least, document.most) = (least, most);
    }
    if document.share.is_none() || document.keys.is_some() {
        document.regions = regions;
    }
}
