//! A workspace in a directory.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::read::{self, Content};
use super::walk::{self, Look, NEVER_ENTERED, Refusal};
use super::{CONFIGURATION, Candidate, Id, Place, discover};
use crate::failure::Failure;
use crate::git::{self, Ignored};
use crate::source::FileKind;

/// How many files one thread asks about before others help.
const ASKED_AT_ONCE: usize = 64;

/// What loading needs to know about the directory at every step.
pub(super) struct Directory {
    /// As findings call it: relative to where the command runs when below it; empty for the very directory.
    shown: String,
    /// Without links.
    root: PathBuf,
    ignored: Ignored,
}

impl Directory {
    /// The directory, when it holds a `flagfall.kdl`.
    pub(super) fn open(directory: &Path, shown: &str) -> Result<Self, Failure> {
        let root = discover::resolve(directory)?;
        Ok(Self { shown: shown.to_owned(), ignored: Ignored::around(&root), root })
    }

    /// A link inside the workspace is not followed where what it points at is read under its own name.
    fn follow(&self, path: &str, full: &Path, kind: Option<FileKind>) -> Result<Look, Failure> {
        let target = match full.canonicalize() {
            Ok(target) => target,
            Err(error) if kind.is_some() => return Err(read::unreadable(&self.name(path), &discover::reason(&error))),
            Err(_) => return Ok(Look::Nothing),
        };
        let inside = target.starts_with(&self.root);
        Ok(match kind {
            _ if target.is_dir() && !inside => Look::Refuse(Refusal::Leaves),
            Some(_) if !inside => Look::Refuse(Refusal::Leaves),
            Some(kind) if target.is_file() && target.extension().is_none_or(|extension| extension != "kdl") => {
                Look::Read(kind)
            }
            _ => Look::Nothing,
        })
    }

    /// What to do with a path of which this is known.
    fn look_at(&self, path: &str, full: &Path, kind: Option<FileKind>, about: &Metadata) -> Result<Look, Failure> {
        if about.is_symlink() {
            return self.follow(path, full, kind);
        }
        if about.is_dir() {
            return Ok(self.enter(full));
        }
        Ok(match kind {
            None => Look::Nothing,
            Some(_) if self.ignored.file(full) => Look::Refuse(Refusal::Ignored),
            Some(kind) => Look::Read(kind),
        })
    }

    fn enter(&self, full: &Path) -> Look {
        if full.join(CONFIGURATION).is_file() {
            return Look::Refuse(Refusal::Nested);
        }
        if self.ignored.directory(full) {
            return if holds_definitions(full) { Look::Refuse(Refusal::Ignored) } else { Look::Nothing };
        }
        Look::Enter
    }
}

impl Place for Directory {
    fn name(&self, path: &str) -> String {
        walk::below(self.shown.trim_end_matches('/'), path)
    }

    fn entries(&self, directory: &str) -> Result<Vec<String>, Failure> {
        let cannot = |error: std::io::Error| {
            let name = self.name(directory);
            let name = if name.is_empty() { "." } else { &name };
            Failure::new(format!("cannot read the directory `{name}`: {}", discover::reason(&error)))
                .help("make it readable for whoever runs flagfall, or move it out of the workspace")
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(self.root.join(directory)).map_err(cannot)? {
            let name = entry.map_err(cannot)?.file_name().to_string_lossy().into_owned();
            paths.push(walk::below(directory, &name));
        }
        Ok(paths)
    }

    fn has_directory(&self, path: &str) -> bool {
        let target = self.root.join(path);
        target.is_dir() && target.canonicalize().is_ok_and(|target| target.starts_with(&self.root))
    }

    fn look(&self, path: &str, kind: Option<FileKind>) -> Result<Look, Failure> {
        let full = self.root.join(path);
        let about = match full.symlink_metadata() {
            Ok(about) => about,
            // A name that is not UTF-8 cannot be opened by what is shown of it.
            Err(error) if kind.is_some() => return Err(read::unreadable(&self.name(path), &discover::reason(&error))),
            Err(_) => return Ok(Look::Nothing),
        };
        self.look_at(path, &full, kind, &about)
    }

    /// The index is asked once a file: whether it is tracked, and whether somebody touched it.
    fn looked(&self, directory: &str) -> Result<Vec<(String, Look, Option<Id>)>, Failure> {
        let mut paths = self.entries(directory)?;
        paths.retain(|path| !walk::skipped(path));
        paths.sort();
        let root = &self.root;
        let about = |path: &String| {
            let kind = walk::kind(path);
            let full = root.join(path);
            let about = kind.and_then(|_| full.symlink_metadata().ok()).filter(Metadata::is_file);
            (kind, full, about)
        };
        // Most of the time goes into asking the system, which answers several at once.
        let about: Vec<_> = paths.par_iter().with_min_len(ASKED_AT_ONCE).map(about).collect();
        let look = |(path, (kind, full, about)): (String, (Option<FileKind>, PathBuf, Option<Metadata>))| {
            let tracked = about.as_ref().and_then(|about| self.ignored.tracked(&full, about));
            Ok(match (kind, tracked) {
                (Some(kind), Some(id)) => (path, Look::Read(kind), id),
                _ => {
                    let look = match about {
                        Some(about) => self.look_at(&path, &full, kind, &about)?,
                        None => self.look(&path, kind)?,
                    };
                    (path, look, None)
                }
            })
        };
        paths.into_iter().zip(about).map(look).collect()
    }

    fn data(&self, path: &str) -> Result<Look, Failure> {
        let full = self.root.join(path);
        // A path through something that is no directory, or to a directory, is as good as none.
        let Ok(target) = full.canonicalize() else {
            if full.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
                return Err(read::unreadable(&self.name(path), "permission denied"));
            }
            return Ok(Look::Nothing);
        };
        Ok(match () {
            () if target.is_dir() => Look::Nothing,
            () if !target.starts_with(&self.root) => Look::Refuse(Refusal::Leaves),
            () if self.ignored.file(&full) => Look::Refuse(Refusal::Ignored),
            () => Look::Read(FileKind::Data),
        })
    }

    fn id(&self, path: &str) -> Option<Id> {
        let full = self.root.join(path);
        self.ignored.unchanged(&full).or_else(|| git::content_id(&full))
    }

    fn all(&self) -> Result<Option<Vec<(String, Id)>>, Failure> {
        Ok(None)
    }

    /// Side by side.
    fn read(&self, files: &[Candidate]) -> Vec<Result<Content, Failure>> {
        let files: Vec<(PathBuf, String)> =
            files.iter().map(|one| (self.root.join(&one.path), self.name(&one.path))).collect();
        files.par_iter().map(|(path, name)| read::read(path, name)).collect()
    }
}

/// Whether there is any `*.kdl` in an ignored directory; what cannot be looked at counts as none.
fn holds_definitions(directory: &Path) -> bool {
    let mut open = vec![PathBuf::from(directory)];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_file() && name.ends_with(".kdl") {
                return true;
            }
            if kind.is_dir() && !NEVER_ENTERED.contains(&&*name) {
                open.push(entry.path());
            }
        }
    }
    false
}
