//! Mutants of what a step does: what it serves, where its arms meet, who is held out.

use std::sync::Arc;

use super::edit::{Edit, Mutants, next, placed};
use super::words;
use crate::model::{Arm, Flag, Range, Step, StepKind, share};
use crate::source::SourceSet;

/// The mutants of all steps placed in these environments.
pub(super) fn mutants(flag: &Flag, positions: &[usize], sources: &SourceSet, mutants: &mut Mutants) {
    for step in placed(flag, positions) {
        match &step.kind {
            StepKind::Gate { serve } => {
                if let Some(other) = next(flag, &serve.name) {
                    let what = format!("`{}` serving `{}` made `{}`", step.name, serve.name, other.name);
                    let span = words::narrowed(sources, step.span, "serve=");
                    let change = move |step: &mut Step| step.kind = StepKind::Gate { serve: Arc::clone(&other) };
                    mutants.add(span, || what, Edit::Step(step.name.value.clone(), Box::new(change)));
                }
            }
            StepKind::Experiment { arms } => boundaries(step, arms, flag.total_shards, mutants),
        }
        for (index, used) in step.holdouts.iter().enumerate() {
            let drop = move |step: &mut Step| drop(step.holdouts.remove(index));
            let what = || format!("`holdout {}` dropped from `{}`", used.holdout.name, step.name);
            mutants.add(used.span, what, Edit::Step(step.name.value.clone(), Box::new(drop)));
        }
    }
}

/// A range of an arm, by positions.
struct Piece {
    arm: usize,
    range: usize,
    shards: Range,
}

/// Each boundary between two arms, moved by a hundredth of all shards, or by as much as the smaller side allows.
fn boundaries(step: &Step, arms: &[Arm], total: u32, mutants: &mut Mutants) {
    let mut pieces: Vec<Piece> = Vec::new();
    for (arm, content) in arms.iter().enumerate() {
        let ranges = content.ranges.iter().enumerate();
        pieces.extend(ranges.map(|(range, shards)| Piece { arm, range, shards: *shards }));
    }
    pieces.sort_by_key(|piece| piece.shards.start);
    for (left, right) in pieces.iter().zip(pieces.iter().skip(1)) {
        let (Some(first), Some(second)) = (arms.get(left.arm), arms.get(right.arm)) else { continue };
        let meet = left.shards.end == right.shards.start && left.arm != right.arm;
        let Some(moved) = meet.then(|| moved(left.shards, right.shards, total)).flatten() else { continue };
        let at = |shard: u32| share::percent(shard, total).unwrap_or_else(|| format!("shard {shard}"));
        let (one, two) = (&first.variation.name, &second.variation.name);
        let what =
            format!("the border between `{one}` and `{two}` moved from {} to {}", at(left.shards.end), at(moved));
        let (upper, lower) = ((left.arm, left.range), (right.arm, right.range));
        let change = move |step: &mut Step| {
            let StepKind::Experiment { arms } = &mut step.kind else { return };
            if let Some(range) = arms.get_mut(upper.0).and_then(|arm| arm.ranges.get_mut(upper.1)) {
                range.end = moved;
            }
            if let Some(range) = arms.get_mut(lower.0).and_then(|arm| arm.ranges.get_mut(lower.1)) {
                range.start = moved;
            }
        };
        mutants.add(second.span, || what, Edit::Step(step.name.value.clone(), Box::new(change)));
    }
}

fn moved(left: Range, right: Range, total: u32) -> Option<u32> {
    let shift = (total / 100).max(1);
    match (left.end - left.start, right.end - right.start) {
        (_, size @ 2..) => Some(left.end + shift.min(size - 1)),
        (size @ 2.., _) => Some(left.end - shift.min(size - 1)),
        _ => None,
    }
}
