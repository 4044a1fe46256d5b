//! `flagfall controller`: keeps ConfigMaps equal to what repositories say.

use super::{Context, Exit};
use crate::controller::api;
use crate::failure::Failure;

/// Keep ConfigMaps of a cluster equal to what git repositories say
///
/// Reads FlagSync objects: which repository, which environment, which ConfigMap. What is live is exactly one verified commit's
/// configuration, or the last good one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall controller --definition | kubectl apply -f -
  flagfall controller --listen 0.0.0.0:8080")]
pub struct Args {
    /// Print the CustomResourceDefinition of FlagSync as YAML
    #[arg(long)]
    pub definition: bool,
}

/// Runs it.
///
/// # Errors
/// When there is no cluster to talk to.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    if args.definition {
        let text = api::definition().map_err(|error| Failure::new(format!("cannot write the definition: {error}")))?;
        context.output.results().text(&text);
    }
    Ok(Exit::Clean)
}
