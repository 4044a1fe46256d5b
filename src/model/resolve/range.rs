//! Percentages in shards, ranges, and windows of time.

use super::Resolver;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Range, Window, share};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Percent};

/// A range, whose it is, and where it was written.
pub(super) struct Owned<'a> {
    pub range: Range,
    pub owner: &'a str,
    pub span: Span,
}

impl Resolver<'_> {
    /// A percentage in shards; one between two shards is reported.
    pub(super) fn shards(&mut self, percent: &Spanned<Percent>, total: u32) -> Option<u32> {
        if let Some(shards) = share::shards(percent.value, total) {
            return Some(shards);
        }
        let (below, above) = share::around(percent.value, total);
        let written = share::written(percent.value);
        let neighbours = [below, above].map(|shards| share::percent(shards, total));
        let finding = Diagnostic::new(
            Rule::ShareOffShard,
            percent.span,
            format!("`{written}` of {total} shards is not a whole number of shards"),
        )
        .label(format!("between {below} and {above} shards"))
        .meaning("subjects are counted in whole shards, so nobody could get exactly this share");
        self.report(match neighbours {
            [Some(below), Some(above)] => {
                let finding = finding.help(format!("write `\"{below}\"` or `\"{above}\"`"));
                if below == "0%" {
                    finding.edit(percent.span, format!("\"{above}\""))
                } else {
                    finding.edit(percent.span, format!("\"{below}\""))
                }
            }
            _ => finding.help("choose a share of which the flag's shards are a multiple, or change `total-shards=`"),
        });
        None
    }

    /// `from=` and `to=` in shards; what holds no shard is reported.
    pub(super) fn range(
        &mut self,
        from: Option<&Spanned<Percent>>,
        to: Option<&Spanned<Percent>>,
        total: u32,
    ) -> Option<Range> {
        let start = from.and_then(|from| self.shards(from, total));
        let end = to.and_then(|to| self.shards(to, total));
        self.incomplete |= start.is_none() || end.is_none();
        let range = Range { start: start?, end: end? };
        if range.start < range.end {
            return Some(range);
        }
        let (from, to) = (from?, to?);
        let (low, high) = (share::written(from.value), share::written(to.value));
        let finding = if range.start == range.end {
            Diagnostic::new(Rule::InvalidShare, to.span, format!("the range from `{low}` to `{high}` holds no shard"))
                .label("the same as `from=`")
                .help("give it a width, or remove it")
        } else {
            Diagnostic::new(Rule::InvalidShare, to.span, format!("the range ends at `{high}`, before it begins"))
                .label("below `from=`")
                .help(format!("write `from=\"{high}\" to=\"{low}\"`"))
                .edit(from.span, format!("\"{high}\""))
                .edit(to.span, format!("\"{low}\""))
        };
        self.report(finding.and(from.span, "begins here"));
        None
    }

    /// Reports ranges that share shards; the later line of two is the culprit.
    pub(super) fn overlaps(&mut self, mut ranges: Vec<Owned<'_>>, total: u32) {
        ranges.sort_by_key(|owned| (owned.range.start, owned.span));
        let mut furthest: Option<Owned<'_>> = None;
        for owned in ranges {
            let Some(earlier) = furthest.take() else {
                furthest = Some(owned);
                continue;
            };
            if owned.range.start < earlier.range.end {
                self.overlap(&earlier, &owned, total);
            }
            furthest = Some(if owned.range.end > earlier.range.end { owned } else { earlier });
        }
    }

    fn overlap(&mut self, left: &Owned<'_>, right: &Owned<'_>, total: u32) {
        let (first, second) = if left.span <= right.span { (left, right) } else { (right, left) };
        let common = Range { start: right.range.start, end: left.range.end.min(right.range.end) };
        let common = shown(common, total);
        let message = if first.owner == second.owner {
            format!("two ranges of `{}` overlap: {common}", first.owner)
        } else {
            format!("`{}` and `{}` overlap: both hold {common}", first.owner, second.owner)
        };
        self.report(
            Diagnostic::new(Rule::OverlappingRanges, second.span, message)
                .label(format!("holds {}", shown(second.range, total)))
                .and(first.span, format!("holds {}", shown(first.range, total)))
                .meaning("subjects in both would be in two places at once")
                .help("move one end so that no share is in both"),
        );
    }

    /// A window's instants; an end before its start is reported at `end`.
    pub(super) fn window(&mut self, written: &ast::Window) -> Window {
        self.in_order(written.start.as_ref(), written.end.as_ref());
        Window { start: written.start.as_ref().map(|at| at.value), end: written.end.as_ref().map(|at| at.value) }
    }

    /// Reports an end before its start.
    pub(super) fn in_order(
        &mut self,
        start: Option<&Spanned<jiff::Timestamp>>,
        end: Option<&Spanned<jiff::Timestamp>>,
    ) {
        let (Some(start), Some(end)) = (start, end) else { return };
        if start.value <= end.value {
            return;
        }
        self.report(
            Diagnostic::new(
                Rule::ReversedWindow,
                end.span,
                format!("the end, {}, is before the start, {}", end.value, start.value),
            )
            .label("ends here")
            .and(start.span, "starts here")
            .meaning("it would never be open")
            .help("exchange them, or correct one"),
        );
    }
}

/// A range as people write it, `30% to 40%`; in shards where percentages have no end.
pub(super) fn shown(range: Range, total: u32) -> String {
    match (share::percent(range.start, total), share::percent(range.end, total)) {
        (Some(start), Some(end)) => format!("{start} to {end}"),
        _ => format!("shards {} to {} of {total}", range.start, range.end),
    }
}
