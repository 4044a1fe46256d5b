//! The two sides of `flagfall diff`: which they are, and that narrow loading gives what reading everything would.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use flagfall::cli::diff::sides::{self, Pair};
use flagfall::cli::output::Output;
use flagfall::cli::{Color, Context, FailOn, FormatOption, Options};
use flagfall::failure::Failure;
use flagfall::git::base::Ci;
use tempfile::TempDir;

#[path = "diff_sides/default.rs"]
mod default;
#[path = "../benches/support/workspace.rs"]
mod generated;
#[path = "diff_sides/narrow.rs"]
mod narrow;

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\n";

const VOCABULARY: &str = "attribute country string\nattribute plan string { one-of free pro }\n\
    segment staff { when country is DE }\nsegment payers { when plan is pro; or in-segment staff }\n\
    holdout half \"5%\" start=\"2027-01-01T00:00:00Z\" end=\"2027-06-30T23:59:59.999Z\"\n\
    layer page { slot top from=\"0%\" to=\"40%\" }\n";

/// A flag that serves `on` to whom `condition` says.
fn flag(key: &str, condition: &str) -> String {
    format!(
        "flag {key} type=boolean owner=growth {{\n    variation off #false\n    variation on #true\n    gate some serve=on {{ when {condition} }}\n    \
         env production enabled=#true {{\n        gate some\n        otherwise off\n    }}\n}}\n"
    )
}

/// A repository in a temporary directory.
struct Repository {
    directory: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { directory: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    /// With a workspace in `flags` and a commit.
    fn with_workspace() -> Self {
        let repository = Self::new();
        repository.write("flags/flagfall.kdl", CONFIGURATION);
        repository.write("flags/vocabulary.kdl", VOCABULARY);
        repository.write("flags/a.kdl", &flag("a", "country is US"));
        repository.write("flags/b.kdl", &flag("b", "in-segment staff"));
        repository.commit("first");
        repository
    }

    /// A clone of it; `depth` commits deep, everything without.
    fn clone(&self, depth: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let origin = format!("file://{}", self.directory.path().display());
        let depth = depth.map(|depth| format!("--depth={depth}"));
        let arguments: Vec<&str> = ["clone", "-q", &origin, "."].into_iter().chain(depth.as_deref()).collect();
        git(directory.path(), &arguments);
        Self { directory }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.directory.path(), arguments)
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn open(&self, base: Option<&str>, head: Option<&str>) -> Result<Option<Pair>, Failure> {
        self.open_in(&Ci::default(), base, head)
    }

    fn open_in(&self, ci: &Ci, base: Option<&str>, head: Option<&str>) -> Result<Option<Pair>, Failure> {
        sides::open_in(ci, base, head, Some(&self.path("flags")), &mut context())
    }

    /// Two sides without errors.
    #[track_caller]
    fn pair(&self, base: Option<&str>, head: Option<&str>) -> Pair {
        self.pair_in(&Ci::default(), base, head)
    }

    #[track_caller]
    fn pair_in(&self, ci: &Ci, base: Option<&str>, head: Option<&str>) -> Pair {
        match self.open_in(ci, base, head) {
            Ok(pair) => pair.unwrap_or_else(|| panic!("a side has errors")),
            Err(failure) => panic!("{failure}; {}", failure.help),
        }
    }

    /// Why it cannot be opened, and the next step.
    #[track_caller]
    fn refuses(&self, ci: &Ci) -> String {
        let failure = self.open_in(ci, None, None).err().unwrap_or_else(|| panic!("it was opened"));
        format!("{failure}; {}", failure.help)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_COMMITTER_DATE", "2026-11-01T12:00:00Z")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn context() -> Context {
    let options = Options { format: FormatOption::Plain, json: false, color: Color::Never, fail_on: FailOn::Error };
    Context { options, output: Output::of_process(Color::Never), now: "2026-12-01T09:00:00Z".parse().unwrap() }
}

fn keys(pair: &Pair) -> Vec<&str> {
    pair.touched.iter().map(String::as_str).collect()
}
