//! Somebody for whom a claim can be seen, as a line to paste and as JSON.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evaluate::AttributeValue;
use crate::evaluate::event::instant_text;
use crate::region::Witness;

/// A witness as programs read it: a line of `eval --batch`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    /// The subject's key.
    subject: String,
    /// What the caller passes.
    attributes: serde_json::Map<String, serde_json::Value>,
    /// The instant.
    at: String,
    /// The flag's key.
    flag: String,
    /// The environment's name.
    environment: String,
}

/// A witness as programs read it.
pub(super) fn document(witness: &Witness, flag: &str, environment: &str) -> Document {
    let attributes = witness.subject.attributes.iter().map(|(name, value)| (name.clone(), json(value)));
    Document {
        subject: witness.subject.key.clone(),
        attributes: attributes.collect(),
        at: instant_text(witness.at),
        flag: flag.to_owned(),
        environment: environment.to_owned(),
    }
}

/// The command that shows it.
pub(super) fn command(witness: &Witness, flag: &str, environment: &str) -> String {
    let mut words = vec!["flagfall".to_owned(), "eval".to_owned(), flag.to_owned(), witness.subject.key.clone()];
    for (name, value) in &witness.subject.attributes {
        words.push(format!("{name}={}", text(value)));
    }
    words.extend(["--env".to_owned(), environment.to_owned(), "--at".to_owned(), instant_text(witness.at)]);
    let quoted: Vec<Cow<'_, str>> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// As `eval` takes it.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Bool(truth) => truth.to_string(),
        AttributeValue::Null => "#null".to_owned(),
    }
}

fn json(value: &AttributeValue) -> serde_json::Value {
    match value {
        AttributeValue::Text(text) => text.as_str().into(),
        AttributeValue::Number(number) => (*number).into(),
        AttributeValue::Bool(truth) => (*truth).into(),
        AttributeValue::Null => serde_json::Value::Null,
    }
}

/// A word as shells read it.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+,%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}
