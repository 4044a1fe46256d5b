//! A flag at the commits of a history, newest first. A commit is read only where something that the flag is made of is not the same
//! as in its successor, and of it only that.

pub mod document;
mod parts;
mod progress;
pub mod version;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use super::session;
use crate::diagnostic::Sink;
use crate::failure::Failure;
use crate::git::{Commit, History, Parent, Revision, Wrote};
use crate::source::{FileId, FileKind, SourceSet};
use crate::workspace::{self, Id, Shelf};
use parts::Parts;
pub use progress::Progress;
pub use version::Version;

/// A flag at a commit.
#[derive(Debug, Clone)]
pub enum State {
    /// As it was. The same [`Rc`] as of the successor: nothing that the flag is made of changed in between.
    Read(Rc<Version>),
    /// What it is made of had errors, or could not be read: the first of them.
    Unreadable(Rc<str>),
}

/// Why there is no older commit to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// History begins there.
    Beginning,
    /// This clone does not hold what is older.
    CutOff,
    /// No more were asked for.
    Limit,
}

/// The history of a flag, walked backwards.
pub struct Past<'a> {
    history: History,
    /// The workspace's directory, from the top of the repository.
    root: String,
    flag: &'a str,
    parts: Parts<'a>,
    next: Parent,
    last: Option<(Id, State)>,
    walked: usize,
    limit: usize,
}

impl<'a> Past<'a> {
    /// The history of `flag` that leads to `revision` (none: to HEAD), in the workspace given or found here, at most `limit` commits.
    ///
    /// # Errors
    /// When there is no repository, no such revision, or no workspace.
    pub fn open(flag: &'a str, revision: Option<&str>, given: Option<&Path>, limit: usize) -> Result<Self, Failure> {
        let here = workspace::find(given);
        let around: PathBuf = match &here {
            Ok(directory) if directory.is_dir() => directory.clone(),
            _ => PathBuf::from("."),
        };
        let text = revision.unwrap_or("HEAD");
        let history = History::open(&around, text)?;
        let root = match (revision, here) {
            // The workspace is here, whether or not it was there when the last commit was made.
            (None, Ok(directory)) => crate::git::below_top(&directory).unwrap_or_default(),
            (None, Err(failure)) => return Err(failure),
            (Some(text), here) => workspace::root_in(&Revision::open(&around, text)?, here.ok().as_deref())?,
        };
        let next = Parent::Commit(history.head);
        Ok(Self { history, root, flag, parts: Parts::new(flag), next, last: None, walked: 0, limit })
    }

    /// Why nothing older follows.
    #[must_use]
    pub fn end(&self) -> End {
        match self.next {
            Parent::None => End::Beginning,
            Parent::CutOff => End::CutOff,
            Parent::Commit(_) => End::Limit,
        }
    }

    /// How many commits were looked at.
    #[must_use]
    pub fn walked(&self) -> usize {
        self.walked
    }

    /// A commit of it, by id.
    #[must_use]
    pub fn commit(&self, id: Id) -> Option<Commit> {
        self.history.commit(id)
    }

    /// How `--workspace` names the workspace at a commit, for commands that run where this one did.
    #[must_use]
    pub fn name(&self, commit: &Commit, given: Option<&Path>) -> String {
        match given {
            None => commit.short.clone(),
            Some(_) => format!("{}:{}", commit.short, self.root),
        }
    }

    /// Who wrote a line of a version's file. `in_tree`: the version is the working tree's.
    #[must_use]
    pub fn wrote(&self, version: &Version, file: FileId, line: u32, in_tree: bool) -> Wrote {
        let file = version.sources.file(file);
        let path = parts::below(&self.root, &file.path);
        self.history.wrote(self.history.head, &path, line as usize, in_tree.then_some(&*file.text))
    }

    fn read(&self, commit: &Commit) -> State {
        match self.version(commit) {
            Ok(version) => State::Read(Rc::new(version)),
            Err(why) => State::Unreadable(why.into()),
        }
    }

    fn version(&self, commit: &Commit) -> Result<Version, String> {
        let revision = self.history.revision(commit, &self.root).map_err(|failure| failure.message)?;
        let configuration = parts::below(&self.root, workspace::CONFIGURATION);
        if revision.entry(&configuration).is_none() {
            return Ok(Version::nowhere());
        }
        let mut sink = Sink::new();
        let shelf = Shelf::of_revision(&revision, None).map_err(|failure| failure.message)?;
        let needed = |id: Id| self.parts.needs(id, || self.history.text(id));
        let definitions = shelf.files().iter().filter(|file| file.kind == FileKind::Definitions);
        let wanted: BTreeSet<&str> =
            definitions.filter(|file| file.id.is_none_or(needed)).map(|file| file.path.as_str()).collect();
        let sources = shelf.load(&wanted, &mut sink).map_err(|failure| failure.message)?;
        let data = parts::data(&revision, &self.root, &sources);
        Ok(Version { data, ..self.judged(sources, sink, commit.time)? })
    }

    /// The flag as it is in the working tree.
    ///
    /// # Errors
    /// When the workspace cannot be read, or has errors.
    pub fn working_tree(&self, given: Option<&Path>, now: Timestamp) -> Result<Version, Failure> {
        let mut sink = Sink::new();
        let loaded = session::load(given, &mut sink)?;
        self.judged(loaded.sources, sink, now).map_err(|why| {
            Failure::new(format!("the workspace has errors: {why}")).help("`flagfall check` shows all of them")
        })
    }

    fn judged(&self, sources: SourceSet, sink: Sink, now: Timestamp) -> Result<Version, String> {
        let session::Judged { workspace, findings, .. } = session::judge(&sources, sink, now, None);
        match version::first_error(&findings, &sources) {
            Some(why) => Err(why),
            None => Ok(Version::of(workspace, sources, self.flag)),
        }
    }

    /// Whether anything that the flag is made of may differ between a commit and its successor, which is in `state`.
    fn differs(&self, commit: &Commit, successor: Id, state: &State) -> bool {
        let Some(changed) = self.history.changed(commit.id, successor, &self.root) else { return true };
        let State::Read(version) = state else { return !changed.is_empty() };
        changed.iter().any(|one| self.parts.concerns(one, &self.history, version))
    }
}

impl Iterator for Past<'_> {
    type Item = (Commit, State);

    fn next(&mut self) -> Option<Self::Item> {
        let Parent::Commit(id) = self.next else { return None };
        if self.walked >= self.limit {
            return None;
        }
        let commit = self.history.commit(id)?;
        let state = match &self.last {
            Some((successor, state)) if !self.differs(&commit, *successor, state) => state.clone(),
            _ => self.read(&commit),
        };
        self.walked += 1;
        self.next = self.history.parent(id);
        self.last = Some((id, state.clone()));
        Some((commit, state))
    }
}
