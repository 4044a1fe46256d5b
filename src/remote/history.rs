//! How what was fetched relates to what is applied.

use git2::{ErrorCode, Oid, Repository, Sort};

use super::{Failed, Reason};

/// Commits that are verified at once.
const MOST_COMMITS: usize = 10_000;

/// The parents that a commit names, whether they were fetched or not.
pub(super) fn parents(repository: &Repository, commit: Oid) -> Vec<Oid> {
    let Ok(odb) = repository.odb() else { return Vec::new() };
    let Ok(object) = odb.read(commit) else { return Vec::new() };
    let text = String::from_utf8_lossy(object.data()).into_owned();
    let headers = text.lines().take_while(|line| !line.is_empty());
    headers.filter_map(|line| Oid::from_str(line.strip_prefix("parent ")?).ok()).collect()
}

/// Whether the applied commit is not among the ancestors of `tip`; false where the history at hand does not tell.
pub(super) fn is_rewritten(repository: &Repository, tip: Oid, applied: Oid) -> bool {
    if tip == applied || parents(repository, tip).contains(&applied) {
        return false;
    }
    let held = repository.find_commit(applied).is_ok();
    match repository.graph_descendant_of(tip, applied) {
        Ok(descends) if held => !descends,
        // All of the history is here, and the applied commit is not in it.
        Ok(_) | Err(_) => !held && !repository.is_shallow(),
    }
}

/// The commits that are new since the applied one: those of `tip` that the merge base of both does not have. Nothing was applied:
/// only `tip`.
pub(super) fn since(repository: &Repository, tip: Oid, applied: Option<Oid>) -> Result<Vec<Oid>, Failed> {
    let Some(applied) = applied else { return Ok(vec![tip]) };
    if applied == tip {
        return Ok(vec![tip]);
    }
    let rewritten = || {
        Failed::new(
            Reason::HistoryRewritten,
            format!(
                "`{tip}` has no history in common with `{applied}`, which is applied, so its commits cannot be verified one by one; apply a commit that has, or verify `head` only"
            ),
        )
    };
    repository.find_commit(applied).map_err(|_| rewritten())?;
    let base = match repository.merge_base(tip, applied) {
        Ok(base) => base,
        Err(error) if error.code() == ErrorCode::NotFound => return Err(rewritten()),
        Err(error) => return Err(unreadable(&error)),
    };
    let walk = || {
        let mut walk = repository.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        walk.push(tip)?;
        walk.hide(base)?;
        walk.take(MOST_COMMITS + 1).collect::<Result<Vec<Oid>, _>>()
    };
    let mut commits = walk().map_err(|error| unreadable(&error))?;
    if commits.len() > MOST_COMMITS {
        return Err(Failed::new(Reason::TooLarge, format!("more than {MOST_COMMITS} commits are to be verified")));
    }
    // Gone back to: what is here was not verified by this sync.
    if commits.is_empty() {
        commits.push(tip);
    }
    Ok(commits)
}

fn unreadable(error: &git2::Error) -> Failed {
    Failed::new(Reason::FetchFailed, format!("the history cannot be read: {}", error.message()))
}
