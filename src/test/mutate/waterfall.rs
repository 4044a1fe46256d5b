//! Mutants of a waterfall: its order, how much of its audience each line takes, and who is left.

use std::sync::Arc;

use super::edit::{Edit, Mutants, next};
use super::words;
use crate::model::{Exposure, Flag, FlagEnvironment, Otherwise, Placement, share};
use crate::source::SourceSet;

/// The mutants of the waterfalls at these positions.
pub(super) fn mutants(flag: &Flag, positions: &[usize], sources: &SourceSet, mutants: &mut Mutants) {
    for &position in positions {
        let Some(here) = flag.environments.get(position) else { continue };
        let enabled = here.placements.iter().enumerate().filter(|(_, placement)| placement.enabled);
        let enabled: Vec<(usize, &Placement)> = enabled.collect();
        for ((upper, first), (lower, second)) in enabled.iter().copied().zip(enabled.iter().copied().skip(1)) {
            let swap = move |here: &mut FlagEnvironment| here.placements.swap(upper, lower);
            let what = || format!("`{}` moved above `{}`", second.step.name, first.step.name);
            mutants.add(second.span, what, Edit::Environment(position, Box::new(swap)));
        }
        for (index, placement) in enabled {
            exposures(flag, position, index, placement, sources, mutants);
        }
        if let Some(otherwise) = &here.otherwise {
            last_line(flag, position, otherwise, mutants);
        }
    }
}

fn exposures(
    flag: &Flag,
    position: usize,
    index: usize,
    placement: &Placement,
    sources: &SourceSet,
    mutants: &mut Mutants,
) {
    let total = flag.total_shards;
    let percent = |shards: u32| share::percent(shards, total).unwrap_or_else(|| format!("{shards} of {total} shards"));
    let mut add = |before: u32, after: u32, exposure: Exposure| {
        let span = words::share(sources, placement.span);
        let what = format!("exposure {} of `{}` made {}", percent(before), placement.step.name, percent(after));
        let change = move |here: &mut FlagEnvironment| {
            if let Some(placement) = here.placements.get_mut(index) {
                placement.exposure = exposure.clone();
            }
        };
        mutants.add(span, || what, Edit::Environment(position, Box::new(change)));
    };
    match &placement.exposure {
        Exposure::Share(shards) => {
            let mut others = vec![shards / 2, 0, total];
            others.dedup();
            for other in others.into_iter().filter(|other| other != shards) {
                add(*shards, other, Exposure::Share(other));
            }
        }
        Exposure::Ramp(phases) => {
            for (number, (at, shards)) in phases.iter().enumerate().filter(|(_, (_, shards))| *shards > 0) {
                let mut phases = phases.clone();
                if let Some(phase) = phases.get_mut(number) {
                    *phase = (*at, shards / 2);
                }
                add(*shards, shards / 2, Exposure::Ramp(phases));
            }
        }
    }
}

fn last_line(flag: &Flag, position: usize, otherwise: &Otherwise, mutants: &mut Mutants) {
    let served = &otherwise.variation.name;
    let drop = |here: &mut FlagEnvironment| here.otherwise = None;
    let what = || format!("`otherwise {served}` dropped");
    mutants.add(otherwise.span, what, Edit::Environment(position, Box::new(drop)));
    if let Some(other) = next(flag, served) {
        let what = format!("`otherwise {served}` made `otherwise {}`", other.name);
        let change = move |here: &mut FlagEnvironment| {
            if let Some(otherwise) = &mut here.otherwise {
                otherwise.variation = Arc::clone(&other);
            }
        };
        mutants.add(otherwise.span, || what, Edit::Environment(position, Box::new(change)));
    }
}
