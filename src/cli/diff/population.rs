//! A real population: how many of it are in each audience, and how many move.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use super::sides::Pair;
use crate::cli::side::{self, Side};
use crate::cli::simulate::population::Population;
use crate::diff::{Plan, Region};
use crate::evaluate::{Code, Evaluator, Subject};
use crate::failure::Failure;
use crate::region::{self, Literal, Term};
use crate::ufc;

/// What was counted.
#[derive(Debug)]
pub(super) struct Counts {
    /// Where the subjects come from.
    pub(super) source: String,
    /// How many there are.
    pub(super) subjects: u64,
    /// For each change of the plan and each of its regions.
    pub(super) regions: Vec<Vec<Count>>,
    /// What a reader should know.
    pub(super) notes: Vec<String>,
}

/// Of a region.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    /// So many are in its audience.
    pub(super) audience: u64,
    /// So many move as it says.
    pub(super) moving: u64,
}

/// Evaluates both sides for every subject.
pub(super) fn count(file: &Path, pair: &Pair, plan: &Plan, now: Timestamp) -> Result<Counts, Failure> {
    let population = Population::of_file(file)?;
    let asked: Vec<Asked<'_>> = plan
        .changes
        .iter()
        .map(|change| {
            let environment = change.environment.as_deref().unwrap_or_default();
            Asked::new(pair, &change.flag, environment, &change.regions, now)
        })
        .collect();
    let mut regions: Vec<Vec<Count>> =
        plan.changes.iter().map(|change| vec![Count::default(); change.regions.len()]).collect();
    let evaluators: Vec<Ready<'_>> = asked.iter().map(Ready::new).collect();
    let sessions = [&pair.head, &pair.base].into_iter().filter_map(|side| side.workspace.as_ref()?.checked.as_ref());
    let declared = sessions.map(|checked| checked.workspace().attributes.as_slice()).next();
    let rows = population.each(declared, |subjects| {
        for (ready, counts) in evaluators.iter().zip(&mut regions) {
            let found: Vec<Vec<(bool, bool)>> = subjects.par_iter().map(|subject| ready.ask(subject)).collect();
            for one in found {
                for (count, (inside, moving)) in counts.iter_mut().zip(one) {
                    count.audience += u64::from(inside);
                    count.moving += u64::from(moving);
                }
            }
        }
    })?;
    let notes = rows.notes();
    Ok(Counts { source: population.to_string(), subjects: rows.subjects, regions, notes })
}

/// A change that is asked about: both sides' flags, and each term of audiences as a flag of its own.
struct Asked<'a> {
    flag: &'a str,
    sides: [Option<&'a ufc::Config>; 2],
    terms: ufc::Config,
    regions: Vec<AskedRegion>,
}

struct AskedRegion {
    /// Alternatives of terms by name, and whether they hold.
    audience: Vec<Vec<(String, bool)>>,
    /// Allocation keys, variations and logging of the two ends.
    ends: [Seen; 2],
    at: Timestamp,
}

/// What can be seen of an end.
type Seen = (Option<String>, Option<String>, bool);

impl<'a> Asked<'a> {
    fn new(pair: &'a Pair, flag: &'a str, environment: &str, regions: &'a [Region], now: Timestamp) -> Self {
        let of = |side: &'a Side| side.environment(environment);
        let compiled = [of(&pair.base), of(&pair.head)];
        let sides = [&pair.base, &pair.head];
        let served = [0, 1].map(|at: usize| {
            let (side, compiled) = (sides.get(at)?, compiled.get(at).copied().flatten()?);
            let wire = side::served(&compiled.config, flag, &side.name).ok().flatten()?;
            Some(side::reasoned(wire, compiled.origins.get(flag).map(Vec::as_slice), &side.declared))
        });
        let mut flags = BTreeMap::new();
        let mut names: Vec<Term> = Vec::new();
        let regions = regions.iter().map(|region| {
            let alternatives = region.proved.audience.any.iter().map(|literals| {
                literals.iter().map(|literal| term(literal, &mut names, &mut flags, &served)).collect()
            });
            let audience = alternatives.collect();
            let end = |at: usize, end: &region::End| {
                let side = served.get(at).and_then(Option::as_ref);
                let allocation = end.allocation.and_then(|index| side?.flag.allocations.get(index));
                (allocation.map(|allocation| allocation.key.clone()), end.variation.clone(), end.logged)
            };
            let ends = [end(0, &region.proved.from), end(1, &region.proved.to)];
            AskedRegion { audience, ends, at: region.proved.since.unwrap_or(now) }
        });
        let regions = regions.collect();
        let (created_at, environment) = (String::new(), String::new());
        let terms = ufc::Config { created_at, format: ufc::Format::Server, environment, flags };
        let configs = compiled.map(|compiled| compiled.map(|compiled| &compiled.config));
        Self { flag, sides: configs, terms, regions }
    }
}

/// The name of a term's flag, made where it is new.
fn term(
    literal: &Literal,
    names: &mut Vec<Term>,
    flags: &mut BTreeMap<String, Result<ufc::Flag, String>>,
    served: &[Option<region::Side<'_>>; 2],
) -> (String, bool) {
    let at = names.iter().position(|known| *known == literal.term).unwrap_or_else(|| {
        names.push(literal.term.clone());
        names.len() - 1
    });
    let name = at.to_string();
    flags.entry(name.clone()).or_insert_with(|| Ok(asking(&name, rules(&literal.term, served))));
    (name, literal.holds)
}

/// Alternatives of conditions; nothing at all for nobody.
fn rules(term: &Term, served: &[Option<region::Side<'_>>; 2]) -> Option<Vec<ufc::Rule>> {
    match term {
        Term::Condition(condition) => Some(vec![ufc::Rule { conditions: vec![condition.clone()] }]),
        Term::Step { side, step } => {
            let side = served.get(*side)?.as_ref()?;
            let own = side.steps.iter().zip(&side.flag.allocations).filter(|(number, _)| *number == step);
            let own: Vec<&ufc::Allocation> = own.map(|(_, allocation)| allocation).collect();
            if own.is_empty() {
                return None;
            }
            let everyone = own.iter().any(|allocation| allocation.rules.is_empty());
            Some(if everyone { Vec::new() } else { own.iter().flat_map(|one| one.rules.iter().cloned()).collect() })
        }
    }
}

/// A flag that assigns whoever fulfils the rules.
fn asking(key: &str, rules: Option<Vec<ufc::Rule>>) -> ufc::Flag {
    let split = ufc::Split { variation_key: "in".to_owned(), shards: Vec::new(), extra_logging: BTreeMap::new() };
    let allocation = |rules| ufc::Allocation {
        key: "in".to_owned(),
        rules,
        start_at: None,
        end_at: None,
        splits: vec![split],
        do_log: false,
    };
    let variation = ufc::Variation { key: "in".to_owned(), value: true.into() };
    ufc::Flag {
        key: key.to_owned(),
        enabled: true,
        variation_type: ufc::VariationType::Boolean,
        variations: vec![("in".to_owned(), variation)],
        allocations: rules.map(allocation).into_iter().collect(),
        total_shards: 10_000,
    }
}

/// Evaluators of what is asked.
struct Ready<'a> {
    asked: &'a Asked<'a>,
    sides: [Option<Evaluator<'a>>; 2],
    terms: Evaluator<'a>,
}

impl<'a> Ready<'a> {
    fn new(asked: &'a Asked<'a>) -> Self {
        let sides = asked.sides.map(|config| config.map(Evaluator::new));
        Self { asked, sides, terms: Evaluator::new(&asked.terms) }
    }

    /// For each region whether the subject is in its audience, and whether they move as it says.
    fn ask(&self, subject: &Subject) -> Vec<(bool, bool)> {
        let regions = self.asked.regions.iter().map(|region| {
            let holds = |(name, holds): &(String, bool)| {
                let code = self.terms.assign(name, subject, None, region.at).code;
                (code == Code::Match) == *holds
            };
            let inside = region.audience.iter().any(|literals| literals.iter().all(holds));
            let moves = || {
                let mut seen = self.sides.iter().zip(&region.ends);
                seen.all(|(side, end)| self.seen(side.as_ref(), subject, region.at) == *end)
            };
            (inside, inside && moves())
        });
        regions.collect()
    }

    fn seen(&self, side: Option<&Evaluator<'_>>, subject: &Subject, at: Timestamp) -> Seen {
        let Some(assignment) = side.map(|side| side.assign(self.asked.flag, subject, None, at)) else {
            return (None, None, false);
        };
        (assignment.allocation, assignment.variation, assignment.event.is_some())
    }
}
