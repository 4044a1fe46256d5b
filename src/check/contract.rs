//! Every pair of experiments that a contract keeps apart, in every environment where both run, and how far apart they are.

use rayon::prelude::*;

use super::waterfall::{Line, Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Contract, Workspace};
use crate::region::{self, Exclusion, Limits, Undecided};
use crate::source::Span;

/// An experiment of a contract where it runs.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) waterfall: &'a Waterfall<'a>,
    pub(super) line: Line<'a>,
    number: usize,
    /// Its line in the contract.
    pub(super) listed: Span,
}

/// Two of them, and how far apart they are.
pub(super) struct Pair<'a> {
    pub(super) contract: &'a Contract,
    pub(super) first: Member<'a>,
    pub(super) second: Member<'a>,
    pub(super) answer: Result<Exclusion, Undecided>,
}

impl<'a> Member<'a> {
    /// The experiment's line where its flag serves; none where nobody can be in it.
    pub(super) fn new(waterfall: &'a Waterfall<'a>, step: &str, listed: Option<Span>) -> Option<Self> {
        let number = waterfall.number(step)?;
        let line = waterfall.line(number)?;
        Some(Self { waterfall, line, number, listed: listed.unwrap_or(line.span()) })
    }

    /// `step` of its flag.
    pub(super) fn named(&self) -> String {
        format!("`{}/{}`", self.waterfall.flag.key, self.line.name())
    }
}

/// How far apart two experiments are.
pub(super) fn exclusion(
    first: &Member<'_>,
    second: &Member<'_>,
    reasoning: &Reasoning<'_>,
) -> Result<Exclusion, Undecided> {
    let declared = &reasoning.declared;
    let (one, other) = (first.waterfall.side(declared), second.waterfall.side(declared));
    region::exclusion((&one, first.number), (&other, second.number), Limits::MANY)
}

impl Pair<'_> {
    /// A finding about the later member, with the other, and with where both are placed.
    pub(super) fn finding(&self, rule: Rule, message: String) -> Diagnostic {
        let (first, second) = (&self.first, &self.second);
        Diagnostic::new(rule, second.listed, message)
            .label("not kept apart")
            .and(first.listed, "from this")
            .and(first.line.span(), "placed here")
            .and(second.line.span(), "and here")
            .flag(&*second.waterfall.flag.key)
            .environment(second.waterfall.environment())
            .step(second.line.name())
    }
}

/// The pairs of all contracts, in order.
pub(super) fn pairs<'a>(workspace: &'a Workspace, reasoning: &'a Reasoning<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for contract in &workspace.contracts {
        for environment in &workspace.environments {
            let running = contract.members.iter().filter_map(|(flag, step, listed)| {
                let mut all = reasoning.waterfalls.iter();
                let runs = |one: &&Waterfall<'_>| {
                    one.flag.key.value == flag.key.value && one.environment() == environment.name.value
                };
                Member::new(all.find(runs)?, &step.name, Some(*listed))
            });
            let running: Vec<Member<'a>> = running.collect();
            for (index, second) in running.iter().enumerate() {
                pairs.extend(running.iter().take(index).map(|first| (contract, *first, *second)));
            }
        }
    }
    let judged = pairs.into_par_iter().map(|(contract, first, second)| {
        let answer = exclusion(&first, &second, reasoning);
        Pair { contract, first, second, answer }
    });
    judged.collect()
}
