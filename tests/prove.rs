//! `flagfall prove`, as people and programs run it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

#[path = "prove/equal.rs"]
mod equal;
#[path = "prove/exclusive.rs"]
mod exclusive;
#[path = "prove/reaches.rs"]
mod reaches;
#[path = "prove/sides.rs"]
mod sides;

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\n";

const VOCABULARY: &str = r#"
attribute email string
attribute country string
attribute plan string { one-of free pro enterprise }
attribute age number
segment staff { when email ends-with "@example.com" }
segment north-america { when country one-of US CA }
layer page {
    slot copy from="0%" to="40%"
    slot price from="40%" to="70%"
}
"#;

/// A boolean flag `f` that production serves by this waterfall.
fn flag(steps: &str, waterfall: &str) -> String {
    named("f", steps, waterfall)
}

fn named(key: &str, steps: &str, waterfall: &str) -> String {
    format!(
        "flag {key} type=boolean owner=growth {{\n    variation off #false\n    variation on #true\n{steps}\n    \
         env production enabled=#true {{\n{waterfall}\n    }}\n}}\n"
    )
}

/// A directory that `flagfall` runs in.
struct Sandbox {
    directory: TempDir,
}

impl Sandbox {
    fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A workspace with these flags, at the top.
    fn of(flags: &str) -> Self {
        let sandbox = Self::empty();
        sandbox.workspace("", flags);
        sandbox
    }

    /// The workspaces `a` and `b`, with a flag each.
    fn two(before: &str, after: &str) -> Self {
        let sandbox = Self::empty();
        sandbox.workspace("a", before);
        sandbox.workspace("b", after);
        sandbox
    }

    fn workspace(&self, directory: &str, flags: &str) {
        self.write(&format!("{directory}/flagfall.kdl"), CONFIGURATION);
        self.write(&format!("{directory}/vocabulary.kdl"), VOCABULARY);
        self.write(&format!("{directory}/flags.kdl"), flags);
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.output(Command::new(env!("CARGO_BIN_EXE_flagfall")).args(arguments))
    }

    /// Pastes a command line into a shell, for JSON.
    fn paste(&self, line: &str) -> Value {
        let binary = Path::new(env!("CARGO_BIN_EXE_flagfall")).parent().unwrap().display().to_string();
        let path = format!("{binary}:{}", std::env::var("PATH").unwrap_or_default());
        let line = line.replacen("flagfall eval", "flagfall --json eval", 1);
        let ran = self.output(Command::new("sh").args(["-c", &line]).env("PATH", path));
        serde_json::from_str(&ran.results).unwrap_or_else(|error| panic!("{line}: {error}: {ran:#?}"))
    }

    fn output(&self, command: &mut Command) -> Ran {
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "SOURCE_DATE_EPOCH"] {
            command.env_remove(name);
        }
        let output = command.current_dir(self.path()).stdin(Stdio::null()).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            results: String::from_utf8(output.stdout).unwrap(),
            messages: String::from_utf8(output.stderr).unwrap(),
        }
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

    /// The document of `prove … --json`, and how it ended.
    #[track_caller]
    fn prove(&self, arguments: &[&str], code: i32) -> Value {
        let ran = self.run(&[&["prove"], arguments, &["--json"]].concat());
        assert_eq!(ran.code, code, "{ran:#?}");
        let document: Value = serde_json::from_str(&ran.results).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
        let answer = ["proved", "refuted", "undecided"][usize::try_from(code).unwrap()];
        assert_eq!((&document["schema"], &document["answer"]), (&"flagfall.prove/1".into(), &answer.into()));
        document
    }
}

/// What a run printed and how it ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    results: String,
    messages: String,
}

impl Ran {
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(self.results.contains(part) || self.messages.contains(part), "nothing says {part:?}: {self:#?}");
        self
    }
}
