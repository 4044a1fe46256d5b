//! The other faces of a difference.

use super::{diff, flagfall};

#[test]
fn markdown_begins_with_the_verdict_and_folds_witnesses() {
    let run = diff("exposure-raised", &["before", "after", "--format", "md"]).exits(0);
    assert!(run.results.starts_with("### 1 flag changes in production: 1 only adds\n"), "{}", run.results);
    for part in ["| share | of whom |", "<details><summary>see it</summary>", "! experiment beta  5% → 25%"] {
        assert!(run.results.contains(part), "{part}: {}", run.results);
    }
}

#[test]
fn pages_tell_what_endangers_subjects_with_its_place_before() {
    for format in ["md", "html"] {
        let run = diff("deleted-variation", &["before", "after", "--format", format]).exits(1);
        for part in ["FF3005 removed-variation", "before/search.kdl:3", "write"] {
            assert!(run.results.contains(part), "{format}: {part}: {}", run.results);
        }
    }
}

#[test]
fn html_needs_nothing_else_and_runs_nothing() {
    let run = diff("exposure-raised", &["before", "after", "--format", "html"]).exits(0);
    assert!(run.results.starts_with("<!doctype html>") && run.results.ends_with("</html>\n"), "{}", run.results);
    assert!(run.results.contains("prefers-color-scheme: dark"));
    for loaded in ["<script", "<link", "src=", "href=", "url(", "@import"] {
        assert!(!run.results.contains(loaded), "{loaded}");
    }
}

#[test]
fn what_authors_write_is_text_on_pages() {
    let directory = tempfile::tempdir().unwrap();
    for (side, value) in [("before", "a"), ("after", "<script>alert(1)</script> | **x** \\u{1b}[2J")] {
        let workspace = directory.path().join(side);
        std::fs::create_dir(&workspace).unwrap();
        let configuration = "edition \"2026\"\nenv production\nrules { allow FF4 reason=\"fixture\"; }\n";
        std::fs::write(workspace.join("flagfall.kdl"), configuration).unwrap();
        let flag = format!(
            "flag search type=string owner=growth {{\n    variation on \"{value}\"\n    env production enabled=#true {{\n        otherwise on\n    }}\n}}\n"
        );
        std::fs::write(workspace.join("search.kdl"), flag).unwrap();
    }
    for format in ["html", "md", "human", "plain"] {
        let run = flagfall(directory.path(), &["diff", "before", "after", "--format", format]).exits(0);
        assert!(run.results.contains("alert(1)"), "{format}: {}", run.results);
        assert!(!run.results.contains('\u{1b}'), "{format}: {}", run.results);
        if matches!(format, "html") {
            assert!(!run.results.contains("<script"), "{format}: {}", run.results);
        }
    }
}

#[test]
fn plain_has_a_line_for_each_region() {
    let run = diff("exposure-raised", &["before", "after", "--format", "plain"]).exits(0);
    let lines: Vec<&str> = run.results.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.results);
    assert!(lines.iter().all(|line| line.starts_with("search\tproduction\tsticky\t") && line.split('\t').count() == 9));
    let run = diff("pure-refactor", &["before", "after", "--format", "plain"]).exits(0);
    assert_eq!(run.results, "search\tproduction\tsame\t-\t-\t-\t-\t-\t-\n");
}

#[test]
fn pages_are_for_diff_alone() {
    let run = flagfall(&super::root(), &["rules", "--format", "md"]).exits(2);
    assert!(run.messages.contains("only `flagfall diff` writes pages"), "{}", run.messages);
}
