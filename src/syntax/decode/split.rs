//! `split a=1 b=2` and `split { a from="0%" to="40%" }`, and the ranges of slots.

use std::collections::HashMap;

use super::Decoder;
use super::shape;
use super::statement::Statement;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{ArmRange, Name, Percent, Split, SplitKind};
use crate::syntax::literal;
use crate::syntax::tree::{Entry, Node, Value};

impl<'t> Decoder<'t> {
    /// Reads a split.
    pub(super) fn split(&mut self, node: Node<'t>) -> Option<Split> {
        let line = self.open_split(node);
        let has_block = node.children().next().is_some();
        if let (Some(weight), true) = (line.properties().first(), has_block) {
            let block = node.block().unwrap_or_else(|| node.span());
            self.report(
                Diagnostic::new(Rule::MisplacedProperty, weight.span, "the split has weights and ranges")
                    .label("weights")
                    .and(Span::new(block.file, block.start, block.start + 1), "ranges")
                    .help("keep the weights, or write every arm as a range in the block"),
            );
            return None;
        }
        if has_block {
            let arms: Vec<ArmRange> = node.children().map(|child| self.arm(child)).collect();
            return Some(Split { kind: SplitKind::Ranges(arms), span: node.header() });
        }
        if line.properties().is_empty() {
            self.no_arms(&line);
            return None;
        }
        let weights = line.properties().iter().filter_map(|&entry| self.weight(entry)).collect();
        Some(Split { kind: SplitKind::Weights(weights), span: node.header() })
    }

    /// A split's line: a variation named twice has a rule of its own.
    fn open_split(&mut self, node: Node<'t>) -> Statement<'t> {
        let mut first: HashMap<&str, Span> = HashMap::new();
        let mut twice = false;
        for entry in node.entries() {
            let Some(name) = entry.name else { continue };
            if let Some(&earlier) = first.get(name.text) {
                twice = true;
                self.report(
                    Diagnostic::new(
                        Rule::SplitMissesVariation,
                        entry.span,
                        format!("the split names `{}` twice", name.text),
                    )
                    .label("named before")
                    .and(earlier, "first named here")
                    .meaning("KDL would keep the last weight silently")
                    .help("give each variation one weight"),
                );
            } else {
                first.insert(name.text, entry.span);
            }
        }
        let found = self.sink.findings().len();
        let line = self.open(node, &shape::SPLIT);
        if twice {
            self.sink.retain_from(found, |finding| finding.rule != Rule::DuplicateProperty);
        }
        line
    }

    fn no_arms(&mut self, line: &Statement<'t>) {
        self.incomplete = true;
        let span = line.span();
        if self.damage.touches(Span::new(span.file, span.start, self.line_end(span.end)))
            || self.damage.touches(line.node.span())
        {
            return;
        }
        if line.node.entries().next().is_some() {
            return;
        }
        self.report(
            Diagnostic::new(Rule::SplitMissesVariation, line.node.name().span, "the split names no variation")
                .label("splits nobody")
                .meaning("no subject would be assigned by this experiment")
                .help("give every arm a weight: `split off=50 on=50`"),
        );
    }

    fn weight(&mut self, entry: Entry<'t>) -> Option<(Name, Spanned<u64>)> {
        let name = entry.name?;
        let span = entry.value_span;
        if let Value::Number(source) = entry.value {
            let weight = literal::number(source).integer.and_then(|value| u64::try_from(value).ok());
            if let Some(weight) = weight {
                return Some((Name::new(name.text.to_owned(), name.span), Spanned::new(weight, span)));
            }
        }
        let source = self.excerpt(span);
        let plain = source.trim_matches('"').trim_end_matches('%');
        let whole = plain.bytes().all(|byte| byte.is_ascii_digit()) && plain.parse::<u64>().is_ok();
        let finding =
            Diagnostic::new(Rule::InvalidWeight, span, format!("the weight of `{}` cannot be `{source}`", name.text))
                .label("not a whole number");
        self.report(if whole {
            finding.help(format!("write `{}={plain}`", name.text)).edit(span, plain.to_owned())
        } else if literal::percent(&format!("{plain}%")).is_ok() {
            finding.help("weights are whole numbers in any proportion: for 33.3 % and 66.7 % write `a=333 b=667`")
        } else {
            finding.help("write a whole number, 0 or more; only proportions count")
        });
        None
    }

    /// `V from="0%" to="40%"`.
    fn arm(&mut self, node: Node<'t>) -> ArmRange {
        let line = self.open(node, &shape::ARM);
        let name = node.name();
        let (from, to) = self.range_bounds(&line);
        ArmRange { variation: Name::new(name.text.to_owned(), name.span), from, to, span: line.span() }
    }

    /// `from=` and `to=`, both mandatory.
    pub(super) fn range_bounds(
        &mut self,
        line: &Statement<'t>,
    ) -> (Option<Spanned<Percent>>, Option<Spanned<Percent>>) {
        let bounds = (line.property("from"), line.property("to"));
        let lacking = match bounds {
            (Some(_), Some(_)) => None,
            (None, Some(_)) => Some("`from=`"),
            (Some(_), None) => Some("`to=`"),
            (None, None) => Some("`from=` and `to=`"),
        };
        if let Some(lacking) = lacking {
            let name = line.argument(0).map_or(line.node.name().span, |entry| entry.span);
            self.missing(
                line.span(),
                name,
                format!("the range lacks {lacking}"),
                "write both ends: `from=\"0%\" to=\"40%\"`",
            );
        }
        (bounds.0.and_then(|entry| self.share(entry)), bounds.1.and_then(|entry| self.share(entry)))
    }
}
