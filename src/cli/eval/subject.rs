//! Attributes from the command line: `name=value`, typed.

use std::sync::Arc;

use crate::diagnostic::suggest;
use crate::evaluate::AttributeValue;
use crate::failure::Failure;
use crate::model::{Attribute, AttributeType, Operand};

/// The value of a declared attribute; `#null` is an explicit null.
pub(in crate::cli) fn typed(name: &str, text: &str, declared: &[Arc<Attribute>]) -> Result<AttributeValue, Failure> {
    let Some(attribute) = declared.iter().find(|attribute| attribute.name == name) else {
        let known = declared.iter().map(|attribute| attribute.name.as_str());
        let help = suggest::did_you_mean(name, known, "declare it with `attribute`");
        return Err(Failure::new(format!("there is no attribute `{name}`")).help(help));
    };
    if attribute.span.is_none() {
        return Err(Failure::new(format!("`{name}` is the subject's key itself"))
            .help("declare `attribute id string` in the workspace to let callers pass another value"));
    }
    if text == "#null" {
        return Ok(AttributeValue::Null);
    }
    let (value, such_as) = match attribute.kind {
        AttributeType::String => (Some(AttributeValue::Text(text.to_owned())), ""),
        AttributeType::Number => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            (number.map(AttributeValue::Number), "a number, such as 18 or 0.5")
        }
        AttributeType::Bool => {
            let value = text.trim_start_matches('#').parse::<bool>();
            (value.ok().map(AttributeValue::Bool), "true or false")
        }
        AttributeType::Semver => {
            let version = semver::Version::parse(text);
            (version.ok().map(|_| AttributeValue::Text(text.to_owned())), "a version, such as 2.4.0")
        }
    };
    value.ok_or_else(|| Failure::new(format!("`{name}={text}`: `{name}` is declared as {such_as}")))
}

/// A sentence when the value is not one that the attribute is declared to have: rules cannot name it.
pub(in crate::cli) fn outside_vocabulary(
    name: &str,
    value: &AttributeValue,
    declared: &[Arc<Attribute>],
) -> Option<String> {
    let attribute = declared.iter().find(|attribute| attribute.name == name)?;
    let texts = attribute.vocabulary.as_ref()?.iter().map(|operand| match operand {
        Operand::Text(text) | Operand::Version(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Bool(value) => value.to_string(),
    });
    let (texts, seen) = (texts.collect::<Vec<_>>(), value.text()?);
    if texts.iter().any(|text| *text == seen) {
        return None;
    }
    let help = suggest::did_you_mean(&seen, texts.iter().map(String::as_str), "or another value");
    Some(format!("note: `{seen}` is not among the declared values of `{name}`; {help}"))
}

/// JSON where it is JSON, else text.
pub(in crate::cli) fn json_or_text(name: &str, text: &str) -> Result<AttributeValue, Failure> {
    match attribute_from_json(text) {
        Ok(value) => Ok(value),
        Err(Unusable::NotJson) => Ok(AttributeValue::Text(text.to_owned())),
        Err(Unusable::TooLarge) => Err(Failure::new(format!("`{name}={text}`: the number is too large"))),
        Err(Unusable::Compound) => Err(Failure::new(format!("`{name}` is a list or an object"))
            .help("attributes are text, numbers, true, false or null; quote it as a JSON string to pass its text")),
    }
}

/// Why a text is no attribute value in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Unusable {
    NotJson,
    TooLarge,
    Compound,
}

/// An attribute value written in JSON. Numbers are rounded correctly, as they are where callers pass them.
pub(in crate::cli) fn attribute_from_json(text: &str) -> Result<AttributeValue, Unusable> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let is_json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match text.bytes().next() {
        Some(b'"') => serde_json::from_str(text).map(AttributeValue::Text).map_err(|_| Unusable::NotJson),
        Some(b'-' | b'0'..=b'9') if is_json(text) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(AttributeValue::Number(number)),
            _ => Err(Unusable::TooLarge),
        },
        Some(b'[' | b'{') if is_json(text) => Err(Unusable::Compound),
        _ => match text {
            "true" => Ok(AttributeValue::Bool(true)),
            "false" => Ok(AttributeValue::Bool(false)),
            "null" => Ok(AttributeValue::Null),
            _ => Err(Unusable::NotJson),
        },
    }
}
