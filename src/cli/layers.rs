//! `flagfall layers`: the ruler of each layer.

pub(super) mod document;
mod plain;
mod ruler;
mod words;

use jiff::Timestamp;

use super::eval::to_millisecond;
use super::{Context, Exit, Format, WorkspaceOption, session};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::layers::{self, Ruler};
use crate::model::Workspace;

/// Draw each layer's ruler: its slots, who uses them, what is free
///
/// A slot frees when the last window of whoever uses it ends: never, where one has no end. Experiments that are switched
/// off, over, or placed nowhere do not keep it. Where environments differ, each is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall layers
  flagfall layers checkout-page --env production
  flagfall layers --json | jq '.layers[].parts[] | select(.slot == null)'")]
pub struct Args {
    /// Only this layer
    #[arg(value_name = "LAYER")]
    pub layer: Option<String>,
    /// Only what happens in this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read, or has no such layer or environment.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let at = to_millisecond(context.now);
    let session = session::open(args.workspace.workspace.as_deref(), context.now)?;
    let Some(checked) = &session.checked else {
        session.report(context, true);
        return Ok(Exit::Found);
    };
    let rulers = rulers(args, checked.workspace(), at)?;
    if rulers.is_empty() {
        context.output.messages().line("note: the workspace has no layers; `layer` defines one in a definitions file");
    }
    let face = context.options.face();
    let out = context.output.results();
    let look = out.terminal().look();
    match face {
        Format::Human => out.text(&ruler::render(&rulers, look)),
        Format::Plain => out.text(&plain::render(&rulers)),
        Format::Json => out.json(&document::document(&rulers, at)),
    }
    Ok(Exit::Clean)
}

fn rulers(args: &Args, workspace: &Workspace, at: Timestamp) -> Result<Vec<Ruler>, Failure> {
    let names = || workspace.layers.iter().map(|layer| layer.name.value.as_str());
    if let Some(name) = args.layer.as_deref().filter(|name| names().all(|known| known != *name)) {
        let known: Vec<&str> = names().collect();
        let help = suggest::did_you_mean(name, known.iter().copied(), "define it with `layer`");
        return Err(Failure::new(format!("there is no layer `{name}`")).help(help));
    }
    let environment = args.env.as_deref().map(|name| super::eval::target::environment(workspace, name)).transpose()?;
    let asked = |name: &str| args.layer.as_deref().is_none_or(|layer| layer == name);
    let layers = workspace.layers.iter().filter(|layer| asked(&layer.name.value));
    let rulers = layers.map(|layer| {
        let mut ruler = layers::ruler(layer, workspace, at);
        for part in &mut ruler.parts {
            let here = |name: &str| environment.is_none_or(|only| only.name.value == name);
            part.uses.retain(|used| used.environment.as_deref().is_none_or(here));
            part.frees.retain(|(name, _)| here(name));
        }
        ruler
    });
    Ok(rulers.collect())
}
