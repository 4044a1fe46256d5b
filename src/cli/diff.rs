//! `flagfall diff`: what a change does to people, for whoever reviews it.

pub(super) mod document;
mod human;

use std::collections::{BTreeMap, BTreeSet};

use super::side::{self, Side};
use super::{Context, Exit, FailOn, Format, WorkspaceOption};
use crate::check::Checked;
use crate::diagnostic::render::human as findings;
use crate::diagnostic::{Diagnostic, Severity, Sink, level};
use crate::diff::{self, Plan, Scope, Served, View};
use crate::failure::Failure;
use crate::model::Workspace;
use crate::region::Limits;
use crate::safety;
use crate::source::SourceSet;
use document::Document;

/// Show what a change does to people: who gets what else, exactly, with somebody for whom it can be seen
///
/// BASE and HEAD are git revisions (read without a checkout; REV:DIR where the workspace was elsewhere), directories that hold
/// flagfall.kdl, or UFC files for servers. Nothing is sampled: shares are exact within each audience, and "nobody" is proved.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall diff main
  flagfall diff HEAD~1 HEAD --only production
  flagfall diff dist/production.json new.json --json
  flagfall diff main --exit-code

Exit codes: 0 no finding at the fail level (with --exit-code: no difference), 1 otherwise, 2 could not do the job.")]
pub struct Args {
    /// What there was [default: HEAD]
    #[arg(value_name = "BASE")]
    pub base: Option<String>,
    /// What there is [default: the working tree]
    #[arg(value_name = "HEAD")]
    pub head: Option<String>,
    /// Only these environments
    #[arg(long = "only", visible_alias = "env", value_name = "ENVIRONMENT")]
    pub only: Vec<String>,
    /// Only this flag
    #[arg(long, value_name = "FLAG")]
    pub flag: Option<String>,
    /// How many days ahead to look for what changes by itself
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=3650))]
    pub days: i64,
    /// Exit with 1 when anything differs
    #[arg(long)]
    pub exit_code: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Everything that is shown.
pub(super) struct Shown {
    pub(super) base: String,
    pub(super) head: String,
    pub(super) sides: [Side; 2],
    pub(super) plan: Plan,
    /// Of change safety, levels applied, in the head's texts.
    pub(super) findings: Vec<Diagnostic>,
}

/// Runs it.
///
/// # Errors
/// When a side cannot be read, or what it shall be limited to is not there.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let Some(shown) = compared(args, context)? else { return Ok(Exit::Failed) };
    let face = context.options.face();
    let results = context.output.results();
    let look = results.terminal().look();
    match face {
        Format::Human => {
            results.text(&human::render(&shown, look));
            if let Some((_, sources)) = shown.written(1) {
                results.text(&findings::render(&shown.findings, sources, look));
            }
        }
        Format::Plain => results.text(&human::plain(&shown)),
        Format::Json => results.json(&Document::new(&shown)),
    }
    Ok(shown.exit(args, context.options.fail_on))
}

/// Compares the sides; none when a workspace has errors, which are then reported.
pub(super) fn compared(args: &Args, context: &mut Context) -> Result<Option<Shown>, Failure> {
    let here = args.workspace.workspace.as_deref();
    let base = args.base.clone().unwrap_or_else(|| "HEAD".to_owned());
    let tree = || here.map_or_else(|| crate::workspace::find(None), |here| Ok(here.to_owned()));
    let head = match &args.head {
        Some(head) => head.clone(),
        None => tree()?.to_string_lossy().into_owned(),
    };
    let Some(before) = Side::open(&base, here, context)? else { return Ok(None) };
    let Some(after) = Side::open(&head, here, context)? else { return Ok(None) };
    let sides = [before, after];
    let environments = environments(&sides, &args.only)?;
    let flags = args.flag.as_ref().map(|flag| known(&sides, flag)).transpose()?;
    let scope = Scope {
        environments: environments.iter().map(String::as_str).collect(),
        flags: flags.as_ref(),
        now: super::eval::to_millisecond(context.now),
        days: args.days,
        limits: Limits::default(),
    };
    let served = [served(&sides[0], &environments)?, served(&sides[1], &environments)?];
    let views = [0, 1].map(|side: usize| view(&sides[side.min(1)], &served[side.min(1)]));
    let plan = diff::plan(views[0], views[1], &scope);
    let findings = match (sides[0].checked(), sides[1].checked(), sides[1].sources()) {
        (Some(base), Some(head), Some(sources)) => endangered(base, head, sources, &scope),
        _ => Vec::new(),
    };
    Ok(Some(Shown { base, head, plan, findings, sides }))
}

/// Findings of change safety about what is looked at.
fn endangered(base: &Workspace, head: &Workspace, sources: &SourceSet, scope: &Scope<'_>) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    safety::run(base, head, sources, scope.now, &mut sink);
    let today = scope.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let found = level::apply(sink.into_findings(), head, sources, today);
    let about = |finding: &Diagnostic| {
        let environment = finding.subject.environment.as_deref();
        let flag = finding.subject.flag.as_ref();
        finding.rule.family() == crate::diagnostic::Family::ChangeSafety
            && environment.is_none_or(|name| scope.environments.contains(&name))
            && scope.flags.is_none_or(|flags| flag.is_none_or(|flag| flags.contains(flag)))
    };
    found.into_iter().filter(about).collect()
}

fn view<'a>(side: &'a Side, served: &'a BTreeMap<(String, String), Served<'a>>) -> View<'a> {
    let written = side.checked().zip(side.sources());
    View { written, served, declared: &side.declared }
}

/// By flag and environment, as both sides call it.
fn served<'a>(side: &'a Side, environments: &[String]) -> Result<BTreeMap<(String, String), Served<'a>>, Failure> {
    let mut served = BTreeMap::new();
    for environment in environments {
        let Some(compiled) = side.environment(environment) else { continue };
        for key in compiled.config.flags.keys() {
            let Some(flag) = side::served(&compiled.config, key, &side.name)? else { continue };
            let origins = compiled.origins.get(key).map(Vec::as_slice);
            served.insert((key.clone(), environment.clone()), Served { flag, origins });
        }
    }
    Ok(served)
}

/// The environments to compare, in the head's order, by the name that both sides are asked for.
fn environments(sides: &[Side; 2], only: &[String]) -> Result<Vec<String>, Failure> {
    let workspaces = sides.iter().rev().filter_map(Side::checked);
    let declared = workspaces.flat_map(|workspace| &workspace.environments).map(|one| one.name.value.clone());
    let mut names: Vec<String> = Vec::new();
    for name in declared {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if let Some(file) = sides.iter().find(|side| side.workspace.is_none()) {
        let own: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
        if names.is_empty() {
            names = own;
        } else if only.is_empty() {
            if let Some(fits) = own.into_iter().find(|own| names.contains(own)) {
                return Ok(vec![fits]);
            }
            let wanted = names.iter().map(|name| format!("`--only {name}`")).collect::<Vec<_>>().join(" or ");
            return Err(Failure::new("the file is for an environment that the workspace does not have")
                .help(format!("say what to compare it with: {wanted}")));
        }
    }
    for wanted in only {
        if !names.contains(wanted) {
            let known = names.iter().map(String::as_str);
            return Err(side::unknown("environment", wanted, known, "declare it with `env` in flagfall.kdl"));
        }
    }
    names.retain(|name| only.is_empty() || only.contains(name));
    Ok(names)
}

fn known(sides: &[Side; 2], flag: &str) -> Result<BTreeSet<String>, Failure> {
    let known: BTreeSet<&str> = sides.iter().flat_map(Side::flags).collect();
    if known.contains(flag) {
        return Ok(BTreeSet::from([flag.to_owned()]));
    }
    Err(side::unknown("flag", flag, known, "neither side has it"))
}

impl Shown {
    /// What a side says, with its texts; none of a configuration file.
    pub(super) fn written(&self, side: usize) -> Option<(&Workspace, &SourceSet)> {
        let side = self.sides.get(side)?;
        side.checked().zip(side.sources())
    }

    fn exit(&self, args: &Args, fail_on: FailOn) -> Exit {
        let fails = if fail_on == FailOn::Warning { Severity::Warning } else { Severity::Error };
        let failing = self.findings.iter().any(|finding| finding.severity >= fails);
        let undecided = self.plan.changes.iter().any(|change| change.undecided.is_some());
        if failing || undecided || args.exit_code && !self.plan.changes.is_empty() { Exit::Found } else { Exit::Clean }
    }
}

impl Side {
    /// Its workspace; none of a configuration file.
    #[must_use]
    pub fn checked(&self) -> Option<&Workspace> {
        self.workspace.as_ref().and_then(|session| session.checked.as_ref()).map(Checked::workspace)
    }

    /// Its texts; none of a configuration file.
    #[must_use]
    pub fn sources(&self) -> Option<&SourceSet> {
        self.workspace.as_ref().map(|session| &session.sources)
    }
}
