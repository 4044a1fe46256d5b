//! A workspace opened for a command: texts, findings, and the proof where there are no errors.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::diff::sides::Part;
use super::{Exit, FailOn};
use crate::check::{self, Checked};
use crate::diagnostic::render::Summary;
use crate::diagnostic::{Diagnostic, Sink, level};
use crate::failure::Failure;
use crate::git::Revision;
use crate::model::{Workspace, resolve};
use crate::safety;
use crate::source::{FileKind, SourceSet};
use crate::syntax;
use crate::workspace::{self, Loaded};

/// What opening a workspace gives.
#[derive(Debug)]
pub struct Session {
    /// The directory that holds `flagfall.kdl`.
    pub directory: PathBuf,
    /// Its texts.
    pub sources: SourceSet,
    /// Every finding, levels applied, by file and place.
    pub findings: Vec<Diagnostic>,
    /// The workspace; none when a finding is an error.
    pub checked: Option<Checked>,
    /// How much was read and found.
    pub summary: Summary,
    /// The full id of the commit it was read from; none of a directory.
    pub commit: Option<String>,
}

/// Opens the workspace given, or the one found here or above. `now` decides which dates have passed.
///
/// # Errors
/// When there is none or it cannot be read.
pub fn open(given: Option<&Path>, now: Timestamp) -> Result<Session, Failure> {
    let mut sink = Sink::new();
    let loaded = load(given, &mut sink)?;
    Ok(read(loaded, sink, now))
}

/// The workspace given, or the one found here or above, compared with what it was at `base`: a revision or a directory.
///
/// # Errors
/// When either cannot be read, or the base has errors.
pub fn open_against(given: Option<&Path>, base: Option<&str>, now: Timestamp) -> Result<Session, Failure> {
    let Some(base) = base else { return open(given, now) };
    let before = self::base(base, given, now)?;
    let mut sink = Sink::new();
    let Loaded { directory, sources } = load(given, &mut sink)?;
    let loaded = Loaded { directory, sources: sources.with_base(&before.sources) };
    Ok(read_against(loaded, sink, before.checked.as_ref().map(Checked::workspace), now))
}

/// What a workspace was.
pub(super) fn base(base: &str, given: Option<&Path>, now: Timestamp) -> Result<Session, Failure> {
    let session = open_any(Some(Path::new(base)), given, now)?;
    if session.checked.is_none() {
        return Err(Failure::new(format!("the base `{base}` has errors, so nobody can tell what changes"))
            .help(format!("see them with `flagfall check` there, or name another base than `{base}`")));
    }
    Ok(session)
}

/// The texts of the workspace given, or of the one found here or above.
pub(super) fn load(given: Option<&Path>, sink: &mut Sink) -> Result<Loaded, Failure> {
    let loaded = workspace::load(&workspace::find(given)?, sink)?;
    Ok(found_by(given, loaded))
}

/// Whoever is shown a command about these texts gets one that finds them.
fn found_by(given: Option<&Path>, loaded: Loaded) -> Loaded {
    let given = given.map(|path| path.to_string_lossy().into_owned());
    Loaded { sources: loaded.sources.of_workspace(given), ..loaded }
}

/// The same, where what is given may also be a git revision: its workspace is read without a checkout, as of its commit's time.
/// `here` is the workspace whose place in the repository it has; none for the one found here or above.
///
/// # Errors
/// When it is neither, or cannot be read.
pub fn open_any(given: Option<&Path>, here: Option<&Path>, now: Timestamp) -> Result<Session, Failure> {
    let Some(path) = given else { return open(None, now) };
    let here = here.map(Path::to_owned).or_else(|| workspace::find(None).ok());
    let Named::Revision(revision) = named(path, here.as_deref())? else { return open(given, now) };
    open_revision(&revision, here.as_deref())
}

/// The workspace of a revision, which has the place in it that `here` has in the work tree.
///
/// # Errors
/// When it has none, or it cannot be read.
pub(super) fn open_revision(revision: &Revision, here: Option<&Path>) -> Result<Session, Failure> {
    let mut sink = Sink::new();
    let loaded = workspace::load_revision(revision, here, &mut sink)?;
    let found = loaded.directory.clone();
    let session = read(found_by(Some(&found), loaded), sink, revision.time);
    Ok(Session { commit: Some(revision.commit.clone()), ..session })
}

/// What an argument names.
pub(super) enum Named {
    /// A directory.
    Directory,
    /// A git revision.
    Revision(Box<Revision>),
}

/// Whether an argument names a directory or a revision of the repository around the workspace `here`.
///
/// # Errors
/// When it is neither.
pub(super) fn named(path: &Path, here: Option<&Path>) -> Result<Named, Failure> {
    if is_workspace(path) {
        return Ok(Named::Directory);
    }
    let around = here.filter(|directory| directory.is_dir()).unwrap_or(Path::new("."));
    let text = path.to_string_lossy();
    match Revision::open(around, &text) {
        Ok(revision) => Ok(Named::Revision(Box::new(revision))),
        // What is there, or is written as a path, was not meant as a revision.
        Err(_) if path.exists() || text.starts_with(['.', '/']) || text.ends_with('/') => Ok(Named::Directory),
        Err(failure) => Err(failure),
    }
}

fn is_workspace(path: &Path) -> bool {
    path.join(workspace::CONFIGURATION).is_file()
        || path.file_name().is_some_and(|name| name == workspace::CONFIGURATION)
}

/// Reads what was loaded. `sink` holds what loading found.
#[must_use]
pub fn read(loaded: Loaded, sink: Sink, now: Timestamp) -> Session {
    read_against(loaded, sink, None, now)
}

/// The same, compared with what the workspace was: what changes do to subjects is found, too. What is gone is shown where the base's
/// texts are behind those that were loaded.
#[must_use]
pub fn read_against(loaded: Loaded, sink: Sink, base: Option<&Workspace>, now: Timestamp) -> Session {
    let Loaded { directory, sources } = loaded;
    let judged = judge(&sources, sink, now, base);
    told(directory, sources, judged)
}

/// Checks a part of what was loaded, as if it were all there is. Commands find the workspace when they are given it so.
pub(super) fn check_part(
    directory: &Path,
    given: Option<String>,
    (sources, resolved): (SourceSet, Resolved),
    now: Timestamp,
    part: &Part<'_>,
) -> Session {
    let sources = sources.of_workspace(given);
    let judged = resolved.judge(&sources, now, None, Some(part));
    told(directory.to_owned(), sources, judged)
}

fn told(directory: PathBuf, sources: SourceSet, judged: Judged) -> Session {
    let Judged { workspace, findings, defined } = judged;
    let summary = Summary {
        files: sources.files().filter(|(_, file)| file.kind != FileKind::Data).count(),
        flags: defined,
        environments: workspace.environments.len(),
        ..Summary::of(&findings)
    };
    let checked = Checked::prove(workspace, &findings);
    Session { directory, sources, findings, checked, summary, commit: None }
}

/// What texts say.
pub(super) struct Judged {
    /// As far as it could be resolved.
    pub workspace: Workspace,
    /// Every finding, levels applied, by file and place.
    pub findings: Vec<Diagnostic>,
    /// How many flags are defined.
    pub defined: usize,
}

/// What texts say, not checked yet.
pub(super) struct Resolved {
    sink: Sink,
    workspace: Workspace,
    defined: usize,
}

/// Reads texts and checks what they say. `sink` holds what loading them found.
pub(super) fn judge(sources: &SourceSet, sink: Sink, now: Timestamp, base: Option<&Workspace>) -> Judged {
    resolve(sources, sink, None).judge(sources, now, base, None)
}

/// Reads texts; of a part only what belongs to it.
pub(super) fn resolve(sources: &SourceSet, mut sink: Sink, part: Option<&Part<'_>>) -> Resolved {
    let mut ast = syntax::parse(sources, &mut sink);
    if let Some(part) = part {
        sink.retain_from(0, |finding| part.concerns(finding, sources));
        part.keep(&mut ast, sources);
    }
    let defined: BTreeSet<String> = ast.flags.iter().map(|flag| flag.key.value.clone()).collect();
    let workspace = resolve::resolve(ast, &mut sink);
    Resolved { sink, workspace, defined: defined.len() }
}

impl Resolved {
    /// What was found so far.
    pub(super) fn findings(&self) -> &[Diagnostic] {
        self.sink.findings()
    }

    fn judge(self, sources: &SourceSet, now: Timestamp, base: Option<&Workspace>, part: Option<&Part<'_>>) -> Judged {
        let Self { mut sink, workspace, defined } = self;
        let today = now.to_zoned(TimeZone::UTC).date();
        match part {
            // Of a part it is asked what changes; what is wrong with the whole is told elsewhere.
            Some(_) => check::run_for_compiling(&workspace, sources, today, &mut sink),
            None => check::run(&workspace, sources, today, &mut sink),
        }
        if let Some(base) = base {
            safety::run(base, &workspace, sources, (None, &|_, _| None), now, &mut sink);
        }
        let mut applied = Sink::new();
        for finding in level::apply(sink.into_findings(), &workspace, sources, today) {
            if part.is_none() || Part::can_judge(finding.rule) {
                applied.push(finding);
            }
        }
        Judged { findings: applied.into_sorted(sources), defined, workspace }
    }
}

impl Session {
    /// Whether the findings fail the run.
    #[must_use]
    pub fn exit(&self, fail_on: FailOn) -> Exit {
        let failing = self.summary.errors + if fail_on == FailOn::Warning { self.summary.warnings } else { 0 };
        if failing == 0 { Exit::Clean } else { Exit::Found }
    }
}
