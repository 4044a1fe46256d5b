//! `flagfall init`: what it writes passes, and nothing of anybody's is touched.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "SOURCE_DATE_EPOCH"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(directory).output().unwrap()
}

#[track_caller]
fn clean(directory: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(directory, arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    (out, err)
}

fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let git = Command::new("git").args(["init", "-q"]).current_dir(directory.path()).status().unwrap();
    assert!(git.success());
    directory
}

fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                open.push(path);
            } else if path.is_file() {
                found.push(path.strip_prefix(below).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn in_an_empty_repository_everything_passes_without_a_finding() {
    let repository = repository();
    let at = repository.path();
    let (out, err) = clean(at, &["init"]);
    let written =
        ["flags/flagfall.kdl", "flags/vocabulary.kdl", "flags/welcome-banner.kdl", "flags/welcome-banner.test.kdl"];
    assert_eq!(out.lines().collect::<Vec<_>>(), written);
    assert!(err.contains("  flagfall check flags\n") && err.contains("- run: flagfall compile flags --check"), "{err}");
    let (_, err) = clean(at, &["check", "--fail-on", "warning"]);
    assert!(err.contains("no findings: 1 flag"), "{err}");
    clean(at, &["compile"]);
    clean(at, &["compile", "--check"]);
    let (out, err) = clean(at, &["test"]);
    assert!(format!("{out}{err}").contains("4 tests passed"), "{out}{err}");
    assert!(at.join("flags/dist/production.json").is_file());
}

#[test]
fn the_flag_expires_three_months_from_the_time_that_is_told() {
    let repository = repository();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.arg("init").current_dir(repository.path()).env("SOURCE_DATE_EPOCH", "1796040000");
    assert!(command.output().unwrap().status.success());
    let flag = std::fs::read_to_string(repository.path().join("flags/welcome-banner.kdl")).unwrap();
    assert!(flag.contains("expires=\"2027-02-28\""), "{flag}");
}

#[test]
fn what_exists_is_named_and_nothing_is_written() {
    let repository = repository();
    let at = repository.path();
    for name in ["mine/vocabulary.kdl", "mine/flagfall.kdl", ".gitlab-ci.yml"] {
        std::fs::create_dir_all(at.join("mine")).unwrap();
        std::fs::write(at.join(name), "mine").unwrap();
    }
    let before = files(at);
    let output = run(at, &["init", "mine"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`mine/flagfall.kdl`, `mine/vocabulary.kdl` exist already"), "{said}");
    let output = run(at, &["init", "--ci", "gitlab"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`.gitlab-ci.yml` exists already"), "{said}");
    assert_eq!(files(at), before);
}

#[test]
fn a_second_workspace_has_to_be_named() {
    let repository = repository();
    let at = repository.path();
    clean(at, &["init"]);
    std::fs::create_dir(at.join("src")).unwrap();
    let output = run(&at.join("src"), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("`../flags/flagfall.kdl` exists already"));
    clean(&at.join("src"), &["init", "more"]);
    clean(at, &["check", "src/more", "--fail-on", "warning"]);
}

#[test]
fn jobs_are_written_at_the_top_and_name_the_workspace_from_there() {
    for (service, path) in [("github", ".github/workflows/flags.yml"), ("gitlab", ".gitlab-ci.yml")] {
        let repository = repository();
        let flags = repository.path().join("services/flags");
        std::fs::create_dir_all(&flags).unwrap();
        let (out, err) = clean(&flags, &["init", "--ci", service]);
        assert!(out.starts_with("flagfall.kdl\n"), "a directory called flags is the workspace: {out}");
        assert!(!err.contains("for GitHub"), "{err}");
        let job = std::fs::read_to_string(repository.path().join(path)).unwrap();
        for command in ["check services/flags", "test services/flags", "compile services/flags --check"] {
            assert!(job.contains(&format!("flagfall {command}\n")), "{job}");
        }
    }
}

#[test]
fn the_directory_itself_can_become_the_workspace_beside_other_files() {
    let repository = repository();
    std::fs::write(repository.path().join("README.md"), "mine").unwrap();
    let (out, _) = clean(repository.path(), &["init", ".", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["schema"], "flagfall.init/1");
    assert_eq!(document["workspace"], ".");
    assert_eq!(document["files"][0], "flagfall.kdl");
    clean(repository.path(), &["check", "--fail-on", "warning"]);
}

#[test]
fn without_a_repository_it_works_too() {
    let directory = tempfile::tempdir().unwrap();
    clean(directory.path(), &["init", "--ci", "github"]);
    assert!(directory.path().join(".github/workflows/flags.yml").is_file());
    clean(directory.path(), &["check", "--fail-on", "warning"]);
}
