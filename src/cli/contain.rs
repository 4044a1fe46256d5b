//! Work that what a host sends may end by a signal: it is done in a process of its own, so that somebody is left to say so.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;

use super::Exit;
use crate::failure::Failure;

/// Set for the process that does the work.
const INSIDE: &str = "FLAGFALL_CONTAINED";

/// Runs this very command again in a process of its own, and waits until it ended; none in that process, which does the work.
///
/// # Errors
/// When it cannot be run, or did not end by itself.
pub(super) fn contained() -> Result<Option<Exit>, Failure> {
    if std::env::var_os(INSIDE).is_some() {
        thread::spawn(end_with_parent);
        return Ok(None);
    }
    let cannot = |error: std::io::Error| Failure::new(format!("cannot run a process: {error}"));
    let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
    command.args(std::env::args_os().skip(1)).env(INSIDE, "1").stdin(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    // Held until it ended: when we are killed, it hears the end of it.
    let input = child.stdin.take();
    let ended = child.wait().map_err(cannot)?;
    drop(input);
    match ended.code() {
        Some(0) => Ok(Some(Exit::Clean)),
        Some(1) => Ok(Some(Exit::Found)),
        Some(_) => Ok(Some(Exit::Failed)),
        // Git's library does not survive some redirections.
        None => Err(Failure::new(format!("what the host sent ended git's library ({ended}), so nobody can go on"))
            .help("where the host sends on to another URL, name that one; `flagfall publish --dry-run` says what is published")),
    }
}

/// Whoever asked is gone, so nobody wants the work.
fn end_with_parent() {
    let mut rest = Vec::new();
    let _ = std::io::stdin().lock().read_to_end(&mut rest);
    std::process::exit(i32::from(Exit::Failed.code()));
}
