//! Levels: the lines of `rules`, `allow` in flags and environments, and the findings about them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/fixture.rs"]
mod fixture;

use flagfall::diagnostic::Severity;

const PLAIN: &str =
    "flag checkout type=boolean {\n    variation on #true\n    env test enabled=#true { otherwise on }\n}\n";

/// The findings, as `W FF4001 text underlined`, of a workspace with these `rules` and these files.
fn findings(rules: &str, files: &[(&str, &str)]) -> Vec<String> {
    let configuration = format!("edition \"2026\"\nenv test\nenv production protected=#true\nrules {{\n{rules}\n}}\n");
    let all = [("flagfall.kdl", configuration.as_str())].into_iter().chain(files.iter().copied());
    let session = fixture::check_files(all);
    let line = |finding: &flagfall::diagnostic::Diagnostic| {
        let weight = match finding.severity {
            Severity::Error => 'E',
            Severity::Warning => 'W',
            Severity::Note => 'N',
        };
        let text = finding.span.map_or("", |span| session.sources.text(span));
        format!("{weight} {} {text}", finding.rule.id())
    };
    session.findings.iter().map(line).collect()
}

/// The findings about one flag without an owner.
fn of_plain(rules: &str) -> Vec<String> {
    findings(rules, &[("flags/checkout.kdl", PLAIN)])
}

/// The findings of a flag without an owner with these lines in its block and in its environment.
fn allowing(flag: &str, environment: &str) -> Vec<String> {
    let text = format!(
        "flag checkout type=boolean {{\n    variation on #true\n    gate all serve=on\n{flag}\n    env test enabled=#true {{\n{environment}\n    }}\n}}\n"
    );
    findings("", &[("checkout.kdl", &text)])
}

#[test]
fn a_rule_has_its_default_level_unless_a_line_names_it() {
    assert_eq!(of_plain(""), ["W FF4001 checkout"]);
    assert_eq!(of_plain("deny missing-owner"), ["E FF4001 checkout"]);
    assert_eq!(of_plain("allow missing-owner"), [""; 0]);
}

#[test]
fn rules_are_named_by_id_name_or_family_in_either_case() {
    for name in ["missing-owner", "FF4001", "ff4001", "FF4", "ff4"] {
        assert_eq!(of_plain(&format!("allow {name}")), [""; 0], "{name}");
    }
}

#[test]
fn a_rule_that_is_allowed_by_default_is_reported_once_asked_for() {
    assert_eq!(of_plain("warn missing-expiry"), ["W FF4001 checkout", "W FF4003 checkout"]);
}

#[test]
fn the_more_specific_line_wins_then_the_later() {
    assert_eq!(of_plain("deny missing-owner\nallow FF4"), ["E FF4001 checkout"]);
    assert_eq!(of_plain("allow missing-owner\ndeny missing-owner"), ["E FF4001 checkout"]);
    assert_eq!(of_plain("deny missing-owner\nallow missing-owner"), [""; 0]);
    assert_eq!(of_plain("allow missing-owner in=\"flags/**\"\ndeny missing-owner"), [""; 0]);
    assert_eq!(of_plain("allow FF4 in=\"flags/**\"\ndeny FF4"), [""; 0]);
    // A family raises what is allowed by default too; the line that names the rule keeps it allowed.
    let family = of_plain("allow missing-owner\ndeny FF4 in=\"flags/**\"");
    assert_eq!(family, ["E FF4003 checkout", "E FF4009 checkout", "E FF4014 checkout"]);
}

#[test]
fn a_glob_covers_the_files_whose_workspace_path_it_matches() {
    assert_eq!(of_plain("deny missing-owner in=\"flags/*.kdl\""), ["E FF4001 checkout"]);
    assert_eq!(of_plain("deny missing-owner in=\"*.kdl\""), ["W FF4001 checkout"]);
    assert_eq!(of_plain("deny missing-owner in=\"**/*.kdl\""), ["E FF4001 checkout"]);
    assert_eq!(of_plain("deny missing-owner in=\"[\""), ["E FF1004 \"[\"", "W FF4001 checkout"]);
}

#[test]
fn a_line_past_its_day_holds_no_more_and_says_so() {
    let expired = of_plain("allow missing-owner until=\"2026-11-30\"");
    assert_eq!(expired, ["W FF4011 \"2026-11-30\"", "W FF4001 checkout"]);
    assert_eq!(of_plain("allow missing-owner until=\"2026-12-01\""), [""; 0]);
}

#[test]
fn unknown_rules_and_families_that_cannot_be_lowered_are_errors() {
    assert_eq!(of_plain("deny mising-owner"), ["E FF1016 mising-owner", "W FF4001 checkout"]);
    assert_eq!(of_plain("allow FF9"), ["E FF1016 FF9", "W FF4001 checkout"]);
    for line in ["allow FF1", "warn FF0", "allow unknown-variation", "warn unknown-variation", "allow zero-weight"] {
        let found = of_plain(line);
        assert!(found.iter().any(|finding| finding.starts_with("E FF1016")), "{line}: {found:?}");
    }
    for line in ["deny FF1", "deny zero-weight", "warn zero-weight"] {
        assert_eq!(of_plain(line), ["W FF4001 checkout"], "{line}");
    }
}

#[test]
fn an_exception_of_some_files_must_be_needed_a_policy_need_not() {
    let unused = of_plain("allow stale-flag in=\"flags/**\"");
    assert_eq!(unused, ["W FF4010 stale-flag", "W FF4001 checkout"]);
    assert_eq!(of_plain("allow stale-flag"), ["W FF4001 checkout"]);
}

#[test]
fn allow_in_a_flag_suppresses_its_findings_and_no_other_flags() {
    assert_eq!(allowing("allow missing-owner reason=\"?\"", "gate all"), [""; 0]);
    let other = PLAIN.replace("checkout", "other");
    let text = PLAIN.replace("    variation", "    allow missing-owner reason=\"?\"\n    variation");
    assert_eq!(findings("", &[("a.kdl", &text), ("b.kdl", &other)]), ["W FF4001 other"]);
}

#[test]
fn allow_in_an_environment_suppresses_findings_about_it_alone() {
    let forgotten = "gate all override=\"INC-17\" until=\"2026-01-01\"";
    let owner = "W FF4001 checkout";
    let inside = format!("{forgotten}\nallow forgotten-override reason=\"?\"");
    assert_eq!(allowing("", &inside), [owner]);
    assert_eq!(allowing("allow FF4 reason=\"?\"", forgotten), [""; 0]);
    let unneeded = allowing("", "gate all\nallow missing-owner reason=\"?\"");
    assert_eq!(unneeded, [owner, "W FF4010 missing-owner"]);
}

#[test]
fn allow_reaches_findings_that_only_their_place_ties_to_the_flag() {
    let fine = "gate all serve=on start=\"2027-01-01T00:00:00.0001Z\"";
    let text = |allow: &str| {
        format!(
            "flag checkout type=boolean owner=o {{\n{allow}\nvariation on #true\n{fine}\nenv test enabled=#true {{ gate all }}\n}}\n"
        )
    };
    assert_eq!(findings("", &[("a.kdl", &text(""))]), ["E FF5001 \"2027-01-01T00:00:00.0001Z\""]);
    assert_eq!(findings("", &[("a.kdl", &text("allow fine-instant reason=\"?\""))]), [""; 0]);
}

#[test]
fn allow_needs_a_reason_a_need_and_a_day_to_come() {
    assert_eq!(allowing("allow missing-owner", "gate all"), ["E FF4012 missing-owner"]);
    let unneeded = allowing("allow stale-flag reason=\"?\"", "gate all");
    assert_eq!(unneeded, ["W FF4001 checkout", "W FF4010 stale-flag"]);
    let late = allowing("allow missing-owner reason=\"?\" until=\"2026-11-30\"", "gate all");
    assert_eq!(late, ["W FF4001 checkout", "W FF4011 \"2026-11-30\""]);
}

#[test]
fn findings_about_allow_lines_have_levels_too() {
    let allow = "allow stale-flag reason=\"?\"";
    let text = PLAIN.replace("    variation", &format!("    {allow}\n    variation"));
    let files = [("a.kdl", text.as_str())];
    assert_eq!(findings("allow FF4", &files), [""; 0]);
    assert_eq!(findings("deny unused-allow", &files), ["W FF4001 checkout", "E FF4010 stale-flag"]);
    let both = allowing(&format!("{allow}\nallow unused-allow reason=\"?\""), "gate all");
    assert_eq!(both, ["W FF4001 checkout"]);
}

#[test]
fn allow_of_a_rule_that_cannot_be_lowered_suppresses_nothing() {
    let found = allowing("allow unknown-step reason=\"?\"", "gate al");
    assert!(found.contains(&"E FF1016 unknown-step".to_owned()), "{found:?}");
    assert!(found.contains(&"E FF1011 al".to_owned()), "{found:?}");
}
