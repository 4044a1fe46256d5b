//! `flagfall eval`: what one subject gets, and why.

use super::{Context, Exit, WorkspaceOption};
use crate::failure::Failure;

/// Show what a subject gets, and why
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When the workspace or the file cannot be read.
pub fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(Failure::new("eval is being built"))
}
