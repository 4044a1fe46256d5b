//! One condition: `ATTR OP VALUE…`, `in-segment NAME`.

use super::Decoder;
use super::operator;
use super::value::{Names, is_bare};
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Condition, Name, Operator, Value};
use crate::syntax::tree::{Entry, Node, Text, Value as Read};

/// The words of a condition, as they stand on its line.
pub(super) struct Words<'t> {
    /// Arguments and properties in order; the name of a block's line is the first.
    pub all: Vec<Entry<'t>>,
    /// The line.
    pub node: Node<'t>,
    /// The `-` lines below it.
    pub below: Vec<Node<'t>>,
}

impl Words<'_> {
    /// From the first word to the last.
    pub(super) fn span(&self) -> Span {
        match (self.all.first(), self.all.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.node.header(),
        }
    }
}

/// The name of a line as if it were an argument.
fn as_word(name: Text<'_>) -> Entry<'_> {
    Entry { name: None, value: Read::Text(name), value_span: name.span, annotation: None, span: name.span }
}

impl<'t> Decoder<'t> {
    /// Reads a condition: `name` is the first word of a block's line, none after `when` and `or`.
    pub(super) fn condition(
        &mut self,
        name: Option<Text<'t>>,
        node: Node<'t>,
        below: &[Node<'t>],
    ) -> Option<Condition> {
        let all = self.cleaned(name.map(as_word).into_iter().chain(node.entries()));
        let words = Words { all, node, below: below.to_vec() };
        let words = self.one_condition(words);
        let words = self.second_condition(words);
        if self.negated_attribute(&words) {
            return None;
        }
        let words = self.without_colon(words)?;
        if let Some(read) = self.symbols(&words) {
            return read;
        }
        let first = *words.all.first()?;
        if let Read::Text(word) = first.value
            && matches!(word.text, "in-segment" | "not-in-segment")
        {
            return self.segment_condition(&words, word.text == "not-in-segment");
        }
        let attribute = self.name(first, "an attribute's name", Names::Free)?;
        let operator = self.operator(&attribute, &words)?;
        self.operands(attribute, operator, &words)
    }

    fn operator(&mut self, attribute: &Name, words: &Words<'t>) -> Option<Spanned<Operator>> {
        let Some(second) = words.all.get(1).filter(|entry| entry.name.is_none()) else {
            self.no_operator(attribute, words);
            return None;
        };
        if let Read::Text(word) = second.value {
            if matches!(word.text, "in-segment" | "not-in-segment") {
                self.segment_after_attribute(attribute, word, words);
                return None;
            }
            let not = word.text == "is"
                && words.all.get(2).is_some_and(|next| is_bare(next) && self.source(next.span) == "not");
            if let Some(operator) = Operator::parse(word.text).filter(|_| !not) {
                return Some(Spanned::new(operator, word.span));
            }
        }
        if self.leading_word(attribute, words) {
            return None;
        }
        self.unknown_operator(&attribute.value, second, words.all.get(2));
        None
    }

    /// `segment staff`, `not country is US`, `flag other is on`: a first word that is no attribute.
    fn leading_word(&mut self, first: &Name, words: &Words<'t>) -> bool {
        let rest = words.all.get(1).map_or(words.span(), |second| second.span.to(words.span()));
        let rest =
            Span::new(rest.file, words.all.get(1).map_or(rest.start, |entry| entry.span.start), words.span().end);
        let rest = self.excerpt(rest);
        let finding =
            Diagnostic::new(Rule::UnknownOperator, first.span, format!("`{}` does not begin a condition", first.value))
                .label("not an attribute");
        match first.value.as_str() {
            "segment" | "in" => {
                self.report(finding.help(format!("write `in-segment {rest}`")).edit(first.span, "in-segment"));
            }
            "not" | "!" => {
                self.report(finding.help(
                    "every operator has its negation: `is-not`, `not-one-of`, `not-matches`, `not-in-segment`, …",
                ))
            }
            "any" | "all" | "none" => self.report(
                finding.help("the lines of one `when` block must all hold; each `or` below it is an alternative"),
            ),
            "flag" => {
                let (what, way) = operator::beyond("flag").unwrap_or_default();
                self.report(
                    Diagnostic::new(
                        Rule::NotInEvaluator,
                        first.span,
                        format!("`flag {rest}`: the evaluator has no {what}"),
                    )
                    .label("cannot be expressed")
                    .help(way),
                );
            }
            _ => return false,
        }
        true
    }

    fn no_operator(&mut self, attribute: &Name, words: &Words<'t>) {
        let alone = &attribute.value;
        if let Some((what, way)) = operator::beyond(alone).filter(|_| words.all.len() > 1) {
            return self.report(
                Diagnostic::new(
                    Rule::NotInEvaluator,
                    attribute.span,
                    format!("`{alone}`: the evaluator has no {what}"),
                )
                .label("cannot be expressed")
                .help(way),
            );
        }
        let help =
            format!("write an operator and a value: `{alone} is …`; a bool attribute is tested by `{alone} is #true`");
        self.missing(words.node.header(), attribute.span, format!("the condition on `{alone}` has no operator"), help);
    }

    fn segment_condition(&mut self, words: &Words<'t>, negated: bool) -> Option<Condition> {
        let first = *words.all.first()?;
        let word = self.excerpt(first.span);
        let Some(name) = words.all.get(1) else {
            self.missing(
                words.node.header(),
                first.span,
                format!("`{word}` names no segment"),
                format!("write `{word} NAME`"),
            );
            return None;
        };
        if let Some(extra) = words.all.get(2) {
            let source = self.excerpt(extra.span);
            self.report(
                Diagnostic::new(Rule::OperandCount, extra.span, format!("`{word}` takes one segment"))
                    .label("one too many")
                    .help(if negated {
                        format!("to leave both out, write one line for each in a block: `{word} {source}`")
                    } else {
                        format!("add an alternative: `or {word} {source}`, or put both in one block if both must hold")
                    }),
            );
        }
        if name.name.is_some() {
            self.unknown_condition_property(name, &word);
            return None;
        }
        let segment = self.name(*name, "a segment's name", Names::Free)?;
        Some(Condition::Segment { segment, negated, span: words.span() })
    }

    fn segment_after_attribute(&mut self, attribute: &Name, word: Text<'t>, words: &Words<'t>) {
        let rest = Span::new(word.span.file, word.span.start, words.span().end);
        let rest = self.excerpt(rest);
        let gap = Span::new(word.span.file, attribute.span.start, word.span.start);
        self.report(
            Diagnostic::new(
                Rule::UnknownOperator,
                attribute.span,
                format!("`{}` stands alone: a segment is no test of `{}`", word.text, attribute.value),
            )
            .label("not needed")
            .help(format!("write `{rest}`"))
            .edit(gap, ""),
        );
    }

    /// The operands: on the line, in `-` lines, or in a file.
    fn operands(&mut self, attribute: Name, operator: Spanned<Operator>, words: &Words<'t>) -> Option<Condition> {
        let span = words.span();
        let mut operands = Vec::new();
        let mut file = None;
        for entry in words.all.iter().skip(2) {
            match entry.name {
                None => operands.push(Self::scalar(*entry)),
                Some(name) if name.text == "file" => file = Some(*entry),
                Some(_) => self.unknown_condition_property(entry, operator.word()),
            }
        }
        if let Some(lines) = self.dash_lines(words.node, &words.below) {
            operands.extend(lines);
        }
        let mut from_file = false;
        if let Some(entry) = file {
            if let Some(first) = operands.first() {
                let there = first.span;
                self.report(
                    Diagnostic::new(Rule::MisplacedProperty, entry.span, "the values are given twice")
                        .label("and in a file")
                        .and(there, "on the line")
                        .help("keep the values in one place: the file, or the condition"),
                );
            }
            operands = self.list_file(entry)?;
            from_file = true;
        }
        if !self.enough(&attribute, operator, &operands, words) {
            return None;
        }
        let operator = self.at_most(&attribute, operator, &mut operands);
        Some(Condition::Attribute { attribute, operator, operands, from_file, span })
    }

    /// Leaves as many operands as the operator takes; several of `is` are read as `one-of`.
    fn at_most(
        &mut self,
        attribute: &Name,
        operator: Spanned<Operator>,
        operands: &mut Vec<Value>,
    ) -> Spanned<Operator> {
        let (most, meant) = match *operator {
            Operator::IsNull | Operator::NotNull => (0, None),
            Operator::Is => (1, Some(Operator::OneOf)),
            Operator::IsNot => (1, Some(Operator::NotOneOf)),
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => (1, None),
            _ => return operator,
        };
        let (Some(first), Some(last)) = (operands.get(most), operands.last()) else { return operator };
        let (word, source) = (operator.word(), self.excerpt(first.span.to(last.span)));
        let finding = Diagnostic::new(
            Rule::OperandCount,
            first.span.to(last.span),
            format!("`{} {word}` takes {} value", attribute.value, if most == 0 { "no" } else { "one" }),
        )
        .label("too many");
        let Some(meant) = meant else {
            let finding = if most == 0 {
                finding.help(format!("remove `{source}`: `{word}` asks only whether the attribute is there"))
            } else {
                finding.help("keep one; two bounds are two lines of one block: `when { age gte 18; age lt 65 }`")
            };
            self.report(finding);
            operands.truncate(most);
            return operator;
        };
        self.report(finding.help(format!("write `{}`", meant.word())).edit(operator.span, meant.word()));
        Spanned::new(meant, operator.span)
    }

    /// Whether there are operands where the operator needs some.
    fn enough(&mut self, attribute: &Name, operator: Spanned<Operator>, operands: &[Value], words: &Words<'t>) -> bool {
        if !operands.is_empty() || matches!(*operator, Operator::IsNull | Operator::NotNull) {
            return true;
        }
        self.incomplete = true;
        let line = words.node.header();
        if self.damage.touches(Span::new(line.file, line.start, self.line_end(line.end))) {
            return false;
        }
        let word = operator.word();
        let finding =
            Diagnostic::new(Rule::OperandCount, operator.span, format!("`{} {word}` has no value", attribute.value))
                .label("compares with nothing");
        let several = matches!(*operator, Operator::OneOf | Operator::NotOneOf);
        self.report(if several {
            finding.help(format!("write the values after it: `{} {word} a b`", attribute.value))
        } else {
            finding.help(format!("write the value after it: `{} {word} …`", attribute.value))
        });
        false
    }

    /// A property of a condition other than `file=`.
    pub(super) fn unknown_condition_property(&mut self, entry: &Entry<'t>, operator: &str) {
        let Some(name) = entry.name else { return };
        let value = self.excerpt(entry.value_span);
        let close = crate::diagnostic::suggest::nearest(name.text, ["file"]).is_some();
        if close {
            return self.report(
                Diagnostic::new(
                    Rule::UnknownProperty,
                    name.span,
                    format!("`{operator}` knows no property `{}`", name.text),
                )
                .label("unknown here")
                .help("did you mean `file`?")
                .edit(name.span, "file"),
            );
        }
        self.report(
            Diagnostic::new(
                Rule::EqualsOperator,
                entry.span,
                format!("`{}` is a property, not a condition", self.source(entry.span)),
            )
            .label("KDL reads a property")
            .help(format!("conditions are words, one a line of a block: `when {{ …; {} is {value} }}`", name.text)),
        );
    }
}
