//! The table of rules on the model, and [`Checked`], the proof that they passed.

use jiff::civil::Date;

use crate::diagnostic::Sink;
use crate::model;
use crate::source::SourceSet;

/// What a check may look at: the model, the texts it was read from (for places inside a string), and the day.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) workspace: &'a model::Workspace,
    pub(crate) sources: &'a SourceSet,
    pub(crate) today: Date,
}

/// One line of the table: looks at the whole workspace and reports what it finds.
type Check = fn(Scope<'_>, &mut Sink);

/// Every check, in the order of the rules' ids.
const TABLE: &[Check] = &[];

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
