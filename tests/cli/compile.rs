//! `flagfall compile`: all files or none, the same bytes everywhere, and `--check`.

use super::{Sandbox, flag};

const AT: &str = "1796083200";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", flag("first") + &flag("second"));
    sandbox
}

fn listing(sandbox: &Sandbox, directory: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(sandbox.path().join(directory)) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.path().join(path)).unwrap()
}

fn compile(sandbox: &Sandbox, arguments: &[&str]) -> super::Ran {
    let mut command = sandbox.command(&[&["compile"], arguments].concat());
    super::Ran::of(&command.env("SOURCE_DATE_EPOCH", AT).output().unwrap())
}

#[test]
fn every_environment_is_written_in_the_order_of_the_workspace() {
    let sandbox = sandbox();
    let ran = compile(&sandbox, &["--client"]).exits(0);
    let files: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        files,
        ["dist/test.json", "dist/test.client.json", "dist/production.json", "dist/production.client.json"]
    );
    assert!(ran.stdout.contains("2 flags, "), "{ran:?}");
    assert_eq!(
        listing(&sandbox, "dist"),
        ["production.client.json", "production.json", "test.client.json", "test.json"]
    );
    assert!(read(&sandbox, "dist/test.json").contains("\"createdAt\": \"2026-12-01T00:00:00.000Z\""));
    compile(&sandbox, &["--out", "build/flags", "--env", "production"]).exits(0);
    assert_eq!(listing(&sandbox, "build/flags"), ["production.json"]);
    assert_eq!(read(&sandbox, "build/flags/production.json"), read(&sandbox, "dist/production.json"));
}

#[test]
fn what_check_refuses_is_not_written() {
    let sandbox = sandbox();
    sandbox.write("b.kdl", "flag third type=boolean { variation on #maybe; }\n");
    compile(&sandbox, &[]).exits(1).says("nothing was written").says("b.kdl");
    let warned = Sandbox::workspace();
    warned.write("a.kdl", flag("first").replace(" owner=growth", ""));
    compile(&warned, &["--fail-on", "warning"]).exits(1);
    for sandbox in [sandbox, warned] {
        assert_eq!(listing(&sandbox, "dist"), Vec::<String>::new());
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_all_as_they_were() {
    let sandbox = sandbox();
    compile(&sandbox, &[]).exits(0);
    let before = read(&sandbox, "dist/test.json");
    std::fs::remove_file(sandbox.path().join("dist/production.json")).unwrap();
    std::fs::create_dir(sandbox.path().join("dist/production.json")).unwrap();
    sandbox.write("b.kdl", flag("third"));
    compile(&sandbox, &[]).exits(2).says("cannot write `dist/production.json`: it is a directory");
    assert_eq!(read(&sandbox, "dist/test.json"), before);
    assert_eq!(listing(&sandbox, "dist"), ["production.json", "test.json"]);
    compile(&sandbox, &["--out", "a.kdl"]).exits(2).says("not a directory");
    compile(&sandbox, &["--out", "a.kdl/deeper"]).exits(2);
}

#[test]
fn a_read_only_directory_is_an_error_and_stays_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox();
    let dist = sandbox.path().join("dist");
    std::fs::create_dir(&dist).unwrap();
    std::fs::set_permissions(&dist, std::fs::Permissions::from_mode(0o555)).unwrap();
    let ran = compile(&sandbox, &[]);
    std::fs::set_permissions(&dist, std::fs::Permissions::from_mode(0o755)).unwrap();
    if ran.code == Some(0) {
        println!("not tested: this user (root) may write everywhere");
        return;
    }
    ran.exits(2).says("cannot write");
    assert_eq!(listing(&sandbox, "dist"), Vec::<String>::new());
}

#[test]
fn created_at_is_told_or_the_commits_or_the_epoch_with_a_note() {
    let sandbox = sandbox();
    sandbox.run(&["compile"]).exits(0).says("createdAt is 1970-01-01T00:00:00.000Z");
    assert!(read(&sandbox, "dist/test.json").contains("1970-01-01T00:00:00.000Z"));
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-q", "-m", "Flags"]);
    let ran = sandbox.run(&["compile"]).exits(0);
    assert!(!ran.stderr.contains("createdAt"), "{ran:?}");
    assert!(!read(&sandbox, "dist/test.json").contains("1970-01-01"));
    let mut command = sandbox.command(&["compile"]);
    super::Ran::of(&command.env("SOURCE_DATE_EPOCH", "soon").output().unwrap()).exits(2).says("SOURCE_DATE_EPOCH");
}

#[test]
fn check_compares_everything_but_created_at() {
    let sandbox = sandbox();
    compile(&sandbox, &["--check"]).exits(1).says("dist/test.json: missing");
    compile(&sandbox, &["--client"]).exits(0);
    sandbox.run(&["compile", "--check"]).exits(0).says("4 files are up to date in dist");

    let changed =
        (flag("first") + &flag("second")).replace("variation on #true", "variation on #true\n    variation more #true");
    sandbox.write("a.kdl", flag("first") + &flag("second").replace("otherwise off", "otherwise on"));
    let ran = compile(&sandbox, &["--check"]).exits(1).says("flagfall compile");
    assert_eq!(ran.stdout.lines().count(), 4, "{ran:?}");
    for line in ran.stdout.lines() {
        assert!(line.ends_with(".json: out of date: flag `second` differs"), "{line}");
    }
    sandbox.write("a.kdl", changed + &flag("zeroth"));
    compile(&sandbox, &["--check"]).exits(1).says("flag `first` differs");
    sandbox.write("a.kdl", flag("first"));
    compile(&sandbox, &["--check"]).exits(1).says("flag `second` is in it but not compiled");
    sandbox.write("a.kdl", flag("first") + &flag("second"));
    sandbox.write("dist/test.json", read(&sandbox, "dist/test.json").replace("  ", " "));
    compile(&sandbox, &["--check"]).exits(1).says("spelled differently");
    sandbox.write("dist/test.json", "{");
    compile(&sandbox, &["--check"]).exits(1).says("dist/test.json: out of date: it is not JSON");
}

#[test]
fn check_names_files_of_environments_that_are_gone() {
    let sandbox = sandbox();
    compile(&sandbox, &[]).exits(0);
    std::fs::copy(sandbox.path().join("dist/test.json"), sandbox.path().join("dist/staging.json")).unwrap();
    sandbox.write("dist/package.json", "{ \"name\": \"none of ours\" }");
    let ran = compile(&sandbox, &["--check", "--format", "plain"]).exits(1);
    assert_eq!(ran.stdout, "dist/test.json\tcurrent\t\ndist/production.json\tcurrent\t\ndist/staging.json\tstale\t\n");
}

#[test]
fn unknown_environments_are_answered_with_the_nearest() {
    let sandbox = sandbox();
    compile(&sandbox, &["--env", "producton"]).exits(2).says("did you mean `production`?");
    assert_eq!(listing(&sandbox, "dist"), Vec::<String>::new());
}

#[test]
fn json_tells_programs_the_same() {
    let sandbox = sandbox();
    let document = |arguments: &[&str], code| {
        let ran = compile(&sandbox, &[arguments, &["--json"]].concat()).exits(code);
        assert!(
            ran.stdout.trim_start_matches(['{', '\n', ' ']).starts_with("\"schema\": \"flagfall.compile/1\""),
            "{ran:?}"
        );
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()
    };
    let written = document(&[], 0);
    assert_eq!(written["files"][0]["state"], "written");
    assert_eq!(written["files"][1]["environment"], "production");
    assert_eq!(written["files"][0]["flags"], 2);
    assert_eq!(written["files"][0]["createdAt"], "2026-12-01T00:00:00.000Z");
    sandbox.write("a.kdl", flag("first"));
    let outdated = document(&["--check"], 1);
    assert_eq!((&outdated["files"][0]["state"], &outdated["files"][0]["flag"]), (&"outdated".into(), &"second".into()));
    sandbox.write("a.kdl", "typo");
    assert_eq!(document(&[], 1)["refused"]["errors"], 1);
}
