//! The table of rules on the model, and [`Checked`], the proof that they passed.

use crate::model;

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
