//! What to do where a revision is not there.

use std::path::Path;

use git2::{ErrorCode, Repository};

use crate::diagnostic::suggest;
use crate::failure::Failure;

/// There is no repository, so there is no history.
pub(super) fn history(directory: &Path) -> Failure {
    let directory = super::present(directory).display();
    Failure::new(format!("`{directory}` is not in a git repository, so there is no history"))
        .help("run flagfall in the repository, or name its workspace with `--workspace DIR`")
}

/// There is no repository.
pub(super) fn repository(directory: &Path, text: &str) -> Failure {
    let directory = super::present(directory).display();
    Failure::new(format!("`{text}` would be a revision, but `{directory}` is not in a git repository"))
        .help("name a directory that holds `flagfall.kdl`, or a `.json` file, or run flagfall in the repository")
}

/// There is no such revision.
pub(super) fn revision(repository: &Repository, text: &str, error: &git2::Error) -> Failure {
    if error.code() == ErrorCode::Ambiguous {
        return Failure::new(format!("`{text}` may be several objects")).help("write more digits of the commit");
    }
    if let Some((commit, path)) = text.rsplit_once(':').filter(|(commit, _)| repository.revparse_single(commit).is_ok())
    {
        return Failure::new(format!("there is no `{path}` in `{commit}`"))
            .help(format!("`git ls-tree -r --name-only {commit}` lists its files"));
    }
    Failure::new(format!("there is no revision `{text}`")).help(advice(repository, text))
}

/// It names something that is no commit.
pub(super) fn commit(text: &str) -> Failure {
    Failure::new(format!("`{text}` is not a commit")).help("name a branch, a tag or a commit")
}

fn advice(repository: &Repository, text: &str) -> String {
    let name = text.split(['~', '^', ':', '@']).next().unwrap_or(text);
    let known = !name.is_empty() && name.len() < text.len() && repository.revparse_single(name).is_ok();
    if repository.is_shallow() {
        // The name is there, so what it stands on was cut off.
        if known {
            return "this clone is shallow: `git fetch --unshallow` gets the rest of its history".to_owned();
        }
        let (remote, branch) =
            name.split_once('/').filter(|(remote, _)| repository.find_remote(remote).is_ok()).unzip();
        return match (remote, branch) {
            (Some(remote), Some(branch)) => {
                let to = format!("refs/remotes/{remote}/{branch}");
                format!("this clone is shallow: `git fetch --depth=1 {remote} {branch}:{to}` gets it")
            }
            _ if is_hash(name) => format!("this clone is shallow: `git fetch --depth=1 origin {name}` gets it"),
            _ => format!("this clone is shallow: `git fetch --depth=1 origin {name}:{name}` gets it"),
        };
    }
    if known {
        return format!("the history of `{name}` does not reach that far; `git log --oneline {name}` shows it");
    }
    let names = names(repository);
    let near = suggest::nearest(name, names.iter().map(String::as_str));
    near.map_or_else(
        || "`git branch --all` and `git tag` list what there is; `git fetch` gets what is new".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn is_hash(name: &str) -> bool {
    name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Branches, remote ones too, and tags, as people write them.
fn names(repository: &Repository) -> Vec<String> {
    let references = repository.references().into_iter().flatten().flatten();
    let mut names: Vec<String> = references.filter_map(|one| Some(one.shorthand().ok()?.to_owned())).collect();
    names.push("HEAD".to_owned());
    names.sort();
    names.dedup();
    names
}
