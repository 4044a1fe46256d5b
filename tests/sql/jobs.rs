//! What engines are given: subjects, queries, and what the evaluator says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flagfall::cli::session;
use flagfall::compile;
use flagfall::evaluate::{Assignment, AttributeValue, Evaluator, Subject};
use flagfall::model::AttributeType;
use flagfall::ufc::{self, VariationType};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::subjects::{Dice, subjects};
use super::{DIALECTS, flagfall, root};

/// How many subjects there are in each workspace.
pub(crate) const SUBJECTS: u64 = 100_000;
/// Rows of the log, those that are wrong, and those of which nothing can be said.
pub(crate) const PLANTED: [u64; 3] = [20_000, 137, 59];

const AT: &str = "2026-12-15T00:00:00Z";
/// Every workspace, and the flag of it that is asked for in every shape.
const WORKSPACES: [(&str, Option<&str>); 8] = [
    ("flags", None),
    ("examples/countries", None),
    ("examples/json-config", None),
    ("examples/layers-and-holdouts", None),
    ("examples/price-of-shoes", None),
    ("examples/quickstart", None),
    ("examples/waterfall", None),
    ("tests/sql/every-operator", Some("windows")),
];

/// A directory a workspace, under `parent`.
pub(crate) fn make(parent: &Path) -> Vec<PathBuf> {
    let _ = std::fs::remove_dir_all(parent);
    WORKSPACES
        .iter()
        .map(|(workspace, shapes)| job(workspace, *shapes, &parent.join(workspace.replace('/', "-"))))
        .collect()
}

fn job(workspace: &str, shapes: Option<&str>, directory: &Path) -> PathBuf {
    std::fs::create_dir_all(directory).unwrap();
    let at: Timestamp = AT.parse().unwrap();
    let session = session::open(Some(&root().join(workspace)), at).unwrap();
    let checked = session.checked.as_ref().unwrap_or_else(|| panic!("{workspace}: {:?}", session.findings));
    let environment = checked.workspace().environments.iter().find(|one| one.name.value == "production").unwrap();
    let config = compile::compile(checked, environment, "1970-01-01T00:00:00.000Z").config;
    let flags = || config.flags.values().filter_map(|flag| flag.as_ref().ok());
    let attributes: Vec<(String, AttributeType)> = checked
        .workspace()
        .attributes
        .iter()
        .filter(|one| one.span.is_some())
        .map(|one| (one.name.clone(), one.kind))
        .collect();
    let subjects = subjects(&attributes, flags(), SUBJECTS);
    let instants = instants(&config);
    write_subjects(&subjects, &instants, directory);
    let maker = Maker { workspace, directory, evaluator: Evaluator::new(&config), subjects: &subjects };
    let mut tasks = Vec::new();
    for flag in flags() {
        maker.queries(flag.key.as_str(), &flag.key, &["--at", AT]);
        maker.expected(flag, &flag.key, |_| at);
        tasks.push(task(flag, &flag.key, &["variation", "allocation", "value", "logged"], &flag.key, false));
        if shapes == Some(&flag.key) {
            tasks.extend(maker.shapes(flag, &instants));
        }
    }
    let mut columns: Map<String, Value> =
        attributes.iter().map(|(name, kind)| (name.clone(), kind_word(*kind).into())).collect();
    columns.insert("subject".to_owned(), "text".into());
    columns.insert("at".to_owned(), "instant".into());
    std::fs::write(directory.join("job.json"), json!({"columns": columns, "tasks": tasks}).to_string()).unwrap();
    directory.to_owned()
}

fn kind_word(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String | AttributeType::Semver => "text",
        AttributeType::Number => "number",
        AttributeType::Bool => "bool",
    }
}

fn task(flag: &ufc::Flag, query: &str, parts: &[&str], expected: &str, expression: bool) -> Value {
    let value = match flag.variation_type {
        VariationType::Boolean => "bool",
        VariationType::Integer => "integer",
        VariationType::Numeric => "number",
        VariationType::String | VariationType::Json => "text",
    };
    json!({
        "name": query, "query": format!("{query}.{{engine}}.sql"), "parts": parts, "value": value,
        "expected": format!("{expected}.expected.jsonl"), "expression": expression,
    })
}

/// Each subject's instant: at the ends of windows, a little before and after, and anywhere between.
fn instants(config: &ufc::Config) -> Vec<Timestamp> {
    let flags = config.flags.values().filter_map(|flag| flag.as_ref().ok());
    let bounds = flags.flat_map(|flag| &flag.allocations).flat_map(|step| [&step.start_at, &step.end_at]);
    let mut bounds: Vec<Timestamp> = bounds.flatten().map(|text| text.parse().unwrap()).collect();
    bounds.push(AT.parse().unwrap());
    let mut dice = Dice(7);
    (0..SUBJECTS)
        .map(|_| {
            let near = bounds[dice.roll(bounds.len())].as_microsecond();
            let off = [0, 1, -1, 999, 1000, -1000, 86_400_000_000, -86_400_000_000][dice.roll(8)];
            Timestamp::from_microsecond(near + off).unwrap()
        })
        .collect()
}

fn write_subjects(subjects: &[Subject], instants: &[Timestamp], directory: &Path) {
    let mut lines = String::new();
    for (subject, at) in subjects.iter().zip(instants) {
        let texts =
            subject.attributes.iter().filter_map(|(name, value)| Some((name.clone(), engine_text(value)?.into())));
        let mut row: Map<String, Value> = texts.collect();
        row.insert("subject".to_owned(), subject.key.as_str().into());
        row.insert("at".to_owned(), at.to_string().into());
        writeln!(lines, "{}", Value::from(row)).unwrap();
    }
    std::fs::write(directory.join("subjects.jsonl"), lines).unwrap();
}

/// A value as a text that every engine casts to exactly it.
fn engine_text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Number(number) if number.is_nan() => Some("NaN".to_owned()),
        AttributeValue::Number(number) if number.is_infinite() => {
            Some(if *number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
        }
        AttributeValue::Number(number) => Some(format!("{number:e}")),
        AttributeValue::Bool(truth) => Some(truth.to_string()),
        AttributeValue::Null => None,
    }
}

struct Maker<'a> {
    workspace: &'a str,
    directory: &'a Path,
    evaluator: Evaluator<'a>,
    subjects: &'a [Subject],
}

impl Maker<'_> {
    /// The query in every dialect.
    fn queries(&self, name: &str, flag: &str, more: &[&str]) {
        for dialect in DIALECTS {
            let arguments = ["sql", flag, "--env", "production", "--dialect", dialect, "--workspace", self.workspace];
            let run = flagfall(root(), &[&arguments, more].concat());
            assert_eq!((run.code, run.messages.as_str()), (0, ""), "{flag} {dialect} {more:?}");
            std::fs::write(self.directory.join(format!("{name}.{dialect}.sql")), run.results).unwrap();
        }
    }

    fn assignment(&self, flag: &ufc::Flag, subject: &Subject, at: Timestamp) -> Assignment {
        self.evaluator.assign(&flag.key, subject, None, at)
    }

    /// What the evaluator says about every subject.
    fn expected(&self, flag: &ufc::Flag, name: &str, at: impl Fn(usize) -> Timestamp) {
        let mut lines = String::new();
        let mut seen: BTreeMap<Option<String>, u64> = BTreeMap::new();
        for (index, subject) in self.subjects.iter().enumerate() {
            let assignment = self.assignment(flag, subject, at(index));
            let value = assignment.variation.as_ref().map(|key| written_value(flag, key));
            if let (Some(value), Some(text)) = (&assignment.value, &value) {
                let same = flag.variation_type == VariationType::String
                    || serde_json::from_str(text).ok().as_ref() == Some(value);
                assert!(same, "{text} is not {value}");
            }
            *seen.entry(assignment.allocation.clone()).or_default() += 1;
            let row = json!({
                "subject": subject.key, "variation": assignment.variation, "allocation": assignment.allocation,
                "value": value, "logged": assignment.event.is_some().to_string(),
            });
            writeln!(lines, "{row}").unwrap();
        }
        // Agreement about a flag that does the same for everyone would say little.
        assert!(seen.len() > 1, "{name}: {seen:?}");
        std::fs::write(self.directory.join(format!("{name}.expected.jsonl")), lines).unwrap();
    }

    /// One flag at the instants of a column, as expressions, and from logs.
    fn shapes(&self, flag: &ufc::Flag, instants: &[Timestamp]) -> Vec<Value> {
        let key = flag.key.as_str();
        let timed = format!("{key}-timed");
        self.queries(&timed, key, &["--at-column", "at"]);
        self.expected(flag, &timed, |index| instants[index]);
        let mut tasks = vec![task(flag, &timed, &["variation", "allocation", "value", "logged"], &timed, false)];
        for part in ["variation", "allocation", "value", "logged"] {
            let name = format!("{key}-{part}");
            self.queries(&name, key, &["--at-column", "at", "--expression", part]);
            tasks.push(task(flag, &name, &[part], &timed, true));
        }
        self.log(flag, instants);
        let log = |name: &str| json!({"name": name, "query": format!("{name}.{{engine}}.sql"), "log": "log.jsonl"});
        self.queries("log", key, &["--check", "assignments", "--table", "subjects"]);
        self.queries(
            "log-allocation",
            key,
            &["--check", "assignments", "--table", "subjects", "--allocation-column", "allocation"],
        );
        tasks.extend([log("log"), log("log-allocation")]);
        tasks
    }

    /// Assignments as logged, some of them wrong, some of nobody known.
    fn log(&self, flag: &ufc::Flag, instants: &[Timestamp]) {
        let [all, mismatches, undecided] = PLANTED;
        let mut lines = String::new();
        for (number, (subject, at)) in (0..all).zip(self.subjects.iter().zip(instants)) {
            let Assignment { variation, allocation, .. } = self.assignment(flag, subject, *at);
            let wrong = number < mismatches;
            let other = flag.variations.iter().map(|(key, _)| key).find(|key| Some(*key) != variation.as_ref());
            // Some have a variation where the default applies, some the default where there is one, some another.
            let logged = match (wrong, &variation, number % 2) {
                (false, variation, _) => (*variation).clone(),
                (true, Some(_), 0) => None,
                (true, _, _) => other.cloned(),
            };
            let unknown = number >= mismatches && number < mismatches + undecided;
            let key = match (unknown, number % 3) {
                (true, 0) => Some(format!("nobody-{number}")),
                (true, 1) => None,
                _ => Some(subject.key.clone()),
            };
            let at = (!(unknown && number % 3 == 2)).then(|| at.to_string());
            let row = json!({"subject": key, "variation": logged, "allocation": allocation, "at": at});
            writeln!(lines, "{row}").unwrap();
        }
        std::fs::write(self.directory.join("log.jsonl"), lines).unwrap();
    }
}

/// A variation's value as the configuration has it.
fn written_value(flag: &ufc::Flag, variation: &str) -> String {
    let (_, found) = flag.variations.iter().find(|(key, _)| key == variation).unwrap();
    found.value.as_str().map_or_else(|| found.value.to_string(), str::to_owned)
}
