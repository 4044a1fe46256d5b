//! An attribute's value as conditions see it: borrowed, so that looking costs nothing.

use std::fmt::{self, Write};

use super::AttributeValue;

/// An attribute's value, borrowed from wherever callers keep it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen<'v> {
    /// Text.
    Text(&'v str),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// An explicit null.
    Null,
}

impl<'v> From<&'v AttributeValue> for Seen<'v> {
    fn from(value: &'v AttributeValue) -> Self {
        match value {
            AttributeValue::Text(text) => Self::Text(text),
            AttributeValue::Number(number) => Self::Number(*number),
            AttributeValue::Bool(value) => Self::Bool(*value),
            AttributeValue::Null => Self::Null,
        }
    }
}

impl Seen<'_> {
    /// Asks about the text that [`AttributeValue::text`] is, without allocating it. None for null.
    pub(super) fn as_text<T>(self, ask: impl FnOnce(&str) -> T) -> Option<T> {
        match self {
            Self::Text(text) => Some(ask(text)),
            Self::Number(number) => Some(Digits::of(number, ask)),
            Self::Bool(true) => Some(ask("true")),
            Self::Bool(false) => Some(ask("false")),
            Self::Null => None,
        }
    }

    /// The number that [`AttributeValue::number`] is.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(number),
            Self::Bool(_) | Self::Null => None,
        }
    }
}

/// The longest number, the smallest below zero, has a point, a sign, and 342 digits at most.
const LONGEST: usize = 352;

/// A number in plain decimal, written where it need not be freed.
struct Digits {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Digits {
    fn of<T>(number: f64, ask: impl FnOnce(&str) -> T) -> T {
        let whole = number as i64;
        // Negative zero keeps its sign, and a number past all integers is not cut to the last one.
        if whole as f64 == number && whole != 0 && whole.unsigned_abs() < 1 << 53 {
            return ask(itoa::Buffer::new().format(whole));
        }
        let mut digits = Self { bytes: [0; LONGEST], length: 0 };
        match write!(digits, "{number}") {
            Ok(()) => {
                ask(std::str::from_utf8(digits.bytes.get(..digits.length).unwrap_or_default()).unwrap_or_default())
            }
            Err(fmt::Error) => ask(&number.to_string()),
        }
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_always_were() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        let drawn = std::iter::from_fn(|| {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            Some(f64::from_bits(bits))
        });
        let edges = [0.0, -0.0, 1.0, -1.0, 0.5, 1e21, -5e-324, f64::MIN, f64::MIN_POSITIVE, 9_007_199_254_740_993.0];
        let ends = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, i64::MIN as f64, i64::MAX as f64];
        for number in edges.into_iter().chain(ends).chain(drawn.take(2_000)) {
            assert_eq!(Seen::Number(number).as_text(str::to_owned), Some(number.to_string()));
        }
    }
}
