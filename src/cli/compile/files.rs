//! Output files that are there already.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace::write::shown;

/// Compiled files in `directory` whose environment is not `known`, sorted. Other JSON files are none of our business.
///
/// # Errors
/// When the directory is there but cannot be read.
pub(super) fn compiled(directory: &Path, known: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure(directory, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failure(directory, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
        let Some(name) = name else { continue };
        if !known(name.strip_suffix(".client").unwrap_or(name)) && is_compiled(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_compiled(path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    serde_json::from_slice::<serde_json::Value>(&bytes)
        .is_ok_and(|document| document.get("flags").is_some() && document.get("format").is_some())
}

/// Reads a file; none when it is not there.
///
/// # Errors
/// When it is there but cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(format!("cannot read `{}`: {error}", shown(path)))),
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read `{}`: {error}", shown(path)))
        .help("make it readable, or name another directory with `--out`")
}
