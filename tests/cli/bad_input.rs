//! Hostile and broken input: everything is reported, nothing is lost, nothing takes long.

use std::time::{Duration, Instant};

use super::Sandbox;

/// What a run may take on a busy machine in a debug build; released, all of these take a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_hundred_thousand_errors_in_one_file_are_all_reported() {
    let sandbox = Sandbox::workspace();
    sandbox.write("lines.kdl", "x y\n".repeat(100_000));
    sandbox.write("one-line.kdl", "x;".repeat(100_000) + "é;");
    for arguments in [&["check"][..], &["check", "--format", "plain"], &["check", "--json"]] {
        let started = Instant::now();
        let ran = sandbox.run(arguments).exits(1);
        assert!(started.elapsed() < PATIENCE, "{arguments:?} took {:?}", started.elapsed());
        match arguments.last() {
            Some(&"plain") => assert_eq!(ran.stdout.lines().count(), 200_001),
            Some(&"--json") => assert_eq!(ran.stdout.matches("\"FF1001\"").count(), 200_001),
            _ => {
                assert!(ran.stderr.contains("and 99950 more in lines.kdl: --format plain lists all"));
                assert!(ran.stderr.ends_with("200001 errors in 2 files\n"));
            }
        }
    }
}

#[test]
fn nesting_of_any_depth_is_a_finding() {
    let sandbox = Sandbox::workspace();
    sandbox.write("deep.kdl", "a {".repeat(5_000));
    sandbox.write("hidden.kdl", "/-{".repeat(5_000));
    sandbox.write("both.kdl", "a /-{ b {".repeat(5_000) + &"}".repeat(10_000));
    sandbox.write("braces.kdl", "}".repeat(50_000));
    sandbox.write("quotes.kdl", "\"".repeat(50_001));
    sandbox.write("hashes.kdl", "#".repeat(50_000) + "\"");
    sandbox.write("comments.kdl", "/*".repeat(50_000));
    sandbox.write("backslashes.kdl", "\\".repeat(50_000));
    let started = Instant::now();
    let ran = sandbox.run(&["check", "--format", "plain"]).exits(1);
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    for file in ["deep", "hidden", "both", "braces", "quotes", "hashes", "comments", "backslashes"] {
        assert!(ran.stdout.contains(&format!("{file}.kdl:")), "nothing about {file}.kdl");
    }
    assert!(ran.stdout.contains("error[FF0006] nested-too-deep"));
}

#[test]
fn any_bytes_end_in_findings() {
    let sandbox = Sandbox::workspace();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words = [
        "flag",
        "a",
        "{",
        "}",
        "\n",
        " ",
        "=",
        "\"",
        "#\"",
        "\"#",
        "/-",
        "//",
        "/*",
        "*/",
        "\\",
        ";",
        "when",
        "or",
        "experiment",
        "split",
        "env",
        "test",
        "5%",
        "#true",
        "1e9",
        "- ",
        "(x)",
        "\u{feff}",
        "é",
        "gate",
        "serve=",
        "\r",
    ];
    for file in 0..40 {
        let text: String = (0..400).map(|_| words[(next() % words.len() as u64) as usize]).collect();
        sandbox.write(&format!("{file}.kdl"), text);
    }
    for arguments in [&["check"][..], &["check", "--json"]] {
        let ran = sandbox.run(arguments).exits(1);
        assert!(!ran.stderr.contains("mistake of its own"), "{}", ran.stderr);
    }
}
