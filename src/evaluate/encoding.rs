//! The two encodings of a configuration, seen from evaluation: plain for servers, hashed and Base64 for clients.

use std::borrow::Cow;

use serde_json::Value;

use super::AttributeValue;
use crate::ufc::obfuscate::{decode, hash};
use crate::ufc::{Format, Instant, Operator, VariationType};

/// How a configuration's texts are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Coded,
}

impl From<Format> for Encoding {
    fn from(format: Format) -> Self {
        match format {
            Format::Server => Self::Plain,
            Format::Client => Self::Coded,
        }
    }
}

impl Encoding {
    /// A name as the configuration compares it.
    pub(super) fn name(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => Cow::Borrowed(name),
            Self::Coded => Cow::Owned(hash(name)),
        }
    }

    /// The text of an attribute as the elements of lists are coded.
    pub(super) fn listed(self, text: &str) -> Cow<'_, str> {
        self.name(text)
    }

    /// A readable text; none when it is not coded as it should be.
    pub(super) fn text(self, text: &str) -> Option<String> {
        match self {
            Self::Plain => Some(text.to_owned()),
            Self::Coded => decode(text),
        }
    }

    /// A readable text, or the text as it is written where it cannot be read.
    pub(super) fn text_or_raw(self, text: &str) -> String {
        self.text(text).unwrap_or_else(|| text.to_owned())
    }

    /// A date. Clients accept plain ones in coded documents too.
    pub(super) fn instant(self, text: &str) -> Option<Instant> {
        Instant::parse(text).or_else(|| Instant::parse(&self.text(text)?))
    }

    pub(super) fn operator(self, text: &str) -> Option<Operator> {
        match self {
            Self::Plain => Operator::parse(text),
            Self::Coded => Operator::ALL.into_iter().find(|operator| hash(operator.wire()) == text),
        }
    }

    /// The operand of `IS_NULL`.
    pub(super) fn boolean(self, value: &Value) -> Option<bool> {
        match self {
            Self::Plain => value.as_bool(),
            Self::Coded => [true, false].into_iter().find(|known| value.as_str() == Some(&hash(&known.to_string()))),
        }
    }

    /// The value a variation assigns; none when it is not of the flag's type.
    pub(super) fn value(self, value: &Value, kind: VariationType) -> Option<Value> {
        match self {
            Self::Plain => typed(value, kind),
            Self::Coded => {
                let text = decode(value.as_str()?)?;
                match kind {
                    VariationType::String | VariationType::Json => typed(&text.into(), kind),
                    VariationType::Boolean => typed(&text.parse::<bool>().ok()?.into(), kind),
                    VariationType::Integer | VariationType::Numeric => typed(&number(&text)?, kind),
                }
            }
        }
    }

    /// An operand as people read it.
    pub(super) fn operand(self, operator: Option<Operator>, value: &Value) -> Value {
        match (self, operator) {
            (Self::Plain, _) | (Self::Coded, None | Some(Operator::OneOf | Operator::NotOneOf)) => value.clone(),
            (Self::Coded, Some(Operator::IsNull)) => self.boolean(value).map_or_else(|| value.clone(), Value::from),
            (Self::Coded, Some(Operator::Matches | Operator::NotMatches)) => {
                value.as_str().and_then(decode).map_or_else(|| value.clone(), Value::from)
            }
            (Self::Coded, Some(Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte)) => {
                let text = value.as_str().and_then(decode);
                text.map_or_else(|| value.clone(), |text| number(&text).unwrap_or_else(|| text.into()))
            }
        }
    }
}

/// A finite number written as JSON writes numbers, rounded correctly, as clients read it.
fn number(text: &str) -> Option<Value> {
    let starts = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number = text.parse::<f64>().ok().filter(|number| starts && number.is_finite())?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

fn typed(value: &Value, kind: VariationType) -> Option<Value> {
    match kind {
        VariationType::Boolean => value.as_bool().map(Value::from),
        VariationType::String => value.as_str().map(Value::from),
        VariationType::Numeric => value.as_f64().and_then(serde_json::Number::from_f64).map(Value::Number),
        VariationType::Integer => integer(value.as_f64()?).map(Value::from),
        VariationType::Json => serde_json::from_str(value.as_str()?).ok(),
    }
}

/// A number without a fraction. Integers pass through a float, as in the reference, and lose precision past 2^53.
fn integer(number: f64) -> Option<i64> {
    let integer = number as i64;
    (integer as f64 == number).then_some(integer)
}

impl AttributeValue {
    /// The text that lists and patterns see: numbers in plain decimal, shortest form. None for null.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(true) => Some(Cow::Borrowed("true")),
            Self::Bool(false) => Some(Cow::Borrowed("false")),
            Self::Null => None,
        }
    }

    /// The number that inequalities see: a text that is one counts, true and false do not.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(*number),
            Self::Bool(_) | Self::Null => None,
        }
    }
}

/// [`hash`] where it need not be freed.
pub(super) struct Digest([u8; 32]);

/// [`hash`], without allocating.
pub(super) fn digest(text: &str) -> Digest {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut digest = [0; 32];
    let nibbles = md5::compute(text).0.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (to, nibble) in digest.iter_mut().zip(nibbles) {
        *to = DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    }
    Digest(digest)
}

impl std::ops::Deref for Digest {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_hash() {
        for text in ["", "id", "naïve ☕", "a longer text than one block of sixty-four bytes, to be sure of it"] {
            assert_eq!(*digest(text), hash(text));
        }
    }
}
