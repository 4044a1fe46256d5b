//! `flagfall check`: every finding of a workspace, and the edits that correct what can be corrected.

pub(super) mod document;
mod fix;
mod report;

use std::path::PathBuf;

use super::session::{self, Session};
use super::{Context, Exit, Format, cached, outputs};
use crate::diagnostic::render::{human, json, plain};
use crate::failure::Failure;
use crate::fix::{Effect, Revision};
use crate::region;
use crate::witness::{self, Source};

/// Report everything that is wrong with the flags
///
/// Reads every definition and test of the workspace and reports all findings in one run, each with
/// its place, what it means for subjects, and one next step. Writes nothing, unless --fix asks for it.
///
/// With --fix it applies the edits that findings carry, finding by finding, where it is proved that they change no
/// assignment, and reports what remains. With --fix --unsafe it also applies those that change assignments, and says
/// exactly who gets what else.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall check
  flagfall check flags --fail-on warning
  flagfall check --format plain | grep FF1010
  flagfall check --fix --dry-run
  flagfall check --fix
  flagfall check --base origin/main
  flagfall check -o github -o sarif=flagfall.sarif -o md=comment.md
  flagfall check --json | jq '.summary'")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
    /// Apply the edits of findings that are proved to change no assignment
    #[arg(long, conflicts_with = "output")]
    pub fix: bool,
    /// Apply those that change assignments, too, and show their exact effect
    #[arg(long = "unsafe", requires = "fix")]
    pub changing: bool,
    /// Print what --fix would change as a unified diff, and write nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Find out what changes since this revision or directory do to subjects, too
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub cache: cached::CacheOption,
    /// Outputs for CI.
    #[command(flatten)]
    pub outputs: outputs::Options,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be found or read.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if args.fix {
        return fix::run(args, context);
    }
    outputs::prepare(&args.outputs.output, context)?;
    let workspace = args.workspace.as_deref();
    let session = match &args.base {
        None => cached::open(workspace, &args.cache, context)?,
        base => session::open_against(workspace, base.as_deref(), context.now)?,
    };
    match context.options.face() {
        Format::Human => session.report(context, true),
        // Programs read the findings: they are the result.
        Format::Plain => context.output.results().text(&plain::render(&session.findings, &session.sources)),
        Format::Json => {
            context.output.results().text(&json::render(&session.findings, &session.sources, &session.summary));
        }
    }
    session.write_outputs(&args.outputs, "flagfall check", context)?;
    Ok(session.exit(context.options.fail_on))
}

/// Somebody for whom an effect can be seen, where the edits are.
fn witness(somebody: &region::Witness, effect: &Effect, after: &Revision) -> witness::Document {
    let (workspace, declared) = (after.sources().workspace(), after.attributes());
    let source = Source::Workspace { workspace, environment: &effect.environment, declared };
    witness::Document::new(&effect.flag, source, &somebody.subject, somebody.at)
}

impl Session {
    /// Shows the findings on standard error in the face asked for (lines where JSON is), and for people how many there are.
    pub fn report(&self, context: &mut Context, even_if_none: bool) {
        let face = context.options.face();
        let messages = context.output.messages();
        let look = messages.terminal().look();
        match face {
            Format::Human => {
                messages.text(&human::render(&self.findings, &self.sources, look));
                if even_if_none || !self.findings.is_empty() {
                    messages.line(human::summary(&self.findings, &self.summary));
                }
            }
            Format::Plain | Format::Json => messages.text(&plain::render(&self.findings, &self.sources)),
        }
    }
}
