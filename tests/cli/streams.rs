//! What goes where, in which colour, and the exit codes.

use std::process::Stdio;

use super::{Ran, Sandbox, flag};

const WARNED: &str = "flag a type=boolean {\n    variation off #false\n    gate g serve=off\n    \
    env test enabled=#true { gate g }\n    env production enabled=#true { gate g }\n}\n";

fn warned() -> Sandbox {
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", WARNED);
    sandbox
}

#[test]
fn exit_codes_tell_clean_found_and_failed_apart() {
    let sandbox = warned();
    sandbox.run(&["check"]).exits(0).says("warning[FF4001]");
    sandbox.run(&["check", "--fail-on", "warning"]).exits(1);
    sandbox.write("b.kdl", "typo\n");
    sandbox.run(&["check"]).exits(1);
    for usage in [&["chekc"][..], &["check", "--nope"], &["check", "a", "b"], &[]] {
        let ran = sandbox.run(usage).exits(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{ran:?}");
    }
    sandbox.run(&["chekc"]).says("check");
    sandbox.run(&["--version"]).exits(0).says("flagfall 0.");
}

#[test]
fn findings_of_people_go_to_standard_error_and_of_programs_to_standard_output() {
    let sandbox = warned();
    let human = sandbox.run(&["check"]);
    assert!(human.stdout.is_empty() && human.stderr.ends_with("1 warning in 1 file\n"), "{human:?}");
    let plain = sandbox.run(&["check", "--format", "plain"]);
    assert!(
        plain.stderr.is_empty() && plain.stdout.starts_with("a.kdl:1:6: warning[FF4001] missing-owner: "),
        "{plain:?}"
    );
    let json = sandbox.run(&["check", "--json"]);
    assert!(json.stderr.is_empty(), "{json:?}");
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["schema"], "flagfall.check/1");
    assert_eq!(document["findings"][0]["place"]["file"], "a.kdl");
    assert_eq!(
        document["summary"],
        serde_json::json!({"errors": 0, "warnings": 1, "files": 2, "flags": 1, "environments": 2})
    );
}

#[test]
fn json_without_findings_is_a_document_too() {
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", flag("a"));
    let ran = sandbox.run(&["check", "--format", "json"]).exits(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["findings"], serde_json::json!([]));
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let sandbox = warned();
    let colored = |ran: &Ran| ran.stderr.contains('\u{1b}');
    assert!(!colored(&sandbox.run(&["check"])));
    assert!(colored(&sandbox.run(&["check", "--color", "always"])));
    let forced = sandbox.command(&["check"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(colored(&Ran::of(&forced)));
    let both = sandbox.command(&["check"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!colored(&Ran::of(&both)));
    let never = sandbox.command(&["check", "--color", "never"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(!colored(&Ran::of(&never)));
    let links = sandbox.run(&["check", "--color", "always"]);
    assert!(!links.stderr.contains("\u{1b}]8"), "no hyperlinks: {links:?}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", "typo\n".repeat(20_000));
    for arguments in [&["check", "--format", "plain"][..], &["check", "--json"]] {
        let mut child = sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(&child.wait_with_output().unwrap()).exits(1);
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn results_that_cannot_be_written_are_a_failure() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("not tested: this machine has no /dev/full");
        return;
    };
    let sandbox = Sandbox::workspace();
    let output = sandbox.command(&["rules"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    Ran::of(&output.wait_with_output().unwrap()).exits(2).says("error: cannot write the results: ");
}

#[test]
fn every_command_has_help_with_examples() {
    let sandbox = Sandbox::empty();
    let help = sandbox.run(&["--help"]).exits(0);
    let commands: Vec<&str> = help
        .stdout
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        sandbox.run(&[command, "--help"]).exits(0).says("Examples:").says(&format!("flagfall {command}"));
    }
}

#[test]
fn rules_are_explained_by_id_and_name_and_unknown_ones_suggest() {
    let sandbox = Sandbox::empty();
    let by_id = sandbox.run(&["explain", "ff1010"]).exits(0);
    let by_name = sandbox.run(&["explain", "unknown-variation"]).exits(0);
    assert_eq!(by_id.stdout, by_name.stdout);
    by_id.says("FF1010 unknown-variation\n").says("When to allow it\n");
    sandbox.run(&["explain", "unknown-variaton"]).exits(2).says("did you mean `unknown-variation`?");
    sandbox.run(&["explain", "FF10100"]).exits(2).says("did you mean `FF1");
    let plain = sandbox.run(&["explain", "FF1010", "--format", "plain"]).exits(0);
    assert!(plain.stdout.starts_with("# FF1010 unknown-variation\n"), "{plain:?}");
    let json = sandbox.run(&["rules", "--json"]).exits(0);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(document["rules"].as_array().unwrap().len() > 90);
    assert_eq!(sandbox.run(&["rules"]).exits(0).stdout.lines().count(), document["rules"].as_array().unwrap().len());
}

#[test]
fn the_time_a_build_is_told_decides_which_dates_have_passed() {
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", flag("a").replacen("owner=growth", "owner=growth expires=\"2026-12-01\"", 1));
    let at = |epoch: &str| {
        let output = sandbox.command(&["check", "--format", "plain"]).env("SOURCE_DATE_EPOCH", epoch).output().unwrap();
        Ran::of(&output)
    };
    assert_eq!(at("1796169599").exits(0).stdout, "", "the last second of that day");
    at("1796169600").exits(0).says("warning[FF4002] stale-flag");
    at("tomorrow").exits(2).says("SOURCE_DATE_EPOCH is `tomorrow`");
}
