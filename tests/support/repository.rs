//! Real repositories: git makes the commits, and the real binary reads them.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// 2026-12-01, the day of all runs.
pub(crate) const TODAY: &str = "1796083200";

/// What CI systems tell would decide which base is taken.
pub(crate) const OF_CI: [&str; 8] = [
    "GITHUB_ACTIONS",
    "GITHUB_BASE_REF",
    "GITHUB_REF",
    "GITHUB_SHA",
    "GITLAB_CI",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_COMMIT_SHA",
];

/// A repository whose n-th commit was made on the n-th of November 2026 at noon, so that every commit has one name for ever.
pub(crate) struct Repository {
    pub(crate) directory: TempDir,
    pub(crate) commits: Cell<u32>,
}

/// How a run ended, and what it wrote.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) results: String,
    pub(crate) messages: String,
}

impl Repository {
    /// On the branch `main`, without commits.
    pub(crate) fn empty() -> Self {
        let repository = Self::nowhere();
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    /// An empty directory, to clone into.
    pub(crate) fn nowhere() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), commits: Cell::new(0) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces text that stands in a file once.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path().join(path)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {path}:\n{text}");
        self.write(path, text.replace(from, to));
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let date = format!("2026-11-{:02}T12:00:00Z", self.commits.get().max(1));
        let output = Command::new("git")
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "core.abbrev=7"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn next(&self) {
        self.commits.set(self.commits.get() + 1);
    }

    pub(crate) fn commit(&self, title: &str) {
        self.next();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", title]);
    }

    /// Runs the binary at the top, 100 columns wide.
    pub(crate) fn flagfall(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        for name in OF_CI.iter().chain(&["NO_COLOR", "CLICOLOR_FORCE"]) {
            command.env_remove(name);
        }
        let command = command.args(arguments).current_dir(self.path());
        let output = command.env("SOURCE_DATE_EPOCH", TODAY).env("COLUMNS", "100").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), results: text(output.stdout), messages: text(output.stderr) }
    }
}
