//! What the repository around a directory knows: the time of its commit, what it ignores, and what its commits hold. An edge.

pub mod base;
mod history;
mod ignored;
mod missing;
mod remote;
mod tree;
pub mod upstream;

use std::path::{Path, PathBuf};

use git2::Repository;
use jiff::Timestamp;

use crate::failure::Failure;
pub use git2::Oid as Id;
pub use history::{Changed, Commit, History, Parent, Wrote};
pub use ignored::{Ignored, content_id};
pub use remote::published;
use remote::remote;
pub use tree::{Entry, Kind, Order, Revision, Target};

/// The commit time of HEAD of the repository around `directory`; none outside of a repository and before its first commit.
#[must_use]
pub fn commit_time(directory: &Path) -> Option<Timestamp> {
    let repository = Repository::discover(present(directory)).ok()?;
    let commit = repository.head().ok()?.peel_to_commit().ok()?;
    Timestamp::from_second(commit.time().seconds()).ok()
}

/// The full id of HEAD of the repository around a workspace's directory, with `-dirty` where the workspace is not as committed; none
/// outside of a repository and before its first commit.
#[must_use]
pub fn revision(directory: &Path) -> Option<String> {
    let repository = Repository::discover(present(directory)).ok()?;
    let commit = repository.head().ok()?.peel_to_commit().ok()?;
    // What cannot be told is not called clean.
    let changed = base::is_changed(&repository, &commit, directory).unwrap_or(true);
    Some(format!("{}{}", commit.id(), if changed { "-dirty" } else { "" }))
}

/// Takes objects for what their ids say from now on, as git does: hashing each again would take longer than reading it. For commands
/// that only show what is in a repository of one's own; whoever can forge objects there can write anything else there, too. What a
/// disk broke is still noticed, because packed and loose objects end in a checksum.
pub fn trust_objects() {
    git2::opts::strict_hash_verification(false);
}

/// `SOURCE_DATE_EPOCH`: the time that a reproducible build is told to use.
///
/// # Errors
/// When it is set but not a whole number of seconds.
pub fn source_date_epoch() -> Result<Option<Timestamp>, Failure> {
    let Some(written) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let written = written.to_string_lossy().into_owned();
    if written.is_empty() {
        return Ok(None);
    }
    match written.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        Some(time) => Ok(Some(time)),
        None => {
            Err(Failure::new(format!("SOURCE_DATE_EPOCH is `{written}`, which is not a number of seconds since 1970"))
                .help("set it to whole seconds, such as the output of `git log -1 --format=%ct`"))
        }
    }
}

/// Whether the repository around `directory` has no work tree.
#[must_use]
pub fn is_bare(directory: &Path) -> bool {
    Repository::discover(present(directory)).is_ok_and(|repository| repository.is_bare())
}

/// The top of the work tree around a directory, which need not be there yet; none outside of a repository.
#[must_use]
pub fn top(directory: &Path) -> Option<PathBuf> {
    let there = directory.ancestors().find(|above| present(above).is_dir())?;
    let top = Repository::discover(present(there)).ok()?.workdir()?.canonicalize().ok()?;
    // As the directory is written, links included, so that the one is the beginning of the other.
    directory.ancestors().find(|above| above.canonicalize().is_ok_and(|above| above == top)).map(Path::to_owned)
}

/// A directory from the top of the work tree around it, with `/`; empty for the top itself; none outside of a repository.
#[must_use]
pub fn below_top(directory: &Path) -> Option<String> {
    let full = std::path::absolute(present(directory)).ok()?.canonicalize().ok()?;
    Some(full.strip_prefix(top(&full)?).ok()?.to_string_lossy().replace('\\', "/"))
}

fn present(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}
