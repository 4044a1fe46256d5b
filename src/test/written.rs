//! Cases as an author would write them, ready to paste: attributes in their declared types, and as few as will do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use super::given::Attributes;
use super::observe::Part;
use crate::evaluate::{AttributeValue, Subject};
use crate::region::Declared;
use crate::syntax::print::{self, Line};
use crate::ufc;
use crate::ufc::write::number_text;

/// The types of attributes that a workspace declares, by name.
pub(super) type Attributed = BTreeMap<String, Declared>;

/// How many values of one attribute are tried for one that a case can say.
const CANDIDATES: usize = 64;

fn kind(declared: &Attributed, name: &str) -> Option<Declared> {
    declared.get(name).copied().or((name == "id").then_some(Declared::Text))
}

/// Attributes as a case writes them: `country=US age=18`.
pub(super) fn written(attributes: &Attributes) -> String {
    let pairs = attributes.iter().map(|(name, value)| format!("{}={}", print::text(name), literal(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

pub(super) fn literal(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => print::text(text),
        AttributeValue::Number(number) => number_text(*number, false),
        AttributeValue::Bool(truth) => format!("#{truth}"),
        AttributeValue::Null => "#null".to_owned(),
    }
}

/// Attributes that a case can say and for which `fits` still holds: each of its declared type, those that do not matter left out.
/// None where nothing of these types was found.
pub(super) fn expressible(
    attributes: &Attributes,
    declared: &Attributed,
    flag: &ufc::Flag,
    fits: impl Fn(&Attributes) -> bool,
) -> Option<Attributes> {
    let mut typed = Attributes::new();
    let mut strange = Vec::new();
    for (name, value) in attributes {
        let Some(kind) = kind(declared, name) else { continue };
        match typed_as(kind, value) {
            Some(value) => drop(typed.insert(name.clone(), value)),
            None => strange.push((name, kind)),
        }
    }
    let mut found = if fits(&typed) { typed } else { repaired(&typed, &strange, flag, &fits)? };
    for name in attributes.keys() {
        if let Some(value) = found.remove(name)
            && !fits(&found)
        {
            found.insert(name.clone(), value);
        }
    }
    Some(found)
}

/// The value as the declared type has it, where it is one in other words.
fn typed_as(kind: Declared, value: &AttributeValue) -> Option<AttributeValue> {
    match (kind, value) {
        (_, AttributeValue::Null) => Some(AttributeValue::Null),
        (Declared::Number, value) => {
            // Zero has one spelling, and infinities have none.
            value.number().filter(|number| number.is_finite()).map(|number| AttributeValue::Number(number + 0.0))
        }
        (Declared::Bool, value) => value.text()?.parse().ok().map(AttributeValue::Bool),
        (Declared::Text, value) => value.text().map(|text| AttributeValue::Text(text.into_owned())),
        (Declared::Version, value) => {
            let text = value.text()?;
            let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
            begins.then(|| AttributeValue::Text(text.into_owned()))
        }
    }
}

/// The same with another value for one attribute: first for those that no case can say.
fn repaired(
    typed: &Attributes,
    strange: &[(&String, Declared)],
    flag: &ufc::Flag,
    fits: impl Fn(&Attributes) -> bool,
) -> Option<Attributes> {
    for (name, kind) in strange {
        let values = candidates(name, *kind, flag);
        let with = |value: AttributeValue| {
            let mut attributes = typed.clone();
            attributes.insert((*name).clone(), value);
            attributes
        };
        if let Some(found) = values.into_iter().map(with).find(&fits) {
            return Some(found);
        }
    }
    None
}

/// Values of a type that the flag's conditions on the attribute can tell apart.
fn candidates(name: &str, kind: Declared, flag: &ufc::Flag) -> Vec<AttributeValue> {
    let conditions = flag.allocations.iter().flat_map(|allocation| &allocation.rules).flat_map(|rule| &rule.conditions);
    let operands: BTreeSet<String> = conditions
        .filter(|condition| condition.attribute == name)
        .flat_map(|condition| texts(&condition.value))
        .collect();
    let operands = operands.iter().take(CANDIDATES);
    match kind {
        Declared::Number => {
            let near = operands.filter_map(|text| text.parse::<f64>().ok()).flat_map(|n| [n - 1.0, n, n + 1.0]);
            std::iter::once(0.0).chain(near).map(AttributeValue::Number).collect()
        }
        Declared::Bool => vec![AttributeValue::Bool(true), AttributeValue::Bool(false)],
        Declared::Version => {
            let versions = operands.filter(|text| semver::Version::parse(text).is_ok()).cloned();
            let ends = ["0.0.0", "9999.0.0"].map(str::to_owned);
            versions.chain(ends).map(AttributeValue::Text).collect()
        }
        Declared::Text => {
            std::iter::once("other".to_owned()).chain(operands.cloned()).map(AttributeValue::Text).collect()
        }
    }
}

fn texts(operand: &serde_json::Value) -> Vec<String> {
    match operand {
        serde_json::Value::Array(values) => {
            values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        }
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Number(number) => vec![number.to_string()],
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Object(_) => Vec::new(),
    }
}

/// A case about one subject that expects what `part` says, in KDL.
pub(super) fn case(environment: &str, at: Option<Timestamp>, subject: &Subject, part: &Part) -> String {
    let mut who = Line::new("subject").text(&subject.key);
    for (name, value) in &subject.attributes {
        who = who.property(name, literal(value));
    }
    let mut expected = match &part.variation {
        Some(variation) => Line::new("expect").text(variation),
        None => Line::new("expect-default"),
    };
    let mut name = part.variation.as_ref().map_or_else(|| "the default".to_owned(), Clone::clone);
    if let (Some(_), Some(step)) = (&part.variation, &part.step) {
        expected = expected.property("via", print::text(step));
        let _ = write!(name, " through {step}");
    }
    for (attribute, value) in &subject.attributes {
        let _ = write!(name, ", {attribute} {}", value.text().unwrap_or("null".into()));
    }
    let mut case = Line::new("case").quoted(&name).property("env", print::text(environment));
    if let Some(at) = at {
        case = case.property("at", print::quoted(&super::judge::instant(at)));
    }
    print::document(&[case.block(vec![who, expected])])
}
