//! `flagfall ci`, and the ready-made gates that call it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that cannot do its part fails the test")]

#[path = "support/repository.rs"]
mod repository;

use std::path::Path;
use std::process::{Command, Output};

use repository::OF_CI;

const FLAG: &str = r#"flag banner type=string owner=web expires="2999-12-31" {
    description "Which banner visitors see"
    variation old "a"
    variation new "b"
    experiment trial { split old=50 new=50; }
    env production enabled=#true {
        experiment trial "20%"
        otherwise old
    }
}
"#;

fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let configuration = "edition \"2026\"\nenv production protected=#true\n";
    std::fs::write(directory.path().join("flagfall.kdl"), configuration).unwrap();
    std::fs::write(directory.path().join("banner.kdl"), FLAG).unwrap();
    let repository =
        git2::Repository::init_opts(directory.path(), git2::RepositoryInitOptions::new().initial_head("main")).unwrap();
    commit(&repository, "flags");
    let head = repository.head().unwrap().peel_to_commit().unwrap();
    repository.branch("work", &head, false).unwrap();
    repository.set_head("refs/heads/work").unwrap();
    directory
}

fn commit(repository: &git2::Repository, message: &str) {
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let author = git2::Signature::new("Ana", "ana@example.com", &git2::Time::new(1_790_000_000, 0)).unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repository.commit(Some("HEAD"), &author, &author, message, &tree, &parents).unwrap();
}

fn ci(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.current_dir(directory).arg("ci").args(arguments);
    for name in OF_CI {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn write(directory: &Path, text: &str) {
    std::fs::write(directory.join("banner.kdl"), text).unwrap();
}

#[test]
fn a_good_branch_passes_and_says_which_gates_ran() {
    let directory = repository();
    write(directory.path(), &FLAG.replace("\"20%\"", "\"30%\""));
    let output = ci(directory.path(), &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for gate in ["check   passed", "test    passed", "diff    passed", "output  skipped"] {
        assert!(text.contains(gate), "{gate}\n{text}");
    }
    assert!(text.contains("exposure 20% → 30%"), "{text}");
}

#[test]
fn a_branch_that_endangers_enrolled_subjects_fails() {
    let directory = repository();
    write(directory.path(), &FLAG.replace("\"20%\"", "\"10%\""));
    let report = directory.path().join("report.md");
    let output = ci(directory.path(), &["-o", &format!("md={}", report.display()), "-o", "github"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("diff    failed") && text.contains("FF3004 lowered-exposure"), "{text}");
    assert!(text.contains("::error file=banner.kdl,line=7"), "{text}");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.starts_with("<!-- flagfall -->") && report.contains("| diff | failed |"), "{report}");
}

#[test]
fn findings_of_a_change_are_told_where_they_are_however_many_files_did_not_change() {
    let directory = repository();
    let other = |key: &str| FLAG.replace("flag banner", &format!("flag {key}"));
    for key in ["alpha", "beta", "zeta"] {
        std::fs::write(directory.path().join(format!("{key}.kdl")), other(key)).unwrap();
    }
    let repository = git2::Repository::open(directory.path()).unwrap();
    commit(&repository, "more flags");
    let lowered = format!("// A line above.\n{}", other("zeta").replace("\"20%\"", "\"10%\""));
    std::fs::write(directory.path().join("zeta.kdl"), lowered).unwrap();
    let output = ci(directory.path(), &["--base", "HEAD", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings: Vec<_> = document["findings"].as_array().unwrap().iter().collect();
    let found = findings.iter().find(|finding| finding["id"] == "FF3004").unwrap();
    assert_eq!((&found["place"]["file"], &found["place"]["line"]), (&"zeta.kdl".into(), &8.into()));
    let human = ci(directory.path(), &["--base", "HEAD"]);
    let text = String::from_utf8_lossy(&human.stdout);
    assert!(text.contains("zeta.kdl:8:9"), "{text}");
}

#[test]
fn a_flag_switched_on_without_tests_is_told_and_one_whose_tests_did_not_change_is_not() {
    let directory = repository();
    let off = |key: &str| FLAG.replace("flag banner", &format!("flag {key}")).replace("#true", "#false");
    for key in ["tested", "untested"] {
        std::fs::write(directory.path().join(format!("{key}.kdl")), off(key)).unwrap();
    }
    let case =
        "tests tested {\n    case \"one\" env=production {\n        given\n        share-default \"0%\"\n    }\n}\n";
    std::fs::write(directory.path().join("tested.test.kdl"), case).unwrap();
    let repository = git2::Repository::open(directory.path()).unwrap();
    commit(&repository, "two flags that are off");
    for key in ["tested", "untested"] {
        std::fs::write(directory.path().join(format!("{key}.kdl")), off(key).replace("#false", "#true")).unwrap();
    }
    // `diff` reads only what changed, and looks for tests where somebody has to know.
    let diff = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .current_dir(directory.path())
        .args(["diff", "HEAD", "--json"])
        .output()
        .unwrap();
    for output in [ci(directory.path(), &["--base", "HEAD", "--json"]), diff] {
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let told = findings.iter().filter(|finding| finding["id"] == "FF3007");
        let told: Vec<&str> = told.map(|finding| finding["flag"].as_str().unwrap()).collect();
        assert_eq!(told, ["untested"], "{document:#}");
    }
}

#[test]
fn fingerprints_stay_when_the_flag_moves_down_ten_lines() {
    let directory = repository();
    let bad = FLAG.replace("\"20%\"", "\"10%\"");
    let fingerprints = |text: &str| {
        write(directory.path(), text);
        let log = directory.path().join("flagfall.sarif");
        let output = ci(directory.path(), &["--base", "main", "-o", &format!("sarif={}", log.display())]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let log: serde_json::Value = serde_json::from_slice(&std::fs::read(log).unwrap()).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| {
                let line = result.pointer("/locations/0/physicalLocation/region/startLine").unwrap().as_u64().unwrap();
                (result["ruleId"].to_string(), result["partialFingerprints"].to_string(), line)
            })
            .collect::<Vec<_>>()
    };
    let before = fingerprints(&bad);
    let after = fingerprints(&format!("{}{bad}", "// a comment\n".repeat(10)));
    assert!(!before.is_empty());
    let moved: Vec<_> = before.into_iter().map(|(rule, hash, line)| (rule, hash, line + 10)).collect();
    assert_eq!(after, moved);
}

#[test]
fn a_flag_that_cannot_be_read_fails_the_check_and_skips_the_rest() {
    let directory = repository();
    write(directory.path(), &FLAG.replace("otherwise old", "otherwise olld"));
    let output = ci(directory.path(), &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let results: Vec<&str> =
        document["gates"].as_array().unwrap().iter().map(|gate| gate["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["failed", "skipped", "skipped", "skipped"]);
    assert_eq!(document["findings"][0]["id"], "FF1010");
}

#[test]
fn outside_of_git_there_is_nothing_to_compare_with() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flagfall.kdl"), "edition \"2026\"\nenv production\n").unwrap();
    write(directory.path(), FLAG);
    let output = ci(directory.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("help:"), "{told}");
}

#[test]
fn output_that_is_committed_must_be_up_to_date() {
    let directory = repository();
    let compile = Command::new(env!("CARGO_BIN_EXE_flagfall")).current_dir(directory.path()).arg("compile").output();
    assert!(compile.unwrap().status.success());
    assert!(String::from_utf8_lossy(&ci(directory.path(), &[]).stdout).contains("output  passed"));
    write(directory.path(), &FLAG.replace("\"20%\"", "\"30%\""));
    let output = ci(directory.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("output  failed"));
}

#[test]
fn the_ready_made_gates_call_options_that_there_are() {
    let help = Command::new(env!("CARGO_BIN_EXE_flagfall")).args(["ci", "--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, options) in [
        (".github/actions/flagfall/action.yml", &["--fail-on", "--output-key", "--base"][..]),
        ("examples/ci/gitlab-ci.yml", &["flagfall ci -o gitlab="][..]),
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        for option in options {
            assert!(text.contains(option), "{file} lacks {option}");
            assert!(!option.starts_with("--") || help.contains(option), "ci has no {option}");
        }
    }
    let hooks = std::fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap();
    assert!(hooks.contains("language: rust") && hooks.contains("language: system"));
}
