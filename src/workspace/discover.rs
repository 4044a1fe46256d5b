//! Which directory is the workspace.

use std::path::{Component, Path, PathBuf};

use super::CONFIGURATION;
use crate::failure::Failure;

/// The workspace people mean: the one given, else the nearest `flagfall.kdl` or `flags/flagfall.kdl`, here or above, up to the git root.
///
/// # Errors
/// When there is none.
pub fn find(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        // `flagfall check flags/flagfall.kdl` means the directory.
        let named = path.file_name().is_some_and(|name| name == CONFIGURATION) && !path.is_dir();
        return Ok(if named { path.parent().map_or_else(PathBuf::new, Path::to_owned) } else { path.to_owned() });
    }
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(format!("cannot tell the current directory: {error}")).help("name the workspace")
    })?;
    let mut shown = PathBuf::new();
    for directory in here.ancestors() {
        for below in ["", "flags"] {
            if directory.join(below).join(CONFIGURATION).is_file() {
                return Ok(shown.join(below));
            }
        }
        if directory.join(".git").exists() {
            break;
        }
        shown.push("..");
    }
    Err(Failure::new("there is no `flagfall.kdl` and no `flags/flagfall.kdl` here or above").help(
        "run flagfall in a repository that has one, or name the workspace: the directory that holds `flagfall.kdl`",
    ))
}

/// The directory without links, when it holds a `flagfall.kdl`.
pub(super) fn resolve(directory: &Path) -> Result<PathBuf, Failure> {
    let shown = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let name = shown.display();
    let root = shown.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(format!("there is no directory `{name}`")).help("name the directory that holds `flagfall.kdl`")
        }
        _ => Failure::new(format!("cannot open `{name}`: {}", reason(&error))),
    })?;
    if !root.is_dir() {
        return Err(Failure::new(format!("`{name}` is not a directory"))
            .help("a workspace is the directory that holds `flagfall.kdl`; name that one"));
    }
    match root.join(CONFIGURATION).symlink_metadata() {
        Ok(_) => Ok(root),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let below = root.join("flags").join(CONFIGURATION).is_file();
            let help = if below {
                format!("did you mean `{}`?", shown.join("flags").display())
            } else {
                format!(
                    "create `{}` with a line `edition \"2026\"`, or name the directory that has one",
                    shown.join(CONFIGURATION).display()
                )
            };
            Err(Failure::new(format!("there is no `flagfall.kdl` in `{name}`")).help(help))
        }
        Err(error) => Err(Failure::new(format!("cannot open `{name}`: {}", reason(&error)))),
    }
}

/// The directory as findings call it: relative to where the command runs when below it, with `/`, empty for the very directory.
pub(super) fn shown(directory: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let relative = if directory.is_absolute() { directory.strip_prefix(&here).unwrap_or(directory) } else { directory };
    let kept: PathBuf = relative.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    kept.to_string_lossy().replace('\\', "/")
}

/// A path relative to the workspace with `.` and `..` worked out; none when it leaves the workspace.
pub(super) fn normalize(written: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if written.starts_with('/') {
        return None;
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// What the operating system says, in lower case and without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
