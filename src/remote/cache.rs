//! The bare repository that is kept for a source, so that only what is new is fetched.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{Oid, Repository};
use serde::{Deserialize, Serialize};

use super::{Failed, Reason, Reference};

/// Packs, one for each fetch, from which on the repository is made anew: looking things up asks every pack.
const MOST_PACKS: usize = 256;

/// A kept repository. Whoever writes to it holds its lock alone; whoever reads from it, with others who do.
pub(super) struct Cache {
    directory: PathBuf,
    lock: File,
    pub(super) repository: Repository,
}

/// What was fetched of a reference, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The object that the reference names, which may be a tag.
    object: String,
    /// When its fetch began, in Unix milliseconds.
    at: u64,
}

impl Cache {
    /// Opens the repository in a directory, makes it where there is none, and waits until nobody else uses it.
    pub(super) fn open(directory: &Path) -> Result<Self, Failed> {
        let unusable = |error: io::Error| cannot(&error.to_string());
        fs::create_dir_all(directory).map_err(unusable)?;
        let lock = File::options().create(true).truncate(false).write(true).open(directory.join("lock"));
        let lock = lock.map_err(unusable)?;
        lock.lock().map_err(unusable)?;
        sweep(&repository_of(directory).join("objects/pack"));
        let kept = Repository::open_bare(repository_of(directory));
        let repository = kept.and_then(configured).or_else(|_| make(directory))?;
        Ok(Self { directory: directory.to_owned(), lock, repository })
    }

    /// Others may read from now on, too.
    pub(super) fn share(&self) -> Result<(), Failed> {
        let shared = self.lock.unlock().and_then(|()| self.lock.lock_shared());
        shared.map_err(|error| cannot(&error.to_string()))
    }

    /// An empty repository instead of this one.
    pub(super) fn make_anew(&mut self) -> Result<(), Failed> {
        self.repository = make(&self.directory)?;
        Ok(())
    }

    /// Whether nothing was fetched into it.
    pub(super) fn is_empty(&self) -> bool {
        self.all_known().is_empty()
    }

    /// Whether it is better to begin anew: it holds too many packs, or more bytes than `most`.
    pub(super) fn is_worn(&self, most: u64) -> bool {
        let packs = fs::read_dir(self.repository.path().join("objects/pack"));
        let sizes: Vec<u64> =
            packs.into_iter().flatten().flatten().filter_map(|entry| Some(entry.metadata().ok()?.len())).collect();
        sizes.len() > 2 * MOST_PACKS || sizes.iter().sum::<u64>() > most
    }

    /// Where refs of what was fetched are kept.
    pub(super) fn name(reference: &Reference) -> String {
        match reference {
            Reference::Branch(name) => format!("refs/flagfall/heads/{name}"),
            Reference::Tag(name) => format!("refs/flagfall/tags/{name}"),
            Reference::Commit(id) => format!("refs/flagfall/commits/{id}"),
        }
    }

    /// The object that a reference named at `since` or later.
    pub(super) fn fetched(&self, reference: &Reference, since: u64) -> Option<Oid> {
        let known = self.all_known().remove(&Self::name(reference)).filter(|known| known.at >= since)?;
        let id = Oid::from_str(&known.object).ok()?;
        self.repository.odb().ok()?.exists(id).then_some(id)
    }

    /// Keeps what a reference names, by a fetch that began `at`.
    pub(super) fn keep(&self, reference: &Reference, id: Oid, at: u64) -> Result<(), Failed> {
        let name = Self::name(reference);
        let kept = self.repository.reference(&name, id, true, "fetched");
        kept.map_err(|error| cannot(error.message()))?;
        let mut known = self.all_known();
        known.insert(name, Known { object: id.to_string(), at });
        write(&self.directory.join("fetched.json"), &serde_json::to_string(&known).unwrap_or_default())
    }

    fn all_known(&self) -> BTreeMap<String, Known> {
        let text = fs::read(self.directory.join("fetched.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// Unix milliseconds.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The home of a worker, where git's library looks for `.ssh/known_hosts`.
pub(super) fn home(directory: &Path) -> PathBuf {
    directory.join("home")
}

/// Writes a file of a cache, and the directories on the way; whoever reads it meanwhile gets all of it, or what was there before.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failed> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = made.and_then(|()| fs::write(&new, text)).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| cannot(&error.to_string()))
}

fn repository_of(directory: &Path) -> PathBuf {
    directory.join("repository.git")
}

fn make(directory: &Path) -> Result<Repository, Failed> {
    let path = repository_of(directory);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(&error.to_string())),
        Ok(()) | Err(_) => {}
    }
    let _ = fs::remove_file(directory.join("fetched.json"));
    let mut options = git2::RepositoryInitOptions::new();
    // Without templates: hooks are nobody's business here.
    options.bare(true).external_template(false).no_reinit(true);
    Repository::init_opts(path, &options).and_then(configured).map_err(|error| cannot(error.message()))
}

/// The library asks the configuration when it connects, whatever it is told when it fetches.
fn configured(repository: Repository) -> Result<Repository, git2::Error> {
    let mut configuration = repository.config()?;
    if configuration.get_bool("http.followRedirects").unwrap_or(true) {
        configuration.set_bool("http.followRedirects", false)?;
    }
    Ok(repository)
}

/// Removes what a killed worker left half received.
fn sweep(packs: &Path) {
    for entry in fs::read_dir(packs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with("pack-") && (name.ends_with(".pack") || name.ends_with(".idx"))) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn cannot(reason: &str) -> Failed {
    Failed::new(Reason::FetchFailed, format!("cannot keep the repository: {reason}"))
}
