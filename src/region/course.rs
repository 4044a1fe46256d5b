//! The waterfall of a flag in one piece of time, step by step, as functions of subjects.

use std::collections::BTreeMap;

use super::diagram::{Full, Function, NOWHERE};
use super::space::Space;
use super::{End, Side};
use crate::evaluate::ask::served;
use crate::ufc;

/// The key that evaluators log of held-out subjects.
pub(super) const HOLDOUT_KEY: &str = "holdoutKey";

/// One way out of a step.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// By position in the flag.
    pub(super) allocation: usize,
    /// By position in the allocation.
    pub(super) split: usize,
    /// Who leaves by it, when nothing above took them.
    pub(super) hit: Function,
}

/// A step of a waterfall. While none of its allocations is open, nobody is targeted.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Whom its rules match.
    pub(super) targeted: Function,
    /// Whom it takes, when nothing above took them.
    pub(super) hit: Function,
    pub(super) ways: Vec<Way>,
}

/// What can be seen of an outcome from outside.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    variation: Option<String>,
    value: Option<serde_json::Value>,
    event: Option<(String, BTreeMap<String, String>)>,
}

impl Label {
    /// The caller's default.
    pub(super) const DEFAULT: Self = Self { variation: None, value: None, event: None };

    pub(super) fn of(flag: &ufc::Flag, way: &Way) -> Self {
        let allocation = flag.allocations.get(way.allocation);
        let split = allocation.and_then(|allocation| allocation.splits.get(way.split));
        let (Some(allocation), Some(split)) = (allocation, split) else { return Self::DEFAULT };
        let Some(value) = served(flag, &split.variation_key) else { return Self::DEFAULT };
        Self {
            variation: Some(split.variation_key.clone()),
            value: Some(value),
            event: allocation.do_log.then(|| (allocation.key.clone(), split.extra_logging.clone())),
        }
    }
}

impl End {
    /// The caller's default.
    pub(super) const DEFAULT: Self = Self { allocation: None, variation: None, value: None, logged: false };

    pub(super) fn of(flag: &ufc::Flag, way: Option<&Way>) -> Self {
        let Some(way) = way else { return Self::DEFAULT };
        let label = Label::of(flag, way);
        let value = label.value.is_some().then(|| {
            let content =
                flag.variations.iter().rev().find(|(_, content)| Some(&content.key) == label.variation.as_ref());
            content.map_or(serde_json::Value::Null, |(_, content)| content.value.clone())
        });
        let allocation = value.is_some().then_some(way.allocation);
        Self { allocation, variation: label.variation, value, logged: label.event.is_some() }
    }
}

/// Whether an allocation holds subjects out, as their events tell.
pub(super) fn holds_out(allocation: &ufc::Allocation) -> bool {
    let told = |split: &ufc::Split| split.extra_logging.contains_key(HOLDOUT_KEY);
    allocation.do_log && !allocation.splits.is_empty() && allocation.splits.iter().all(told)
}

/// How many steps a side has.
pub(super) fn count(side: &Side<'_>) -> usize {
    side.steps.iter().max().map_or(0, |last| last + 1)
}

/// The steps of a side while the allocations in `open` are, each from its own point of view.
pub(super) fn course(space: &mut Space, side: &Side<'_>, open: &[bool]) -> Result<Vec<Step>, Full> {
    let none = Step { targeted: NOWHERE, hit: NOWHERE, ways: Vec::new() };
    let mut steps = vec![none; count(side)];
    let mut above: Option<(&[ufc::Rule], Function)> = None;
    let live = open.iter().zip(side.flag.allocations.iter().zip(&side.steps)).enumerate();
    for (index, (_, (allocation, step))) in live.filter(|(_, (open, _))| **open) {
        let Some(step) = steps.get_mut(*step) else { continue };
        // A step's holdouts and phases repeat its rules.
        let audience = match above {
            Some((rules, audience)) if rules == allocation.rules => audience,
            _ => space.rules(&allocation.rules)?,
        };
        above = Some((&allocation.rules, audience));
        step.targeted = space.diagrams.or(step.targeted, audience)?;
        for (split, content) in allocation.splits.iter().enumerate() {
            let shards = space.split(content)?;
            let here = space.diagrams.and(audience, shards)?;
            let hit = space.diagrams.without(here, step.hit)?;
            if hit != NOWHERE {
                step.hit = space.diagrams.or(step.hit, hit)?;
                step.ways.push(Way { allocation: index, split, hit });
            }
        }
    }
    Ok(steps)
}

/// The union of those ways out of a step that `which` accepts.
pub(super) fn union(space: &mut Space, step: &Step, which: impl Fn(&Way) -> bool) -> Result<Function, Full> {
    space.diagrams.any(step.ways.iter().filter(|way| which(way)).map(|way| way.hit))
}
