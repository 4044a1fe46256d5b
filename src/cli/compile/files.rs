//! Output files: written all or none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Writes every text to its path in `directory`, or changes nothing.
///
/// # Errors
/// When the directory or one of the files cannot be written.
pub(super) fn write_all(directory: &Path, texts: &[(&Path, String)]) -> Result<(), Failure> {
    let existed = directory.exists();
    if existed && !directory.is_dir() {
        return Err(Failure::new(format!("cannot write to `{}`: it is not a directory", shown(directory))));
    }
    fs::create_dir_all(directory).map_err(|error| failure(directory, &error))?;
    let written = replace_all(directory, texts);
    if written.is_err() && !existed {
        let _ = fs::remove_dir(directory);
    }
    written
}

fn replace_all(directory: &Path, texts: &[(&Path, String)]) -> Result<(), Failure> {
    // Everything that can fail for lack of space or rights happens before the first file is replaced.
    let mut ready = Vec::with_capacity(texts.len());
    for (path, text) in texts {
        if path.is_dir() {
            return Err(Failure::new(format!("cannot write `{}`: it is a directory", shown(path))));
        }
        let previous = match fs::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failure(path, &error)),
        };
        let file = temporary(directory, text.as_bytes()).map_err(|error| failure(path, &error))?;
        ready.push((*path, file, previous));
    }
    let mut replaced: Vec<(&Path, Option<Vec<u8>>)> = Vec::with_capacity(ready.len());
    for (path, file, previous) in ready {
        match file.persist(path) {
            Ok(_) => replaced.push((path, previous)),
            Err(error) => {
                restore(directory, replaced);
                return Err(failure(path, &error.error));
            }
        }
    }
    // The names are safe only when the directory is; a file system that cannot say so is not our business.
    let _ = fs::File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// A file beside its target, with its content on the disk; gone again unless it is persisted.
fn temporary(directory: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".flagfall-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What the user's umask leaves of it, as for any other file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Puts back what was there, as far as the disk lets us.
fn restore(directory: &Path, replaced: Vec<(&Path, Option<Vec<u8>>)>) {
    for (path, previous) in replaced {
        let _ = match previous {
            Some(bytes) => temporary(directory, &bytes).and_then(|file| Ok(file.persist(path).map(drop)?)),
            None => fs::remove_file(path),
        };
    }
}

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

/// A path as people write it.
pub(super) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", shown(path)))
        .help("nothing was changed; make the directory writable or name another with `--out`")
}
