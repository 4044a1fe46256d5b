//! `flagfall test`: the test files of a workspace.

use std::path::PathBuf;

use super::{Context, Exit};
use crate::failure::Failure;

/// Run the tests beside the flags
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall test
  flagfall test flags")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read.
pub fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(Failure::new("test is being built"))
}
