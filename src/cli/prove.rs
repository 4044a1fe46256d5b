//! `flagfall prove`: an exact answer to a question of one's own, with somebody for whom it can be seen.

mod asked;
pub(super) mod document;
mod equal;
mod exclusive;
mod human;
mod reaches;

use super::{Context, Exit, Format};
use crate::failure::Failure;
use crate::region::Limits;
use document::{Answer, Document};

/// Answer a question about waterfalls exactly: proved, or refuted by somebody
///
/// Nothing is sampled: an answer holds for every subject, every attribute value that evaluators accept, and every instant, or
/// it comes with a witness, as a command line that shows it. A question that costs more than the budget is undecided.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    after_help = "Examples:
  flagfall prove exclusive search-ranking/ranking-test checkout-copy/copy-test --env production
  flagfall prove reaches new-user-onboarding/onboarding-test --env production --given country=DE
  flagfall prove equal main .
  flagfall prove equal dist/production.json new.json --flag checkout-copy --json

Exit codes: 0 proved, 1 refuted, 2 undecided or could not do the job."
)]
pub struct Args {
    /// What is asked.
    #[command(subcommand)]
    pub question: Question,
}

/// What can be asked.
#[derive(Debug, clap::Subcommand)]
pub enum Question {
    #[expect(missing_docs, reason = "the type says it")]
    Exclusive(exclusive::Args),
    #[expect(missing_docs, reason = "the type says it")]
    Reaches(reaches::Args),
    #[expect(missing_docs, reason = "the type says it")]
    Equal(equal::Args),
}

/// What an answer may cost.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Budget {
    /// How many nodes of decision diagrams an answer may cost before it is undecided
    #[arg(long, value_name = "N", default_value_t = Limits::default().nodes as u64,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub node_budget: u64,
}

/// From when on somebody is looked for, before others: fixed, so that an answer is the same on any day.
const SINCE: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

impl Budget {
    pub(super) fn limits(self) -> Limits {
        Limits { nodes: usize::try_from(self.node_budget).unwrap_or(usize::MAX), ..Limits::default() }
    }
}

/// Runs it.
///
/// # Errors
/// When what is asked about cannot be read, or is not there.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let answered = match &args.question {
        Question::Exclusive(args) => exclusive::answer(args, context)?,
        Question::Reaches(args) => reaches::answer(args, context)?,
        Question::Equal(args) => equal::answer(args, context)?,
    };
    // A workspace with errors has been reported instead.
    let Some(document) = answered else { return Ok(Exit::Failed) };
    show(&document, context);
    Ok(match document.answer {
        Answer::Proved => Exit::Clean,
        Answer::Refuted => Exit::Found,
        Answer::Undecided => Exit::Failed,
    })
}

fn show(document: &Document, context: &mut Context) {
    let face = context.options.face();
    let results = context.output.results();
    let look = results.terminal().look();
    match face {
        Format::Human => results.text(&human::render(document, look)),
        Format::Plain => results.text(&human::plain(document)),
        Format::Json => results.json(document),
    }
    if document.answer == Answer::Undecided && face == Format::Human {
        context.output.messages().line("help: ask about less, or give it more with `--node-budget N`");
    }
}
