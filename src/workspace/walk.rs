//! Which files of the workspace are definitions and tests.

use super::{CONFIGURATION, Candidate, Place, ignored};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::source::{FileKind, SourceSet, Span, Spanned};

/// Directories that hold what tools made, wherever they are.
pub(super) const NEVER_ENTERED: [&str; 2] = [".git", "node_modules"];
/// The same, directly below the workspace.
const NEVER_ENTERED_ON_TOP: [&str; 2] = ["dist", "target"];

/// Every `*.kdl` below the directory `below` of the workspace, by path. What is kept out is reported.
pub(super) fn candidates(
    place: &dyn Place,
    below: &str,
    sources: &mut SourceSet,
    sink: &mut Sink,
) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    let mut refused: Vec<(String, Refusal)> = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(directory) = open.pop() {
        for (path, look, id) in place.looked(&directory)? {
            match look {
                Look::Nothing => {}
                Look::Enter => open.push(path),
                Look::Read(kind) => found.push(Candidate { path, kind, id }),
                Look::Refuse(refusal) => refused.push((path, refusal)),
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    refused.sort();
    for (path, refusal) in refused {
        let file = sources.add(path.clone(), place.name(&path), FileKind::Refused, "");
        sink.push(refusal.finding(Span::new(file, 0, 0), &path));
    }
    Ok(found)
}

/// What to do with a path.
pub(super) enum Look {
    Nothing,
    Enter,
    Read(FileKind),
    Refuse(Refusal),
}

/// Why something is not read, though it would be one's business.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    Leaves,
    Ignored,
    Nested,
}

impl Refusal {
    fn finding(&self, span: Span, path: &str) -> Diagnostic {
        match self {
            Self::Ignored => ignored(span, path),
            Self::Leaves => {
                let message = format!("`{path}` is a symbolic link that leaves the workspace, so it was not followed");
                Diagnostic::new(Rule::OutsideLink, span, message)
                    .meaning("what subjects get would depend on files nobody reviews together with the flags")
                    .help("copy what it points at into the workspace, or remove the link")
            }
            Self::Nested => {
                let message = format!("`{path}` is a workspace of its own, so nothing in it was read");
                Diagnostic::new(Rule::NestedWorkspace, span, message)
                    .meaning("flags in it are compiled only when it is named as the workspace")
                    .help("move it out, remove its `flagfall.kdl`, or say where this workspace's flags are with `definitions \"DIR\"`")
            }
        }
    }

    /// Of what `file=` names.
    pub(super) fn of_data(&self, reference: &Spanned<String>) -> Diagnostic {
        let path = &reference.value;
        match self {
            Self::Leaves => {
                let message = format!("`{path}` is a symbolic link that leaves the workspace");
                Diagnostic::new(Rule::OutsideLink, reference.span, message)
                    .label("points outside")
                    .meaning("what subjects get would depend on files nobody reviews together with the flags")
                    .help("copy the file into the workspace")
            }
            Self::Ignored | Self::Nested => self.finding(reference.span, path),
        }
    }
}

/// A path below a directory of the workspace; the workspace itself is empty.
pub(super) fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

pub(super) fn skipped(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path == CONFIGURATION || NEVER_ENTERED.contains(&name) || NEVER_ENTERED_ON_TOP.contains(&path)
}

pub(super) fn kind(path: &str) -> Option<FileKind> {
    if path.ends_with(".test.kdl") {
        Some(FileKind::Tests)
    } else {
        path.ends_with(".kdl").then_some(FileKind::Definitions)
    }
}
