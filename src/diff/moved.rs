//! Who fares differently, with names, words and commands.

use serde_json::Value;

use super::audience::Names;
use super::class::{Kind, Standing, kind};
use super::condition::patterns;
use super::words::says_the_same;
use super::{End, Here, Region};
use crate::lower::{self, OriginKind};
use crate::region::{self, Limits, Move, Undecided};
use crate::ufc::{Flag, VariationType};
use crate::witness;
use jiff::Timestamp;

/// Everybody who fares differently.
pub(super) fn regions(
    (key, environment): (&str, &str),
    base: &Here<'_>,
    head: &Here<'_>,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<Region>, Undecided> {
    // The very same waterfall needs no proof.
    if base.wire == head.wire {
        return Ok(Vec::new());
    }
    let (before, after) = (base.reasoned(), head.reasoned());
    let moves = region::moves(before.as_ref(), after.as_ref(), now, limits)?;
    let names = Names {
        steps: [steps(base, before.as_ref()), steps(head, after.as_ref())],
        same: same(base, head),
        declared: head.half.side.declared,
        patterns: patterns([base, head].into_iter().filter_map(|here| here.half.model)),
    };
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

/// The names of a side's steps by number.
fn steps(here: &Here<'_>, side: Option<&region::Side<'_>>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, step) in side.iter().flat_map(|side| side.steps.iter().enumerate()) {
        if *step == names.len() {
            names.push(here.step(at).unwrap_or_default());
        }
    }
    names
}

/// The names of steps that target the same on both sides.
fn same(base: &Here<'_>, head: &Here<'_>) -> Vec<String> {
    let rules = |here: &Here<'_>, name: &str| {
        let of_step = here.wire.iter().flat_map(|flag| flag.allocations.iter().enumerate());
        let of_step = of_step.filter(|(at, _)| here.step(*at).as_deref() == Some(name));
        of_step.map(|(_, allocation)| allocation.rules.clone()).collect::<Vec<_>>()
    };
    let names = (0..base.wire.map_or(0, |flag| flag.allocations.len())).filter_map(|at| base.step(at));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| {
        let by_wire = || {
            let (mut old, mut new) = (rules(base, name), rules(head, name));
            old.dedup();
            new.dedup();
            old == new
        };
        by_wire() && by_author(base, head, name)
    });
    names
}

/// Whether the author targets the same by that name; yes where there is no author.
fn by_author(base: &Here<'_>, head: &Here<'_>, name: &str) -> bool {
    let find = |here: &Here<'_>| {
        let steps = here.half.model.map(|flag| &flag.steps)?;
        steps.iter().find(|step| step.name.value == name).cloned()
    };
    match (find(base), find(head)) {
        (Some(old), Some(new)) => says_the_same(&old.audience, &new.audience),
        _ => true,
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
