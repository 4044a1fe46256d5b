//! Checked model in, wire format and origins out; total and deterministic.

mod allocation;
mod audience;

pub use allocation::STATUS_QUO;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::check::Checked;
use crate::model::predicate::{Predicates, Reach};
use crate::model::{Environment, Flag, FlagEnvironment, Value};
use crate::source::Span;
use crate::ufc;

/// One environment, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The configuration, SERVER form.
    pub config: ufc::Config,
    /// Where each flag's allocations come from: flag key → one origin an allocation, in order.
    pub origins: BTreeMap<String, Vec<Origin>>,
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

/// One environment's configuration. `created_at` is written as it is; [`instant`] makes it.
#[must_use]
pub fn compile(checked: &Checked, environment: &Environment, created_at: &str) -> Compiled {
    let mut predicates = Predicates::new();
    let mut flags = BTreeMap::new();
    let mut origins = BTreeMap::new();
    for flag in &checked.workspace().flags {
        let here = flag.environments.iter().find(|here| here.environment.name.value == environment.name.value);
        // Disabled flags are left out, as are flags that do not mention the environment.
        let Some(here) = here.filter(|here| here.enabled) else { continue };
        let (allocations, places) = waterfall(flag, here, &mut predicates).into_iter().unzip();
        flags.insert(flag.key.value.clone(), Ok(wire(flag, allocations)));
        origins.insert(flag.key.value.clone(), places);
    }
    let config = ufc::Config {
        created_at: created_at.to_owned(),
        format: ufc::Format::Server,
        environment: environment.name.value.clone(),
        flags,
    };
    Compiled { config, origins }
}

/// An instant as the wire has it: `YYYY-MM-DDTHH:MM:SS.mmmZ`, always with three digits.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn waterfall(flag: &Flag, here: &FlagEnvironment, predicates: &mut Predicates) -> Vec<(ufc::Allocation, Origin)> {
    // Too many rules are an error of the check, so a checked workspace has a waterfall; an empty one serves defaults.
    let lines: Vec<Reach<'_>> = predicates.waterfall(here).unwrap_or_default();
    let mut allocations = Vec::new();
    for line in &lines {
        match (line.placement, &here.otherwise) {
            (Some(placement), _) => allocations.extend(allocation::of_step(flag, placement, &line.pieces)),
            (None, Some(otherwise)) => allocations.extend(allocation::of_otherwise(otherwise, &line.pieces)),
            (None, None) => {}
        }
    }
    allocations
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

fn on_the_wire(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(truth) => (*truth).into(),
        Value::Text(text) | Value::Json(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Numeric(number) => (*number).into(),
    }
}
