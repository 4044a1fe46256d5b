//! The real binary, with what it kept and without: the same bytes, whatever happened to what it kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::workspace;

struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    /// A workspace that is worth keeping something of.
    fn new() -> Self {
        let sandbox = Self { directory: tempfile::tempdir().unwrap() };
        for (path, text) in workspace::generate(210, 7) {
            sandbox.write(&path, &text);
        }
        sandbox
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join("flags").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn kept(&self) -> PathBuf {
        self.directory.path().join("kept")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        command.current_dir(self.directory.path()).args(arguments);
        command.env("FLAGFALL_CACHE_DIR", self.kept()).env("SOURCE_DATE_EPOCH", "1796083200");
        command.output().unwrap()
    }

    /// Both commands say and write the same with what is kept as without.
    fn agree(&self, after: &str) {
        let same = |one: &Output, other: &Output| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("anew/", "kept/");
            assert_eq!(text(&one.stdout), text(&other.stdout), "{after}");
            assert_eq!(text(&one.stderr), text(&other.stderr), "{after}");
            assert_eq!(one.status, other.status, "{after}");
        };
        same(&self.run(&["check", "flags"]), &self.run(&["check", "flags", "--no-cache"]));
        let kept = self.run(&["compile", "flags", "--json", "--out", "dist/kept/"]);
        same(&kept, &self.run(&["compile", "flags", "--json", "--out", "dist/anew/", "--no-cache"]));
        for environment in ["test", "staging", "production"] {
            let read = |which: &str| {
                let path = self.directory.path().join("dist").join(which).join(format!("{environment}.json"));
                std::fs::read_to_string(path).unwrap()
            };
            assert!(read("kept") == read("anew"), "{environment} {after}");
        }
    }

    /// A flag of the workspace, by the position of its file.
    fn flag(&self, number: usize) -> (String, String) {
        let files = workspace::generate(210, 7);
        files.into_iter().filter(|(path, _)| path.contains('/')).nth(number).unwrap()
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn check_and_compile_say_the_same_with_what_they_kept_as_without() {
    let sandbox = Sandbox::new();
    sandbox.agree("at first");
    assert_eq!(files(&sandbox.kept()).len(), 2);
    sandbox.agree("unchanged");
    let (path, text) = sandbox.flag(3);
    sandbox.write(&path, &text.replace("at \"2026-12-08T09:00:00Z\" \"10%\"", "at \"2026-12-08T09:00:00Z\" \"11%\""));
    sandbox.agree("a changed flag");
    std::fs::remove_file(sandbox.path(&path)).unwrap();
    let (other, text) = sandbox.flag(0);
    sandbox.write("new/a.kdl", &text.replace(&other[other.find('/').unwrap() + 1..other.len() - 4], "a-new"));
    sandbox.write("new/z.kdl", &text.replace(&other[other.find('/').unwrap() + 1..other.len() - 4], "zz-new"));
    sandbox.agree("a flag less, two more");
    sandbox.write(&path, "flag broken {");
    let one = sandbox.run(&["compile", "flags"]);
    assert_eq!(one.status.code(), Some(1), "{one:?}");
    std::fs::remove_file(sandbox.path(&path)).unwrap();
    sandbox.agree("mended");
    let vocabulary = std::fs::read_to_string(sandbox.path("vocabulary.kdl")).unwrap();
    sandbox.write("vocabulary.kdl", &vocabulary.replace("age gte 18", "age gte 21"));
    sandbox.agree("a changed segment");
}

#[test]
fn whatever_happens_to_what_is_kept_nothing_else_is_said() {
    let sandbox = Sandbox::new();
    sandbox.agree("at first");
    for share in [1, 50, 99] {
        for path in files(&sandbox.kept()) {
            let mut bytes = std::fs::read(&path).unwrap();
            let at = bytes.len() * share / 100;
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
        sandbox.agree("an altered byte");
    }
    for path in files(&sandbox.kept()) {
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    sandbox.agree("half of it");
}
