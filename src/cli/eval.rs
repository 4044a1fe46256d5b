//! `flagfall eval`: what one subject gets, and why; or what each of many gets.

mod batch;
pub(super) mod document;
mod human;
mod raw;
pub mod steps;
pub(super) mod subject;
pub(super) mod target;

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

use super::{Context, Exit, Format, WorkspaceOption};
use crate::diagnostic::suggest;
use crate::evaluate::event::instant_text;
use crate::evaluate::{Assignment, Evaluator, Subject, Trace};
use crate::failure::Failure;
use crate::ufc::VariationType;
use target::{Target, is_standard_input};

/// Show what a subject gets, and why
///
/// Evaluates one flag for one subject, as the SDKs do, and shows every step on the way: the conditions with the values
/// seen, the shards with their numbers and ranges, and why the waterfall stopped. Attributes are name=value, typed as
/// the workspace declares them (`name=#null` passes an explicit null); --attributes passes any value of any attribute.
///
/// With --ufc it evaluates any configuration file, plain or obfuscated; values are then JSON where they are JSON, else text.
///
/// With --batch it reads JSON lines {"flag","subject","attributes","type"?,"at"?} and answers each in order with
/// {"flag","subject","value","variation","allocation","code","event"?}, or with {"line","error"} where a line is not usable.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall eval new-user-onboarding emp-15 email=ana@example.com country=US --env production
  flagfall eval checkout-copy user-7 --env production --at 2026-12-01T09:00:00Z --json
  flagfall eval checkout-copy user-7 --ufc dist/production.json --type boolean --default false
  flagfall eval --ufc dist/production.client.json --batch subjects.jsonl > assignments.jsonl")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG", required_unless_present = "batch", conflicts_with = "batch")]
    pub flag: Option<String>,
    /// The subject's key
    #[arg(value_name = "SUBJECT", required_unless_present = "batch", conflicts_with = "batch")]
    pub subject: Option<String>,
    /// What is known about the subject: name=value
    #[arg(value_name = "NAME=VALUE", conflicts_with = "batch")]
    pub attributes: Vec<String>,
    /// More of it, as a JSON object: values of any type, declared or not
    #[arg(long = "attributes", value_name = "JSON", conflicts_with = "batch")]
    pub passed: Option<String>,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", required_unless_present = "ufc", conflicts_with = "ufc")]
    pub env: Option<String>,
    /// Evaluate this UFC file instead of a workspace; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
    pub ufc: Option<PathBuf>,
    /// Evaluate every line of this file of JSON lines; - is standard input
    #[arg(long, value_name = "FILE")]
    pub batch: Option<PathBuf>,
    /// The instant, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// The type the caller asks for [default: the flag's own]
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "batch")]
    pub kind: Option<String>,
    /// The default the caller passes, to show what it gets
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, conflicts_with = "batch")]
    pub default: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// One evaluation and its outcome.
struct Outcome<'a> {
    target: &'a Target,
    flag: &'a str,
    subject: Subject,
    at: Timestamp,
    requested: Option<VariationType>,
    /// What the caller passes as default: `--default`, or what the workspace says callers pass.
    default: Option<Value>,
    assignment: Assignment,
    trace: Trace,
}

impl Outcome<'_> {
    /// What the caller gets; none where nobody said what it passes as default.
    fn returned(&self) -> Option<&Value> {
        self.assignment.value.as_ref().or(self.default.as_ref())
    }
}

/// Runs it.
///
/// # Errors
/// When the workspace or a file cannot be read, or the arguments do not fit it.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(to_millisecond(context.now)), instant)?;
    let Some(target) = open(args, context)? else { return Ok(Exit::Found) };
    if let Some(batch) = &args.batch {
        return batch::run(&target, batch, at, context);
    }
    // Both are there: only --batch makes them optional.
    let flag = args.flag.as_deref().unwrap_or_default();
    let key = args.subject.clone().unwrap_or_default();
    target.check_flag(flag, context)?;
    let mut attributes = target.attributes(&args.attributes, context)?;
    subject::also(&mut attributes, args.passed.as_deref())?;
    let subject = Subject { key, attributes };
    let requested = args.kind.as_deref().map(kind).transpose()?;
    let default = match args.default.as_deref() {
        Some(text) => Some(default_value(text, requested.or(target.kind(flag)))?),
        None => target.code_default(flag),
    };
    let (assignment, trace) = Evaluator::new(&target.config).explain(flag, &subject, requested, at);
    let outcome = Outcome { target: &target, flag, subject, at, requested, default, assignment, trace };
    let look = context.output.results().terminal().look();
    match context.options.face() {
        Format::Json => context.output.results().json(&document::Document::of(&outcome)),
        Format::Plain => context.output.results().line(human::one_line(&outcome)),
        Format::Human => context.output.results().text(&human::render(&outcome, look)),
    }
    Ok(Exit::Clean)
}

/// The clock's instant as reports print it.
pub(super) fn to_millisecond(now: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// What the arguments name; none when the workspace has errors, which are then reported.
fn open(args: &Args, context: &mut Context) -> Result<Option<Target>, Failure> {
    let Some(file) = &args.ufc else {
        return Target::of_workspace(args.workspace.workspace.as_deref(), args.env.as_deref(), context);
    };
    if is_standard_input(file) && args.batch.as_deref().is_some_and(is_standard_input) {
        return Err(Failure::new("standard input cannot be both the configuration and the batch")
            .help("put one of them in a file"));
    }
    Target::of_file(file).map(Some)
}

/// An instant as people write it.
pub(super) fn instant(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|_| {
        let help = match text.parse::<jiff::civil::Date>() {
            Ok(date) => format!("write the time too: `{date}T00:00:00Z`"),
            Err(_) => format!("write it like `{}`", instant_text(Timestamp::UNIX_EPOCH)),
        };
        Failure::new(format!("`{text}` is not an instant")).help(help)
    })
}

/// A type in either spelling.
fn kind(text: &str) -> Result<VariationType, Failure> {
    let names = VariationType::ALL.map(VariationType::author);
    VariationType::parse(text).ok_or_else(|| {
        let help = suggest::did_you_mean(text, names, "there are no other types");
        Failure::new(format!("there is no type `{text}`")).help(help)
    })
}

/// The caller's default as a value of its type; without a known type JSON where it is JSON, else text.
fn default_value(text: &str, kind: Option<VariationType>) -> Result<Value, Failure> {
    let value = match kind {
        Some(VariationType::String) => Some(Value::from(text)),
        Some(VariationType::Boolean) => text.parse::<bool>().ok().map(Value::from),
        Some(VariationType::Integer) => text.parse::<i64>().ok().map(Value::from),
        Some(VariationType::Numeric) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        Some(VariationType::Json) => serde_json::from_str(text).ok(),
        None => Some(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
    };
    let kind = kind.map_or("", VariationType::author);
    value.ok_or_else(|| Failure::new(format!("the default `{text}` is not of type {kind}")))
}
