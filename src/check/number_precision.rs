//! FF5008: a number with more than 15 significant digits, in a value or an inequality.

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, Operand, Test, Value};
use crate::source::Span;

/// What every reader of doubles reads exactly.
const DIGITS: usize = 15;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for value in flag.variations.iter().filter_map(|variation| variation.value.as_ref()) {
            let Value::Numeric(number) = value.value else { continue };
            if is_too_long(scope, number, value.span) {
                sink.push(too_long(value.span, number).flag(&*flag.key));
            }
        }
    }
    for placed in condition::all(scope.workspace) {
        let Condition::Attribute { test: Test::Compare { operand, .. }, .. } = placed.condition else { continue };
        let Operand::Number(number) = operand.value else { continue };
        if is_too_long(scope, number, operand.span) {
            sink.push(placed.about(too_long(operand.span, number)));
        }
    }
}

/// As written or as read: digits that reading already dropped are the author's loss too.
fn is_too_long(scope: Scope<'_>, number: f64, span: Span) -> bool {
    let written = significant_digits(scope.sources.text(span));
    let read = significant_digits(&number.to_string());
    written.max(read) > Some(DIGITS)
}

fn too_long(span: Span, number: f64) -> Diagnostic {
    Diagnostic::new(Rule::NumberPrecision, span, format!("more than {DIGITS} significant digits"))
        .label(format!("read as {number}"))
        .meaning("SDKs round it to different numbers, so a subject at the border is in or out by language")
        .help(format!("round it to at most {DIGITS} digits"))
}

/// How many digits of a decimal number matter; none when the text is no decimal number.
pub(super) fn significant_digits(text: &str) -> Option<usize> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let mantissa = unsigned.split(['e', 'E']).next()?;
    if mantissa.is_empty() || !mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_')) {
        return None;
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    Some(digits.trim_matches('0').len())
}

#[cfg(test)]
mod tests {
    use super::significant_digits;

    #[test]
    fn leading_and_trailing_zeros_do_not_count() {
        for (text, digits) in
            [("0", 0), ("-100", 1), ("0.001", 1), ("1_000.50", 5), ("1.5e300", 2), ("123456789012345678", 18)]
        {
            assert_eq!(significant_digits(text), Some(digits), "{text}");
        }
        assert_eq!(significant_digits("0xff"), None);
        assert_eq!(significant_digits("\"1\""), None);
    }
}
