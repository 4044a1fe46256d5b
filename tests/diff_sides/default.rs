//! What is compared where nobody says.

use flagfall::git::base::Host;

use super::*;

#[test]
fn a_branch_is_compared_with_where_it_left_the_default_branch() {
    let repository = Repository::with_workspace();
    let left = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.write("flags/a.kdl", &flag("a", "country is CA"));
    repository.commit("on the branch");
    repository.git(&["checkout", "-q", "main"]);
    repository.write("flags/b.kdl", &flag("b", "country is FR"));
    repository.commit("meanwhile");
    repository.git(&["checkout", "-q", "topic"]);
    let pair = repository.pair(None, None);
    assert_eq!(pair.base_commit.as_deref(), Some(left.as_str()));
    assert!(left.starts_with(&pair.base.name), "{}", pair.base.name);
    assert_eq!(pair.head_commit, None);
    assert_eq!(keys(&pair), ["a"]);
    // A head that is named is a revision like others.
    let pair = repository.pair(Some("main"), Some("topic"));
    assert_eq!(keys(&pair), ["a", "b"]);
    assert_eq!(pair.head_commit, Some(repository.git(&["rev-parse", "topic"])));
}

#[test]
fn the_default_branch_is_compared_with_what_was_before() {
    let repository = Repository::with_workspace();
    let first = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(repository.pair(None, None).base.flags().len(), 0, "nothing was before the first commit");
    repository.write("flags/a.kdl", &flag("a", "country is CA"));
    let second = repository.commit("second");
    let pair = repository.pair(None, None);
    assert_eq!((pair.base_commit, pair.base.name.as_str()), (Some(first), "HEAD^1"));
    // What is not committed is what changed.
    repository.write("flags/new.kdl", &flag("new", "country is CA"));
    let pair = repository.pair(None, None);
    assert_eq!((pair.base_commit.clone(), pair.base.name.as_str()), (Some(second), "HEAD"));
    assert_eq!(keys(&pair), ["new"]);
}

#[test]
fn what_changed_elsewhere_in_the_repository_is_no_change_of_flags() {
    let repository = Repository::with_workspace();
    repository.commit("second");
    repository.write("README", "elsewhere");
    assert_eq!(repository.pair(None, None).base.name, "HEAD^1");
}

#[test]
fn a_new_branch_without_commits_has_no_changes() {
    let repository = Repository::with_workspace();
    repository.commit("second");
    repository.git(&["checkout", "-q", "-b", "topic"]);
    let pair = repository.pair(None, None);
    assert_eq!(pair.base.name, "HEAD");
    assert_eq!(keys(&pair), [""; 0]);
}

#[test]
fn commits_that_were_not_pushed_are_what_changed() {
    let origin = Repository::with_workspace();
    let clone = origin.clone(None);
    let pushed = clone.git(&["rev-parse", "HEAD"]);
    for condition in ["country is CA", "country is FR"] {
        clone.write("flags/a.kdl", &flag("a", condition));
        clone.commit("mine");
    }
    assert_eq!(clone.pair(None, None).base_commit, Some(pushed));
}

#[test]
fn the_default_branch_is_the_one_the_clone_was_told() {
    let origin = Repository::with_workspace();
    origin.git(&["branch", "-m", "main", "trunk"]);
    let clone = origin.clone(None);
    clone.git(&["branch", "main"]);
    clone.git(&["checkout", "-q", "-b", "topic"]);
    clone.commit("mine");
    assert_eq!(clone.pair(None, None).base_commit, Some(clone.git(&["rev-parse", "origin/trunk"])));
}

#[test]
fn without_a_default_branch_the_next_step_is_to_name_the_base() {
    let repository = Repository::with_workspace();
    repository.git(&["branch", "-m", "main", "trunk"]);
    let refused = repository.refuses(&Ci::default());
    assert!(refused.contains("name the base: `flagfall diff REVISION`"), "{refused}");
    repository.git(&["config", "init.defaultBranch", "trunk"]);
    repository.pair(None, None);
}

#[test]
fn before_the_first_commit_everything_is_added() {
    let repository = Repository::new();
    repository.write("flags/flagfall.kdl", CONFIGURATION);
    repository.write("flags/vocabulary.kdl", VOCABULARY);
    repository.write("flags/a.kdl", &flag("a", "country is US"));
    let pair = repository.pair(None, None);
    assert_eq!((pair.base_commit.as_deref(), keys(&pair)), (None, vec!["a"]));
}

#[test]
fn a_workspace_may_come_and_go() {
    let repository = Repository::new();
    repository.write("README", "flags will follow");
    repository.commit("before");
    repository.write("flags/flagfall.kdl", CONFIGURATION);
    repository.write("flags/vocabulary.kdl", VOCABULARY);
    repository.write("flags/a.kdl", &flag("a", "country is US"));
    repository.commit("there");
    let pair = repository.pair(Some("HEAD~1"), None);
    assert_eq!((pair.base.flags().len(), pair.head.flags().len(), keys(&pair)), (0, 1, vec!["a"]));
    repository.git(&["rm", "-q", "-r", "flags"]);
    repository.commit("gone");
    std::fs::create_dir_all(repository.path("flags")).unwrap();
    for head in [None, Some("HEAD")] {
        let pair = repository.pair(Some("HEAD~1"), head);
        assert_eq!((pair.base.flags().len(), pair.head.flags().len(), keys(&pair)), (1, 0, vec!["a"]));
    }
    let neither = repository.open(Some("HEAD"), Some("HEAD~2")).err().unwrap();
    assert!(neither.help.contains("`REVISION:DIRECTORY`"), "{}", neither.help);
}

#[test]
fn a_workspace_that_moved_is_found_where_the_revision_says() {
    let repository = Repository::with_workspace();
    repository.git(&["mv", "flags", "kdl"]);
    repository.commit("moved");
    let here = repository.path("kdl");
    let pair = sides::open_in(&Ci::default(), Some("HEAD~1:flags"), None, Some(&here), &mut context());
    let pair = pair.unwrap().unwrap();
    assert_eq!((pair.base.name.as_str(), keys(&pair)), ("HEAD~1:flags", vec![]));
    let wrong = sides::open_in(&Ci::default(), Some("HEAD~1:kdl"), None, Some(&here), &mut context());
    assert_eq!(wrong.err().unwrap().message, "there is no `kdl` in `HEAD~1`");
}

#[test]
fn a_bare_repository_is_what_is_committed() {
    let repository = Repository::with_workspace();
    repository.write("flags/a.kdl", &flag("a", "country is CA"));
    repository.commit("second");
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["clone", "-q", "--bare", repository.directory.path().to_str().unwrap(), "."]);
    let pair = sides::open_in(&Ci::default(), None, None, Some(bare.path()), &mut context()).unwrap().unwrap();
    assert_eq!(keys(&pair), ["a"]);
    assert_eq!(pair.head_commit, Some(repository.git(&["rev-parse", "HEAD"])));
}

#[test]
fn a_linked_work_tree_has_its_own_head() {
    let repository = Repository::with_workspace();
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("tree");
    repository.git(&["worktree", "add", "-q", "-b", "topic", path.to_str().unwrap()]);
    std::fs::write(path.join("flags/a.kdl"), flag("a", "country is CA")).unwrap();
    let pair = sides::open_in(&Ci::default(), None, None, Some(&path.join("flags")), &mut context()).unwrap().unwrap();
    assert_eq!((pair.base.name.as_str(), keys(&pair)), ("HEAD", vec!["a"]));
}

#[test]
fn a_submodule_has_its_own_history() {
    let flags = Repository::with_workspace();
    let outer = Repository::new();
    outer.git(&["submodule", "--quiet", "add", flags.directory.path().to_str().unwrap(), "module"]);
    outer.commit("outer");
    outer.write("module/flags/a.kdl", &flag("a", "country is CA"));
    let here = outer.path("module/flags");
    let pair = sides::open_in(&Ci::default(), None, None, Some(&here), &mut context()).unwrap().unwrap();
    assert_eq!((pair.base_commit, pair.touched.len()), (Some(flags.git(&["rev-parse", "HEAD"])), 1));
}

#[test]
fn files_and_directories_are_sides_too() {
    let repository = Repository::with_workspace();
    let other = Repository::with_workspace();
    other.write("flags/a.kdl", &flag("a", "country is CA"));
    let directory = other.path("flags");
    let pair = repository.pair(Some(directory.to_str().unwrap()), None);
    assert_eq!((pair.base_commit.clone(), keys(&pair)), (None, vec!["a"]));
    let file = repository.path("production.json");
    let wire = pair.head.environment("production").unwrap();
    std::fs::write(&file, flagfall::ufc::write::to_json(&wire.config)).unwrap();
    let pair = repository.pair(Some(file.to_str().unwrap()), None);
    assert!(pair.base.workspace.is_none());
    assert!(pair.touched.contains("a"));
}

fn github(branch: &str, merge: &str) -> Ci {
    let merge = Some(merge.to_owned()).filter(|merge| !merge.is_empty());
    Ci { host: Some(Host::GitHub), base: None, branch: Some(branch.to_owned()), merge }
}

/// A pull request, checked out as CI does: detached, at a merge that nobody else made.
fn pull_request() -> (Repository, String, String) {
    let origin = Repository::with_workspace();
    origin.git(&["checkout", "-q", "-b", "topic"]);
    origin.write("flags/a.kdl", &flag("a", "country is CA"));
    origin.commit("on the branch");
    origin.git(&["checkout", "-q", "main"]);
    origin.write("flags/b.kdl", &flag("b", "country is FR"));
    let main = origin.commit("meanwhile");
    origin.git(&["checkout", "-q", "--detach"]);
    origin.git(&["merge", "-q", "--no-ff", "-m", "trial", "topic"]);
    let merge = origin.git(&["rev-parse", "HEAD"]);
    origin.git(&["update-ref", "refs/pull/1/merge", &merge]);
    origin.git(&["checkout", "-q", "main"]);
    (origin, main, merge)
}

/// What `actions/checkout` does.
fn checkout(origin: &Repository, depth: &str, reference: &str) -> Repository {
    let clone = Repository::new();
    let url = format!("file://{}", origin.directory.path().display());
    clone.git(&["remote", "add", "origin", &url]);
    clone.git(&["fetch", "-q", &format!("--depth={depth}"), "origin", &format!("+{reference}:refs/remotes/it")]);
    clone.git(&["checkout", "-q", "--detach", "refs/remotes/it"]);
    clone
}

#[test]
fn a_trial_merge_is_compared_with_what_it_was_merged_into() {
    let (origin, main, merge) = pull_request();
    let clone = checkout(&origin, "2", "refs/pull/1/merge");
    let pair = clone.pair_in(&github("main", &merge), None, None);
    assert_eq!((pair.base_commit.clone(), keys(&pair)), (Some(main), vec!["a"]));
    let shallow = checkout(&origin, "1", "refs/pull/1/merge");
    assert_eq!(
        shallow.refuses(&github("main", &merge)),
        "this clone is shallow: it does not hold the commit before `HEAD`; give `actions/checkout` `fetch-depth: 2`"
    );
}

#[test]
fn a_pull_request_checked_out_at_its_own_head_needs_the_branch_it_is_for() {
    let (origin, _, _) = pull_request();
    let clone = checkout(&origin, "1", "refs/heads/topic");
    let ci = github("main", "");
    assert_eq!(
        clone.refuses(&ci),
        "this clone does not hold `main`, which the change is to be merged into; give `actions/checkout` `fetch-depth: 0`"
    );
    assert!(
        clone
            .refuses(&Ci { host: None, ..ci.clone() })
            .ends_with("`git fetch origin main:refs/remotes/origin/main` gets it")
    );
    clone.git(&["fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let refused = clone.refuses(&Ci { host: None, ..ci.clone() });
    assert!(refused.contains("does not reach the commit where `HEAD` left `origin/main`"), "{refused}");
    assert!(refused.contains("`git fetch --deepen=100 origin main`"), "{refused}");
    clone.git(&["fetch", "-q", "--unshallow", "origin"]);
    assert_eq!(keys(&clone.pair_in(&ci, None, None)), ["a"]);
}

#[test]
fn a_merge_request_says_where_it_began() {
    let (origin, _, _) = pull_request();
    let began = origin.git(&["rev-parse", "main~1"]);
    let ci = Ci { host: Some(Host::GitLab), base: Some(began.clone()), branch: Some("main".to_owned()), merge: None };
    let clone = checkout(&origin, "1", "refs/heads/topic");
    let refused = clone.refuses(&ci);
    assert!(refused.ends_with("set `GIT_DEPTH: 0` in the job's `variables`"), "{refused}");
    let clone = checkout(&origin, "9", "refs/heads/topic");
    assert_eq!(clone.pair_in(&ci, None, None).base_commit, Some(began));
}

#[test]
fn a_shallow_checkout_of_the_default_branch_says_what_to_fetch() {
    let origin = Repository::with_workspace();
    origin.commit("second");
    let clone = origin.clone(Some("1"));
    let refused = clone.refuses(&Ci::default());
    assert!(refused.ends_with("does not hold the commit before `HEAD`; `git fetch --deepen=1` gets it"), "{refused}");
    clone.git(&["fetch", "-q", "--deepen=1"]);
    assert_eq!(clone.pair(None, None).base.name, "HEAD^1");
}

#[test]
fn outside_of_git_the_next_step_is_to_name_the_base() {
    let directory = tempfile::tempdir().unwrap();
    let outside = Repository { directory };
    outside.write("flags/flagfall.kdl", CONFIGURATION);
    assert!(outside.refuses(&Ci::default()).contains("name the base"));
}

#[test]
fn what_ci_systems_say_is_read_from_their_variables() {
    let of = |variables: &[(&str, &str)]| {
        Ci::read(|name| variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(of(&[]), Ci::default());
    let pull = [("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main"), ("GITHUB_SHA", "abc")];
    assert_eq!(of(&pull), github("main", ""));
    assert_eq!(of(&[&pull[..], &[("GITHUB_REF", "refs/pull/7/merge")]].concat()), github("main", "abc"));
    assert_eq!(of(&[&pull[..], &[("GITHUB_REF", "refs/heads/main")]].concat()).merge, None);
    let merge = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "abc")];
    assert_eq!((of(&merge).base.as_deref(), of(&merge).host), (Some("abc"), Some(Host::GitLab)));
}
