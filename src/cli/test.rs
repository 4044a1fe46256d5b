//! `flagfall test`: the test files of a workspace.

mod coverage;
mod human;
pub(super) mod json;
pub(super) mod junit;
mod mutation;
mod paint;
mod plain;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::outputs::{self, Kind, Target};
use super::{Context, Exit, Format, session};
use crate::check::Checked;
use crate::compile::{Compiled, compile};
use crate::diagnostic::render::{Summary, counted};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::model::Attribute;
use crate::source::SourceSet;
use crate::test::{self, CaseResult, Coverage, Filter, Mutation, Witness};
use crate::witness;
use human::Background;
pub(super) use junit::suites;
use paint::Paint;

/// Tests need no publication time: nothing they observe depends on it.
const CREATED_AT: &str = "1970-01-01T00:00:00.000Z";

/// Run the tests beside the flags
///
/// Compiles the workspace and runs every case of its *.test.kdl files: single subjects through the evaluator,
/// shares counted exactly. Writes nothing but the reports asked for.
///
/// With --coverage it says which outcomes of which waterfalls no case touches, with a case for each. With --mutate it makes
/// small changes to the flags (operators, thresholds, order, shares) and reports those that no case notices: then, too, the
/// exit code is 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall test
  flagfall test flags upload-limit
  flagfall test --filter canary --env production
  flagfall test -o junit=report.xml
  flagfall test --coverage --min-coverage 80
  flagfall test --mutate --flag upload-limit
  flagfall test --json | jq '.summary'")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
    /// Only cases of these flags
    #[arg(value_name = "FLAG")]
    pub flags: Vec<String>,
    /// Only cases of this flag; may be repeated
    #[arg(long = "flag", value_name = "FLAG")]
    pub flag: Vec<String>,
    /// Only cases whose name or flag contains this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Only in this environment; may be repeated
    #[arg(long, value_name = "ENV")]
    pub env: Vec<String>,
    /// Which outcomes of each waterfall no case touches, with a case for each
    #[arg(long)]
    pub coverage: bool,
    /// Exit code 1 when the cases touch less than this many per cent
    #[arg(long, value_name = "PERCENT", requires = "coverage", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_coverage: Option<u8>,
    /// Small changes to the flags that no case notices, with a case for each; exit code 1 when there are any
    #[arg(long)]
    pub mutate: bool,
    /// One more report: junit, json or plain, to a file or (without one) to standard output; may be repeated
    #[arg(short, long = "output", value_name = "KIND[=FILE]", value_parser = |written: &str| Target::parse(written, &KINDS))]
    pub output: Vec<Target>,
}

/// The kinds of reports.
const KINDS: [Kind; 3] = [Kind::Junit, Kind::Json, Kind::Plain];

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read, a filter names nothing there is, or a report cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    outputs::ready(&args.output, None)?;
    let session =
        session::open(args.workspace.as_deref(), context.now).map_err(|failure| perhaps_a_flag(args, failure))?;
    session.report(context, false);
    let Some(checked) = session.checked.as_ref().filter(|_| session.summary.errors == 0) else {
        return Ok(refuse(&session.summary, context));
    };
    let filter = filter(args, checked)?;
    let compiled = compiled(checked, &filter);
    let results = test::run(checked.workspace(), &compiled, &filter);
    if results.is_empty() {
        let cases: usize = checked.workspace().tests.iter().map(|group| group.cases.len()).sum();
        let why = match cases {
            0 => "the workspace has no cases; they go into *.test.kdl files beside the flags".to_owned(),
            _ => format!("{} left out by the filters", counted(cases, "case")),
        };
        context.output.messages().line(format_args!("note: {why}"));
    }
    let measured = measure(args, checked, &compiled, &session.sources, &filter, &results);
    let ground = Ground { sources: &session.sources, declared: &checked.workspace().attributes };
    outputs::write(&args.output, &|kind| report(kind, &results, &measured, ground), context)?;
    let face = context.options.face();
    let out = context.output.results();
    match face {
        Format::Human => {
            let look = out.terminal().look();
            out.text(&human::render(&results, &Background { ground, compiled: &compiled, look }));
            if let Some(all) = &measured.coverage {
                out.text(&format!("\n{}", coverage::human(all, look)));
            }
            if let Some(all) = &measured.mutation {
                out.text(&format!("\n{}", mutation::human(all, &session.sources, look)));
            }
        }
        Format::Plain => {
            out.text(&plain::render(&results, &session.sources));
            if let Some(all) = &measured.coverage {
                out.text(&coverage::plain(all, &session.sources));
            }
            if let Some(all) = &measured.mutation {
                out.text(&mutation::plain(all, &session.sources));
            }
        }
        Format::Json => out.json(&json::document(&results, &measured, ground)),
    }
    let failed = results.iter().any(|result| !result.passed()) || measured.fails(args.min_coverage);
    Ok(if failed { Exit::Found } else { session.exit(context.options.fail_on) })
}

/// What results are about.
#[derive(Clone, Copy)]
struct Ground<'a> {
    sources: &'a SourceSet,
    /// What the workspace declares.
    declared: &'a [Arc<Attribute>],
}

impl Ground<'_> {
    /// Somebody for whom a failure can be seen.
    fn seen(&self, result: &CaseResult, witness: &Witness) -> witness::Document {
        let (workspace, environment) = (self.sources.workspace(), result.environment.as_str());
        let source = witness::Source::Workspace { workspace, environment, declared: self.declared };
        witness::Document::new(&result.flag, source, &witness.subject, witness.at)
    }
}

/// What was asked for besides the cases.
#[derive(Debug, Default)]
struct Measured {
    coverage: Option<Vec<Coverage>>,
    mutation: Option<Vec<Mutation>>,
}

impl Measured {
    /// Whether it fails the run: too little is touched, or a change goes unnoticed.
    fn fails(&self, least: Option<u8>) -> bool {
        let covered = self.coverage.as_deref().map(coverage::Sum::of);
        let too_little = covered.zip(least).is_some_and(|(sum, least)| !sum.reaches(least));
        too_little || self.mutation.as_deref().is_some_and(mutation::survived)
    }
}

fn measure(
    args: &Args,
    checked: &Checked,
    compiled: &BTreeMap<String, Compiled>,
    sources: &SourceSet,
    filter: &Filter,
    results: &[CaseResult],
) -> Measured {
    let workspace = checked.workspace();
    Measured {
        coverage: args.coverage.then(|| test::coverage(workspace, compiled, filter, results)),
        mutation: args.mutate.then(|| test::mutate(workspace, compiled, sources, results)),
    }
}

/// The first argument is the workspace; who names a flag there is told how to.
fn perhaps_a_flag(args: &Args, failure: Failure) -> Failure {
    let alone = args.workspace.as_ref().filter(|path| !path.exists() && path.components().count() == 1);
    match alone {
        Some(name) => {
            let name = name.display();
            failure
                .help(format!("name the directory that holds `flagfall.kdl`; one flag is tested with `--flag {name}`"))
        }
        None => failure,
    }
}

/// What `check` refuses is not tested.
fn refuse(summary: &Summary, context: &mut Context) -> Exit {
    match context.options.face() {
        Format::Json => context.output.results().json(&json::refusal(summary)),
        Format::Human | Format::Plain => context.output.messages().line("no test was run"),
    }
    Exit::Found
}

/// Every case of a workspace, run.
pub(super) fn all(checked: &Checked) -> Vec<CaseResult> {
    let filter = Filter::default();
    test::run(checked.workspace(), &compiled(checked, &filter), &filter)
}

/// What to leave out; names must exist, so that a slip of the pen does not pass as success.
fn filter(args: &Args, checked: &Checked) -> Result<Filter, Failure> {
    let flags: Vec<String> = args.flags.iter().chain(&args.flag).cloned().collect();
    let known = checked.workspace().flags.iter().map(|flag| flag.key.value.as_str());
    for flag in &flags {
        known_name("flag", flag, known.clone())?;
    }
    let known = checked.workspace().environments.iter().map(|environment| environment.name.value.as_str());
    for environment in &args.env {
        known_name("environment", environment, known.clone())?;
    }
    Ok(Filter { flags, environments: args.env.clone(), text: args.filter.clone() })
}

fn known_name<'a>(what: &str, written: &str, mut known: impl Iterator<Item = &'a str> + Clone) -> Result<(), Failure> {
    if known.clone().any(|name| name == written) {
        return Ok(());
    }
    let help = suggest::did_you_mean(written, known.by_ref().collect::<Vec<_>>(), "");
    Err(Failure::new(format!("there is no {what} `{written}`")).help(help))
}

fn compiled(checked: &Checked, filter: &Filter) -> BTreeMap<String, Compiled> {
    let wanted = |name: &String| filter.environments.is_empty() || filter.environments.contains(name);
    let environments = checked.workspace().environments.iter();
    environments
        .filter(|environment| wanted(&environment.name.value))
        .map(|environment| (environment.name.value.clone(), compile(checked, environment, CREATED_AT)))
        .collect()
}

/// A report besides the one for the terminal.
fn report(kind: Kind, results: &[CaseResult], measured: &Measured, ground: Ground<'_>) -> Result<String, Failure> {
    match kind {
        Kind::Junit => Ok(junit::render(results, ground.sources)),
        Kind::Json => json::text(results, measured, ground),
        Kind::Plain | Kind::Github | Kind::Gitlab | Kind::Md | Kind::Sarif => {
            Ok(plain::render(results, ground.sources))
        }
    }
}
