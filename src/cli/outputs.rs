//! `-o KIND[=FILE]`: what a run says besides, for CI. As many as are asked for, whatever the exit code.

use std::fs;
use std::path::{Path, PathBuf};

use super::session::Session;
use super::{Context, FailOn, Format};
use crate::diagnostic::render::report::Report;
use crate::diagnostic::render::{github, gitlab, human, json, junit, markdown, plain, sarif};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::workspace::write::{Existing, shown, write_all};

/// What an output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub's workflow commands.
    Github,
    /// GitLab's Code Quality.
    Gitlab,
    /// The document of `--json`.
    Json,
    /// JUnit XML.
    Junit,
    /// Markdown for a comment or a summary.
    Md,
    /// A line a finding or result.
    Plain,
    /// SARIF 2.1.0.
    Sarif,
}

impl Kind {
    /// Every kind, by name.
    pub const ALL: [Self; 7] =
        [Self::Github, Self::Gitlab, Self::Json, Self::Junit, Self::Md, Self::Plain, Self::Sarif];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Md => "md",
            Self::Plain => "plain",
            Self::Sarif => "sarif",
        }
    }
}

/// An output that was asked for.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it is for.
    pub kind: Kind,
    /// Where it goes; none for standard output.
    pub file: Option<PathBuf>,
}

impl Target {
    /// What `KIND[=FILE]` asks for, of the kinds that a command has.
    ///
    /// # Errors
    /// When there is no such kind, or the file has no name.
    pub fn parse(written: &str, kinds: &[Kind]) -> Result<Self, String> {
        let (name, file) = match written.split_once('=') {
            Some((_, "")) => return Err("the file's name is missing after `=`".to_owned()),
            Some((name, file)) => (name, (file != "-").then(|| PathBuf::from(file))),
            None => (written, None),
        };
        let kind = kinds.iter().copied().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| suggest::did_you_mean(name, kinds.iter().map(|kind| kind.name()), ""))?;
        Ok(Self { kind, file })
    }
}

/// The options of commands that have every kind of output.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// One more output: github, gitlab, json, junit, md, plain or sarif, to a file or (without one) to standard output; may be repeated
    #[arg(short, long = "output", value_name = "KIND[=FILE]", value_parser = |written: &str| Target::parse(written, &Kind::ALL))]
    pub output: Vec<Target>,
    /// What tells this run from others on the same change, in the marker of a comment and the category of an analysis
    #[arg(long = "output-key", value_name = "KEY", requires = "output", value_parser = key)]
    pub key: Option<String>,
}

fn key(written: &str) -> Result<String, String> {
    let known = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    // What ends a comment in HTML, too, would end the marker.
    let fits = !written.is_empty() && written.len() <= 100 && written.chars().all(known) && !written.contains("--");
    if fits {
        Ok(written.to_owned())
    } else {
        Err("a key has letters, digits, `.`, `_`, `/` and single `-`".to_owned())
    }
}

/// Whether the outputs can be written, asked before the work is done.
///
/// # Errors
/// When two of them go to standard output, or a directory is missing.
pub fn prepare(targets: &[Target], context: &Context) -> Result<(), Failure> {
    let face = match context.options.face() {
        // Findings and verdict go to standard error, so results have nothing for people.
        Format::Human => None,
        Format::Plain => Some("--format plain"),
        Format::Json => Some("--json"),
    };
    ready(targets, face)
}

/// The same, where `taken` goes to standard output already.
///
/// # Errors
/// When two of them go to standard output, or a directory is missing.
pub fn ready(targets: &[Target], taken: Option<&str>) -> Result<(), Failure> {
    let asked =
        targets.iter().filter(|target| target.file.is_none()).map(|target| format!("-o {}", target.kind.name()));
    let to_stdout: Vec<String> = taken.map(str::to_owned).into_iter().chain(asked).collect();
    if let [first, second, ..] = to_stdout.as_slice() {
        return Err(Failure::new(format!("`{first}` and `{second}` would both go to standard output"))
            .help("send one of them to a file: `-o KIND=FILE`"));
    }
    let mut files: Vec<&Path> = targets.iter().filter_map(|target| target.file.as_deref()).collect();
    for file in &files {
        let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !directory.is_dir() {
            let (file, directory) = (shown(file), shown(directory));
            return Err(Failure::new(format!("cannot write `{file}`: there is no directory `{directory}`"))
                .help("nothing was written; create the directory, or name a file in one that is there"));
        }
        if file.is_dir() {
            return Err(Failure::new(format!("cannot write `{}`: it is a directory", shown(file)))
                .help("nothing was written; name a file in it"));
        }
    }
    files.sort_unstable();
    match files.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => {
            let file = pair.first().map(|file| shown(file)).unwrap_or_default();
            Err(Failure::new(format!("two outputs would be written to `{file}`")).help("name a file for each"))
        }
        None => Ok(()),
    }
}

/// Writes every output: files all or none, then standard output.
///
/// # Errors
/// When one cannot be made or written.
pub fn write(
    targets: &[Target],
    make: &dyn Fn(Kind) -> Result<String, Failure>,
    context: &mut Context,
) -> Result<(), Failure> {
    let (mut files, mut devices, mut printed) = (Vec::new(), Vec::new(), String::new());
    for target in targets {
        let text = make(target.kind)?;
        match &target.file {
            None => printed.push_str(&text),
            Some(file) => match fs::canonicalize(file) {
                // A pipe or a terminal has no place to put another file into.
                Ok(there) if !there.is_file() => devices.push((file, text)),
                // A link stays one.
                Ok(there) => files.push((there, text)),
                Err(_) => files.push((file.clone(), text)),
            },
        }
    }
    write_all(&files, Existing::Replace)?;
    for (file, text) in devices {
        fs::write(file, text).map_err(|error| Failure::new(format!("cannot write `{}`: {error}", shown(file))))?;
    }
    context.output.results().text(&printed);
    Ok(())
}

/// A report in the face for one kind of output. `document` makes the command's own `--json`.
#[must_use]
pub fn face(kind: Kind, report: &Report<'_>, document: &dyn Fn() -> String) -> String {
    match kind {
        Kind::Github => github::render(report),
        Kind::Gitlab => gitlab::render(report),
        Kind::Json => document(),
        Kind::Junit => junit::render(report),
        Kind::Md => markdown::render(report),
        Kind::Plain => plain::render(report.findings, report.sources),
        Kind::Sarif => sarif::render(report),
    }
}

impl Session {
    /// What the findings have to say to CI. `command` is the one that lists them, without the workspace.
    #[must_use]
    pub fn for_ci(&self, command: &str, key: Option<String>, fail_on: FailOn) -> Report<'_> {
        let failing = fail_on.severity();
        let workspace = self.sources.workspace().map_or_else(String::new, |given| format!(" {given}"));
        Report {
            command: format!("{command}{workspace}"),
            key,
            passed: self.exit(fail_on) == super::Exit::Clean,
            verdict: human::summary(&self.findings, &self.summary),
            failing,
            findings: &self.findings,
            sources: &self.sources,
            summary: self.summary,
            sections: Vec::new(),
            suites: Vec::new(),
        }
    }

    /// Writes what `-o` asks for about the findings.
    ///
    /// # Errors
    /// When an output cannot be written.
    pub(super) fn write_outputs(&self, options: &Options, command: &str, context: &mut Context) -> Result<(), Failure> {
        if options.output.is_empty() {
            return Ok(());
        }
        let report = self.for_ci(command, options.key.clone(), context.options.fail_on);
        let document = || json::render(&self.findings, &self.sources, &self.summary);
        write(&options.output, &|kind| Ok(face(kind, &report, &document)), context)
    }
}
