//! `flagfall show`: a waterfall as a picture of exact numbers.

mod bars;
pub(super) mod document;
mod markdown;
mod plain;
mod svg;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::eval::{instant, subject, target, to_millisecond};
use super::{Context, Exit, Format, WorkspaceOption, session};
use crate::diagnostic::suggest;
use crate::evaluate::AttributeValue;
use crate::failure::Failure;
use crate::model::{Flag, Workspace};
use crate::region::Limits;
use crate::show::{Picture, Subjects, picture};
use crate::workspace::write::{Existing, write_all};
pub(super) use bars::shortened;
pub(super) use markdown::escaped;

/// Draw a waterfall: who reaches each step, who is taken, who falls on
///
/// The numbers are exact: shares over the shards of all subjects with the same attributes. Where they differ between
/// attributes, each step shows the least and the most, and every region its own numbers below. Subject keys that lists
/// name have known shards; they are counted apart.
///
/// Without --env there is a picture for each environment that the flag mentions (with --json: one document a line).
/// Attributes that --given does not name may have any value of their declared type, or none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall show new-user-onboarding --env production
  flagfall show new-user-onboarding --env production --given country=US app-version=2.4.0
  flagfall show checkout-copy --env production --at 2026-12-08T09:00:00Z --json
  flagfall show checkout-copy --svg checkout-copy.svg
  flagfall show checkout-copy --md > checkout-copy.md")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// Only this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: Option<String>,
    /// What all subjects have in common: name=value, typed as the workspace declares
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub given: Vec<String>,
    /// The instant, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Draw it into this file instead, for a page or a comment
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "format", "md"])]
    pub svg: Option<PathBuf>,
    /// As Markdown: tables, and a flowchart that GitHub draws
    #[arg(long, conflicts_with_all = ["json", "format"])]
    pub md: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read, has no such flag, environment or attribute, or the numbers cannot be decided.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(to_millisecond(context.now)), instant)?;
    let session = session::open(args.workspace.workspace.as_deref(), context.now)?;
    let Some(checked) = &session.checked else {
        session.report(context, true);
        return Ok(Exit::Found);
    };
    let workspace = checked.workspace();
    let flag = flag(workspace, &args.flag)?;
    let given = subject::pairs(&args.given, Some(&workspace.attributes), context)?;
    let pictures = pictures(args, workspace, flag, &given, at)?;
    if pictures.is_empty() {
        context.output.messages().line(format_args!("note: `{}` mentions no environment", args.flag));
    }
    write(args, &pictures, &given, context)
}

/// The flag of that key.
pub(super) fn flag<'w>(workspace: &'w Workspace, key: &str) -> Result<&'w Flag, Failure> {
    let found = workspace.flags.iter().find(|flag| flag.key.value == key);
    found.map(AsRef::as_ref).ok_or_else(|| {
        let known = workspace.flags.iter().map(|flag| flag.key.value.as_str());
        let help = suggest::did_you_mean(key, known, "define it with `flag`");
        Failure::new(format!("there is no flag `{key}`")).help(help)
    })
}

fn pictures(
    args: &Args,
    workspace: &Workspace,
    flag: &Flag,
    given: &BTreeMap<String, AttributeValue>,
    at: Timestamp,
) -> Result<Vec<Picture>, Failure> {
    let environments: Vec<&str> = match &args.env {
        Some(name) => vec![&target::environment(workspace, name)?.name.value],
        None => flag.environments.iter().map(|here| here.environment.name.value.as_str()).collect(),
    };
    let (rules, declared) = (subject::exactly(given), crate::lower::declared(&workspace.attributes));
    let subjects = Subjects { given: &rules, declared: &declared };
    let one = |environment: &str| {
        let here = flag.in_environment(environment);
        picture(flag, environment, here, subjects, at, Limits::default()).map_err(|undecided| {
            Failure::new(format!("undecided for `{}` in {environment}: {undecided}", args.flag))
                .help("name more attributes with --given; `flagfall simulate` draws samples instead")
        })
    };
    environments.into_iter().map(one).collect()
}

fn write(
    args: &Args,
    pictures: &[Picture],
    given: &BTreeMap<String, AttributeValue>,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let written = if given.is_empty() { Vec::new() } else { vec![words::attributes(given)] };
    if let Some(file) = &args.svg {
        return draw(file, &svg::render(pictures, &written), context);
    }
    let face = context.options.face();
    let out = context.output.results();
    let look = out.terminal().look();
    match (args.md, face) {
        (true, _) => out.text(&markdown::render(pictures, &written)),
        (false, Format::Human) => out.text(&bars::render(pictures, &written, look)),
        (false, Format::Plain) => out.text(&plain::render(pictures)),
        (false, Format::Json) => match pictures {
            [one] => out.json(&document::document(one, given)),
            several => {
                for picture in several {
                    let line = serde_json::to_string(&document::document(picture, given));
                    out.line(line.map_err(|error| Failure::new(format!("cannot write the results: {error}")))?);
                }
            }
        },
    }
    Ok(Exit::Clean)
}

/// Into the file, or to standard output for `-`.
fn draw(file: &Path, text: &str, context: &mut Context) -> Result<Exit, Failure> {
    if target::is_standard_input(file) {
        context.output.results().text(text);
    } else {
        write_all(&[(file, text.to_owned())], Existing::Replace)?;
        context.output.messages().line(format_args!("wrote {}", crate::workspace::write::shown(file)));
    }
    Ok(Exit::Clean)
}
