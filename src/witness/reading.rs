//! What `name=value` on a command line means.

use crate::evaluate::AttributeValue;
use crate::model::{Attribute, AttributeType};

/// The value of a declared attribute; `#null` is an explicit null. None for what is not of its type, and for the `id` that nobody
/// declared: it is the subject key itself.
#[must_use]
pub fn declared(attribute: &Attribute, text: &str) -> Option<AttributeValue> {
    attribute.span?;
    if text == "#null" {
        return Some(AttributeValue::Null);
    }
    match attribute.kind {
        AttributeType::String => Some(AttributeValue::Text(text.to_owned())),
        AttributeType::Number => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(AttributeValue::Number)
        }
        AttributeType::Bool => text.trim_start_matches('#').parse::<bool>().ok().map(AttributeValue::Bool),
        AttributeType::Semver => semver::Version::parse(text).ok().map(|_| AttributeValue::Text(text.to_owned())),
    }
}

/// Why a text is no attribute value in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is no JSON.
    NotJson,
    /// A number that no double holds.
    TooLarge,
    /// A list or an object.
    Compound,
}

/// JSON where it is JSON, else text.
///
/// # Errors
/// When it is JSON that no attribute can have.
pub fn json_or_text(text: &str) -> Result<AttributeValue, Unusable> {
    match json(text) {
        Err(Unusable::NotJson) => Ok(AttributeValue::Text(text.to_owned())),
        read => read,
    }
}

/// An attribute value written in JSON. Numbers are rounded correctly, as they are where callers pass them.
///
/// # Errors
/// When it is none.
pub fn json(text: &str) -> Result<AttributeValue, Unusable> {
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
