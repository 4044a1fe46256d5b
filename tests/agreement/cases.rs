//! The public SDK test data, where it is at hand, and cases of our own, always.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::ufc::{self, Config, VariationType};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    flag: String,
    variation_type: String,
    default_value: Value,
    subjects: Vec<CaseSubject>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseSubject {
    subject_key: String,
    subject_attributes: BTreeMap<String, Value>,
    assignment: Value,
    evaluation_details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    flag_evaluation_code: String,
    variation_key: Option<String>,
    matched_allocation: Option<KeyAndCode>,
    unmatched_allocations: Vec<KeyAndCode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyAndCode {
    key: String,
    allocation_evaluation_code: String,
}

fn shared() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ufc");
    let candidates = [directory];
    let found = candidates.into_iter().find(|directory| directory.join("flags-v1.json").exists());
    if found.is_none() {
        eprintln!(
            "NOT RUN: the public SDK test data is absent (../shared/data/ufc); only the cases of this repository ran"
        );
    }
    found
}

fn load(path: &Path) -> Config {
    ufc::read(&std::fs::read(path).unwrap()).unwrap()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::Text(text.clone()),
        Value::Number(number) => AttributeValue::Number(number.as_f64().unwrap()),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Null => AttributeValue::Null,
        other => panic!("{other} is no attribute value"),
    }
}

/// Numbers as floats: the cases write `3` for the NUMERIC 3.0.
fn comparable(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), Value::from)
}

fn run(config: &Config, case: &Case) -> usize {
    let evaluator = Evaluator::new(config);
    let kind = VariationType::parse(&case.variation_type).unwrap();
    for subject in &case.subjects {
        let attributes = subject.subject_attributes.iter().map(|(name, value)| (name.clone(), attribute(value)));
        let asked = Subject { key: subject.subject_key.clone(), attributes: attributes.collect() };
        let at = "2026-06-01T00:00:00Z".parse().unwrap();
        let (assignment, trace) = evaluator.explain(&case.flag, &asked, Some(kind), at);
        let value = assignment.value.as_ref().unwrap_or(&case.default_value);
        let what = format!("{} for {}", case.flag, subject.subject_key);
        assert_eq!(comparable(value), comparable(&subject.assignment), "{what}");
        let details = &subject.evaluation_details;
        // The data has the name older SDKs give a value of the wrong type.
        let code = details.flag_evaluation_code.replace("ASSIGNMENT_ERROR", "UNEXPECTED_CONFIGURATION_ERROR");
        assert_eq!(assignment.code.word(), code, "{what}");
        if assignment.value.is_some() {
            assert_eq!(assignment.variation, details.variation_key, "{what}");
            assert_eq!(assignment.allocation, details.matched_allocation.as_ref().map(|a| a.key.clone()), "{what}");
        }
        let unmatched = details.unmatched_allocations.iter().map(|a| (&a.key, a.allocation_evaluation_code.as_str()));
        let ours = trace.allocations.iter().map(|a| (&a.key, a.code.word()));
        let ours = ours.filter(|(_, code)| !["MATCH", "UNEVALUATED"].contains(code));
        assert_eq!(ours.collect::<Vec<_>>(), unmatched.collect::<Vec<_>>(), "{what}");
    }
    case.subjects.len()
}

fn run_all(directory: &Path, configurations: &[Config]) -> usize {
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases = files.iter().map(|file| {
        serde_json::from_slice::<Case>(&std::fs::read(file).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()))
    });
    cases.map(|case| configurations.iter().map(|config| run(config, &case)).sum::<usize>()).sum()
}

#[test]
fn every_subject_of_the_sdk_test_data_gets_its_assignment_from_both_files() {
    let Some(directory) = shared() else { return };
    let plain = load(&directory.join("flags-v1.json"));
    let twin = load(&directory.join("flags-v1-obfuscated.json"));
    let own = ufc::obfuscate(&plain);
    let subjects = run_all(&directory.join("tests"), &[plain, twin, own]);
    assert!(subjects >= 3 * 100, "{subjects}");
}

#[test]
fn every_subject_of_our_own_cases_gets_its_assignment_plain_and_obfuscated() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evaluate");
    let plain = load(&directory.join("flags.json"));
    let twin = ufc::obfuscate(&plain);
    assert!(run_all(&directory.join("cases"), &[plain, twin]) > 0);
}

#[test]
fn obfuscation_reproduces_the_public_twin() {
    let Some(directory) = shared() else { return };
    let ours = ufc::obfuscate(&load(&directory.join("flags-v1.json")));
    let theirs = load(&directory.join("flags-v1-obfuscated.json"));
    assert_eq!(ours.flags.keys().collect::<Vec<_>>(), theirs.flags.keys().collect::<Vec<_>>());
    for (key, flag) in &ours.flags {
        assert_eq!(flag, &theirs.flags[key]);
    }
}
