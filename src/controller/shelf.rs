//! Configurations that are live or were, on this replica's disk: what is healed or compared need not be fetched.
//!
//! They are kept by `FlagSync`: a digest alone gets nobody what is another's.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::publish::Digest;

/// Where they are.
#[derive(Debug, Clone)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// Below the cache.
    #[must_use]
    pub fn new(cache: &Path) -> Self {
        Self { root: cache.join("payloads") }
    }

    fn directory(&self, owner: &str) -> PathBuf {
        // A uid is what the API server makes, but this becomes a path.
        self.root.join(owner.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>())
    }

    /// The file of a configuration, if it is there.
    #[must_use]
    pub fn file(&self, owner: &str, digest: &str) -> Option<PathBuf> {
        let path = self.directory(owner).join(Digest::parse(digest)?.to_string());
        path.is_file().then_some(path)
    }

    /// The bytes of a configuration, if they are there and what the digest says.
    #[must_use]
    pub fn read(&self, owner: &str, digest: &str) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.file(owner, digest)?).ok()?;
        (Digest::of(&bytes).to_string() == digest).then_some(bytes)
    }

    /// Keeps bytes.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn keep(&self, owner: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let directory = self.directory(owner);
        std::fs::create_dir_all(&directory)?;
        let path = directory.join(Digest::of(bytes).to_string());
        if !path.is_file() {
            let mut file = tempfile::NamedTempFile::new_in(&directory)?;
            file.write_all(bytes)?;
            file.persist(&path)?;
        }
        Ok(path)
    }

    /// Removes what is of owners that are not there.
    pub fn sweep(&self, is_there: &dyn Fn(&str) -> bool) {
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            if !entry.file_name().to_str().is_some_and(is_there) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Keeps only this one of an owner; none: nothing.
    pub fn only(&self, owner: &str, digest: Option<&str>) {
        let directory = self.directory(owner);
        let Some(digest) = digest else {
            let _ = std::fs::remove_dir_all(directory);
            return;
        };
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_name() != digest {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_found_by_its_owner_only_and_only_while_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(directory.path());
        let path = shelf.keep("uid-1", b"{}").unwrap();
        let digest = Digest::of(b"{}").to_string();
        assert_eq!(shelf.read("uid-1", &digest).as_deref(), Some(&b"{}"[..]));
        assert_eq!(shelf.read("uid-2", &digest), None);
        std::fs::write(path, "[]").unwrap();
        assert_eq!(shelf.read("uid-1", &digest), None);
        shelf.only("uid-1", Some("other"));
        assert_eq!(shelf.file("uid-1", &digest), None);
    }
}
