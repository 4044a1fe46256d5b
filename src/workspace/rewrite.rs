//! Texts of a workspace back to where they came from: all of them or none, and nothing that changed meanwhile.

use std::fs;
use std::path::{Path, PathBuf};

use super::discover;
use super::write::{Existing, shown, write_all};
use crate::failure::Failure;
use crate::source::{FileKind, SourceSet};

/// Writes what differs between two readings of the workspace in `directory`; says which files, as people call them.
///
/// # Errors
/// When a file is no longer what was read, leaves the workspace, or cannot be written. Nothing was changed then.
pub fn rewrite(directory: &Path, before: &SourceSet, after: &SourceSet) -> Result<Vec<String>, Failure> {
    let root = discover::resolve(directory)?;
    let mut texts: Vec<(PathBuf, String)> = Vec::new();
    let mut names = Vec::new();
    for ((_, old), (_, new)) in before.files().zip(after.files()).filter(|((_, old), (_, new))| old.text != new.text) {
        texts.push((place(&root, old.kind, &old.path, &old.name, &old.text)?, new.text.to_string()));
        names.push(old.name.clone());
    }
    write_all(&texts, Existing::Replace)?;
    Ok(names)
}

/// Where a text is, through links that stay inside, as long as it still is what was read.
fn place(root: &Path, kind: FileKind, path: &str, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let refuse = |why: &str| {
        Failure::new(format!("cannot write `{name}`: {why}")).help("nothing was changed; run `flagfall check` again")
    };
    match kind {
        FileKind::Configuration | FileKind::Definitions | FileKind::Tests => {}
        FileKind::Data | FileKind::Refused => return Err(refuse("it holds no definitions")),
    }
    let target = root.join(path).canonicalize().map_err(|error| refuse(&discover::reason(&error)))?;
    if !target.starts_with(root) {
        return Err(refuse("it is a symbolic link that leaves the workspace"));
    }
    let is_same = fs::read(&target).is_ok_and(|bytes| bytes == text.as_bytes());
    if is_same { Ok(target) } else { Err(refuse(&format!("`{}` changed while it was read", shown(&target)))) }
}
