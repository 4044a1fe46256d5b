//! The branch that changes are made for.

use git2::{Oid, Repository};

/// A branch and where it is.
pub(super) struct Branch {
    /// As people write it: `origin/main`, or `main`.
    pub shown: String,
    /// Its own name, without a remote's.
    pub name: String,
    pub tip: Oid,
}

/// What default branches are called where nobody says.
const USUAL: [&str; 2] = ["main", "master"];

impl Branch {
    /// The default branch: the remote's as the clone knows it (`refs/remotes/origin/HEAD`), else the remote's branch of a usual name,
    /// else the local one that `init.defaultBranch` or custom names.
    pub(super) fn default(repository: &Repository) -> Option<Self> {
        let remote = remote(repository);
        let of_remote = |name: &str| Self::at(repository, remote.as_deref(), name);
        let configured = repository.config().and_then(|config| config.get_string("init.defaultBranch")).ok();
        let usual = || configured.iter().map(String::as_str).chain(USUAL);
        told(repository, remote.as_deref())
            .and_then(|name| of_remote(&name))
            .or_else(|| {
                remote.as_ref().and_then(|_| USUAL.into_iter().chain(configured.as_deref()).find_map(of_remote))
            })
            .or_else(|| usual().find_map(|name| Self::at(repository, None, name)))
    }

    /// The branch of that name: the remote's, else the local one.
    pub(super) fn named(repository: &Repository, name: &str) -> Option<Self> {
        let remote = remote(repository);
        let of_remote = remote.as_deref().and_then(|remote| Self::at(repository, Some(remote), name));
        of_remote.or_else(|| Self::at(repository, None, name))
    }

    fn at(repository: &Repository, remote: Option<&str>, name: &str) -> Option<Self> {
        let (reference, shown) = match remote {
            Some(remote) => (format!("refs/remotes/{remote}/{name}"), format!("{remote}/{name}")),
            None => (format!("refs/heads/{name}"), name.to_owned()),
        };
        let tip = repository.find_reference(&reference).ok()?.peel_to_commit().ok()?.id();
        Some(Self { shown, name: name.to_owned(), tip })
    }
}

/// The remote that branches come from: `origin`, else the only one.
pub(super) fn remote(repository: &Repository) -> Option<String> {
    let remotes = repository.remotes().ok()?;
    let mut names = (0..remotes.len()).filter_map(|index| remotes.get(index).ok().flatten());
    let first = names.next()?;
    let others: Vec<&str> = names.collect();
    let origin = [first].into_iter().chain(others.iter().copied()).find(|name| *name == "origin");
    origin.or_else(|| others.is_empty().then_some(first)).map(str::to_owned)
}

/// The default branch of a remote as the clone was told.
fn told(repository: &Repository, remote: Option<&str>) -> Option<String> {
    let remote = remote?;
    let head = repository.find_reference(&format!("refs/remotes/{remote}/HEAD")).ok()?;
    let target = head.symbolic_target().ok().flatten()?;
    target.strip_prefix(&format!("refs/remotes/{remote}/")).map(str::to_owned)
}
