//! Every example and flagfall's own flags, compiled: the reference loads every flag, and gives everyone what we say it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flagfall::cli::session;
use flagfall::compile::compile;
use flagfall::evaluate::{AttributeValue, Subject};
use flagfall::ufc::{self, Config, Operator};
use jiff::Timestamp;
use serde_json::Value;

use crate::generate::{Dice, Evaluation};
use crate::oracle;

/// Subjects in all environments of all workspaces together.
const SUBJECTS: usize = 100_000;

const INSTANTS: &[&str] = &[
    "2026-11-30T23:59:59.999Z",
    "2026-12-01T09:00:00Z",
    "2026-12-16T00:00:00Z",
    "2027-02-01T00:00:00Z",
    "2030-01-01T00:00:00Z",
];

fn workspaces() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let examples = std::fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = examples.chain([root.join("flags")]).collect();
    found.retain(|path| path.join("flagfall.kdl").exists());
    found.sort();
    found
}

#[test]
fn a_hundred_thousand_subjects_of_the_examples_agree_with_the_reference() {
    let mut configs: Vec<Config> = Vec::new();
    for directory in workspaces() {
        let session = session::open(Some(&directory), "2026-12-01T09:00:00Z".parse().unwrap()).unwrap();
        let checked = session.checked.unwrap_or_else(|| panic!("{} has errors", directory.display()));
        let environments = checked.workspace().environments.iter();
        configs
            .extend(environments.map(|environment| compile(&checked, environment, "2026-12-01T09:00:00.000Z").config));
    }
    let each = SUBJECTS.div_ceil(configs.len());
    for (seed, config) in configs.iter().enumerate() {
        let document = ufc::write::to_json(config);
        assert_eq!(ufc::read(document.as_bytes()).unwrap(), *config, "what is written reads back");
        assert!(oracle::loads_every_flag(&document, config.flags.keys()));
        let flags: Vec<&'static str> = config.flags.keys().map(|key| &*key.clone().leak()).collect();
        let asked = operands(config);
        let mut dice = Dice::new(seed as u64);
        let evaluations: Vec<Evaluation> = (0..each).map(|_| evaluation(&mut dice, &flags, &asked)).collect();
        oracle::compare_assignments(&document, &evaluations);
    }
}

/// What conditions ask of each attribute: texts and numbers that matter.
fn operands(config: &Config) -> BTreeMap<String, Vec<String>> {
    let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let flags = config.flags.values().filter_map(|flag| flag.as_ref().ok());
    for condition in flags.flat_map(|flag| &flag.allocations).flat_map(|a| &a.rules).flat_map(|rule| &rule.conditions) {
        let values = asked.entry(condition.attribute.clone()).or_default();
        match &condition.value {
            Value::String(text) if condition.operator.ends_with(Operator::Matches.wire()) => {
                values.extend([
                    "ana@example.com".to_owned(),
                    "ana@flagfall.dev".to_owned(),
                    text.replace(['\\', '$', '^'], ""),
                ]);
            }
            Value::Array(listed) => values.extend(listed.iter().filter_map(Value::as_str).map(str::to_owned)),
            Value::String(text) => values.extend([text.clone()]),
            other => values.extend([other.to_string()]),
        }
    }
    asked.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect()
}

fn evaluation(dice: &mut Dice, flags: &[&'static str], asked: &BTreeMap<String, Vec<String>>) -> Evaluation {
    let mut subject = Subject { key: format!("subject-{}", dice.next()), ..Subject::default() };
    for (name, values) in asked {
        let operand = &values[dice.below(values.len() as u64) as usize];
        let value = match dice.below(12) {
            0..3 => continue,
            3 => AttributeValue::Null,
            4 => AttributeValue::Bool(dice.one_in(2)),
            5 => AttributeValue::Text("something else".to_owned()),
            6 => AttributeValue::Number(dice.below(100) as f64 / 2.0),
            _ => match (operand.parse(), operand.as_str()) {
                (Ok(number), _) if !dice.one_in(4) => AttributeValue::Number(number),
                (_, "true") => AttributeValue::Bool(true),
                (_, "false") => AttributeValue::Bool(false),
                (_, text) => AttributeValue::Text(text.to_owned()),
            },
        };
        match (name.as_str(), &value) {
            ("id", AttributeValue::Text(key)) if dice.one_in(2) => subject.key = key.clone(),
            _ => {
                subject.attributes.insert(name.clone(), value);
            }
        }
    }
    let at: Timestamp = dice.pick(INSTANTS).parse().unwrap();
    Evaluation { flag: if flags.is_empty() { "absent" } else { dice.pick(flags) }, subject, requested: None, at }
}
