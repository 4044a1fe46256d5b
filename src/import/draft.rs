//! One flag of several environments' documents as the steps and waterfalls an author would write.

use std::collections::BTreeMap;

use super::holdouts::{self, Holdouts};
use super::name::{self, Taken};
use super::rules::{self, Asked};
use super::shards::{self, Arms, Shape};
use crate::ufc::{self, Allocation, Flag, Range, VariationType};

/// A flag on its way to text.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub key: String,
    pub kind: VariationType,
    pub total_shards: u32,
    /// In the order of shards.
    pub variations: Vec<(String, serde_json::Value)>,
    pub steps: Vec<Step>,
    pub environments: Vec<Environment>,
}

/// A step's definition.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub name: String,
    pub arms: Arms,
    pub log: bool,
    /// Alternatives; none is everyone.
    pub audience: Vec<Vec<Asked>>,
    pub traffic_salt: Option<String>,
    pub slot: Option<(String, Range)>,
    /// Name and served variation.
    pub holdouts: Vec<(String, String)>,
    pub extra_logging: BTreeMap<String, String>,
}

/// A flag in one environment.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    pub name: String,
    pub enabled: bool,
    pub placements: Vec<Placement>,
    /// Variation and allocation key.
    pub otherwise: Option<(String, String)>,
}

/// A step in a waterfall.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    /// Its index among the steps.
    pub step: usize,
    /// `[0, n)` of the traffic salt.
    pub exposure: u32,
    /// Later phases of a ramp: instant and exposure, the first phase included; empty without a ramp.
    pub ramp: Vec<(String, u32)>,
    pub key: String,
    pub start: Option<String>,
    pub end: Option<String>,
}

/// The flag of these documents, by environment; the reason when the language cannot say it.
pub(super) fn draft(
    key: &str,
    documents: &[(&str, &Flag)],
    layers: &[String],
    holdouts: &Holdouts,
) -> Result<Draft, String> {
    let Some((_, first)) = documents.first() else { return Err("no document has it".to_owned()) };
    if !name::is_name(key) {
        return Err("flag keys are made of letters, digits, `.`, `_` and `-`".to_owned());
    }
    if let Some((environment, other)) = documents.iter().find(|(_, flag)| flag.variation_type != first.variation_type) {
        let (one, two) = (first.variation_type.author(), other.variation_type.author());
        return Err(format!("it is {one} in one environment and {two} in `{environment}`"));
    }
    if documents.iter().any(|(_, flag)| flag.total_shards != first.total_shards) {
        return Err("its number of shards differs between environments".to_owned());
    }
    let mut draft = Draft {
        key: key.to_owned(),
        kind: first.variation_type,
        total_shards: first.total_shards,
        variations: variations(documents)?,
        steps: Vec::new(),
        environments: Vec::new(),
    };
    let mut taken = Taken::default();
    taken.take("otherwise");
    for (environment, flag) in documents {
        if flag.key != key {
            return Err(format!("its inner key is `{}`; SDKs log one or the other", flag.key));
        }
        let environment = waterfall(&mut draft, &mut taken, (environment, flag), layers, holdouts)?;
        draft.environments.push(environment);
    }
    order_variations(&mut draft);
    Ok(draft)
}

fn variations(documents: &[(&str, &Flag)]) -> Result<Vec<(String, serde_json::Value)>, String> {
    let mut all: Vec<(String, serde_json::Value)> = Vec::new();
    for (environment, flag) in documents {
        for (map_key, variation) in &flag.variations {
            if *map_key != variation.key {
                return Err(format!(
                    "variation `{map_key}` calls itself `{}`; SDKs differ on which counts",
                    variation.key
                ));
            }
            if !fits(flag.variation_type, &variation.value) {
                let kind = flag.variation_type.author();
                return Err(format!("variation `{map_key}` is {}, no {kind} value", variation.value));
            }
            match all.iter().find(|(name, _)| name == map_key) {
                Some((_, value)) if *value != variation.value => {
                    return Err(format!("variation `{map_key}` has another value in `{environment}`"));
                }
                Some(_) => {}
                None => all.push((map_key.clone(), variation.value.clone())),
            }
        }
    }
    if all.is_empty() {
        Err("it has no variations, so it can only ever give the caller's default".to_owned())
    } else {
        Ok(all)
    }
}

fn fits(kind: VariationType, value: &serde_json::Value) -> bool {
    match kind {
        VariationType::Boolean => value.is_boolean(),
        VariationType::String => value.is_string(),
        // Beyond 2^53 the reference rounds, and so would we.
        VariationType::Integer => value.as_f64().is_some_and(|n| n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0),
        VariationType::Numeric => value.as_f64().is_some_and(f64::is_finite),
        VariationType::Json => {
            value.as_str().is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
        }
    }
}

fn waterfall(
    draft: &mut Draft,
    taken: &mut Taken,
    (environment, flag): (&str, &Flag),
    layers: &[String],
    holdouts: &Holdouts,
) -> Result<Environment, String> {
    let mut waiting: Vec<(String, String)> = Vec::new();
    let mut result =
        Environment { name: environment.to_owned(), enabled: flag.enabled, placements: Vec::new(), otherwise: None };
    for (index, allocation) in flag.allocations.iter().enumerate() {
        let explain = |reason: String| format!("allocation `{}`: {reason}", allocation.key);
        let later = flag.allocations.get(index + 1..).unwrap_or(&[]);
        if let Some(held) = holdouts::held_out(allocation, later, holdouts) {
            waiting.push(held);
            continue;
        }
        let held = std::mem::take(&mut waiting);
        let splits = known_splits(flag, allocation, later).map_err(explain)?;
        let Some(shape) = shards::shape(&splits, flag.total_shards, layers).map_err(explain)? else { continue };
        let Some(audience) = audience(&allocation.rules).map_err(explain)? else { continue };
        if later.is_empty() && held.is_empty() && is_otherwise(allocation, &shape, &audience) {
            if let Arms::One(variation) = shape.arms {
                result.otherwise = Some((variation, allocation.key.clone()));
            }
            continue;
        }
        place(draft, taken, &mut result, allocation, shape, (audience, held)).map_err(explain)?;
    }
    Ok(result)
}

/// The splits whose variations exist. One that names a missing variation gives the caller's default, as falling off the end does
/// where nothing below is live at the same time.
fn known_splits(flag: &Flag, allocation: &Allocation, later: &[Allocation]) -> Result<Vec<ufc::Split>, String> {
    let known = |split: &&ufc::Split| flag.variations.iter().any(|(name, _)| *name == split.variation_key);
    let mut splits: Vec<ufc::Split> = allocation.splits.iter().filter(known).cloned().collect();
    if splits.len() == allocation.splits.len() {
        return Ok(splits);
    }
    let missing = allocation.splits.iter().find(|split| !known(split));
    let name = missing.map_or("", |split| split.variation_key.as_str());
    let apart = |other: &Allocation| {
        before(allocation.end_at.as_deref(), other.start_at.as_deref())
            || before(other.end_at.as_deref(), allocation.start_at.as_deref())
    };
    if !splits.is_empty() || !later.iter().all(apart) {
        return Err(format!("it serves `{name}`, which is not among the variations"));
    }
    splits.clear();
    Ok(splits)
}

/// A wire date as an author writes it.
pub(super) fn instant(wire: &str) -> Result<String, String> {
    let at = ufc::Instant::parse(wire).ok_or_else(|| format!("`{wire}` is no date"))?;
    let at = at.timestamp().ok_or_else(|| format!("`{wire}` is outside the years that can be written"))?;
    if at.subsec_nanosecond() % 1_000_000 != 0 {
        return Err(format!("`{wire}` is finer than a millisecond, which SDKs read differently"));
    }
    Ok(at.to_string())
}

/// Whether one bound comes before another; unknown bounds are open.
fn before(end: Option<&str>, start: Option<&str>) -> bool {
    let parse = |text: &str| ufc::Instant::parse(text);
    match (end.and_then(parse), start.and_then(parse)) {
        (Some(end), Some(start)) => end < start,
        _ => false,
    }
}

/// Alternatives of conditions; `None` for nobody, an empty list for everyone.
fn audience(rules: &[ufc::Rule]) -> Result<Option<Vec<Vec<Asked>>>, String> {
    let mut alternatives = Vec::new();
    for rule in rules {
        match rules::rule(&rule.conditions)? {
            None => {}
            Some(conditions) if conditions.is_empty() => return Ok(Some(Vec::new())),
            Some(conditions) if alternatives.contains(&conditions) => {}
            Some(conditions) => alternatives.push(conditions),
        }
    }
    Ok((rules.is_empty() || !alternatives.is_empty()).then_some(alternatives))
}

fn is_otherwise(allocation: &Allocation, shape: &Shape, audience: &[Vec<Asked>]) -> bool {
    matches!(shape.arms, Arms::One(_))
        && audience.is_empty()
        && !allocation.do_log
        && allocation.start_at.is_none()
        && allocation.end_at.is_none()
        && shape.traffic.is_none()
        && shape.slot.is_none()
        && shape.extra_logging.is_empty()
}

fn place(
    draft: &mut Draft,
    taken: &mut Taken,
    environment: &mut Environment,
    allocation: &Allocation,
    shape: Shape,
    (audience, holdouts): (Vec<Vec<Asked>>, Vec<(String, String)>),
) -> Result<(), String> {
    let (traffic_salt, exposure) = match shape.traffic {
        Some((salt, end)) => (Some(salt), end),
        None => (None, draft.total_shards),
    };
    let wanted = Step {
        name: String::new(),
        arms: shape.arms,
        log: allocation.do_log,
        audience,
        traffic_salt,
        slot: shape.slot,
        holdouts,
        // Without an event there is nothing to add to.
        extra_logging: if allocation.do_log { shape.extra_logging } else { BTreeMap::new() },
    };
    if let Some(last) = environment.placements.last_mut()
        && last.key == allocation.key
    {
        let same = draft.steps.get(last.step).is_some_and(|step| step.is_same(&wanted));
        return widen(last, allocation, exposure, same);
    }
    if environment.placements.iter().any(|placement| placement.key == allocation.key) {
        return Err("another allocation has its key".to_owned());
    }
    let used: Vec<usize> = environment.placements.iter().map(|placement| placement.step).collect();
    let same = draft.steps.iter().enumerate();
    let same =
        same.filter(|(index, step)| !used.contains(index) && step.is_same(&wanted)).map(|(index, _)| index).next();
    let step = match same {
        Some(index) => {
            if let Some(step) = draft.steps.get_mut(index) {
                step.traffic_salt = step.traffic_salt.take().or(wanted.traffic_salt);
            }
            index
        }
        None => {
            let suffix = format!("/{}", environment.name);
            let base = allocation.key.strip_suffix(&suffix).filter(|name| name::is_name(name));
            let name = taken.take(&base.map_or_else(|| name::slug(&allocation.key), str::to_owned));
            draft.steps.push(Step { name, ..wanted });
            draft.steps.len() - 1
        }
    };
    environment.placements.push(Placement {
        step,
        exposure,
        ramp: Vec::new(),
        key: allocation.key.clone(),
        start: allocation.start_at.as_deref().map(instant).transpose()?,
        end: allocation.end_at.as_deref().map(instant).transpose()?,
    });
    Ok(())
}

/// A further phase of a ramp: the same step under the same key, later and wider.
fn widen(last: &mut Placement, allocation: &Allocation, exposure: u32, same: bool) -> Result<(), String> {
    let phase = |placement: &Placement| match placement.ramp.last() {
        Some((at, share)) => Some((at.clone(), *share)),
        None => placement.start.clone().map(|at| (at, placement.exposure)),
    };
    let previous = phase(last);
    let next = allocation.start_at.as_deref().map(instant).transpose()?;
    let end = allocation.end_at.as_deref().map(instant).transpose()?;
    let (Some((at, share)), Some(next)) = (previous, next) else {
        return Err("another allocation has its key".to_owned());
    };
    if !same || share >= exposure || !before(Some(&at), Some(&next)) || last.end != end {
        return Err("another allocation has its key, and the two are no ramp".to_owned());
    }
    if last.ramp.is_empty() {
        last.ramp.push((at, share));
        last.start = None;
    }
    last.ramp.push((next, exposure));
    Ok(())
}

impl Draft {
    /// Whether an attribute or salt of that name is among its steps.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.steps.iter().any(|step| {
            step.audience.iter().flatten().any(|asked| asked.attribute == name)
                || step.slot.as_ref().is_some_and(|(salt, _)| salt == name)
        })
    }
}

impl Step {
    /// Whether two definitions are one step: equal but for the name, and for a traffic salt that one of them does not need.
    fn is_same(&self, other: &Self) -> bool {
        let salts = match (&self.traffic_salt, &other.traffic_salt) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        salts
            && self.arms == other.arms
            && self.log == other.log
            && self.audience == other.audience
            && self.slot == other.slot
            && self.holdouts == other.holdouts
            && self.extra_logging == other.extra_logging
    }
}

/// Puts variations into the order in which the first split cuts its shards, so that weights can say it.
fn order_variations(draft: &mut Draft) {
    let first = draft.steps.iter().find_map(|step| match &step.arms {
        Arms::Split(_, arms) if arms.len() > 1 => Some(arms),
        _ => None,
    });
    let Some(arms) = first else { return };
    let rank = |name: &str| arms.iter().position(|(variation, _)| variation == name).unwrap_or(usize::MAX);
    draft.variations.sort_by_key(|(name, _)| rank(name));
}
