//! A value in its attribute's type.

use super::names::{quoted, shown};
use super::with_declaration;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Attribute, AttributeType, Operand};
use crate::syntax::ast::{Number, Value, ValueKind};

/// The text that identifies a value within its attribute's type.
pub(super) fn text(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) | Operand::Version(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Bool(truth) => truth.to_string(),
    }
}

/// Reads a value. A line of a data file (`is_line`) is raw text, to be read in the attribute's type.
///
/// # Errors
/// A finding, where it is of another type.
pub(super) fn read(value: &Value, is_line: bool, attribute: &Attribute) -> Result<Operand, Box<Diagnostic>> {
    match &value.kind {
        ValueKind::Text(text) if is_line => from_line(value, text, attribute),
        ValueKind::Text(text) => from_text(value, text, attribute),
        ValueKind::Number(number) => from_number(value, number, attribute),
        ValueKind::Bool(truth) if attribute.kind == AttributeType::Bool => Ok(Operand::Bool(*truth)),
        ValueKind::Bool(truth) => {
            let finding = mismatch(value, &format!("#{truth}"), attribute);
            Err(Box::new(if attribute.kind == AttributeType::String {
                let fixed = format!("\"{truth}\"");
                finding.help(format!("quote the text: `{fixed}`")).edit(value.span, fixed)
            } else {
                finding.help(format!("write {}, or declare the attribute `bool`", described(attribute.kind)))
            }))
        }
        ValueKind::Null => Err(Box::new(
            mismatch(value, "#null", attribute)
                .help(format!("ask for a missing attribute with `{} is-null`", super::names::spelled(&attribute.name))),
        )),
    }
}

fn from_text(value: &Value, text: &str, attribute: &Attribute) -> Result<Operand, Box<Diagnostic>> {
    match attribute.kind {
        AttributeType::String => Ok(Operand::Text(text.to_owned())),
        AttributeType::Number if plain_number(text).is_some() => Err(Box::new(
            mismatch(value, &quoted(text), attribute)
                .help(format!("write the number without quotes: `{text}`"))
                .edit(value.span, text),
        )),
        AttributeType::Bool if matches!(text, "true" | "false") => Err(Box::new(
            mismatch(value, &quoted(text), attribute)
                .help(format!("write `#{text}`"))
                .edit(value.span, format!("#{text}")),
        )),
        AttributeType::Semver if looks_like_version(text) => Ok(Operand::Version(text.to_owned())),
        AttributeType::Number | AttributeType::Bool | AttributeType::Semver => {
            Err(Box::new(mismatch(value, text, attribute).help(expected(attribute.kind))))
        }
    }
}

fn from_line(value: &Value, text: &str, attribute: &Attribute) -> Result<Operand, Box<Diagnostic>> {
    let operand = match attribute.kind {
        AttributeType::String => Some(Operand::Text(text.to_owned())),
        AttributeType::Number => plain_number(text).map(Operand::Number),
        AttributeType::Bool => text.parse().ok().map(Operand::Bool),
        AttributeType::Semver => looks_like_version(text).then(|| Operand::Version(text.to_owned())),
    };
    operand.ok_or_else(|| {
        let kind = described(attribute.kind);
        Box::new(mismatch(value, text, attribute).help(format!("every line must be {kind} and nothing else")))
    })
}

/// What to write instead.
fn expected(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "write a text",
        AttributeType::Number => "write a number, or declare the attribute `string`",
        AttributeType::Bool => "write `#true` or `#false`, or declare the attribute `string`",
        AttributeType::Semver => "write three numbers in quotes, such as `\"2.4.0\"`",
    }
}

fn from_number(value: &Value, number: &Number, attribute: &Attribute) -> Result<Operand, Box<Diagnostic>> {
    let source = &number.text;
    match attribute.kind {
        // Zero has one spelling: `-0` would be `-0` in a list of texts.
        AttributeType::Number if number.value.is_finite() => Ok(Operand::Number(number.value + 0.0)),
        AttributeType::Number => Err(Box::new(
            mismatch(value, source, attribute)
                .label("no finite number")
                .help("write a number that fits a double, or declare the attribute `string` and quote the text"),
        )),
        AttributeType::Bool => Err(Box::new(
            mismatch(value, source, attribute).help("write `#true` or `#false`, or declare the attribute `number`"),
        )),
        AttributeType::String | AttributeType::Semver => {
            let fixed = if attribute.kind == AttributeType::Semver { version(source) } else { quoted(source) };
            let finding = Diagnostic::new(
                Rule::NumberForText,
                value.span,
                format!("`{}` is {}, but KDL reads `{source}` as a number", attribute.name, described(attribute.kind)),
            )
            .label(format!("read as {}", number.value))
            .meaning("digits may be lost: leading zeros, trailing zeros, long ids")
            .help(format!("quote it: `{fixed}`"))
            .edit(value.span, fixed);
            Err(Box::new(with_declaration(finding, attribute.span, "declared here")))
        }
    }
}

/// Quoted, and with the parts that a version lacks.
fn version(source: &str) -> String {
    let digits = source.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match source.matches('.').count() {
        0 if digits => format!("\"{source}.0.0\""),
        1 if digits => format!("\"{source}.0\""),
        _ => quoted(source),
    }
}

fn described(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "a string",
        AttributeType::Number => "a number",
        AttributeType::Bool => "a bool",
        AttributeType::Semver => "a version",
    }
}

fn mismatch(value: &Value, source: &str, attribute: &Attribute) -> Diagnostic {
    let source = shown(source);
    let kind = described(attribute.kind);
    let finding = Diagnostic::new(
        Rule::OperandType,
        value.span,
        format!("`{}` is {kind}, but `{source}` is none", attribute.name),
    )
    .label(format!("not {kind}"));
    with_declaration(finding, attribute.span, "declared here")
}

/// The number that a text is; none for what is no finite number.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let numeric = unsigned.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !numeric {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number + 0.0)
}

/// Whether a text begins like a version; whether SDKs agree on it is another rule's question.
pub(super) fn looks_like_version(text: &str) -> bool {
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// Whether SDKs spell the number in different ways however it is written: the check of the model reports those.
pub(super) fn is_spelled_in_many_ways(operand: &Operand) -> bool {
    const LARGE: f64 = 2_147_483_648.0;
    const SMALL: f64 = 0.001;
    matches!(operand, Operand::Number(number) if number.abs() >= LARGE || (*number != 0.0 && number.abs() < SMALL))
}
