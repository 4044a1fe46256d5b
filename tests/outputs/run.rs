//! The real binary: `-o` on the command line, in repositories.

use std::path::Path;

use serde_json::Value;

#[path = "../support/workspace.rs"]
mod workspace;

pub(crate) use workspace::CONFIGURATION;
use workspace::flagfall;

/// A repository whose workspace is in `flags`.
fn repository(definitions: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("flags")).unwrap();
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["remote", "add", "origin", "https://user:s3cret@example.com/shop/flags.git"]);
    for (name, text) in [("flagfall.kdl", CONFIGURATION), ("main.kdl", definitions)] {
        std::fs::write(directory.path().join("flags").join(name), text).unwrap();
    }
    directory
}

fn git(directory: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]).args(arguments).current_dir(directory);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn read(directory: &Path, name: &str) -> String {
    std::fs::read_to_string(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn one_run_writes_every_output_whatever_its_exit_code() {
    let outputs = [
        "-o",
        "github",
        "-o",
        "sarif=a.sarif",
        "-o",
        "gitlab=gl.json",
        "-o",
        "junit=j.xml",
        "-o",
        "md=c.md",
        "-o",
        "json=c.json",
        "-o",
        "plain=p.txt",
    ];
    for (definitions, code) in [(crate::BAD, 1), ("", 0)] {
        let directory = repository(definitions);
        let at = directory.path();
        let run = flagfall(at, &[&["check"], &outputs[..]].concat());
        assert_eq!(run.code, code, "{}", run.messages);
        crate::Sarif::new().accepts(&read(at, "a.sarif"));
        crate::code_quality(&read(at, "gl.json"));
        crate::xml::accepts(&read(at, "j.xml")).unwrap();
        assert!(read(at, "c.md").starts_with("<!-- flagfall -->\n"));
        assert_eq!(read(at, "c.json"), flagfall(at, &["check", "--json"]).results);
        assert_eq!(read(at, "p.txt"), flagfall(at, &["check", "--format", "plain"]).results);
        assert_eq!(run.results.starts_with("::error file=flags/main.kdl,line="), code == 1, "{}", run.results);
    }
}

#[test]
fn paths_are_the_repositorys_wherever_the_command_runs() {
    let directory = repository(crate::BAD);
    let there = flagfall(&directory.path().join("flags"), &["check", ".", "-o", "sarif"]);
    let here = flagfall(directory.path(), &["check", "flags", "-o", "sarif=-"]);
    assert_eq!(there.results, here.results);
    assert!(here.results.contains("\"uri\":\"flags/main.kdl\""), "{}", here.results);
    assert!(!here.results.contains("s3cret") && !here.results.contains("versionControl"), "of a work tree");
}

#[test]
fn what_is_read_from_a_commit_names_it() {
    let directory = repository(crate::BAD);
    let at = directory.path();
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "-m", "x"]);
    let mut sink = flagfall::diagnostic::Sink::new();
    let revision = flagfall::git::Revision::open(at, "HEAD").unwrap();
    let loaded = flagfall::workspace::load_revision(&revision, None, &mut sink).unwrap();
    let session = flagfall::cli::session::read(loaded, sink, crate::fixture::NOW.parse().unwrap());
    let log = crate::sarif::render(&session.for_ci("flagfall check", None, flagfall::cli::FailOn::Error));
    let log = crate::Sarif::new().accepts(&log);
    let control = &log["runs"][0]["versionControlProvenance"][0];
    assert_eq!(control["repositoryUri"], "https://example.com/shop/flags.git");
    assert_eq!(control["revisionId"], revision.commit.as_str());
    assert_eq!(log["runs"][0]["results"][0]["properties"]["commit"], revision.commit.as_str());
    // The same findings as those of the work tree, so that what is known stays known.
    let tree: Value = serde_json::from_str(&flagfall(at, &["check", "-o", "sarif"]).results).unwrap();
    let hashes = |log: &Value| {
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.into_iter().map(|result| result["partialFingerprints"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&tree), hashes(&log));
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is() {
    let directory = repository("");
    let at = directory.path();
    for (arguments, said) in [
        (
            &["-o", "md=c.md", "-o", "sarif=no/such/a.sarif"][..],
            "cannot write `no/such/a.sarif`: there is no directory `no/such`",
        ),
        (&["-o", "md=c.md", "-o", "sarif=flags"], "cannot write `flags`: it is a directory"),
        (&["-o", "md=c.md", "-o", "json=c.md"], "two outputs would be written to `c.md`"),
        (&["-o", "md", "-o", "json=c.md", "-o", "github"], "`-o md` and `-o github` would both go to standard output"),
        (&["-o", "json=c.md", "-o", "github", "--json"], "`--json` and `-o github` would both go to standard output"),
        (&["-o", "sarf=c.md"], "did you mean `sarif`?"),
        (&["-o", "md="], "the file's name is missing"),
        (&["-o", "md=c.md", "--output-key", "a-->b"], "a key has letters"),
    ] {
        let run = flagfall(at, &[&["check"], arguments].concat());
        assert!(run.code == 2 && run.messages.contains(said), "{arguments:?}: {}", run.messages);
        assert!(!at.join("c.md").exists() && run.results.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_is_there_is_replaced_whole_and_links_stay_links() {
    let directory = repository("");
    let at = directory.path();
    std::fs::write(at.join("summary.md"), "before ".repeat(10_000)).unwrap();
    std::os::unix::fs::symlink("summary.md", at.join("link.md")).unwrap();
    let run = flagfall(at, &["check", "-o", "md=link.md", "--output-key", "flags"]);
    assert_eq!(run.code, 0, "{}", run.messages);
    assert!(at.join("link.md").symlink_metadata().unwrap().is_symlink());
    assert!(read(at, "summary.md").starts_with("<!-- flagfall: flags -->\n**flagfall passed**: "));
    let left = std::fs::read_dir(at).unwrap().count();
    assert_eq!(left, 4, "nothing temporary is left: .git, flags, link.md, summary.md");
    let piped = flagfall(at, &["check", "-o", "md=/dev/null"]);
    assert_eq!(piped.code, 0, "{}", piped.messages);
}

#[test]
fn reports_of_tests_are_valid_too() {
    let flag = "flag onboarding type=boolean {\n    variation off #false\n    variation on #true\n    \
                gate all serve=on\n    env production enabled=#true { gate all; }\n}\n";
    let cases = "case \"a <b> & \\\"c\\\"\" env=production { subject x; expect on }\n\
                 case two env=production { subject x; expect off }";
    let directory = workspace::workspace(flag, cases);
    let run = flagfall(directory.path(), &["test", "-o", "junit=j.xml"]);
    assert_eq!(run.code, 1, "{}", run.messages);
    let text = read(directory.path(), "j.xml");
    assert_eq!(crate::xml::accepts(&text), Ok(2), "{text}");
    crate::xml::published([text.as_str()]);
}
