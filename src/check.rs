//! The table of rules on the model, and [`Checked`], the proof that they passed.

mod allocation_key_collision;
mod condition;
mod dark_launch;
mod experiment_in_disabled_environment;
mod experiment_key_collision;
mod forgotten_override;
mod integer_range;
mod json_not_object;
mod missing_description;
mod missing_expiry;
mod missing_owner;
mod non_ascii_key;
mod number_precision;
mod pattern_size;
mod prerelease_version;
mod prototype_attribute;
mod reserved_logging_key;
mod salt_collision;
mod stale_flag;
mod text_looks_like_json;
mod too_many_rules;
mod uncanonical_list_value;
mod unplaced_experiment;
mod unportable_pattern;
mod unportable_version;
mod untested_flag;
mod unused_attribute;
mod unused_holdout;
mod unused_layer;
mod unused_segment;
mod unused_variation;
mod written;

use jiff::civil::Date;

use crate::diagnostic::Sink;
use crate::model;
use crate::source::SourceSet;

/// What a check may look at: the model, the texts it was read from (for places inside a string), and the day.
#[derive(Clone, Copy)]
struct Scope<'a> {
    workspace: &'a model::Workspace,
    sources: &'a SourceSet,
    today: Date,
}

impl Scope<'_> {
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

/// Every check, in the order of the rules' ids. The rules about `allow` lines are with the levels.
const TABLE: &[Check] = &[
    salt_collision::check,
    experiment_key_collision::check,
    allocation_key_collision::check,
    pattern_size::check,
    too_many_rules::check,
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
];

/// Runs every check of the table. `today` is a day in UTC: dates such as `expires=` hold through the end of their day.
pub fn run(workspace: &model::Workspace, sources: &SourceSet, today: Date, sink: &mut Sink) {
    let scope = Scope { workspace, sources, today };
    for check in TABLE {
        check(scope, sink);
    }
}

/// A workspace without errors. Only [`Checked::prove`] makes one, so nothing unchecked reaches the compiler.
#[derive(Debug)]
pub struct Checked {
    workspace: model::Workspace,
}

impl Checked {
    /// The proof, when no finding is an error. `findings` are all findings of the run, levels applied.
    #[must_use]
    pub fn prove(workspace: model::Workspace, findings: &[crate::diagnostic::Diagnostic]) -> Option<Self> {
        let clean = findings.iter().all(|finding| finding.severity < crate::diagnostic::Severity::Error);
        clean.then_some(Self { workspace })
    }

    /// What was checked.
    #[must_use]
    pub fn workspace(&self) -> &model::Workspace {
        &self.workspace
    }
}
