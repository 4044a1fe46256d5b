//! `flagfall init`: a workspace to begin with.

use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Context, Exit, Format};
use crate::failure::Failure;
use crate::git;
use crate::workspace::write::{Existing, shown, write_all};
use crate::workspace::{self, CONFIGURATION};

/// The files of the workspace, in the order to read them.
const FILES: [(&str, &str); 4] = [
    (CONFIGURATION, include_str!("init/flagfall.kdl")),
    ("vocabulary.kdl", include_str!("init/vocabulary.kdl")),
    ("welcome-banner.kdl", include_str!("init/welcome-banner.kdl")),
    ("welcome-banner.test.kdl", include_str!("init/welcome-banner.test.kdl")),
];

/// The directory that commands look into by themselves.
const USUAL: &str = "flags";

/// Start a workspace that compiles: two environments, one flag, its test
///
/// Writes to the directory `flags` here, where the other commands find it (or right here, when this directory is called
/// `flags`). Never overwrites: where one of the files is there already, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall init
  flagfall init . --ci github
  flagfall init services/shop/flags --ci gitlab")]
pub struct Args {
    /// The directory that is to hold flagfall.kdl [default: flags]
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Also write the job that checks, tests and compares on every change, at the top of the repository
    #[arg(long, value_name = "SERVICE", value_enum)]
    pub ci: Option<Ci>,
}

/// Where changes are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// .github/workflows/flags.yml
    Github,
    /// .gitlab-ci.yml
    Gitlab,
}

impl Ci {
    fn path(self) -> &'static str {
        match self {
            Self::Github => ".github/workflows/flags.yml",
            Self::Gitlab => ".gitlab-ci.yml",
        }
    }

    /// The job for a workspace, whose path is relative to the top of the repository.
    fn text(self, workspace: &str) -> String {
        let template = match self {
            Self::Github => include_str!("init/github.yml"),
            Self::Gitlab => include_str!("init/gitlab.yml"),
        };
        template.replace("WORKSPACE", workspace)
    }
}

/// What a new workspace consists of.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document {
    /// The name of this schema.
    schema: &'static str,
    /// The directory that holds flagfall.kdl.
    workspace: String,
    /// What was written, in the order to read it.
    files: Vec<String>,
}

/// Runs it.
///
/// # Errors
/// When a file is there already or cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("cannot tell where we are: {error}")))?;
    let directory = match &args.directory {
        Some(named) => named.clone(),
        None => usual(&here)?,
    };
    let expires = expiry(context.now).to_string();
    let mut texts: Vec<(PathBuf, String)> =
        FILES.iter().map(|(name, text)| (directory.join(name), text.replace("EXPIRES", &expires))).collect();
    let absolute = plain(&here.join(&directory));
    let top = git::top(&absolute);
    let from_top = quoted(absolute.strip_prefix(top.as_deref().unwrap_or(&here)).unwrap_or(&directory));
    if let Some(ci) = args.ci {
        let root = top.as_deref().unwrap_or(&here);
        let root = root.strip_prefix(&here).unwrap_or(root);
        texts.push((root.join(ci.path()), ci.text(&from_top)));
    }
    write_all(&texts, Existing::Refuse)?;
    report(args, context, &directory, &texts, &from_top);
    Ok(Exit::Clean)
}

/// `flags`, unless that is where we are. A second workspace is nobody's intention.
fn usual(here: &Path) -> Result<PathBuf, Failure> {
    if let Ok(known) = workspace::find(None) {
        let message = format!("`{}` exists already", shown(&known.join(CONFIGURATION)));
        return Err(Failure::new(message).help("for a second workspace, name its directory: `flagfall init DIR`"));
    }
    let in_it = here.file_name().is_some_and(|name| name == USUAL);
    Ok(if in_it { PathBuf::new() } else { PathBuf::from(USUAL) })
}

/// A quarter of a year ahead, so that the flag is not stale before anybody has looked at it.
fn expiry(now: Timestamp) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    today.checked_add(3.months()).unwrap_or(Date::MAX)
}

/// A path without `.` and `..`, by its text alone: what it names may not be there yet.
fn plain(path: &Path) -> PathBuf {
    let mut kept = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    kept
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let bare = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    match text.as_str() {
        "" => ".".to_owned(),
        text if text.chars().all(bare) && !text.starts_with('-') => text.to_owned(),
        text => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn report(args: &Args, context: &mut Context, directory: &Path, texts: &[(PathBuf, String)], from_top: &str) {
    let files: Vec<String> = texts.iter().map(|(path, _)| shown(path)).collect();
    let face = context.options.face();
    let results = context.output.results();
    if face == Format::Json {
        let workspace = shown(if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
        return results.json(&Document { schema: "flagfall.init/1", workspace, files });
    }
    for file in files {
        results.line(file);
    }
    if face == Format::Human {
        context.output.messages().text(&next(args.ci, &quoted(directory), from_top));
    }
}

/// What to do now.
fn next(ci: Option<Ci>, workspace: &str, from_top: &str) -> String {
    let mut text = "\nnext:\n".to_owned();
    for command in ["check", "test", "compile"] {
        text.push_str(&format!("  flagfall {command} {workspace}\n"));
    }
    text.push_str("then commit what compile wrote, too: `compile --check` compares it on every change\n");
    if ci.is_none() {
        for (service, name) in [(Ci::Github, "GitHub"), (Ci::Gitlab, "GitLab")] {
            text.push_str(&format!("\nfor {name}, in {}:\n", service.path()));
            for line in service.text(from_top).lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
    }
    text
}
