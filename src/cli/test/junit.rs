//! JUnit XML, which build servers read: a suite a flag, a test case a case and environment.

use crate::diagnostic::render::junit;
use crate::diagnostic::render::report::{Case, Outcome, Suite};
use crate::source::SourceSet;
use crate::test::CaseResult;

/// The report as XML.
pub(super) fn render(results: &[CaseResult], sources: &SourceSet) -> String {
    junit::write(&suites(results, sources))
}

/// The results as suites, for reports of more than tests.
pub(in crate::cli) fn suites(results: &[CaseResult], sources: &SourceSet) -> Vec<Suite> {
    let groups = results.chunk_by(|left, right| left.flag == right.flag);
    let suite = |group: &[CaseResult]| Suite {
        name: group.first().map_or_else(String::new, |result| result.flag.clone()),
        cases: group.iter().map(|result| case(result, sources)).collect(),
    };
    groups.map(suite).collect()
}

fn case(result: &CaseResult, sources: &SourceSet) -> Case {
    let (start, _) = sources.place(result.span);
    let output = format!("{}:{}", sources.repository_path(result.span.file), start.line);
    Case {
        name: format!("{} ({})", result.name, result.environment),
        class: result.flag.clone(),
        outcome: outcome(result, sources),
        output,
    }
}

fn outcome(result: &CaseResult, sources: &SourceSet) -> Outcome {
    let Some(first) = result.failures.first() else { return Outcome::Passed };
    let lines = result.failures.iter().map(|failure| {
        let (start, _) = sources.place(failure.span);
        let path = sources.repository_path(failure.span.file);
        format!("{path}:{}:{}: {}", start.line, start.column, failure.message)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    Outcome::Failed { kind: "expectation".to_owned(), message: first.message.clone(), text }
}
