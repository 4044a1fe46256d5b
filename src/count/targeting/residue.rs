//! Flags that ask one question each: do this allocation's rules match, with what is known of the subject key?

use crate::ufc::obfuscate::hash;
use crate::ufc::{Allocation, Condition, Flag, Format, Operator, Rule, Split, VariationType};

/// Whether a condition on `id` holds for a key that no condition names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Holds,
    Fails,
    Depends,
}

/// A flag that serves something where `rules` match within the allocation's window.
pub(super) fn asking(flag: &Flag, allocation: &Allocation, rules: Vec<Rule>) -> Flag {
    let split = Split { variation_key: String::new(), shards: Vec::new(), extra_logging: Default::default() };
    let asked = Allocation {
        key: String::new(),
        rules,
        start_at: allocation.start_at.clone(),
        end_at: allocation.end_at.clone(),
        splits: vec![split],
        do_log: false,
    };
    let answer = crate::ufc::Variation { key: String::new(), value: serde_json::Value::String(String::new()) };
    Flag {
        key: String::new(),
        enabled: true,
        variation_type: VariationType::String,
        variations: vec![(String::new(), answer)],
        allocations: vec![asked],
        total_shards: flag.total_shards.max(1),
    }
}

/// A flag that serves a variation of `flag` to everyone.
pub(super) fn serving(flag: &Flag, variation: &str) -> Flag {
    let split = Split { variation_key: variation.to_owned(), shards: Vec::new(), extra_logging: Default::default() };
    let allocation = Allocation {
        key: String::new(),
        rules: Vec::new(),
        start_at: None,
        end_at: None,
        splits: vec![split],
        do_log: false,
    };
    Flag { enabled: true, allocations: vec![allocation], total_shards: flag.total_shards.max(1), ..flag.clone() }
}

/// What is left of an allocation's rules for a key that no condition names: `sure` to match, `maybe` matching, and `named`,
/// the rules that single out keys, without what they ask of the key. Questions that nobody answers with yes are left out.
pub(super) fn without_key(format: Format, allocation: &Allocation) -> Vec<(&'static str, Vec<Rule>)> {
    if allocation.rules.is_empty() {
        return vec![("sure", Vec::new())];
    }
    let (mut sure, mut maybe, mut named) = (Vec::new(), Vec::new(), Vec::new());
    for rule in &allocation.rules {
        let (on_key, others): (Vec<&Condition>, Vec<&Condition>) =
            rule.conditions.iter().partition(|condition| condition.attribute == wire_name(format, "id"));
        let rest = Rule { conditions: others.into_iter().cloned().collect() };
        if on_key.iter().any(|condition| !keys_of(format, condition).is_empty()) {
            named.push(rest.clone());
        }
        let answers: Vec<Answer> = on_key.iter().map(|condition| answer(format, condition)).collect();
        if answers.contains(&Answer::Fails) {
            continue;
        }
        let kind = if answers.contains(&Answer::Depends) { &mut maybe } else { &mut sure };
        kind.push(rest);
    }
    let questions = [("sure", sure), ("maybe", maybe), ("named", named)];
    questions.into_iter().filter(|(_, rules)| !rules.is_empty()).collect()
}

/// The keys that an allocation's rules name, sorted; hashed ones as their hashes.
pub(super) fn named_keys(format: Format, allocation: &Allocation) -> Vec<String> {
    let conditions = allocation.rules.iter().flat_map(|rule| &rule.conditions);
    let on_key = conditions.filter(|condition| condition.attribute == wire_name(format, "id"));
    let mut keys: Vec<String> = on_key.flat_map(|condition| keys_of(format, condition)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn keys_of(format: Format, condition: &Condition) -> Vec<String> {
    let lists = matches!(operator(format, condition), Some(Operator::OneOf | Operator::NotOneOf));
    let values = condition.value.as_array().filter(|_| lists).into_iter().flatten();
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn answer(format: Format, condition: &Condition) -> Answer {
    let holds = |holds: bool| if holds { Answer::Holds } else { Answer::Fails };
    match operator(format, condition) {
        // An operand that is not a list makes the condition unreadable, which never holds.
        Some(Operator::OneOf) => Answer::Fails,
        Some(Operator::NotOneOf) => holds(condition.value.is_array()),
        Some(Operator::IsNull) => holds(match format {
            Format::Server => condition.value == serde_json::Value::Bool(false),
            Format::Client => condition.value.as_str() == Some(wire_name(format, "false").as_str()),
        }),
        Some(
            Operator::Matches | Operator::NotMatches | Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte,
        ) => Answer::Depends,
        None => Answer::Fails,
    }
}

fn operator(format: Format, condition: &Condition) -> Option<Operator> {
    Operator::ALL.into_iter().find(|operator| wire_name(format, operator.wire()) == condition.operator)
}

/// A name as it stands in a document of that format.
pub(super) fn wire_name(format: Format, name: &str) -> String {
    match format {
        Format::Server => name.to_owned(),
        Format::Client => hash(name),
    }
}
