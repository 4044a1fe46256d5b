//! FF5005: a number in a list that SDKs do not all spell alike. They compare lists as text.

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, Operand, Test};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for placed in condition::all(scope.workspace) {
        let Condition::Attribute { attribute, test: Test::Listed { values, .. }, .. } = placed.condition else {
            continue;
        };
        for value in values {
            let Operand::Number(number) = value.value else { continue };
            let Some(reason) = spelled_differently(number) else { continue };
            sink.push(
                placed.about(
                    Diagnostic::new(
                        Rule::UncanonicalListValue,
                        value.span,
                        format!("SDKs do not all spell `{number}` alike, and `{}` is compared as text", attribute.name),
                    )
                    .label(reason)
                    .meaning("the condition holds for a subject in some SDKs and fails for the same subject in others")
                    .help(format!(
                        "declare `{}` as a string and let callers pass it as text, or compare it with `gte` and `lte`",
                        attribute.name
                    )),
                ),
            );
        }
    }
}

/// Whole numbers below 2³¹ and short decimals are the same text everywhere.
fn spelled_differently(number: f64) -> Option<&'static str> {
    const LIMIT: f64 = 2_147_483_648.0;
    if number == 0.0 && number.is_sign_negative() {
        Some("`-0` or `0`, by language")
    } else if number.abs() >= LIMIT {
        Some("as large as 2³¹ or larger: `3E9` in some languages")
    } else if number != 0.0 && number.abs() < 0.001 {
        Some("below 0.001: `1e-7` in some languages")
    } else if super::number_precision::significant_digits(&number.to_string()) > Some(14) {
        Some("more than 14 digits: cut short in some languages")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::spelled_differently;

    #[test]
    fn whole_numbers_below_two_to_the_31_and_short_decimals_are_canonical() {
        for number in [0.0, 1.0, -1.0, 2_147_483_647.0, -2_147_483_647.0, 0.5, 19.99, 0.001] {
            assert_eq!(spelled_differently(number), None, "{number}");
        }
    }

    #[test]
    fn large_tiny_and_long_numbers_are_not() {
        for number in [-0.0, 2_147_483_648.0, 3e9, 1e21, 1e-7, 0.123_456_789_012_345_6] {
            assert!(spelled_differently(number).is_some(), "{number}");
        }
    }
}
