//! `flagfall explain`: a rule's page, offline.

use super::{Context, Exit, Format};
use crate::diagnostic::{Rule, suggest};
use crate::failure::Failure;

/// Explain a rule: what it means, a bad and a good example, when to allow it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall explain FF1010
  flagfall explain unknown-variation")]
pub struct Args {
    /// A rule's id or name
    #[arg(value_name = "RULE")]
    pub rule: String,
}

/// Runs it.
///
/// # Errors
/// When there is no such rule.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let rule = Rule::find(&args.rule).ok_or_else(|| unknown(&args.rule))?;
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => results.line(serde_json::json!({
            "schema": "flagfall.explain/1",
            "id": rule.id(),
            "name": rule.name(),
            "meaning": rule.meaning(),
            "can_be_lowered": rule.can_be_lowered(),
            "page": rule.page(),
        })),
        Format::Plain | Format::Human => results.text(rule.page()),
    }
    Ok(Exit::Clean)
}

fn unknown(written: &str) -> Failure {
    let names = Rule::ALL.iter().flat_map(|rule| [rule.name(), rule.id()]);
    let help = match suggest::nearest(&written.to_uppercase(), names) {
        Some(name) => format!("did you mean `{name}`? `flagfall rules` lists all"),
        None => "`flagfall rules` lists all".to_owned(),
    };
    Failure::new(format!("there is no rule `{written}`")).help(help)
}
