//! Workspaces read out of git revisions: what a directory would give after a checkout, without one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that cannot do its part fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use flagfall::diagnostic::Sink;
use flagfall::git::Revision;
use flagfall::source::SourceSet;
use flagfall::workspace::{self, Loaded};
use tempfile::TempDir;

struct Repository {
    directory: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { directory: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q"]);
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        git(self.directory.path(), arguments);
    }

    fn commit(&self) {
        self.git(&["add", "-Af"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x", "--date", "2026-11-01T12:00:00Z"]);
    }

    fn open(&self, text: &str) -> Revision {
        Revision::open(self.directory.path(), text).unwrap_or_else(|failure| panic!("{failure}: {}", failure.help))
    }

    fn load(&self, text: &str, workspace: &str) -> (Loaded, Sink) {
        let mut sink = Sink::new();
        let loaded = workspace::load_revision(&self.open(text), Some(&self.path(workspace)), &mut sink);
        (loaded.unwrap_or_else(|failure| panic!("{failure}: {}", failure.help)), sink)
    }

    /// Why a revision cannot be loaded, and the next step.
    fn refuses(&self, text: &str) -> String {
        let revision = match Revision::open(self.directory.path(), text) {
            Ok(revision) => revision,
            Err(failure) => return format!("{failure}; {}", failure.help),
        };
        let failure = workspace::load_revision(&revision, Some(self.directory.path()), &mut Sink::new()).unwrap_err();
        format!("{failure}; {}", failure.help)
    }
}

fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_COMMITTER_DATE", "2026-11-01T12:00:00Z")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const CONFIGURATION: &str = "edition \"2026\"\nenv test\n";

/// Path, kind and text of every file, in order.
fn texts(sources: &SourceSet) -> Vec<String> {
    sources.files().map(|(_, file)| format!("{} {:?}\n{}", file.path, file.kind, file.text)).collect()
}

/// Every finding without the name of the file it is in.
fn findings(sink: Sink, sources: &SourceSet) -> Vec<String> {
    let name = |span: flagfall::source::Span| sources.file(span.file).path.clone();
    let each = sink.into_findings().into_iter().map(|finding| {
        let place = finding.span.map(name).unwrap_or_default();
        format!("{place}: {} {}", finding.rule.id(), finding.message.replace("HEAD:", ""))
    });
    each.collect()
}

/// A revision gives what the directory gives.
#[track_caller]
fn same_as_directory(repository: &Repository, workspace: &str) -> Vec<String> {
    repository.commit();
    let mut sink = Sink::new();
    let shown = workspace.trim_matches('/');
    let there = workspace::load_as(&repository.path(workspace), shown, &mut sink).unwrap();
    let (committed, of_revision) = repository.load("HEAD", workspace);
    assert_eq!(texts(&committed.sources), texts(&there.sources));
    let found = findings(of_revision, &committed.sources);
    assert_eq!(found, findings(sink, &there.sources));
    found
}

#[test]
fn a_revision_gives_the_texts_of_a_checkout_in_the_same_order() {
    let repository = Repository::new();
    repository.write("flags/flagfall.kdl", CONFIGURATION);
    repository.write("flags/b.kdl", "segment b { when id one-of file=\"data/ids.txt\" }\n");
    repository.write("flags/a/z.kdl", "segment z { when id is z }\n");
    repository.write("flags/a.test.kdl", "tests f { }\n");
    repository.write("flags/data/ids.txt", "acct-1\n");
    repository.write("flags/data/unnamed.txt", "acct-2\n");
    repository.write("flags/größe/日本 語.kdl", "segment q { when id is q }\n");
    for path in ["dist/x.kdl", "target/x.kdl", "node_modules/x/x.kdl", "a/node_modules/x.kdl"] {
        repository.write(&format!("flags/{path}"), "typo\n");
    }
    repository.write("elsewhere/x.kdl", "typo\n");
    assert_eq!(same_as_directory(&repository, "flags"), Vec::<String>::new());
    let (loaded, _) = repository.load("HEAD", "flags");
    let names: Vec<&str> = loaded.sources.files().map(|(_, file)| file.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"HEAD:flags/flagfall.kdl"));
    assert!(names.contains(&"HEAD:flags/data/ids.txt"), "{names:?}");
    assert_eq!(loaded.directory, Path::new("HEAD:flags"));
}

#[test]
fn what_a_directory_keeps_out_a_revision_keeps_out_with_the_same_findings() {
    let repository = Repository::new();
    repository.write("flagfall.kdl", CONFIGURATION);
    repository.write("latin1.kdl", b"// K\xf6ln\n");
    repository.write("exact.kdl", " ".repeat(1 << 20));
    repository.write("large.kdl", " ".repeat((1 << 20) + 1));
    repository.write("nested/flagfall.kdl", CONFIGURATION);
    repository.write("nested/x.kdl", "typo\n");
    repository.write(".gitignore", "ignored.kdl\n");
    repository.write("ignored.kdl", "segment i { when id is i }\n");
    let found = same_as_directory(&repository, "");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn definitions_are_read_from_the_directory_that_the_revision_names() {
    let repository = Repository::new();
    repository.write("flagfall.kdl", format!("{CONFIGURATION}definitions \"kdl\"\n"));
    repository.write("kdl/a.kdl", "segment a { when id is a }\n");
    repository.write("b.kdl", "typo\n");
    assert!(same_as_directory(&repository, "").is_empty());
    repository.write("flagfall.kdl", format!("{CONFIGURATION}definitions \"gone\"\n"));
    assert_eq!(same_as_directory(&repository, "").len(), 1);
    repository.link("gone", "kdl");
    assert!(same_as_directory(&repository, "").is_empty());
}

#[test]
fn links_lead_where_they_lead_in_a_directory() {
    let repository = Repository::new();
    repository.write("flags/flagfall.kdl", CONFIGURATION);
    repository.write("flags/a.kdl", "segment a { when id one-of file=\"ids.txt\" file=\"there.txt\" }\n");
    repository.write("flags/versions/b.v2", "segment b { when id is b }\n");
    repository.write("flags/there/ids.txt", "acct-1\n");
    repository.write("shared/c.kdl", "typo\n");
    repository.write("shared/ids.txt", "acct-2\n");
    repository.link("flags/again.kdl", "a.kdl");
    repository.link("flags/b.kdl", "versions/../versions/b.v2");
    repository.link("flags/circle", ".");
    repository.link("flags/c.kdl", "../shared/c.kdl");
    repository.link("flags/shared", "../shared");
    repository.link("flags/ids.txt", "../shared/ids.txt");
    repository.link("flags/there.txt", "there/ids.txt");
    let found = same_as_directory(&repository, "flags");
    assert_eq!(found.iter().filter(|finding| finding.contains("FF0004")).count(), 3, "{found:#?}");
    repository.link("flags/gone.kdl", "nowhere.kdl");
    repository.commit();
    let failure = workspace::load_revision(&repository.open("HEAD"), Some(&repository.path("flags")), &mut Sink::new());
    assert_eq!(failure.unwrap_err().message, "cannot read `HEAD:flags/gone.kdl`: no such file or directory");
}

#[test]
fn submodules_are_empty() {
    let other = Repository::new();
    other.write("x.kdl", "typo\n");
    other.commit();
    let repository = Repository::new();
    repository.write("flagfall.kdl", CONFIGURATION);
    repository.git(&["submodule", "--quiet", "add", other.directory.path().to_str().unwrap(), "module"]);
    repository.commit();
    assert_eq!(repository.load("HEAD", "").0.sources.files().count(), 1);
}

#[test]
fn a_revision_is_whatever_git_calls_one_and_has_its_time() {
    let repository = Repository::new();
    repository.write("old/flagfall.kdl", CONFIGURATION);
    repository.commit();
    repository.git(&["tag", "-a", "-m", "first", "v1"]);
    repository.git(&["mv", "old", "flags"]);
    repository.commit();
    for text in ["HEAD", "main", "@", "HEAD^0", ":/x"] {
        assert_eq!(repository.open(text).time.to_string(), "2026-11-01T12:00:00Z", "{text}");
    }
    let (loaded, _) = repository.load("v1:old", "flags");
    assert_eq!(loaded.directory, Path::new("v1:old"));
    // Where nobody says where the workspace is, it is where workspaces usually are.
    let mut sink = Sink::new();
    assert!(workspace::load_revision(&repository.open("HEAD"), None, &mut sink).is_ok());
    assert_eq!(
        repository.refuses("v1:flags"),
        "there is no `flags` in `v1`; `git ls-tree -r --name-only v1` lists its files"
    );
    let moved = workspace::load_revision(&repository.open("v1"), Some(&repository.path("flags")), &mut sink);
    let moved = moved.unwrap_err();
    assert_eq!(moved.message, "there is no workspace in `v1`: it has no `flags/flagfall.kdl`");
    assert!(moved.help.contains("`v1:DIRECTORY`"), "{}", moved.help);
}

#[test]
fn a_missing_revision_has_a_next_step() {
    let repository = Repository::new();
    repository.write("flagfall.kdl", CONFIGURATION);
    repository.commit();
    repository.commit();
    assert_eq!(repository.refuses("mian"), "there is no revision `mian`; did you mean `main`?");
    assert!(repository.refuses("main~7").contains("`git log --oneline main` shows it"));
    assert!(repository.refuses("unheard-of").contains("`git fetch` gets what is new"));
    assert!(repository.refuses("HEAD:flagfall.kdl").contains("not a commit"));
    let clone = tempfile::tempdir().unwrap();
    let origin = format!("file://{}", repository.directory.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", &origin, "."]);
    let clone = Repository { directory: clone };
    assert!(clone.refuses("main~1").contains("`git fetch --unshallow`"));
    assert!(clone.refuses("origin/next").contains("`git fetch --depth=1 origin next:refs/remotes/origin/next`"));
    assert!(clone.refuses("v1").contains("`git fetch --depth=1 origin v1:v1`"));
    let outside = Repository { directory: tempfile::tempdir().unwrap() };
    assert!(outside.refuses("main").contains("is not in a git repository"));
}
