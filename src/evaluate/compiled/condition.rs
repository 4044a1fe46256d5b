//! One condition, ready to be asked without allocating.

use semver::Version;

use super::list::List;
use super::pattern::Pattern;
use crate::evaluate::ask::{Check, fulfils};
use crate::evaluate::encoding::Encoding;
use crate::evaluate::seen::Seen;
use crate::ufc::Operator;

/// What is asked of one attribute.
#[derive(Debug)]
pub(in crate::evaluate) struct Condition {
    /// Which of the flag's attributes.
    pub(in crate::evaluate) slot: usize,
    asks: Asks,
}

/// As [`Check`], with lists that can be searched.
#[derive(Debug)]
enum Asks {
    Never,
    Number { order: Operator, operand: f64 },
    Version { order: Operator, operand: Version },
    Pattern { expected: bool, pattern: Pattern },
    Listed { expected: bool, list: List },
    Null { expected: bool },
}

impl Condition {
    pub(super) fn new(slot: usize, check: &Check, encoding: Encoding) -> Self {
        let asks = match check {
            Check::Never => Asks::Never,
            Check::Number { order, operand } => Asks::Number { order: *order, operand: *operand },
            Check::Version { order, operand } => Asks::Version { order: *order, operand: operand.clone() },
            Check::Pattern { expected, pattern } => {
                Asks::Pattern { expected: *expected, pattern: Pattern::new(pattern) }
            }
            Check::Listed { expected, list } => Asks::Listed { expected: *expected, list: List::new(list, encoding) },
            Check::Null { expected } => Asks::Null { expected: *expected },
        };
        Self { slot, asks }
    }

    /// Whether nobody fulfils it.
    pub(super) fn is_never(&self) -> bool {
        matches!(self.asks, Asks::Never)
    }

    /// Whether `value` (none: the attribute is missing) fulfils it.
    pub(in crate::evaluate) fn holds(&self, value: Option<Seen<'_>>) -> bool {
        let outcome = match &self.asks {
            Asks::Never => None,
            Asks::Null { expected } => {
                let null = value.is_none_or(|value| value == Seen::Null);
                Some(null == *expected)
            }
            Asks::Pattern { expected, pattern } => {
                value.and_then(|value| value.as_text(|text| pattern.matches(text) == *expected))
            }
            Asks::Listed { expected, list } => {
                value.and_then(|value| list.contains(value)).map(|listed| listed == *expected)
            }
            Asks::Number { order, operand } => value
                .and_then(Seen::number)
                .and_then(|number| number.partial_cmp(operand))
                .map(|ordering| fulfils(*order, ordering)),
            Asks::Version { order, operand } => match value {
                Some(Seen::Text(text)) => version(text).map(|version| fulfils(*order, version.cmp(operand))),
                Some(Seen::Number(_) | Seen::Bool(_) | Seen::Null) | None => None,
            },
        };
        outcome.unwrap_or(false)
    }
}

/// A version. Most are three short numbers, which need no general reader.
fn version(text: &str) -> Option<Version> {
    short_version(text).or_else(|| Version::parse(text).ok())
}

fn short_version(text: &str) -> Option<Version> {
    let mut numbers = [0_u64; 3];
    let mut bytes = text.bytes();
    for (index, number) in numbers.iter_mut().enumerate() {
        let mut digits = 0;
        loop {
            match bytes.next() {
                // A zero begins no longer number.
                Some(digit @ b'0'..=b'9') if digits < 9 && (digits == 0 || *number > 0) => {
                    *number = *number * 10 + u64::from(digit - b'0');
                    digits += 1;
                }
                Some(b'.') if digits > 0 && index < 2 => break,
                None if digits > 0 && index == 2 => break,
                _ => return None,
            }
        }
    }
    let [major, minor, patch] = numbers;
    Some(Version::new(major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_versions_are_the_general_readers_versions() {
        let parts =
            ["0", "1", "01", "10", "999999999", "1000000000", "18446744073709551616", "", "-1", "1-a", "+b", "a"];
        for major in parts {
            for minor in parts {
                for patch in parts {
                    for text in [
                        format!("{major}.{minor}.{patch}"),
                        format!("{major}.{minor}"),
                        format!("{major}.{minor}.{patch}.0"),
                    ] {
                        if let Some(short) = short_version(&text) {
                            assert_eq!(Some(short), Version::parse(&text).ok(), "{text}");
                        }
                        assert_eq!(version(&text), Version::parse(&text).ok());
                    }
                }
            }
        }
        assert!(short_version("2.10.0").is_some());
    }
}
