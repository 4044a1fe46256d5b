//! Files instead of workspaces, and sides that cannot be read.

use super::{diff, flagfall, root};

/// The case's two sides, compiled for production.
fn compiled(case: &str) -> (tempfile::TempDir, [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let files = ["before", "after"].map(|side| {
        let out = directory.path().join(side);
        flagfall(&root().join(case), &["compile", side, "--out", out.to_str().unwrap()]).exits(0);
        out.join("production.json").to_str().unwrap().to_owned()
    });
    (directory, files)
}

#[test]
fn files_are_told_by_their_allocations() {
    let (_directory, [before, after]) = compiled("exposure-raised");
    let document = diff("exposure-raised", &[&before, &after, "--json"]).document();
    let change = &document["changes"][0];
    assert_eq!((&change["class"], &change["environment"]), (&"sticky".into(), &"production".into()));
    assert_eq!(change["words"][0]["step"], "beta/production");
    let lines: Vec<&str> =
        change["waterfall"].as_array().unwrap().iter().map(|line| line["mark"].as_str().unwrap()).collect();
    assert_eq!(lines, ["kept", "changed", "kept"]);
}

#[test]
fn a_file_is_compared_with_the_workspace_it_came_from() {
    let (_directory, [before, _]) = compiled("exposure-raised");
    let same = diff("exposure-raised", &[&before, "before", "--json", "--exit-code"]).document();
    assert_eq!(same["class"], "same");
    let document = diff("exposure-raised", &[&before, "after", "--json"]).document();
    assert_eq!(document["class"], "sticky");
}

#[test]
fn a_side_with_errors_is_reported_instead() {
    let directory = tempfile::tempdir().unwrap();
    for (side, text) in [("before", ""), ("after", "flag x type=boolean {\n")] {
        let workspace = directory.path().join(side);
        std::fs::create_dir(&workspace).unwrap();
        std::fs::write(workspace.join("flagfall.kdl"), "edition \"2026\"\nenv production\n").unwrap();
        std::fs::write(workspace.join("x.kdl"), text).unwrap();
    }
    let run = flagfall(directory.path(), &["diff", "before", "after"]).exits(2);
    assert!(run.messages.contains("error[FF0"), "{}", run.messages);
    let run = flagfall(directory.path(), &["diff", "nowhere/", "after"]).exits(2);
    assert!(run.messages.contains("help:"), "{}", run.messages);
}
