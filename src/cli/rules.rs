//! `flagfall rules`: the table of rules.

use super::{Context, Exit, Format};
use crate::diagnostic::Rule;
use crate::diagnostic::rule::Level;
use crate::failure::Failure;

/// List every rule: id, name, default level, meaning
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall rules
  flagfall rules --json | jq '.rules[].name'")]
pub struct Args {}

/// Runs it.
///
/// # Errors
/// Never.
pub fn run(_args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => results.json(&document()),
        Format::Plain => {
            for rule in Rule::ALL {
                results.line(format_args!("{}\t{}\t{}\t{}", rule.id(), rule.name(), level(*rule), rule.meaning()));
            }
        }
        Format::Human => {
            let name = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or(0);
            for rule in Rule::ALL {
                results.line(format_args!(
                    "{}  {:name$}  {:5}  {}",
                    rule.id(),
                    rule.name(),
                    level(*rule),
                    rule.meaning()
                ));
            }
        }
    }
    Ok(Exit::Clean)
}

fn level(rule: Rule) -> &'static str {
    match rule.default_level() {
        Level::Allow => "allow",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

fn document() -> serde_json::Value {
    let rules: Vec<serde_json::Value> = Rule::ALL
        .iter()
        .map(|rule| {
            serde_json::json!({
                "id": rule.id(),
                "name": rule.name(),
                "level": level(*rule),
                "can_be_lowered": rule.can_be_lowered(),
                "meaning": rule.meaning(),
            })
        })
        .collect();
    serde_json::json!({ "schema": "flagfall.rules/1", "rules": rules })
}
