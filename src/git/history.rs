//! The commits that led to one, as a deployment log has them: along first parents, so that a branch arrives with its merge.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{BlameOptions, Delta, ErrorCode, FileMode, Oid, Repository};
use jiff::Timestamp;

use super::{Revision, missing, present};
use crate::failure::Failure;

/// Commits along first parents that are searched for the one that wrote a line.
const MOST_SEARCHED: usize = 10_000;

/// Renames followed on the way to the commit that wrote a line.
const MOST_RENAMES: usize = 8;

/// A commit, as logs show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full id.
    pub id: Oid,
    /// As few of its digits as name it here, at least seven.
    pub short: String,
    /// Who wrote it.
    pub author: String,
    /// When it was committed.
    pub time: Timestamp,
    /// The first line of its message.
    pub title: String,
}

/// What a commit stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// Its first parent.
    Commit(Oid),
    /// Nothing: history begins with it.
    None,
    /// Something that this clone does not hold.
    CutOff,
}

/// A file that is not the same in two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// From the top of the repository.
    pub path: String,
    /// The ids of its bytes in either; zero where it is not there.
    pub ids: [Oid; 2],
}

/// Who wrote a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrote {
    /// A commit, on whatever branch.
    Commit(Commit),
    /// Nobody yet: it is not committed.
    Uncommitted,
    /// Some commit that this clone does not hold, or that is too far back to be searched for.
    Unknown,
}

/// The history of a commit in the repository around a directory.
pub struct History {
    repository: Repository,
    shallow: BTreeSet<Oid>,
    /// The commit it is of.
    pub head: Oid,
    /// The path of `REV:PATH`, where people wrote one.
    pub path: Option<String>,
}

impl History {
    /// The history of what `git rev-parse` calls `text`: a commit, or `COMMIT:DIRECTORY`.
    ///
    /// # Errors
    /// When there is no repository, or it has no such revision.
    pub fn open(directory: &Path, text: &str) -> Result<Self, Failure> {
        let repository = Repository::discover(present(directory)).map_err(|_| missing::history(directory))?;
        let is_unborn = |error: git2::Error| error.code() == ErrorCode::UnbornBranch;
        if text == "HEAD" && repository.head().err().is_some_and(is_unborn) {
            return Err(Failure::new("the repository has no commits yet, so there is no history")
                .help("`git commit` begins it; `flagfall eval` says what a subject gets now"));
        }
        let (head, path) = {
            let (commit, path) = Revision::resolve(&repository, text)?;
            (commit.id(), path)
        };
        let listed = std::fs::read_to_string(repository.commondir().join("shallow")).unwrap_or_default();
        let shallow = listed.lines().filter_map(|line| Oid::from_str(line).ok()).collect();
        Ok(Self { repository, shallow, head, path })
    }

    /// A commit; none where this clone does not hold it.
    #[must_use]
    pub fn commit(&self, id: Oid) -> Option<Commit> {
        let commit = self.repository.find_commit(id).ok()?;
        let short = commit.as_object().short_id().ok();
        let short = short.and_then(|short| short.as_str().ok().map(str::to_owned)).unwrap_or_else(|| id.to_string());
        let title = String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned();
        let author = String::from_utf8_lossy(commit.author().name_bytes()).into_owned();
        let time = Timestamp::from_second(commit.time().seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
        Some(Commit { id, short, author, time, title })
    }

    /// What a commit stands on.
    #[must_use]
    pub fn parent(&self, id: Oid) -> Parent {
        if self.shallow.contains(&id) {
            return Parent::CutOff;
        }
        let Ok(commit) = self.repository.find_commit(id) else { return Parent::CutOff };
        match commit.parent_id(0) {
            Ok(parent) if self.repository.find_commit(parent).is_ok() => Parent::Commit(parent),
            Ok(_) => Parent::CutOff,
            Err(_) => Parent::None,
        }
    }

    /// The files of a commit, which are named after its short id and the directory `root` in it.
    ///
    /// # Errors
    /// When this clone does not hold it.
    pub fn revision(&self, commit: &Commit, root: &str) -> Result<Revision, Failure> {
        let gone = |error: git2::Error| Failure::new(format!("cannot read `{}`: {}", commit.short, error.message()));
        let repository = Repository::open(self.repository.path()).map_err(gone)?;
        let tree = repository.find_commit(commit.id).map_err(gone)?.tree_id();
        let text = format!("{}:{root}", commit.short);
        Ok(Revision {
            repository,
            root: tree,
            text,
            path: Some(root.to_owned()),
            time: commit.time,
            commit: commit.id.to_string(),
            readers: std::sync::Mutex::default(),
            trees: RefCell::default(),
        })
    }

    /// The files below the directory `root` that are not the same in two commits. None: it cannot be told, because a link is among them or this clone lacks something.
    #[must_use]
    pub fn changed(&self, before: Oid, after: Oid, root: &str) -> Option<Vec<Changed>> {
        let tree = |id: Oid| {
            let whole = self.repository.find_commit(id).and_then(|commit| commit.tree()).ok()?;
            if root.is_empty() {
                return Some(Some(whole));
            }
            let Ok(entry) = whole.get_path(Path::new(root)) else { return Some(None) };
            Some(Some(self.repository.find_tree(entry.id()).ok()?))
        };
        let (before, after) = (tree(before)?, tree(after)?);
        if before.as_ref().map(git2::Tree::id) == after.as_ref().map(git2::Tree::id) {
            return Some(Vec::new());
        }
        let found = self.repository.diff_tree_to_tree(before.as_ref(), after.as_ref(), None).ok()?;
        let mut paths = Vec::new();
        for delta in found.deltas() {
            let sides = [delta.old_file(), delta.new_file()];
            if sides.iter().any(|file| matches!(file.mode(), FileMode::Link | FileMode::Commit)) {
                return None;
            }
            let path = sides.iter().find_map(git2::DiffFile::path)?.to_string_lossy().into_owned();
            let path = if root.is_empty() { path } else { format!("{root}/{path}") };
            paths.push(Changed { path, ids: sides.map(|file| file.id()) });
        }
        Some(paths)
    }

    /// The text of a file by the id of its bytes; none where it is no text, or this clone does not hold it.
    #[must_use]
    pub fn text(&self, id: Oid) -> Option<String> {
        String::from_utf8(self.repository.find_blob(id).ok()?.content().to_vec()).ok()
    }

    /// Who wrote a line (1-based) of a file, among all parents. `text` is the file's text where it is not that of the commit `newest`.
    /// Renames are followed.
    #[must_use]
    pub fn wrote(&self, newest: Oid, path: &str, line: usize, text: Option<&str>) -> Wrote {
        let (mut newest, mut path, mut line, mut text) = (newest, PathBuf::from(path), line, text);
        for _ in 0..MOST_RENAMES {
            let Ok((id, there)) = self.blame(newest, &path, line, text.take()) else { return Wrote::Unknown };
            if id.is_zero() {
                return Wrote::Uncommitted;
            }
            match self.renamed(id, &path, there) {
                Some((parent, old, at)) => (newest, path, line) = (parent, old, at),
                None => {
                    // The last commit that is searched is given everything that older ones wrote.
                    let is_last = self.parent(id) == Parent::CutOff || self.oldest(newest) == Some(id);
                    return self.commit(id).filter(|_| !is_last).map_or(Wrote::Unknown, Wrote::Commit);
                }
            }
        }
        Wrote::Unknown
    }

    /// The commit that wrote a line, and which line of it that was; the zero id for what is in `text` only.
    fn blame(&self, newest: Oid, path: &Path, line: usize, text: Option<&str>) -> Result<(Oid, usize), git2::Error> {
        let mut options = BlameOptions::new();
        options.newest_commit(newest);
        if let Some(oldest) = self.oldest(newest) {
            options.oldest_commit(oldest);
        }
        let known = self.repository.find_commit(newest)?.tree()?.get_path(path).is_ok();
        if !known && text.is_some() {
            return Ok((Oid::ZERO_SHA1, line));
        }
        let whole = self.repository.blame_file(path, Some(&mut options))?;
        let edited = text.map(|text| whole.blame_buffer(text.as_bytes())).transpose()?;
        let hunk = edited.as_ref().unwrap_or(&whole).get_line(line);
        let hunk = hunk.ok_or_else(|| git2::Error::from_str("there is no such line"))?;
        Ok((hunk.final_commit_id(), hunk.orig_start_line() + line.saturating_sub(hunk.final_start_line())))
    }

    /// The last commit to search; none where history is shorter.
    fn oldest(&self, newest: Oid) -> Option<Oid> {
        let mut at = newest;
        for _ in 0..MOST_SEARCHED {
            let Parent::Commit(parent) = self.parent(at) else { return None };
            at = parent;
        }
        Some(at)
    }

    /// Where a line was before the commit `id`, when that commit renamed the file and left the line as it was.
    fn renamed(&self, id: Oid, path: &Path, line: usize) -> Option<(Oid, PathBuf, usize)> {
        let Parent::Commit(parent) = self.parent(id) else { return None };
        let tree = |id: Oid| self.repository.find_commit(id).and_then(|commit| commit.tree()).ok();
        let (before, after) = (tree(parent)?, tree(id)?);
        if before.get_path(path).is_ok() {
            return None;
        }
        let mut found = self.repository.diff_tree_to_tree(Some(&before), Some(&after), None).ok()?;
        found.find_similar(None).ok()?;
        let is_it = |delta: &git2::DiffDelta<'_>| {
            delta.status() == Delta::Renamed && delta.new_file().path().is_some_and(|new| new == path)
        };
        let old = found.deltas().find(is_it)?.old_file().path()?.to_owned();
        let text = |tree: &git2::Tree<'_>, path: &Path| {
            let blob = self.repository.find_blob(tree.get_path(path).ok()?.id()).ok()?;
            Some(String::from_utf8_lossy(blob.content()).into_owned())
        };
        let (old_text, new_text) = (text(&before, &old)?, text(&after, path)?);
        let written = new_text.lines().nth(line.checked_sub(1)?)?;
        let same = old_text.lines().enumerate().filter(|(_, old)| *old == written).map(|(index, _)| index + 1);
        let at = same.min_by_key(|at| at.abs_diff(line))?;
        Some((parent, old, at))
    }
}
