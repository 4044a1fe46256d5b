//! What `flagfall sql` writes is what the evaluator says, subject by subject, in real engines.
//!
//! DuckDB and Spark come from `tests/sql/engines` (`FLAGFALL_REQUIRE_SQL=1` fetches them, and fails where an engine is missing), PostgreSQL
//! from the machine. BigQuery and Snowflake cannot run here: `tests/sql/golden` shows what is written, and sqlglot reads it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "sql/jobs.rs"]
mod jobs;
#[path = "sql/subjects.rs"]
mod subjects;
#[path = "support/workspace.rs"]
mod workspace;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use jobs::PLANTED;
use workspace::{Run, flagfall};

const DIALECTS: [&str; 5] = ["duckdb", "spark", "bigquery", "snowflake", "postgres"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is run, made once for all engines.
fn made() -> &'static [PathBuf] {
    static MADE: OnceLock<Vec<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| jobs::make(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("sql")))
}

fn required() -> bool {
    std::env::var_os("FLAGFALL_REQUIRE_SQL").is_some_and(|value| value == "1")
}

/// The Python that has the engines; none where it is not there and nobody asked for it.
fn python() -> Option<String> {
    let ran = Command::new(root().join("tests/sql/engines")).output().unwrap();
    if ran.status.success() {
        return Some(String::from_utf8(ran.stdout).unwrap().trim().to_owned());
    }
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!required(), "{said}");
    eprintln!("not run: {said}");
    None
}

/// What the driver says, line by line.
fn driven(python: &str, what: &str) -> Vec<Value> {
    let ran = Command::new(python).arg(root().join("tests/sql/driver.py")).arg(what).args(made()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{what}: {}\n{said}", String::from_utf8_lossy(&ran.stderr));
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{what} said `{line}`"))).collect()
}

/// Every query agrees with the evaluator about every subject, and the log's planted mismatches are counted.
fn agrees(python: &str, engine: &str) {
    let (mut wrong, mut rows, mut logs) = (Vec::new(), 0, 0);
    for line in driven(python, engine) {
        if let Some(counts) = line["counts"].as_array() {
            let counts: Vec<u64> = counts.iter().map(|count| count.as_u64().unwrap()).collect();
            let [all, mismatches, undecided] = PLANTED;
            assert_eq!(counts, [all, all - mismatches - undecided, mismatches, undecided], "{engine}: {line}");
            logs += 1;
            continue;
        }
        assert_eq!(line["rows"], jobs::SUBJECTS, "{engine}: {line}");
        rows += line["rows"].as_u64().unwrap();
        if line["wrong"] != 0 {
            wrong.push(line.to_string());
        }
    }
    assert!(rows >= 20 * jobs::SUBJECTS && logs == 2, "{engine}: {rows} rows, {logs} logs");
    eprintln!("{engine}: {rows} assignments agree with the evaluator's");
    golden::all(wrong);
}

#[test]
fn duckdb_assigns_as_the_evaluator_does() {
    if let Some(python) = python() {
        agrees(&python, "duckdb");
    }
}

#[test]
fn spark_assigns_as_the_evaluator_does() {
    let Some(python) = python() else { return };
    if Command::new("java").arg("-version").output().is_err() {
        assert!(!required(), "there is no Java to run Spark");
        eprintln!("not run: there is no Java to run Spark");
        return;
    }
    agrees(&python, "spark");
}

#[test]
fn postgres_assigns_as_the_evaluator_does() {
    let there = Path::new("/usr/lib/postgresql").is_dir() || Command::new("initdb").arg("--version").output().is_ok();
    if !there {
        assert!(!required(), "there is no PostgreSQL");
        eprintln!("not run: there is no PostgreSQL");
        return;
    }
    agrees("python3", "postgres");
}

#[test]
fn every_query_is_grammatical_in_its_dialect() {
    let Some(python) = python() else { return };
    let lines = driven(&python, "parse");
    assert!(lines.len() > 100, "{}", lines.len());
    golden::all(lines.iter().filter(|line| line["wrong"] != 0).map(ToString::to_string).collect());
}

fn sql(arguments: &[&str]) -> Run {
    let all = [&["sql"], arguments, &["--workspace", "tests/sql/every-operator", "--env", "production"]].concat();
    flagfall(root(), &all)
}

#[test]
fn every_dialect_writes_what_was_reviewed() {
    let mut errors = Vec::new();
    let at = ["--at", "2026-12-15T00:00:00Z"];
    for dialect in DIALECTS {
        let shapes: [(&str, Vec<&str>); 7] = [
            ("texts", at.to_vec()),
            ("patterns", at.to_vec()),
            ("numbers", at.to_vec()),
            ("truths", [&at[..], &["--subject", "User Id", "--table", "growth.users", "--column", "id=key"]].concat()),
            ("versions", [&at[..], &["--column", "app.version=app_version_2"]].concat()),
            ("windows", vec!["--check", "logs.assignments", "--table", "subjects", "--flag-column", "flag"]),
            ("windows", vec!["--expression", "value", "--at-column", "seen_at"]),
        ];
        for (index, (flag, more)) in shapes.iter().enumerate() {
            let run = sql(&[&[*flag, "--dialect", dialect], &more[..]].concat());
            assert_eq!((run.code, run.messages.as_str()), (0, ""), "{flag} {dialect}");
            let path =
                root().join(format!("tests/sql/golden/{flag}{}.{dialect}.sql", if index == 6 { "-value" } else { "" }));
            errors.extend(golden::compare(&path, &run.results).err());
        }
    }
    golden::all(errors);
}

#[test]
fn what_a_dialect_cannot_say_is_a_finding_where_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("flagfall.kdl", "edition \"2026\"\nenv production\nrules { allow FF4 FF5003 FF5004 reason=\"a fixture\" }\n");
    write(
        "main.kdl",
        "attribute email string\nattribute name string\n\nsegment staff {\n    when { email matches #\"(?m)^emp-\"# }\n}\n\n\
         flag checkout type=boolean {\n    variation on #true\n    gate all serve=on { when in-segment staff }\n    \
         gate words serve=on {\n        when { name matches #\"\\bword\"# }\n        or { name matches #\"a{300}\"# }\n    }\n    \
         env production enabled=#true {\n        gate all\n        gate words\n    }\n}\n",
    );
    let run = |dialect: &str, more: &[&str]| {
        flagfall(directory.path(), &[&["sql", "checkout", "--env", "production", "--dialect", dialect], more].concat())
    };
    let found = run("postgres", &[]);
    assert_eq!((found.code, found.results.as_str()), (1, ""));
    golden::all(
        golden::compare(&root().join("tests/sql/golden/findings.stderr"), &found.messages).err().into_iter().collect(),
    );
    let document = run("duckdb", &["--json"]).json();
    assert_eq!(document["sql"], Value::Null);
    let lines: Vec<&Value> =
        document["findings"].as_array().unwrap().iter().map(|found| &found["place"]["line"]).collect();
    assert_eq!(lines, [5, 12]);
}

#[test]
fn names_and_texts_of_any_kind_stay_within_their_quotes() {
    let hostile = "x\"`'\\; DROP TABLE subjects; --";
    for (dialect, quoted) in [
        ("duckdb", "\"x\"\"`'\\; DROP TABLE subjects; --\""),
        ("postgres", "\"x\"\"`'\\; DROP TABLE subjects; --\""),
        ("snowflake", "\"x\"\"`'\\; DROP TABLE subjects; --\""),
        ("spark", "`x\"``'\\; DROP TABLE subjects; --`"),
        ("bigquery", "`x\"\\`'\\\\; DROP TABLE subjects; --`"),
    ] {
        let run = sql(&["texts", "--dialect", dialect, "--subject", hostile, "--table", hostile]);
        assert!(run.results.contains(&format!("CAST(t.{quoted} AS")), "{}", run.results);
        assert!(run.results.contains(&format!("FROM {quoted} AS t\n")), "{}", run.results);
    }
}

#[test]
fn arguments_that_do_not_fit_are_refused_with_a_next_step() {
    for (arguments, said) in [
        (&["nothing", "--dialect", "duckdb"][..], "there is no flag `nothing`"),
        (&["texts", "--dialect", "duckdb", "--table", "a..b"], "`a..b` is no name of a table"),
        (&["texts", "--dialect", "duckdb", "--subject", "a\nb"], "`a\\nb` is no name of a column"),
        (&["texts", "--dialect", "spark", "--subject", "${x}"], "`${x}` is no name of a column"),
        (&["texts", "--dialect", "duckdb", "--column", "nam=x"], "there is no attribute `nam`"),
        (&["texts", "--dialect", "duckdb", "--column", "name"], "`name` names no column"),
        (&["texts", "--dialect", "duckdb", "--at", "soon"], "`soon` is not an instant"),
    ] {
        let run = sql(arguments);
        assert_eq!((run.code, run.results.as_str()), (2, ""), "{arguments:?}");
        assert!(run.messages.contains(said) && run.messages.contains("help: "), "{arguments:?}: {}", run.messages);
    }
}

#[test]
fn a_flag_that_is_not_served_gives_everyone_the_default() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("flagfall.kdl"),
        "edition \"2026\"\nenv production\nrules { allow FF4 reason=\"a fixture\" }\n",
    )
    .unwrap();
    std::fs::write(directory.path().join("main.kdl"), "flag off type=boolean {\n    variation on #true\n    gate all serve=on\n    env production enabled=#false { gate all }\n}\n").unwrap();
    let run = flagfall(directory.path(), &["sql", "off", "--env", "production", "--dialect", "duckdb"]);
    assert_eq!(run.code, 0, "{}", run.messages);
    assert!(run.messages.contains("`off` is not served in production"), "{}", run.messages);
    assert!(run.results.contains("CAST(NULL AS VARCHAR) AS variation"), "{}", run.results);
}
