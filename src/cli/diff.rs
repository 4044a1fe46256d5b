//! `flagfall diff`: what a change does to people, as a reviewer reads it.

pub(super) mod document;
mod grouped;
mod human;
mod page;
mod plain;
mod population;
pub(super) mod report;
pub mod sides;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::outputs;
use super::prove::Budget;
use super::session::Session;
use super::side::{self, Side};
use super::{Context, Exit, FailOn, Format, Page, WorkspaceOption};
use crate::diagnostic::{Diagnostic, Family, Sink, level};
use crate::diff::{self, Change, Class, Plan, Question};
use crate::failure::Failure;
use crate::git;
use crate::model::Workspace;
use crate::safety;
use crate::source::SourceSet;
use jiff::tz::TimeZone;
use population::Counts;
use sides::Pair;

/// Show what changes between two revisions: for whom, and exactly how many
///
/// BASE and HEAD are git revisions, directories that hold flagfall.kdl, or UFC files for servers. Shares are exact and every
/// one comes with somebody for whom it can be seen; where nothing is listed, nobody changes, which is proved. What will change by
/// itself (starts, ends, ramps, expiries) is listed, too.
///
/// new: from the default into an arm. released: out of an arm to the default. reassigned: from one value to another.
/// relabelled: the same value; another variation, allocation key or logging.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall diff
  flagfall diff main
  flagfall diff v1.4.0 v1.5.0 --only production
  flagfall diff dist/production.json new.json --json
  flagfall diff main --format md > comment.md
  flagfall diff main --population visitors.csv

Exit codes: 0 done, 1 findings at or above the fail level, or with --exit-code a change for somebody, 2 could not do the job.")]
pub struct Args {
    /// What was: a git revision, a directory or a UFC file
    #[arg(value_name = "BASE")]
    pub base: Option<String>,
    /// What is
    #[arg(value_name = "HEAD")]
    pub head: Option<String>,
    /// Only these environments [default: all]
    #[arg(long, visible_alias = "env", value_name = "ENVIRONMENT", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only this flag [default: all]
    #[arg(long, value_name = "FLAG")]
    pub flag: Option<String>,
    /// How many days ahead what changes by itself is listed
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub days: u32,
    /// List what changes by itself for all flags, not only for those that differ
    #[arg(long)]
    pub all_upcoming: bool,
    /// Exit with 1 when anything changes for anybody, or it could not be decided
    #[arg(long)]
    pub exit_code: bool,
    /// Count a real population, .csv or .jsonl as `simulate` reads them: how many are in each audience, how many move
    #[arg(long, value_name = "FILE")]
    pub population: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub budget: Budget,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub outputs: outputs::Options,
}

/// Runs it.
///
/// # Errors
/// When a side cannot be read, or there is no such flag or environment.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    outputs::ready(&args.outputs.output, Some("the difference").filter(|_| context.options.page().is_some()))?;
    git::trust_objects();
    let shown = with(args, None, context, |shown, context| {
        let exit = exit(args, shown.plan, context.options.fail_on);
        show(shown, context);
        write(args, shown, exit, context)?;
        Ok(exit)
    })?;
    // A workspace with errors has been reported instead.
    Ok(shown.unwrap_or(Exit::Failed))
}

/// Compares, and hands what is found to `use_it`. `whole` is the head where somebody read all of it: rules of change safety are
/// then told in its texts, and know its tests. None when a workspace has errors, which are then reported.
pub(super) fn with<T>(
    args: &Args,
    whole: Option<&Session>,
    context: &mut Context,
    use_it: impl FnOnce(&Shown<'_>, &mut Context) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let here = args.workspace.workspace.as_deref();
    let Some(pair) = sides::open(args.base.as_deref(), args.head.as_deref(), here, context)? else {
        return Ok(None);
    };
    let environments = environments(&pair, &args.only)?;
    let mut flags = pair.touched.clone();
    if let Some(wanted) = &args.flag {
        side::flags(&pair.base, &pair.head, Some(wanted))?;
        flags.retain(|flag| flag == wanted);
    }
    let question = Question {
        now: super::eval::to_millisecond(context.now),
        environments: &environments,
        flags: Some(&flags),
        days: args.days,
        all_upcoming: args.all_upcoming,
        limits: args.budget.limits(),
    };
    let (base, head) =
        (as_asked(&pair.base, pair.base_commit.as_deref()), as_asked(&pair.head, pair.head_commit.as_deref()));
    let mut plan = diff::plan(&base, &head, question);
    let read = whole.and_then(|session| Some((session.checked.as_ref()?.workspace(), &session.sources)));
    let told = read.or(head.workspace);
    // What is gone is shown where it was.
    let none = SourceSet::new();
    let before = base.workspace.map_or(&none, |(_, before)| before);
    let texts = told.map(|(_, sources)| sources.with_base(before));
    plan.findings = endangered(&base, told.map(|(workspace, _)| workspace).zip(texts.as_ref()), question, &plan);
    let counts =
        args.population.as_deref().map(|file| population::count(file, &pair, &plan, question.now)).transpose()?;
    for note in counts.iter().flat_map(|counts| &counts.notes) {
        context.output.messages().line(format_args!("note: {}", super::output::printable(note)));
    }
    let shown = Shown { base, head, plan: &plan, texts: texts.as_ref(), question, counts: counts.as_ref() };
    use_it(&shown, context).map(Some)
}

/// Writes what `-o` asks for.
fn write(args: &Args, shown: &Shown<'_>, exit: Exit, context: &mut Context) -> Result<(), Failure> {
    let none = SourceSet::new();
    let (sources, failing) = (shown.texts.unwrap_or(&none), context.options.fail_on.severity());
    let report = report::report(shown, sources, args.outputs.key.clone(), failing, exit == Exit::Clean);
    let document = || serde_json::to_string(&document::document(shown)).unwrap_or_default();
    outputs::write(&args.outputs.output, &|kind| Ok(outputs::face(kind, &report, &document)), context)
}

/// Everything that faces show.
pub(super) struct Shown<'a> {
    base: diff::Side<'a>,
    head: diff::Side<'a>,
    pub(super) plan: &'a Plan,
    /// What findings are told in; none where the head is no workspace.
    pub(super) texts: Option<&'a SourceSet>,
    question: Question<'a>,
    counts: Option<&'a Counts>,
}

impl<'a> Shown<'a> {
    /// A difference of files, which nothing is counted of.
    pub(super) fn of_files([base, head]: [diff::Side<'a>; 2], plan: &'a Plan, question: Question<'a>) -> Self {
        Self { base, head, plan, texts: None, question, counts: None }
    }
}

/// The verdict in a line.
pub(super) fn summary(shown: &Shown<'_>) -> String {
    words::summary(shown)
}

/// Shows it in the face asked for.
pub(super) fn show(shown: &Shown<'_>, context: &mut Context) {
    let (face, page) = (context.options.face(), context.options.page());
    let results = context.output.results();
    let look = results.terminal().look();
    match (page, face) {
        (Some(Page::Markdown), _) => results.text(&page::markdown::render(shown)),
        (Some(Page::Html), _) => results.text(&page::html::render(shown)),
        (None, Format::Human) => results.text(&human::render(shown, look)),
        (None, Format::Plain) => results.text(&plain::render(shown)),
        (None, Format::Json) => results.json(&document::document(shown)),
    }
}

fn exit(args: &Args, plan: &Plan, fail_on: FailOn) -> Exit {
    let failing = plan.findings.iter().any(|finding| finding.severity >= fail_on.severity());
    let differs = args.exit_code && plan.class > Class::Same;
    if failing || differs { Exit::Found } else { Exit::Clean }
}

/// What rules of change safety say of what is asked about, levels applied.
fn endangered(
    base: &diff::Side<'_>,
    head: Option<(&Workspace, &SourceSet)>,
    question: Question<'_>,
    plan: &Plan,
) -> Vec<Diagnostic> {
    let (Some((before, _)), Some((after, sources))) = (base.workspace, head) else { return Vec::new() };
    let proved: BTreeMap<(&str, &str), &Change> = plan
        .changes
        .iter()
        .filter_map(|change| Some(((change.flag.as_str(), change.environment.as_deref()?), change)))
        .collect();
    let known = |flag: &str, environment: &str| proved.get(&(flag, environment)).and_then(|change| change.moves());
    let mut sink = Sink::new();
    safety::run(before, after, sources, (question.flags, &known), question.now, &mut sink);
    let today = question.now.to_zoned(TimeZone::UTC).date();
    let mut found = level::apply(sink.into_findings(), after, sources, today);
    found.retain(|finding| {
        let here = finding.subject.environment.as_ref().is_none_or(|name| question.environments.contains(name));
        finding.rule.family() == Family::ChangeSafety && here
    });
    found
}

/// A side as differences are asked of it.
fn as_asked<'a>(side: &'a Side, commit: Option<&'a str>) -> diff::Side<'a> {
    let session = side.workspace.as_ref();
    let workspace = session.and_then(|session| Some((session.checked.as_ref()?.workspace(), &session.sources)));
    diff::Side { name: &side.name, commit, environments: &side.environments, workspace, declared: &side.declared }
}

/// In the order of the head's workspace, then of the base's.
fn environments(pair: &Pair, wanted: &[String]) -> Result<Vec<String>, Failure> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for name in wanted {
        known.extend(side::environments(&pair.base, &pair.head, Some(name))?);
    }
    if wanted.is_empty() {
        known.extend(side::environments(&pair.base, &pair.head, None)?);
    }
    let sides = [&pair.head, &pair.base].into_iter().filter(|side| side.workspace.is_some());
    let ordered = sides.flat_map(|side| side.environments.iter().map(|compiled| compiled.config.environment.as_str()));
    let mut found: Vec<String> = Vec::new();
    for name in ordered.chain(known.iter().copied()) {
        if known.contains(name) && !found.iter().any(|present| present == name) {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}
