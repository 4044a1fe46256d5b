//! A directory or a git revision in, its texts out: the edge that touches files.
//!
//! What must not be read (links that leave the workspace, bytes that are no text, files that are too large or that git
//! ignores) is kept out with a finding; what cannot be read ends the run with a [`Failure`].

mod directory;
mod discover;
mod read;
mod revision;
mod rewrite;
mod shelf;
mod walk;
pub mod write;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::git::{self, Revision};
use crate::source::{FileKind, Provenance, SourceSet, Span, Spanned};
use crate::syntax;
use directory::Directory;
use read::Content;
use revision::{Committed, Part};
use walk::Look;

pub use discover::find;
pub use rewrite::rewrite;
pub use shelf::{Id, Listed, Shelf};

/// The file that makes a directory a workspace.
pub const CONFIGURATION: &str = "flagfall.kdl";

/// The most bytes a file may have: 1 MiB.
pub const LARGEST_FILE: u64 = 1 << 20;

/// The texts of a workspace.
#[derive(Debug)]
pub struct Loaded {
    /// The directory that holds `flagfall.kdl`, as people wrote it; of a revision `REV:DIRECTORY`.
    pub directory: PathBuf,
    /// Its texts: `flagfall.kdl` first, then definitions and tests by path, then data.
    pub sources: SourceSet,
}

/// Where a workspace's texts come from. Paths are relative to it, with `/`.
trait Place {
    /// How findings call a file of the workspace.
    fn name(&self, path: &str) -> String;

    /// The paths in a directory, in any order.
    fn entries(&self, directory: &str) -> Result<Vec<String>, Failure>;

    /// Whether there is a directory of this path, in the workspace even where links lead to it.
    fn has_directory(&self, path: &str) -> bool;

    /// What to do with a path that the walk came upon.
    fn look(&self, path: &str, kind: Option<FileKind>) -> Result<Look, Failure>;

    /// What a directory holds that may be worth reading, and what to do with it; the content of files where it is known at once.
    fn looked(&self, directory: &str) -> Result<Vec<(String, Look, Option<Id>)>, Failure> {
        let mut paths = self.entries(directory)?;
        // So that of several failures it is the same that ends the run.
        paths.sort();
        let paths = paths.into_iter().filter(|path| !walk::skipped(path));
        paths.map(|path| self.look(&path, walk::kind(&path)).map(|look| (path, look, None))).collect()
    }

    /// The revision it is in, and where in it; none of a directory.
    fn committed(&self) -> Option<(&Revision, &str)> {
        None
    }

    /// What to do with a path that `file=` names.
    fn data(&self, path: &str) -> Result<Look, Failure>;

    /// What git calls the content of a file, links followed; none where there is no file.
    fn id(&self, path: &str) -> Option<Id>;

    /// Every file and its content, in any order, links not followed, where that is known without reading them.
    fn all(&self) -> Result<Option<Vec<(String, Id)>>, Failure>;

    /// What files hold, one by one.
    fn read(&self, files: &[Candidate]) -> Vec<Result<Content, Failure>>;
}

/// A file worth reading, by its path relative to the workspace.
struct Candidate {
    path: String,
    kind: FileKind,
    /// What git calls its content, where that was known at once.
    id: Option<Id>,
}

/// Reads the workspace in `directory`.
///
/// # Errors
/// When the directory, its `flagfall.kdl`, or a definition cannot be read.
pub fn load(directory: &Path, sink: &mut Sink) -> Result<Loaded, Failure> {
    load_as(directory, &discover::shown(directory), sink)
}

/// The same, where findings call the directory `shown`; empty for the very directory people are in.
///
/// # Errors
/// When the directory, its `flagfall.kdl`, or a definition cannot be read.
pub fn load_as(directory: &Path, shown: &str, sink: &mut Sink) -> Result<Loaded, Failure> {
    let place = Directory::open(directory, shown)?;
    let there = provenance(directory);
    Ok(Loaded { directory: directory.to_owned(), sources: sources(&place, sink)?.from_there(there) })
}

/// Where the texts of a directory come from.
fn provenance(directory: &Path) -> Provenance {
    let (below, repository) = (git::below_top(directory), git::published(directory));
    Provenance { directory: below, commit: None, repository }
}

/// Reads the workspace as it is in a revision: in the directory that the revision names (`REV:DIRECTORY`), else where `workspace` is
/// in this work tree, else at the top or in `flags`. Findings name its files `REV:PATH`.
///
/// # Errors
/// When there is none, or one of its files cannot be read.
pub fn load_revision(revision: &Revision, workspace: Option<&Path>, sink: &mut Sink) -> Result<Loaded, Failure> {
    let place = Committed::find(revision, workspace)?;
    let there = place.provenance();
    Ok(Loaded { directory: PathBuf::from(place.directory()), sources: sources(&place, sink)?.from_there(there) })
}

/// Whether a revision holds a workspace where [`load_revision`] looks for it.
///
/// # Errors
/// When this clone lacks a directory on the way, so that nobody can tell.
pub fn is_in_revision(revision: &Revision, workspace: Option<&Path>) -> Result<bool, Failure> {
    revision::is_in(revision, workspace)
}

/// Reads a part of the workspace in a revision: `flagfall.kdl`, of its definitions those that are `wanted` (by the id of their
/// bytes), and the data that these name; no tests.
///
/// # Errors
/// When there is none, or one of its files cannot be read.
pub fn load_part(revision: &Revision, wanted: &dyn Fn(Id) -> bool, sink: &mut Sink) -> Result<Loaded, Failure> {
    let place = Part { whole: Committed::find(revision, None)?, wanted };
    let there = place.whole.provenance();
    Ok(Loaded { directory: PathBuf::from(place.whole.directory()), sources: sources(&place, sink)?.from_there(there) })
}

/// Where the workspace is in a revision, from the top of the repository: see [`load_revision`].
///
/// # Errors
/// When it is nowhere.
pub fn root_in(revision: &Revision, workspace: Option<&Path>) -> Result<String, Failure> {
    Committed::find(revision, workspace).map(|place| place.root().to_owned())
}

fn sources(place: &dyn Place, sink: &mut Sink) -> Result<SourceSet, Failure> {
    let mut sources = SourceSet::new();
    add(
        place,
        &[Candidate { path: CONFIGURATION.to_owned(), kind: FileKind::Configuration, id: None }],
        &mut sources,
        sink,
    )?;
    if let Some(below) = definitions(place, &sources, sink) {
        let candidates = walk::candidates(place, &below, &mut sources, sink)?;
        add(place, &candidates, &mut sources, sink)?;
        add_data(place, &mut sources, sink)?;
    }
    Ok(sources)
}

/// Where definitions are, relative to the workspace: the workspace itself unless `definitions "DIR"` says otherwise.
fn definitions(place: &dyn Place, sources: &SourceSet, sink: &mut Sink) -> Option<String> {
    // What is wrong with the configuration is reported when everything is parsed.
    let configuration = syntax::parse(sources, &mut Sink::new()).configuration;
    let Some(written) = configuration.definitions else { return Some(String::new()) };
    let Some(path) = discover::normalize(&written.value) else {
        let message = format!("`{}` is not inside the workspace", written.value);
        sink.push(
            Diagnostic::new(Rule::MissingFile, written.span, message)
                .label("definitions are read from here")
                .help("name a directory below the one that holds `flagfall.kdl`"),
        );
        return None;
    };
    if place.has_directory(&path) {
        return Some(path);
    }
    sink.push(
        Diagnostic::new(Rule::MissingFile, written.span, format!("there is no directory `{}`", written.value))
            .label("definitions are read from here")
            .help("create it below the directory that holds `flagfall.kdl`, or remove the line to read all of the workspace"),
    );
    None
}

/// Adds files in order.
fn add(place: &dyn Place, files: &[Candidate], sources: &mut SourceSet, sink: &mut Sink) -> Result<(), Failure> {
    for (file, content) in files.iter().zip(place.read(files)) {
        read::add(place.name(&file.path), file, content?, sources, sink);
    }
    Ok(())
}

/// Adds what `file=` names. What is not there is left out, so that whoever names it is told.
fn add_data(place: &dyn Place, sources: &mut SourceSet, sink: &mut Sink) -> Result<(), Failure> {
    let mut wanted: Vec<Spanned<String>> = syntax::references(sources);
    wanted.sort_by(|a, b| (&a.value, a.span).cmp(&(&b.value, b.span)));
    wanted.dedup_by(|later, earlier| later.value == earlier.value);
    let known: std::collections::BTreeSet<String> = sources.files().map(|(_, file)| file.path.clone()).collect();
    let mut candidates = Vec::new();
    for reference in wanted {
        if known.contains(&reference.value) || discover::normalize(&reference.value).is_none() {
            continue;
        }
        match place.data(&reference.value)? {
            Look::Read(kind) => candidates.push(Candidate { path: reference.value, kind, id: None }),
            Look::Refuse(refusal) => {
                sink.push(refusal.of_data(&reference));
                let name = place.name(&reference.value);
                sources.add(reference.value, name, FileKind::Refused, "");
            }
            Look::Nothing | Look::Enter => {}
        }
    }
    add(place, &candidates, sources, sink)
}

fn ignored(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Rule::IgnoredFile, span, format!("git ignores `{path}`, so it was not read"))
        .meaning("it is on this machine only: nobody reviews it, and other machines would compile something else")
        .help(format!("remove it, or un-ignore it in `.gitignore` (`git check-ignore -v {path}` names the line)"))
}
