//! The pinned programs, by `tests/cluster/assets/build`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs are, or why they are not here.
pub(crate) fn find(set: &str) -> Result<PathBuf, Absent> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/assets/build");
    let output = Command::new(script).arg(set).output().map_err(|error| Absent::Broken(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())),
        Some(3) => Err(Absent::NotAskedFor(said)),
        _ => Err(Absent::Broken(said)),
    }
}

/// Why programs are not here.
pub(crate) enum Absent {
    /// They are in no cache and `FLAGFALL_REQUIRE_CLUSTER=1` did not ask for them.
    NotAskedFor(String),
    /// They could not be made.
    Broken(String),
}

/// Whether what cannot run is a failure.
pub(crate) fn required() -> bool {
    std::env::var_os("FLAGFALL_REQUIRE_CLUSTER").is_some_and(|value| value == "1")
}
