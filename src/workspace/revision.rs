//! A workspace in a git revision: what a directory would give after a checkout, without one.
//!
//! What is committed is not ignored, whatever `.gitignore` says. Submodules are empty, as they are until somebody fills them.

use std::path::Path;

use super::read::{self, Content};
use super::walk::{self, Look, Refusal};
use super::{CONFIGURATION, Candidate, Id, LARGEST_FILE, Place};
use crate::failure::Failure;
use crate::git::{self, Kind, Revision, Target};
use crate::source::{FileKind, Provenance};

/// The workspace in a directory of a revision.
pub(super) struct Committed<'a> {
    revision: &'a Revision,
    /// Without links; empty for the top of the repository.
    root: String,
}

/// Definitions that a question is about, and no tests.
pub(super) struct Part<'a> {
    pub(super) whole: Committed<'a>,
    /// Whether a file is one of them, by the id of its bytes.
    pub(super) wanted: &'a dyn Fn(Id) -> bool,
}

/// Where in a revision the workspace may be: where people wrote it (`REV:DIRECTORY`), else where it is in this work tree, else
/// where workspaces usually are.
fn places(revision: &Revision, workspace: Option<&Path>) -> Vec<String> {
    if let Some(path) = &revision.path {
        return vec![path.clone()];
    }
    let here = workspace.and_then(git::below_top).map(|below| vec![below]);
    here.unwrap_or_else(|| vec![String::new(), "flags".to_owned()])
}

/// Whether there is one in any of these places.
pub(super) fn is_in(revision: &Revision, workspace: Option<&Path>) -> Result<bool, Failure> {
    for place in places(revision, workspace) {
        if Committed::open(revision, &place).is_ok() {
            return Ok(true);
        }
        revision.holds(&walk::below(&place, CONFIGURATION))?;
    }
    Ok(false)
}

impl<'a> Committed<'a> {
    /// The workspace that is `workspace` in this work tree.
    pub(super) fn find(revision: &'a Revision, workspace: Option<&Path>) -> Result<Self, Failure> {
        let mut tried = places(revision, workspace).into_iter().map(|path| Self::open(revision, &path));
        let first = tried.next().unwrap_or_else(|| Err(none(revision, "")));
        first.or_else(|failure| tried.find_map(Result::ok).ok_or(failure))
    }

    /// The directory, from the top of the repository and without links.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// The directory as findings call it.
    pub(super) fn directory(&self) -> String {
        self.revision.name(&self.root)
    }

    /// Where its texts come from.
    pub(super) fn provenance(&self) -> Provenance {
        let Revision { commit, .. } = self.revision;
        let (directory, repository) = (Some(self.root.clone()), self.revision.published());
        Provenance { directory, commit: Some(commit.clone()), repository }
    }

    /// The directory, when it holds a `flagfall.kdl`.
    fn open(revision: &'a Revision, path: &str) -> Result<Self, Failure> {
        let nowhere = || none(revision, path);
        let Target::There(root, Kind::Directory) = revision.target(path) else { return Err(nowhere()) };
        revision.entry(&walk::below(&root, CONFIGURATION)).ok_or_else(nowhere)?;
        Ok(Self { revision, root })
    }

    /// A path relative to the top of the repository.
    fn full(&self, path: &str) -> String {
        walk::below(&self.root, path).trim_end_matches('/').to_owned()
    }

    fn inside(&self, full: &str) -> bool {
        self.root.is_empty()
            || full == self.root
            || full.strip_prefix(&self.root).is_some_and(|rest| rest.starts_with('/'))
    }

    /// As in a directory: a link inside the workspace is not followed where what it points at is read under its own name.
    fn follow(&self, path: &str, full: &str, kind: Option<FileKind>) -> Result<Look, Failure> {
        Ok(match (self.revision.target(full), kind) {
            (Target::Nowhere, Some(_)) => return Err(self.unreadable(path)),
            (Target::There(target, Kind::Directory | Kind::Submodule), _) if !self.inside(&target) => {
                Look::Refuse(Refusal::Leaves)
            }
            (Target::Outside, Some(_)) => Look::Refuse(Refusal::Leaves),
            (Target::There(target, _), Some(_)) if !self.inside(&target) => Look::Refuse(Refusal::Leaves),
            (Target::There(target, Kind::File), Some(kind)) if !target.ends_with(".kdl") => Look::Read(kind),
            // What is outside of the repository and no definition is nobody's business.
            (Target::Nowhere | Target::Outside | Target::There(..), _) => Look::Nothing,
        })
    }

    fn unreadable(&self, path: &str) -> Failure {
        read::unreadable(&self.name(path), "no such file or directory")
    }
}

impl Place for Committed<'_> {
    fn name(&self, path: &str) -> String {
        self.revision.name(&self.full(path))
    }

    fn entries(&self, directory: &str) -> Result<Vec<String>, Failure> {
        let Target::There(full, _) = self.revision.target(&self.full(directory)) else { return Ok(Vec::new()) };
        Ok(self.revision.names(&full)?.iter().map(|name| walk::below(directory, name)).collect())
    }

    fn has_directory(&self, path: &str) -> bool {
        matches!(self.revision.target(&self.full(path)), Target::There(full, Kind::Directory) if self.inside(&full))
    }

    fn look(&self, path: &str, kind: Option<FileKind>) -> Result<Look, Failure> {
        // Only `definitions` can name a directory through a link.
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let full = match self.revision.target(&self.full(directory)) {
            Target::There(directory, _) => walk::below(&directory, name),
            Target::Outside | Target::Nowhere => self.full(path),
        };
        Ok(match (self.revision.entry(&full).map(|entry| entry.kind), kind) {
            // A name that is not UTF-8 cannot be found by what is shown of it.
            (None, Some(_)) => return Err(self.unreadable(path)),
            (None | Some(Kind::Submodule), _) => Look::Nothing,
            (Some(Kind::Link), kind) => return self.follow(path, &full, kind),
            (Some(Kind::Directory), _) => {
                let nested = self.revision.target(&walk::below(&full, CONFIGURATION));
                match nested {
                    Target::There(_, Kind::File) => Look::Refuse(Refusal::Nested),
                    Target::There(..) | Target::Outside | Target::Nowhere => Look::Enter,
                }
            }
            (Some(Kind::File), Some(kind)) => Look::Read(kind),
            (Some(Kind::File), None) => Look::Nothing,
        })
    }

    /// What the tree says of files is all there is to know of them.
    fn looked(&self, directory: &str) -> Result<Vec<(String, Look, Option<Id>)>, Failure> {
        let Target::There(full, _) = self.revision.target(&self.full(directory)) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (name, entry) in self.revision.entries(&full)? {
            let path = walk::below(directory, &name);
            if walk::skipped(&path) {
                continue;
            }
            match (entry.kind, walk::kind(&path)) {
                // A name that is not UTF-8 is not what is shown of it.
                (Kind::File, Some(kind)) if !name.contains('\u{fffd}') => {
                    found.push((path, Look::Read(kind), Some(entry.id)));
                }
                (Kind::File, None) => {}
                (_, kind) => {
                    let look = self.look(&path, kind)?;
                    found.push((path, look, None));
                }
            }
        }
        Ok(found)
    }

    fn committed(&self) -> Option<(&Revision, &str)> {
        Some((self.revision, &self.root))
    }

    fn data(&self, path: &str) -> Result<Look, Failure> {
        Ok(match self.revision.target(&self.full(path)) {
            Target::Nowhere | Target::There(_, Kind::Directory | Kind::Submodule) => Look::Nothing,
            Target::Outside => Look::Refuse(Refusal::Leaves),
            Target::There(full, _) if !self.inside(&full) => Look::Refuse(Refusal::Leaves),
            Target::There(..) => Look::Read(FileKind::Data),
        })
    }

    fn id(&self, path: &str) -> Option<Id> {
        match self.revision.target(&self.full(path)) {
            Target::There(full, Kind::File) => self.revision.entry(&full).map(|entry| entry.id),
            Target::There(..) | Target::Outside | Target::Nowhere => None,
        }
    }

    fn all(&self) -> Result<Option<Vec<(String, Id)>>, Failure> {
        let mut found = Vec::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            for (name, entry) in self.revision.entries(&self.full(&directory))? {
                let path = walk::below(&directory, &name);
                match entry.kind {
                    Kind::Directory => open.push(path),
                    Kind::File | Kind::Link => found.push((path, entry.id)),
                    Kind::Submodule => {}
                }
            }
        }
        Ok(Some(found))
    }

    fn read(&self, files: &[Candidate]) -> Vec<Result<Content, Failure>> {
        let find = |one: &Candidate| {
            let full = self.full(&one.path);
            if one.id.is_some() {
                return Ok(full);
            }
            match self.revision.target(&full) {
                Target::There(full, _) => Ok(full),
                Target::Outside | Target::Nowhere => Err(self.unreadable(&one.path)),
            }
        };
        let found: Vec<(Result<String, Failure>, Option<Id>)> = files.iter().map(|one| (find(one), one.id)).collect();
        let there: Vec<(&str, Option<Id>)> =
            found.iter().filter_map(|(full, id)| Some((full.as_deref().ok()?, *id))).collect();
        let mut read = self.revision.contents(&there, LARGEST_FILE).into_iter();
        let content = |(full, _): (Result<String, Failure>, Option<Id>)| {
            let bytes = full.and_then(|path| read.next().unwrap_or_else(|| Err(self.unreadable(&path))))?;
            Ok(bytes.map_or(Content::TooLarge, Content::of))
        };
        found.into_iter().map(content).collect()
    }
}

impl Place for Part<'_> {
    fn name(&self, path: &str) -> String {
        self.whole.name(path)
    }

    fn entries(&self, directory: &str) -> Result<Vec<String>, Failure> {
        self.whole.entries(directory)
    }

    fn has_directory(&self, path: &str) -> bool {
        self.whole.has_directory(path)
    }

    fn look(&self, path: &str, kind: Option<FileKind>) -> Result<Look, Failure> {
        let look = self.whole.look(path, kind)?;
        let Look::Read(FileKind::Definitions) = look else {
            return Ok(if matches!(look, Look::Read(FileKind::Tests)) { Look::Nothing } else { look });
        };
        let full = match self.whole.revision.target(&self.whole.full(path)) {
            Target::There(full, Kind::File) => full,
            Target::There(..) | Target::Outside | Target::Nowhere => return Ok(look),
        };
        let wanted = self.whole.revision.entry(&full).is_none_or(|entry| (self.wanted)(entry.id));
        Ok(if wanted { look } else { Look::Nothing })
    }

    fn data(&self, path: &str) -> Result<Look, Failure> {
        self.whole.data(path)
    }

    fn id(&self, path: &str) -> Option<Id> {
        self.whole.id(path)
    }

    fn all(&self) -> Result<Option<Vec<(String, Id)>>, Failure> {
        self.whole.all()
    }

    fn read(&self, files: &[Candidate]) -> Vec<Result<Content, Failure>> {
        self.whole.read(files)
    }
}

/// There is no workspace.
fn none(revision: &Revision, path: &str) -> Failure {
    let below = walk::below(path, CONFIGURATION);
    let failure = Failure::new(format!(
        "there is no workspace in `{}`: it has no `{below}`",
        revision.name("").trim_end_matches(':')
    ));
    failure.help(format!(
        "`git log --oneline --all -- {below}` names the commits that changed it; where it was elsewhere, write `{}`",
        revision.name("DIRECTORY")
    ))
}
