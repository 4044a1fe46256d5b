//! Who is targeted: alternatives of conditions, each operand in its attribute's type.

use std::sync::Arc;

use super::attribute::{Declared, guess};
use super::names::{Known, spelled};
use super::{Resolver, operand, with_declaration};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Alternative, AttributeType, Audience, Condition, Operand, Order, PatternKind, Test};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Operator, Value, ValueKind};

/// What an operator asks.
enum Asked {
    Null { is: bool },
    Listed { negated: bool },
    Pattern { negated: bool, kind: PatternKind },
    Compare(Order),
}

fn asked(operator: Operator) -> Asked {
    let pattern = |negated, kind| Asked::Pattern { negated, kind };
    match operator {
        Operator::IsNull => Asked::Null { is: true },
        Operator::NotNull => Asked::Null { is: false },
        Operator::Is | Operator::OneOf => Asked::Listed { negated: false },
        Operator::IsNot | Operator::NotOneOf => Asked::Listed { negated: true },
        Operator::Matches => pattern(false, PatternKind::Matches),
        Operator::NotMatches => pattern(true, PatternKind::Matches),
        Operator::StartsWith => pattern(false, PatternKind::StartsWith),
        Operator::NotStartsWith => pattern(true, PatternKind::StartsWith),
        Operator::EndsWith => pattern(false, PatternKind::EndsWith),
        Operator::NotEndsWith => pattern(true, PatternKind::EndsWith),
        Operator::Contains => pattern(false, PatternKind::Contains),
        Operator::NotContains => pattern(true, PatternKind::Contains),
        Operator::Gt => Asked::Compare(Order::Gt),
        Operator::Gte => Asked::Compare(Order::Gte),
        Operator::Lt => Asked::Compare(Order::Lt),
        Operator::Lte => Asked::Compare(Order::Lte),
    }
}

/// A condition on an attribute as written.
struct Written<'a> {
    operator: Spanned<Operator>,
    operands: &'a [Value],
    span: Span,
}

impl Resolver<'_> {
    /// Resolves alternatives; one that loses all its conditions is left out, because no conditions would mean everyone.
    pub(super) fn audience(&mut self, written: &ast::Audience) -> Audience {
        let alternatives = written.alternatives.iter().filter_map(|alternative| {
            let conditions = self.conditions(&alternative.conditions);
            (!conditions.is_empty()).then_some(Alternative { conditions, span: alternative.span })
        });
        Audience { alternatives: alternatives.collect() }
    }

    /// Resolves conditions that must all hold.
    pub(super) fn conditions(&mut self, written: &[ast::Condition]) -> Vec<Condition> {
        written.iter().filter_map(|condition| self.condition(condition)).collect()
    }

    fn condition(&mut self, written: &ast::Condition) -> Option<Condition> {
        match written {
            ast::Condition::Segment { segment, negated, span } => {
                let segment = self.segment_named(segment)?;
                Some(Condition::Segment { segment, negated: *negated, span: *span })
            }
            ast::Condition::Attribute { attribute, operator, operands, from_file: _, span } => {
                let declared = self.declared(attribute, guess(Some(operator.value), operands))?;
                let written = Written { operator: *operator, operands, span: *span };
                let test = self.test(&declared, &written)?;
                Some(Condition::Attribute { attribute: Arc::clone(&declared.attribute), test, span: *span })
            }
        }
    }

    fn segment_named(&mut self, name: &ast::Name) -> Option<Arc<crate::model::Segment>> {
        match self.segments.get(name) {
            Known::Whole(segment) => Some(segment),
            Known::Broken => self.present(None),
            Known::Not => {
                let otherwise = format!("declare it: `segment {} {{ when … }}`", spelled(name));
                let help = self.guesses.did_you_mean(name, &self.segments, &otherwise);
                self.report(
                    Diagnostic::new(Rule::UnknownSegment, name.span, format!("nobody declares the segment `{name}`"))
                        .label("unknown segment")
                        .help(help),
                );
                None
            }
        }
    }

    fn test(&mut self, declared: &Declared, written: &Written<'_>) -> Option<Test> {
        match asked(written.operator.value) {
            Asked::Null { is } => Some(Test::Null { is }),
            Asked::Listed { negated } => {
                let values = self.listed(declared, written)?;
                Some(Test::Listed { negated, values })
            }
            Asked::Pattern { negated, kind } => {
                let texts = self.texts(declared, written, kind)?;
                Some(Test::Pattern { negated, kind, texts })
            }
            Asked::Compare(order) => {
                let operand = self.bound(declared, written)?;
                Some(Test::Compare { order, operand })
            }
        }
    }

    /// The operands of `is` and `one-of`. A broken one is left out; none is left when all are broken.
    fn listed(&mut self, declared: &Declared, written: &Written<'_>) -> Option<Vec<Spanned<Operand>>> {
        let attribute = &declared.attribute;
        if attribute.kind == AttributeType::Semver {
            let word = written.operator.word();
            self.operator_type(
                declared,
                written,
                format!(
                    "compare versions with `gte` and `lte` instead of `{word}`: both with the same version is equality"
                ),
            );
            return None;
        }
        let mut values = Vec::with_capacity(written.operands.len());
        for value in written.operands {
            let Some(operand) = self.operand(value, written.span, attribute) else { continue };
            self.check_vocabulary(declared, &operand, value.span);
            self.check_spelling(declared, value, &operand, written.span);
            values.push(Spanned::new(operand, value.span));
        }
        let values = (!values.is_empty()).then_some(values);
        self.present(values)
    }

    /// The texts of a pattern. On anything but strings SDKs disagree about them, which can be allowed: the numbers as text stay.
    fn texts(&mut self, declared: &Declared, written: &Written<'_>, kind: PatternKind) -> Option<Vec<Spanned<String>>> {
        let attribute = &declared.attribute;
        let is_text = attribute.kind == AttributeType::String;
        if !is_text {
            self.pattern_on_number(declared, written);
        }
        let mut texts = Vec::with_capacity(written.operands.len());
        for value in written.operands {
            let text = match (&value.kind, is_text) {
                (ValueKind::Text(text), false) => Some(text.clone()),
                (ValueKind::Number(number), false) => Some(number.value.to_string()),
                _ => self.operand(value, written.span, attribute).map(|operand| operand::text(&operand)),
            };
            let Some(text) = text else { continue };
            if kind != PatternKind::Matches || self.is_pattern(&text, value.span) {
                texts.push(Spanned::new(text, value.span));
            }
        }
        let texts = (!texts.is_empty()).then_some(texts);
        self.present(texts)
    }

    /// The operand of an inequality. Numbers as text differ between SDKs, which can be allowed: the number stays.
    fn bound(&mut self, declared: &Declared, written: &Written<'_>) -> Option<Spanned<Operand>> {
        let value = written.operands.first();
        let value = self.present(value)?;
        let attribute = &declared.attribute;
        let digits = match &value.kind {
            ValueKind::Text(text) => operand::plain_number(text),
            ValueKind::Number(number) if number.value.is_finite() => Some(number.value),
            ValueKind::Number(_) | ValueKind::Bool(_) | ValueKind::Null => None,
        };
        let operand = match (attribute.kind, digits) {
            (AttributeType::Number, Some(number)) => {
                if let ValueKind::Text(text) = &value.kind {
                    self.quoted_digits(declared, value.span, text);
                }
                Operand::Number(number + 0.0)
            }
            (AttributeType::Number | AttributeType::Semver, _) => self.operand(value, written.span, attribute)?,
            (AttributeType::String, Some(number)) => {
                self.text_in_inequality(declared, written, AttributeType::Number);
                Operand::Number(number + 0.0)
            }
            (AttributeType::String, None) => {
                let version = match &value.kind {
                    ValueKind::Text(text) if operand::looks_like_version(text) => Some(text.clone()),
                    _ => None,
                };
                let Some(version) = version else {
                    self.operator_type(
                        declared,
                        written,
                        "text has no order here: list the values with `one-of`".to_owned(),
                    );
                    return None;
                };
                self.text_in_inequality(declared, written, AttributeType::Semver);
                Operand::Version(version)
            }
            (AttributeType::Bool, _) => {
                self.operator_type(declared, written, format!("write `{} is #true`", spelled(&attribute.name)));
                return None;
            }
        };
        Some(Spanned::new(operand, value.span))
    }

    fn operator_type(&mut self, declared: &Declared, written: &Written<'_>, help: String) {
        let attribute = &declared.attribute;
        let word = written.operator.word();
        let finding = Diagnostic::new(
            Rule::OperatorType,
            written.operator.span,
            format!("`{word}` does not apply to `{}`, a {} attribute", attribute.name, attribute.kind.word()),
        )
        .label("not for this type")
        .help(help);
        self.report(with_declaration(finding, attribute.span, "declared here"));
    }

    fn pattern_on_number(&mut self, declared: &Declared, written: &Written<'_>) {
        let attribute = &declared.attribute;
        let (name, kind) = (&attribute.name, attribute.kind.word());
        let word = written.operator.word();
        let help = match attribute.kind {
            AttributeType::Bool => format!("write `{} is #true`", spelled(name)),
            AttributeType::Semver => "compare versions with `gte` and `lt`".to_owned(),
            AttributeType::Number | AttributeType::String => {
                format!("compare with `gte` and `lt`, list the numbers with `one-of`, or declare `{name}` a string")
            }
        };
        let finding = Diagnostic::new(
            Rule::PatternOnNumber,
            written.operator.span,
            format!("`{word}` looks at text, but `{name}` is a {kind} attribute"),
        )
        .label("SDKs spell the value differently")
        .meaning("Java would see `1.0` where others see `1`, and Go would never match: subjects get different variations in different languages")
        .help(help);
        self.report(with_declaration(finding, attribute.span, "declared here"));
    }

    fn quoted_digits(&mut self, declared: &Declared, at: Span, text: &str) {
        let name = &declared.attribute.name;
        self.report(
            Diagnostic::new(Rule::NumericText, at, format!("`{name}` is a number, but \"{text}\" is text"))
                .label("digits in quotes")
                .meaning("some SDKs compare it as a number, some as a version, some not at all")
                .help(format!("write it without quotes: `{text}`"))
                .edit(at, text),
        );
    }

    fn text_in_inequality(&mut self, declared: &Declared, written: &Written<'_>, kind: AttributeType) {
        let attribute = &declared.attribute;
        let (name, word) = (&attribute.name, written.operator.word());
        let declaration = format!("attribute {} {}", spelled(name), kind.word());
        let finding = Diagnostic::new(
            Rule::NumericText,
            written.operator.span,
            format!("`{word}` compares numbers and versions, but `{name}` is a string"),
        )
        .label("compares text")
        .meaning("some SDKs read the subject's text as a number, others never match it")
        .help(format!("declare what callers pass: `{declaration}`"));
        self.report(with_declaration(finding, attribute.span, "declared here"));
    }

    /// Reports a number that is not spelled as the evaluator will compare it: `010` may be an id, not ten.
    fn check_spelling(&mut self, declared: &Declared, value: &Value, operand: &Operand, place: Span) {
        let written = match (&value.kind, operand) {
            (ValueKind::Number(number), Operand::Number(_)) => number.text.replace('_', ""),
            (ValueKind::Text(text), Operand::Number(_)) => text.clone(),
            _ => return,
        };
        let canonical = operand::text(operand);
        if written == canonical || operand::is_spelled_in_many_ways(operand) {
            return;
        }
        let name = &declared.attribute.name;
        let finding = Diagnostic::new(
            Rule::UncanonicalListValue,
            value.span,
            format!("`{written}` is not how the number {canonical} is compared"),
        )
        .label(format!("compared as `{canonical}`"))
        .meaning("lists are compared as text: a subject whose value is spelled like this would not be found")
        .help(format!("write `{canonical}`; if these are ids, declare `attribute {} string`", spelled(name)));
        let is_line = value.span.file != place.file;
        self.report(if is_line { finding } else { finding.edit(value.span, canonical) });
    }
}
