//! SARIF 2.1.0, with the fields that code scanning reads: rules with their whole page, results on one line each, fingerprints.

use std::fmt::Write as _;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::printable;
use super::report::{Found, Report, spot};
use crate::diagnostic::rule::Level;
use crate::diagnostic::{Family, Rule, Severity};
use crate::source::{SourceSet, Span};

/// How many results GitHub takes in one run.
pub const MOST_RESULTS: usize = 25_000;

/// How many bytes a file may have: GitHub takes 10 MB, packed.
pub const MOST_BYTES: usize = 10_000_000;

/// What is left for everything but results.
const ROOM_FOR_RULES: usize = 1_000_000;

/// What paths are relative to.
const TOP: &str = "%SRCROOT%";

/// The log. Where there are too many findings, the least are left out, and a notification says how many.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let found = report.found();
    let rules = rules(&found);
    let results: Vec<String> =
        found.par_iter().take(MOST_RESULTS).map(|one| result(one, &rules, report.sources).to_string()).collect();
    let mut room = MOST_BYTES - ROOM_FOR_RULES;
    let fits = |result: &&String| {
        let rest = room.checked_sub(result.len() + 2);
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    let kept: Vec<&str> = results.iter().take_while(fits).map(String::as_str).collect();
    let mut run = run(report, &rules, found.len() - kept.len());
    let provenance = provenance(report.sources);
    if let (Some(provenance), Some(run)) = (provenance, run.as_object_mut()) {
        run.insert("versionControlProvenance".to_owned(), json!([provenance]));
    }
    let run = run.to_string();
    let run = run.strip_suffix('}').unwrap_or(&run);
    let mut text =
        String::from("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[");
    let open = if kept.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{run},\"results\":[{open}{}{open}]}}]}}", kept.join(",\n"));
    text
}

/// Everything of the run but its results.
fn run(report: &Report<'_>, rules: &[Rule], left_out: usize) -> Value {
    let category = match &report.key {
        Some(key) => format!("flagfall/{key}/"),
        None => "flagfall/".to_owned(),
    };
    let mut notifications = Vec::new();
    if left_out > 0 {
        let text = format!(
            "{left_out} of the lesser findings are left out of this file, which would grow too large: `{}` lists all",
            printable(&report.command)
        );
        notifications.push(json!({"level": "warning", "message": {"text": text}}));
    }
    json!({
        "tool": {"driver": {
            "name": "flagfall",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().copied().map(descriptor).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": category},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {TOP: {"description": {"text": "the top of the repository"}}},
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
    })
}

/// The rules that found something, by id.
fn rules(found: &[Found<'_>]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = found.iter().map(|one| one.finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn descriptor(rule: Rule) -> Value {
    let level = match rule.default_level() {
        Level::Error => "error",
        Level::Warn | Level::Allow => "warning",
    };
    let (family, precision) = match rule.family() {
        Family::Syntax => ("syntax", "very-high"),
        Family::Names => ("names", "very-high"),
        Family::Meaning => ("meaning", "very-high"),
        Family::ChangeSafety => ("change-safety", "very-high"),
        Family::Hygiene => ("hygiene", "high"),
        Family::Portability => ("portability", "very-high"),
        Family::Policy => ("policy", "very-high"),
    };
    json!({
        "id": rule.id(),
        "name": rule.name(),
        "shortDescription": {"text": rule.meaning()},
        "fullDescription": {"text": summary(rule)},
        "help": {"text": rule.page(), "markdown": rule.page()},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["feature-flags", family], "problem.severity": level, "precision": precision},
    })
}

/// The first paragraph of a rule's page, on one line.
fn summary(rule: Rule) -> String {
    let paragraph = rule.page().split("\n\n").find(|part| !part.trim().is_empty() && !part.starts_with('#'));
    paragraph.unwrap_or_else(|| rule.meaning()).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn result(one: &Found<'_>, rules: &[Rule], sources: &SourceSet) -> Value {
    let Found { finding, spot, fingerprint, .. } = one;
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let region = json!({
        "startLine": spot.line, "startColumn": spot.column, "endLine": spot.line, "endColumn": spot.end_column,
    });
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": rules.binary_search(&finding.rule).unwrap_or_default(),
        "level": level,
        "message": {"text": super::sentences(finding)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(&spot.path), "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    });
    if let Some(result) = result.as_object_mut() {
        // Of the base there are no lines to show.
        let labels = finding.labels.iter().filter(|label| !sources.is_of_base(label.span.file));
        let related = labels.enumerate().map(|(id, label)| related(id, label.span, &label.text, sources));
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            result.insert("relatedLocations".to_owned(), related.into());
        }
        if !finding.edits.is_empty() {
            result.insert("fixes".to_owned(), json!([fix(one, sources)]));
        }
        let properties = properties(one, sources);
        if properties.as_object().is_some_and(|properties| !properties.is_empty()) {
            result.insert("properties".to_owned(), properties);
        }
    }
    result
}

fn related(id: usize, span: Span, text: &str, sources: &SourceSet) -> Value {
    let spot = spot(Some(span), sources);
    let text = if text.is_empty() { "this, too" } else { text };
    let region = json!({
        "startLine": spot.line, "startColumn": spot.column, "endLine": spot.line, "endColumn": spot.end_column,
    });
    json!({
        "id": id + 1,
        "message": {"text": printable(text)},
        "physicalLocation": {"artifactLocation": artifact(&spot.path), "region": region},
    })
}

/// The edits that a finding carries, a change a file.
fn fix(one: &Found<'_>, sources: &SourceSet) -> Value {
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    for edit in &one.finding.edits {
        let path = sources.repository_path(edit.span.file);
        let (start, end) = sources.place(edit.span);
        let replacement = json!({
            "deletedRegion": {
                "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
            },
            "insertedContent": {"text": edit.replacement},
        });
        match changes.iter_mut().find(|(file, _)| *file == path) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((path, vec![replacement])),
        }
    }
    let changes = changes.iter().map(|(path, all)| json!({"artifactLocation": artifact(path), "replacements": all}));
    let text = if one.finding.help.is_empty() { "what flagfall suggests" } else { &one.finding.help };
    json!({"description": {"text": printable(text)}, "artifactChanges": changes.collect::<Vec<_>>()})
}

/// What SARIF has no field for.
fn properties(one: &Found<'_>, sources: &SourceSet) -> Value {
    let subject = &one.finding.subject;
    let command = one.finding.witness.as_ref().map(|witness| witness.command.clone());
    let members = [
        ("flag", subject.flag.clone()),
        ("environment", subject.environment.clone()),
        ("step", subject.step.clone()),
        ("witness", command),
        ("was", one.was.clone()),
        ("commit", sources.provenance().commit.clone()),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}

/// The commit, where one was read and it is known where others find it.
fn provenance(sources: &SourceSet) -> Option<Value> {
    let provenance = sources.provenance();
    let (commit, repository) = (provenance.commit.as_ref()?, provenance.repository.as_ref()?);
    Some(json!({"repositoryUri": repository, "revisionId": commit, "mappedTo": {"uriBaseId": TOP}}))
}

fn artifact(path: &str) -> Value {
    json!({"uri": encoded(path), "uriBaseId": TOP})
}

/// A relative URI of a path.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}
