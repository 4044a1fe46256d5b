//! How an experiment splits its subjects: weights or explicit ranges, in the order of the flag's variations.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Resolver;
use super::flag::Scope;
use super::range::{self, Owned};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Arm, Range, Variation, share};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{ArmRange, Name, Split, SplitKind};

/// How many gaps a finding lists.
const GAPS_SHOWN: usize = 4;

impl Resolver<'_> {
    /// Resolves a split; arms whose variation is unknown are left out.
    pub(super) fn split(&mut self, scope: &Scope, split: Split) -> Vec<Arm> {
        match split.kind {
            SplitKind::Weights(weights) => self.weights(scope, &weights, split.span),
            SplitKind::Ranges(lines) => self.ranges(scope, &lines, split.span),
        }
    }

    fn weights(&mut self, scope: &Scope, written: &[(Name, Spanned<u64>)], span: Span) -> Vec<Arm> {
        let mut known: Vec<(usize, Arc<Variation>, Spanned<u64>)> = Vec::new();
        for (name, weight) in written {
            if let Some((order, variation)) = self.variation(scope, name) {
                known.push((order, variation, *weight));
            }
        }
        known.sort_by_key(|(order, _, _)| *order);
        if written.len() > known.len() || written.is_empty() {
            return Vec::new();
        }
        let weights: Vec<u64> = known.iter().map(|(_, _, weight)| weight.value).collect();
        if weights.iter().all(|&weight| weight == 0) {
            self.report(
                Diagnostic::new(Rule::InvalidWeight, span, "all weights of the split are 0")
                    .label("splits nobody")
                    .meaning("no subject would be assigned by this experiment")
                    .help("give at least one arm a weight above 0"),
            );
            return Vec::new();
        }
        let ranges = share::tile(&weights, scope.total);
        let mut arms = Vec::with_capacity(known.len());
        for ((_, variation, weight), range) in known.into_iter().zip(ranges) {
            let ranges = if range.start < range.end { vec![range] } else { Vec::new() };
            self.empty_arm(&variation, weight, ranges.is_empty(), scope.total);
            arms.push(Arm { variation, ranges, span: weight.span });
        }
        arms
    }

    /// An arm that no shard falls to: of weight 0, or of a weight too small to be one.
    fn empty_arm(&mut self, variation: &Variation, weight: Spanned<u64>, is_empty: bool, total: u32) {
        let name = &variation.name;
        if weight.value == 0 && !variation.retired {
            self.report(
                Diagnostic::new(Rule::ZeroWeight, weight.span, format!("`{name}` has weight 0"))
                    .label("nobody gets it")
                    .meaning("no subject is assigned this variation by the experiment")
                    .help("give it a weight, or take it out of the split"),
            );
        } else if weight.value > 0 && is_empty {
            self.report(
                Diagnostic::new(
                    Rule::InvalidWeight,
                    weight.span,
                    format!("the weight of `{name}` is less than one of {total} shards"),
                )
                .label("too small beside the others")
                .meaning("no subject would be assigned this variation")
                .help("give it a larger weight, or take it out of the split"),
            );
        }
    }

    fn ranges(&mut self, scope: &Scope, lines: &[ArmRange], span: Span) -> Vec<Arm> {
        let ((arms, covered), incomplete) = self.watched(|resolver| resolver.arm_ranges(scope, lines));
        self.overlaps(covered.iter().map(|(range, line)| owned(*range, line)).collect(), scope.total);
        if !incomplete {
            self.gap(share::gaps(covered.iter().map(|(range, _)| *range), scope.total), span, scope.total);
        }
        arms
    }

    fn arm_ranges<'a>(&mut self, scope: &Scope, lines: &'a [ArmRange]) -> (Vec<Arm>, Vec<(Range, &'a ArmRange)>) {
        let mut arms: BTreeMap<usize, Arm> = BTreeMap::new();
        let mut covered = Vec::new();
        for line in lines {
            let variation = self.variation(scope, &line.variation);
            let range = self.range(line.from.as_ref(), line.to.as_ref(), scope.total);
            if let (Some((order, variation)), Some(range)) = (variation, range) {
                let empty = || Arm { variation, ranges: Vec::new(), span: line.span };
                arms.entry(order).or_insert_with(empty).ranges.push(range);
                covered.push((range, line));
            }
        }
        for arm in arms.values_mut() {
            arm.ranges.sort_unstable_by_key(|range| (range.start, range.end));
        }
        (arms.into_values().collect(), covered)
    }

    fn gap(&mut self, gaps: Vec<Range>, span: Span, total: u32) {
        if gaps.is_empty() {
            return;
        }
        let shards: u32 = gaps.iter().map(|gap| gap.end - gap.start).sum();
        let size = share::percent(shards, total).unwrap_or_else(|| format!("{shards} of {total} shards"));
        let mut places: Vec<String> = gaps.iter().take(GAPS_SHOWN).map(|&gap| range::shown(gap, total)).collect();
        if gaps.len() > GAPS_SHOWN {
            places.push("…".to_owned());
        }
        let places = places.join(", ");
        self.report(
            Diagnostic::new(Rule::GapInSplit, span, format!("no arm receives {places}"))
                .label(format!("leaves out {size}"))
                .meaning("these subjects fall through to the next step of the waterfall, unlogged")
                .help("widen an arm to cover it; where an arm was removed, `retired NAME` keeps its range on purpose"),
        );
    }
}

fn owned(range: Range, line: &ArmRange) -> Owned<'_> {
    Owned { range, owner: &line.variation, span: line.span }
}
