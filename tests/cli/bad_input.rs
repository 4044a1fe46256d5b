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

/// One file of each kind of bad input: its name, its text, and the finding and line it gets.
const EACH_BAD_INPUT: &[(&str, &str, &str, u32)] = &[
    ("unknown-keys.kdl", "flag unknown-keys type=boolean ower=growth {\n    OK\n}\n", "FF1002", 1),
    (
        "wrong-types.kdl",
        "attribute a1 number\nflag wrong-types type=integer owner=x {\n    variation one 1\n    variation two \"2\"\n    gate g serve=one { when a1 gt ten }\n    OK\n}\n",
        "FF1018",
        5,
    ),
    (
        "wrong-value.kdl",
        "flag wrong-value type=integer owner=x {\n    variation one 1\n    variation two \"2\"\n    OK\n}\n",
        "FF1022",
        3,
    ),
    ("missing-pieces.kdl", "flag missing-pieces owner=x {\n    OK\n}\n", "FF1003", 1),
    ("duplicate-flag-1.kdl", "flag twice type=boolean owner=x {\n    OK\n}\n", "", 0),
    ("duplicate-flag-2.kdl", "\nflag twice type=boolean owner=x {\n    OK\n}\n", "FF1007", 2),
    (
        "duplicate-variation.kdl",
        "flag duplicate-variation type=boolean owner=x {\n    variation off #false\n    variation on #true\n    variation on #false\n    OK\n}\n",
        "FF1007",
        4,
    ),
    (
        "duplicate-step.kdl",
        "flag duplicate-step type=boolean owner=x {\n    gate g serve=on\n    gate g serve=on\n    OK\n}\n",
        "FF1007",
        3,
    ),
    ("duplicate-property.kdl", "flag duplicate-property type=boolean owner=x owner=y {\n    OK\n}\n", "FF0032", 1),
    ("cycle.kdl", "segment c1 { when in-segment c2 }\nsegment c2 { when in-segment c1 }\n", "FF1023", 2),
    (
        "salts-1.kdl",
        "flag checkout-copy type=boolean owner=x {\n    experiment test { split off=50 on=50 }\n    OK test\n}\n",
        "FF1035",
        5,
    ),
    (
        "salts-2.kdl",
        "flag checkout type=boolean owner=x {\n    experiment copy-test { split off=50 on=50 }\n    OK copy-test\n}\n",
        "",
        0,
    ),
    (
        "entities.kdl",
        "layer l1 entity=device { slot s from=\"0%\" to=\"50%\"; slot t from=\"50%\" to=\"60%\" }\nflag entities type=boolean owner=x {\n    experiment e { split off=50 on=50; layer l1 slot=s }\n    OK e\n}\n",
        "FF1037",
        3,
    ),
    (
        "disabled.kdl",
        "flag disabled type=boolean owner=x {\n    variation off #false\n    variation on #true\n    experiment e { split off=50 on=50 }\n    env test enabled=#false { experiment e }\n    env production enabled=#true { experiment e }\n}\n",
        "FF4015",
        5,
    ),
    (
        "shares.kdl",
        "flag shares type=boolean owner=x {\n    variation off #false\n    variation on #true\n    gate g serve=on\n    gate h serve=off\n    env test enabled=#true { gate g \"0.005%\"; gate h }\n}\n",
        "FF1024",
        6,
    ),
    (
        "weights.kdl",
        "flag weights type=boolean owner=x {\n    experiment e { split off=0 on=50 }\n    OK e\n}\n",
        "FF1029",
        2,
    ),
    (
        "unknown-variation.kdl",
        "flag unknown-variation type=boolean owner=x {\n    gate g serve=onn\n    OK\n}\n",
        "FF1010",
        2,
    ),
    (
        "unplaced.kdl",
        "flag unplaced type=boolean owner=x {\n    experiment e { split off=50 on=50 }\n    OK\n}\n",
        "FF4016",
        2,
    ),
    (
        "placed-twice.kdl",
        "flag placed-twice type=boolean owner=x {\n    variation off #false\n    variation on #true\n    gate g serve=on\n    env test enabled=#true {\n        gate g\n        gate g\n        otherwise off\n    }\n}\n",
        "FF1038",
        7,
    ),
    (
        "ramp.kdl",
        "flag narrows type=boolean owner=x {\n    variation off #false\n    variation on #true\n    gate g serve=on\n    env test enabled=#true {\n        gate g { ramp { at \"2026-01-01T00:00:00Z\" \"20%\"; at \"2026-02-01T00:00:00Z\" \"5%\" } }\n        otherwise off\n    }\n}\n",
        "FF1032",
        6,
    ),
    (
        "wire-values.kdl",
        "flag wire-values type=boolean owner=x {\n    variation off #false\n    variation on #true\n    gate g serve=on\n    gate h serve=off\n    env test enabled=#true {\n        gate g key=same\n        gate h key=same\n    }\n}\n",
        "FF1036",
        8,
    ),
    (
        "pattern.kdl",
        "attribute a2 string\nsegment p1 { when a2 matches \"(\" }\nsegment p2 { when in-segment p1 }\n",
        "FF1033",
        2,
    ),
    ("unportable.kdl", "attribute a3 string\nsegment p3 { when a3 matches \"[[:alpha:]]@\" }\n", "FF5003", 2),
    ("dates.kdl", "flag dates type=boolean owner=x expires=\"2026-13-01\" {\n    OK\n}\n", "FF1030", 1),
    ("syntax.kdl", "\n\nflag syntax type=boolean owner=\"x {\n", "FF0001", 3),
];

#[test]
fn one_run_reports_one_file_of_each_bad_input_at_its_line() {
    let sandbox = Sandbox::workspace();
    let ok = |text: &str| {
        let mut whole = String::new();
        for line in text.lines() {
            let Some(step) = line.trim_start().strip_prefix("OK") else {
                whole.push_str(line);
                whole.push('\n');
                continue;
            };
            if !text.contains("    variation ") {
                whole.push_str("    variation off #false\n    variation on #true\n");
            }
            let place = if step.is_empty() { String::new() } else { format!("experiment {}; ", step.trim()) };
            let last = if text.contains("    variation one") { "one" } else { "off" };
            whole.push_str(&format!("    env test enabled=#true {{ {place}otherwise {last} }}\n"));
        }
        whole
    };
    for (name, text, ..) in EACH_BAD_INPUT {
        sandbox.write(name, ok(text));
    }
    sandbox.write("latin1.kdl", b"\n\xf6\n");
    sandbox.write("large.kdl", vec![b' '; (1 << 20) + 1]);
    sandbox.link("outside.kdl", "/etc/hostname");
    sandbox.write("deep.kdl", "a {".repeat(5_000));
    sandbox.write("hidden.kdl", "/-{".repeat(5_000));
    sandbox.write("many.kdl", "x y\n".repeat(100_000));
    let started = Instant::now();
    let ran = sandbox.run(&["check", "--format", "plain"]).exits(1);
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    let others = [
        ("latin1.kdl", "", "FF0002", 2),
        ("large.kdl", "", "FF0003", 1),
        ("outside.kdl", "", "FF0004", 1),
        ("deep.kdl", "", "FF0006", 1),
        ("many.kdl", "", "FF1001", 100_000),
    ];
    let lines: Vec<&str> =
        ran.stdout.lines().filter(|line| !line.starts_with("many.kdl") && !line.starts_with("hidden.kdl")).collect();
    let mut missing = Vec::new();
    for (name, _, id, line) in EACH_BAD_INPUT.iter().chain(&others).filter(|(_, _, id, _)| !id.is_empty()) {
        let start = if *line == 0 { format!("{name}:") } else { format!("{name}:{line}:") };
        if !ran.stdout.lines().any(|said| said.starts_with(&start) && said.contains(&format!("[{id}]"))) {
            missing.push(format!("{start} [{id}]"));
        }
    }
    assert!(missing.is_empty(), "nothing says {missing:#?}:\n{}", lines.join("\n"));
}
