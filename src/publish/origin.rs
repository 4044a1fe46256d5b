//! Where allocations of a compiled file come from, told by their keys: `beta/production`, `beta/production/holdout/all`,
//! `otherwise/production`. A file says no more, and what is said of two files must not depend on who else is asked.

use std::collections::BTreeMap;

use crate::compile::{Origin, OriginKind};
use crate::source::{FileKind, SourceSet, Span};
use crate::ufc::{Allocation, Config, Flag};

/// The origins of every flag that can be read. Their spans only tell steps apart.
pub(super) fn origins(config: &Config) -> BTreeMap<String, Vec<Origin>> {
    let nowhere = SourceSet::new().add("", "", FileKind::Data, "");
    let readable = config.flags.iter().filter_map(|(key, flag)| Some((key, flag.as_ref().ok()?)));
    let span = |number: usize| {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Span::new(nowhere, number, number)
    };
    readable.map(|(key, flag)| (key.clone(), of_flag(flag, &config.environment, span))).collect()
}

fn of_flag(flag: &Flag, environment: &str, span: impl Fn(usize) -> Span) -> Vec<Origin> {
    let mut number = 0;
    let mut before: Option<&str> = None;
    let origin = |allocation| {
        let (placed, kind) = told(allocation, environment);
        number += usize::from(before.is_some_and(|before| before != placed));
        before = Some(placed);
        let step = placed.strip_suffix(environment).and_then(|step| step.strip_suffix('/')).unwrap_or(placed);
        Origin { step: step.to_owned(), kind, placement: span(number), definition: span(number) }
    };
    flag.allocations.iter().map(origin).collect()
}

/// The key of the placement, and what the allocation is for it.
fn told<'a>(allocation: &'a Allocation, environment: &str) -> (&'a str, OriginKind) {
    let key = allocation.key.as_str();
    if let Some((placed, holdout)) = key.rsplit_once("/holdout/") {
        return (placed, OriginKind::Holdout(holdout.to_owned()));
    }
    let is_otherwise = key.strip_prefix("otherwise/") == Some(environment);
    (key, if is_otherwise { OriginKind::Otherwise } else { OriginKind::Step })
}
