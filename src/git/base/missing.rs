//! What to do where the base cannot be told, or is not in this clone.

use std::path::Path;

use git2::{ErrorCode, Repository};

use super::branch::{Branch, remote};
use super::{Ci, Host};
use crate::failure::Failure;

/// There is no repository.
pub(super) fn repository(directory: &Path) -> Failure {
    let directory = super::present(directory).display();
    Failure::new(format!("`{directory}` is not in a git repository, so nothing tells what it was before"))
        .help("name the base: a directory that holds `flagfall.kdl`, or a `.json` file")
}

/// The commit where a merge request began is not here.
pub(super) fn base(base: &str, ci: &Ci) -> Failure {
    let failure = Failure::new(format!("this clone does not hold `{base}`, where the merge request began"));
    failure.help(whole_history(ci).unwrap_or_else(|| format!("`git fetch origin {base}` gets it")))
}

/// The branch that a merge request is for is not here.
pub(super) fn target(repository: &Repository, target: &str, ci: &Ci) -> Failure {
    let remote = remote(repository).unwrap_or_else(|| "origin".to_owned());
    let failure = Failure::new(format!("this clone does not hold `{target}`, which the change is to be merged into"));
    failure.help(whole_history(ci).unwrap_or_else(|| fetch(&remote, target)))
}

fn fetch(remote: &str, branch: &str) -> String {
    format!("`git fetch {remote} {branch}:refs/remotes/{remote}/{branch}` gets it")
}

/// No branch can be called the default one.
pub(super) fn branch(repository: &Repository, head: &str, ci: &Ci) -> Failure {
    let failure =
        Failure::new(format!("cannot tell what `{head}` is to be compared with: no branch here is the default one"));
    failure.help(match (whole_history(ci), remote(repository)) {
        (Some(help), _) => help,
        (None, Some(remote)) => format!(
            "name the base: `flagfall diff REVISION`; or, once and for all, `git fetch {remote} && git remote set-head {remote} --auto`"
        ),
        (None, None) => "name the base: `flagfall diff REVISION`; or set `git config init.defaultBranch`".to_owned(),
    })
}

/// Two branches have no commit in common, as far as this clone knows.
pub(super) fn common(repository: &Repository, head: &str, branch: &Branch, error: &git2::Error, ci: &Ci) -> Failure {
    let shown = &branch.shown;
    if repository.is_shallow() {
        let remote = remote(repository).unwrap_or_else(|| "origin".to_owned());
        return Failure::new(format!(
            "this clone is shallow: it does not reach the commit where `{head}` left `{shown}`"
        ))
        .help(whole_history(ci).unwrap_or_else(|| {
            format!("`git fetch --deepen=100 {remote} {}` gets more of it, `git fetch --unshallow` all", branch.name)
        }));
    }
    if error.code() == ErrorCode::NotFound {
        return Failure::new(format!("`{head}` and `{shown}` have no commit in common"))
            .help("name the base: `flagfall diff REVISION`");
    }
    Failure::new(format!("cannot tell where `{head}` left `{shown}`: {}", error.message()))
        .help("`git fsck` says what is wrong")
}

/// The commit before is not here.
pub(super) fn parent(head: &str, ci: &Ci) -> Failure {
    let failure = Failure::new(format!("this clone is shallow: it does not hold the commit before `{head}`"));
    failure.help(match ci.host {
        Some(Host::GitHub) => "give `actions/checkout` `fetch-depth: 2`".to_owned(),
        Some(Host::GitLab) => "set `GIT_DEPTH: 2` in the job's `variables`".to_owned(),
        None => "`git fetch --deepen=1` gets it".to_owned(),
    })
}

/// How to be given all history, where the clone is made by somebody else.
fn whole_history(ci: &Ci) -> Option<String> {
    Some(match ci.host? {
        Host::GitHub => "give `actions/checkout` `fetch-depth: 0`".to_owned(),
        Host::GitLab => "set `GIT_DEPTH: 0` in the job's `variables`".to_owned(),
    })
}
