//! What the arguments name, and what is meant where there are none.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::super::Context;
use super::super::super::session;
use super::super::super::side::Side;
use crate::failure::Failure;
use crate::git::base::{self, Ci};
use crate::git::{self, Revision};
use crate::workspace::{self, Shelf};

/// A side, not opened yet.
pub(super) enum Named {
    /// A configuration file.
    File(String),
    /// A directory that holds `flagfall.kdl`, and how people named it; none for the one that was found.
    Directory(PathBuf, Option<PathBuf>),
    /// A workspace in a revision.
    Revision(Box<Revision>),
    /// No workspace, called so.
    Nothing(String),
}

/// Base, head, and the workspace whose place in the repository they have.
pub(super) fn both(
    ci: &Ci,
    base: Option<&str>,
    head: Option<&str>,
    here: Option<&Path>,
) -> Result<(Named, Named, Option<PathBuf>), Failure> {
    let found = workspace::find(here);
    let place = found.as_deref().ok();
    let is_there = place.is_some_and(|directory| directory.join(workspace::CONFIGURATION).symlink_metadata().is_ok());
    let around = place.filter(|directory| directory.is_dir()).unwrap_or(Path::new("."));
    // Where there is no work tree, what is there is what is committed.
    let head = head.or_else(|| (!is_there && git::is_bare(around)).then_some("HEAD"));
    let after = match (head, place) {
        (Some(head), _) => Named::of(head, place)?,
        // It may have been there before.
        (None, Some(directory)) if !is_there && git::top(directory).is_some() => Named::Nothing(name(directory)),
        (None, Some(directory)) => Named::Directory(directory.to_owned(), here.map(Path::to_owned)),
        (None, None) => return Err(found.err().unwrap_or_else(|| Failure::new("there is no workspace"))),
    };
    let before = match base {
        Some(base) => Named::of(base, place)?,
        None => before(&after, around, ci, place)?,
    };
    if let (Named::Nothing(_), Named::Nothing(name)) = (&before, &after) {
        return Err(Failure::new(format!("there is no workspace in `{name}`, and there was none before"))
            .help("name the directory that holds `flagfall.kdl`; of a revision, `REVISION:DIRECTORY`"));
    }
    let place = found.ok();
    Ok((before, after, place))
}

/// What a head is compared with where nobody says.
fn before(head: &Named, around: &Path, ci: &Ci, place: Option<&Path>) -> Result<Named, Failure> {
    let base = match head {
        Named::File(name) => {
            return Err(Failure::new(format!("nothing tells what `{name}` was before"))
                .help("name two: `flagfall diff BASE HEAD`"));
        }
        Named::Directory(..) | Named::Nothing(_) => base::of(around, None, ci)?,
        Named::Revision(revision) => base::of(around, Some(revision.commit_text()), ci)?,
    };
    base.map_or_else(|| Ok(Named::Nothing("nothing".to_owned())), |base| Named::of(&base, place))
}

/// A directory as people write it.
fn name(directory: &Path) -> String {
    if directory.as_os_str().is_empty() { ".".to_owned() } else { directory.display().to_string() }
}

impl Named {
    /// What an argument names. A revision may hold no workspace, unless its place in it is named.
    fn of(argument: &str, place: Option<&Path>) -> Result<Self, Failure> {
        if Side::is_file(argument) {
            return Ok(Self::File(argument.to_owned()));
        }
        match session::named(Path::new(argument), place)? {
            session::Named::Directory => {
                let directory = workspace::find(Some(Path::new(argument)))?;
                Ok(Self::Directory(directory.clone(), Some(directory)))
            }
            session::Named::Revision(revision) => {
                let is_there = revision.path.is_some() || workspace::is_in_revision(&revision, place)?;
                Ok(if is_there { Self::Revision(revision) } else { Self::Nothing(argument.to_owned()) })
            }
        }
    }

    /// The whole side. None when it has errors, which are then reported.
    pub(super) fn side(&self, here: Option<&Path>, context: &mut Context) -> Result<Option<Side>, Failure> {
        match self {
            Self::File(name) => Side::open(name, None, context),
            Self::Directory(directory, given) => {
                let session = session::open(given.as_deref(), context.now)?;
                Ok(Side::of_session(&name(directory), session, context))
            }
            Self::Revision(revision) => {
                let session = session::open_revision(revision, here)?;
                Ok(Side::of_session(&revision.text, session, context))
            }
            Self::Nothing(name) => Ok(Some(Side::nothing(name))),
        }
    }

    /// Its files, looked at but not read; none of what has none.
    pub(super) fn shelf(&self, here: Option<&Path>) -> Result<Option<Shelf<'_>>, Failure> {
        match self {
            Self::Directory(directory, _) => Shelf::of_directory(directory).map(Some),
            Self::Revision(revision) => Shelf::of_revision(revision, here).map(Some),
            Self::File(_) | Self::Nothing(_) => Ok(None),
        }
    }

    /// As people call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(name) | Self::Nothing(name) => name.clone(),
            Self::Directory(directory, _) => name(directory),
            Self::Revision(revision) => revision.text.clone(),
        }
    }

    /// How commands find its workspace.
    pub(super) fn given(&self, shelf: &Shelf<'_>) -> Option<String> {
        match self {
            Self::File(_) | Self::Nothing(_) => None,
            Self::Directory(_, given) => given.as_ref().map(|given| given.to_string_lossy().into_owned()),
            Self::Revision(_) => Some(shelf.directory().to_string_lossy().into_owned()),
        }
    }

    /// The instant that decides which dates have passed.
    pub(super) fn now(&self, context: &Context) -> Timestamp {
        match self {
            Self::Revision(revision) => revision.time,
            Self::File(_) | Self::Directory(..) | Self::Nothing(_) => context.now,
        }
    }

    /// The full id of its commit.
    pub(super) fn commit(&self) -> Option<String> {
        match self {
            Self::Revision(revision) => Some(revision.commit.clone()),
            Self::File(_) | Self::Directory(..) | Self::Nothing(_) => None,
        }
    }
}
