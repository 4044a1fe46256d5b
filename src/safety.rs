//! What a change does to people, as findings: the rules of family 3. They need a base to compare with.
//!
//! Each flag is looked at in each environment where it is not the same on both sides. What is claimed of subjects is what
//! [`region::moves`] counted; rules only tell causes apart, so that one cause is one finding.

mod changed_arms;
mod changed_salt;
mod coming_shadow;
mod enabled_without_tests;
mod expiring_layer;
mod live;
mod lowered_exposure;
mod ramp_step;
mod reassigned_experiment;
mod reassigned_too_many;
mod relabelled_experiment;
mod removed_experiment;
mod removed_flag;
mod removed_variation;
mod retyped_flag;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::audience::{self, condition::says_the_same};
use crate::diagnostic::{Diagnostic, Rule, Severity, Sink};
use crate::lower::{self, Lowered, lower};
use crate::model::predicate::Predicates;
use crate::model::{Environment, Flag, FlagEnvironment, Placement, Workspace};
use crate::region::{self, Declared, Limits, Move, Side, Undecided};
use crate::source::{SourceSet, Span};

/// One line of the table: looks at a flag in an environment before and after, and reports what it finds.
type Check = fn(&Change<'_>, &mut Sink);

/// Every check, in the order of the rules' ids.
const TABLE: &[Check] = &[
    reassigned_experiment::check,
    changed_salt::check,
    changed_arms::check,
    lowered_exposure::check,
    removed_variation::check,
    retyped_flag::check,
    enabled_without_tests::check,
    ramp_step::check,
    expiring_layer::check,
    removed_experiment::check,
    coming_shadow::check,
    reassigned_too_many::check,
    relabelled_experiment::check,
    removed_flag::check,
];

/// Who moves of a flag in an environment, where somebody has proved it already.
pub type Known<'k> = dyn Fn(&str, &str) -> Option<Vec<Move>> + Sync + 'k;

/// Runs every check of the table on what differs from `base`, of these flags (none: of all). `sources` are those of `head`: everything
/// is reported there, but what is gone, where the texts of `base` are behind them.
pub fn run(
    base: &Workspace,
    head: &Workspace,
    sources: &SourceSet,
    (flags, known): (Option<&BTreeSet<String>>, &Known<'_>),
    now: Timestamp,
    sink: &mut Sink,
) {
    let declared = [base, head].map(|workspace| lower::declared(&workspace.attributes));
    let before: BTreeMap<&str, &Flag> =
        base.flags.iter().map(|flag| (flag.key.value.as_str(), flag.as_ref())).collect();
    let after: BTreeMap<&str, &Flag> = head.flags.iter().map(|flag| (flag.key.value.as_str(), flag.as_ref())).collect();
    let keys: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| flags.is_none_or(|flags| flags.contains(*key))).collect();
    let looked = keys.par_chunks(CHUNK).map(|keys| {
        let mut predicates = [Predicates::new(), Predicates::new()];
        let mut own = Sink::new();
        for key in keys {
            let flags = [before.get(key).copied(), after.get(key).copied()];
            for environment in &head.environments {
                let name = environment.name.value.as_str();
                let [first, second] =
                    flags.map(|flag| flag.map(|flag| Half { flag, here: flag.in_environment(name), lowered: None }));
                let [one, two] = &mut predicates;
                let change = Change {
                    environment,
                    before: first.map(|half| half.lowered(one)),
                    after: second.map(|half| half.lowered(two)),
                    workspaces: [base, head],
                    declared: [&declared[0], &declared[1]],
                    sources,
                    now,
                    moves: Ok(Vec::new()),
                    names: None,
                };
                change.judge(known, &mut own);
            }
        }
        own.into_findings()
    });
    let found: Vec<Vec<Diagnostic>> = looked.collect();
    found.into_iter().flatten().for_each(|finding| sink.push(finding));
}

/// Flags lowered with the same predicates, so that what their segments mean is worked out once. Fixed, so that runs agree.
const CHUNK: usize = 64;

/// A flag in an environment, on one side.
#[derive(Debug)]
struct Half<'a> {
    flag: &'a Flag,
    /// None where the flag does not mention the environment.
    here: Option<&'a FlagEnvironment>,
    /// As evaluators read it; none where it is not served.
    lowered: Option<Lowered>,
}

impl<'a> Half<'a> {
    fn lowered(self, predicates: &mut Predicates) -> Self {
        let here = self.here.filter(|here| here.enabled);
        let lowered = here.and_then(|here| lower(self.flag, here, predicates));
        Self { lowered, ..self }
    }

    fn side(&'a self, declared: &'a BTreeMap<String, Declared>) -> Option<Side<'a>> {
        let Lowered { flag, origins } = self.lowered.as_ref()?;
        Some(Side { flag, steps: lower::lines(origins), declared })
    }

    fn told(&self) -> audience::Half<'_> {
        let origins = self.lowered.as_ref().map_or(&[][..], |lowered| lowered.origins.as_slice());
        audience::Half {
            model: Some(self.flag),
            wire: self.lowered.as_ref().map(|lowered| &lowered.flag),
            steps: origins.iter().map(|origin| origin.step.clone()).collect(),
            lines: lower::lines(origins),
        }
    }

    /// Whether it gives something to somebody: a flag that is on without a line in its waterfall does not.
    fn serves(&self) -> bool {
        self.lowered.as_ref().is_some_and(|lowered| !lowered.flag.allocations.is_empty())
    }

    /// The step's line in the waterfall, switched off or not.
    fn placement(&self, step: &str) -> Option<&'a Placement> {
        self.here?.placements.iter().find(|placement| placement.step.name.value == step)
    }

    /// The name of the step of an allocation.
    fn step(&self, allocation: usize) -> Option<&str> {
        self.lowered.as_ref()?.origins.get(allocation).map(|origin| origin.step.as_str())
    }
}

/// A flag in an environment, before and after.
struct Change<'a> {
    environment: &'a Environment,
    /// None where the flag is new.
    before: Option<Half<'a>>,
    /// None where it is gone.
    after: Option<Half<'a>>,
    workspaces: [&'a Workspace; 2],
    declared: [&'a BTreeMap<String, Declared>; 2],
    sources: &'a SourceSet,
    now: Timestamp,
    moves: Result<Vec<Move>, Undecided>,
    /// What the steps of both sides are called.
    names: Option<audience::Names<'a>>,
}

impl Change<'_> {
    fn judge(mut self, known: &Known<'_>, sink: &mut Sink) {
        let halves = [&self.before, &self.after].map(Option::as_ref);
        let wires = halves.map(|half| half.and_then(|half| half.lowered.as_ref()).map(|lowered| &lowered.flag));
        let kinds = halves.map(|half| half.map(|half| half.flag.kind));
        if wires[0] == wires[1] && kinds[0] == kinds[1] {
            return;
        }
        let [first, second] = [(&self.before, self.declared[0]), (&self.after, self.declared[1])]
            .map(|(half, declared)| half.as_ref().and_then(|half| half.side(declared)));
        self.moves = match known(self.key(), &self.environment.name) {
            Some(moves) => Ok(moves),
            None => region::moves(first.as_ref(), second.as_ref(), self.now, Limits::MANY),
        };
        let told = [&self.before, &self.after].map(|half| half.as_ref().map(Half::told).unwrap_or_default());
        self.names = Some(audience::Names::of(&told, &self.called_otherwise(), self.declared[1]));
        let mut own = Sink::new();
        if let Err(undecided) = &self.moves {
            own.push(self.undecided(undecided));
        }
        for check in TABLE {
            check(&self, &mut own);
        }
        own.into_findings().into_iter().for_each(|finding| sink.push(self.weighed(finding)));
    }

    /// Lines that target the same under another name: the base's names to the head's.
    fn called_otherwise(&self) -> BTreeMap<String, String> {
        let before = self.before.as_ref().and_then(|before| before.here);
        let gone = before.into_iter().flat_map(|here| &here.placements).filter(|was| {
            let name = &was.step.name;
            self.after.as_ref().is_some_and(|after| after.placement(name).is_none())
        });
        let same = gone.filter_map(|was| {
            let is = self.renamed(was)?;
            says_the_same(&was.step.audience, &is.step.audience)
                .then(|| (was.step.name.value.clone(), is.step.name.value.clone()))
        });
        same.collect()
    }

    /// In a protected environment what endangers subjects is an error. What an override does is a note wherever it is.
    fn weighed(&self, mut finding: Diagnostic) -> Diagnostic {
        if self.environment.protected && finding.rule != Rule::Undecided && finding.severity == Severity::Warning {
            finding.severity = Severity::Error;
        }
        finding
    }

    fn undecided(&self, undecided: &Undecided) -> Diagnostic {
        let key = self.key();
        self.about(
            Rule::Undecided,
            self.place(),
            format!("cannot decide who moves with this change of `{key}`: {undecided}"),
        )
        .label("not decided")
        .meaning("what nobody proved may move people: this is a finding until it is decided, or allowed with a reason")
        .help("change it in smaller steps, or say it with fewer or simpler conditions")
    }

    fn key(&self) -> &str {
        let half = self.after.as_ref().or(self.before.as_ref());
        half.map_or("", |half| half.flag.key.value.as_str())
    }

    /// Where to report what has no better place: the flag's environment, the flag, and of one that is gone where it was.
    fn place(&self) -> Span {
        let own =
            |half: &Option<Half<'_>>| half.as_ref().map(|half| half.here.map_or(half.flag.span, |here| here.span));
        let is = own(&self.after);
        is.or_else(|| self.gone(own(&self.before)?)).unwrap_or(self.environment.name.span)
    }

    /// Where something stood that is gone; none where nobody has the base's texts.
    fn gone(&self, span: Span) -> Option<Span> {
        self.sources.in_base(span)
    }

    /// Where a step is reported: its line, or the environment it is missing from.
    fn place_of(&self, step: &str) -> Span {
        let line = self.after.as_ref().and_then(|half| half.placement(step)).map(|placement| placement.span);
        line.unwrap_or_else(|| self.place())
    }

    fn about(&self, rule: Rule, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, span, message).flag(self.key()).environment(&*self.environment.name)
    }

    fn total(&self) -> u32 {
        self.after.as_ref().map_or(1, |half| half.flag.total_shards)
    }

    fn moves(&self) -> &[Move] {
        self.moves.as_ref().map_or(&[], Vec::as_slice)
    }
}
