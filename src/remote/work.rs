//! A worker's work, from the request to the outcome.

use std::fs;
use std::path::PathBuf;

use git2::{Oid, Repository};
use jiff::Timestamp;

use super::address::Address;
use super::cache::Cache;
use super::fetch::{Fetched, fetch};
use super::signature::Signers;
use super::{
    Built, Failed, Known, Mode, Outcome, Reason, Reference, Request, Unchanged, cache, change, history, published,
    redact, settings, tree,
};
use crate::publish::{Digest, Overrides};

/// The commit that a request asked for, verified as it asked for, with the directory it named.
pub struct Source<'r> {
    /// What was asked for.
    pub request: &'r Request,
    /// The directory of the bare repository that has it.
    pub directory: PathBuf,
    /// Its full id.
    pub commit: String,
    pub(super) repository: Repository,
    pub(super) tree: Oid,
}

impl Source<'_> {
    /// The directory, from the top.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.path.trim_matches('/')
    }

    /// Whether the directory has a file of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.repository.find_tree(self.tree).is_ok_and(|tree| tree.get_name(name).is_some())
    }

    /// The directory, as people call it.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.path().is_empty() { "the top of the repository" } else { self.path() }
    }
}

/// What was made of a source.
pub struct Made {
    /// The configuration, as written.
    pub config: Vec<u8>,
    /// The obfuscated form for clients, where it was asked for.
    pub client: Option<Vec<u8>>,
    /// How many flags it has.
    pub flags: usize,
    /// Allocations that override the waterfall on purpose.
    pub overrides: Overrides,
    /// Seconds spent compiling.
    pub seconds: f64,
}

/// Makes a configuration of definitions.
pub type Compile = dyn Fn(&Source<'_>) -> Result<Made, Failed>;

/// Does what a request asks for; `compile` makes configurations of definitions. The process must be a worker's own: its limits are
/// set, and so are those of git's library, before `started` is called.
pub fn work(request: &Request, started: &dyn Fn(), compile: &Compile) -> Outcome {
    settings::limit(request.caps.seconds);
    match made(request, started, compile) {
        Ok(outcome) => outcome,
        Err(failed) => {
            let message = redact::Redact::new(&request.credentials).lines(&failed.message);
            Outcome::Failed(Failed { message, ..failed })
        }
    }
}

fn made(request: &Request, started: &dyn Fn(), compile: &Compile) -> Result<Outcome, Failed> {
    let address = Address::parse(&request.url)?;
    if !request.allow_local {
        address.must_be_far()?;
    }
    let certificates = request.cache.join("authorities.pem");
    let given = !request.certificates.trim().is_empty();
    if given {
        cache::write(&certificates, &request.certificates)?;
    }
    settings::library(given.then_some(certificates.as_path()), request.caps.seconds)?;
    started();
    let mut cache = Cache::open(&request.cache)?;
    // Others may have fetched without the history that is to be verified.
    let whole = !request.verify.as_ref().is_some_and(|verify| verify.every) || !cache.repository.is_shallow();
    let since = request.fetched_since.filter(|_| whole);
    let known = since.and_then(|since| cache.fetched(&request.reference, since));
    let fetched = match known {
        Some(object) => Fetched { object, received: 0 },
        None => fetch(request, &address, &mut cache)?,
    };
    let first = judge(request, &cache, fetched, compile);
    // What was fetched well and cannot be read was broken here: by a worker that was killed, or by a disk.
    match first {
        Err(failed) if failed.reason == Reason::FetchFailed => {
            drop(cache);
            settings::allow(settings::Memory::Fetching);
            let mut cache = Cache::open(&request.cache)?;
            cache.make_anew()?;
            let again = fetch(request, &address, &mut cache)?;
            judge(request, &cache, again, compile)
        }
        first => first,
    }
}

/// What was fetched, verified, inspected and built.
fn judge(request: &Request, cache: &Cache, fetched: Fetched, compile: &Compile) -> Result<Outcome, Failed> {
    cache.share()?;
    let repository = &cache.repository;
    let commit = commit_of(repository, &request.reference, fetched.object)?;
    if request.known.as_ref().is_some_and(|known| *known == Known::here(&commit.to_string())) {
        return Ok(Outcome::Unchanged(Unchanged { revision: commit.to_string(), received: fetched.received }));
    }
    let with_revision = |failed: Failed| Failed { revision: Some(commit.to_string()), ..failed };
    let applied = request.applied.as_deref().and_then(|id| Oid::from_str(id).ok());
    let signer = verified(request, repository, fetched.object, commit, applied).map_err(with_revision)?;
    let rewritten = applied.is_some_and(|applied| history::is_rewritten(repository, commit, applied));
    let tree = tree::directory(repository, commit, &request.path).map_err(with_revision)?;
    tree::inspect(repository, tree, &request.caps).map_err(with_revision)?;
    settings::allow(settings::Memory::Compiling);
    let source = Source {
        request,
        directory: repository.path().to_owned(),
        commit: commit.to_string(),
        repository: Repository::open_bare(repository.path()).map_err(|error| tree::damaged(&error))?,
        tree,
    };
    let made = match request.mode {
        Mode::Definitions => compile(&source),
        Mode::Published => published::read(&source),
    };
    let made = made.map_err(with_revision)?;
    written(request, &made).map_err(with_revision)?;
    Ok(Outcome::Built(Built {
        revision: commit.to_string(),
        signer,
        digest: Digest::of(&made.config).to_string(),
        flags: made.flags,
        rewritten,
        change: changed(request, &made).map_err(with_revision)?,
        received: fetched.received,
        compile_seconds: made.seconds,
    }))
}

/// The commit of a branch, a tag or a tag's tag.
fn commit_of(repository: &Repository, reference: &Reference, object: Oid) -> Result<Oid, Failed> {
    let found = repository.find_object(object, None).map_err(|error| tree::damaged(&error))?;
    let commit = found.peel_to_commit().map_err(|_| {
        let name = match reference {
            Reference::Branch(name) | Reference::Tag(name) | Reference::Commit(name) => name,
        };
        Failed::new(Reason::ReferenceNotFound, format!("`{name}` names no commit"))
    })?;
    Ok(commit.id())
}

/// Who signed it, where that is asked for.
fn verified(
    request: &Request,
    repository: &Repository,
    object: Oid,
    commit: Oid,
    applied: Option<Oid>,
) -> Result<Option<String>, Failed> {
    let Some(verify) = &request.verify else { return Ok(None) };
    let signers = Signers::read(&verify.signers)?;
    let signer = signers.of_reference(repository, &request.reference, object, commit)?;
    if verify.every {
        for commit in history::since(repository, commit, applied)? {
            signers.of_commit(repository, commit)?;
        }
    }
    Ok(Some(signer))
}

fn written(request: &Request, made: &Made) -> Result<(), Failed> {
    let write = |name: &str, bytes: &[u8]| fs::write(request.out.join(name), bytes);
    let done = fs::create_dir_all(&request.out)
        .and_then(|()| write("config.json", &made.config))
        .and_then(|()| made.client.as_ref().map_or(Ok(()), |client| write("client.json", client)));
    done.map_err(|error| Failed::new(Reason::CompileFailed, format!("the configuration cannot be written: {error}")))
}

/// What differs from what is live.
fn changed(request: &Request, made: &Made) -> Result<Option<super::Change>, Failed> {
    let Some(path) = &request.live else { return Ok(None) };
    let failed = |why: &str| Failed::new(Reason::CompileFailed, format!("what is live cannot be compared: {why}"));
    let live = fs::read(path).map_err(|error| failed(&error.to_string()))?;
    let changed = change::change(&live, &made.config, &made.overrides, Timestamp::now());
    changed.map(Some).map_err(|why| failed(&why))
}
