//! The document of `check --json`: one finding a line.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::Summary;
use crate::diagnostic::{Diagnostic, Witness};
use crate::source::{SourceSet, Span};

/// A finding as programs read it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding<'a> {
    /// The rule's id.
    #[schemars(example = &"FF1010")]
    id: &'static str,
    /// The rule's name.
    #[schemars(example = &"unknown-variation")]
    name: &'static str,
    /// `error`, `warning` or `note`.
    #[schemars(extend("enum" = ["error", "warning", "note"]))]
    level: &'static str,
    /// What is wrong, in a sentence.
    message: &'a str,
    /// Where the culprit is; null for findings about the workspace as a whole.
    place: Option<Place<'a>>,
    /// What stands under the culprit; may be empty.
    label: &'a str,
    /// Other places that belong to it.
    labels: Vec<Label<'a>>,
    /// What happens to which subjects; may be empty.
    meaning: &'a str,
    /// One next step; may be empty.
    help: &'a str,
    /// The flag it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'a str>,
    /// The environment it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    /// The step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    /// Somebody for whom it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a Witness>,
    /// The same subject in the other flag, where it takes two to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<&'a Witness>,
    /// Changes of text that would fix it.
    edits: Vec<Edit<'a>>,
}

/// A place: 1-based, columns in characters, the end exclusive.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Place<'a> {
    /// As findings call it: relative to where the command ran.
    file: &'a str,
    /// The line it begins on.
    line: u32,
    /// The column it begins at.
    column: u32,
    /// The line it ends on.
    end_line: u32,
    /// The column after its last character.
    end_column: u32,
    /// The commit that the file was read from; none for a work tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A place that belongs to a finding.
struct Label<'a> {
    /// Where.
    place: Place<'a>,
    /// What is there.
    text: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
/// A change of text.
struct Edit<'a> {
    /// What to replace; empty where text is to be put in.
    place: Place<'a>,
    /// By what.
    replacement: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
/// How much there is.
pub struct Counts {
    /// Findings that are errors.
    errors: usize,
    /// Findings that are warnings.
    warnings: usize,
    /// Files read.
    files: usize,
    /// Flags defined.
    flags: usize,
    /// Environments configured.
    environments: usize,
}

/// The whole document, `flagfall.check/1`.
#[must_use]
pub fn render(findings: &[Diagnostic], sources: &SourceSet, summary: &Summary) -> String {
    render_with(findings, sources, summary, &[])
}

/// The whole document with more members: name and JSON.
#[must_use]
pub fn render_with(
    findings: &[Diagnostic],
    sources: &SourceSet,
    summary: &Summary,
    members: &[(&str, String)],
) -> String {
    let lines: Vec<String> = findings.par_iter().map(|finding| line(&self::finding(finding, sources))).collect();
    let counts = line(&counts(summary));
    let open = if lines.is_empty() { "" } else { "\n" };
    let findings = lines.join(",\n");
    let members: String = members.iter().map(|(name, json)| format!(",\"{name}\":{json}")).collect();
    format!("{{\"schema\":\"flagfall.check/1\",\"findings\":[{open}{findings}{open}],\"summary\":{counts}{members}}}\n")
}

/// How much was read and found.
#[must_use]
pub fn counts(summary: &Summary) -> Counts {
    let Summary { errors, warnings, files, flags, environments } = *summary;
    Counts { errors, warnings, files, flags, environments }
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
        witness: finding.witness.as_ref(),
        also: finding.also.as_ref(),
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
        commit: sources.provenance_of(span.file).commit.as_deref(),
    }
}
