//! A file that is replaced whole.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces a file, unless it holds these bytes: whoever opens it sees all of the old ones or all of the new ones, also after the
/// machine went down. Whether it was replaced.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|known| known == bytes) {
        return Ok(false);
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".flagfall-").tempfile_in(parent)?;
    temporary.write_all(bytes)?;
    readable(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    File::open(parent)?.sync_all()?;
    Ok(true)
}

/// Other containers of the pod run as other users.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
