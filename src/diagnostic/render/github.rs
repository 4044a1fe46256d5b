//! GitHub's workflow commands: annotations on the lines of a pull request.
//!
//! GitHub keeps ten of each level a step and drops the rest, so the worst are said first, and the last says how many there are more.

use std::fmt::Write as _;

use super::report::{Found, Report};
use super::{counted, printable};
use crate::diagnostic::Severity;

/// How many annotations of each level GitHub keeps of one step.
pub const KEPT: usize = 10;

/// The commands, a line each.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let found = report.found();
    let mut text = String::new();
    let mut more = Vec::new();
    let rest: usize =
        [Severity::Error, Severity::Warning].map(|level| report.count(level).saturating_sub(KEPT)).iter().sum();
    for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")] {
        let of_level = found.iter().filter(|one| one.finding.severity == severity);
        let count = report.count(severity);
        // The last line is a notice itself.
        let kept = if severity == Severity::Note && (rest > 0 || count > KEPT) { KEPT - 1 } else { KEPT };
        of_level.take(kept).for_each(|one| annotation(one, &mut text));
        if count > kept {
            more.push(counted(count - kept, noun));
        }
    }
    if !more.is_empty() {
        let message = format!("and {} more: `{}` lists all", more.join(", "), printable(&report.command));
        let _ = writeln!(text, "::notice title=flagfall::{}", data(&message));
    }
    text
}

fn annotation(one: &Found<'_>, text: &mut String) {
    let Found { finding, spot, .. } = one;
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let title = property(&format!("{} {}", finding.rule.id(), finding.rule.name()));
    let _ = match finding.span {
        Some(_) => write!(
            text,
            "::{level} file={},line={line},endLine={line},col={},endColumn={},title={title}::",
            property(&spot.path),
            spot.column,
            spot.end_column,
            line = spot.line,
        ),
        None => write!(text, "::{level} title={title}::"),
    };
    let mut lines = vec![printable(&finding.message).into_owned()];
    if let Some(was) = &one.was {
        lines.push(format!("it was at {}", printable(was)));
    }
    if !finding.meaning.is_empty() {
        lines.push(printable(&finding.meaning).into_owned());
    }
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", printable(&finding.help)));
    }
    if let Some(witness) = &finding.witness {
        lines.push(format!("witness: {}", printable(&witness.command)));
    }
    text.push_str(&data(&lines.join("\n")));
    text.push('\n');
}

/// As the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the value of a property.
fn property(text: &str) -> String {
    data(&printable(text)).replace(':', "%3A").replace(',', "%2C")
}
