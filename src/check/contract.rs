//! Every pair of experiments that a contract keeps apart, in every environment where both run, and how far apart they are.

use jiff::Timestamp;
use rayon::prelude::*;

use super::stopped::opens;
use super::waterfall::{Line, Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule};
use crate::lower;
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
    /// Whether it cannot be seen while emergency toggles are there.
    pub(super) hidden: bool,
}

impl<'a> Member<'a> {
    /// The experiment's line where its flag serves; none where nobody can be in it.
    pub(super) fn new(waterfall: &'a Waterfall<'a>, step: &str, listed: Option<Span>) -> Option<Self> {
        let number = waterfall.number(step)?;
        let line = waterfall.line(number)?;
        Some(Self { waterfall, line, number, listed: listed.unwrap_or(line.span()) })
    }

    /// The same in that waterfall, where there is one.
    fn within(&self, waterfall: Option<&'a Waterfall<'a>>) -> Option<Self> {
        match waterfall {
            Some(waterfall) => Self::new(waterfall, self.line.name(), Some(self.listed)),
            None => Some(*self),
        }
    }

    /// `step` of its flag.
    pub(super) fn named(&self) -> String {
        format!("`{}/{}`", self.waterfall.flag.key, self.line.name())
    }
}

/// How far apart two experiments are when no emergency toggle takes their subjects; and whether one does, so that who is in
/// both without is not for now.
pub(super) fn exclusion(
    first: &Member<'_>,
    second: &Member<'_>,
    reasoning: &Reasoning<'_>,
) -> (Result<Exclusion, Undecided>, bool) {
    let answer = asked(first, second, reasoning);
    let toggled = [first, second].map(|member| reasoning.with_toggles(member.waterfall));
    if !matches!(answer, Ok(Exclusion::Violated(..))) || toggled.iter().all(Option::is_none) {
        return (answer, false);
    }
    // Whom toggles take is in no experiment: they never bring two together.
    let [one, two] = toggled;
    let seen = first.within(one).zip(second.within(two)).map(|(one, two)| asked(&one, &two, reasoning));
    match seen {
        Some(Ok(seen @ Exclusion::Violated(..))) => (Ok(seen), false),
        Some(_) | None => (answer, true),
    }
}

fn asked(first: &Member<'_>, second: &Member<'_>, reasoning: &Reasoning<'_>) -> Result<Exclusion, Undecided> {
    let declared = &reasoning.declared;
    let (one, other) = (first.waterfall.side(declared), second.waterfall.side(declared));
    region::exclusion((&one, first.number), (&other, second.number), reasoning.now, Limits::MANY)
}

/// Why two experiments are in one moment together whose windows only touch, and what to write instead; none where it is not so.
pub(super) fn touching(first: &Member<'_>, second: &Member<'_>) -> Option<String> {
    meeting((first.line, &first.named()), (second.line, &second.named()))
}

/// The same of two lines as the finding names them.
pub(super) fn meeting(first: (Line<'_>, &str), second: (Line<'_>, &str)) -> Option<String> {
    let ends = |(ending, named): (Line<'_>, &str), (starting, other): (Line<'_>, &str)| {
        let (ending, starting) = (ending.placement()?, starting.placement()?);
        let end = ending.window.end.filter(|end| opens(starting) == Some(*end))?;
        let earlier = Timestamp::from_millisecond(end.as_millisecond() - 1).ok()?;
        let text = lower::instant(earlier);
        Some(format!("end {named} one millisecond earlier, since {other} starts in its last: `end=\"{text}\"`"))
    };
    ends(first, second).or_else(|| ends(second, first))
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
        let (answer, hidden) = exclusion(&first, &second, reasoning);
        Pair { contract, first, second, answer, hidden }
    });
    judged.collect()
}
