//! Values in their flag's type.

use super::names::{quoted, shown};
use super::{Resolver, json};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Value, VariationType};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Number, ValueKind, VariationValue};

impl Resolver<'_> {
    /// A value in the flag's type; anything else is reported.
    pub(super) fn value(&mut self, written: VariationValue, kind: VariationType) -> Option<Spanned<Value>> {
        match written {
            VariationValue::Scalar(scalar) => {
                let span = scalar.span;
                let value = match kind {
                    VariationType::Boolean => self.boolean(&scalar),
                    VariationType::String => self.text(&scalar),
                    VariationType::Integer => self.integer(&scalar),
                    VariationType::Numeric => self.numeric(&scalar),
                    VariationType::Json => self.json_scalar(&scalar),
                };
                value.map(|value| Spanned::new(value, span))
            }
            VariationValue::File { path, text } => {
                if kind != VariationType::Json {
                    self.only_json(path.span, "`file=`", kind);
                    return None;
                }
                let text = self.present(text)?;
                let value = self.json_text(&text, path.span, &format!("`{path}`"))?;
                Some(Spanned::new(value, path.span))
            }
            VariationValue::Json { value: _, text, span } => {
                if kind != VariationType::Json {
                    self.only_json(span, "a block", kind);
                    return None;
                }
                Some(Spanned::new(Value::Json(text), span))
            }
        }
    }

    fn only_json(&mut self, span: Span, what: &str, kind: VariationType) {
        let kind = kind.author();
        self.report(
            Diagnostic::new(Rule::VariationType, span, format!("{what} holds JSON, but the flag's type is `{kind}`"))
                .label("JSON")
                .help(format!("write the {kind} value after the name, or make the flag `type=json`")),
        );
    }

    /// A finding for a value of another type.
    fn other_type(scalar: &ast::Value, kind: VariationType) -> Diagnostic {
        let source = match &scalar.kind {
            ValueKind::Text(text) => quoted(&shown(text)),
            ValueKind::Number(number) => number.text.clone(),
            ValueKind::Bool(truth) => format!("#{truth}"),
            ValueKind::Null => "#null".to_owned(),
        };
        let article = if kind == VariationType::Integer { "an" } else { "a" };
        let kind = kind.author();
        Diagnostic::new(Rule::VariationType, scalar.span, format!("`{source}` is not {article} {kind} value"))
            .label(format!("the flag's type is `{kind}`"))
            .meaning("SDKs would give every subject the caller's default instead")
    }

    fn boolean(&mut self, scalar: &ast::Value) -> Option<Value> {
        if let ValueKind::Bool(truth) = scalar.kind {
            return Some(Value::Boolean(truth));
        }
        let finding = Self::other_type(scalar, VariationType::Boolean);
        let meant = match &scalar.kind {
            ValueKind::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "on" | "yes" => Some("#true"),
                "false" | "off" | "no" => Some("#false"),
                _ => None,
            },
            ValueKind::Number(_) | ValueKind::Bool(_) | ValueKind::Null => None,
        };
        self.report(match meant {
            Some(meant) => finding.help(format!("write `{meant}`")).edit(scalar.span, meant),
            None => finding.help("write `#true` or `#false`"),
        });
        None
    }

    fn text(&mut self, scalar: &ast::Value) -> Option<Value> {
        let source = match &scalar.kind {
            ValueKind::Text(text) => return Some(Value::Text(text.clone())),
            ValueKind::Number(number) => number.text.trim_start_matches('#').to_owned(),
            ValueKind::Bool(truth) => truth.to_string(),
            ValueKind::Null => {
                self.report(
                    Self::other_type(scalar, VariationType::String).help("write a text, such as `\"\"` for none"),
                );
                return None;
            }
        };
        let fixed = quoted(&source);
        self.report(
            Self::other_type(scalar, VariationType::String)
                .help(format!("quote it: `{fixed}`"))
                .edit(scalar.span, fixed),
        );
        None
    }

    fn integer(&mut self, scalar: &ast::Value) -> Option<Value> {
        let finding = Self::other_type(scalar, VariationType::Integer);
        let finding = match &scalar.kind {
            ValueKind::Number(Number { integer: Some(whole), .. }) => match i64::try_from(*whole) {
                Ok(whole) => return Some(Value::Integer(whole)),
                Err(_) => {
                    finding.help("SDKs hold integers of 32 bits at least and 64 at most: pass larger ones as text")
                }
            },
            ValueKind::Number(number) => match whole(number.value) {
                Some(whole) => {
                    finding.help(format!("write it without point and exponent: `{whole}`")).edit(scalar.span, whole)
                }
                None if number.value.is_finite() => {
                    finding.help("write a whole number, or make the flag `type=numeric`")
                }
                None => finding.help("write a whole number"),
            },
            ValueKind::Text(text) if text.parse::<i64>().is_ok() => {
                finding.help(format!("write it without quotes: `{text}`")).edit(scalar.span, text)
            }
            ValueKind::Text(_) | ValueKind::Bool(_) | ValueKind::Null => finding.help("write a whole number"),
        };
        self.report(finding);
        None
    }

    fn numeric(&mut self, scalar: &ast::Value) -> Option<Value> {
        let finding = Self::other_type(scalar, VariationType::Numeric);
        let finding = match &scalar.kind {
            ValueKind::Number(number) if number.value.is_finite() => return Some(Value::Numeric(number.value)),
            ValueKind::Text(text) if super::operand::plain_number(text).is_some() => {
                finding.help(format!("write it without quotes: `{text}`")).edit(scalar.span, text)
            }
            ValueKind::Number(_) => finding.help("write a finite number"),
            ValueKind::Text(_) | ValueKind::Bool(_) | ValueKind::Null => finding.help("write a number"),
        };
        self.report(finding);
        None
    }

    fn json_scalar(&mut self, scalar: &ast::Value) -> Option<Value> {
        if let ValueKind::Text(text) = &scalar.kind {
            return self.json_text(text, scalar.span, "the text");
        }
        self.report(Self::other_type(scalar, VariationType::Json).help(
            "write a raw string that holds an object, such as `#\"{\"size\": 3}\"#`, a block, or `file=\"x.json\"`",
        ));
        None
    }

    fn json_text(&mut self, text: &str, at: Span, what: &str) -> Option<Value> {
        match json::minified(text) {
            Ok(text) => Some(Value::Json(text)),
            Err(json::Problem { reason, line, column }) => {
                self.report(
                    Diagnostic::new(Rule::InvalidJson, at, format!("{what} is not JSON: {reason}"))
                        .label(format!("at its line {line}, column {column}"))
                        .meaning("SDKs would give every subject the caller's default instead")
                        .help("correct it there; JSON wants names in double quotes and no comma after the last member"),
                );
                None
            }
        }
    }
}

/// A number without fraction as digits.
fn whole(value: f64) -> Option<String> {
    // Above this, neighbouring doubles are more than one apart: the digits would be a guess.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then(|| format!("{value:.0}"))
}
