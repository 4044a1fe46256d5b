//! What a run has to say to CI: one [`Report`], which the faces for CI ([`super::sarif`], [`super::github`], [`super::gitlab`],
//! [`super::junit`], [`super::markdown`]) show whole or in part.
//!
//! A command fills in what it has: `check` findings; a comparison its changes as [`Section`]s; a gate its [`Suite`]s. Texts of
//! messages, cells and folds are plain, with user text in backticks as everywhere; each face escapes them for itself.

use std::collections::BTreeMap;

use super::Summary;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceSet, Span};

/// What a run has to say.
#[derive(Debug)]
pub struct Report<'a> {
    /// The command that says all of it again, such as `flagfall check flags`.
    pub command: String,
    /// What tells it from other reports on the same change, where there are several: goes into the marker of a comment and the
    /// category of an analysis. Letters, digits, `.`, `_`, `-` and `/`.
    pub key: Option<String>,
    /// Whether the run passed.
    pub passed: bool,
    /// What came out of it, in one line.
    pub verdict: String,
    /// From which weight on findings fail the run.
    pub failing: Severity,
    /// Findings, by file and place.
    pub findings: &'a [Diagnostic],
    /// The texts they are about.
    pub sources: &'a SourceSet,
    /// How much was read and found.
    pub summary: Summary,
    /// What else there is to read, above the findings: changes of a comparison, gates that ran.
    pub sections: Vec<Section>,
    /// What else was tested, above the findings.
    pub suites: Vec<Suite>,
}

/// A table under a heading, and what is folded away below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// What to know before the table, in a line; may be empty.
    pub note: String,
    /// The names of the columns; none for a section without a table.
    pub columns: Vec<String>,
    /// The rows, the most important first: the last are left out where there is no room.
    pub rows: Vec<Vec<String>>,
    /// Details, the most important first.
    pub folds: Vec<Fold>,
}

/// Something that is shown when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// What to click on.
    pub summary: String,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// Text to copy, as it is: commands, JSON; may be empty.
    pub verbatim: String,
}

/// Test cases that belong together: those of a flag, a rule, a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// What they have in common.
    pub name: String,
    /// In order.
    pub cases: Vec<Case>,
}

/// A test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What tells it from the others of its class, the same in every run.
    pub name: String,
    /// The flag or file it is about.
    pub class: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What to know besides, in lines: where it is written, what it says where it passed; may be empty.
    pub output: String,
}

/// How a test case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed {
        /// What kind of expectation it was: a rule, `expectation`.
        kind: String,
        /// What is wrong, in a line.
        message: String,
        /// What to know about it, in lines.
        text: String,
    },
    /// It did not run.
    Skipped {
        /// Why.
        message: String,
    },
}

/// A finding as CI systems take it: its line in the repository, and an identity that outlives changes around it.
#[derive(Debug)]
pub struct Found<'a> {
    /// The finding.
    pub finding: &'a Diagnostic,
    /// Its place; that of the workspace's configuration for findings about the workspace as a whole.
    pub spot: Spot,
    /// Where it stood, `COMMIT:PATH:LINE`, where what it is about is gone; its place is then the nearest that is left.
    pub was: Option<String>,
    /// The same for the same finding after text above it came or went; another for every other finding of the report.
    pub fingerprint: String,
}

/// A place on one line: what covers several is cut at the end of its first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The path from the top of the repository, with `/`.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The first column, in characters from 1.
    pub column: u32,
    /// The column after the last.
    pub end_column: u32,
}

impl<'a> Report<'a> {
    /// Every finding, the worst first, then by file and place.
    #[must_use]
    pub fn found(&self) -> Vec<Found<'a>> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let one = |finding: &'a Diagnostic| {
            let spot = of_head(finding, self.sources);
            let identity = identity(finding, &spot, self.sources);
            let times = seen.entry(identity.clone()).or_default();
            *times += 1;
            let was = finding.span.and_then(|span| was(span, self.sources));
            Found { finding, spot, was, fingerprint: format!("{identity}:{times}") }
        };
        let mut found: Vec<Found<'a>> = self.findings.iter().map(one).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
        found
    }

    /// How many findings have this weight.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Where to show a finding in the texts that are there: what is about something that is gone, where it is missed.
fn of_head(finding: &Diagnostic, sources: &SourceSet) -> Spot {
    let Some(span) = finding.span.filter(|span| sources.is_of_base(span.file)) else {
        return spot(finding.span, sources);
    };
    if let Some(label) = finding.labels.iter().find(|label| !sources.is_of_base(label.span.file)) {
        return spot(Some(label.span), sources);
    }
    let same = sources.by_path(&sources.file(span.file).path).map(|file| Span::new(file, 0, 0));
    spot(Some(same.unwrap_or(span)), sources)
}

/// Where something stood that is gone.
fn was(span: Span, sources: &SourceSet) -> Option<String> {
    if !sources.is_of_base(span.file) {
        return None;
    }
    let commit = sources.provenance_of(span.file).commit.as_deref();
    let commit = commit.map_or_else(|| "base".to_owned(), |commit| commit.chars().take(12).collect());
    let (start, _) = sources.place(span);
    Some(format!("{commit}:{}:{}", sources.repository_path(span.file), start.line))
}

/// Where a span begins, on one line.
#[must_use]
pub fn spot(span: Option<Span>, sources: &SourceSet) -> Spot {
    let Some(span) = span else {
        // The configuration is read first, and is there even where nothing else is.
        let path = sources.files().next().map(|(file, _)| sources.repository_path(file));
        let path = path.unwrap_or_else(|| "flagfall.kdl".to_owned());
        return Spot { path, line: 1, column: 1, end_column: 1 };
    };
    let first = sources.text(span).lines().next().unwrap_or("");
    let length = u32::try_from(first.len()).unwrap_or(u32::MAX);
    let cut = Span::new(span.file, span.start, span.start.saturating_add(length).min(span.end));
    let (start, end) = sources.place(cut);
    let path = sources.repository_path(span.file);
    Spot { path, line: start.line, column: start.column, end_column: end.column.max(start.column) }
}

/// What makes a finding this one, whatever stands above it: rule, file, flag, environment, step, and the words of its line.
fn identity(finding: &Diagnostic, spot: &Spot, sources: &SourceSet) -> String {
    let line = finding.span.map_or("", |span| {
        let file = sources.file(span.file);
        let line = file.line_index(span.start);
        sources.text(Span::new(span.file, file.line_start(line), file.line_start(line + 1)))
    });
    let line: Vec<&str> = line.split_whitespace().collect();
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let subject = &finding.subject;
    let parts = [
        finding.rule.id().to_owned(),
        spot.path.clone(),
        part(&subject.flag),
        part(&subject.environment),
        part(&subject.step),
        line.join(" "),
    ];
    let digest = md5::compute(parts.join("\u{0}")).0;
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
