//! `flagfall blame`: since which commit a subject gets what it gets, and what it got before.

pub(super) mod document;
mod human;
mod schedule;

use std::rc::Rc;

use jiff::Timestamp;

use super::eval::{instant, subject, to_millisecond};
use super::history::document::{Commit, Gets, Reached, Unreadable, Written};
use super::history::version::Got;
use super::history::{Past, Progress, State, Version};
use super::{Context, Exit, Format, WorkspaceOption};
use crate::evaluate::Subject;
use crate::failure::Failure;
use crate::git;
use document::{Document, Since};

/// Show since which commit a subject gets what it gets, and what it got before
///
/// Walks history backwards along first parents, as a log of deployments has it: what a branch changed came with its merge. The
/// subject is evaluated as of one instant at every commit that touches what the flag is made of; the answer is the commit since
/// which value, variation, step and logging are what they are, or the instant since which they are so by the schedule written
/// there. The line that assigns is shown with the commit that wrote it, on whatever branch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall blame new-user-onboarding user-17 country=US --env production
  flagfall blame checkout-copy user-7 --env production v1.4.0
  flagfall blame checkout-copy user-7 --env production --at 2026-12-01T09:00:00Z --json")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// The subject's key
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// What is known about the subject: name=value; and a git revision to begin at [default: the working tree]
    #[arg(value_name = "NAME=VALUE|REV")]
    pub words: Vec<String>,
    /// More about the subject, as a JSON object: values of any type, declared or not
    #[arg(long = "attributes", value_name = "JSON")]
    pub passed: Option<String>,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: String,
    /// The instant, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// How many commits to look at
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When there is no history, or the arguments do not fit the workspace.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(to_millisecond(context.now)), instant)?;
    let (pairs, revisions): (Vec<String>, Vec<String>) =
        args.words.iter().cloned().partition(|word| word.contains('='));
    if let [_, second, ..] = revisions.as_slice() {
        return Err(Failure::new(format!("`{second}` is neither name=value nor the only revision"))
            .help("name one revision, and attributes as name=value"));
    }
    let given = args.workspace.workspace.as_deref();
    let revision = revisions.first().map(String::as_str);
    let past = Past::open(&args.flag, revision, given, args.limit as usize)?;
    let tree = if revision.is_none() { Some(Rc::new(past.working_tree(given, context.now)?)) } else { None };
    let asked = Asked { args, at, tree, past, subject: Subject::default() };
    let document = asked.answer(&pairs, context)?;
    let face = context.options.face();
    let results = context.output.results();
    let look = results.terminal().look();
    match face {
        Format::Human => results.text(&human::render(&document, look)),
        Format::Plain => results.line(human::one_line(&document)),
        Format::Json => results.json(&document),
    }
    Ok(Exit::Clean)
}

/// The question.
struct Asked<'a> {
    args: &'a Args,
    at: Timestamp,
    /// The working tree; none where a revision is asked about.
    tree: Option<Rc<Version>>,
    past: Past<'a>,
    subject: Subject,
}

/// What a walk found.
struct Found {
    /// The oldest commit since which it is so without interruption; none: not even in the first.
    since: Option<git::Commit>,
    /// What was so before, and where.
    before: Option<(git::Commit, Rc<Version>, Got)>,
    /// Commits that could not be read, between the two.
    unreadable: Vec<Unreadable>,
}

impl Asked<'_> {
    fn gets(&self, version: &Version, at: Timestamp) -> Got {
        version.gets(&self.args.flag, &self.args.env, &self.subject, at)
    }

    fn command(&self, version: &Version, commit: Option<&git::Commit>, at: Timestamp) -> Option<String> {
        let given = self.args.workspace.workspace.as_deref();
        let workspace = match commit {
            Some(commit) => Some(self.past.name(commit, given)),
            None => given.map(|given| given.to_string_lossy().into_owned()),
        };
        version.command((&self.args.flag, &self.args.env), workspace.as_deref(), &self.subject, at)
    }

    fn answer(mut self, pairs: &[String], context: &mut Context) -> Result<Document, Failure> {
        let mut unread = Vec::new();
        let (head, first) = self.begin(&mut unread)?;
        let now = self.tree.clone().unwrap_or_else(|| first.clone());
        self.check(&now)?;
        let mut attributes = subject::pairs(pairs, Some(&now.workspace.attributes), context)?;
        subject::also(&mut attributes, self.args.passed.as_deref())?;
        self.subject = Subject { key: self.args.subject.clone(), attributes };
        let got = self.gets(&now, self.at);
        let found = self.walk((head.clone(), first), unread, &got, context);
        if !now.defined && found.before.is_none() {
            return Err(self.no_flag());
        }
        Ok(self.document(&head, &now, &got, found))
    }

    /// The newest commit that can be read; where a revision is asked about that one.
    fn begin(&mut self, unread: &mut Vec<Unreadable>) -> Result<(git::Commit, Rc<Version>), Failure> {
        for (commit, state) in &mut self.past {
            match state {
                State::Read(version) => return Ok((commit, version)),
                State::Unreadable(why) if self.tree.is_none() => {
                    return Err(Failure::new(format!("cannot read the workspace at `{}`: {why}", commit.short))
                        .help("begin at a commit without errors"));
                }
                State::Unreadable(why) => {
                    unread.push(Unreadable { commit: Commit::of(&commit), reason: why.to_string() });
                }
            }
        }
        Err(Failure::new("no commit of the workspace can be read")
            .help("`flagfall check` says what is wrong with it now"))
    }

    fn check(&self, now: &Version) -> Result<(), Failure> {
        let known: Vec<&str> = now.names().collect();
        if known.contains(&self.args.env.as_str()) {
            return Ok(());
        }
        let otherwise = "declare it with `env` in flagfall.kdl";
        Err(super::side::unknown("environment", &self.args.env, known.iter().copied(), otherwise))
    }

    fn no_flag(&self) -> Failure {
        let flag = &self.args.flag;
        Failure::new(format!("there is no flag `{flag}`, nor was there in {}", looked_at(self.past.walked())))
            .help("`flagfall check --json` names the files; define it with `flag`")
    }

    /// Goes back to where it was otherwise.
    fn walk(
        &mut self,
        (head, first): (git::Commit, Rc<Version>),
        unread: Vec<Unreadable>,
        got: &Got,
        context: &mut Context,
    ) -> Found {
        let before = self.gets(&first, self.at);
        if !before.is(got) {
            return Found { since: None, before: Some((head, first, before)), unreadable: unread };
        }
        let mut found = Found { since: Some(head), before: None, unreadable: Vec::new() };
        let mut same = first;
        let mut progress = Progress::new(context);
        while let Some((commit, state)) = self.past.next() {
            progress.at(&commit);
            let version = match state {
                State::Unreadable(why) => {
                    found.unreadable.push(Unreadable { commit: Commit::of(&commit), reason: why.to_string() });
                    continue;
                }
                State::Read(version) => version,
            };
            if !Rc::ptr_eq(&version, &same) {
                let before = self.gets(&version, self.at);
                if !before.is(got) {
                    found.before = Some((commit, version, before));
                    break;
                }
                same = version;
            }
            found.unreadable.clear();
            found.since = Some(commit);
        }
        progress.finish();
        found
    }

    fn document(&self, head: &git::Commit, now: &Version, got: &Got, found: Found) -> Document {
        let opened = schedule::opened(self, now, got);
        let at_commit = if self.tree.is_some() { None } else { Some(head) };
        let after = Gets::of(got, self.command(now, at_commit, self.at));
        let mut before = found
            .before
            .as_ref()
            .map(|(commit, version, before)| Gets::of(before, self.command(version, Some(commit), self.at)));
        let mut unreadable = found.unreadable;
        let end = self.past.end();
        let reached = if found.before.is_some() { Reached::Answer } else { end.into() };
        let commit = found.since.as_ref();
        // Time gave it only where the definition was there before.
        let by_time = opened.filter(|opened| commit.is_some_and(|commit| commit.time < opened.at));
        let (since, scheduled) = match (by_time, commit) {
            (Some(opened), Some(commit)) => {
                before = Some(Gets::of(&opened.before, self.command(now, at_commit, opened.moment_before())));
                unreadable.clear();
                let written = opened.written(self, now);
                let by = written.as_ref().and_then(|written| written.commit.clone());
                let commit = by.unwrap_or_else(|| Commit::of(commit));
                (Since::Schedule { at: opened.text(), commit, step: opened.step.clone() }, written)
            }
            (_, None) => (Since::Uncommitted, None),
            (None, Some(commit)) => match reached {
                Reached::Answer | Reached::Beginning => (Since::Commit { commit: Commit::of(commit) }, None),
                Reached::CutOff | Reached::Limit => (Since::Before { commit: Commit::of(commit) }, None),
            },
        };
        let uncommitted = self.tree.is_some();
        let placed = scheduled
            .or_else(|| got.origin.as_ref().map(|origin| Written::of(&self.past, now, origin.placement, uncommitted)));
        let defined = got.origin.as_ref().filter(|origin| origin.definition != origin.placement);
        Document {
            schema: "flagfall.blame/1",
            flag: self.args.flag.clone(),
            subject: self.subject.key.clone(),
            attributes: self.subject.attributes.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            environment: self.args.env.clone(),
            at: crate::evaluate::event::instant_text(self.at),
            since,
            before,
            after,
            placed,
            defined: defined.map(|origin| Written::of(&self.past, now, origin.definition, uncommitted)),
            unreadable,
            reached,
            walked: self.past.walked(),
        }
    }
}

fn looked_at(walked: usize) -> String {
    if walked == 1 { "the only commit looked at".to_owned() } else { format!("the {walked} commits looked at") }
}
