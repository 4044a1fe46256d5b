//! `flagfall rules`: the table of rules.

use schemars::JsonSchema;
use serde::Serialize;

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

/// The table of rules.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    /// The name of this schema.
    schema: &'static str,
    /// In the order of their ids.
    rules: Vec<Row>,
}

/// A rule in short.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// Never reused.
    #[schemars(example = &"FF1010")]
    id: &'static str,
    /// Accepted wherever the id is.
    #[schemars(example = &"unknown-variation")]
    name: &'static str,
    /// Unless `rules` in flagfall.kdl says otherwise: `allow`, `warn` or `error`.
    #[schemars(extend("enum" = ["allow", "warn", "error"]))]
    level: &'static str,
    /// Whether `rules` and `allow` may say otherwise.
    can_be_lowered: bool,
    /// What it finds, in a sentence.
    meaning: &'static str,
}

fn document() -> Document {
    let row = |rule: &Rule| Row {
        id: rule.id(),
        name: rule.name(),
        level: level(*rule),
        can_be_lowered: rule.can_be_lowered(),
        meaning: rule.meaning(),
    };
    Document { schema: "flagfall.rules/1", rules: Rule::ALL.iter().map(row).collect() }
}
