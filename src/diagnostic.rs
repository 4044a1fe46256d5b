//! Findings: what is wrong, where, what it means for subjects, and one next step.
//!
//! Every stage puts [`Diagnostic`]s into a [`Sink`]; the faces in [`render`] show one list in many ways.

pub mod level;
pub mod render;
pub mod rule;
pub mod suggest;
pub mod witness;

pub use rule::{Family, Rule};
pub use witness::Witness;

use crate::source::{SourceSet, Span};

/// How much a finding weighs. The order is the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Note,
    /// Fails a run only with `--fail-on warning`.
    Warning,
    /// Fails the run.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A second place that matters, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to see there.
    pub text: String,
}

/// A text edit that would fix a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What to replace; empty to insert.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// Which flag, environment and step a finding speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The flag's key.
    pub flag: Option<String>,
    /// The environment's name.
    pub environment: Option<String>,
    /// The step's name.
    pub step: Option<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule found it.
    pub rule: Rule,
    /// Its weight: the rule's default until levels are applied.
    pub severity: Severity,
    /// The defect in one lower-case sentence without a full stop, user text in backticks.
    pub message: String,
    /// The culprit. Findings about the workspace as a whole have none.
    pub span: Option<Span>,
    /// What to read under the culprit.
    pub label: String,
    /// Other places.
    pub labels: Vec<Label>,
    /// What it means for subjects, one sentence; empty when the message says it.
    pub meaning: String,
    /// One next step.
    pub help: String,
    /// Edits that would carry out the next step.
    pub edits: Vec<Edit>,
    /// What it speaks of.
    pub subject: Subject,
    /// Somebody for whom it can be seen.
    pub witness: Option<Witness>,
    /// The same subject in the other flag, where it takes two to see it.
    pub also: Option<Witness>,
}

impl Diagnostic {
    /// A finding of `rule` at `span`.
    #[must_use]
    pub fn new(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::global(rule, message) }
    }

    /// A finding that has no place in a file.
    #[must_use]
    pub fn global(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.default_severity(),
            message: message.into(),
            span: None,
            label: String::new(),
            labels: Vec::new(),
            meaning: String::new(),
            help: String::new(),
            edits: Vec::new(),
            subject: Subject::default(),
            witness: None,
            also: None,
        }
    }

    /// What to read under the culprit.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// What it means for subjects.
    #[must_use]
    pub fn meaning(mut self, text: impl Into<String>) -> Self {
        self.meaning = text.into();
        self
    }

    /// One next step.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }

    /// An edit that carries out the next step.
    #[must_use]
    pub fn edit(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }

    /// The flag it speaks of.
    #[must_use]
    pub fn flag(mut self, key: impl Into<String>) -> Self {
        self.subject.flag = Some(key.into());
        self
    }

    /// The environment it speaks of.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.subject.environment = Some(name.into());
        self
    }

    /// The step it speaks of.
    #[must_use]
    pub fn step(mut self, name: impl Into<String>) -> Self {
        self.subject.step = Some(name.into());
        self
    }

    /// Somebody for whom it can be seen, where somebody was found.
    #[must_use]
    pub fn witness(mut self, witness: Option<Witness>) -> Self {
        self.witness = witness;
        self
    }

    /// The same subject in the other flag, where somebody was found.
    #[must_use]
    pub fn also(mut self, witness: Option<Witness>) -> Self {
        self.also = witness;
        self
    }

    /// Overrides the rule's default weight, where one rule has cases of different weight.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Where stages put findings.
#[derive(Debug, Default)]
pub struct Sink {
    findings: Vec<Diagnostic>,
}

impl Sink {
    /// An empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a finding.
    pub fn push(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Takes findings, as many as there are.
    pub fn push_all(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        self.findings.extend(findings);
    }

    /// What was found so far, in the order it came.
    #[must_use]
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Keeps, of the findings from position `from` on, those that pass.
    pub(crate) fn retain_from(&mut self, from: usize, mut keep: impl FnMut(&Diagnostic) -> bool) {
        let later: Vec<Diagnostic> =
            self.findings.drain(from.min(self.findings.len())..).filter(|finding| keep(finding)).collect();
        self.findings.extend(later);
    }

    /// Whether anything found so far is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Everything found, in the order it came.
    #[must_use]
    pub fn into_findings(self) -> Vec<Diagnostic> {
        self.findings
    }

    /// Everything found, by file, place and rule; identical findings once.
    #[must_use]
    pub fn into_sorted(self, sources: &SourceSet) -> Vec<Diagnostic> {
        let mut findings = self.findings;
        findings.sort_by(|a, b| Self::order(sources, a).cmp(&Self::order(sources, b)));
        findings.dedup();
        findings
    }

    fn order<'a>(sources: &'a SourceSet, finding: &'a Diagnostic) -> (Option<(&'a str, u32, u32)>, Rule, &'a str) {
        let place = finding.span.map(|span| (sources.file(span.file).path.as_str(), span.start, span.end));
        (place, finding.rule, &finding.message)
    }
}
