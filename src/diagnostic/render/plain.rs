//! One line a finding, in the manner of compilers: `file:line:column: error[FF1010] unknown-variation: …; help: …`.

use std::fmt::Write as _;

use rayon::prelude::*;

use super::printable;
use crate::diagnostic::Diagnostic;
use crate::source::SourceSet;

/// All findings, a line each.
#[must_use]
pub fn render(findings: &[Diagnostic], sources: &SourceSet) -> String {
    let lines: Vec<String> = findings.par_iter().map(|finding| line(finding, sources)).collect();
    lines.concat()
}

fn line(finding: &Diagnostic, sources: &SourceSet) -> String {
    let mut text = String::new();
    let rule = finding.rule;
    match finding.span {
        Some(span) => {
            let (start, _) = sources.place(span);
            let _ = write!(text, "{}:{}:{}", printable(&sources.file(span.file).name), start.line, start.column);
        }
        None => text.push_str("flagfall"),
    }
    let message = printable(&finding.message);
    let _ = write!(text, ": {}[{}] {}: {message}", finding.severity.word(), rule.id(), rule.name());
    if !finding.help.is_empty() {
        let _ = write!(text, "; help: {}", printable(&finding.help));
    }
    for witness in finding.witness.iter().chain(&finding.also) {
        let _ = write!(text, "; witness: {}", printable(&witness.command));
    }
    text.push('\n');
    text
}
