//! `flagfall compile`: every environment to the JSON its evaluators read.

use std::path::PathBuf;

use super::{Context, Exit};
use crate::failure::Failure;

/// Write the JSON that evaluators read, one file per environment
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall compile
  flagfall compile flags --client
  flagfall compile --check")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read or the output cannot be written.
pub fn run(_args: &Args, _context: &mut Context) -> Result<Exit, Failure> {
    Err(Failure::new("compile is being built"))
}
