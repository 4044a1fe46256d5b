//! A line of a waterfall as allocations: pieces of time × phases of a ramp × the step and its holdouts.

use std::collections::BTreeMap;

use crate::model::predicate::Piece;
use crate::model::{
    Exposure, Flag, Holdout, HoldoutUse, Otherwise, Placement, Range, Step, StepKind, Variation, Window,
};
use crate::ufc;

use super::audience::rules;
use super::{Origin, OriginKind, instant};

/// What the event of a held-out subject says of its part in the holdout, in the vocabulary SDKs and warehouses know.
pub const STATUS_QUO: &str = "status_quo";

/// A share of traffic from an instant on.
struct Phase {
    window: Window,
    shards: u32,
}

/// A placed step: its holdouts in order, then itself. Every allocation is there once a phase and piece of time.
pub(super) fn of_step(flag: &Flag, placement: &Placement, pieces: &[Piece]) -> Vec<(ufc::Allocation, Origin)> {
    let step = &placement.step;
    let phases = phases(&placement.exposure);
    let mut allocations = Vec::new();
    for used in &step.holdouts {
        for (phase, piece, window) in moments(&phases, pieces) {
            let Some(window) = window.intersection(used.holdout.window) else { continue };
            let splits = held_out(flag, step, phase.shards, used);
            // Without shards to hold out, the allocation could never do anything.
            if !splits.is_empty() {
                let key = format!("{}/holdout/{}", placement.key, used.holdout.name);
                let kind = OriginKind::Holdout(used.holdout.name.value.clone());
                allocations.push((allocation(key, piece, window, splits, true), origin(placement, kind)));
            }
        }
    }
    for (phase, piece, window) in moments(&phases, pieces) {
        // At 0 % there is no split; the allocation stays, so that traces show the step.
        let splits = assigned(flag, step, phase.shards);
        let allocation = allocation(placement.key.clone(), piece, window, splits, step.log);
        allocations.push((allocation, origin(placement, OriginKind::Step)));
    }
    allocations
}

/// The last line: everyone whom stopping steps leave.
pub(super) fn of_otherwise(otherwise: &Otherwise, pieces: &[Piece]) -> Vec<(ufc::Allocation, Origin)> {
    let origin = Origin {
        step: "otherwise".to_owned(),
        kind: OriginKind::Otherwise,
        placement: otherwise.span,
        definition: otherwise.span,
    };
    let everyone = pieces.iter().map(|piece| {
        let splits = vec![split(&otherwise.variation, Vec::new(), BTreeMap::new())];
        (allocation(otherwise.key.clone(), piece, piece.window, splits, false), origin.clone())
    });
    everyone.collect()
}

fn origin(placement: &Placement, kind: OriginKind) -> Origin {
    let step = &placement.step;
    Origin { step: step.name.value.clone(), kind, placement: placement.span, definition: step.span }
}

fn phases(exposure: &Exposure) -> Vec<Phase> {
    match exposure {
        Exposure::Share(shards) => vec![Phase { window: Window::default(), shards: *shards }],
        // A phase has no end of its own: later ones only widen it.
        Exposure::Ramp(phases) => phases
            .iter()
            .map(|(at, shards)| Phase { window: Window { start: Some(*at), end: None }, shards: *shards })
            .collect(),
    }
}

fn moments<'a>(phases: &'a [Phase], pieces: &'a [Piece]) -> impl Iterator<Item = (&'a Phase, &'a Piece, Window)> {
    phases.iter().flat_map(move |phase| {
        let both = pieces.iter().map(move |piece| (piece, piece.window.intersection(phase.window)));
        both.filter_map(move |(piece, window)| Some((phase, piece, window?)))
    })
}

fn allocation(key: String, piece: &Piece, window: Window, splits: Vec<ufc::Split>, log: bool) -> ufc::Allocation {
    ufc::Allocation {
        key,
        rules: rules(&piece.audience),
        start_at: window.start.map(instant),
        end_at: window.end.map(instant),
        splits,
        do_log: log,
    }
}

fn assigned(flag: &Flag, step: &Step, exposure: u32) -> Vec<ufc::Split> {
    let arms = arms(flag, step, exposure).into_iter();
    arms.map(|(variation, shards)| split(variation, shards, extra_logging(step))).collect()
}

fn held_out(flag: &Flag, step: &Step, exposure: u32, used: &HoldoutUse) -> Vec<ufc::Split> {
    let holdout: &Holdout = &used.holdout;
    if holdout.shards == 0 {
        return Vec::new();
    }
    let mut extra = extra_logging(step);
    extra.insert("holdoutKey".to_owned(), holdout.name.value.clone());
    extra.insert("holdoutVariation".to_owned(), STATUS_QUO.to_owned());
    let arms = arms(flag, step, exposure).into_iter();
    let splits = arms.map(|(_, mut shards)| {
        shards.push(shard(&holdout.salt, vec![Range { start: 0, end: holdout.shards }]));
        split(&used.serve, shards, extra.clone())
    });
    splits.collect()
}

/// The step's variations and their shards: layer slot, traffic, arm. A retired arm has no split: its shards fall through.
fn arms<'a>(flag: &Flag, step: &'a Step, exposure: u32) -> Vec<(&'a Variation, Vec<ufc::Shard>)> {
    if exposure == 0 {
        return Vec::new();
    }
    let slot = step.layer.iter().map(|used| shard(&used.layer.salt, vec![used.slot.range]));
    let limited = (exposure < flag.total_shards).then(|| vec![Range { start: 0, end: exposure }]);
    let traffic = limited.map(|ranges| shard(&step.traffic_salt, ranges));
    let common: Vec<ufc::Shard> = slot.chain(traffic).collect();
    match &step.kind {
        StepKind::Gate { serve } => vec![(serve.as_ref(), common)],
        StepKind::Experiment { arms } => {
            let served = arms.iter().filter(|arm| arm.variation.value.is_some() && !arm.ranges.is_empty());
            let with_arm = served.map(|arm| {
                let mut shards = common.clone();
                shards.push(shard(&step.split_salt, arm.ranges.clone()));
                (arm.variation.as_ref(), shards)
            });
            with_arm.collect()
        }
    }
}

fn split(variation: &Variation, shards: Vec<ufc::Shard>, extra_logging: BTreeMap<String, String>) -> ufc::Split {
    ufc::Split { variation_key: variation.name.value.clone(), shards, extra_logging }
}

fn shard(salt: &str, ranges: Vec<Range>) -> ufc::Shard {
    ufc::Shard { salt: salt.to_owned(), ranges }
}

fn extra_logging(step: &Step) -> BTreeMap<String, String> {
    step.extra_logging.iter().map(|(key, value)| (key.value.clone(), value.clone())).collect()
}
