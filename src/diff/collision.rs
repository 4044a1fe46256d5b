//! What steps will do to each other from a known instant on, without a commit.

use jiff::Timestamp;

use super::Here;
use crate::lower::OriginKind;
use crate::model::{FlagEnvironment, StepKind};
use crate::region::{self, Fact, Limits, LineKind};
use crate::source::Span;

/// Something that steps will do to each other.
pub(super) struct Collision {
    /// From when on.
    pub(super) at: Timestamp,
    /// What, in words.
    pub(super) what: String,
    /// The line that suffers.
    pub(super) span: Option<Span>,
}

/// The collisions that begin after `now`.
pub(super) fn collisions(here: &Here<'_>, model: &FlagEnvironment, now: Timestamp, limits: Limits) -> Vec<Collision> {
    let (Some(side), Some(origins)) = (here.reasoned(), here.origins) else { return Vec::new() };
    // Without a date nothing begins.
    let dated = |allocation: &crate::ufc::Allocation| allocation.start_at.is_some() || allocation.end_at.is_some();
    if !side.flag.allocations.iter().any(dated) {
        return Vec::new();
    }
    let placed = |line| model.placements.iter().find(|placement| placement.span == line);
    let mut lines: Vec<(LineKind, String, Span)> = Vec::new();
    let mut holdouts = Vec::new();
    for (origin, number) in origins.iter().zip(&side.steps) {
        let placement = placed(origin.placement);
        let kind = match placement.map(|placement| &placement.step.kind) {
            Some(StepKind::Gate { .. }) => LineKind::Gate,
            Some(StepKind::Experiment { .. }) => LineKind::Experiment,
            None => LineKind::Otherwise,
        };
        if *number == lines.len() {
            lines.push((kind, origin.step.clone(), origin.placement));
        }
        holdouts.push(match &origin.kind {
            OriginKind::Holdout(name) => placement.and_then(|placement| {
                let used = placement.step.holdouts.iter().find(|used| used.holdout.name.value == *name)?;
                Some(used.holdout.salt.as_str())
            }),
            OriginKind::Step | OriginKind::Otherwise => None,
        });
    }
    let kinds = lines.iter().map(|(kind, ..)| *kind).collect();
    let waterfall = region::Waterfall { side, kinds, holdouts };
    let facts = region::facts(&waterfall, now, false, limits);
    facts.iter().filter_map(|fact| told(fact, &lines)).filter(|collision| collision.at > now).collect()
}

fn told(fact: &Fact, lines: &[(LineKind, String, Span)]) -> Option<Collision> {
    let name = |step: &usize| lines.get(*step).map_or("?", |(_, name, _)| name.as_str());
    let (at, what, step) = match fact {
        Fact::GateBelow { gate, experiment, from: Some(from), .. } => {
            let text = format!("`{}` begins to enrol subjects of the gate `{}` below it", name(experiment), name(gate));
            (from, text, gate)
        }
        Fact::Overlapping { upper, lower, from: Some(from), .. } => {
            let text = format!("`{}` begins to take subjects that `{}` below it wants, too", name(upper), name(lower));
            (from, text, lower)
        }
        Fact::TimeShadowed { step, above, from: Some(from), until, .. } => {
            let above = above.iter().map(|step| format!("`{}`", name(step))).collect::<Vec<_>>().join(", ");
            let until = until.map_or_else(String::new, |until| format!(", until {}", crate::lower::instant(until)));
            (
                from,
                format!("nobody reaches `{}` any more{until}: {above} above it takes everyone it targets", name(step)),
                step,
            )
        }
        Fact::GateBelow { from: None, .. }
        | Fact::Overlapping { from: None, .. }
        | Fact::TimeShadowed { from: None, .. }
        | Fact::Unreachable { .. }
        | Fact::NeverTakes { .. }
        | Fact::HoldoutLeak { .. }
        | Fact::BiasedSplit { .. }
        | Fact::PartlyShadowed { .. }
        | Fact::Undecided { .. } => return None,
    };
    Some(Collision { at: *at, what, span: lines.get(*step).map(|(.., span)| *span) })
}
