//! `flagfall sql`: a flag as SQL, for warehouses that assign populations and audit logs.

pub(super) mod document;
mod finding;

use std::collections::BTreeMap;

use super::eval::target::environment;
use super::eval::{instant, to_millisecond};
use super::session::Session;
use super::show::flag;
use super::{Context, Exit, Format, WorkspaceOption, session};
use crate::diagnostic::render::{human, plain, printable};
use crate::diagnostic::{Diagnostic, Sink, suggest};
use crate::evaluate::event::instant_text;
use crate::failure::Failure;
use crate::lower::{self, Lowered, lower};
use crate::model::Workspace;
use crate::model::predicate::Predicates;
use crate::sql::{Dialect, Log, Options, Part, Shape, When, write};

/// Write a flag's assignment as SQL over a table of subjects
///
/// The query gives every subject its variation, allocation and value (null where the caller's default applies) and whether an SDK logs
/// the assignment, exactly as SDKs assign it. What a dialect cannot say exactly is a finding, and no query is written.
///
/// The table has a row a subject: its key as text, and a column an attribute, null where it is missing: text for `string` and
/// `semver`, a double for `number`, a boolean for `bool`. The attribute `id` is the subject's key unless --column names another.
///
/// With --check it writes a query over a table of logged assignments that counts, by allocation and variation, how many are what the
/// flag says. Attributes are columns of that table, or of the subjects' where --table names one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall sql new-user-onboarding --env production --dialect duckdb
  flagfall sql new-user-onboarding --env production --dialect bigquery --table growth.users --subject user_id
  flagfall sql new-user-onboarding --env production --dialect spark --column app-version=app_version
  flagfall sql checkout-copy --env production --dialect snowflake --at 2026-12-08T09:00:00Z
  flagfall sql checkout-copy --env production --dialect postgres --expression value
  flagfall sql checkout-copy --env production --dialect duckdb --check assignments --table subjects")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: String,
    /// Whose SQL
    #[arg(long, value_enum)]
    pub dialect: Dialect,
    /// The table of subjects, such as SCHEMA.TABLE [default: subjects]
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// The column of the subject's key
    #[arg(long, value_name = "COLUMN", default_value = "subject")]
    pub subject: String,
    /// Columns that are not called as their attributes
    #[arg(long, value_name = "ATTRIBUTE=COLUMN", num_args = 1..)]
    pub column: Vec<String>,
    /// The instant, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_column")]
    pub at: Option<String>,
    /// The column of each subject's instant, UTC where it has no time zone [default with --check: at]
    #[arg(long, value_name = "COLUMN")]
    pub at_column: Option<String>,
    /// Write one expression on the table's columns instead of a query [default part: variation]
    #[arg(long, value_name = "PART", value_enum, num_args = 0..=1, default_missing_value = "variation",
          conflicts_with_all = ["check", "table"])]
    pub expression: Option<Part>,
    /// Compare the assignments logged in this table, and count
    #[arg(long, value_name = "TABLE")]
    pub check: Option<String>,
    /// The log's column of the variation
    #[arg(long, value_name = "COLUMN", default_value = "variation", requires = "check")]
    pub variation_column: String,
    /// The log's column of the allocation, to compare it too
    #[arg(long, value_name = "COLUMN", requires = "check")]
    pub allocation_column: Option<String>,
    /// The log's column of the flag, where it has rows of others
    #[arg(long, value_name = "COLUMN", requires = "check")]
    pub flag_column: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// What was written, and what could not be.
struct Outcome<'a> {
    args: &'a Args,
    session: &'a Session,
    when: When,
    /// None where there are findings.
    sql: Option<String>,
    findings: Vec<Diagnostic>,
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read, or the arguments do not fit it.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let when = when(args, context)?;
    let session = session::open_any(args.workspace.workspace.as_deref(), None, context.now)?;
    let Some(checked) = &session.checked else {
        session.report(context, true);
        return Ok(Exit::Found);
    };
    let workspace = checked.workspace();
    let environment = environment(workspace, &args.env)?;
    let flag = flag(workspace, &args.flag)?;
    let options = options(args, workspace, when.clone())?;
    let lowered = flag.served_in(&environment.name.value).and_then(|here| lower(flag, here, &mut Predicates::new()));
    if lowered.is_none() {
        let said = format!("note: `{}` is not served in {}: everyone gets the caller's default", args.flag, args.env);
        context.output.messages().line(printable(&said));
    }
    let written = write(lowered.as_ref().map(|lowered| &lowered.flag), &title(args, &when), &options);
    let (sql, findings) = match written {
        Ok(sql) => (Some(sql), Vec::new()),
        Err(troubles) => {
            let origins: &[lower::Origin] = lowered.as_ref().map_or(&[], |Lowered { origins, .. }| origins);
            let mut sink = Sink::new();
            sink.push_all(troubles.iter().map(|trouble| finding::finding(trouble, flag, &args.env, origins)));
            (None, sink.into_sorted(&session.sources))
        }
    };
    let exit = if sql.is_some() { Exit::Clean } else { Exit::Found };
    show(&Outcome { args, session: &session, when, sql, findings }, context);
    Ok(exit)
}

fn when(args: &Args, context: &Context) -> Result<When, Failure> {
    let column = match (&args.at_column, &args.at, &args.check) {
        (None, None, Some(_)) => Some("at"),
        (column, _, _) => column.as_deref(),
    };
    match column {
        Some(column) => Ok(When::Column(named("--at-column", column)?)),
        None => args.at.as_deref().map_or_else(|| Ok(to_millisecond(context.now)), instant).map(When::At),
    }
}

fn options(args: &Args, workspace: &Workspace, when: When) -> Result<Options, Failure> {
    let log = args.check.as_deref().map(|table| {
        let optional =
            |option: &str, column: &Option<String>| column.as_deref().map(|column| named(option, column)).transpose();
        let flag = optional("--flag-column", &args.flag_column)?;
        Ok(Log {
            table: table_name("--check", table)?,
            variation: named("--variation-column", &args.variation_column)?,
            allocation: optional("--allocation-column", &args.allocation_column)?,
            flag: flag.map(|column| (column, args.flag.clone())),
            joined: args.table.is_some(),
        })
    });
    let shape = match (log.transpose()?, args.expression) {
        (Some(log), _) => Shape::Check(log),
        (None, Some(part)) => Shape::Expression(part),
        (None, None) => Shape::Query,
    };
    Ok(Options {
        dialect: args.dialect,
        shape,
        table: table_name("--table", args.table.as_deref().unwrap_or("subjects"))?,
        subject: named("--subject", &args.subject)?,
        columns: columns(&args.column, workspace)?,
        declared: lower::declared(&workspace.attributes),
        when,
    })
}

/// The columns of attributes.
fn columns(written: &[String], workspace: &Workspace) -> Result<BTreeMap<String, String>, Failure> {
    let names = || workspace.attributes.iter().map(|attribute| attribute.name.as_str());
    let pairs = written.iter().map(|pair| {
        let (attribute, column) = pair.split_once('=').ok_or_else(|| {
            Failure::new(format!("`{pair}` names no column")).help("write it as `--column attribute=column`")
        })?;
        if !names().any(|known| known == attribute) {
            let known: Vec<&str> = names().collect();
            let help = suggest::did_you_mean(attribute, known.iter().copied(), "declare it with `attribute`");
            return Err(Failure::new(format!("there is no attribute `{attribute}`")).help(help));
        }
        Ok((attribute.to_owned(), named("--column", column)?))
    });
    pairs.collect()
}

/// A name that every dialect can quote.
fn named(option: &str, name: &str) -> Result<String, Failure> {
    if !is_name(name) {
        return Err(Failure::new(format!("`{}` is no name of a column", printable(name)))
            .help(format!("name one with `{option}`")));
    }
    Ok(name.to_owned())
}

/// Spark replaces `${name}` even between quotes.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains("${") && !name.chars().any(char::is_control)
}

fn table_name(option: &str, path: &str) -> Result<String, Failure> {
    if !path.split('.').all(is_name) {
        return Err(Failure::new(format!("`{}` is no name of a table", printable(path)))
            .help(format!("write it as `{option} TABLE` or `{option} SCHEMA.TABLE`")));
    }
    Ok(path.to_owned())
}

fn title(args: &Args, when: &When) -> String {
    let when = match when {
        When::At(at) => format!("at {}", instant_text(*at)),
        When::Column(_) => "at each row's instant".to_owned(),
    };
    format!("`{}` in {} {when}, written by `flagfall sql`", args.flag, args.env)
}

fn show(outcome: &Outcome<'_>, context: &mut Context) {
    let face = context.options.face();
    if face == Format::Json {
        context.output.results().json(&document::document(outcome));
        return;
    }
    if let Some(sql) = &outcome.sql {
        context.output.results().text(sql);
    }
    let messages = context.output.messages();
    let look = messages.terminal().look();
    let sources = &outcome.session.sources;
    messages.text(&match face {
        Format::Human => human::render(&outcome.findings, sources, look),
        Format::Plain | Format::Json => plain::render(&outcome.findings, sources),
    });
}
