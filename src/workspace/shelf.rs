//! A workspace whose files are known by what git calls their content, and read only when somebody asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::read::Content;
use super::{CONFIGURATION, Candidate, Committed, Directory, Place, add, add_data, definitions, discover, walk};
use crate::diagnostic::{Rule, Sink};
use crate::failure::Failure;
use crate::git::Revision;
use crate::source::{FileKind, Provenance, SourceSet};

/// What git calls the content of a file: equal ids are equal bytes.
pub use crate::git::Id;

/// The files of a workspace.
pub struct Shelf<'a> {
    place: Box<dyn Place + 'a>,
    directory: PathBuf,
    files: Vec<Listed>,
    leaving: BTreeSet<String>,
    there: Provenance,
}

/// A definition or test file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path relative to the workspace.
    pub path: String,
    /// What it is for.
    pub kind: FileKind,
    /// Its content; none where it cannot be read.
    pub id: Option<Id>,
}

impl<'a> Shelf<'a> {
    /// Looks at the workspace in a directory.
    ///
    /// # Errors
    /// When there is none, or it cannot be looked at.
    pub fn of_directory(directory: &Path) -> Result<Self, Failure> {
        let place = Directory::open(directory, &discover::shown(directory))?;
        Self::open(Box::new(place), directory.to_owned(), super::provenance(directory))
    }

    /// Looks at the workspace of a revision, where [`super::load_revision`] finds it.
    ///
    /// # Errors
    /// When there is none, or it cannot be looked at.
    pub fn of_revision(revision: &'a Revision, workspace: Option<&Path>) -> Result<Self, Failure> {
        let place = Committed::find(revision, workspace)?;
        let (directory, there) = (PathBuf::from(place.directory()), place.provenance());
        Self::open(Box::new(place), directory, there)
    }

    fn open(place: Box<dyn Place + 'a>, directory: PathBuf, there: Provenance) -> Result<Self, Failure> {
        let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
        configuration(place.as_ref(), &mut sources, &mut sink)?;
        let mut files = Vec::new();
        if let Some(below) = definitions(place.as_ref(), &sources, &mut sink) {
            let found = walk::candidates(place.as_ref(), &below, &mut sources, &mut sink)?;
            let listed = |Candidate { path, kind, id }| Listed { id: id.or_else(|| place.id(&path)), path, kind };
            files.extend(found.into_iter().map(listed));
        }
        let leaving = sink.findings().iter().filter(|finding| finding.rule == Rule::OutsideLink);
        let leaving = leaving.filter_map(|finding| finding.span).map(|span| sources.file(span.file).path.clone());
        let leaving = leaving.collect();
        Ok(Self { place, directory, files, leaving, there })
    }

    /// The directory that holds `flagfall.kdl`; of a revision `REV:DIRECTORY`.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its definitions and tests, by path.
    #[must_use]
    pub fn files(&self) -> &[Listed] {
        &self.files
    }

    /// The links that leave the workspace, and are not followed for that.
    #[must_use]
    pub fn leaving(&self) -> &BTreeSet<String> {
        &self.leaving
    }

    /// The content of any file of the workspace; none where there is none.
    #[must_use]
    pub fn id(&self, path: &str) -> Option<Id> {
        self.place.id(path)
    }

    /// Whether a file that is neither definitions nor tests may be another one than in `other`, so that what names it means
    /// something else.
    ///
    /// # Errors
    /// When one of them cannot be looked at.
    pub fn has_other_data(&self, other: &Self) -> Result<bool, Failure> {
        if let (Some((mine, here)), Some((theirs, there))) = (self.place.committed(), other.place.committed()) {
            let differing = mine.differing(here, theirs, there)?;
            return Ok(differing.iter().any(|path| !self.lists(path) && !other.lists(path)));
        }
        let (mine, theirs) = (self.data()?, other.data()?);
        Ok(match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine != theirs,
            (Some(known), None) => known.iter().any(|(path, id)| other.id(path) != Some(*id)),
            (None, Some(known)) => known.iter().any(|(path, id)| self.id(path) != Some(*id)),
            (None, None) => true,
        })
    }

    /// Whether a path is one of its definitions or tests.
    fn lists(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    fn data(&self) -> Result<Option<BTreeMap<String, Id>>, Failure> {
        let all = self.place.all()?;
        Ok(all.map(|all| all.into_iter().filter(|(path, _)| !self.lists(path)).collect()))
    }

    /// The texts of some definitions and tests; none where a file is no text, too large, or cannot be read.
    #[must_use]
    pub fn texts(&self, files: &[&Listed]) -> Vec<Option<String>> {
        let wanted: Vec<Candidate> =
            files.iter().map(|one| Candidate { path: one.path.clone(), kind: one.kind, id: one.id }).collect();
        let read = self.place.read(&wanted).into_iter().map(|content| match content {
            Ok(Content::Text(text)) => Some(text),
            Ok(Content::NotText { .. } | Content::TooLarge) | Err(_) => None,
        });
        read.collect()
    }

    /// Reads `flagfall.kdl`, the files of these paths, and what their `file=` name, as if there were no others.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn load(&self, paths: &BTreeSet<&str>, sink: &mut Sink) -> Result<SourceSet, Failure> {
        let place = self.place.as_ref();
        let mut sources = SourceSet::new();
        configuration(place, &mut sources, sink)?;
        let wanted = self.files.iter().filter(|one| paths.contains(one.path.as_str()));
        let wanted: Vec<Candidate> =
            wanted.map(|one| Candidate { path: one.path.clone(), kind: one.kind, id: one.id }).collect();
        add(place, &wanted, &mut sources, sink)?;
        add_data(place, &mut sources, sink)?;
        Ok(sources.from_there(self.there.clone()))
    }
}

fn configuration(place: &dyn Place, sources: &mut SourceSet, sink: &mut Sink) -> Result<(), Failure> {
    let file = Candidate { path: CONFIGURATION.to_owned(), kind: FileKind::Configuration, id: None };
    add(place, &[file], sources, sink)
}
