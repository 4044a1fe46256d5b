//! One line a case: `file:line:column: passed: FLAG: NAME (ENV)`, and after `failed` what went wrong.

use std::fmt::Write as _;

use crate::diagnostic::render::printable;
use crate::source::{SourceSet, Span};
use crate::test::CaseResult;

/// All results, a line each; a failed case has a line for each failure.
pub(super) fn render(results: &[CaseResult], sources: &SourceSet) -> String {
    let mut text = String::new();
    for result in results {
        let name =
            format!("{}: {} ({})", printable(&result.flag), printable(&result.name), printable(&result.environment));
        if result.passed() {
            let _ = writeln!(text, "{}: passed: {name}", place(result.span, sources));
        }
        for failure in &result.failures {
            let message = printable(&failure.message);
            let _ = writeln!(text, "{}: failed: {name}: {message}", place(failure.span, sources));
        }
    }
    let _ = writeln!(text, "{}", super::human::summary(results));
    text
}

/// `file:line:column`.
pub(super) fn place(span: Span, sources: &SourceSet) -> String {
    let (start, _) = sources.place(span);
    format!("{}:{}:{}", printable(&sources.file(span.file).name), start.line, start.column)
}
