//! `flagfall completions`: what shells complete.

use clap_complete::Shell;

use super::{Context, Exit};
use crate::failure::Failure;

/// Print a script that completes flagfall's commands and options in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall completions bash > ~/.local/share/bash-completion/completions/flagfall
  flagfall completions zsh > \"${fpath[1]}/_flagfall\"
  flagfall completions fish > ~/.config/fish/completions/flagfall.fish")]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// Runs it.
///
/// # Errors
/// Never.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "flagfall", &mut script);
    context.output.results().bytes(&script);
    Ok(Exit::Clean)
}
