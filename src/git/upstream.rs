//! A branch that files are committed to without a work tree: in a repository on this machine, or behind a URL.

mod sign_in;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::build::TreeUpdateBuilder;
use git2::{
    AutotagOption, ErrorCode, FetchOptions, FileMode, Oid, PushOptions, RemoteRedirect, Repository, Signature, Time,
};
use jiff::Timestamp;

use super::present;
use super::remote::{public, scp};
use crate::failure::Failure;
use sign_in::SignIn;

/// What became of a branch that was to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// It points at the new commit.
    Done,
    /// It had become something else, and is that still.
    Moved,
    /// Somebody holds its lock: moves it right now, or was killed while doing so.
    Locked,
}

/// A branch, and how to reach it.
pub struct Upstream {
    /// Where its objects are looked up and made.
    repository: Repository,
    /// Where it is, if that is not in `repository`.
    there: Option<There>,
    /// Who publishes: whom git knows here, else flagfall itself.
    committer: (String, String),
    /// `refs/heads/…`.
    pub branch: String,
    /// As people may read it, without secrets.
    pub place: String,
}

/// What was fetched of the branch, in a repository of this run.
const FETCHED: &str = "refs/published/tip";

/// What git says when a branch has become something else since it was listed.
const MOVED: [&str; 5] =
    ["fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref", "incorrect old value"];

/// A repository behind a URL.
struct There {
    url: String,
    sign_in: SignIn,
    /// The objects of this run; nothing of them stays.
    _objects: tempfile::TempDir,
}

/// What a commit says besides its files.
pub struct Entry {
    /// The message.
    pub message: String,
    /// Who wrote what was compiled: name and e-mail address.
    pub author: (String, String),
    /// When.
    pub at: Timestamp,
}

impl Upstream {
    /// The branch `branch` of the repository around `directory`, or of a remote of it: its name, a URL, or a path.
    ///
    /// # Errors
    /// When there is no such repository or the name is none of a branch.
    pub fn open(directory: &Path, remote: Option<&str>, branch: &str) -> Result<Self, Failure> {
        if !branch.starts_with("refs/heads/") || !git2::Reference::is_valid_name(branch) {
            return Err(Failure::new(format!("`{branch}` is not the full name of a branch"))
                .help("write it with `refs/heads/`, such as `--to refs/heads/published`"));
        }
        let branch = branch.to_owned();
        let around = Repository::discover(present(directory)).map_err(|_| super::missing::history(directory))?;
        let committer = committer(&around);
        let Some(remote) = remote else {
            let place = "this repository".to_owned();
            return Self { repository: around, there: None, committer, branch, place }.not_checked_out();
        };
        let url = url(&around, remote)?;
        if let Some(path) = local(&url) {
            // libgit2's own transport for paths replaces whatever the branch has become in the meantime: we go there.
            let from = around.workdir().unwrap_or_else(|| around.path());
            let repository = Repository::open(from.join(path)).map_err(|error| {
                Failure::new(format!("cannot open the repository `{remote}`: {}", error.message()))
                    .help("name a remote of this repository, a URL, or a path")
            })?;
            let place = format!("`{remote}`");
            return Self { repository, there: None, committer, branch, place }.not_checked_out();
        }
        let shown = public(&url).unwrap_or_else(|| "the remote".to_owned());
        let objects = tempfile::tempdir().map_err(|error| Failure::new(format!("cannot make a directory: {error}")))?;
        let failed = |error: git2::Error| Failure::new(format!("cannot make a repository: {}", error.message()));
        let repository = Repository::init_bare(objects.path()).map_err(failed)?;
        // The library asks the configuration when it connects, whatever it is told when it fetches, and does not survive being sent
        // to some places.
        repository.config().and_then(|mut own| own.set_bool("http.followRedirects", false)).map_err(failed)?;
        let config = around.config().and_then(|mut config| config.snapshot()).map_err(failed)?;
        let there = There { sign_in: SignIn::new(config, &url), url, _objects: objects };
        Ok(Self { repository, there: Some(there), committer, branch, place: format!("`{shown}`") })
    }

    /// The work tree of a branch that somebody is on would be out of step.
    fn not_checked_out(self) -> Result<Self, Failure> {
        let is_on = {
            let head = self.repository.find_reference("HEAD").ok();
            let on = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
            on == Some(self.branch.as_str())
        };
        if is_on && !self.repository.is_bare() {
            return Err(Failure::new(format!("`{}` is checked out in {}", self.branch, self.place))
                .help("publish to a branch of its own, such as `--to refs/heads/published`"));
        }
        Ok(self)
    }

    /// The commit that the branch points at now, with its files at hand; none where there is no such branch.
    ///
    /// # Errors
    /// When it cannot be told or fetched.
    pub fn tip(&self) -> Result<Option<Oid>, Failure> {
        let Some(there) = &self.there else {
            return match self.repository.refname_to_id(&self.branch) {
                Ok(id) => Ok(Some(id)),
                Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
                Err(error) => Err(self.unreadable(&error)),
            };
        };
        there.fetch(&self.repository, &self.branch).map_err(|error| self.unreadable(&error))
    }

    /// A file at the top of a commit; none where there is none.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn file(&self, commit: Oid, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let read = || {
            let tree = self.repository.find_commit(commit)?.tree()?;
            let Some(entry) = tree.get_name(name).filter(|entry| matches!(entry.filemode(), 0o100_644 | 0o100_755))
            else {
                return Ok(None);
            };
            Ok(Some(self.repository.find_blob(entry.id())?.content().to_vec()))
        };
        read().map_err(|error: git2::Error| self.unreadable(&error))
    }

    /// Makes a commit on top of `parent`: these files at the top, those without bytes removed, all others as they were. The
    /// branch does not move yet.
    ///
    /// # Errors
    /// When objects cannot be written.
    pub fn commit(
        &self,
        parent: Option<Oid>,
        files: &BTreeMap<String, Option<Vec<u8>>>,
        entry: &Entry,
    ) -> Result<Oid, Failure> {
        let make = || {
            let repository = &self.repository;
            let parent = parent.map(|parent| repository.find_commit(parent)).transpose()?;
            let tree = match &parent {
                Some(parent) => parent.tree()?,
                None => repository.find_tree(repository.treebuilder(None)?.write()?)?,
            };
            let mut updated = TreeUpdateBuilder::new();
            for (name, bytes) in files {
                match bytes {
                    Some(bytes) => updated.upsert(name.as_str(), repository.blob(bytes)?, FileMode::Blob),
                    None if tree.get_name(name).is_some() => updated.remove(name.as_str()),
                    None => &mut updated,
                };
            }
            let tree = repository.find_tree(updated.create_updated(repository, &tree)?)?;
            let when = Time::new(entry.at.as_second(), 0);
            let committer = Signature::new(&self.committer.0, &self.committer.1, &when)?;
            // git lets people have no name, libgit2 does not.
            let author = Signature::new(&entry.author.0, &entry.author.1, &when).unwrap_or_else(|_| committer.clone());
            let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
            repository.commit(None, &author, &committer, &entry.message, &tree, &parents)
        };
        make().map_err(|error: git2::Error| {
            Failure::new(format!("cannot commit to `{}` of {}: {}", self.branch, self.place, error.message()))
                .help("nothing was published")
        })
    }

    /// Moves the branch to `to` if it still points at `from` (none: if it is not there yet).
    ///
    /// # Errors
    /// When it is refused for another reason.
    pub fn advance(&self, from: Option<Oid>, to: Oid) -> Result<Advance, Failure> {
        let moved = match &self.there {
            Some(there) => there.push(&self.repository, &self.branch, to),
            None => {
                let log = "flagfall publish";
                match from {
                    Some(from) => {
                        self.repository.reference_matching(&self.branch, to, true, from, log).map(|_| Advance::Done)
                    }
                    None => self.repository.reference(&self.branch, to, false, log).map(|_| Advance::Done),
                }
            }
        };
        moved.or_else(|error| match error.code() {
            ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFastForward => Ok(Advance::Moved),
            // Somebody removed it.
            ErrorCode::NotFound if from.is_some() => Ok(Advance::Moved),
            ErrorCode::Locked => Ok(Advance::Locked),
            _ => Err(Failure::new(format!("cannot write `{}` of {}: {}", self.branch, self.place, self.told(&error)))
                .help("nothing was published; see whether you may push there")),
        })
    }

    fn unreadable(&self, error: &git2::Error) -> Failure {
        Failure::new(format!("cannot read `{}` of {}: {}", self.branch, self.place, self.told(error)))
            .help("nothing was published; see whether git can fetch from there")
    }

    /// What libgit2 says, unless it repeats the URL with what is secret in it.
    fn told(&self, error: &git2::Error) -> String {
        let secret = self.there.as_ref().is_some_and(|there| error.message().contains(&there.url));
        if secret { "the URL is refused".to_owned() } else { error.message().to_owned() }
    }
}

impl There {
    fn fetch(&self, repository: &Repository, branch: &str) -> Result<Option<Oid>, git2::Error> {
        if let Ok(mut known) = repository.find_reference(FETCHED) {
            known.delete()?;
        }
        let mut options = FetchOptions::new();
        options.remote_callbacks(self.sign_in.callbacks());
        options.download_tags(AutotagOption::None).follow_redirects(RemoteRedirect::None).depth(1);
        let headers = self.sign_in.headers();
        options.custom_headers(&headers.iter().map(String::as_str).collect::<Vec<_>>());
        let refspec = format!("+{branch}:{FETCHED}");
        repository.remote_anonymous(&self.url)?.fetch(&[refspec], Some(&mut options), None)?;
        // A branch that is not there is no error of a fetch.
        match repository.refname_to_id(FETCHED) {
            Ok(id) => Ok(Some(id)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn push(&self, repository: &Repository, branch: &str, to: Oid) -> Result<Advance, git2::Error> {
        let rejected = std::cell::RefCell::new(None);
        {
            let mut callbacks = self.sign_in.callbacks();
            callbacks.push_update_reference(|_, status| {
                *rejected.borrow_mut() = status.map(str::to_owned);
                Ok(())
            });
            let mut options = PushOptions::new();
            options.remote_callbacks(callbacks).follow_redirects(RemoteRedirect::None);
            let headers = self.sign_in.headers();
            options.custom_headers(&headers.iter().map(String::as_str).collect::<Vec<_>>());
            repository.remote_anonymous(&self.url)?.push(&[format!("{to}:{branch}")], Some(&mut options))?;
        }
        match rejected.into_inner() {
            None => Ok(Advance::Done),
            Some(why) if MOVED.iter().any(|known| why.contains(known)) => Ok(Advance::Moved),
            Some(why) => Err(git2::Error::from_str(&why)),
        }
    }
}

/// As git finds it: what the environment says, then the configuration.
fn committer(repository: &Repository) -> (String, String) {
    let config = repository.config().and_then(|mut config| config.snapshot()).ok();
    let known = |variable: &str, key: &str| {
        let told = std::env::var(variable).ok().filter(|told| !told.trim().is_empty());
        told.or_else(|| config.as_ref().and_then(|config| config.get_string(key).ok()))
    };
    let name = known("GIT_COMMITTER_NAME", "user.name").unwrap_or_else(|| "flagfall".to_owned());
    (name, known("GIT_COMMITTER_EMAIL", "user.email").unwrap_or_else(|| "flagfall@localhost".to_owned()))
}

/// What a remote's name stands for; anything else is a URL or a path already.
fn url(repository: &Repository, remote: &str) -> Result<String, Failure> {
    if let Ok(known) = repository.find_remote(remote) {
        let url = known.pushurl().ok().flatten().or_else(|| known.url().ok()).map(str::to_owned);
        return url.ok_or_else(|| Failure::new(format!("the remote `{remote}` has no URL")));
    }
    if remote.contains(['/', ':', '\\']) || Path::new(remote).exists() {
        return Ok(remote.to_owned());
    }
    let names = repository.remotes().ok();
    let names: Vec<String> =
        names.iter().flat_map(|names| names.iter()).filter_map(|name| name.ok().flatten().map(str::to_owned)).collect();
    let known = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let help = if names.is_empty() { "`git remote add` makes one".to_owned() } else { format!("there are {known}") };
    Err(Failure::new(format!("there is no remote `{remote}`")).help(help))
}

/// The path of a repository on this machine.
fn local(url: &str) -> Option<PathBuf> {
    if let Some(path) = url.strip_prefix("file://") {
        return Some(PathBuf::from(path));
    }
    let is_elsewhere = url.contains("://") || scp(url).is_some();
    (!is_elsewhere).then(|| PathBuf::from(url))
}
