//! What is imported is refused by name or means the same, and is its own fixed point.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

#[path = "agreement/generate.rs"]
#[expect(dead_code, reason = "shared with the agreement tests")]
mod generate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use chrono::{DateTime, Utc};
use eppo_core::eval::get_assignment;
use eppo_core::ufc::UniversalFlagConfig;
use eppo_core::{Attributes, Configuration, SdkMetadata, Str};
use flagfall::cli::session;
use flagfall::compile;
use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::import::{Imported, import};
use flagfall::ufc::{self, Config};
use generate::Dice;
use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn imported(config: &Config) -> Imported {
    import(&[("test".to_owned(), config.clone())], "2026-12-01".parse().unwrap())
}

/// Writes the files, opens them as a workspace, compiles them.
fn recompiled(imported: &Imported) -> Config {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in &imported.files {
        let file = directory.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let session = session::open(Some(directory.path()), now()).unwrap();
    let checked = session.checked.unwrap_or_else(|| panic!("{:#?}\n{:#?}", session.findings, imported.files));
    let environment = Arc::clone(&checked.workspace().environments[0]);
    let config = compile::compile(&checked, &environment, "2026-12-01T00:00:00.000Z").config;
    ufc::read(ufc::write::to_json(&config).as_bytes()).unwrap()
}

fn reference(document: &str) -> Configuration {
    let sdk = SdkMetadata { name: "flagfall", version: "0" };
    let flags = UniversalFlagConfig::from_json(sdk, document.as_bytes().to_vec()).unwrap();
    Configuration::from_server_response(flags, None)
}

fn their_attribute(value: &AttributeValue) -> eppo_core::AttributeValue {
    match value {
        AttributeValue::Text(text) => text.as_str().into(),
        AttributeValue::Number(number) => (*number).into(),
        AttributeValue::Bool(value) => (*value).into(),
        AttributeValue::Null => eppo_core::AttributeValue::null(),
    }
}

/// What the reference assigns from a document: the value, and what it logs (flag, allocation, variation, extra values).
fn theirs(config: &Configuration, flag: &str, subject: &Subject, at: Timestamp) -> (Value, Value) {
    let key = Str::from(subject.key.as_str());
    let attributes: Attributes =
        subject.attributes.iter().map(|(name, value)| (Str::from(name.as_str()), their_attribute(value))).collect();
    let at = DateTime::<Utc>::from_timestamp_nanos(i64::try_from(at.as_nanosecond()).unwrap());
    let Ok(Some(assignment)) = get_assignment(Some(config), flag, &key, &Arc::new(attributes), None, at) else {
        return (Value::Null, Value::Null);
    };
    let mut event = assignment.event.map_or(Value::Null, |event| serde_json::to_value(event).unwrap());
    for volatile in ["timestamp", "metaData", "subjectAttributes", "evaluationDetails"] {
        event.as_object_mut().map(|event| event.remove(volatile));
    }
    (serde_json::to_value(&assignment.value).unwrap(), event)
}

/// Asserts that every flag that was not refused gives these subjects the same in both documents.
fn assert_equivalent(seed: u64, original: &str, asked: &[(&str, Subject, Timestamp)]) -> BTreeMap<String, String> {
    let config = ufc::read(original.as_bytes()).unwrap();
    let imported = imported(&config);
    let compiled = recompiled(&imported);
    let (before, after) = (reference(original), reference(&ufc::write::to_json(&compiled)));
    let (ours_before, ours_after) = (Evaluator::new(&config), Evaluator::new(&compiled));
    for (flag, subject, at) in asked {
        if imported.refused.contains_key(*flag) {
            continue;
        }
        let context = || format!("seed {seed}: {flag} {subject:?} {at}\n{original}\n{:#?}", imported.files);
        assert_eq!(theirs(&before, flag, subject, *at), theirs(&after, flag, subject, *at), "{}", context());
        let (a, b) = (ours_before.assign(flag, subject, None, *at), ours_after.assign(flag, subject, None, *at));
        assert_eq!((&a.value, &a.variation, &a.allocation), (&b.value, &b.variation, &b.allocation), "{}", context());
    }
    let mut enabled = compiled.clone();
    enabled.flags.retain(|_, flag| flag.as_ref().is_ok_and(|flag| flag.enabled));
    let of_enabled = |flags: &ufc::Config| {
        let mut config = flags.clone();
        config
            .flags
            .retain(|key, flag| flag.as_ref().is_ok_and(|flag| flag.enabled) && !imported.refused.contains_key(key));
        self::imported(&config)
    };
    let whole = imported.refused.is_empty() && enabled.flags.len() == config.flags.len();
    let first = if whole { imported.files } else { of_enabled(&config).files };
    assert_eq!(first, of_enabled(&enabled).files, "seed {seed}: importing again gives other files\n{original}");
    imported.refused
}

#[test]
fn odd_documents_are_refused_by_name_or_mean_the_same() {
    let (refused, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    (0..cases(250)).into_par_iter().for_each(|seed| {
        let mut dice = Dice::new(seed);
        let broken = dice.one_in(4);
        let document = generate::document(&mut dice, broken);
        if ufc::read(document.as_bytes()).is_err() {
            return;
        }
        let asked: Vec<_> =
            (0..10).map(|_| generate::evaluation(&mut dice)).map(|e| (e.flag, e.subject, e.at)).collect();
        let names = assert_equivalent(seed, &document, &asked);
        refused.fetch_add(names.len(), Relaxed);
        kept.fetch_add(3 - names.len(), Relaxed);
    });
    let (refused, kept) = (refused.into_inner(), kept.into_inner());
    assert!(refused > 20 && kept > 5, "{refused} refused, {kept} kept");
}

/// How many random documents a test imports; the gate (`.ci/run`) asks for thousands.
fn cases(usual: u64) -> u64 {
    std::env::var("FLAGFALL_IMPORT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A document as a dashboard would make it: gates, experiments with exposure and weights, layers, holdouts, ramps, defaults.
fn dashboard(dice: &mut Dice) -> Value {
    let mut flags = serde_json::Map::new();
    for number in 0..4 {
        let key = format!("flag-{number}");
        let mut allocations = Vec::new();
        for index in 0..dice.below(5) {
            let name = format!("{} {index}", dice.pick(&["50/50 split", "internal users", "allocation", "rollout"]));
            allocations.extend(dashboard_allocation(dice, &key, &name));
        }
        if dice.one_in(2) {
            allocations.push(json!({"key": "default", "doLog": false, "splits": [split("control", &[])]}));
        }
        flags.insert(
            key.clone(),
            json!({
                "key": key, "enabled": true, "variationType": "STRING", "totalShards": 10_000, "allocations": allocations,
                "variations": {
                    "control": {"key": "control", "value": "old"},
                    "treatment": {"key": "treatment", "value": "new"},
                    "third": {"key": "third", "value": "other"},
                },
            }),
        );
    }
    json!({"createdAt": "2026-01-01T00:00:00.000Z", "format": "SERVER", "environment": {"name": "Test"}, "flags": flags})
}

fn split(variation: &str, shards: &[(&str, u64, u64)]) -> Value {
    let shards: Vec<Value> = shards
        .iter()
        .map(|(salt, start, end)| json!({"salt": salt, "ranges": [{"start": start, "end": end}]}))
        .collect();
    json!({"variationKey": variation, "shards": shards})
}

fn dashboard_allocation(dice: &mut Dice, flag: &str, name: &str) -> Vec<Value> {
    let rules: Vec<Value> = (0..dice.below(3)).map(|_| json!({"conditions": conditions(dice)})).collect();
    let traffic = format!("{flag}-{name}-traffic");
    let by = format!("{flag}-{name}-split");
    let exposure = dice.pick(&[10_000, 500, 2_000, 1]);
    let slot = dice.pick(&[None, None, Some((0, 4_000)), Some((4_000, 7_000))]);
    let cuts = dice.pick(&[
        &[5_000, 10_000][..],
        &[3_333, 6_666, 10_000],
        &[2_000, 10_000],
        &[1_234, 5_000, 10_000],
        &[10_000],
    ]);
    let arms = |exposure: u64, extra: Option<(&str, u64)>, serve: Option<&str>| -> Vec<Value> {
        let mut start = 0;
        let mut splits = Vec::new();
        for (cut, variation) in cuts.iter().zip(["control", "treatment", "third"]) {
            let mut shards: Vec<(&str, u64, u64)> = Vec::new();
            shards.extend(slot.map(|(from, to)| ("shared-layer", from, to)));
            if exposure < 10_000 {
                shards.push((&traffic, 0, exposure));
            }
            if cuts.len() > 1 {
                shards.push((&by, start, *cut));
            }
            shards.extend(extra.map(|(salt, end)| (salt, 0, end)));
            splits.push(split(serve.unwrap_or(variation), &shards));
            start = *cut;
        }
        splits
    };
    let log = !dice.one_in(4);
    let allocation = |key: &str, splits: Vec<Value>, start: Option<&str>| {
        let mut allocation = json!({"key": key, "rules": rules, "splits": splits, "doLog": log});
        if let Some(start) = start {
            allocation["startAt"] = start.into();
        }
        allocation
    };
    match dice.below(5) {
        0 => vec![
            allocation(name, arms(500, None, None), Some("2026-01-01T00:00:00.000Z")),
            allocation(name, arms(2_000, None, None), Some("2026-06-01T00:00:00.000Z")),
            allocation(name, arms(10_000, None, None), Some("2027-01-01T00:00:00.000Z")),
        ],
        1 => vec![
            allocation(
                &format!("{name}-holdout-global"),
                arms(exposure, Some(("global-holdout", 1_000)), Some("control")),
                None,
            ),
            allocation(name, arms(exposure, None, None), None),
        ],
        _ => vec![allocation(name, arms(exposure, None, None), None)],
    }
}

fn conditions(dice: &mut Dice) -> Vec<Value> {
    (0..=dice.below(2))
        .map(|_| match dice.below(7) {
            0 => json!({"attribute": "country", "operator": "ONE_OF", "value": ["US", "CA"]}),
            1 => json!({"attribute": "country", "operator": "NOT_ONE_OF", "value": ["US", "CA", "MX"]}),
            2 => json!({"attribute": "age", "operator": dice.pick(&["GT", "GTE", "LT", "LTE"]), "value": dice.pick(&[18, 21, 65])}),
            3 => json!({"attribute": "version", "operator": dice.pick(&["GTE", "LT"]), "value": "2.4.0"}),
            4 => json!({"attribute": "email", "operator": dice.pick(&["MATCHES", "NOT_MATCHES"]), "value": "@example\\.com$"}),
            5 => json!({"attribute": dice.pick(&["country", "age"]), "operator": "IS_NULL", "value": dice.one_in(2)}),
            _ => json!({"attribute": "beta", "operator": "ONE_OF", "value": ["true"]}),
        })
        .collect()
}

fn dashboard_subject(dice: &mut Dice) -> Subject {
    let mut subject = Subject { key: format!("subject-{}", dice.below(100_000)), ..Subject::default() };
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    let values = [
        ("country", [text("US"), text("CA"), text("DE"), AttributeValue::Null]),
        ("age", [AttributeValue::Number(18.0), AttributeValue::Number(40.0), text("18 years"), text("65")]),
        ("version", [text("2.4.0"), text("2.3.9-rc.1"), text("2.4"), AttributeValue::Number(2.4)]),
        ("email", [text("ana@example.com"), text("x@y.org"), AttributeValue::Bool(true), AttributeValue::Null]),
        ("beta", [AttributeValue::Bool(true), AttributeValue::Bool(false), text("true"), AttributeValue::Number(1.0)]),
    ];
    for (name, values) in values {
        if !dice.one_in(4) {
            subject.attributes.insert(name.to_owned(), values[dice.below(4) as usize].clone());
        }
    }
    subject
}

#[test]
fn documents_as_a_dashboard_makes_them_are_imported_whole() {
    (0..cases(60)).into_par_iter().for_each(|seed| {
        let mut dice = Dice::new(seed);
        let document = dashboard(&mut dice).to_string();
        let asked: Vec<(&str, Subject, Timestamp)> = (0..40)
            .map(|_| {
                let flag = dice.pick(&["flag-0", "flag-1", "flag-2", "flag-3"]);
                let at = dice.pick(&[
                    "2025-12-31T00:00:00Z",
                    "2026-03-01T00:00:00Z",
                    "2026-06-01T00:00:00Z",
                    "2027-02-01T00:00:00Z",
                ]);
                (flag, dashboard_subject(&mut dice), at.parse().unwrap())
            })
            .collect();
        let refused = assert_equivalent(seed, &document, &asked);
        assert!(refused.is_empty(), "seed {seed}: {refused:#?}\n{document}");
    });
}

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ufc");
    if shared.is_dir() {
        return Some(shared);
    }
    eprintln!("not run: {} is absent, so the SDKs' own cases were not imported", shared.display());
    None
}

#[test]
fn the_sdks_own_flags_are_imported_but_for_those_nobody_could_mean() {
    let Some(shared) = shared() else { return };
    let original = std::fs::read_to_string(shared.join("flags-v1.json")).unwrap();
    let config = ufc::read(original.as_bytes()).unwrap();
    let imported = imported(&config);
    let refused: Vec<&str> = imported.refused.keys().map(String::as_str).collect();
    assert_eq!(refused, ["disabled_flag", "empty_flag", "invalid-value-flag"]);
    let compiled = recompiled(&imported);
    let mut subjects = 0;
    for entry in std::fs::read_dir(shared.join("tests")).unwrap() {
        let case: Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let flag = case["flag"].as_str().unwrap();
        for subject in case["subjects"].as_array().unwrap() {
            let attributes = subject["subjectAttributes"].as_object().unwrap();
            let attributes = attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            let asked = Subject { key: subject["subjectKey"].as_str().unwrap().to_owned(), attributes };
            // What no author could mean has no variation to give but the caller's default.
            let expected =
                if imported.refused.contains_key(flag) { &case["defaultValue"] } else { &subject["assignment"] };
            let assigned = Evaluator::new(&compiled).assign(flag, &asked, None, now()).value;
            let assigned = assigned.unwrap_or_else(|| case["defaultValue"].clone());
            assert!(equal(&assigned, expected), "{flag} {asked:?}: {assigned}, not {expected}");
            subjects += 1;
        }
    }
    assert!(subjects > 80, "{subjects}");
}

#[test]
fn the_imported_example_is_what_import_writes() {
    let Some(shared) = shared() else { return };
    let config = ufc::read(&std::fs::read(shared.join("flags-v1.json")).unwrap()).unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/imported");
    for (path, text) in import(&[("Test".to_owned(), config)], "2026-12-01".parse().unwrap()).files {
        assert_eq!(std::fs::read_to_string(example.join(&path)).unwrap(), text, "{path}");
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
        _ => a == b,
    }
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null,
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) => AttributeValue::Number(number.as_f64().unwrap()),
        other => AttributeValue::Text(other.as_str().unwrap().to_owned()),
    }
}

#[test]
fn what_we_compiled_ourselves_comes_back_as_it_was() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for example in
        ["flags", "examples/quickstart", "examples/layers-and-holdouts", "examples/countries", "examples/json-config"]
    {
        let session = session::open(Some(&root.join(example)), now()).unwrap();
        let checked = session.checked.unwrap();
        for environment in &checked.workspace().environments {
            let config = compile::compile(&checked, environment, "2026-12-01T00:00:00.000Z").config;
            let name = environment.name.value.clone();
            let imported = import(&[(name, config.clone())], "2026-12-01".parse().unwrap());
            assert!(imported.refused.is_empty(), "{example}: {:?}", imported.refused);
            let again = recompiled(&imported);
            for (key, flag) in &config.flags {
                assert_eq!(again.flags[key], *flag, "{example} {}: {:#?}", environment.name.value, imported.files);
            }
        }
    }
}

#[test]
fn holdouts_and_layers_are_called_so() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/layers-and-holdouts");
    let checked = session::open(Some(&directory), now()).unwrap().checked.unwrap();
    let production = &checked.workspace().environments[1];
    let config = compile::compile(&checked, production, "2026-12-01T00:00:00.000Z").config;
    let imported = import(&[("production".to_owned(), config)], "2026-12-01".parse().unwrap());
    assert_eq!(
        imported.files["holdouts.kdl"],
        "holdout growth-2027h1 \"5%\" start=\"2027-01-01T00:00:00Z\" end=\"2027-06-30T23:59:59.999Z\"\n"
    );
    assert_eq!(
        imported.files["layers.kdl"],
        "layer checkout-page {\n    slot checkout-copy from=\"0%\" to=\"40%\"\n    slot checkout-price from=\"40%\" to=\"70%\"\n}\n"
    );
    let copy = &imported.files["flags/checkout-copy.kdl"];
    assert!(copy.contains("        layer checkout-page slot=checkout-copy\n"), "{copy}");
    assert!(copy.contains("        holdout growth-2027h1 serve=control\n"), "{copy}");
    assert!(copy.contains("        experiment copy-test \"50%\"\n        otherwise control\n"), "{copy}");
}

/// A document with one flag that serves `control` to whoever a rule matches.
fn one_flag(key: &str, conditions: &Value) -> String {
    let allocation =
        json!({"key": "a", "doLog": false, "rules": [{"conditions": conditions}], "splits": [split("control", &[])]});
    let flag = json!({
        "key": key, "enabled": true, "variationType": "STRING", "totalShards": 10_000, "allocations": [allocation],
        "variations": {"control": {"key": "control", "value": "old"}},
    });
    let mut flags = serde_json::Map::new();
    flags.insert(key.to_owned(), flag);
    json!({"createdAt": "2026-01-01T00:00:00.000Z", "format": "SERVER", "environment": {"name": "Test"}, "flags": flags})
        .to_string()
}

#[test]
fn patterns_become_the_words_an_author_would_use() {
    for (operator, pattern, written) in [
        ("MATCHES", r"@example\.com$", "email ends-with \"@example.com\""),
        ("NOT_MATCHES", r"@example\.com$", "email not-ends-with \"@example.com\""),
        ("MATCHES", "^ana", "email starts-with ana"),
        ("MATCHES", "zach", "email contains zach"),
        ("MATCHES", "@example.com", "email matches \"@example.com\""),
        ("MATCHES", "^ana$", "email matches \"^ana$\""),
        ("MATCHES", "a|b", "email matches \"a|b\""),
        ("MATCHES", r"[.]com$", "email matches \"[.]com$\""),
        ("MATCHES", "", "email matches \"\""),
        ("MATCHES", "^/shop", "email matches \"^/shop\""),
    ] {
        let document = one_flag("f", &json!([{"attribute": "email", "operator": operator, "value": pattern}]));
        let imported = imported(&ufc::read(document.as_bytes()).unwrap());
        let text = &imported.files["flags/f.kdl"];
        assert!(text.contains(&format!("when {written} ")), "{pattern}: {text}");
        let compiled = recompiled(&imported);
        let wire = &compiled.flags["f"].as_ref().unwrap().allocations[0].rules[0].conditions.last().unwrap();
        assert_eq!((wire.operator.as_str(), wire.value.as_str()), (operator, Some(pattern)), "{text}");
    }
}

/// Runs the binary in a directory that holds `one.json`; the status and what it says on standard error.
fn flagfall(document: &str, arguments: &[&str]) -> (Option<i32>, String, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("one.json"), document).unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .arg("import")
        .args(["one.json"])
        .args(arguments)
        .current_dir(directory.path())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), directory)
}

#[test]
fn what_would_make_an_unusable_workspace_is_said_before_anything_is_written() {
    let document = one_flag("f", &json!([{"attribute": "a", "operator": "IS_NULL", "value": true}]));
    for (arguments, words) in [
        (["--env", "manifest", "--out", "w", "--partial"], "no environment can be called `manifest`"),
        (["--env", "A.Client", "--out", "w", "--partial"], "no environment can be called `A.Client`"),
        (["--env", "a b", "--out", "w", "--partial"], "`a b` is no name for an environment"),
        (["--env", "a", "--out", "file", "--partial"], "`file` is not a directory"),
        (["--env", "a", "--out", ".", "--partial"], "`.` is not empty"),
    ] {
        let (code, said, directory) = flagfall(&document, &arguments);
        assert!(code == Some(2) && said.contains(words), "{arguments:?}: {code:?} {said}");
        assert!(!directory.path().join("w").exists() && !directory.path().join("flagfall.kdl").exists());
    }
}

#[test]
fn a_key_longer_than_a_file_name_may_be_is_imported() {
    let key = "x".repeat(300);
    let document = one_flag(&key, &json!([{"attribute": "a", "operator": "IS_NULL", "value": true}]));
    let (code, said, directory) = flagfall(&document, &["--env", "a", "--out", "w"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_dir(directory.path().join("w/flags")).unwrap().count(), 1);
}
