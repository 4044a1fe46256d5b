//! `flagfall man`: the manual, a page for each command.

use std::path::PathBuf;

use clap_mangen::Man;

use super::{Context, Exit};
use crate::failure::Failure;
use crate::workspace::write::{Existing, shown, write_all};

/// Print the manual page, or write the pages of all commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall man | man -l -
  flagfall man --out ~/.local/share/man/man1")]
pub struct Args {
    /// Write flagfall.1 and flagfall-COMMAND.1 here instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When the pages cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut command = super::command();
    command.build();
    let Some(directory) = &args.out else {
        let text = page(&command)?;
        context.output.results().text(&text);
        return Ok(Exit::Clean);
    };
    let mut pages = vec![(directory.join("flagfall.1"), page(&command)?)];
    for below in command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set()) {
        pages.push((directory.join(format!("flagfall-{}.1", below.get_name())), page(below)?));
    }
    write_all(&pages, Existing::Replace)?;
    for (path, _) in &pages {
        context.output.results().line(shown(path));
    }
    Ok(Exit::Clean)
}

fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    let rendered = Man::new(command.clone()).source(concat!("flagfall ", env!("CARGO_PKG_VERSION"))).render(&mut page);
    rendered.map_err(|error| Failure::new(format!("cannot make the manual page: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
