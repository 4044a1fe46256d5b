//! Runs the cases of test files against compiled configurations.
//!
//! What a case observes is always a list of exact shares: of one subject, who has one outcome, or of all subjects with the same
//! attributes, counted. A case without an instant is judged at every instant at which anything changes, and must hold at all of them.

mod coverage;
mod given;
mod judge;
mod keys;
mod mutate;
mod observe;
mod rows;
mod written;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::compile::Compiled;
use crate::evaluate::{Assignment, Evaluator, Subject, Trace};
use crate::model::{TestCase, Workspace};
use crate::source::Span;
pub use coverage::{Cells, Coverage, Untouched, coverage};
pub use mutate::{Mutation, Survivor, Unsure, mutate};
pub use observe::Part;
use written::Attributed;

/// Which cases to run; an empty list or no text leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only cases of these flags.
    pub flags: Vec<String>,
    /// Only cases in these environments.
    pub environments: Vec<String>,
    /// Only cases whose name or flag contains this text.
    pub text: Option<String>,
}

impl Filter {
    fn takes(&self, flag: &str, case: &str, environment: &str) -> bool {
        let listed = |list: &[String], name: &str| list.is_empty() || list.iter().any(|entry| entry == name);
        let text = self.text.as_ref().is_none_or(|text| case.contains(text.as_str()) || flag.contains(text.as_str()));
        text && listed(&self.flags, flag) && listed(&self.environments, environment)
    }
}

/// A case in one environment.
#[derive(Debug)]
pub struct CaseResult {
    /// The flag's key.
    pub flag: String,
    /// The case's name.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// The case's line.
    pub span: Span,
    /// What was not as expected; empty when the case passed.
    pub failures: Vec<Failure>,
    /// What a reader of a passed case should know: subjects that were left out.
    pub notes: Vec<String>,
}

impl CaseResult {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// An expectation that does not hold.
#[derive(Debug)]
pub struct Failure {
    /// The expectation's line, or the line of what cannot be tested.
    pub span: Span,
    /// The defect in one lower-case sentence.
    pub message: String,
    /// What was expected, as a noun phrase; empty where nothing could be observed.
    pub expected: String,
    /// What happens instead; empty where nothing could be observed.
    pub actual: String,
    /// The lines of the flag that decided, and what each does.
    pub decided: Vec<(Span, String)>,
    /// Everything that was observed, in the order of the waterfall; of a group only.
    pub parts: Vec<Part>,
    /// A subject for whom it can be seen, step by step.
    pub witness: Option<Witness>,
    /// One next step; empty when there is nothing but to compare.
    pub help: String,
}

/// One evaluation, to be followed step by step.
#[derive(Debug)]
pub struct Witness {
    /// Who.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
    /// The outcome.
    pub assignment: Assignment,
    /// How it came about.
    pub trace: Trace,
}

/// An environment to test in.
struct Target<'a> {
    compiled: &'a Compiled,
    evaluator: Evaluator<'a>,
    declared: &'a Attributed,
}

/// Runs the cases that the filter takes, in source order, each in its environments in the workspace's order.
///
/// `compiled` holds every environment of the workspace by name.
#[must_use]
pub fn run(workspace: &Workspace, compiled: &BTreeMap<String, Compiled>, filter: &Filter) -> Vec<CaseResult> {
    let declared = crate::lower::declared(&workspace.attributes);
    let mut targets: BTreeMap<&str, Target<'_>> = BTreeMap::new();
    let mut results = Vec::new();
    for group in &workspace.tests {
        let flag = group.flag.key.value.as_str();
        for case in &group.cases {
            for environment in &case.environments {
                let name = environment.name.value.as_str();
                let Some(content) = compiled.get(name).filter(|_| filter.takes(flag, &case.name, name)) else {
                    continue;
                };
                let target = targets.entry(name).or_insert_with(|| Target {
                    compiled: content,
                    evaluator: Evaluator::new(&content.config),
                    declared: &declared,
                });
                results.push(run_case(flag, case, name, target));
            }
        }
    }
    results
}

fn run_case(flag: &str, case: &TestCase, environment: &str, target: &Target<'_>) -> CaseResult {
    let mut result = CaseResult {
        flag: flag.to_owned(),
        name: case.name.value.clone(),
        environment: environment.to_owned(),
        span: case.span,
        failures: Vec::new(),
        notes: Vec::new(),
    };
    match observe::observe(flag, case, target) {
        Ok(observations) => {
            result.failures = judge::judge(flag, case, target, &observations);
            result.notes = observe::notes(&observations);
        }
        Err(failure) => result.failures.push(*failure),
    }
    result
}
