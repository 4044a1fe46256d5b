//! GitLab's Code Quality report: a JSON list, one finding a line.

use serde::Serialize;

use super::report::{Found, Report};
use crate::diagnostic::{Family, Severity};

/// A finding as GitLab's documentation names its fields.
#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: u32,
}

/// The report; an empty list where nothing was found, so that what was found before counts as repaired.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    // Strings and numbers in structs always have a JSON form.
    let lines: Vec<String> =
        report.found().into_iter().map(|one| serde_json::to_string(&issue(one)).unwrap_or_default()).collect();
    let open = if lines.is_empty() { "" } else { "\n" };
    format!("[{open}{}{open}]\n", lines.join(",\n"))
}

fn issue(one: Found<'_>) -> Issue {
    let rule = one.finding.rule;
    let location = Location { path: one.spot.path, lines: Lines { begin: one.spot.line } };
    let description = super::sentences(one.finding);
    Issue {
        description: match &one.was {
            Some(was) => format!("{description} (it was at {was})"),
            None => description,
        },
        check_name: format!("{} {}", rule.id(), rule.name()),
        fingerprint: one.fingerprint,
        severity: severity(one.finding.severity, rule.family()),
        location,
    }
}

/// Without what cannot be read or named there is nothing to compile; warnings about people weigh more than those about tidiness.
fn severity(severity: Severity, family: Family) -> &'static str {
    match (severity, family) {
        (Severity::Error, Family::Syntax | Family::Names) => "blocker",
        (
            Severity::Error,
            Family::Meaning | Family::ChangeSafety | Family::Hygiene | Family::Portability | Family::Policy,
        ) => "critical",
        (Severity::Warning, Family::Meaning | Family::ChangeSafety | Family::Portability) => "major",
        (Severity::Warning, Family::Syntax | Family::Names | Family::Hygiene | Family::Policy) => "minor",
        (Severity::Note, _) => "info",
    }
}
