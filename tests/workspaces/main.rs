//! Random workspaces mean what they say: KDL through the whole pipeline, evaluated by the reference core, against a direct
//! reading of the model the KDL was printed from. `FLAGFALL_WORLDS=N` widens the search, `FLAGFALL_SEED=N` starts elsewhere.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]

mod generate;
mod print;
mod read;
mod world;

use std::sync::Arc;

use eppo_core::ufc::{AssignmentValue, UniversalFlagConfig};
use eppo_core::{AttributeValue, Attributes, Configuration, SdkMetadata, Str};
use flagfall::check::{self, Checked};
use flagfall::diagnostic::{Family, Rule, Severity, Sink, level};
use flagfall::evaluate::{self, Evaluator};
use flagfall::source::{FileKind, SourceSet};
use flagfall::{compile, model, syntax, ufc};
use jiff::Timestamp;

use generate::Random;
use read::Assigned;
use world::{ENVIRONMENTS, Subject, VERSIONS, Value, World};

const SUBJECTS: usize = 24;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_workspaces_assign_what_a_direct_reading_says() {
    let (first, count) = (setting("FLAGFALL_SEED", 1), setting("FLAGFALL_WORLDS", 250));
    let (mut compared, mut assigned, mut refused) = (0, 0, 0);
    for seed in first..first + count {
        let mut random = Random(seed);
        let world = generate::world(&mut random);
        let text = print::definitions(&world);
        let Some(checked) = checked(seed, &text) else {
            refused += 1;
            continue;
        };
        for (index, environment) in checked.workspace().environments.iter().enumerate() {
            let compiled = compile::compile(&checked, environment, "2026-12-01T00:00:00.000Z");
            let json = ufc::write::to_json(&compiled.config);
            assert_eq!(environment.name.value, ENVIRONMENTS[index]);
            let configuration = configuration(seed, &json);
            let obfuscated = ufc::obfuscate::obfuscate(&compiled.config);
            let (server, client) = (Evaluator::new(&compiled.config), Evaluator::new(&obfuscated));
            for _ in 0..SUBJECTS {
                let (subject, at) = (generate::subject(&mut random), generate::instant(&mut random));
                for flag in 0..world.flags.len() {
                    let expected = read::assign(&world, flag, index, &subject, at);
                    let actual = reference(&configuration, flag, &subject, at);
                    compared += 1;
                    assigned += usize::from(expected.is_some());
                    assert_eq!(
                        actual, expected,
                        "left: the reference core, right: the direct reading\nseed {seed}, flag f{flag} in {}, {subject:?} at {at}\n{text}\n{json}",
                        ENVIRONMENTS[index]
                    );
                    for (ours, form) in [(&server, "SERVER"), (&client, "CLIENT")] {
                        let actual = simulated(ours, flag, &subject, at);
                        assert_eq!(
                            actual, expected,
                            "our evaluator, {form}, seed {seed}, f{flag}: {subject:?} at {at}\n{text}"
                        );
                    }
                }
            }
        }
    }
    println!("{compared} compared, {assigned} assigned, {refused} of {count} workspaces refused for too many rules");
    assert!(refused * 5 < count, "{refused} of {count} workspaces were refused");
    assert!(assigned * 4 > compared, "only {assigned} of {compared} were assigned anything");
}

/// The workspace, unless its targeting needs too many rules; any other error is one of ours.
fn checked(seed: u64, text: &str) -> Option<Checked> {
    let mut sources = SourceSet::new();
    sources.add("flagfall.kdl", "flagfall.kdl", FileKind::Configuration, print::CONFIGURATION);
    sources.add("main.kdl", "main.kdl", FileKind::Definitions, text);
    let mut sink = Sink::new();
    let today = jiff::civil::date(2026, 12, 1);
    let ast = syntax::parse(&sources, &mut sink);
    let workspace = model::resolve::resolve(ast, &mut sink);
    check::run(&workspace, &sources, today, &mut sink);
    let findings = level::apply(sink.into_sorted(&sources), &workspace, &sources, today);
    // What steps do to each other is followed whether it is meant or not.
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.rule.family() != Family::Meaning)
        .collect();
    let unexpected = errors.iter().filter(|finding| finding.rule != Rule::TooManyRules);
    let unexpected: Vec<_> = unexpected
        .map(|finding| {
            let line = finding.span.map(|span| sources.place(span).0.line);
            format!("{} line {line:?}: {}", finding.rule.name(), finding.message)
        })
        .collect();
    assert!(unexpected.is_empty(), "seed {seed}: {unexpected:#?}\n{text}");
    if errors.is_empty() { Checked::prove(workspace, &findings) } else { None }
}

fn configuration(seed: u64, json: &str) -> Configuration {
    let metadata = SdkMetadata { name: "flagfall", version: "test" };
    let config = UniversalFlagConfig::from_json(metadata, json.as_bytes().to_vec());
    Configuration::from_server_response(config.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{json}")), None)
}

fn reference(configuration: &Configuration, flag: usize, subject: &Subject, at: i64) -> Option<Assigned> {
    let attributes: Attributes =
        read::passed(subject).map(|(name, value)| (Str::from(name), attribute(value))).collect();
    let now = chrono::DateTime::from_timestamp_millis(at).unwrap();
    let key = Str::from(subject.key.as_str());
    let (result, event) = eppo_core::eval::get_assignment_details(
        Some(configuration),
        &format!("f{flag}"),
        &key,
        &Arc::new(attributes),
        None,
        now,
    );
    let details = &result.evaluation_details;
    let matched = eppo_core::eval::eval_details::AllocationEvaluationCode::Match;
    let allocation = details.allocations.iter().find(|allocation| allocation.allocation_evaluation_code == matched)?;
    let event = event.map(|event| serde_json::to_value(event).unwrap());
    Some(Assigned {
        variation: details.variation_key.as_ref().unwrap().to_string(),
        value: json_of(result.variation.as_ref().unwrap()),
        allocation: allocation.key.to_string(),
        event: event.map(|event| {
            // What extra logging adds is what is left when the event's own fields are taken away.
            let own = [
                "featureFlag",
                "allocation",
                "experiment",
                "variation",
                "subject",
                "subjectAttributes",
                "timestamp",
                "metaData",
                "evaluationDetails",
            ];
            let fields = event.as_object().unwrap().iter().filter(|(name, _)| !own.contains(&name.as_str()));
            fields.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
        }),
    })
}

/// The same by our own evaluator.
fn simulated(evaluator: &Evaluator<'_>, flag: usize, subject: &Subject, at: i64) -> Option<Assigned> {
    let attributes = read::passed(subject).map(|(name, value)| {
        let value = match value {
            None => evaluate::AttributeValue::Null,
            Some(Value::Text(text)) => evaluate::AttributeValue::Text(text.clone()),
            Some(Value::Number(number)) => evaluate::AttributeValue::Number(*number),
            Some(Value::Bool(truth)) => evaluate::AttributeValue::Bool(*truth),
            Some(Value::Version(version)) => evaluate::AttributeValue::Text(VERSIONS[*version].to_owned()),
            Some(Value::NoVersion) => evaluate::AttributeValue::Text("1.0".to_owned()),
        };
        (name.to_owned(), value)
    });
    let subject = evaluate::Subject { key: subject.key.clone(), attributes: attributes.collect() };
    let at = Timestamp::from_millisecond(at).unwrap();
    let assignment = evaluator.assign(&format!("f{flag}"), &subject, None, at);
    Some(Assigned {
        variation: assignment.variation?,
        value: assignment.value.unwrap(),
        allocation: assignment.allocation.unwrap(),
        event: assignment.event.map(|event| event.extra),
    })
}

fn json_of(value: &AssignmentValue) -> serde_json::Value {
    match value {
        AssignmentValue::String(text) => text.to_string().into(),
        AssignmentValue::Integer(whole) => (*whole).into(),
        AssignmentValue::Numeric(number) => (*number).into(),
        AssignmentValue::Boolean(truth) => (*truth).into(),
        AssignmentValue::Json { parsed, .. } => parsed.as_ref().clone(),
    }
}

fn attribute(value: Option<&Value>) -> AttributeValue {
    match value {
        None => AttributeValue::null(),
        Some(Value::Text(text)) => text.as_str().into(),
        Some(Value::Number(number)) => (*number).into(),
        Some(Value::Bool(truth)) => (*truth).into(),
        Some(Value::Version(version)) => VERSIONS[*version].into(),
        Some(Value::NoVersion) => "1.0".into(),
    }
}

#[test]
fn equal_workspaces_compile_to_equal_bytes() {
    for seed in 1..20 {
        let text = print::definitions(&generate::world(&mut Random(seed)));
        let bytes = || {
            let checked = checked(seed, &text)?;
            let environments = checked.workspace().environments.clone();
            let all = environments.iter().map(|environment| {
                ufc::write::to_json(&compile::compile(&checked, environment, "2026-12-01T00:00:00.000Z").config)
            });
            Some(all.collect::<Vec<String>>())
        };
        assert_eq!(bytes(), bytes(), "seed {seed}");
    }
}

#[test]
fn worlds_differ_by_seed() {
    let world = |seed| -> World { generate::world(&mut Random(seed)) };
    assert_ne!(print::definitions(&world(1)), print::definitions(&world(2)));
    assert_eq!(print::definitions(&world(7)), print::definitions(&world(7)));
}
