//! Which workspace a command works on.

use super::{Sandbox, flag};

#[test]
fn the_workspace_is_found_here_in_flags_and_above() {
    let sandbox = Sandbox::empty();
    sandbox.write("flags/flagfall.kdl", super::CONFIGURATION);
    sandbox.write("flags/a.kdl", "typo\n");
    sandbox.write("src/deep/x", "");
    sandbox.run(&["check", "--format", "plain"]).exits(1).says("flags/a.kdl:1:1: error[FF1001]");
    let deep = sandbox.command(&["check", "--format", "plain"]).current_dir(sandbox.path().join("src/deep")).output();
    super::Ran::of(&deep.unwrap()).exits(1).says("../../flags/a.kdl:1:1: error[FF1001]");
    let inside = sandbox.command(&["check", "--format", "plain"]).current_dir(sandbox.path().join("flags")).output();
    super::Ran::of(&inside.unwrap()).exits(1).says("a.kdl:1:1: error[FF1001]");
}

#[test]
fn nothing_above_the_git_root_is_looked_at() {
    let sandbox = Sandbox::workspace();
    sandbox.write("repository/x", "");
    std::fs::create_dir(sandbox.path().join("repository/.git")).unwrap();
    let output = sandbox.command(&["check"]).current_dir(sandbox.path().join("repository")).output().unwrap();
    super::Ran::of(&output).exits(2).says("there is no `flagfall.kdl`");
}

#[test]
fn the_argument_may_be_the_directory_or_its_configuration() {
    let sandbox = Sandbox::empty();
    sandbox.write("my flags/flagfall.kdl", super::CONFIGURATION);
    sandbox.write("my flags/a.kdl", flag("a"));
    for argument in ["my flags", "./my flags/", "my flags/flagfall.kdl"] {
        sandbox.run(&["check", argument]).exits(0).says("no findings: 1 flag, 2 environments");
    }
    let absolute = sandbox.path().join("my flags");
    sandbox.run(&["check", absolute.to_str().unwrap()]).exits(0);
}

/// Staff get the gate only where the experiment above does not take them first.
const GATE_BELOW: &str = "attribute country string
attribute email string
flag checkout type=boolean owner=growth {
    variation off #false
    variation on #true
    gate staff serve=on { when email ends-with \"@example.com\" }
    experiment copy {
        split off=50 on=50
        when country is US
    }
    env production enabled=#true {
        experiment copy \"5%\"
        gate staff
    }
}
";

#[test]
fn the_witness_of_a_finding_replays_where_the_workspace_was_named() {
    let sandbox = Sandbox::empty();
    // Workspaces with errors are not evaluated.
    let configuration = format!("{}rules {{ warn gate-below-experiment }}\n", super::CONFIGURATION);
    sandbox.write("my flags/flagfall.kdl", &configuration);
    sandbox.write("my flags/a.kdl", GATE_BELOW);
    let seen = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["check", "--json"], arguments].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["name"] == "gate-below-experiment").unwrap();
        finding["witness"]["command"].as_str().unwrap().to_owned()
    };
    let command = seen(&["my flags"]);
    assert!(command.contains(" --env production --workspace 'my flags' --at "), "{command}");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command.replacen("flagfall", "\"$FLAGFALL\"", 1)]).current_dir(sandbox.path());
    let output = shell.env("FLAGFALL", env!("CARGO_BIN_EXE_flagfall")).output().unwrap();
    super::Ran::of(&output).exits(0).says("decided by copy, my flags/a.kdl:12");
    sandbox.write("flagfall.kdl", super::CONFIGURATION);
    sandbox.write("a.kdl", GATE_BELOW);
    assert!(!seen(&[]).contains("--workspace"), "the workspace is found without being named");
}

#[test]
fn a_missing_workspace_is_a_failure_with_a_next_step() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["check"]).exits(2).says("help: run flagfall in a repository that has one");
    sandbox.run(&["check", "nowhere"]).exits(2).says("error: there is no directory `nowhere`");
    sandbox.write("flags/flagfall.kdl", super::CONFIGURATION);
    sandbox.run(&["check", "."]).exits(2).says("did you mean `./flags`?");
    sandbox.write("file", "");
    sandbox.run(&["check", "file"]).exits(2).says("`file` is not a directory");
}

#[test]
fn definitions_are_read_from_the_directory_that_is_named() {
    let sandbox = Sandbox::empty();
    sandbox.write("flagfall.kdl", format!("{}definitions \"kdl/flags\"\n", super::CONFIGURATION));
    sandbox.write("kdl/flags/a.kdl", flag("a"));
    sandbox.write("kdl/elsewhere.kdl", "typo\n");
    sandbox.run(&["check"]).exits(0).says("no findings: 1 flag");
    for (written, said) in
        [("missing", "there is no directory `missing`"), ("../up", "`../up` is not inside the workspace")]
    {
        sandbox.write("flagfall.kdl", format!("{}definitions \"{written}\"\n", super::CONFIGURATION));
        sandbox
            .run(&["check", "--format", "plain"])
            .exits(1)
            .says(&format!("flagfall.kdl:4:13: error[FF1047] missing-file: {said}"));
    }
}

#[test]
fn output_directories_and_other_workspaces_are_not_read() {
    let sandbox = Sandbox::workspace();
    for path in ["dist/a.kdl", "target/a.kdl", "node_modules/x/a.kdl", ".git/a.kdl"] {
        sandbox.write(path, "typo\n");
    }
    sandbox.write("deep/dist/a.kdl", flag("a"));
    sandbox.run(&["check"]).exits(0).says("no findings: 1 flag");
    sandbox.write("examples/one/flagfall.kdl", super::CONFIGURATION);
    sandbox.write("examples/one/a.kdl", "typo\n");
    let ran = sandbox.run(&["check", "--format", "plain"]).exits(0);
    assert!(ran.stdout.starts_with("examples/one:1:1: warning[FF0007] nested-workspace"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
}
