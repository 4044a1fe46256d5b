//! Files out: all of them or none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// What becomes of files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They are made by us, and made anew.
    Replace,
    /// They are somebody's work: nothing is written.
    Refuse,
}

/// What a file is to hold.
pub trait Content {
    /// Writes all of it.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl Content for String {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.as_bytes())
    }
}

/// Writes every text to its path, with the directories it needs, or changes nothing.
///
/// # Errors
/// When one of them cannot be written, or must not be.
pub fn write_all(texts: &[(impl AsRef<Path>, impl Content)], existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Refuse {
        let there = texts.iter().map(|(path, _)| path.as_ref()).filter(|path| path.symlink_metadata().is_ok());
        refuse(&there.collect::<Vec<_>>())?;
    }
    let mut made = Made::default();
    let written = made.write(texts, existing);
    if written.is_err() {
        made.undo();
    }
    written
}

fn refuse(there: &[&Path]) -> Result<(), Failure> {
    let names: Vec<String> = there.iter().map(|path| format!("`{}`", shown(path))).collect();
    let are = match names.as_slice() {
        [] => return Ok(()),
        [_] => "exists",
        _ => "exist",
    };
    Err(Failure::new(format!("{} {are} already", names.join(", ")))
        .help("nothing was written; move what is there away, or name another directory"))
}

/// What has changed on the disk so far.
#[derive(Default)]
struct Made {
    /// Outermost first.
    directories: Vec<PathBuf>,
    /// With what was there before.
    files: Vec<(PathBuf, Option<Previous>)>,
}

/// What was there before a file was written.
enum Previous {
    /// The file itself, under another name until it is not needed any more.
    Linked(tempfile::TempPath),
    /// What it held, where it cannot have two names.
    Read(Vec<u8>),
}

impl Previous {
    /// None where nothing is there.
    fn of(path: &Path) -> io::Result<Option<Self>> {
        let linked = tempfile::Builder::new()
            .prefix(".flagfall-")
            .suffix(".old")
            .make_in(parent(path), |other| fs::hard_link(path, other));
        match linked {
            Ok(linked) => Ok(Some(Self::Linked(linked.into_temp_path()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(_) => match fs::read(path) {
                Ok(bytes) => Ok(Some(Self::Read(bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    fn back(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Linked(linked) => Ok(linked.persist(path)?),
            Self::Read(bytes) => Ok(temporary(parent(path), &bytes)?.persist(path).map(drop)?),
        }
    }
}

impl Content for Vec<u8> {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self)
    }
}

impl Made {
    fn write(&mut self, texts: &[(impl AsRef<Path>, impl Content)], existing: Existing) -> Result<(), Failure> {
        // Everything that can fail for lack of space or rights happens before the first file is put in its place.
        let mut ready = Vec::with_capacity(texts.len());
        for (path, text) in texts {
            let path = path.as_ref();
            let directory = parent(path);
            self.directory(directory)?;
            if path.is_dir() {
                return Err(Failure::new(format!("cannot write `{}`: it is a directory", shown(path))));
            }
            let previous = Previous::of(path).map_err(|error| failure(path, &error))?;
            let file = temporary(directory, text).map_err(|error| failure(path, &error))?;
            if let (Some(_), Ok(there)) = (&previous, fs::metadata(path)) {
                // Whoever may read or run what is there may go on doing so.
                file.as_file().set_permissions(there.permissions()).map_err(|error| failure(path, &error))?;
            }
            ready.push((path, file, previous));
        }
        for (path, file, previous) in ready {
            let placed = match existing {
                Existing::Replace => file.persist(path),
                // Somebody may have been faster since we looked.
                Existing::Refuse => file.persist_noclobber(path),
            };
            placed.map_err(|error| failure(path, &error.error))?;
            self.files.push((path.to_owned(), previous));
            // The names are safe only when the directory is; a file system that cannot say so is not our business.
            let _ = fs::File::open(parent(path)).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }

    /// Makes a directory and those above it that are missing.
    fn directory(&mut self, directory: &Path) -> Result<(), Failure> {
        let missing: Vec<&Path> = directory
            .ancestors()
            .take_while(|above| !above.as_os_str().is_empty() && above.symlink_metadata().is_err())
            .collect();
        for above in missing.into_iter().rev() {
            fs::create_dir(above).map_err(|error| failure(above, &error))?;
            self.directories.push(above.to_owned());
        }
        match directory.is_dir() {
            true => Ok(()),
            false => Err(Failure::new(format!("cannot write to `{}`: it is not a directory", shown(directory)))),
        }
    }

    /// Puts back what was there, as far as the disk lets us.
    fn undo(self) {
        for (path, previous) in self.files {
            let _ = match previous {
                Some(previous) => previous.back(&path),
                None => fs::remove_file(&path),
            };
        }
        for directory in self.directories.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file beside its target, with its content on the disk; gone again unless it is persisted.
fn temporary(directory: &Path, content: &impl Content) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".flagfall-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What the user's umask leaves of it, as for any other file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    content.write_to(file.as_file_mut())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A path as people write it.
#[must_use]
pub fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", shown(path)))
        .help("nothing was changed; make the directory writable or name another one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_named_and_nothing_is_written_around_it() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("mine"), "mine").unwrap();
        let texts = ["new/a", "mine"].map(|name| (root.path().join(name), "ours".to_owned()));
        let failed = write_all(&texts, Existing::Refuse).unwrap_err();
        assert!(failed.message.ends_with("mine` exists already"), "{failed}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_half_way_leaves_what_was_there() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("old"), "before").unwrap();
        // A file cannot be a directory above another.
        let texts = ["old", "new/deep/a", "old/b"].map(|name| (root.path().join(name), "after".to_owned()));
        write_all(&texts, Existing::Replace).unwrap_err();
        assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "before");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
