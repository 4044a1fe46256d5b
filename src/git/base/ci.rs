//! What CI systems say about the change they check.

/// A CI system whose checkouts are configured in a way of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// What the environment says about the merge request under test; nothing on people's machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ci {
    /// Which system it is.
    pub host: Option<Host>,
    /// The commit where the merge request began.
    pub base: Option<String>,
    /// The branch it is to be merged into.
    pub branch: Option<String>,
    /// The commit the host made by merging it for a trial.
    pub merge: Option<String>,
}

impl Ci {
    /// What the environment of this process says.
    #[must_use]
    pub fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The same, of any variables: GitHub's `GITHUB_BASE_REF`, `GITHUB_REF` and `GITHUB_SHA`; GitLab's
    /// `CI_MERGE_REQUEST_DIFF_BASE_SHA` and `CI_MERGE_REQUEST_TARGET_BRANCH_NAME`.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("GITLAB_CI").is_some() {
            return Self {
                host: Some(Host::GitLab),
                base: variable("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
                branch: variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
                merge: None,
            };
        }
        let reference = variable("GITHUB_REF");
        let is_trial = reference.is_some_and(|name| name.starts_with("refs/pull/") && name.ends_with("/merge"));
        Self {
            host: variable("GITHUB_ACTIONS").map(|_| Host::GitHub),
            base: variable("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
            branch: variable("GITHUB_BASE_REF").or_else(|| variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")),
            merge: variable("GITHUB_SHA").filter(|_| is_trial),
        }
    }
}
