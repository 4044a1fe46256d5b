//! Mutation testing of flag tests: small changes to a flag that some case should notice, and those that none does.
//!
//! Mutants that change nothing for anybody are proved so and left out; what could not be proved either way is counted apart.

mod audience;
mod edit;
mod step;
mod trial;
mod waterfall;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::CaseResult;
use crate::compile::Compiled;
use crate::model::{Flag, TestCase, TestSubject, Workspace};
use crate::source::{SourceSet, Span};
use edit::Mutants;
use trial::{Ground, Trial, Verdict};

/// How many mutants of one flag are tried.
const BOUND: usize = 2_000;

/// What became of the mutants of a flag.
#[derive(Debug)]
pub struct Mutation {
    /// The flag's key.
    pub flag: String,
    /// The flag's line.
    pub span: Span,
    /// How many some case noticed.
    pub killed: usize,
    /// How many change nothing that a case could notice.
    pub equivalent: usize,
    /// Those that no case noticed, though somebody fares differently.
    pub survivors: Vec<Survivor>,
    /// Those of which it could not be decided.
    pub undecided: Vec<Unsure>,
    /// How many more there are beyond the bound.
    pub left_out: usize,
    /// Environments that serve the flag and in which no case of it passed: nothing was changed there.
    pub untested: Vec<String>,
}

/// A mutant that no case noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// What was changed.
    pub span: Span,
    /// The change, in the author's words.
    pub what: String,
    /// An environment in which somebody fares differently.
    pub environment: String,
    /// A case that notices; none where no subject was found.
    pub case: Option<String>,
}

/// A mutant of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsure {
    /// What was changed.
    pub span: Span,
    /// The change, in the author's words.
    pub what: String,
    /// Why nothing can be said.
    pub reason: String,
}

/// Changes each flag whose cases passed, and runs those cases again. `results` are those of the same filter.
#[must_use]
pub fn mutate(
    workspace: &Workspace,
    compiled: &BTreeMap<String, Compiled>,
    sources: &SourceSet,
    results: &[CaseResult],
) -> Vec<Mutation> {
    let passed: BTreeSet<(Span, &str)> = results
        .iter()
        .filter(|result| result.passed())
        .map(|result| (result.span, result.environment.as_str()))
        .collect();
    let declared = crate::lower::declared(&workspace.attributes);
    let mutated = workspace.flags.par_iter().filter_map(|flag| {
        let grounds = grounds(workspace, flag, compiled, &passed);
        if grounds.iter().all(|ground| ground.cases.is_empty()) {
            return None;
        }
        let (grounds, untested): (Vec<_>, Vec<_>) = grounds.into_iter().partition(|ground| !ground.cases.is_empty());
        let untested = untested.iter().map(|ground| ground.name.to_owned()).collect();
        Some(one_flag(&Trial { flag, grounds, declared: &declared }, sources, untested))
    });
    mutated.collect()
}

/// The environments that serve the flag, each with the cases that passed there, the quickest first.
fn grounds<'a>(
    workspace: &'a Workspace,
    flag: &'a Flag,
    compiled: &'a BTreeMap<String, Compiled>,
    passed: &BTreeSet<(Span, &str)>,
) -> Vec<Ground<'a>> {
    let served = flag.environments.iter().enumerate().filter_map(|(position, here)| {
        let name = here.environment.name.value.as_str();
        let compiled = compiled.get(name)?;
        let content = compiled.config.flags.get(&flag.key.value)?.as_ref().ok()?;
        let origins = compiled.origins.get(&flag.key.value).map_or(&[][..], Vec::as_slice);
        let groups = workspace.tests.iter().filter(|group| group.flag.key.value == flag.key.value);
        let cases = groups.flat_map(|group| &group.cases).filter(|case| passed.contains(&(case.span, name)));
        let mut cases: Vec<&TestCase> = cases.collect();
        cases.sort_by_key(|case| match &case.who {
            TestSubject::Subject { .. } => 0,
            TestSubject::Given { others_any: None, .. } => 1,
            TestSubject::Given { others_any: Some(_), .. } => 2,
        });
        Some(Ground { name, position, content, origins, cases })
    });
    served.collect()
}

fn one_flag(trial: &Trial<'_>, sources: &SourceSet, untested: Vec<String>) -> Mutation {
    let mut mutants = Mutants::new(BOUND);
    let positions: Vec<usize> = trial.grounds.iter().map(|ground| ground.position).collect();
    waterfall::mutants(trial.flag, &positions, sources, &mut mutants);
    step::mutants(trial.flag, &positions, sources, &mut mutants);
    audience::mutants(trial.flag, &positions, sources, &mut mutants);
    let left_out = mutants.left_out();
    let mut mutation = Mutation {
        flag: trial.flag.key.value.clone(),
        span: trial.flag.span,
        killed: 0,
        equivalent: 0,
        survivors: Vec::new(),
        undecided: Vec::new(),
        left_out,
        untested,
    };
    let tried: Vec<_> = mutants.list.par_iter().map(|mutant| (mutant, trial.of(mutant))).collect();
    for (mutant, verdict) in tried {
        let (span, what) = (mutant.span, mutant.what.clone());
        match verdict {
            Verdict::Killed => mutation.killed += 1,
            Verdict::Equivalent => mutation.equivalent += 1,
            // What the check would refuse is no flag.
            Verdict::Refused => {}
            Verdict::Survived { environment, case } => {
                mutation.survivors.push(Survivor { span, what, environment, case });
            }
            Verdict::Undecided(reason) => mutation.undecided.push(Unsure { span, what, reason }),
        }
    }
    mutation.survivors.sort_by_key(|survivor| survivor.span);
    mutation.undecided.sort_by_key(|unsure| unsure.span);
    mutation
}
