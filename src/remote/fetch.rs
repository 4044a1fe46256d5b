//! Fetching one reference into the kept repository: as little as there is new.

use git2::{Direction, Oid, Remote};

use super::address::{Address, Scheme};
use super::cache::{self, Cache};
use super::host::Host;
use super::{Failed, Reason, Reference, Request};

/// All of the history.
const UNSHALLOW: i32 = i32::MAX;

/// How far back it is looked for what is applied, where the kept repository does not have it.
const DEEPER: i32 = 50;

/// What a reference names, fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetched {
    /// What it names: a commit, or an annotated tag.
    pub(super) object: Oid,
    /// Bytes received.
    pub(super) received: u64,
}

/// Fetches what a request asks for.
///
/// The first time, that is one commit without its history, where the host can do that; later, everything since. `verify` of every
/// commit needs all of it.
pub(super) fn fetch(request: &Request, address: &Address, cache: &mut Cache) -> Result<Fetched, Failed> {
    let host = Host::new(request, address);
    if let Some(refused) = host.refuses() {
        return Err(refused);
    }
    if address.scheme == Scheme::Ssh {
        cache::write(&cache::home(&request.cache).join(".ssh/known_hosts"), &host.known_hosts())?;
    }
    if cache.is_worn(request.caps.received.saturating_mul(4)) {
        cache.make_anew()?;
    }
    let (began, was_empty) = (cache::now(), cache.is_empty());
    let object = match found(request, &host, cache) {
        Err(failed) if failed.reason == Reason::FetchFailed && host.is_kept_broken() && !was_empty => {
            cache.make_anew()?;
            found(request, &host, cache)?
        }
        found => found?,
    };
    cache.keep(&request.reference, object, began)?;
    look_for_applied(request, &host, cache, object);
    Ok(Fetched { object, received: host.received() })
}

fn found(request: &Request, host: &Host<'_>, cache: &Cache) -> Result<Oid, Failed> {
    match &request.reference {
        Reference::Branch(name) => named(request, host, cache, &format!("refs/heads/{name}")),
        Reference::Tag(name) => named(request, host, cache, &format!("refs/tags/{name}")),
        Reference::Commit(id) => commit(request, host, cache, id),
    }
}

/// A branch or a tag.
fn named(request: &Request, host: &Host<'_>, cache: &Cache, name: &str) -> Result<Oid, Failed> {
    if !git2::Reference::is_valid_name(name) {
        return Err(absent(&format!("`{name}` is no name of a branch or tag")));
    }
    let whole = request.verify.as_ref().is_some_and(|verify| verify.every);
    let known = cache.repository.find_reference(&Cache::name(&request.reference)).is_ok();
    let shallow = cache.repository.is_shallow();
    let depth = match (whole, known) {
        (true, _) if shallow => UNSHALLOW,
        (true, _) | (false, true) => 0,
        (false, false) => 1,
    };
    let mut remote = open(request, host, cache)?;
    let connection = remote.connect_auth(Direction::Fetch, Some(host.callbacks()), Some(host.proxy()));
    let mut connection = connection.map_err(|error| host.failed(&error))?;
    let heads = connection.list().map_err(|error| host.failed(&error))?;
    let Some(object) = heads.iter().find(|head| head.name() == name).map(git2::RemoteHead::oid) else {
        return Err(absent(&format!("the repository has no `{name}`")));
    };
    let held = cache.repository.odb().is_ok_and(|odb| odb.exists(object));
    if held && depth != UNSHALLOW {
        return Ok(object);
    }
    let spec = format!("+{name}:{}", Cache::name(&request.reference));
    let first = connection.remote().download(&[&spec], Some(&mut host.options(depth)));
    drop(connection);
    let Err(error) = first else { return Ok(object) };
    let failed = host.failed(&error);
    // Not every host knows how to leave history out; and since a rewritten branch there may be more than fits.
    let other = match (depth, failed.reason) {
        (1, Reason::FetchFailed) if error.message().contains("shallow") => 0,
        (0, Reason::TooLarge) if known && !whole => 1,
        _ => return Err(failed),
    };
    download(request, host, cache, &[&spec], other)?;
    Ok(object)
}

/// A commit by its id, which not every host gives: then everything that has a name is fetched.
fn commit(request: &Request, host: &Host<'_>, cache: &Cache, id: &str) -> Result<Oid, Failed> {
    let Some(object) = Oid::from_str(id).ok().filter(|_| id.len() == 40) else {
        return Err(absent("a commit is named by its full id of 40 hexadecimal digits"));
    };
    let whole = request.verify.as_ref().is_some_and(|verify| verify.every);
    let held = |cache: &Cache| cache.repository.find_commit(object).is_ok();
    if held(cache) && !(whole && cache.repository.is_shallow()) {
        return Ok(object);
    }
    let depth = if whole { UNSHALLOW } else { 1 };
    let spec = format!("{id}:{}", Cache::name(&request.reference));
    let alone = if depth == 1 { download(request, host, cache, &[&spec], depth) } else { Err(absent("")) };
    match alone {
        Ok(()) if held(cache) => return Ok(object),
        Err(failed) if !matches!(failed.reason, Reason::FetchFailed | Reason::ReferenceNotFound) => return Err(failed),
        Ok(()) | Err(_) => {}
    }
    let depth = if cache.repository.is_shallow() { UNSHALLOW } else { 0 };
    let all = ["+refs/heads/*:refs/flagfall/heads/*", "+refs/tags/*:refs/flagfall/tags/*"];
    download(request, host, cache, &all, depth)?;
    if held(cache) {
        return Ok(object);
    }
    Err(absent(&format!("no branch or tag of the repository has a commit `{id}`")))
}

/// Where nothing says how what is applied relates to what was fetched, a little more is fetched; it is no error when that fails.
fn look_for_applied(request: &Request, host: &Host<'_>, cache: &Cache, object: Oid) {
    let Some(applied) = request.applied.as_deref().and_then(|id| Oid::from_str(id).ok()) else { return };
    let held = cache.repository.odb().is_ok_and(|odb| odb.exists(applied));
    let is_parent = super::history::parents(&cache.repository, object).contains(&applied);
    if held || is_parent || !cache.repository.is_shallow() {
        return;
    }
    let spec = match &request.reference {
        Reference::Branch(name) => format!("+refs/heads/{name}:{}", Cache::name(&request.reference)),
        Reference::Tag(name) => format!("+refs/tags/{name}:{}", Cache::name(&request.reference)),
        // A pinned commit is what it is, whatever came before.
        Reference::Commit(_) => return,
    };
    let _ = download(request, host, cache, &[&spec], DEEPER);
}

fn download(request: &Request, host: &Host<'_>, cache: &Cache, specs: &[&str], depth: i32) -> Result<(), Failed> {
    let mut remote = open(request, host, cache)?;
    let done = remote.download(specs, Some(&mut host.options(depth)));
    let _ = remote.disconnect();
    done.map_err(|error| host.failed(&error))
}

fn open<'c>(request: &Request, host: &Host<'_>, cache: &'c Cache) -> Result<Remote<'c>, Failed> {
    host.again();
    let remote = cache.repository.remote_anonymous(&request.url);
    remote.map_err(|_| Failed::new(Reason::UrlRefused, "git does not understand the URL"))
}

fn absent(message: &str) -> Failed {
    Failed::new(Reason::ReferenceNotFound, message)
}
