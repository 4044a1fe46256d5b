//! Checked model in, wire format and origins out; total and deterministic.

use std::collections::BTreeMap;

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
