//! A git repository that others fetch from, made with git itself.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository with a work tree.
pub(crate) struct Origin {
    /// Its work tree.
    pub(crate) path: PathBuf,
}

impl Origin {
    /// An empty repository of this name in a directory; its branch is `main`. Any of its commits may be asked for by id.
    pub(crate) fn create(directory: &Path, name: &str) -> Self {
        let path = directory.join(name);
        std::fs::create_dir_all(&path).unwrap();
        let origin = Self { path };
        origin.git(&["init", "-q", "-b", "main"]);
        origin.git(&["config", "uploadpack.allowReachableSHA1InWant", "true"]);
        origin.git(&["config", "receive.denyCurrentBranch", "ignore"]);
        origin.git(&["config", "gc.auto", "0"]);
        origin
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits what is there; the commit's full id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// The full id of the commit that is checked out.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git; what it wrote.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com"])
            .args(arguments)
            .current_dir(&self.path)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
