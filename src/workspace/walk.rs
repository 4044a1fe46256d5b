//! Which files of the directory are definitions and tests.

use std::path::{Path, PathBuf};

use super::{CONFIGURATION, Candidate, Place, discover, ignored, read};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::source::{FileKind, SourceSet, Span};

/// Directories that hold what tools made, wherever they are.
const NEVER_ENTERED: [&str; 2] = [".git", "node_modules"];
/// The same, directly below the workspace.
const NEVER_ENTERED_ON_TOP: [&str; 2] = ["dist", "target"];

/// Every `*.kdl` below the directory `below` of the workspace, by path. What is kept out is reported.
pub(super) fn candidates(
    place: &Place,
    below: &str,
    sources: &mut SourceSet,
    sink: &mut Sink,
) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    let mut refused: Vec<(String, Refusal)> = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(directory) = open.pop() {
        for path in entries(place, &directory)? {
            match look(place, &path)? {
                Look::Nothing => {}
                Look::Enter => open.push(path),
                Look::Read(kind) => found.push(Candidate { path, kind }),
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

enum Look {
    Nothing,
    Enter,
    Read(FileKind),
    Refuse(Refusal),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
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
}

/// The paths in a directory, relative to the workspace, sorted.
fn entries(place: &Place, directory: &str) -> Result<Vec<String>, Failure> {
    let cannot = |error: std::io::Error| {
        let name = place.name(directory);
        let name = if name.is_empty() { "." } else { &name };
        Failure::new(format!("cannot read the directory `{name}`: {}", discover::reason(&error)))
            .help("make it readable for whoever runs flagfall, or move it out of the workspace")
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place.root.join(directory)).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name().to_string_lossy().into_owned();
        names.push(if directory.is_empty() { name } else { format!("{directory}/{name}") });
    }
    names.sort();
    Ok(names)
}

fn look(place: &Place, path: &str) -> Result<Look, Failure> {
    let full = place.root.join(path);
    let kind = kind(path);
    let about = match full.symlink_metadata() {
        Ok(about) => about,
        // A name that is not UTF-8 cannot be opened by what is shown of it.
        Err(error) if kind.is_some() => return Err(read::unreadable(&place.name(path), &discover::reason(&error))),
        Err(_) => return Ok(Look::Nothing),
    };
    if skipped(path) {
        return Ok(Look::Nothing);
    }
    if about.is_symlink() {
        return follow(place, path, &full, kind);
    }
    if about.is_dir() {
        return Ok(enter(place, &full));
    }
    Ok(match kind {
        None => Look::Nothing,
        Some(_) if place.ignored.file(&full) => Look::Refuse(Refusal::Ignored),
        Some(kind) => Look::Read(kind),
    })
}

/// A link inside the workspace is not followed where what it points at is read under its own name.
fn follow(place: &Place, path: &str, full: &Path, kind: Option<FileKind>) -> Result<Look, Failure> {
    let target = match full.canonicalize() {
        Ok(target) => target,
        Err(error) if kind.is_some() => return Err(read::unreadable(&place.name(path), &discover::reason(&error))),
        Err(_) => return Ok(Look::Nothing),
    };
    let inside = target.starts_with(&place.root);
    Ok(match kind {
        _ if target.is_dir() && !inside => Look::Refuse(Refusal::Leaves),
        Some(_) if !inside => Look::Refuse(Refusal::Leaves),
        Some(kind) if target.is_file() && target.extension().is_none_or(|extension| extension != "kdl") => {
            Look::Read(kind)
        }
        _ => Look::Nothing,
    })
}

fn enter(place: &Place, full: &Path) -> Look {
    if full.join(CONFIGURATION).is_file() {
        return Look::Refuse(Refusal::Nested);
    }
    if place.ignored.directory(full) {
        return if holds_definitions(full) { Look::Refuse(Refusal::Ignored) } else { Look::Nothing };
    }
    Look::Enter
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

fn skipped(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path == CONFIGURATION || NEVER_ENTERED.contains(&name) || NEVER_ENTERED_ON_TOP.contains(&path)
}

fn kind(path: &str) -> Option<FileKind> {
    if path.ends_with(".test.kdl") {
        Some(FileKind::Tests)
    } else {
        path.ends_with(".kdl").then_some(FileKind::Definitions)
    }
}
