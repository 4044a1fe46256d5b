//! The JSON Schemas: committed as generated, complete, and true of what the binary prints.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a run of the binary prints.
#[track_caller]
fn run(directory: &Path, arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    let output = command.env("SOURCE_DATE_EPOCH", "1796040000").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The generated schemas by name, as text.
fn generated() -> BTreeMap<String, String> {
    let list: Value = serde_json::from_str(&run(&root(), &["schema", "--json"], 0)).unwrap();
    let names = list["schemas"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
    names.map(|name| (name.clone(), run(&root(), &["schema", &name], 0))).collect()
}

#[test]
fn committed_schemas_are_the_generated_ones() {
    let directory = root().join("schema");
    if std::env::var_os("BLESS").is_some() {
        run(&root(), &["schema", "--out", "schema"], 0);
    }
    let generated = generated();
    let mut committed = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // `tests/crd.rs` holds the definition of FlagSync.
        if path.extension().is_some_and(|extension| extension == "yaml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = generated.get(&name).unwrap_or_else(|| panic!("nothing makes {}", path.display()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, *expected, "{} is out of date; BLESS=1 rewrites it", path.display());
        committed.insert(name);
    }
    assert!(committed.iter().eq(generated.keys()), "missing: BLESS=1 writes them");
}

#[test]
fn every_document_that_names_a_schema_has_one() {
    let mut found = BTreeSet::new();
    let mut open = vec![root().join("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            for (at, _) in text.match_indices("flagfall.") {
                let name: String =
                    text[at..].chars().take_while(|c| c.is_ascii_lowercase() || ".-/1".contains(*c)).collect();
                if name.ends_with("/1") {
                    found.insert(name);
                }
            }
        }
    }
    let schemas = generated();
    let ids: BTreeSet<String> = schemas
        .values()
        .map(|text| serde_json::from_str::<Value>(text).unwrap()["$id"].as_str().unwrap().to_owned())
        .collect();
    let missing: Vec<_> = found.difference(&ids).collect();
    assert!(found.len() >= 10 && missing.is_empty(), "no schema for {missing:?}");
}

#[test]
fn every_member_is_described() {
    fn walk(path: &str, part: &Value, missing: &mut Vec<String>) {
        let Some(part) = part.as_object() else { return };
        for (name, member) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if member.get("description").is_none() {
                missing.push(format!("{path}.{name}"));
            }
        }
        for (name, inner) in part.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            if inner.get("description").is_none() {
                missing.push(format!("{path} {name}"));
            }
            walk(&format!("{path} {name}"), inner, missing);
        }
    }
    let mut missing = Vec::new();
    for (name, text) in generated() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(schema.get("description").is_some(), "{name}");
        walk(&name, &schema, &mut missing);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Schemas to validate with.
struct Validator {
    schemas: boon::Schemas,
    by_name: BTreeMap<String, boon::SchemaIndex>,
}

impl Validator {
    /// Where `closed`, members that the schema does not describe are errors, too.
    fn new(closed: bool) -> Self {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        let mut by_name = BTreeMap::new();
        for (name, text) in generated() {
            let mut schema: Value = serde_json::from_str(&text).unwrap();
            if closed {
                close(&mut schema);
            }
            let place = format!("https://flagfall.test/{name}.json");
            compiler.add_resource(&place, schema).unwrap();
            by_name.insert(name, compiler.compile(&place, &mut schemas).unwrap());
        }
        Self { schemas, by_name }
    }

    #[track_caller]
    fn accepts(&self, name: &str, text: &str) -> Value {
        let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if let Err(error) = self.schemas.validate(&document, self.by_name[name]) {
            panic!("{name}: {error:#}\n{text}");
        }
        document
    }
}

fn close(part: &mut Value) {
    match part {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// A workspace as `init` starts it, in `flags`.
fn started() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &["init"], 0);
    directory
}

fn append(directory: &Path, file: &str, text: &str) {
    let path = directory.join(file);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(path, before + text).unwrap();
}

#[test]
fn what_is_printed_about_a_sound_workspace_is_as_the_schemas_say() {
    let (directory, valid) = (started(), Validator::new(true));
    let at = directory.path();
    valid.accepts("init", &run(at, &["init", "other", "--json"], 0));
    std::fs::remove_dir_all(at.join("other")).unwrap();
    valid.accepts("check", &run(at, &["check", "--json"], 0));
    valid.accepts("rules", &run(at, &["rules", "--json"], 0));
    valid.accepts("explain", &run(at, &["explain", "FF1010", "--json"], 0));
    valid.accepts("schema", &run(at, &["schema", "--json"], 0));
    valid.accepts("test", &run(at, &["test", "--json"], 0));
    let measured = valid.accepts("test", &run(at, &["test", "--coverage", "--mutate", "--json"], 1));
    assert!(measured["coverage"]["flags"].is_array() && measured["mutation"]["flags"].is_array());
    valid.accepts("compile", &run(at, &["compile", "--check", "--json"], 1));
    valid.accepts("compile", &run(at, &["compile", "--client", "--json"], 0));
    valid.accepts("compile", &run(at, &["compile", "--check", "--json"], 0));
    for file in ["test", "test.client", "production", "production.client"] {
        valid.accepts("ufc", &std::fs::read_to_string(at.join(format!("flags/dist/{file}.json"))).unwrap());
    }
    let flag = "welcome-banner";
    let simulated = run(at, &["simulate", flag, "--env", "production", "--given", "country=US", "--json"], 0);
    assert!(valid.accepts("simulate", &simulated)["p_value"].is_number());
    valid.accepts("simulate", &run(at, &["simulate", flag, "--env", "test", "--json"], 0));
    let sql = ["sql", flag, "--env", "production", "--dialect", "spark", "--json"];
    assert!(valid.accepts("sql", &run(at, &sql, 0))["sql"].is_string());
    valid.accepts("show", &run(at, &["show", flag, "--env", "production", "--json"], 0));
    append(at, "flags/page.kdl", "layer page { slot one from=\"0%\" to=\"40%\"; }\n");
    valid.accepts("layers", &run(at, &["layers", "--json"], 0));
    std::fs::remove_file(at.join("flags/page.kdl")).unwrap();
    let ufc = ["--ufc", "flags/dist/production.client.json", "--json"];
    let staff = ["eval", flag, "emp-1", "email=ana@example.com"];
    valid.accepts("eval", &run(at, &[&staff[..], &["--env", "production", "--json"]].concat(), 0));
    valid.accepts("eval", &run(at, &[&staff[..], &ufc].concat(), 0));
    valid.accepts("eval", &run(at, &[&["eval", "no-such-flag", "user-1"], &ufc[..]].concat(), 0));
    valid.accepts("prove", &run(at, &["prove", "equal", "flags", "flags/dist/production.json", "--json"], 0));
    let other = ["prove", "equal", "flags", "flags/dist/test.json", "--env", "production", "--json"];
    valid.accepts("prove", &run(at, &other, 1));
    for given in [&[][..], &["--given", "country=US"]] {
        let reaches = ["prove", "reaches", "welcome-banner/banner-test", "--env", "production", "--json"];
        valid.accepts("prove", &run(at, &[&reaches[..], given].concat(), 0));
    }
    let imported = ["import", "flags/dist/production.json", "--env", "production", "--out", "again", "--json"];
    valid.accepts("check", &run(at, &imported, 0));
}

#[test]
fn what_is_published_is_as_the_schemas_say() {
    let (directory, valid) = (started(), Validator::new(true));
    let at = directory.path();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]).args(arguments);
        let output = command.current_dir(at).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let commit = || {
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "x"]);
    };
    let publish = ["publish", "--to", "refs/heads/published", "--json"];
    git(&["init", "-q", "-b", "main"]);
    commit();
    let first = valid.accepts("publish", &run(at, &[&publish[..], &["--client"]].concat(), 0));
    assert_eq!(first["state"], "published");
    assert_eq!(valid.accepts("publish", &run(at, &[&publish[..], &["--client"]].concat(), 0))["state"], "current");
    valid.accepts("manifest", &git(&["show", "published:manifest.json"]));
    assert_eq!(valid.accepts("verify", &run(at, &["verify", "published", "--json"], 0))["verified"], true);

    let emit = ["compile", "--emit", "configmap", "--env", "production", "--name", "flags", "--client", "--layout"];
    for layout in ["inline", "gzip", "parts"] {
        let text = run(at, &[&emit[..], &[layout]].concat(), 0);
        let pointer: Value = serde_saphyr::from_str(text.split("---\n").last().unwrap()).unwrap();
        valid.accepts("pointer", pointer["data"]["manifest.json"].as_str().unwrap());
    }

    let file = at.join("flags/welcome-banner.kdl");
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_file(at.join("flags/welcome-banner.test.kdl")).unwrap();
    commit();
    let held = valid.accepts("publish", &run(at, &[&publish[..], &["--dry-run"]].concat(), 1));
    assert_eq!((&held["state"], held["differences"].as_array().unwrap().len()), (&Value::from("held"), 2));
    valid.accepts("publish", &run(at, &[&publish[..], &["--allow-empty"]].concat(), 0));
    assert_eq!(valid.accepts("verify", &run(at, &["verify", "published~1", "--json"], 0))["verified"], true);
    append(at, "flags/broken.kdl", "flag broken type=string {\n}\n");
    commit();
    assert_eq!(valid.accepts("publish", &run(at, &publish, 1))["state"], "refused");
}

#[test]
fn batches_are_as_the_schema_says_with_and_without_its_name() {
    let (directory, valid) = (started(), Validator::new(true));
    let at = directory.path();
    let mut lines = String::from("not JSON\n{\"flag\":\"no-such-flag\",\"subject\":\"a\",\"attributes\":{}}\n");
    for number in 0..40 {
        lines += &format!(
            "{{\"flag\":\"welcome-banner\",\"subject\":\"u{number}\",\"attributes\":{{\"country\":\"US\"}}}}\n"
        );
    }
    std::fs::write(at.join("lines"), lines).unwrap();
    let batch = ["eval", "--env", "production", "--batch", "lines"];
    let named = run(at, &[&batch[..], &["--json"]].concat(), 0);
    let answers: Vec<Value> = named.lines().map(|line| valid.accepts("eval-batch", line)).collect();
    assert!(answers.iter().all(|answer| answer["schema"] == "flagfall.eval-batch/1"));
    assert!(answers.iter().any(|answer| answer["event"]["metaData"]["sdkName"] == "flagfall"), "{named}");
    for line in run(at, &batch, 0).lines() {
        assert!(valid.accepts("eval-batch", line).get("schema").is_none());
    }
}

#[test]
fn what_is_printed_about_a_broken_workspace_is_as_the_schemas_say() {
    let (directory, valid) = (started(), Validator::new(true));
    let at = directory.path();
    run(at, &["compile"], 0);
    append(
        at,
        "flags/failing.test.kdl",
        "tests welcome-banner {\n    case group env=production {\n        given country=US\n        share on \"7%\"\n        never off\n    }\n    \
         case one env=production {\n        subject emp-1 email=\"ana@example.com\"\n        expect off\n    }\n}\n",
    );
    let failed = valid.accepts("test", &run(at, &["test", "--json"], 1));
    assert_eq!(failed["summary"]["failed"], 2);
    append(at, "flags/dist/production.json", " ");
    let text = std::fs::read_to_string(at.join("flags/dist/test.json")).unwrap();
    std::fs::write(at.join("flags/dist/test.json"), text.replace("\"enabled\": true", "\"enabled\": false")).unwrap();
    std::fs::write(at.join("flags/dist/gone.json"), text).unwrap();
    let checked = valid.accepts("compile", &run(at, &["compile", "--check", "--json"], 1));
    let states: Vec<_> =
        checked["files"].as_array().unwrap().iter().map(|file| file["state"].as_str().unwrap()).collect();
    assert!(states.contains(&"outdated") && states.contains(&"stale"), "{states:?}");
    append(
        at,
        "flags/broken.kdl",
        "flag broken type=string {\n    variation a \"A\"\n    gate g serve=b { when country = US }\n    \
         env production enabled=#true {\n        gate g 5\n    }\n}\n",
    );
    let findings = valid.accepts("check", &run(at, &["check", "--json"], 1));
    assert!(findings["findings"].as_array().unwrap().iter().any(|finding| finding["edits"][0].is_object()));
    assert!(valid.accepts("compile", &run(at, &["compile", "--json"], 1))["refused"].is_object());
    assert!(valid.accepts("test", &run(at, &["test", "--json"], 1))["refused"].is_object());
}

#[test]
fn the_examples_and_foreign_configurations_are_ufc() {
    let (ours, any) = (Validator::new(true), Validator::new(false));
    let out = tempfile::tempdir().unwrap();
    for (number, entry) in std::fs::read_dir(root().join("examples")).unwrap().enumerate() {
        let directory = entry.unwrap().path();
        if !directory.join("flagfall.kdl").is_file() {
            continue;
        }
        let dist = out.path().join(number.to_string());
        run(&directory, &["compile", ".", "--client", "--out", dist.to_str().unwrap()], 0);
        for file in std::fs::read_dir(dist).unwrap() {
            ours.accepts("ufc", &std::fs::read_to_string(file.unwrap().path()).unwrap());
        }
    }
    let foreign = root().join("tests/evaluate/flags.json");
    any.accepts("ufc", &std::fs::read_to_string(foreign).unwrap());
}

#[test]
fn what_is_not_a_document_is_refused() {
    let valid = Validator::new(false);
    for (name, text) in [
        ("check", r#"{"schema":"flagfall.check/1","findings":[]}"#),
        (
            "check",
            r#"{"schema":"flagfall.eval/1","findings":[],"summary":{"errors":0,"warnings":0,"files":1,"flags":0,"environments":0}}"#,
        ),
        ("ufc", r#"{"createdAt":"","environment":{"name":"x"},"flags":{"a":{"key":"a"}}}"#),
    ] {
        let document: Value = serde_json::from_str(text).unwrap();
        assert!(valid.schemas.validate(&document, valid.by_name[name]).is_err(), "{text}");
    }
}

#[test]
fn a_schema_that_is_not_there_is_answered_with_the_nearest() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    let output = command.args(["schema", "chek"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `check`?"));
}

#[test]
fn differences_are_as_their_schema_says() {
    let valid = Validator::new(true);
    let mut seen = 0;
    for case in std::fs::read_dir(root().join("tests/diff")).unwrap() {
        let file = case.unwrap().path().join("change.json");
        if let Ok(text) = std::fs::read_to_string(file) {
            valid.accepts("diff", &text);
            seen += 1;
        }
    }
    assert!(seen >= 14, "the differences are not found");
}
