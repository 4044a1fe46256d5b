//! The real binary: what it prints where, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/compile.rs"]
mod compile;
#[path = "cli/discovery.rs"]
mod discovery;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/streams.rs"]
mod streams;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\n";

/// A flag without any finding.
fn flag(key: &str) -> String {
    format!(
        "flag {key} type=boolean owner=growth {{\n    variation off #false\n    variation on #true\n    gate all serve=on\n    \
         env test enabled=#true {{\n        gate all\n        otherwise off\n    }}\n    \
         env production enabled=#true {{\n        gate all\n        otherwise off\n    }}\n}}\n"
    )
}

/// A directory that `flagfall` runs in.
struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    /// Nothing in it.
    fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A `flagfall.kdl` with two environments.
    fn workspace() -> Self {
        let sandbox = Self::empty();
        sandbox.write("flagfall.kdl", CONFIGURATION);
        sandbox
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn link(&self, path: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.path().join(path)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "SOURCE_DATE_EPOCH"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What a run printed and how it ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part) || self.stdout.contains(part), "nothing says {part:?}: {self:#?}");
        self
    }
}
