//! `flagfall publish`: a commit's compiled files to a branch, with a manifest, as one commit that only ever goes on.

pub(super) mod document;
mod published;
mod show;

use std::collections::BTreeMap;
use std::time::Duration;

use super::session::{self, Session};
use super::{Context, Exit, WorkspaceOption};
use crate::check::Checked;
use crate::count::Fraction;
use crate::failure::Failure;
use crate::git::upstream::{Advance, Entry, Upstream};
use crate::git::{Id, Order, Revision};
use crate::lower;
use crate::publish::release::{self, Built, Source};
use crate::publish::{COMPILER, Guard, Release, names, percent};
use crate::workspace;
use document::State;
use published::{Compared, Published};

/// How often the branch may have moved under us before we give up.
const ATTEMPTS: usize = 50;

/// How long the lock of a branch is waited for, each time: whoever holds it writes 41 bytes.
const LOCKED: Duration = Duration::from_millis(20);

/// Commit a revision's compiled files to a branch, with a manifest
///
/// Compiles every environment of a commit, and commits the files with a manifest to a branch: without a work tree, fast-forward
/// only, and again on top of whatever somebody else published meanwhile. What would be held by the guard is not published.
/// Rolling back is `git revert` on that branch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall publish --to refs/heads/published --dry-run
  flagfall publish --to refs/heads/published --remote origin
  flagfall publish v1.4.0 --to refs/heads/published --max-reassigned 5%

Exit codes: 0 published, or nothing to publish; 1 held by the guard, or findings; 2 could not do the job.")]
pub struct Args {
    /// The commit to publish
    #[arg(value_name = "REVISION", default_value = "HEAD")]
    pub revision: String,
    /// The branch to publish to, with refs/heads/
    #[arg(long, value_name = "BRANCH")]
    pub to: String,
    /// Where the branch is: a remote's name, a URL or a path [default: this repository, nothing is pushed]
    #[arg(long, value_name = "REMOTE")]
    pub remote: Option<String>,
    /// Publish nothing: show what would change against what is published, and whether the guard holds it
    #[arg(long)]
    pub dry_run: bool,
    /// Also publish ENVIRONMENT.client.json, the obfuscated form for clients
    #[arg(long)]
    pub client: bool,
    /// Guard: so many flags of an environment may go [default: any number]
    #[arg(long, value_name = "N")]
    pub max_removed_flags: Option<usize>,
    /// Guard: so large a share of any audience may be reassigned [default: max-reassigned of the policy]
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    pub max_reassigned: Option<Fraction>,
    /// Guard: an environment may have no flags at all
    #[arg(long)]
    pub allow_empty: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

fn share(text: &str) -> Result<Fraction, String> {
    percent(text).ok_or_else(|| "a percentage of at most two decimals, such as 5% or 12.5%".to_owned())
}

/// What a run is about.
struct Run<'a> {
    args: &'a Args,
    session: &'a Session,
    checked: &'a Checked,
    revision: &'a Revision,
    upstream: &'a Upstream,
}

/// What a run came to.
struct Ended<'a> {
    state: State,
    release: &'a Release,
    compared: &'a [Compared],
    /// The commit that was published on.
    previous: Option<Id>,
    /// The one that was made.
    commit: Option<Id>,
}

/// Runs it.
///
/// # Errors
/// When the commit cannot be read, or the branch cannot be read or written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let here = workspace::find(args.workspace.workspace.as_deref())?;
    let revision = Revision::open(&here, &args.revision)?;
    let upstream = Upstream::open(&here, args.remote.as_deref(), &args.to)?;
    let path = workspace::root_in(&revision, Some(&here))?;
    let session = session::open_revision(&revision, Some(&here))?;
    session.report(context, false);
    let exit = session.exit(context.options.fail_on);
    let Some(checked) = session.checked.as_ref().filter(|_| exit == Exit::Clean) else {
        show::refused(args, &session, context);
        return Ok(Exit::Found);
    };
    let source = Source {
        commit: revision.commit.clone(),
        committed_at: lower::instant(revision.time),
        path,
        repository: revision.published(),
    };
    let mut built = release::build(checked, source, args.client);
    if built.files.contains_key(names::MANIFEST) {
        return Err(Failure::new(format!("the environment `manifest` and `{}` are one file", names::MANIFEST))
            .help("give the environment another name"));
    }
    let run = Run { args, session: &session, checked, revision: &revision, upstream: &upstream };
    let mut last = Advance::Moved;
    for _ in 0..ATTEMPTS {
        match run.attempt(&mut built, context)? {
            Attempt::Ended(exit) => return Ok(exit),
            Attempt::Again(why) => last = why,
        }
        if last == Advance::Locked {
            std::thread::sleep(LOCKED);
        }
    }
    Err(given_up(&upstream, last))
}

fn given_up(upstream: &Upstream, last: Advance) -> Failure {
    let (branch, place) = (&upstream.branch, &upstream.place);
    match last {
        Advance::Locked => Failure::new(format!("somebody holds the lock of `{branch}` of {place}"))
            .help(format!("where no process moves it any more, remove `{branch}.lock` in that repository")),
        Advance::Moved | Advance::Done => {
            Failure::new(format!("`{branch}` of {place} moved {ATTEMPTS} times while we published"))
                .help("nothing was published; try again when others are done")
        }
    }
}

/// How an attempt ended.
enum Attempt {
    /// There is no need of another.
    Ended(Exit),
    /// The branch is something else already, or cannot be moved right now.
    Again(Advance),
}

impl Run<'_> {
    /// Publishes on top of what is published now.
    fn attempt(&self, built: &mut Built, context: &mut Context) -> Result<Attempt, Failure> {
        let tip = self.upstream.tip()?;
        let published = tip.map(|tip| Published::read(self.upstream, tip)).transpose()?;
        let compared = published.as_ref().map_or_else(
            || published::first(built),
            |published| published.compare(built, self.checked, self.args.max_reassigned.is_none(), context.now),
        );
        let guard = self.guard();
        let compared: Vec<Compared> = compared
            .into_iter()
            .map(|one| one.judged(&guard).asking(self.session.sources.workspace(), self.checked))
            .collect();
        built.release.classify(|environment| compared.iter().find(|one| one.name == environment)?.class());
        let state = self.state(published.as_ref(), built, &compared)?;
        let mut ended = Ended { state, release: &built.release, compared: &compared, previous: tip, commit: None };
        if state == State::Ready && !self.args.dry_run {
            let commit = self.upstream.commit(tip, &files(published.as_ref(), built), &self.entry(built, context))?;
            match self.upstream.advance(tip, commit)? {
                Advance::Done => {}
                again => return Ok(Attempt::Again(again)),
            }
            (ended.state, ended.commit) = (State::Published, Some(commit));
        }
        show::show(self, &ended, context);
        Ok(Attempt::Ended(if state == State::Held { Exit::Found } else { Exit::Clean }))
    }

    fn guard(&self) -> Guard {
        let policy = self.checked.workspace().policy.max_reassigned.as_ref();
        let policy = policy.and_then(|most| Fraction::from_percent(most.value.digits, most.value.decimals));
        Guard {
            max_removed_flags: self.args.max_removed_flags,
            max_reassigned: self.args.max_reassigned.clone().or(policy),
            allow_empty: self.args.allow_empty,
        }
    }

    fn state(&self, published: Option<&Published>, built: &Built, compared: &[Compared]) -> Result<State, Failure> {
        if let Some(published) = published {
            if published.holds(built) {
                return Ok(State::Current);
            }
            let there = &published.release.source;
            match self.revision.order(&there.commit) {
                Order::After => return Ok(State::Superseded),
                Order::Unknown if there.committed_at > built.release.source.committed_at => {
                    let message = format!(
                        "cannot tell whether `{}` comes before what is published, the commit {}",
                        self.revision.text, there.commit
                    );
                    return Err(Failure::new(message).help(
                        "`git fetch` gets the history between them, of a shallow clone `git fetch --unshallow`",
                    ));
                }
                Order::Same | Order::Before | Order::Apart | Order::Unknown => {}
            }
        }
        let held = compared.iter().any(|one| !one.held.is_empty());
        Ok(if held { State::Held } else { State::Ready })
    }

    fn entry(&self, built: &Built, context: &Context) -> Entry {
        let short: String = self.revision.commit.chars().take(12).collect();
        let class = built.release.class.as_deref().unwrap_or("first");
        let source = &built.release.source.commit;
        Entry {
            message: format!("Publish {short}: {class}\n\nSource: {source}\nCompiler: flagfall {COMPILER}\n"),
            author: self.revision.author(),
            at: context.now,
        }
    }
}

/// What becomes of each file of the branch: written, or removed where nothing is compiled to it any more. Others stay.
fn files(published: Option<&Published>, built: &Built) -> BTreeMap<String, Option<Vec<u8>>> {
    let old =
        published.iter().flat_map(|published| published.release.files()).map(|(_, file)| (file.file.clone(), None));
    let new = built.files.iter().map(|(name, bytes)| (name.clone(), Some(bytes.clone())));
    let manifest = (names::MANIFEST.to_owned(), Some(built.release.text().into_bytes()));
    old.chain(new).chain([manifest]).collect()
}
