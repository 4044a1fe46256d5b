//! What is true of a waterfall anyway, and what only its emergency toggles (`override=`) make true: that is on purpose, and a note.
//!
//! A waterfall with toggles is reasoned about without them first, and what is found there keeps its level, whether a toggle
//! hides it for now or not. What a toggle suffers from the other lines (nobody reaches it) keeps its level as well: each is
//! looked at as the only one. What is then only found with all of them, they cause.

use std::mem::{Discriminant, discriminant};

use jiff::Timestamp;

use super::waterfall::{Line, Waterfall};
use crate::diagnostic::{Diagnostic, Severity};
use crate::region::{self, Fact};
use crate::source::Span;

/// Which emergency toggles of a waterfall are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toggles {
    /// None: what is said is so anyway.
    Without,
    /// The one on this line, about which alone something is said.
    Only(Span),
    /// All: what is said is so because of them.
    All,
}

impl Toggles {
    /// Whether the line is in the waterfall.
    pub(super) fn keep(self, line: Line<'_>) -> bool {
        match self {
            Self::Without => !line.overrides(),
            Self::Only(toggle) => !line.overrides() || line.span() == toggle,
            Self::All => true,
        }
    }
}

/// Something to be told about a waterfall.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) fact: Fact,
    /// Whether it cannot be seen while emergency toggles are there.
    pub(super) hidden: bool,
}

impl Waterfall<'_> {
    /// The finding with the weight it has in this waterfall.
    pub(super) fn weighed(&self, finding: Diagnostic, hidden: bool) -> Diagnostic {
        match self.toggles {
            Toggles::All => finding.severity(Severity::Note),
            Toggles::Without | Toggles::Only(_) if hidden => behind(finding),
            Toggles::Without | Toggles::Only(_) => finding,
        }
    }
}

/// The finding, with word that it is not seen for now.
pub(super) fn behind(finding: Diagnostic) -> Diagnostic {
    let so = if finding.meaning.is_empty() { "it is so".to_owned() } else { finding.meaning.clone() };
    finding.meaning(format!("{so}; an `override` hides it for now, and ends some day"))
}

/// A flag in an environment: without its toggles, with each alone, and with all of them.
pub(super) struct Judged<'a> {
    pub(super) plain: Waterfall<'a>,
    pub(super) alone: Vec<Waterfall<'a>>,
    pub(super) all: Option<Waterfall<'a>>,
}

impl<'a> Judged<'a> {
    /// All of them.
    pub(super) fn waterfalls(&self) -> impl Iterator<Item = &Waterfall<'a>> {
        std::iter::once(&self.plain).chain(&self.alone).chain(&self.all)
    }

    /// The waterfalls with what is to be told of each: without toggles, and with them.
    pub(super) fn told(self, now: Timestamp) -> (Waterfall<'a>, Vec<Waterfall<'a>>) {
        let Self { mut plain, mut alone, all } = self;
        let Some(mut all) = all else { return (plain, alone) };
        for waterfall in &mut alone {
            waterfall.keep_own();
        }
        plain.see(&all);
        let others: Vec<&Waterfall<'_>> = std::iter::once(&plain).chain(&alone).collect();
        all.forget(&others, now);
        (plain, alone.into_iter().chain([all]).collect())
    }
}

/// What makes two facts one: what they say, and of which lines.
type Identity = (Discriminant<Fact>, Vec<Option<Span>>, String);

impl Waterfall<'_> {
    fn identity(&self, fact: &Fact) -> Identity {
        let span = |step: &usize| self.line(*step).map(Line::span);
        let (lines, detail) = match fact {
            Fact::Unreachable { step, .. }
            | Fact::TimeShadowed { step, .. }
            | Fact::NeverTakes { step, .. }
            | Fact::BiasedSplit { step, .. }
            | Fact::PartlyShadowed { step, .. } => (vec![span(step)], String::new()),
            Fact::GateBelow { gate, experiment, .. } => (vec![span(gate), span(experiment)], String::new()),
            Fact::Overlapping { upper, lower, .. } => (vec![span(upper), span(lower)], String::new()),
            Fact::HoldoutLeak { step, later, holdout, .. } => (vec![span(step), span(later)], holdout.clone()),
            Fact::Undecided { step, what, reason } => (vec![span(step)], format!("{what}: {reason}")),
        };
        (discriminant(fact), lines, detail)
    }

    /// Of a waterfall with one toggle keeps what that suffers.
    fn keep_own(&mut self) {
        let Toggles::Only(toggle) = self.toggles else { return };
        let told = std::mem::take(&mut self.told);
        self.told = told.into_iter().filter(|told| self.suffers(&told.fact) == Some(toggle)).collect();
        self.idle.retain(|line| line.span() == toggle);
        self.kept.clear();
    }

    /// The line that others do this to.
    fn suffers(&self, fact: &Fact) -> Option<Span> {
        match fact {
            Fact::Unreachable { step, .. }
            | Fact::TimeShadowed { step, .. }
            | Fact::NeverTakes { step, .. }
            | Fact::PartlyShadowed { step, .. }
            | Fact::Undecided { step, .. } => self.line(*step).map(Line::span),
            // Whom an experiment takes from a toggle, the toggle was placed below it to leave.
            Fact::GateBelow { .. } | Fact::Overlapping { .. } | Fact::HoldoutLeak { .. } | Fact::BiasedSplit { .. } => {
                None
            }
        }
    }

    /// Marks what cannot be seen while toggles are there; of the rest takes witnesses for whom it can.
    fn see(&mut self, all: &Waterfall<'_>) {
        let seen: Vec<(Identity, &Fact)> = all.told.iter().map(|told| (all.identity(&told.fact), &told.fact)).collect();
        let mut told = std::mem::take(&mut self.told);
        for told in &mut told {
            let identity = self.identity(&told.fact);
            match seen.iter().find(|(other, _)| *other == identity) {
                Some((_, same)) => {
                    if let (Fact::BiasedSplit { arms, .. }, Fact::BiasedSplit { arms: others, .. }) = (&told.fact, same)
                        && arms == others
                    {
                        told.fact = (*same).clone();
                    } else if let (Some(own), Some(found)) = (witness_mut(&mut told.fact), witness(same)) {
                        *own = Some(found.clone());
                    }
                }
                // Of steps that nobody reaches the toggles make no difference to be seen.
                None => told.hidden = is_of_somebody(&told.fact),
            }
        }
        self.told = told;
        for kept in &mut self.kept {
            let same = all.kept.iter().find(|other| kept.is(other));
            match same.map(|same| &same.found) {
                Some(Ok(found)) => kept.found = Ok(found.clone()),
                Some(Err(_)) => {}
                None => kept.hidden = true,
            }
        }
    }

    /// Leaves out what is told of the others already.
    fn forget(&mut self, others: &[&Waterfall<'_>], now: Timestamp) {
        let known: Vec<Identity> =
            others.iter().flat_map(|other| other.told.iter().map(|told| other.identity(&told.fact))).collect();
        let told = std::mem::take(&mut self.told);
        let mut left = Vec::new();
        for Told { fact, hidden } in told {
            if let Fact::TimeShadowed { .. } = fact {
                let rest = self.darker(&fact, others, now);
                left.extend(rest.into_iter().map(|fact| Told { fact, hidden }));
            } else if !known.contains(&self.identity(&fact)) {
                left.push(Told { fact, hidden });
            }
        }
        self.told = left;
        self.idle.retain(|line| !others.iter().any(|other| other.idle.iter().any(|known| known.span() == line.span())));
        self.kept.retain(|kept| !others.iter().any(|other| other.kept.iter().any(|known| kept.is(known))));
    }

    /// The parts of a stretch in which nobody reaches a step that are dark because of toggles.
    fn darker(&self, fact: &Fact, others: &[&Waterfall<'_>], now: Timestamp) -> Vec<Fact> {
        let Fact::TimeShadowed { step, above, from, until, assumption } = fact else { return Vec::new() };
        let identity = self.identity(fact);
        let mut parts = vec![bounds(*from, *until)];
        for (other, told) in others.iter().flat_map(|other| other.told.iter().map(move |told| (other, told))) {
            let Fact::TimeShadowed { from, until, .. } = &told.fact else { continue };
            if other.identity(&told.fact) == identity {
                let (start, end) = bounds(*from, *until);
                let around = |(first, last): (i64, i64)| {
                    let before = (first, last.min(start.saturating_sub(1)));
                    [before, (first.max(end.saturating_add(1)), last)]
                };
                parts = parts.into_iter().flat_map(around).filter(|(first, last)| first <= last).collect();
            }
        }
        let mut above = above.clone();
        if !self.lines(&above).iter().any(|line| line.overrides()) {
            above.extend((0..*step).filter(|one| self.line(*one).is_some_and(Line::overrides)));
            above.sort_unstable();
        }
        let lasting = parts.into_iter().filter(|(_, last)| *last >= now.as_millisecond());
        let instant = |at: i64| Timestamp::from_millisecond(at).ok();
        let part = |(first, last): (i64, i64)| Fact::TimeShadowed {
            step: *step,
            above: above.clone(),
            from: instant(first),
            until: instant(last),
            assumption: assumption.clone(),
        };
        lasting.map(part).collect()
    }
}

/// First and last millisecond; beyond what is an instant where there is no bound.
fn bounds(from: Option<Timestamp>, until: Option<Timestamp>) -> (i64, i64) {
    (from.map_or(i64::MIN, Timestamp::as_millisecond), until.map_or(i64::MAX, Timestamp::as_millisecond))
}

/// For whom a fact can be seen, where that can be somebody else without saying something else.
fn witness_mut(fact: &mut Fact) -> Option<&mut Option<region::Witness>> {
    match fact {
        Fact::NeverTakes { witness, .. }
        | Fact::GateBelow { witness, .. }
        | Fact::Overlapping { witness, .. }
        | Fact::HoldoutLeak { witness, .. } => Some(witness),
        Fact::Unreachable { .. }
        | Fact::TimeShadowed { .. }
        | Fact::BiasedSplit { .. }
        | Fact::PartlyShadowed { .. }
        | Fact::Undecided { .. } => None,
    }
}

fn witness(fact: &Fact) -> Option<&region::Witness> {
    match fact {
        Fact::NeverTakes { witness, .. }
        | Fact::GateBelow { witness, .. }
        | Fact::Overlapping { witness, .. }
        | Fact::HoldoutLeak { witness, .. } => witness.as_ref(),
        Fact::Unreachable { .. }
        | Fact::TimeShadowed { .. }
        | Fact::BiasedSplit { .. }
        | Fact::PartlyShadowed { .. }
        | Fact::Undecided { .. } => None,
    }
}

/// Whether a fact is of what becomes of subjects, so that it can be seen in one of them.
fn is_of_somebody(fact: &Fact) -> bool {
    match fact {
        Fact::NeverTakes { .. }
        | Fact::GateBelow { .. }
        | Fact::Overlapping { .. }
        | Fact::HoldoutLeak { .. }
        | Fact::BiasedSplit { .. } => true,
        Fact::Unreachable { .. } | Fact::TimeShadowed { .. } | Fact::PartlyShadowed { .. } | Fact::Undecided { .. } => {
            false
        }
    }
}
