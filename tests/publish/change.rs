//! What the guard is told of two compiled files, against what `flagfall diff` proves of the workspaces they come from.

use std::path::Path;

use flagfall::publish::{self, Comparison, Overrides};
use flagfall::ufc;
use serde_json::Value;

use super::{Repository, flag, flagfall};

const CLASSES: [&str; 8] = ["same", "relabel", "sticky", "release", "reassign", "retype", "remove", "undecided"];

fn rank(class: &str) -> usize {
    CLASSES.iter().position(|known| *known == class).unwrap()
}

fn read(path: &Path) -> Option<ufc::Config> {
    Some(ufc::read(&std::fs::read(path).ok()?).unwrap())
}

#[test]
fn files_never_look_milder_than_their_workspaces() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let mut compared = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let case = entry.unwrap().path();
        let Ok(document) = std::fs::read_to_string(case.join("change.json")) else { continue };
        let document: Value = serde_json::from_str(&document).unwrap();
        let out = tempfile::tempdir().unwrap();
        // A side with errors of meaning compiles to no file.
        for side in ["before", "after"] {
            flagfall(&case, &["compile", side, "--out", out.path().join(side).to_str().unwrap()]);
        }
        for change in document["changes"].as_array().unwrap() {
            let Some(environment) = change["environment"].as_str() else { continue };
            let [before, after] =
                ["before", "after"].map(|side| read(&out.path().join(side).join(format!("{environment}.json"))));
            let (Some(before), Some(after)) = (before, after) else { continue };
            let plan = Comparison::new(&before, &after, now).plan();
            let flag = change["flag"].as_str().unwrap();
            let found = plan.changes.iter().find(|one| one.flag == flag).map_or("same", |one| one.class.word());
            let expected = change["class"].as_str().unwrap();
            assert!(
                rank(found) >= rank(expected),
                "{}: {flag} in {environment}: {found}, not {expected}",
                case.display()
            );
            // Files have no flags that are switched off: these are gone.
            let gone = found == "remove" && expected != "remove";
            assert!(found == expected || gone, "{}: {flag} in {environment}: {found}, not {expected}", case.display());
            compared += 1;
        }
    }
    assert!(compared >= 12, "only {compared} compared");
}

/// What the guard is told of two texts of the flag `banner` in `production`.
fn change(before: &str, after: &str) -> publish::Change {
    let configs = [before, after].map(|text| {
        let repository = Repository::new();
        repository.write("banner.kdl", text);
        let ran = repository.run(&["compile"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        read(&repository.path().join("dist/production.json")).unwrap()
    });
    publish::change(&configs[0], &configs[1], &Overrides::new(), "2026-12-01T00:00:00Z".parse().unwrap())
}

fn experiment(share: &str, otherwise: &str) -> String {
    format!(
        "flag banner type=string owner=growth {{\n    variation old \"a\"\n    variation new \"b\"\n    \
         experiment trial {{ split old=50 new=50; }}\n    env production enabled=#true {{\n        \
         experiment trial \"{share}\"\n        {otherwise}\n    }}\n}}\n"
    )
}

#[test]
fn leaving_an_otherwise_counts_as_the_rule_counts_it_and_leaving_the_callers_default_does_not() {
    let told = |otherwise| {
        let found = change(&experiment("10%", otherwise), &experiment("30%", otherwise));
        (found.class, found.max_reassigned.map(|(share, _)| share))
    };
    // Of the fifth that is new to the experiment, half get another value than `old`.
    assert_eq!(told("otherwise old"), ("sticky".to_owned(), Some("10.00".to_owned())));
    assert_eq!(told(""), ("sticky".to_owned(), None));
}

#[test]
fn being_released_is_not_being_reassigned() {
    let found = change(&experiment("30%", "otherwise old"), &experiment("10%", "otherwise old"));
    assert_eq!((found.class.as_str(), found.max_reassigned), ("release", None));
}

#[test]
fn the_largest_share_of_all_audiences_is_told_with_its_flag() {
    let gates = |german: &str, others: &str| {
        format!("attribute country string\n{}", flag("banner", "old").replace(
            "gate all serve=old",
            "gate german serve=new { when country is DE; }\n    gate some serve=new\n    gate all serve=old",
        ).replace("production enabled=#true {\n", &format!("production enabled=#true {{\n        gate german \"{german}\"\n        gate some \"{others}\"\n")))
    };
    let found = change(&gates("10%", "0%"), &gates("52.51%", "0.01%"));
    assert_eq!(found.max_reassigned, Some(("42.51".to_owned(), "banner".to_owned())), "{found:?}");
    assert_eq!(found.summary, "1 flag changes in production: 1 reassigns subjects");
}

#[test]
fn only_what_is_served_no_more_is_removed() {
    let found = change(&flag("banner", "old"), &flag("footer", "old"));
    assert_eq!((found.removed_flags, found.class.as_str()), (vec!["banner".to_owned()], "remove"));
    assert_eq!(change("", &flag("banner", "old")).removed_flags, [""; 0]);
}
