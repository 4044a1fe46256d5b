//! Where a change began: the commit that a head is compared with where nobody names one.

mod branch;
mod ci;
mod missing;

use std::path::Path;

use git2::{Commit, DiffOptions, ErrorCode, Repository};

use super::{present, top};
use crate::failure::Failure;
use branch::Branch;
pub use ci::{Ci, Host};

/// What a head is compared with where nobody names a base, as `git rev-parse` takes it: where it left the default branch (of a
/// merge request: its target). None where nothing came before. `head` is a revision; none for the work tree that `directory`, a
/// workspace or the place of one, is in.
///
/// What is part of the default branch already has left it nowhere. It is compared with what people would call "before": files that
/// are not committed with `HEAD`, the default branch itself with the commit before; a new branch without commits has no changes.
///
/// # Errors
/// When there is no repository, no branch to compare with, or this clone does not reach the commit.
pub fn of(directory: &Path, head: Option<&str>, ci: &Ci) -> Result<Option<String>, Failure> {
    let repository = Repository::discover(present(directory)).map_err(|_| missing::repository(directory))?;
    let name = head.unwrap_or("HEAD");
    let Some(tip) = tip(&repository, name)? else { return Ok(None) };
    if ci.merge.as_deref().is_some_and(|merge| tip.id().to_string() == merge) {
        // The commit is a merge that the host made: what it was merged into is its first parent.
        return before(&repository, &tip, name, ci);
    }
    if let Some(base) = &ci.base {
        return match repository.revparse_single(base).and_then(|object| object.peel_to_commit()) {
            Ok(_) => Ok(Some(base.clone())),
            Err(_) => Err(missing::base(base, ci)),
        };
    }
    let branch = match &ci.branch {
        Some(target) => Branch::named(&repository, target).ok_or_else(|| missing::target(&repository, target, ci))?,
        None => Branch::default(&repository).ok_or_else(|| missing::branch(&repository, name, ci))?,
    };
    let left = repository.merge_base(tip.id(), branch.tip);
    let left = left.map_err(|error| missing::common(&repository, name, &branch, &error, ci))?;
    if left != tip.id() {
        return short(&repository, left).map(Some);
    }
    if head.is_none() && is_changed(&repository, &tip, directory)? || is_another(&repository, &branch) {
        return Ok(Some(name.to_owned()));
    }
    before(&repository, &tip, name, ci)
}

/// The commit; none before the first one.
fn tip<'r>(repository: &'r Repository, name: &str) -> Result<Option<Commit<'r>>, Failure> {
    match repository.revparse_single(name).and_then(|object| object.peel_to_commit()) {
        Ok(commit) => Ok(Some(commit)),
        Err(_) if name == "HEAD" && repository.head().is_err_and(|error| error.code() == ErrorCode::UnbornBranch) => {
            Ok(None)
        }
        Err(error) => Err(super::tree::absent(repository, name, &error)),
    }
}

/// The first parent; none of the very first commit.
fn before(repository: &Repository, tip: &Commit<'_>, name: &str, ci: &Ci) -> Result<Option<String>, Failure> {
    match tip.parent_id(0) {
        Ok(parent) if repository.find_commit(parent).is_ok() => Ok(Some(format!("{name}^1"))),
        Err(_) if !is_cut(repository, tip) => Ok(None),
        _ => Err(missing::parent(name, ci)),
    }
}

/// Whether the history of a shallow clone ends at this commit, though the commit has parents.
fn is_cut(repository: &Repository, commit: &Commit<'_>) -> bool {
    let listed = std::fs::read_to_string(repository.commondir().join("shallow")).unwrap_or_default();
    let id = commit.id().to_string();
    listed.lines().any(|line| line == id)
}

/// Whether anything below `directory` is not as committed, what git ignores aside.
pub(super) fn is_changed(repository: &Repository, tip: &Commit<'_>, directory: &Path) -> Result<bool, Failure> {
    let mut options = DiffOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).ignore_submodules(true).disable_pathspec_match(true);
    if let Some(below) = below(directory) {
        options.pathspec(below);
    }
    let tree = tip.tree();
    let changes = tree.and_then(|tree| repository.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options)));
    changes.map(|changes| changes.deltas().len() > 0).map_err(|error| {
        Failure::new(format!("cannot compare the work tree with its commit: {}", error.message()))
            .help("name the base: `flagfall diff REVISION`")
    })
}

/// The path of a directory in its repository; none for the top.
fn below(directory: &Path) -> Option<String> {
    let full = std::path::absolute(present(directory)).ok()?.canonicalize().ok()?;
    let below = full.strip_prefix(top(&full)?).ok()?.to_string_lossy().replace('\\', "/");
    (!below.is_empty()).then_some(below)
}

/// Whether the branch that is checked out is not the one to compare with. A detached head is on no branch.
fn is_another(repository: &Repository, branch: &Branch) -> bool {
    let head = repository.find_reference("HEAD").ok();
    let target = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
    target.and_then(|target| target.strip_prefix("refs/heads/")).is_some_and(|on| on != branch.name)
}

/// As few digits of a commit as tell it from others.
fn short(repository: &Repository, id: git2::Oid) -> Result<String, Failure> {
    let digits = repository.find_object(id, None).and_then(|object| object.short_id());
    let digits = digits.ok().and_then(|digits| digits.as_str().ok().map(str::to_owned));
    Ok(digits.unwrap_or_else(|| id.to_string()))
}
