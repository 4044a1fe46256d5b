//! A random mutation of one token is either shown by `diff` or proved to be without effect: over the examples, and flagfall's own flags.
//!
//! Each mutant is compiled and compared with the original; then both are evaluated for random subjects, and what differs for any of
//! them must have been told. `FLAGFALL_CASES` says how many mutants of
//! each workspace are to be read without errors.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "../benches/support/workspace.rs"]
#[allow(dead_code, reason = "only its random numbers are used")]
mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flagfall::cli::session::Session;
use flagfall::compile::{self, Compiled};
use flagfall::diagnostic::Sink;
use flagfall::diff::{self, Class, Plan, Question};
use flagfall::evaluate::{AttributeValue, Evaluator, Subject};
use flagfall::lower;
use flagfall::region::{Declared, Limits};
use flagfall::source::FileKind;
use flagfall::syntax::reader;
use flagfall::syntax::tree::TokenKind;
use flagfall::ufc::{self, write};
use generated::Random;
use jiff::{SignedDuration, Timestamp};

const NOW: &str = "2026-12-01T00:00:00Z";

/// Texts by path.
type Files = BTreeMap<String, String>;

fn workspaces() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let examples = std::fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = examples.filter(|path| path.join("flagfall.kdl").exists()).collect();
    found.push(root.join("flags"));
    found.sort();
    found
}

fn read(directory: &Path, below: &str, files: &mut Files) {
    for entry in std::fs::read_dir(directory.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            if name != "dist" {
                read(directory, &path, files);
            }
        } else if !name.ends_with(".md") {
            files.insert(path, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// The tokens that say something, by file.
fn tokens(files: &Files) -> Vec<(String, TokenKind, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".kdl")) {
        let mut sources = flagfall::source::SourceSet::new();
        let file = sources.add(path.as_str(), path.as_str(), FileKind::Definitions, text.as_str());
        let tree = reader::read(file, text, &mut Sink::new());
        let silent = [TokenKind::Whitespace, TokenKind::Newline, TokenKind::LineComment, TokenKind::BlockComment];
        let spans = tree.spans().filter(|(kind, _)| !silent.contains(kind));
        found.extend(spans.map(|(kind, span)| (path.clone(), kind, span.start as usize..span.end as usize)));
    }
    found
}

/// One token becomes another of its kind, says another number, or goes.
fn mutated(files: &Files, random: &mut Random) -> (Files, String) {
    let mut tokens = tokens(files);
    // Most of the time a word, a number or a text, which may be another; signs only break things.
    if random.below(8) > 0 {
        let words = [TokenKind::Bare, TokenKind::Quoted, TokenKind::Raw, TokenKind::Number, TokenKind::Keyword];
        tokens.retain(|(path, kind, _)| words.contains(kind) && !path.ends_with(".test.kdl"));
    }
    let pick = |random: &mut Random, end: usize| usize::try_from(random.below(end as u64)).unwrap();
    let (path, kind, range) = tokens[pick(random, tokens.len())].clone();
    let old = files[&path][range.clone()].to_owned();
    let alike: BTreeSet<&str> = tokens
        .iter()
        .filter(|(_, other, _)| *other == kind)
        .map(|(path, _, range)| &files[path][range.clone()])
        .filter(|other| *other != old)
        .collect();
    let alike: Vec<&str> = alike.into_iter().collect();
    let digit = old.find(|character: char| character.is_ascii_digit());
    let new = match (random.below(8), digit) {
        (0, _) => String::new(),
        (1..=6, Some(at)) => format!("{}{}{}", &old[..at], random.below(10), &old[at + 1..]),
        _ if alike.is_empty() => String::new(),
        _ => alike[pick(random, alike.len())].to_owned(),
    };
    let mut mutant = files.clone();
    mutant.get_mut(&path).unwrap().replace_range(range, &new);
    (mutant, format!("{path}: `{old}` → `{new}`"))
}

/// A workspace without errors, compiled.
struct Whole {
    session: Session,
    environments: Vec<Compiled>,
    declared: BTreeMap<String, Declared>,
}

impl Whole {
    fn of(files: &Files) -> Option<Self> {
        let session = fixture::check_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let checked = session.checked.as_ref()?;
        let environments = checked.workspace().environments.iter();
        let environments = environments.map(|environment| compile::compile(checked, environment, NOW)).collect();
        let declared = lower::declared(&checked.workspace().attributes);
        Some(Self { environments, declared, session })
    }

    fn side(&self) -> diff::Side<'_> {
        let workspace = self.session.checked.as_ref().map(|checked| (checked.workspace(), &self.session.sources));
        let (environments, declared) = (&self.environments[..], &self.declared);
        diff::Side { name: "", commit: None, environments, workspace, declared }
    }

    fn names(&self) -> Vec<String> {
        self.environments.iter().map(|compiled| compiled.config.environment.clone()).collect()
    }

    fn config(&self, environment: &str) -> Option<&ufc::Config> {
        let all = self.environments.iter().map(|compiled| &compiled.config);
        all.into_iter().find(|config| config.environment == environment)
    }
}

/// Values that conditions tell apart, by attribute, and the keys they name.
fn values(configs: [Option<&ufc::Config>; 2]) -> BTreeMap<String, Vec<AttributeValue>> {
    let mut found: BTreeMap<String, Vec<AttributeValue>> = BTreeMap::new();
    let flags = configs.into_iter().flatten().flat_map(|config| config.flags.values()).flatten();
    let rules = flags.flat_map(|flag| &flag.allocations).flat_map(|allocation| &allocation.rules);
    for condition in rules.flat_map(|rule| &rule.conditions) {
        let all = found.entry(condition.attribute.clone()).or_default();
        match &condition.value {
            serde_json::Value::Array(listed) => {
                all.extend(listed.iter().map(|one| AttributeValue::Text(one.as_str().unwrap().to_owned())));
            }
            serde_json::Value::Number(number) => {
                let number = number.as_f64().unwrap();
                all.extend([number - 1.0, number, number + 1.0].map(AttributeValue::Number));
            }
            serde_json::Value::String(text) => {
                // Of a pattern the text it is made of, in the middle and at either end; of a version itself.
                let plain = text.replace(['^', '$', '\\'], "");
                for text in [plain.clone(), format!("x{plain}"), format!("{plain}x"), "9.9.9".to_owned()] {
                    all.push(AttributeValue::Text(text));
                }
            }
            _ => {}
        }
        all.extend([AttributeValue::Text("other".to_owned()), AttributeValue::Null]);
    }
    found
}

fn instants(configs: [Option<&ufc::Config>; 2]) -> Vec<Timestamp> {
    let now: Timestamp = NOW.parse().unwrap();
    let flags = configs.into_iter().flatten().flat_map(|config| config.flags.values()).flatten();
    let allocations = flags.flat_map(|flag| &flag.allocations);
    let written = allocations.flat_map(|allocation| [&allocation.start_at, &allocation.end_at]);
    let written = written.flatten().map(|text| text.parse::<Timestamp>().unwrap());
    let around = written.flat_map(|at| [-1, 0, 1].map(|by| at + SignedDuration::from_millis(by)));
    let mut all: Vec<Timestamp> = around.chain([now]).filter(|at| *at >= now).collect();
    all.sort();
    all.dedup();
    all
}

/// Variation and value, and the allocation where it is logged.
type Seen = Option<(String, String, Option<String>)>;

fn seen(evaluator: Option<&Evaluator<'_>>, flag: &str, subject: &Subject, at: Timestamp) -> Seen {
    let assignment = evaluator?.assign(flag, subject, None, at);
    let value = assignment.value?.to_string();
    Some((assignment.variation?, value, assignment.event.map(|event| event.allocation)))
}

/// Everything the plan tells of a flag in an environment, as evaluators would show it.
fn told(plan: &Plan, flag: &str, environment: &str) -> Option<(Class, BTreeSet<[Seen; 2]>)> {
    let is_it = |change: &&diff::Change| change.flag == flag && change.environment.as_deref() == Some(environment);
    let change = plan.changes.iter().find(is_it)?;
    let end = |end: &Option<diff::End>| {
        let end = end.as_ref()?;
        Some((end.variation.clone(), end.value.to_string(), end.logged.then(|| end.allocation.clone())))
    };
    Some((change.class, change.regions.iter().map(|region| [end(&region.from), end(&region.to)]).collect()))
}

/// What the plan should have told, and did not.
fn untold(before: &Whole, after: &Whole, plan: &Plan, names: &[String], random: &mut Random) -> Option<String> {
    for name in names {
        let configs = [before.config(name), after.config(name)];
        let (values, instants) = (values(configs), instants(configs));
        let evaluators = configs.map(|config| config.map(Evaluator::new));
        let keys = configs.into_iter().flatten().flat_map(|config| config.flags.keys());
        for flag in keys.collect::<BTreeSet<_>>() {
            let wires = configs.map(|config| config.and_then(|config| config.flags.get(flag)));
            let told = told(plan, flag, name);
            if wires[0] == wires[1] {
                continue;
            }
            let Some((class, ends)) = told else { return Some(format!("`{flag}` in {name} is served otherwise")) };
            for number in 0..150 {
                let pick = |random: &mut Random, end: usize| usize::try_from(random.below(end as u64)).unwrap();
                let mut attributes = BTreeMap::new();
                for (attribute, all) in values.iter().filter(|(attribute, _)| *attribute != "id") {
                    if random.below(5) > 0 {
                        attributes.insert(attribute.clone(), all[pick(random, all.len())].clone());
                    }
                }
                let named = values.get("id").filter(|_| number % 4 == 0);
                let key = match named.map(|all| &all[pick(random, all.len())]) {
                    Some(AttributeValue::Text(key)) => key.clone(),
                    _ => format!("subject-{}", random.below(100_000)),
                };
                let subject = Subject { key, attributes };
                let at = instants[pick(random, instants.len())];
                let both = evaluators.each_ref().map(|one| seen(one.as_ref(), flag, &subject, at));
                let retyped = matches!(class, Class::Retype | Class::Remove | Class::Undecided);
                if both[0] != both[1] && !retyped && !ends.contains(&both) {
                    return Some(format!(
                        "`{flag}` in {name}, {class:?}: {both:?} of {subject:?} at {at}, told {ends:?}"
                    ));
                }
            }
        }
    }
    None
}

#[test]
fn a_mutation_of_one_token_is_shown_or_without_effect() {
    let cases = std::env::var("FLAGFALL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(6);
    let (mut refused, mut without, mut shown) = (0, 0, 0);
    for (number, directory) in workspaces().into_iter().enumerate() {
        let mut files = Files::new();
        read(&directory, "", &mut files);
        let before = Whole::of(&files).unwrap();
        let mut random = Random::new(number as u64 + 1);
        let mut left = cases;
        while left > 0 {
            let (mutant, what) = mutated(&files, &mut random);
            let Some(after) = Whole::of(&mutant) else {
                refused += 1;
                continue;
            };
            left -= 1;
            let mut names = after.names();
            names.extend(before.names());
            names.sort();
            names.dedup();
            let (base, head) = (before.side(), after.side());
            let question = Question {
                now: NOW.parse().unwrap(),
                environments: &names,
                flags: None,
                days: 0,
                all_upcoming: false,
                limits: Limits::MANY,
            };
            let plan = diff::plan(&base, &head, question);
            if let Some(what_else) = untold(&before, &after, &plan, &names, &mut random) {
                panic!("{}: {what}: {what_else}", directory.display());
            }
            let written = |whole: &Whole| -> Vec<String> {
                whole.environments.iter().map(|compiled| write::to_json(&compiled.config)).collect()
            };
            let same = written(&before) == written(&after);
            if same && plan.class > Class::Same {
                panic!("{}: {what}: {:?} of the same output", directory.display(), plan.class);
            }
            match plan.class {
                Class::Same => without += 1,
                _ => shown += 1,
            }
        }
    }
    assert!(
        refused > 0 && without > 0 && shown > 2 * cases,
        "{refused} refused, {without} without effect, {shown} shown"
    );
}
