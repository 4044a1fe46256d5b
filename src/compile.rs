//! Checked model in, wire format and origins out; total and deterministic.

use crate::source::Span;
use crate::ufc;

/// One environment, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The configuration, SERVER form.
    pub config: ufc::Config,
    /// Where each flag's allocations come from: flag key → one origin an allocation, in order.
    pub origins: std::collections::BTreeMap<String, Vec<Origin>>,
}

/// Where an allocation comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The step's name; `otherwise` for the last line.
    pub step: String,
    /// What it stands for.
    pub kind: OriginKind,
    /// The line of the placement (or of `otherwise`).
    pub placement: Span,
    /// The line of the definition; the same as `placement` for `otherwise`.
    pub definition: Span,
}

/// What an allocation stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginKind {
    /// The step itself; a ramp has one allocation a phase.
    Step,
    /// Its held-out subjects, by holdout name.
    Holdout(String),
    /// `otherwise`.
    Otherwise,
}
