//! `flagfall check`: every finding of a workspace.

use std::path::PathBuf;

use super::{Context, Exit};
use crate::failure::Failure;

/// Report everything that is wrong with the flags
///
/// Reads every definition and test of the workspace and reports all findings in one run, each with
/// its place, what it means for subjects, and one next step. Writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall check
  flagfall check flags --fail-on warning
  flagfall check --format plain | grep FF1010
  flagfall check --json | jq '.summary'")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be found or read.
pub fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(Failure::new("check is being built"))
}
