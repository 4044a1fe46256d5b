//! Who fares differently, with names, words and commands.

use std::collections::BTreeMap;

use serde_json::Value;

use super::class::{Kind, Standing, kind};
use super::{End, Here, Region};
use crate::audience::{Half, Names};
use crate::lower::{self, OriginKind};
use crate::region::{self, Limits, Move, Undecided};
use crate::ufc::{Flag, VariationType};
use crate::witness;
use jiff::Timestamp;

/// Everybody who fares differently. `renamed` are steps that are only called otherwise.
pub(super) fn regions(
    (key, environment): (&str, &str),
    (base, head): (&Here<'_>, &Here<'_>),
    renamed: &BTreeMap<String, String>,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<Region>, Undecided> {
    // The very same waterfall needs no proof.
    if base.wire == head.wire {
        return Ok(Vec::new());
    }
    let (before, after) = (base.reasoned(), head.reasoned());
    let moves = region::moves(before.as_ref(), after.as_ref(), now, limits)?;
    let halves = [half(base, before.as_ref()), half(head, after.as_ref())];
    let names = Names::of(&halves, renamed, head.half.side.declared);
    Ok(moves.into_iter().map(|proved| of_move((key, environment), base, head, &names, proved)).collect())
}

fn of_move(
    (key, environment): (&str, &str),
    base: &Here<'_>,
    head: &Here<'_>,
    names: &Names<'_>,
    proved: Move,
) -> Region {
    let (from, to) = (base.end(&proved.from), head.end(&proved.to));
    let (default_before, default_after) = (base.code_default(), head.code_default());
    let kind =
        kind(base.standing(&proved.from, default_before.as_ref()), head.standing(&proved.to, default_after.as_ref()));
    let seen = |here: &Here<'_>| {
        let found = proved.witness.as_ref().filter(|_| here.environment && here.half.known)?;
        let source = here.half.side.source(environment);
        Some(witness::Document::new(key, source, &found.subject, found.at))
    };
    let (now, before) = (seen(head), seen(base));
    let (witness, also) = if now.is_some() { (now, before) } else { (before, None) };
    Region { kind, audience: names.audience(&proved.audience), from, to, witness, also, proved }
}

fn half<'a>(here: &Here<'a>, side: Option<&region::Side<'a>>) -> Half<'a> {
    let allocations = 0..here.wire.map_or(0, |flag| flag.allocations.len());
    Half {
        model: here.half.model,
        wire: here.wire,
        steps: allocations.map(|at| here.step(at).unwrap_or_default()).collect(),
        lines: side.map_or_else(Vec::new, |side| side.steps.clone()),
    }
}

impl Here<'_> {
    /// The name of an allocation's step.
    pub(super) fn step(&self, allocation: usize) -> Option<String> {
        let origin = self.origins.and_then(|origins| origins.get(allocation)).map(|origin| origin.step.clone());
        origin.or_else(|| Some(self.wire?.allocations.get(allocation)?.key.clone()))
    }

    fn end(&self, end: &region::End) -> Option<End> {
        let at = end.allocation?;
        let flag = self.wire?;
        Some(End {
            step: self.step(at)?,
            variation: end.variation.clone()?,
            value: shown(flag, end.value.as_ref()?),
            logged: end.logged,
            holdout: match self.origins.and_then(|origins| origins.get(at)).map(|origin| &origin.kind) {
                Some(OriginKind::Holdout(name)) => Some(name.clone()),
                Some(OriginKind::Step | OriginKind::Otherwise) | None => None,
            },
            allocation: flag.allocations.get(at)?.key.clone(),
        })
    }

    /// What callers pass, as the wire would have it, where the flag names it.
    fn code_default(&self) -> Option<Value> {
        self.half.model?.code_default.as_ref().map(lower::on_the_wire)
    }

    fn standing<'v>(&self, end: &'v region::End, code_default: Option<&'v Value>) -> Standing<'v> {
        match (&end.value, end.allocation) {
            (Some(value), Some(at)) if self.is_plain_otherwise(at) => Standing::Otherwise(value),
            (Some(value), Some(_)) => Standing::Arm(value),
            _ => Standing::Caller(code_default),
        }
    }

    /// Whether the allocation is an `otherwise` that logs nothing. In a file that is the last one, for everyone, always.
    fn is_plain_otherwise(&self, at: usize) -> bool {
        let Some(flag) = self.wire else { return false };
        let Some(allocation) = flag.allocations.get(at) else { return false };
        let is_otherwise = match self.origins {
            Some(origins) => origins.get(at).is_some_and(|origin| origin.kind == OriginKind::Otherwise),
            None => {
                at + 1 == flag.allocations.len()
                    && allocation.rules.is_empty()
                    && allocation.start_at.is_none()
                    && allocation.end_at.is_none()
                    && matches!(allocation.splits.as_slice(), [split] if split.shards.is_empty())
            }
        };
        is_otherwise && !allocation.do_log
    }
}

/// A JSON flag's value is JSON, not text.
fn shown(flag: &Flag, value: &Value) -> Value {
    match (flag.variation_type, value) {
        (VariationType::Json, Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

impl Region {
    /// Whether nothing that is served changes for them.
    pub(super) fn is_nothing(&self) -> bool {
        self.kind == Kind::Unchanged
    }
}
