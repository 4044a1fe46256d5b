//! A directory in, its texts out: the edge that touches files.
//!
//! What must not be read (links that leave the workspace, bytes that are no text, files that are too large or that git
//! ignores) is kept out with a finding; what cannot be read ends the run with a [`Failure`].

mod discover;
mod read;
mod rewrite;
mod walk;
pub mod write;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::git::Ignored;
use crate::source::{FileKind, SourceSet, Span, Spanned};
use crate::syntax;

pub use discover::find;
pub use rewrite::rewrite;

/// The file that makes a directory a workspace.
pub const CONFIGURATION: &str = "flagfall.kdl";

/// The most bytes a file may have: 1 MiB.
pub const LARGEST_FILE: u64 = 1 << 20;

/// The texts of a workspace.
#[derive(Debug)]
pub struct Loaded {
    /// The directory that holds `flagfall.kdl`, as people wrote it.
    pub directory: PathBuf,
    /// Its texts: `flagfall.kdl` first, then definitions and tests by path, then data.
    pub sources: SourceSet,
}

/// What loading needs to know about the directory at every step.
struct Place {
    /// As findings call it: relative to where the command runs when below it; empty for the very directory.
    shown: String,
    /// Without links.
    root: PathBuf,
    ignored: Ignored,
}

impl Place {
    /// How findings call a file of the workspace.
    fn name(&self, path: &str) -> String {
        if self.shown.is_empty() { path.to_owned() } else { format!("{}/{path}", self.shown.trim_end_matches('/')) }
    }
}

/// A file worth reading, by its path relative to the workspace.
struct Candidate {
    path: String,
    kind: FileKind,
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
    let root = discover::resolve(directory)?;
    let place = Place { shown: shown.to_owned(), ignored: Ignored::around(&root), root };
    let mut sources = SourceSet::new();
    add(&place, &[Candidate { path: CONFIGURATION.to_owned(), kind: FileKind::Configuration }], &mut sources, sink)?;
    if let Some(below) = definitions(&place, &sources, sink) {
        let candidates = walk::candidates(&place, &below, &mut sources, sink)?;
        add(&place, &candidates, &mut sources, sink)?;
        add_data(&place, &mut sources, sink)?;
    }
    Ok(Loaded { directory: directory.to_owned(), sources })
}

/// Where definitions are, relative to the workspace: the workspace itself unless `definitions "DIR"` says otherwise.
fn definitions(place: &Place, sources: &SourceSet, sink: &mut Sink) -> Option<String> {
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
    let target = place.root.join(&path);
    if target.is_dir() && target.canonicalize().is_ok_and(|target| target.starts_with(&place.root)) {
        return Some(path);
    }
    sink.push(
        Diagnostic::new(Rule::MissingFile, written.span, format!("there is no directory `{}`", written.value))
            .label("definitions are read from here")
            .help("create it below the directory that holds `flagfall.kdl`, or remove the line to read all of the workspace"),
    );
    None
}

/// Reads candidates side by side and adds them in order.
fn add(place: &Place, candidates: &[Candidate], sources: &mut SourceSet, sink: &mut Sink) -> Result<(), Failure> {
    let files: Vec<(PathBuf, String)> =
        candidates.iter().map(|one| (place.root.join(&one.path), place.name(&one.path))).collect();
    let contents: Vec<Result<read::Content, Failure>> =
        files.par_iter().map(|(path, name)| read::read(path, name)).collect();
    for (candidate, content) in candidates.iter().zip(contents) {
        read::add(place, candidate, content?, sources, sink);
    }
    Ok(())
}

/// Adds what `file=` names. What is not there is left out, so that whoever names it is told.
fn add_data(place: &Place, sources: &mut SourceSet, sink: &mut Sink) -> Result<(), Failure> {
    let mut wanted: Vec<Spanned<String>> = syntax::references(sources);
    wanted.sort_by(|a, b| (&a.value, a.span).cmp(&(&b.value, b.span)));
    wanted.dedup_by(|later, earlier| later.value == earlier.value);
    let known: std::collections::BTreeSet<String> = sources.files().map(|(_, file)| file.path.clone()).collect();
    let mut candidates = Vec::new();
    for reference in wanted {
        if known.contains(&reference.value) || discover::normalize(&reference.value).is_none() {
            continue;
        }
        let path = place.root.join(&reference.value);
        // A path through something that is no directory, or to a directory, is as good as none.
        let Ok(target) = path.canonicalize() else {
            if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
                return Err(read::unreadable(&place.name(&reference.value), "permission denied"));
            }
            continue;
        };
        if target.is_dir() {
            continue;
        }
        match refusal(place, &reference, &target) {
            Some(finding) => {
                sink.push(finding);
                let name = place.name(&reference.value);
                sources.add(reference.value, name, FileKind::Refused, "");
            }
            None => candidates.push(Candidate { path: reference.value, kind: FileKind::Data }),
        }
    }
    add(place, &candidates, sources, sink)
}

fn refusal(place: &Place, reference: &Spanned<String>, target: &Path) -> Option<Diagnostic> {
    let path = &reference.value;
    if !target.starts_with(&place.root) {
        let message = format!("`{path}` is a symbolic link that leaves the workspace");
        return Some(
            Diagnostic::new(Rule::OutsideLink, reference.span, message)
                .label("points outside")
                .meaning("what subjects get would depend on files nobody reviews together with the flags")
                .help("copy the file into the workspace"),
        );
    }
    place.ignored.file(&place.root.join(path)).then(|| ignored(reference.span, path))
}

fn ignored(span: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Rule::IgnoredFile, span, format!("git ignores `{path}`, so it was not read"))
        .meaning("it is on this machine only: nobody reviews it, and other machines would compile something else")
        .help(format!("remove it, or un-ignore it in `.gitignore` (`git check-ignore -v {path}` names the line)"))
}
