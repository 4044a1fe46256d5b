//! A pointer that is mounted into a pod: `..data` links to a directory that never changes, and is made to link to the next.

use std::path::PathBuf;

use super::{Read, Trouble};
use crate::publish::{self, Digest, Unreadable};

/// Where a volume's link to its present state is.
const PRESENT: &str = "..data";

/// A directory with a pointer's files.
pub struct Directory {
    path: PathBuf,
    read: Option<PathBuf>,
}

impl Directory {
    /// Reads there.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, read: None }
    }

    pub(super) fn read(&mut self) -> Result<Option<Read>, Trouble> {
        // Resolved once, so that all files are of one state; without the link, the directory itself is all there is.
        let link = self.path.join(PRESENT);
        let present = std::fs::canonicalize(&link).ok();
        if present.is_some() && present == self.read {
            return Ok(None);
        }
        let state = present.clone().unwrap_or_else(|| self.path.clone());
        let absent = || Trouble::Absent(format!("`{}` in `{}`", publish::names::MANIFEST, self.path.display()));
        let (manifest, bytes) = match publish::mounted(&mut |name| std::fs::read(state.join(name)).ok()) {
            Ok(found) => found,
            // The state that was found is gone: the next one is there at the next look.
            Err(Unreadable::Key(publish::names::MANIFEST)) => return Err(absent()),
            Err(why) => return Err(Trouble::Unreadable(why)),
        };
        self.read = present;
        Ok(Some(Read {
            digest: Digest::of(&bytes),
            bytes,
            revision: manifest.revision,
            environment: manifest.environment,
        }))
    }

    pub(super) fn forget(&mut self) {
        self.read = None;
    }
}
