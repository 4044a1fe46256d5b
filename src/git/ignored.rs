//! What git ignores in a work tree, and what it knows to be unchanged there.

use std::cell::RefCell;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Oid, Repository};

/// What git ignores around a directory. Outside of a repository: nothing.
pub struct Ignored {
    repository: Option<Around>,
}

struct Around {
    top: PathBuf,
    /// When the index was written: what changed at that time or later may have changed unnoticed.
    written: Option<(i64, u32)>,
    state: RefCell<(Repository, Index)>,
}

impl Ignored {
    /// Of the repository around `directory`, which is free of links.
    #[must_use]
    pub fn around(directory: &Path) -> Self {
        Self { repository: Self::open(directory) }
    }

    fn open(directory: &Path) -> Option<Around> {
        let repository = Repository::discover(directory).ok()?;
        let top = repository.workdir()?.canonicalize().ok()?;
        let index = repository.index().ok()?;
        let about = index.path().and_then(|path| path.metadata().ok());
        let written = about.and_then(|about| since_1970(about.modified().ok()?));
        Some(Around { top, written, state: RefCell::new((repository, index)) })
    }

    /// Whether git ignores a file. What is tracked is not ignored, whatever `.gitignore` says.
    #[must_use]
    pub fn file(&self, path: &Path) -> bool {
        self.ask(path, |index, path| index.get_path(path, 0).is_some())
    }

    /// Whether git ignores a directory. A directory with tracked files in it is not ignored.
    #[must_use]
    pub fn directory(&self, path: &Path) -> bool {
        self.ask(path, |index, path| index.find_prefix(path.join("")).is_ok())
    }

    fn ask(&self, path: &Path, tracked: impl Fn(&mut Index, &Path) -> bool) -> bool {
        let Some(around) = &self.repository else { return false };
        let Ok(relative) = path.strip_prefix(&around.top) else { return false };
        let (repository, index) = &mut *around.state.borrow_mut();
        // Most files are tracked, and that is known sooner.
        !tracked(index, relative) && repository.is_path_ignored(relative).unwrap_or(false)
    }

    /// What git calls the content of a regular file that it tracks, where nobody touched it since git looked at it; none of other files.
    #[must_use]
    pub fn tracked(&self, path: &Path, about: &Metadata) -> Option<Option<Oid>> {
        let around = self.repository.as_ref()?;
        let entry = around.state.borrow().1.get_path(path.strip_prefix(&around.top).ok()?, 0)?;
        let untouched = around.written.is_some_and(|written| is_untouched(&entry, about, written));
        Some(untouched.then_some(entry.id))
    }

    /// What git calls the content of a file, where the index says that nobody touched the file since git looked at it.
    #[must_use]
    pub fn unchanged(&self, path: &Path) -> Option<Oid> {
        let around = self.repository.as_ref()?;
        let relative = path.strip_prefix(&around.top).ok()?;
        let entry = around.state.borrow().1.get_path(relative, 0)?;
        let about = path.symlink_metadata().ok()?;
        (about.is_file() && is_untouched(&entry, &about, around.written?)).then_some(entry.id)
    }
}

/// As git compares what it remembers of a file with what is there.
fn is_untouched(entry: &IndexEntry, about: &Metadata, written: (i64, u32)) -> bool {
    let Some(modified) = about.modified().ok().and_then(since_1970) else { return false };
    let is_regular = entry.mode & 0o170_000 == 0o100_000;
    is_regular
        && u64::from(entry.file_size) == about.len()
        && is_at(entry.mtime, modified)
        && modified < written
        && is_same_inode(entry, about)
}

#[cfg(unix)]
fn is_same_inode(entry: &IndexEntry, about: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let changed = (about.ctime(), u32::try_from(about.ctime_nsec()).unwrap_or(0));
    // Git keeps 32 bits of it; tools that do not know it write 0.
    let inode = u32::try_from(about.ino() & u64::from(u32::MAX)).unwrap_or(0);
    let no_time = entry.ctime.seconds() == 0 && entry.ctime.nanoseconds() == 0;
    (no_time || is_at(entry.ctime, changed)) && (entry.ino == 0 || entry.ino == inode)
}

#[cfg(not(unix))]
fn is_same_inode(_: &IndexEntry, _: &Metadata) -> bool {
    true
}

/// Whether an index time is that instant; the index has 32 bits of seconds, and nanoseconds where whoever wrote it knew them.
fn is_at(time: IndexTime, (seconds, nanoseconds): (i64, u32)) -> bool {
    let known = i64::from(time.seconds()) == i64::from(seconds as i32);
    known && (time.nanoseconds() == 0 || time.nanoseconds() == nanoseconds)
}

fn since_1970(time: SystemTime) -> Option<(i64, u32)> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some((i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()))
}

/// What git would call the bytes of a file, as they are; none where it cannot be read.
#[must_use]
pub fn content_id(path: &Path) -> Option<Oid> {
    // Opening a named pipe would wait for a writer.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    Oid::hash_file(ObjectType::Blob, path).ok()
}
