//! Remote repositories: fetching one commit within limits, verifying who signed it, and compiling what it says. An edge.
//!
//! Fetching and compiling run in a child process of their own (`flagfall worker`), which knows nothing of any cluster: its memory,
//! its time and what it may be made to do by a hostile repository are bounded there.

mod address;
mod cache;
mod change;
mod fetch;
mod history;
mod host;
mod hosts;
mod published;
mod redact;
mod run;
mod settings;
mod signature;
mod tree;
mod work;

use serde::{Deserialize, Serialize};

use crate::publish::COMPILER;

pub use crate::publish::Change;
pub use run::{run, run_by};
pub use work::{Compile, Made, Source, work};

/// What a worker is asked for, as JSON on its standard input.
#[derive(Clone, Serialize, Deserialize)]
pub struct Request {
    /// `https://…`, `ssh://…`, `git@host:path` or `file://…`; without user information, but for the name that ssh signs in with.
    pub url: String,
    /// Which commit.
    pub reference: Reference,
    /// The directory with `flagfall.kdl` (`definitions`) or `manifest.json` (`published`); empty: the top.
    pub path: String,
    /// What is there.
    pub mode: Mode,
    /// Which environment.
    pub environment: String,
    /// Also the obfuscated form for clients.
    pub client: bool,
    /// How to sign in.
    pub credentials: Credentials,
    /// Lines of a `known_hosts` file; ssh hosts that are not in it are refused.
    pub known_hosts: String,
    /// PEM certificates of authorities to trust for https beside the system's.
    pub certificates: String,
    /// Who may sign commits, as `allowed_signers` lines of ssh-keygen; none: signatures are not looked at.
    pub verify: Option<Verify>,
    /// The directory of the bare repository that is kept for this source and these credentials.
    pub cache: std::path::PathBuf,
    /// What is live now: the commit, for `verify` of all commits since and for telling a rewritten history.
    pub applied: Option<String>,
    /// The configuration that is live now, for the guard; a file.
    pub live: Option<std::path::PathBuf>,
    /// What was fetched of this reference into [`Request::cache`] at this Unix time in milliseconds or later will do; none: ask the
    /// host in any case. With the time at which a sync fell due, syncs that share a cache ask the host once.
    #[serde(default)]
    pub fetched_since: Option<u64>,
    /// A commit whose configuration the asker has, made for a request like this one. Where the reference still names it, and this very
    /// compiler made it, nothing is verified or compiled again.
    #[serde(default)]
    pub known: Option<Known>,
    /// Where to write the configuration: `config.json` and `client.json` in this directory.
    pub out: std::path::PathBuf,
    /// `file://`, loopback and link-local hosts are allowed.
    pub allow_local: bool,
    /// Limits on what is received.
    pub caps: Caps,
}

/// A branch, a tag or a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    /// A branch's name.
    Branch(String),
    /// A tag's name.
    Tag(String),
    /// A full commit id.
    Commit(String),
}

/// What a source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// KDL, compiled here.
    Definitions,
    /// Compiled files and a manifest, verified here.
    Published,
}

/// How to sign in. Never shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Credentials {
    /// Without.
    None,
    /// https with a name and a password or token.
    Basic {
        /// The name; `git` for most hosts' tokens.
        username: String,
        /// The password or token.
        password: String,
    },
    /// ssh with a private key.
    Key {
        /// The private key, OpenSSH or PEM.
        private: String,
        /// Its passphrase, where it has one.
        passphrase: Option<String>,
    },
}

/// Who may sign, and which commits are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// `allowed_signers` lines.
    pub signers: String,
    /// Every commit since the merge base with the applied one, not only the tip.
    pub every: bool,
}

/// What was made before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The full id of the commit.
    pub revision: String,
    /// The compiler's version.
    pub compiler: String,
}

impl Known {
    /// A commit that this compiler was given.
    #[must_use]
    pub fn here(revision: &str) -> Self {
        Self { revision: revision.to_owned(), compiler: COMPILER.to_owned() }
    }
}

/// Limits; what goes over one is refused with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// Bytes received.
    pub received: u64,
    /// Bytes inflated: all objects read, and any pack.
    pub inflated: u64,
    /// Objects in a pack.
    pub objects: u64,
    /// Files below `path`.
    pub files: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Depth of directories.
    pub depth: u32,
    /// Seconds for the whole.
    pub seconds: u64,
}

impl Default for Caps {
    /// What a repository of 10 000 flags needs, several times over.
    fn default() -> Self {
        Self {
            received: 128 << 20,
            inflated: 64 << 20,
            objects: 400_000,
            files: 50_000,
            file: 48 << 20,
            depth: 32,
            seconds: 60,
        }
    }
}

/// What a worker found, as JSON on its standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// There is a configuration.
    Built(Built),
    /// It is the one that the asker has: [`Request::known`].
    Unchanged(Unchanged),
    /// There is none.
    Failed(Failed),
}

/// Nothing is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unchanged {
    /// Full id of the commit.
    pub revision: String,
    /// Bytes received from the remote.
    pub received: u64,
}

/// A configuration was made, and written to [`Request::out`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// Full id of the commit.
    pub revision: String,
    /// Who signed it, by the name in `allowed_signers`.
    pub signer: Option<String>,
    /// SHA-256 of `config.json`, hexadecimal.
    pub digest: String,
    /// How many flags it has.
    pub flags: usize,
    /// The applied commit is not among its ancestors.
    pub rewritten: bool,
    /// What differs from what is live; none where nothing is.
    pub change: Option<Change>,
    /// Bytes received from the remote.
    pub received: u64,
    /// Seconds spent compiling.
    pub compile_seconds: f64,
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// One of [`Reason`]'s words.
    pub reason: Reason,
    /// What happened, and what to do; without secrets.
    pub message: String,
    /// The commit, where it was known.
    pub revision: Option<String>,
}

impl Failed {
    /// Without a commit.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), revision: None }
    }
}

/// Why a source gives no configuration; the words are reasons of the `Ready` condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Signing in failed, or needs credentials.
    AuthFailed,
    /// The host was not reached, answered nonsense or nothing in time.
    FetchFailed,
    /// The host key is not in `known_hosts`, or the certificate is not trusted.
    HostUntrusted,
    /// No such branch, tag or commit.
    ReferenceNotFound,
    /// No such directory, or nothing in it.
    PathNotFound,
    /// The repository holds what is refused: links, submodules, names that lead elsewhere.
    Hostile,
    /// A limit was met.
    TooLarge,
    /// The signature is missing, unknown or wrong.
    VerificationFailed,
    /// Commits since the applied one have no common history with it, and all were to be verified.
    HistoryRewritten,
    /// The definitions do not compile.
    CompileFailed,
    /// The manifest's digests do not agree with the files.
    ManifestMismatch,
    /// The URL is refused: loopback, link-local, `file://`, user information.
    UrlRefused,
}
