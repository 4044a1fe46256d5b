//! `flagfall log`: the history of a flag as changes to people.

pub(super) mod document;
mod human;

use std::collections::BTreeSet;
use std::rc::Rc;

use super::history::document::{Commit, Reached, Unreadable};
use super::history::{End, Past, Progress, State, Version};
use super::{Context, Exit, Format, WorkspaceOption};
use crate::diff::{self, Class};
use crate::failure::Failure;
use crate::git;
use crate::region::Limits;
use document::{Document, Entry, Environment};

/// Show the history of a flag as changes to people
///
/// Every commit that changed what somebody gets, newest first along first parents, as a log of deployments has it: its class, and
/// for each environment exactly who went from what to what, from the instant of the commit on. The flag is followed by its key,
/// whatever file it is in; what it is made of (segments, attributes, layers, holdouts, data) counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall log new-user-onboarding
  flagfall log new-user-onboarding v1.4.0 --env production --limit 5
  flagfall log checkout-copy --all --json

Classes, from harmless to grave: same, relabel (same values, other labels or logging), sticky (only new subjects), release
(some get the default again), reassign (some get another value), retype, remove; added; undecided where proof cost too much.")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// The revision to begin at
    #[arg(value_name = "REV", default_value = "HEAD")]
    pub revision: String,
    /// Only this environment [default: all]
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: Option<String>,
    /// At most so many changes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Also commits that change the flag's text and nothing for anybody
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When there is no history, or the flag is nowhere in it.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let given = args.workspace.workspace.as_deref();
    let revision = Some(args.revision.as_str()).filter(|revision| *revision != "HEAD");
    let past = Past::open(&args.flag, revision, given, usize::MAX)?;
    let mut log =
        Log { args, past, entries: Vec::new(), environments: BTreeSet::new(), seen: false, broken: Vec::new() };
    log.walk(context);
    if let Some(failure) = log.nowhere() {
        return Err(failure);
    }
    let document = log.document();
    let face = context.options.face();
    let results = context.output.results();
    let look = results.terminal().look();
    match face {
        Format::Human => results.text(&human::render(&document, look)),
        Format::Plain => results.text(&human::plain(&document)),
        Format::Json => results.json(&document),
    }
    Ok(Exit::Clean)
}

struct Log<'a> {
    args: &'a Args,
    past: Past<'a>,
    entries: Vec<Entry>,
    /// All that were seen.
    environments: BTreeSet<String>,
    /// Whether the flag was there at all.
    seen: bool,
    /// Commits that could not be read, since the last that could.
    broken: Vec<Unreadable>,
}

impl Log<'_> {
    fn walk(&mut self, context: &mut Context) {
        let mut progress = Progress::new(context);
        let mut newer: Option<(git::Commit, Rc<Version>)> = None;
        while let Some((commit, state)) = self.past.next() {
            progress.at(&commit);
            let version = match state {
                State::Read(version) => version,
                State::Unreadable(why) => {
                    self.broken.push(Unreadable { commit: Commit::of(&commit), reason: why.to_string() });
                    continue;
                }
            };
            self.seen |= version.defined;
            self.environments.extend(version.names().map(str::to_owned));
            if let Some((of, after)) = &newer
                && !Rc::ptr_eq(after, &version)
            {
                self.compare((&commit, &version), (of, after));
                if self.is_full() {
                    progress.finish();
                    return;
                }
            }
            self.broken.clear();
            newer = Some((commit, version));
        }
        progress.finish();
        if let (Some((commit, version)), End::Beginning) = (&newer, self.past.end()) {
            let nowhere = Version::nowhere();
            self.compare((commit, &nowhere), (commit, version));
        }
    }

    fn is_full(&self) -> bool {
        self.args.limit.is_some_and(|limit| self.entries.len() >= limit as usize)
    }

    /// Adds what a commit changed, where it did.
    fn compare(&mut self, (old, before): (&git::Commit, &Version), (commit, after): (&git::Commit, &Version)) {
        let gone = before.names().filter(|name| after.names().all(|known| known != *name));
        let names = after.names().chain(gone);
        let wanted = names.filter(|name| self.args.env.as_ref().is_none_or(|wanted| wanted == name));
        let wanted: Vec<String> = wanted.map(str::to_owned).collect();
        let flags = BTreeSet::from([self.args.flag.clone()]);
        let question = diff::Question {
            now: commit.time,
            environments: &wanted,
            flags: Some(&flags),
            days: 0,
            all_upcoming: false,
            limits: Limits::MANY,
        };
        let plan = diff::plan(&side(before, &old.short), &side(after, &commit.short), question);
        let given = self.args.workspace.workspace.as_deref();
        let ends = [(before, self.past.name(old, given)), (after, self.past.name(commit, given))];
        let environments: Vec<Environment> =
            plan.changes.iter().filter_map(|change| Environment::of(change, &ends)).collect();
        let class = class(before, after, plan.changes.iter().map(|change| change.class).max());
        let is_text = before.written != after.written || !environments.is_empty();
        if class != Class::Same.word() || self.args.all && is_text {
            let environments = environments.into_iter().filter(|one| self.args.all || one.matters()).collect();
            let unreadable = std::mem::take(&mut self.broken);
            self.entries.push(Entry { commit: Commit::of(commit), class, environments, unreadable });
        }
    }

    /// Why there is nothing to show.
    fn nowhere(&self) -> Option<Failure> {
        let Args { flag, revision, env, .. } = self.args;
        if !self.seen {
            let walked = self.past.walked();
            let commits = if walked == 1 { "commit".to_owned() } else { format!("{walked} commits") };
            return Some(match self.broken.first() {
                Some(broken) => {
                    Failure::new(format!("the flag `{flag}` {}", broken.line())).help("name a revision without errors")
                }
                None => Failure::new(format!("there is no flag `{flag}` in the {commits} up to `{revision}`")).help(
                    "flags are followed by their key: `git log -S 'flag OLD-KEY'` finds what it was called before",
                ),
            });
        }
        let env = env.as_deref().filter(|env| !self.environments.contains(*env))?;
        let known = self.environments.iter().map(String::as_str);
        Some(super::side::unknown("environment", env, known, "declare it with `env` in flagfall.kdl"))
    }

    fn document(self) -> Document {
        let end = if self.is_full() { Reached::Limit } else { self.past.end().into() };
        Document {
            schema: "flagfall.log/1",
            flag: self.args.flag.clone(),
            environment: self.args.env.clone(),
            entries: self.entries,
            unreadable: self.broken,
            reached: end,
            walked: self.past.walked(),
        }
    }
}

fn side<'a>(version: &'a Version, name: &'a str) -> diff::Side<'a> {
    diff::Side {
        name,
        commit: None,
        environments: &version.environments,
        workspace: Some((&version.workspace, &version.sources)),
        declared: &version.declared,
    }
}

fn class(before: &Version, after: &Version, worst: Option<Class>) -> &'static str {
    match (before.defined, after.defined) {
        (false, true) => "added",
        (true, false) => Class::Remove.word(),
        (true, true) if before.kind != after.kind => Class::Retype.word(),
        _ => worst.unwrap_or(Class::Same).word(),
    }
}
