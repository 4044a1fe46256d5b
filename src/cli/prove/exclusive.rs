//! `flagfall prove exclusive`: whether anybody can be in two steps.

use super::Budget;
use super::asked::{Asked, Step, Where};
use super::document::{Answer, By, Document};
use crate::cli::Context;
use crate::failure::Failure;
use crate::region::{self, Apart, Exclusion, Witness};
use crate::witness::{self, quoted};

/// Whether nobody can be in both steps, of one flag or two
///
/// Proved by bucketing, it holds for ever: their shards exclude each other. Proved by targeting, it holds while attributes stay;
/// proved by time, it holds at any one time: who changes, or comes back later, may be in one and then in the other. Who is
/// held out of a step is not in it.
#[derive(Debug, clap::Args)]
#[command(
    name = "exclusive",
    after_help = "Examples:
  flagfall prove exclusive search-ranking/ranking-test checkout-copy/copy-test --env production
  flagfall prove exclusive pricing/price-test pricing/trial-test --ufc dist/production.json --json"
)]
pub struct Args {
    /// A step
    #[arg(value_name = "FLAG/STEP")]
    pub first: String,
    /// Another
    #[arg(value_name = "FLAG/STEP")]
    pub second: String,
    #[command(flatten)]
    pub place: Where,
    #[command(flatten)]
    pub budget: Budget,
}

/// The answer; none when the workspace has errors, which are then reported.
pub(super) fn answer(args: &Args, context: &mut Context) -> Result<Option<Document>, Failure> {
    let Some(asked) = args.place.open(context)? else { return Ok(None) };
    let (first, second) = (asked.step(&args.first)?, asked.step(&args.second)?);
    if first.flag == second.flag && first.number == second.number {
        return Err(Failure::new(format!("`{}` is one step, and nobody can be asked to be in it twice", args.first))
            .help("name two steps"));
    }
    let question = format!("exclusive {} {} {}", quoted(&args.first), quoted(&args.second), args.place.words());
    let (one, other) = ((&first.side, first.number), (&second.side, second.number));
    let exclusion = region::exclusion(one, other, super::SINCE, args.budget.limits());
    let steps = format!("`{}` and `{}` in {}", args.first, args.second, asked.environment());
    let mut document = match exclusion {
        Err(why) => Document::undecided(question, &why),
        Ok(exclusion) => document(question, &steps, exclusion, &asked, &first, &second),
    };
    for (step, written) in [(&first, &args.first), (&second, &args.second)] {
        if !step.logs() {
            document.sentence.push_str(&format!("; `{written}` is not logged, so nobody counts as being in it"));
        }
    }
    Ok(Some(document))
}

fn document(
    question: String,
    steps: &str,
    exclusion: Exclusion,
    asked: &Asked,
    first: &Step<'_>,
    second: &Step<'_>,
) -> Document {
    let seen =
        |step: &Step<'_>, at: &Witness| Some(witness::Document::new(&step.flag, asked.source(), &at.subject, at.at));
    match exclusion {
        Exclusion::ByBucketing => {
            let sentence =
                format!("nobody is ever in both {steps}, by bucketing: for ever, whatever becomes of attributes");
            let proved = Document::new(question, Answer::Proved, sentence);
            Document { by: Some(By::Bucketing), ..proved }
        }
        Exclusion::ByTargeting(apart, moves) => {
            let (by, how) = kept(apart);
            let sentence = format!("nobody is in both {steps} at one time, {how}");
            let proved = Document::new(question, Answer::Proved, sentence);
            let (witness, also) = match moves.as_deref() {
                Some((before, after)) => (seen(first, before), seen(second, after)),
                None => (None, None),
            };
            Document { by: Some(by), witness, also, ..proved }
        }
        Exclusion::Violated(found, stretch) => {
            let sentence = format!("somebody is in both {steps} at once{stretch}");
            let refuted = Document::new(question, Answer::Refuted, sentence);
            let witness = found.as_ref().and_then(|found| seen(first, found));
            let also = found.as_ref().filter(|_| first.flag != second.flag).and_then(|found| seen(second, found));
            Document { witness, also, ..refuted }
        }
    }
}

/// What keeps two steps apart whose shards do not, as the document names it, and how to say it.
fn kept(apart: Apart) -> (By, &'static str) {
    match apart {
        Apart::ByAttributes => (By::Targeting, "by targeting: while attributes stay"),
        Apart::ByTime => (By::Time, "by time: whoever comes back later can be in the other"),
        Apart::ByEither => (By::TargetingOrTime, "by targeting and by time: either would do alone"),
        Apart::ByBoth => (By::TargetingAndTime, "by targeting and time together: while attributes stay"),
    }
}
