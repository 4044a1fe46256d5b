//! A pod's side of publishing: one file that is always one whole, verified configuration. An edge.
//!
//! What is published is read through the API with no right but `get` on ConfigMaps of one namespace ([`Cluster`]), or from a mounted
//! pointer ([`Directory`]). Nothing that is not what its digest says replaces the file.

mod cluster;
mod directory;
mod file;
mod serve;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::publish::{Digest, Unreadable};

pub use cluster::Cluster;
pub use directory::Directory;
pub use serve::Seen;

/// A configuration that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The configuration.
    pub bytes: Vec<u8>,
    /// Its digest, which it has.
    pub digest: Digest,
    /// The commit it was compiled from.
    pub revision: String,
    /// The environment it is for.
    pub environment: String,
}

/// Why there is nothing new to read.
#[derive(Debug)]
pub enum Trouble {
    /// There is no pointer of this name, or nothing is mounted.
    Absent(String),
    /// It is not whole, or not what it should be.
    Unreadable(Unreadable),
    /// Nobody answered, or the answer was no.
    Unanswered(String),
    /// The file could not be replaced.
    File(PathBuf, std::io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(what) => write!(f, "there is no {what}"),
            Self::Unreadable(why) => write!(f, "{why}"),
            Self::Unanswered(why) => f.write_str(why),
            Self::File(path, error) => write!(f, "cannot replace `{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for Trouble {}

/// Where an agent reads.
pub enum Source {
    /// The API server.
    Cluster(Box<Cluster>),
    /// A mounted pointer.
    Directory(Directory),
}

impl Source {
    /// What is published now; none where it is what was read last.
    async fn read(&mut self) -> Result<Option<Read>, Trouble> {
        match self {
            Self::Cluster(cluster) => cluster.read().await,
            Self::Directory(directory) => directory.read(),
        }
    }

    /// What was read last did not reach the file: it is read again.
    fn forget(&mut self) {
        match self {
            Self::Cluster(cluster) => cluster.forget(),
            Self::Directory(directory) => directory.forget(),
        }
    }
}

/// Which bytes reach the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The configuration as it is published.
    Server,
    /// Its obfuscated form for clients.
    Client,
}

/// An agent: reads, and keeps the file.
pub struct Agent {
    /// Where it reads.
    pub source: Source,
    /// The file that it keeps.
    pub out: PathBuf,
    /// What it writes.
    pub form: Form,
}

impl Agent {
    /// Reads once. Whether the file was replaced.
    ///
    /// # Errors
    /// When there is nothing to read or the file cannot be replaced; the file is what it was.
    pub async fn once(&mut self, seen: &Seen) -> Result<bool, Trouble> {
        let read = match self.source.read().await {
            Ok(None) => {
                seen.succeeded();
                return Ok(false);
            }
            Ok(Some(read)) => read,
            Err(trouble) => {
                seen.failed();
                return Err(trouble);
            }
        };
        match self.keep(&read) {
            Ok(replaced) => {
                seen.read(&read);
                Ok(replaced)
            }
            Err(trouble) => {
                self.source.forget();
                seen.failed();
                Err(trouble)
            }
        }
    }

    /// Reads again and again until told to stop.
    pub async fn run(&mut self, every: Duration, seen: &Seen, stop: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(stop);
        // A trouble is told when it comes, not every time it is still there.
        let mut told = String::new();
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = ticks.tick() => {}
            }
            match self.once(seen).await {
                Ok(replaced) => {
                    if replaced {
                        tracing::info!(file = %self.out.display(), revision = seen.revision(), "replaced");
                    } else if !told.is_empty() {
                        tracing::info!("reading again");
                    }
                    told.clear();
                }
                Err(trouble) => {
                    let trouble = trouble.to_string();
                    if trouble != told {
                        tracing::warn!(trouble, "the file stays as it is");
                        told = trouble;
                    }
                }
            }
        }
    }

    fn keep(&self, read: &Read) -> Result<bool, Trouble> {
        let client = match self.form {
            Form::Server => None,
            Form::Client => Some(crate::publish::client(&read.bytes).map_err(Trouble::Unreadable)?),
        };
        let bytes = client.as_deref().unwrap_or(&read.bytes);
        replace(&self.out, bytes)
    }
}

fn replace(out: &Path, bytes: &[u8]) -> Result<bool, Trouble> {
    file::replace(out, bytes).map_err(|error| Trouble::File(out.to_owned(), error))
}
