//! A flag of the model as evaluators read it: its waterfall in one environment, as allocations, with where each comes from.
//!
//! Total and deterministic. Reasoning lowers flags that are not checked yet; what is published is lowered from
//! [`crate::check::Checked`] only, by [`mod@crate::compile`].

mod allocation;
mod audience;

pub use allocation::STATUS_QUO;
pub use audience::rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::predicate::{Predicate, Predicates, Reach};
use crate::model::{Attribute, AttributeType, Flag, FlagEnvironment, Value};
use crate::region::Declared;
use crate::source::Span;
use crate::ufc;

/// A flag in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// As evaluators read it.
    pub flag: ufc::Flag,
    /// One origin an allocation, in order.
    pub origins: Vec<Origin>,
}

/// Where an allocation comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The step's name; `otherwise` for the last line.
    pub step: String,
    /// What it stands for.
    pub kind: OriginKind,
    /// The line of the placement (or of `otherwise`).
    pub placement: Span,
    /// The line of the definition; the same as `placement` for `otherwise`.
    pub definition: Span,
}

/// For each allocation the number of its line in the waterfall, rising from 0: a step's phases, pieces of time and holdouts
/// share one.
#[must_use]
pub fn lines(origins: &[Origin]) -> Vec<usize> {
    let mut number = 0;
    let mut before = None;
    let numbered = origins.iter().map(|origin| {
        number += usize::from(before.is_some_and(|line| line != origin.placement));
        before = Some(origin.placement);
        number
    });
    numbered.collect()
}

/// What a workspace declares of its attributes, as reasoning takes it. The `id` that is always there is the subject's key and not
/// among them: callers pass another only where they say so.
#[must_use]
pub fn declared(attributes: &[Arc<Attribute>]) -> BTreeMap<String, Declared> {
    let written = attributes.iter().filter(|attribute| attribute.span.is_some());
    let typed = written.map(|attribute| {
        let kind = match attribute.kind {
            AttributeType::String => Declared::Text,
            AttributeType::Number => Declared::Number,
            AttributeType::Bool => Declared::Bool,
            AttributeType::Semver => Declared::Version,
        };
        (attribute.name.clone(), kind)
    });
    typed.collect()
}

/// What an allocation stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginKind {
    /// The step itself; a ramp has one allocation a phase.
    Step,
    /// Its held-out subjects, by holdout name.
    Holdout(String),
    /// `otherwise`.
    Otherwise,
}

/// `flag` as it is in `here`, enabled. None where its targeting needs more rules than an allocation may have, which is an
/// error of the check.
#[must_use]
pub fn lower(flag: &Flag, here: &FlagEnvironment, predicates: &mut Predicates) -> Option<Lowered> {
    let lines: Vec<Reach<'_>> = predicates.waterfall(here).ok()?;
    let mut allocations = Vec::new();
    let mut origins = Vec::new();
    for line in &lines {
        let lowered = match (line.placement, &here.otherwise) {
            (Some(placement), _) => allocation::of_step(flag, placement, &line.pieces),
            (None, Some(otherwise)) => allocation::of_otherwise(otherwise, &line.pieces),
            (None, None) => Vec::new(),
        };
        for (allocation, origin) in lowered {
            allocations.push(allocation);
            origins.push(origin);
        }
    }
    Some(Lowered { flag: wire(flag, allocations), origins })
}

/// An audience as evaluators read it: alternatives, none of which is everyone; nothing at all for nobody, which has no wire form.
#[must_use]
pub fn audience(predicate: &Predicate) -> Option<Vec<ufc::Rule>> {
    (!predicate.is_nobody()).then(|| audience::rules(predicate))
}

/// An instant as the wire has it: `YYYY-MM-DDTHH:MM:SS.mmmZ`, always with three digits.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn wire(flag: &Flag, allocations: Vec<ufc::Allocation>) -> ufc::Flag {
    let variations = flag.variations.iter().filter_map(|variation| {
        let key = variation.name.value.clone();
        let value = variation.value.as_ref()?;
        Some((key.clone(), ufc::Variation { key, value: on_the_wire(value) }))
    });
    ufc::Flag {
        key: flag.key.value.clone(),
        enabled: true,
        variation_type: flag.kind,
        variations: variations.collect(),
        allocations,
        total_shards: flag.total_shards,
    }
}

/// A value as evaluators read it.
#[must_use]
pub fn on_the_wire(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(truth) => (*truth).into(),
        Value::Text(text) | Value::Json(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Numeric(number) => (*number).into(),
    }
}
