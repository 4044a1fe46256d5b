//! `when` and `or`: lines and blocks of conditions.

use super::Decoder;
use super::statement::Item;
use super::unknown::is_dash;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::ast::{Alternative, Audience};
use crate::syntax::tree::Node;

impl<'t> Decoder<'t> {
    /// The audience that `when` and `or` statements describe.
    pub(super) fn audience(&mut self, lines: &[Item<'t>]) -> Audience {
        let mut audience = Audience::default();
        let mut first: Option<Node<'t>> = None;
        for item in lines {
            match (item.word, first) {
                ("when", Some(earlier)) => self.second_when(earlier, item.node),
                ("or", None) => self.or_without_when(item.node),
                _ => {}
            }
            first = first.or(Some(item.node));
            audience.alternatives.extend(self.alternative(item));
        }
        audience
    }

    fn alternative(&mut self, item: &Item<'t>) -> Option<Alternative> {
        let node = item.node;
        self.annotation(node.annotation());
        let span = node.header();
        if node.entries().next().is_some() {
            let conditions: Vec<_> = self.condition(None, node, &item.dashes).into_iter().collect();
            return (!conditions.is_empty()).then_some(Alternative { conditions, span });
        }
        if !item.dashes.is_empty() {
            self.dash_lines(node, &item.dashes);
            return None;
        }
        if node.children().next().is_none() {
            let word = node.name();
            let help = "write a condition after it: `when country is US`; without any `when`, everyone is targeted";
            self.missing(span, word.span, format!("`{}` has no condition", word.text), help);
            return None;
        }
        let conditions = self.conditions(node);
        (!conditions.is_empty()).then_some(Alternative { conditions, span })
    }

    /// The conditions of a block.
    pub(super) fn conditions(&mut self, node: Node<'t>) -> Vec<crate::syntax::ast::Condition> {
        let mut lines: Vec<(Node<'t>, Vec<Node<'t>>)> = Vec::new();
        for child in node.children() {
            match lines.last_mut() {
                Some((_, dashes)) if is_dash(child.name()) => dashes.push(child),
                None if is_dash(child.name()) => {
                    self.stray_dash(child);
                }
                _ => lines.push((child, Vec::new())),
            }
        }
        let mut conditions = Vec::new();
        for (line, dashes) in lines {
            self.annotation(line.annotation());
            if !self.joining_word(node, line) {
                conditions.extend(self.condition(Some(line.name()), line, &dashes));
            }
        }
        conditions
    }

    /// `and …`, `or …` or `when …` as a line of a block. True when the line was reported.
    fn joining_word(&mut self, block: Node<'t>, line: Node<'t>) -> bool {
        let name = line.name();
        let joins = matches!(name.text, "and" | "&&" | "or" | "||" | "when");
        let is_attribute = line
            .entries()
            .next()
            .is_some_and(|entry| matches!(entry.value, crate::syntax::tree::Value::Text(text) if crate::syntax::ast::Operator::parse(text.text).is_some()));
        if !joins || is_attribute {
            return false;
        }
        let rest_start = line.entries().next().map_or(name.span.end, |entry| entry.span.start);
        let rest = Span::new(name.span.file, rest_start, line.header().end);
        let rest = self.excerpt(rest);
        let finding = Diagnostic::new(
            Rule::SeveralConditionsOnOneLine,
            name.span,
            format!("`{}` is no condition: the lines of a block must all hold", name.text),
        )
        .label("joins nothing");
        let word = block.name().text;
        self.report(match name.text {
            "or" | "||" => finding.help(format!("put the alternative below the block of `{word}`: `or {rest}`")),
            _ => {
                finding.help(format!("write `{rest}`")).edit(Span::new(name.span.file, name.span.start, rest_start), "")
            }
        });
        true
    }

    fn second_when(&mut self, earlier: Node<'t>, node: Node<'t>) {
        let first = self.inner(earlier);
        let second = self.inner(node);
        let alternative = if node.block().is_some() { format!("or {{ {second} }}") } else { format!("or {second}") };
        self.report(
            Diagnostic::new(Rule::SecondWhen, node.name().span, "a second `when` could mean two things")
                .label("and, or or?")
                .and(earlier.name().span, "the first `when`")
                .help(format!(
                    "if either is enough, write `{alternative}`; if both must hold, write one block: `when {{ {first}; {second} }}`"
                )),
        );
    }

    /// What a `when` says, on one line, shortened where it is long.
    fn inner(&self, node: Node<'t>) -> String {
        let span = match (node.entries().next(), node.block()) {
            (Some(first), _) => Span::new(first.span.file, first.span.start, node.header().end),
            (None, Some(block)) => Span::new(block.file, block.start + 1, block.end.saturating_sub(1)),
            (None, None) => return "…".to_owned(),
        };
        self.excerpt(span)
    }

    fn or_without_when(&mut self, node: Node<'t>) {
        let name = node.name();
        self.incomplete = true;
        self.report(
            Diagnostic::new(Rule::MissingPiece, name.span, "`or` adds an alternative, but there is no `when` above it")
                .label("an alternative to nothing")
                .help("write `when` here")
                .edit(name.span, "when"),
        );
    }
}
