//! The document of `check --json`: one finding a line.

use rayon::prelude::*;
use serde::Serialize;

use super::Summary;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceSet, Span};

/// A finding as programs read it.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    id: &'static str,
    name: &'static str,
    level: &'static str,
    message: &'a str,
    /// Null for findings about the workspace as a whole.
    place: Option<Place<'a>>,
    label: &'a str,
    labels: Vec<Label<'a>>,
    meaning: &'a str,
    help: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    edits: Vec<Edit<'a>>,
}

/// A place: 1-based, columns in characters, the end exclusive.
#[derive(Debug, Serialize)]
pub struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Debug, Serialize)]
struct Label<'a> {
    place: Place<'a>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Edit<'a> {
    place: Place<'a>,
    replacement: &'a str,
}

#[derive(Debug, Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    files: usize,
    flags: usize,
    environments: usize,
}

/// The whole document, `flagfall.check/1`.
#[must_use]
pub fn render(findings: &[Diagnostic], sources: &SourceSet, summary: &Summary) -> String {
    let lines: Vec<String> = findings.par_iter().map(|finding| line(&self::finding(finding, sources))).collect();
    let &Summary { errors, warnings, files, flags, environments } = summary;
    let counts = line(&Counts { errors, warnings, files, flags, environments });
    let open = if lines.is_empty() { "" } else { "\n" };
    let findings = lines.join(",\n");
    format!("{{\"schema\":\"flagfall.check/1\",\"findings\":[{open}{findings}{open}],\"summary\":{counts}}}\n")
}

fn line(part: &impl Serialize) -> String {
    // Strings and numbers in structs always have a JSON form.
    serde_json::to_string(part).unwrap_or_default()
}

/// One finding.
#[must_use]
pub fn finding<'a>(finding: &'a Diagnostic, sources: &'a SourceSet) -> Finding<'a> {
    let labels = finding.labels.iter().map(|label| Label { place: place(label.span, sources), text: &label.text });
    let edits =
        finding.edits.iter().map(|edit| Edit { place: place(edit.span, sources), replacement: &edit.replacement });
    Finding {
        id: finding.rule.id(),
        name: finding.rule.name(),
        level: finding.severity.word(),
        message: &finding.message,
        place: finding.span.map(|span| place(span, sources)),
        label: &finding.label,
        labels: labels.collect(),
        meaning: &finding.meaning,
        help: &finding.help,
        flag: finding.subject.flag.as_deref(),
        environment: finding.subject.environment.as_deref(),
        step: finding.subject.step.as_deref(),
        edits: edits.collect(),
    }
}

/// One place.
#[must_use]
pub fn place(span: Span, sources: &SourceSet) -> Place<'_> {
    let (start, end) = sources.place(span);
    Place {
        file: &sources.file(span.file).name,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
