//! FF3003: arms of a running experiment that take other shards, and the ranges that would move the fewest subjects.

use super::Change;
use super::live::{Cause, Leaving, arms};
use crate::count::Fraction;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::share::percent;
use crate::model::{Arm, Placement, StepKind};
use crate::syntax::edit::Statements;
use crate::ufc::Range;

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    for own in change.leaving_by_step(|one| one.cause == Cause::Arms) {
        let Some((was, is)) = own.first().and_then(|one| Some((one.was, one.is?))) else { continue };
        sink.push(finding(change, (was, is), &own));
    }
}

fn finding(change: &Change<'_>, (was, is): (&Placement, &Placement), own: &[Leaving<'_>]) -> Diagnostic {
    let name = &was.step.name;
    let message = format!("arms of the running experiment `{name}` take other shards in `{}`", change.environment.name);
    let place = changed(was, is).map_or(is.step.span, |arm| arm.span);
    let finding = change.about(Rule::ChangedArms, place, message).label("takes other shards than before");
    let finding = change.told(finding, own);
    let total = change.total();
    let ranges = kept(was, is, total).unwrap_or_default();
    let moving = moving(was, &ranges, total);
    let still = moving.map_or_else(String::new, |share| {
        if share.is_zero() { "; nobody moves".to_owned() } else { format!("; {share} of its subjects still move") }
    });
    let block = block(&ranges, total);
    let Some(block) = block else {
        return finding.help("keep the ranges that arms had, and give new arms what others free");
    };
    let finding = finding.help(format!("write explicit ranges, which move the fewest subjects{still}: `{block}`"));
    let statements = Statements::read(change.sources, is.step.span.file);
    match place_of_split(&statements, is) {
        Some(span) => finding.edit(span, block),
        None => finding,
    }
}

/// Whether other ranges of the same widths would move fewer subjects.
pub(super) fn is_wasteful(was: &Placement, is: &Placement, total: u32) -> bool {
    arms(was) != arms(is) && kept(was, is, total).is_some_and(|ranges| written(&ranges) != arms(is))
}

/// The first arm that takes other shards than it did.
fn changed<'p>(was: &Placement, is: &'p Placement) -> Option<&'p Arm> {
    let before = arms(was);
    let StepKind::Experiment { arms } = &is.step.kind else { return None };
    arms.iter().find(|arm| {
        let name = arm.variation.name.value.as_str();
        before.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, ranges)| ranges) != arm.ranges
    })
}

/// An arm by name, with its shards.
type Ranges = Vec<(String, Vec<Range>)>;

fn own_ranges(is: &Placement) -> Ranges {
    let StepKind::Experiment { arms } = &is.step.kind else { return Vec::new() };
    arms.iter().map(|arm| (arm.variation.name.value.clone(), arm.ranges.clone())).collect()
}

fn width(ranges: &[Range]) -> u32 {
    ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum()
}

/// The shards that arms want, with as many of those they had as they may keep.
fn kept(was: &Placement, is: &Placement, total: u32) -> Option<Ranges> {
    let before = arms(was);
    let wanted = own_ranges(is);
    let mut given: Ranges = Vec::with_capacity(wanted.len());
    for (name, ranges) in &wanted {
        let had = before.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, ranges)| ranges);
        given.push((name.clone(), first(had, width(ranges))));
    }
    let mut free = crate::model::share::gaps(given.iter().flat_map(|(_, ranges)| ranges.iter().copied()), total);
    for ((_, ranges), (_, own)) in wanted.iter().zip(&mut given) {
        let mut lacks = width(ranges).saturating_sub(width(own));
        while lacks > 0 {
            let gap = free.iter_mut().find(|gap| gap.start < gap.end)?;
            let end = gap.end.min(gap.start + lacks);
            own.push(Range { start: gap.start, end });
            lacks -= end - gap.start;
            gap.start = end;
        }
        own.sort_unstable_by_key(|range| range.start);
        join(own);
    }
    Some(given)
}

/// So many shards from the beginning of ranges.
fn first(ranges: &[Range], mut many: u32) -> Vec<Range> {
    let mut taken = Vec::new();
    for range in ranges {
        let end = range.end.min(range.start.saturating_add(many));
        if end > range.start {
            taken.push(Range { start: range.start, end });
            many -= end - range.start;
        }
    }
    taken
}

fn join(ranges: &mut Vec<Range>) {
    ranges.dedup_by(|next, before| {
        let joins = before.end == next.start;
        if joins {
            before.end = next.end;
        }
        joins
    });
}

/// The part of all shards that had an arm and has another, or none.
fn moving(was: &Placement, ranges: &Ranges, total: u32) -> Option<Fraction> {
    let mut keeping = 0;
    let mut all = 0;
    for (name, had) in arms(was) {
        all += width(had);
        let now = ranges.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, ranges)| ranges);
        for range in had {
            keeping += now
                .iter()
                .map(|other| range.end.min(other.end).saturating_sub(range.start.max(other.start)))
                .sum::<u32>();
        }
    }
    Fraction::new(u128::from(all.saturating_sub(keeping)), u128::from(total.max(1)))
}

fn written(ranges: &Ranges) -> Vec<(&str, &[Range])> {
    let mut all: Vec<_> =
        ranges.iter().filter(|(_, own)| !own.is_empty()).map(|(name, own)| (name.as_str(), own.as_slice())).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all
}

/// `split { a from="0%" to="40%"; … }`, where percentages say it.
fn block(ranges: &Ranges, total: u32) -> Option<String> {
    let mut lines = Vec::new();
    for (name, own) in ranges {
        for range in own {
            let (from, to) = (percent(range.start, total)?, percent(range.end, total)?);
            lines.push(format!("{} from=\"{from}\" to=\"{to}\"", crate::syntax::print::text(name)));
        }
    }
    Some(format!("split {{ {} }}", lines.join("; ")))
}

/// The `split` statement of a step.
fn place_of_split(statements: &Statements<'_>, is: &Placement) -> Option<crate::source::Span> {
    let StepKind::Experiment { arms } = &is.step.kind else { return None };
    statements.named_around("split", arms.first()?.span)
}
