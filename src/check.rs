//! The table of rules on the model, and [`Checked`], the proof that they passed.

mod allocation_key_collision;
mod biased_split;
mod claim;
mod condition;
mod contract;
mod dark_launch;
mod exclusive_by_targeting;
mod exclusive_violated;
mod experiment_in_disabled_environment;
mod experiment_key_collision;
mod forgotten_override;
mod gate_below_experiment;
mod holdout_leak;
mod integer_range;
mod json_not_object;
mod layer_overcommitted;
mod missing_description;
mod missing_expiry;
mod missing_owner;
mod never_matches;
mod never_takes;
mod non_ascii_key;
mod number_precision;
mod order;
mod overlapping_experiments;
mod partly_shadowed;
mod pattern_size;
mod policy_requires;
mod prerelease_version;
mod prototype_attribute;
mod redundant_condition;
mod reserved_logging_key;
mod salt_collision;
mod stale_flag;
mod stopped;
mod targeting;
mod text_looks_like_json;
mod time_shadowed;
mod toggle;
mod too_many_rules;
mod uncanonical_list_value;
mod undecided;
mod unplaced_experiment;
mod unportable_pattern;
mod unportable_version;
mod unreachable_step;
mod untested_flag;
mod unused_attribute;
mod unused_holdout;
mod unused_layer;
mod unused_segment;
mod unused_variation;
mod uses;
mod waterfall;
mod written;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use jiff::civil::Date;

use contract::Pair;
pub use uses::{Use, add_flag, add_tests};
use waterfall::Reasoning;

use crate::diagnostic::{Diagnostic, Family, Rule, Severity, Sink};
use crate::model;
use crate::source::SourceSet;
use crate::syntax::edit::Files;

/// What a check may look at: the model, the texts it was read from (for places inside a string), and the day.
#[derive(Clone, Copy)]
struct Scope<'a> {
    workspace: &'a model::Workspace,
    sources: &'a SourceSet,
    today: Date,
    reasoning: &'a OnceCell<Reasoning<'a>>,
    pairs: &'a OnceCell<Vec<Pair<'a>>>,
    used: &'a OnceCell<BTreeSet<Use<'a>>>,
    /// What files use that were not read.
    elsewhere: &'a BTreeSet<Use<'a>>,
    /// To build edits with.
    files: &'a Files<'a>,
}

impl<'a> Scope<'a> {
    /// What is true of every waterfall; reasoned out when the first rule asks.
    fn reasoning(self) -> &'a Reasoning<'a> {
        self.reasoning.get_or_init(|| Reasoning::new(self.workspace, self.sources, self.today))
    }

    /// The pairs that contracts keep apart; judged when the first rule asks.
    fn pairs(self) -> &'a [Pair<'a>] {
        self.pairs.get_or_init(|| contract::pairs(self.workspace, self.reasoning()))
    }

    /// Whether something uses it.
    fn is_used(self, one: Use<'_>) -> bool {
        self.used.get_or_init(|| uses::of(self.workspace)).contains(&one) || self.elsewhere.contains(&one)
    }

    /// Whether some definition could not be read: what nothing else uses may be used there.
    fn something_is_missing(self) -> bool {
        let workspace = self.workspace;
        workspace.incomplete
            || workspace.flags.iter().any(|flag| flag.incomplete)
            || workspace.segments.iter().any(|segment| segment.incomplete)
    }
}

/// One line of the table: looks at the whole workspace and reports what it finds.
type Check = fn(Scope<'_>, &mut Sink);

/// Every check of names, in the order of the rules' ids. The rules about `allow` lines are with the levels.
const NAMES: &[Check] = &[
    salt_collision::check,
    experiment_key_collision::check,
    allocation_key_collision::check,
    pattern_size::check,
    too_many_rules::check,
];

/// The same, of what steps do to each other: no error of theirs keeps a workspace from being compiled.
const MEANING: &[Check] = &[
    never_matches::check,
    redundant_condition::check,
    unreachable_step::check,
    never_takes::check,
    gate_below_experiment::check,
    overlapping_experiments::check,
    exclusive_violated::check,
    exclusive_by_targeting::check,
    layer_overcommitted::check,
    holdout_leak::check,
    biased_split::check,
    partly_shadowed::check,
    time_shadowed::check,
    undecided::check,
];

/// The same, of the rest.
const REST: &[Check] = &[
    missing_owner::check,
    stale_flag::check,
    missing_expiry::check,
    unused_attribute::check,
    unused_segment::check,
    unused_layer::check,
    unused_holdout::check,
    unused_variation::check,
    missing_description::check,
    forgotten_override::check,
    untested_flag::check,
    experiment_in_disabled_environment::check,
    unplaced_experiment::check,
    dark_launch::check,
    unportable_pattern::check,
    uncanonical_list_value::check,
    prototype_attribute::check,
    integer_range::check,
    number_precision::check,
    json_not_object::check,
    text_looks_like_json::check,
    non_ascii_key::check,
    unportable_version::check,
    prerelease_version::check,
    reserved_logging_key::check,
    policy_requires::check,
];

/// Runs every check of the table. `today` is a day in UTC: dates such as `expires=` hold through the end of their day.
pub fn run(workspace: &model::Workspace, sources: &SourceSet, today: Date, sink: &mut Sink) {
    run_part(workspace, sources, today, &BTreeSet::new(), sink);
}

/// The same of a part of the workspace: everything that is defined for all, and flags with the tests and flags that share something
/// with them. `elsewhere` is what the rest uses.
pub fn run_part<'a>(
    workspace: &'a model::Workspace,
    sources: &'a SourceSet,
    today: Date,
    elsewhere: &'a BTreeSet<Use<'a>>,
    sink: &mut Sink,
) {
    run_all(&[NAMES, MEANING, REST], (workspace, elsewhere), sources, today, sink);
}

/// The same without reasoning about what steps do to each other: as much as [`Checked::prove`] asks for.
pub fn run_for_compiling(workspace: &model::Workspace, sources: &SourceSet, today: Date, sink: &mut Sink) {
    run_all(&[NAMES, REST], (workspace, &BTreeSet::new()), sources, today, sink);
}

fn run_all<'a>(
    tables: &[&[Check]],
    (workspace, elsewhere): (&'a model::Workspace, &'a BTreeSet<Use<'a>>),
    sources: &'a SourceSet,
    today: Date,
    sink: &mut Sink,
) {
    let (reasoning, pairs, used, files) = (OnceCell::new(), OnceCell::new(), OnceCell::new(), Files::new(sources));
    let scope = Scope {
        workspace,
        sources,
        today,
        reasoning: &reasoning,
        pairs: &pairs,
        used: &used,
        elsewhere,
        files: &files,
    };
    let before = sink.findings().len();
    for check in tables.iter().copied().flatten() {
        check(scope, sink);
    }
    // Several questions about a step that fail for one reason are one finding: for all environments where it is the step's own.
    let mut causes = BTreeSet::new();
    sink.retain_from(before, |finding| {
        let Diagnostic { rule, subject, span, message, .. } = finding;
        let Some((_, cause)) = message.split_once(": ").filter(|_| *rule == Rule::Undecided) else { return true };
        let place = span.filter(|_| subject.step.is_none());
        let key = |environment: Option<String>| {
            (subject.flag.clone(), subject.step.clone(), place, environment, cause.to_owned())
        };
        !causes.contains(&key(None)) && causes.insert(key(subject.environment.clone()))
    });
}

/// A workspace whose every flag means something: no error but of what steps do to each other, which evaluators follow whether it
/// is meant or not, so that it can be evaluated and pictured. Only [`Checked::prove`] makes one, so nothing unchecked reaches the
/// compiler; commands that publish or test ask for no errors at all.
#[derive(Debug)]
pub struct Checked {
    workspace: model::Workspace,
}

impl Checked {
    /// The proof, when no finding outside of the family of meaning is an error. `findings` are all findings of the run, levels applied.
    #[must_use]
    pub fn prove(workspace: model::Workspace, findings: &[Diagnostic]) -> Option<Self> {
        let is_sound =
            |finding: &Diagnostic| finding.severity < Severity::Error || finding.rule.family() == Family::Meaning;
        let clean = findings.iter().all(is_sound);
        clean.then_some(Self { workspace })
    }

    /// What was checked.
    #[must_use]
    pub fn workspace(&self) -> &model::Workspace {
        &self.workspace
    }
}
