//! A published commit: compiled files, and a manifest that says what they are and what they were compiled from.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{COMPILER, Digest, Overrides, names, overrides};
use crate::check::Checked;
use crate::compile::compile;
use crate::diff::Class;
use crate::ufc::{self, Config};

/// What a manifest calls its schema.
const SCHEMA: &str = "flagfall.manifest/1";

/// `manifest.json` of a published commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// `flagfall.manifest/1`.
    pub schema: String,
    /// What was compiled.
    pub source: Source,
    /// The version of flagfall that compiled it.
    pub compiler: String,
    /// The worst change against what was published before: `same`, `relabel`, `sticky`, `release`, `reassign`, `retype`, `remove`,
    /// `undecided`; null where nothing was.
    pub class: Option<String>,
    /// In the order of flagfall.kdl.
    pub environments: Vec<Environment>,
}

/// What was compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The full id of the commit.
    pub commit: String,
    /// Its time, which is also the `createdAt` of the files.
    pub committed_at: String,
    /// The workspace's directory, from the top of the repository; empty for the top.
    pub path: String,
    /// Where the repository is published, as far as that is known and public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// An environment in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// How many flags it has.
    pub flags: usize,
    /// As [`Release::class`], of this environment alone.
    pub class: Option<String>,
    /// Allocations that override the waterfall on purpose, which guards exempt: flag → allocation keys.
    pub overrides: Overrides,
    /// The form for servers, then the one for clients where there is one.
    pub files: Vec<File>,
}

/// A compiled file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its name, beside the manifest.
    pub file: String,
    /// `SERVER` or `CLIENT`.
    pub format: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
}

/// A workspace, compiled to be published.
pub struct Built {
    /// Its manifest; classes are not known yet.
    pub release: Release,
    /// Name → bytes; without the manifest.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Of each environment the form for servers, in order.
    pub configs: Vec<Config>,
}

/// Compiles every environment of a workspace: a function of the commit, and of this version of flagfall.
#[must_use]
pub fn build(checked: &Checked, source: Source, client: bool) -> Built {
    let environments: Vec<&str> = checked.workspace().environments.iter().map(|one| one.name.value.as_str()).collect();
    let made: Vec<(Environment, Config, Files)> =
        environments.par_iter().filter_map(|name| environment(checked, name, &source.committed_at, client)).collect();
    let mut built = Built {
        release: Release {
            schema: SCHEMA.to_owned(),
            source,
            compiler: COMPILER.to_owned(),
            class: None,
            environments: Vec::new(),
        },
        files: BTreeMap::new(),
        configs: Vec::new(),
    };
    for (environment, config, files) in made {
        built.release.environments.push(environment);
        built.configs.push(config);
        built.files.extend(files);
    }
    built
}

/// Names and bytes, the form for servers first.
type Files = Vec<(String, Vec<u8>)>;

fn environment(checked: &Checked, name: &str, created_at: &str, client: bool) -> Option<(Environment, Config, Files)> {
    let config = configuration(checked, name, created_at)?;
    let files = texts(&config, client);
    let listed = files.iter().zip(["SERVER", "CLIENT"]).map(|((file, bytes), format)| File::new(file, format, bytes));
    let environment = Environment {
        name: name.to_owned(),
        flags: config.flags.len(),
        class: None,
        overrides: overrides(checked, name),
        files: listed.collect(),
    };
    Some((environment, config, files))
}

/// One environment, compiled; none where the workspace has no such environment.
#[must_use]
pub fn configuration(checked: &Checked, environment: &str, created_at: &str) -> Option<Config> {
    let known = &checked.workspace().environments;
    let environment = known.iter().find(|known| known.name.value == environment)?;
    Some(compile(checked, environment, created_at).config)
}

fn texts(config: &Config, client: bool) -> Files {
    let name = &config.environment;
    let server = (format!("{name}.json"), ufc::write::to_json(config).into_bytes());
    let client = client.then(|| {
        let text = ufc::write::to_json(&ufc::obfuscate(config));
        (format!("{name}.client.json"), text.into_bytes())
    });
    std::iter::once(server).chain(client).collect()
}

impl File {
    fn new(file: &str, format: &str, bytes: &[u8]) -> Self {
        Self {
            file: file.to_owned(),
            format: format.to_owned(),
            sha256: Digest::of(bytes).to_string(),
            bytes: bytes.len(),
        }
    }
}

/// An environment of a published commit, every byte as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The form for servers.
    pub bytes: Vec<u8>,
    /// The form for clients, where it was published.
    pub client: Option<Vec<u8>>,
    /// How many flags it has.
    pub flags: usize,
    /// What guards exempt.
    pub overrides: Overrides,
}

/// Why a published commit is not what its manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// `manifest.json` is not one.
    Manifest(String),
    /// It does not know the environment.
    Environment {
        /// The one that was asked for.
        asked: String,
        /// Those that it knows.
        known: Vec<String>,
    },
    /// It names a file that is not beside it.
    Elsewhere(String),
    /// A file is not there.
    Missing(String),
    /// A file is not what the manifest says.
    Digest {
        /// Which.
        file: String,
        /// What the manifest says.
        expected: String,
        /// What it is.
        found: Digest,
    },
    /// A file is no configuration for servers, of that many flags.
    Configuration {
        /// Which.
        file: String,
        /// Why not.
        problem: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(problem) => write!(f, "`{}` is no manifest of flagfall: {problem}", names::MANIFEST),
            Self::Environment { asked, known } => {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                write!(f, "`{asked}` is not published; there are {known}")
            }
            Self::Elsewhere(file) => write!(f, "`{}` names `{file}`, which is not beside it", names::MANIFEST),
            Self::Missing(file) => write!(f, "`{file}` is missing"),
            Self::Digest { file, expected, found } => {
                write!(f, "the SHA-256 of `{file}` is {found}, the manifest says {expected}")
            }
            Self::Configuration { file, problem } => write!(f, "`{file}` is no configuration: {problem}"),
        }
    }
}

impl std::error::Error for Mismatch {}

impl Release {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn read(bytes: &[u8]) -> Result<Self, Mismatch> {
        let release: Self = serde_json::from_slice(bytes).map_err(|error| Mismatch::Manifest(error.to_string()))?;
        if release.schema != SCHEMA {
            return Err(Mismatch::Manifest(format!("its schema is `{}`, not `{SCHEMA}`", release.schema)));
        }
        Ok(release)
    }

    /// The text of `manifest.json`.
    #[must_use]
    pub fn text(&self) -> String {
        // Strings and numbers do not fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// All files that it lists.
    pub fn files(&self) -> impl Iterator<Item = (&Environment, &File)> {
        self.environments.iter().flat_map(|one| one.files.iter().map(move |file| (one, file)))
    }

    /// An environment's files, verified. `file` reads a file beside the manifest.
    ///
    /// # Errors
    /// When they are not what the manifest says.
    pub fn open(&self, environment: &str, file: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Verified, Mismatch> {
        let Some(here) = self.environments.iter().find(|here| here.name == environment) else {
            let known = self.environments.iter().map(|one| one.name.clone()).collect();
            return Err(Mismatch::Environment { asked: environment.to_owned(), known });
        };
        let mut server = None;
        let mut client = None;
        for listed in &here.files {
            let bytes = Some(listed.verified(file)?);
            if listed.format == "CLIENT" { client = bytes } else { server = bytes }
        }
        let bytes = server.ok_or_else(|| Mismatch::Missing(format!("{environment}.json")))?;
        let name =
            here.files.iter().find(|listed| listed.format != "CLIENT").map_or(environment, |listed| &listed.file);
        let wrong = |problem: String| Mismatch::Configuration { file: name.to_owned(), problem };
        let config = ufc::read(&bytes).map_err(|error| wrong(error.to_string()))?;
        if config.format != ufc::Format::Server {
            return Err(wrong("it is obfuscated for clients".to_owned()));
        }
        if config.flags.len() != here.flags {
            return Err(wrong(format!("it has {} flags, the manifest says {}", config.flags.len(), here.flags)));
        }
        Ok(Verified { bytes, client, flags: here.flags, overrides: here.overrides.clone() })
    }

    /// Notes what changed against what was published before, by environment.
    pub(crate) fn classify(&mut self, class_of: impl Fn(&str) -> Option<Class>) {
        let mut worst = None;
        for environment in &mut self.environments {
            let class = class_of(&environment.name);
            environment.class = class.map(|class| class.word().to_owned());
            worst = worst.max(class);
        }
        self.class = worst.map(|class| class.word().to_owned());
    }
}

impl File {
    /// Its bytes, as the manifest says.
    pub(crate) fn verified(&self, file: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, Mismatch> {
        let name = &self.file;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return Err(Mismatch::Elsewhere(name.clone()));
        }
        let bytes = file(name).ok_or_else(|| Mismatch::Missing(name.clone()))?;
        let found = Digest::of(&bytes);
        if found.to_string() != self.sha256 || bytes.len() != self.bytes {
            return Err(Mismatch::Digest { file: name.clone(), expected: self.sha256.clone(), found });
        }
        Ok(bytes)
    }
}
