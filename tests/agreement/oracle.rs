//! Both evaluators side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use eppo_core::eval::{get_assignment, get_assignment_details};
use eppo_core::ufc::{AssignmentValue, UniversalFlagConfig, VariationType as TheirType};
use eppo_core::{Attributes, Configuration, SdkMetadata, Str};
use flagfall::evaluate::batch::{Batch, Kernel, Population};
use flagfall::evaluate::{Assignment, AttributeValue, Evaluator, Subject, Trace};
use flagfall::ufc::{self, VariationType};
use serde_json::Value;

use crate::generate::Evaluation;

/// What occurred, so that a generator that went narrow is noticed.
#[derive(Default)]
pub(crate) struct Seen {
    counts: BTreeMap<String, usize>,
}

impl Seen {
    fn note(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
    }

    /// Every outcome occurred, and not just once.
    pub(crate) fn assert_wide(&self) {
        for what in [
            "MATCH",
            "FLAG_UNRECOGNIZED_OR_DISABLED",
            "TYPE_MISMATCH",
            "DEFAULT_ALLOCATION_NULL",
            "UNEXPECTED_CONFIGURATION_ERROR",
            "UNEVALUATED",
            "BEFORE_START_TIME",
            "AFTER_END_TIME",
            "FAILING_RULE",
            "TRAFFIC_EXPOSURE_MISS",
            "event",
            "unreadable document",
            "unreadable flag",
            "condition that held",
        ] {
            let count = self.counts.get(what).copied().unwrap_or(0);
            assert!(count >= 20, "{what} occurred {count} times only: {:?}", self.counts);
        }
    }
}

/// The reference's reading of a document.
pub(crate) fn reference(document: &str) -> Option<Configuration> {
    let sdk = SdkMetadata { name: "flagfall", version: "0" };
    let flags = UniversalFlagConfig::from_json(sdk, document.as_bytes().to_vec()).ok()?;
    Some(Configuration::from_server_response(flags, None))
}

/// Asserts that both load `document` or both do not, and that all evaluations agree.
pub(crate) fn compare(seed: u64, document: &str, evaluations: &[Evaluation]) -> Seen {
    let mut seen = Seen::default();
    let (theirs, ours) = (reference(document), ufc::read(document.as_bytes()));
    let (theirs, ours) = match (theirs, ours) {
        (Some(theirs), Ok(ours)) => (theirs, ours),
        (None, Err(_)) => {
            seen.note("unreadable document");
            return seen;
        }
        (theirs, ours) => panic!("seed {seed}: reference loads: {}, ours: {ours:?}\n{document}", theirs.is_some()),
    };
    ours.flags.values().filter(|flag| flag.is_err()).for_each(|_| seen.note("unreadable flag"));
    let evaluator = Evaluator::new(&ours);
    for evaluation in evaluations {
        let Evaluation { flag, subject, requested, at } = evaluation;
        let (assignment, trace) = evaluator.explain(flag, subject, *requested, *at);
        assert!(same(&evaluator.assign(flag, subject, *requested, *at), &assignment));
        let difference = difference(&theirs, evaluation, &assignment, &trace);
        let flag = ours.flags.get(*flag);
        assert!(
            difference.is_none(),
            "seed {seed}: {}\n{evaluation:?}\n{assignment:?}\n{flag:#?}",
            difference.unwrap()
        );
        seen.note(assignment.code.word());
        assignment.event.iter().for_each(|_| seen.note("event"));
        trace.allocations.iter().for_each(|allocation| seen.note(allocation.code.word()));
        let held = trace.allocations.iter().flat_map(|a| &a.rules).flat_map(|r| &r.conditions).filter(|c| c.matched);
        held.for_each(|_| seen.note("condition that held"));
    }
    compare_batches(seed, &evaluator, evaluations);
    seen
}

/// Asserts that what is assigned to many at once, and who is targeted, is what is assigned to each.
fn compare_batches(seed: u64, evaluator: &Evaluator<'_>, evaluations: &[Evaluation]) {
    let subjects: Vec<Subject> = evaluations.iter().map(|evaluation| evaluation.subject.clone()).collect();
    let population = Population::of(&subjects);
    for Evaluation { flag, at, .. } in evaluations {
        let Ok(compiled) = evaluator.compiled(flag) else { continue };
        for kernel in Kernel::available() {
            let mut batch = Batch::with(compiled, kernel);
            batch.assign(&population, *at);
            for (row, subject) in subjects.iter().enumerate() {
                let (alone, trace) = evaluator.explain(flag, subject, None, *at);
                let taken = compiled.taken(batch.place(row));
                assert_eq!(
                    taken.err().unwrap_or(flagfall::evaluate::Code::Match),
                    alone.code,
                    "seed {seed}: {subject:?}"
                );
                let found = taken.ok().map(|taken| (taken.variation(), taken.allocation(), taken.logged()));
                let expected = alone.variation.as_deref().zip(alone.allocation.as_deref());
                let expected = expected.map(|(variation, allocation)| (variation, allocation, alone.event.is_some()));
                assert_eq!(found, expected, "seed {seed}: {subject:?}");
                for (index, allocation) in trace.allocations.iter().enumerate() {
                    match allocation.code.word() {
                        "UNEVALUATED" => {}
                        "MATCH" | "TRAFFIC_EXPOSURE_MISS" => assert!(batch.is_targeted(row, index), "seed {seed}"),
                        _ => assert!(!batch.is_targeted(row, index), "seed {seed}"),
                    }
                }
            }
        }
    }
}

/// Equality under which NaN is itself.
fn same(a: &Assignment, b: &Assignment) -> bool {
    a == b || format!("{a:?}") == format!("{b:?}")
}

/// Whether the reference loads `document`, and finds every flag usable.
pub(crate) fn loads_every_flag<'k>(document: &str, flags: impl Iterator<Item = &'k String>) -> bool {
    let Some(theirs) = reference(document) else { return false };
    let now = DateTime::<Utc>::UNIX_EPOCH;
    flags.into_iter().all(|flag| {
        let (result, _) = get_assignment_details(Some(&theirs), flag, &"s".into(), &Arc::default(), None, now);
        result.evaluation_details.flag_evaluation_code.is_some_and(|code| {
            !["UNEXPECTED_CONFIGURATION_ERROR", "FLAG_UNRECOGNIZED_OR_DISABLED"].contains(&word(&code).as_str())
        })
    })
}

/// Asserts that value, variation, allocation and event agree; for many subjects of one document, so without the steps.
pub(crate) fn compare_assignments(document: &str, evaluations: &[Evaluation]) {
    let theirs = reference(document).unwrap();
    let ours = ufc::read(document.as_bytes()).unwrap();
    let evaluator = Evaluator::new(&ours);
    for Evaluation { flag, subject, requested, at } in evaluations {
        let assignment = evaluator.assign(flag, subject, *requested, *at);
        let attributes = subject.attributes.iter().map(|(k, v)| (Str::from(k.as_str()), attribute(v)));
        let key = Str::from(subject.key.as_str());
        let now = DateTime::<Utc>::from_timestamp_nanos(i64::try_from(at.as_nanosecond()).unwrap());
        let requested = requested.map(their_type);
        let plain =
            get_assignment(Some(&theirs), flag, &key, &Arc::new(attributes.collect()), requested, now).ok().flatten();
        let value = plain.as_ref().map(|plain| assigned(&plain.value));
        assert_eq!(value, assignment.value, "{subject:?}");
        let event = plain.and_then(|plain| plain.event);
        let names = event.as_ref().map(|event| (event.base.variation.to_string(), event.base.allocation.to_string()));
        let our_names = assignment.event.as_ref().map(|event| (event.variation.clone(), event.allocation.clone()));
        assert_eq!(names, our_names, "{subject:?}");
        assert!(event_difference(event, &assignment).is_none(), "{subject:?}");
    }
}

/// Asserts that a readable configuration and its obfuscated twin give the same answers.
pub(crate) fn compare_twins(seed: u64, document: &str, evaluations: &[Evaluation]) {
    let plain = ufc::read(document.as_bytes()).unwrap();
    let twin = ufc::write::to_json(&ufc::obfuscate(&plain));
    let twin = ufc::read(twin.as_bytes()).unwrap();
    let (plain_evaluator, twin_evaluator) = (Evaluator::new(&plain), Evaluator::new(&twin));
    for Evaluation { flag, subject, requested, at } in evaluations {
        let a = plain_evaluator.assign(flag, subject, *requested, *at);
        let b = twin_evaluator.assign(flag, subject, *requested, *at);
        assert!(same(&b, &twin_evaluator.explain(flag, subject, *requested, *at).0), "seed {seed}: {b:?} {subject:?}");
        assert!(same(&a, &b), "seed {seed}: {a:?}\n{b:?}\n{flag} {subject:?}\n{:#?}", plain.flags.get(*flag));
    }
    compare_batches(seed, &twin_evaluator, evaluations);
}

fn difference(theirs: &Configuration, asked: &Evaluation, ours: &Assignment, trace: &Trace) -> Option<String> {
    let subject = Str::from(asked.subject.key.as_str());
    let attributes: Arc<Attributes> =
        Arc::new(asked.subject.attributes.iter().map(|(k, v)| (Str::from(k.as_str()), attribute(v))).collect());
    let requested = asked.requested.map(their_type);
    let now = DateTime::<Utc>::from_timestamp_nanos(i64::try_from(asked.at.as_nanosecond()).unwrap());
    let (result, _) = get_assignment_details(Some(theirs), asked.flag, &subject, &attributes, requested, now);
    let details = &result.evaluation_details;
    let plain = get_assignment(Some(theirs), asked.flag, &subject, &attributes, requested, now).ok().flatten();

    let code = serde_json::to_value(details.flag_evaluation_code).unwrap();
    if code != ours.code.word() {
        return Some(format!("code {code}"));
    }
    let value = plain.as_ref().map(|plain| assigned(&plain.value));
    if value != ours.value {
        return Some(format!("value {value:?}"));
    }
    let matched = details.allocations.iter().find(|a| word(&a.allocation_evaluation_code) == "MATCH");
    if ours.value.is_some() {
        let variation = details.variation_key.as_ref().map(|key| key.to_string());
        let allocation = matched.map(|allocation| allocation.key.to_string());
        if variation != ours.variation || allocation != ours.allocation {
            return Some(format!("variation {variation:?}, allocation {allocation:?}"));
        }
    } else if ours.variation.is_some() || ours.allocation.is_some() || ours.event.is_some() {
        return Some("a default with a variation, an allocation or an event".to_owned());
    }
    event_difference(plain.and_then(|plain| plain.event), ours)
        .or_else(|| steps_difference(&details.allocations, trace))
}

fn event_difference(theirs: Option<eppo_core::events::AssignmentEvent>, ours: &Assignment) -> Option<String> {
    let theirs = theirs.map(|event| serde_json::to_value(event).unwrap());
    let ours = ours.event.as_ref().map(|event| event.to_json());
    let theirs = theirs.map(|event| comparable(event, &["metaData"]));
    let ours = ours.map(|event| comparable(event, &["metaData"]));
    (theirs != ours).then(|| format!("event {theirs:?}\n      {ours:?}"))
}

/// Numbers as floats, instants without trailing zeros, some members left out.
fn comparable(mut event: Value, without: &[&str]) -> Value {
    let members = event.as_object_mut().unwrap();
    members.retain(|name, _| !without.contains(&name.as_str()));
    let at = members["timestamp"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    members.insert("timestamp".to_owned(), at.to_rfc3339().into());
    for value in members["subjectAttributes"].as_object_mut().unwrap().values_mut() {
        if let Some(number) = value.as_f64() {
            *value = number.into();
        }
    }
    event
}

/// Codes, rules, splits and shards; only where no two allocations share a key, because the reference's details merge those.
fn steps_difference(
    theirs: &[eppo_core::eval::eval_details::AllocationEvaluationDetails],
    trace: &Trace,
) -> Option<String> {
    let mut keys: Vec<_> = trace.allocations.iter().map(|allocation| &allocation.key).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < trace.allocations.len() {
        return None;
    }
    let theirs: Vec<_> = theirs
        .iter()
        .map(|a| {
            let rules: Vec<_> = a.evaluated_rules.iter().map(|rule| rule.matched).collect();
            let splits: Vec<_> = a
                .evaluated_splits
                .iter()
                .map(|s| {
                    let shards: Vec<_> = s.shards.iter().map(|shard| (shard.shard_value, shard.matched)).collect();
                    (s.variation_key.to_string(), s.matched, shards)
                })
                .collect();
            (a.key.to_string(), word(&a.allocation_evaluation_code), rules, splits)
        })
        .collect();
    let ours: Vec<_> = trace
        .allocations
        .iter()
        .map(|a| {
            let rules: Vec<_> = a.rules.iter().map(|rule| rule.matched).collect();
            let splits: Vec<_> = a
                .splits
                .iter()
                .map(|s| {
                    // The reference leaves out shards that hold everyone.
                    let all = |shard: &&flagfall::evaluate::ShardTrace| {
                        !shard.ranges.contains(&ufc::Range { start: 0, end: shard.total })
                    };
                    let shards: Vec<_> =
                        s.shards.iter().filter(all).map(|shard| (shard.shard, shard.matched)).collect();
                    (s.variation.clone(), s.matched, shards)
                })
                .collect();
            (a.key.clone(), a.code.word().to_owned(), rules, splits)
        })
        .collect();
    (theirs != ours).then(|| format!("steps {theirs:#?}\n      {ours:#?}"))
}

fn word(code: &impl serde::Serialize) -> String {
    serde_json::to_value(code).unwrap().as_str().unwrap().to_owned()
}

fn assigned(value: &AssignmentValue) -> Value {
    serde_json::to_value(value).unwrap()["value"].take()
}

pub(crate) fn attribute(value: &AttributeValue) -> eppo_core::AttributeValue {
    match value {
        AttributeValue::Text(text) => text.as_str().into(),
        AttributeValue::Number(number) => (*number).into(),
        AttributeValue::Bool(value) => (*value).into(),
        AttributeValue::Null => eppo_core::AttributeValue::null(),
    }
}

pub(crate) fn their_type(kind: VariationType) -> TheirType {
    match kind {
        VariationType::Boolean => TheirType::Boolean,
        VariationType::String => TheirType::String,
        VariationType::Integer => TheirType::Integer,
        VariationType::Numeric => TheirType::Numeric,
        VariationType::Json => TheirType::Json,
    }
}
