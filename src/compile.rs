//! Checked model in, wire format and origins out; total and deterministic.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::check::Checked;
use crate::lower::{Lowered, lower};
pub use crate::lower::{Origin, OriginKind, STATUS_QUO, instant};
use crate::model::Environment;
use crate::model::predicate::Predicates;
use crate::ufc;

/// One environment, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The configuration, SERVER form.
    pub config: ufc::Config,
    /// Where each flag's allocations come from: flag key → one origin an allocation, in order.
    pub origins: BTreeMap<String, Vec<Origin>>,
}

/// How many flags are lowered and written by one thread before another takes over.
const CHUNK: usize = 256;

/// One environment's configuration as text, and how many flags it has: the same as of [`compile`], but flag by flag, since all of a
/// large one takes several times the memory of its text. `created_at` is written as it is; [`instant`] makes it.
#[must_use]
pub fn text(checked: &Checked, environment: &Environment, created_at: &str) -> (String, usize) {
    let mut flags: Vec<_> = checked
        .workspace()
        .flags
        .iter()
        .filter_map(|flag| Some((flag, flag.served_in(&environment.name.value)?)))
        .collect();
    flags.sort_by(|(left, _), (right, _)| left.key.value.cmp(&right.key.value));
    let parts = flags.par_chunks(CHUNK).map(|flags| {
        let mut predicates = Predicates::new();
        let (mut texts, mut count) = (ufc::write::Flags::new(), 0);
        for (flag, here) in flags {
            if let Some(lowered) = lower(flag, here, &mut predicates) {
                texts.push(&flag.key.value, &lowered.flag);
                count += 1;
            }
        }
        (texts, count)
    });
    let (texts, counts): (Vec<_>, Vec<usize>) = parts.collect::<Vec<_>>().into_iter().unzip();
    let text = ufc::write::whole(created_at, ufc::Format::Server, &environment.name.value, texts);
    (text, counts.into_iter().sum())
}

/// One environment's configuration. `created_at` is written as it is; [`instant`] makes it.
#[must_use]
pub fn compile(checked: &Checked, environment: &Environment, created_at: &str) -> Compiled {
    let mut predicates = Predicates::new();
    let mut flags = BTreeMap::new();
    let mut origins = BTreeMap::new();
    for flag in &checked.workspace().flags {
        let Some(here) = flag.served_in(&environment.name.value) else { continue };
        // Too many rules are an error of the check, so a checked flag has a waterfall.
        let Some(Lowered { flag: wire, origins: places }) = lower(flag, here, &mut predicates) else { continue };
        flags.insert(flag.key.value.clone(), Ok(wire));
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
