//! One side of a comparison: a workspace's directory, a git revision of it, or a configuration file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use super::Context;
use super::eval::target::{is_standard_input, read_configuration};
use super::session::{self, Session};
use crate::compile::{self, Compiled, Origin};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::region::Declared;
use crate::ufc::{self, Config, Format};
use crate::{lower, region, witness};

/// Something to compare, every environment of it compiled.
pub struct Side {
    /// As people wrote it.
    pub name: String,
    /// By name; a file has one.
    pub environments: Vec<Compiled>,
    /// The workspace; none of a file.
    pub workspace: Option<Session>,
    /// What the workspace declares.
    pub declared: Declarations,
    /// The full id of the commit it was read from; none of a directory or file.
    pub commit: Option<String>,
}

impl Side {
    /// What an argument names: a `.json` file (`-` is standard input), a directory that holds `flagfall.kdl`, or a git revision of
    /// the workspace `here` (none: the one found here or above). None when the workspace has errors, which are then reported.
    ///
    /// # Errors
    /// When it is none of these, cannot be read, or is obfuscated.
    pub fn open(argument: &str, here: Option<&Path>, context: &mut Context) -> Result<Option<Self>, Failure> {
        let path = Path::new(argument);
        if Self::is_file(argument) {
            let config = plain(read_configuration(path)?, argument)?;
            let environments = vec![Compiled { config, origins: BTreeMap::new() }];
            return Ok(Some(Self {
                name: argument.to_owned(),
                environments,
                workspace: None,
                declared: Declarations::new(),
                commit: None,
            }));
        }
        let session = session::open_any(Some(path), here, context.now)?;
        Ok(Self::of_session(argument, session, context))
    }

    /// A workspace that was read. None when it has errors, which are then reported.
    pub(super) fn of_session(name: &str, session: Session, context: &mut Context) -> Option<Self> {
        let Some(checked) = &session.checked else {
            session.report(context, true);
            return None;
        };
        let created_at = compile::instant(Timestamp::UNIX_EPOCH);
        let environments = checked.workspace().environments.par_iter();
        let environments =
            environments.map(|environment| compile::compile(checked, environment, &created_at)).collect();
        let declared = lower::declared(&checked.workspace().attributes);
        let commit = session.commit.clone();
        Some(Self { name: name.to_owned(), environments, workspace: Some(session), declared, commit })
    }

    /// Where there is no workspace: no environments, no flags.
    #[must_use]
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            environments: Vec::new(),
            workspace: None,
            declared: Declarations::new(),
            commit: None,
        }
    }

    /// Whether an argument names a configuration file, or standard input.
    #[must_use]
    pub fn is_file(argument: &str) -> bool {
        let path = Path::new(argument);
        is_standard_input(path) || path.extension().is_some_and(|extension| extension == "json") && !path.is_dir()
    }

    /// The names of its environments; of a file the one it is for.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.environments.iter().map(|compiled| compiled.config.environment.as_str()).collect()
    }

    /// An environment. A file is for one, whatever others call it.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Compiled> {
        match &self.workspace {
            None => self.environments.first(),
            Some(_) => self.environments.iter().find(|compiled| compiled.config.environment == name),
        }
    }

    /// The keys of all flags, those that no environment serves too.
    #[must_use]
    pub fn flags(&self) -> BTreeSet<&str> {
        let defined = self.workspace.iter().filter_map(|session| session.checked.as_ref());
        let defined = defined.flat_map(|checked| &checked.workspace().flags).map(|flag| flag.key.value.as_str());
        let served = self.environments.iter().flat_map(|compiled| compiled.config.flags.keys().map(String::as_str));
        defined.chain(served).collect()
    }

    /// How `flagfall eval` is told to look at an environment of it.
    #[must_use]
    pub fn source<'a>(&'a self, environment: &'a str) -> witness::Source<'a> {
        match self.workspace.as_ref().and_then(|session| session.checked.as_ref()) {
            None => witness::Source::File { path: &self.name, environment },
            Some(checked) => {
                let declared = &checked.workspace().attributes;
                witness::Source::Workspace { workspace: Some(&self.name), environment, declared }
            }
        }
    }
}

/// A configuration that can be reasoned about.
///
/// # Errors
/// When it is obfuscated.
pub fn plain(config: Config, name: &str) -> Result<Config, Failure> {
    match config.format {
        Format::Server => Ok(config),
        Format::Client => Err(Failure::new(format!(
            "`{name}` is obfuscated for clients: what its rules say cannot be read"
        ))
        .help(match name.strip_suffix(".client.json") {
            Some(stem) => format!("name the file for servers: `{stem}.json`"),
            None => "name the file for servers, or the workspace it was compiled from".to_owned(),
        })),
    }
}

/// A flag as evaluators find it: none when it is absent or disabled.
///
/// # Errors
/// When its part of the file cannot be read.
pub fn served<'a>(config: &'a Config, key: &str, name: &str) -> Result<Option<&'a ufc::Flag>, Failure> {
    match config.flags.get(key) {
        None => Ok(None),
        Some(Ok(flag)) => Ok(Some(flag).filter(|flag| flag.enabled)),
        Some(Err(problem)) => Err(Failure::new(format!("the flag `{key}` of `{name}` cannot be read: {problem}"))
            .help("mend or remove it; SDKs give everyone the default they pass")),
    }
}

/// Declared attributes by name.
pub type Declarations = BTreeMap<String, Declared>;

/// A flag to reason about. Without origins every allocation is a step.
#[must_use]
pub fn reasoned<'a>(flag: &'a ufc::Flag, origins: Option<&[Origin]>, declared: &'a Declarations) -> region::Side<'a> {
    let steps = origins.map_or_else(|| (0..flag.allocations.len()).collect(), lower::lines);
    region::Side { flag, steps, declared }
}

/// The names of a flag's steps by number: as the workspace calls them, else allocation keys.
#[must_use]
pub fn steps(side: &region::Side<'_>, origins: Option<&[Origin]>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, (step, allocation)) in side.steps.iter().zip(&side.flag.allocations).enumerate() {
        if *step == names.len() {
            let origin = origins.and_then(|origins| origins.get(index));
            names.push(origin.map_or_else(|| allocation.key.clone(), |origin| origin.step.clone()));
        }
    }
    names
}

/// The failure of a name that is not there.
#[must_use]
pub fn unknown<'a>(
    what: &str,
    written: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> Failure {
    Failure::new(format!("there is no {what} `{written}`")).help(suggest::did_you_mean(written, known, otherwise))
}

/// The environments to compare, by the name that both sides are asked for.
///
/// # Errors
/// When there is no such environment, or a file's is none of the workspace's.
pub fn environments<'a>(before: &'a Side, after: &'a Side, wanted: Option<&'a str>) -> Result<Vec<&'a str>, Failure> {
    let workspaces = || [before, after].into_iter().filter(|side| side.workspace.is_some());
    let known: BTreeSet<&str> = workspaces().flat_map(Side::names).collect();
    let files = [before, after].into_iter().filter(|side| side.workspace.is_none());
    let of_file = files.flat_map(Side::names).next();
    match (wanted, of_file) {
        (Some(wanted), _) if known.is_empty() || known.contains(wanted) => Ok(vec![wanted]),
        (Some(wanted), _) => Err(unknown("environment", wanted, known, "declare it with `env` in flagfall.kdl")),
        (None, None) => Ok(known.into_iter().collect()),
        (None, Some(of_file)) if known.is_empty() || known.contains(of_file) => Ok(vec![of_file]),
        (None, Some(of_file)) => {
            let failure =
                Failure::new(format!("the file is for `{of_file}`, which is no environment of the workspace"));
            let names = known.iter().map(|name| format!("`--env {name}`")).collect::<Vec<_>>().join(" or ");
            Err(failure.help(format!("say what to compare it with: {names}")))
        }
    }
}

/// The flags to compare: all that either side has, or the one wanted.
///
/// # Errors
/// When neither has it.
pub fn flags<'a>(before: &'a Side, after: &'a Side, wanted: Option<&'a str>) -> Result<Vec<&'a str>, Failure> {
    let known: BTreeSet<&str> = before.flags().union(&after.flags()).copied().collect();
    match wanted {
        None => Ok(known.into_iter().collect()),
        Some(wanted) if known.contains(wanted) => Ok(vec![wanted]),
        Some(wanted) => Err(unknown("flag", wanted, known, "neither side has it")),
    }
}
