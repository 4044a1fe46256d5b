//! What a commit holds below a directory, looked at before anything is read: regular files only, within the caps.

use std::collections::BTreeSet;

use git2::{ObjectType, Odb, Oid, Repository};

use super::{Caps, Failed, Reason};

/// Directories are counted among what is inflated, and each is only read when it is not larger.
const LARGEST_DIRECTORY: usize = 16 << 20;

/// A walk below a directory.
struct Walk<'r> {
    repository: &'r Repository,
    odb: Odb<'r>,
    caps: &'r Caps,
    files: u64,
    inflated: u64,
}

/// The tree of a directory of a commit; `path` is from the top, empty for the top itself.
pub(super) fn directory(repository: &Repository, commit: Oid, path: &str) -> Result<Oid, Failed> {
    let nothing = || Failed::new(Reason::PathNotFound, format!("the commit has no directory `{path}`"));
    if path.contains(['\\', '\0']) || path.split('/').any(|part| matches!(part, "." | "..")) || path.starts_with('/') {
        return Err(Failed::new(Reason::PathNotFound, format!("`{path}` is no directory below the top")));
    }
    let commit = repository.find_commit(commit).map_err(|error| damaged(&error))?;
    let mut tree = commit.tree_id();
    let odb = repository.odb().map_err(|error| damaged(&error))?;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        bounded(&odb, tree)?;
        let found = repository.find_tree(tree).map_err(|error| damaged(&error))?;
        let entry = found.get_name(part).ok_or_else(nothing)?;
        match (entry.kind(), entry.filemode()) {
            (Some(ObjectType::Tree), _) => tree = entry.id(),
            (Some(ObjectType::Commit), _) => return Err(hostile(path, "is in a submodule")),
            (_, 0o120_000) => return Err(hostile(path, "leads through a link")),
            _ => return Err(nothing()),
        }
    }
    Ok(tree)
}

/// Refuses what is below a directory and no regular file, has an odd name, or is more than the caps allow.
pub(super) fn inspect(repository: &Repository, tree: Oid, caps: &Caps) -> Result<(), Failed> {
    let odb = repository.odb().map_err(|error| damaged(&error))?;
    let mut walk = Walk { repository, odb, caps, files: 0, inflated: 0 };
    let mut open = vec![(tree, String::new(), 1)];
    while let Some((tree, path, depth)) = open.pop() {
        walk.enter(tree, &path, depth, &mut open)?;
    }
    if walk.files == 0 {
        return Err(Failed::new(Reason::PathNotFound, "the directory is empty"));
    }
    Ok(())
}

impl Walk<'_> {
    fn enter(&mut self, tree: Oid, path: &str, depth: u32, open: &mut Vec<(Oid, String, u32)>) -> Result<(), Failed> {
        if depth > self.caps.depth {
            return Err(large(&format!("directories are nested deeper than {}", self.caps.depth)));
        }
        let size = bounded(&self.odb, tree)?;
        self.inflate(size as u64)?;
        let found = self.repository.find_tree(tree).map_err(|error| damaged(&error))?;
        let mut names = BTreeSet::new();
        for entry in &found {
            let Ok(name) = entry.name() else { return Err(hostile(path, "holds a name that is no UTF-8")) };
            let full = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            if is_odd(name) {
                return Err(hostile(&full, "is a name that means something else on some machines"));
            }
            if !names.insert(name.to_lowercase()) {
                return Err(hostile(&full, "is the name of another file but for its case"));
            }
            match (entry.kind(), entry.filemode()) {
                (Some(ObjectType::Tree), _) => open.push((entry.id(), full, depth + 1)),
                (Some(ObjectType::Blob), 0o100_644 | 0o100_755 | 0o100_664) => self.file(&full, entry.id())?,
                (_, 0o120_000) => return Err(hostile(&full, "is a link")),
                (Some(ObjectType::Commit), _) => return Err(hostile(&full, "is a submodule")),
                _ => return Err(hostile(&full, "is neither a file nor a directory")),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &str, id: Oid) -> Result<(), Failed> {
        self.files += 1;
        if self.files > self.caps.files {
            return Err(large(&format!("there are more than {} files", self.caps.files)));
        }
        let (size, kind) = self.odb.read_header(id).map_err(|error| damaged(&error))?;
        if kind != ObjectType::Blob {
            return Err(hostile(path, "is not what its directory says"));
        }
        if size as u64 > self.caps.file {
            return Err(large(&format!("`{path}` has {size} bytes, more than {}", self.caps.file)));
        }
        self.inflate(size as u64)
    }

    fn inflate(&mut self, bytes: u64) -> Result<(), Failed> {
        self.inflated = self.inflated.saturating_add(bytes);
        if self.inflated > self.caps.inflated {
            return Err(large(&format!("the files have more than {} bytes together", self.caps.inflated)));
        }
        Ok(())
    }
}

/// A file of a directory, when it is there.
pub(super) fn file(repository: &Repository, tree: Oid, name: &str, caps: &Caps) -> Result<Option<Vec<u8>>, Failed> {
    let odb = repository.odb().map_err(|error| damaged(&error))?;
    bounded(&odb, tree)?;
    let found = repository.find_tree(tree).map_err(|error| damaged(&error))?;
    let Some(entry) = found.get_name(name) else { return Ok(None) };
    if !matches!((entry.kind(), entry.filemode()), (Some(ObjectType::Blob), 0o100_644 | 0o100_755 | 0o100_664)) {
        return Err(hostile(name, "is no regular file"));
    }
    let (size, _) = odb.read_header(entry.id()).map_err(|error| damaged(&error))?;
    let most = caps.file.min(caps.inflated);
    if size as u64 > most {
        return Err(large(&format!("`{name}` has {size} bytes, more than {most}")));
    }
    let read = odb.read(entry.id()).map_err(|error| damaged(&error))?;
    Ok(Some(read.data().to_vec()))
}

/// The size of a directory's object, when it may be read.
fn bounded(odb: &Odb<'_>, tree: Oid) -> Result<usize, Failed> {
    let (size, _) = odb.read_header(tree).map_err(|error| damaged(&error))?;
    if size > LARGEST_DIRECTORY {
        return Err(large(&format!("a directory's list of names has {size} bytes, more than {LARGEST_DIRECTORY}")));
    }
    Ok(size)
}

/// Names that lead out of a directory, to git's own files, or to devices of some system.
fn is_odd(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'),
        )
        .collect();
    let lower = plain.trim_end_matches(['.', ' ']).to_lowercase();
    name.is_empty()
        || matches!(lower.as_str(), "" | ".git" | "git~1")
        || name.contains(['/', '\\', ':'])
        || name.chars().any(char::is_control)
}

fn hostile(path: &str, what: &str) -> Failed {
    let shown: String = path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Failed::new(Reason::Hostile, format!("`{}` {what}, which is refused", super::redact::cut(&shown, 300)))
}

fn large(message: &str) -> Failed {
    Failed::new(Reason::TooLarge, message)
}

/// Something that was fetched is not there, or not what it says.
pub(super) fn damaged(error: &git2::Error) -> Failed {
    if error.class() == git2::ErrorClass::NoMemory || error.message().contains("out of memory") {
        return large("reading the repository needs more memory than it may use");
    }
    Failed::new(Reason::FetchFailed, format!("the repository is not whole: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_somewhere_are_odd() {
        for name in ["", ".", "..", ".git", ".GIT", ".git.", "git~1", "a\\b", "a:b", "a\u{7}", ".g\u{200c}it", ". "] {
            assert!(is_odd(name), "{name:?}");
        }
        for name in ["a.kdl", ".gitignore", ".github", "größe.kdl", "a b", "..a"] {
            assert!(!is_odd(name), "{name:?}");
        }
    }
}
