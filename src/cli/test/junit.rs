//! JUnit XML, which build servers read: a suite a flag, a test case a case and environment.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::failure::Failure;
use crate::source::SourceSet;
use crate::test::CaseResult;

/// The report as XML.
pub(super) fn render(results: &[CaseResult], sources: &SourceSet) -> Result<String, Failure> {
    let mut report = Report::new("flagfall");
    for group in results.chunk_by(|left, right| left.flag == right.flag) {
        let flag = group.first().map_or("", |result| result.flag.as_str());
        let mut suite = TestSuite::new(flag);
        suite.add_test_cases(group.iter().map(|result| case(result, sources)));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| Failure::new(format!("cannot write the results as JUnit XML: {error}")))
}

fn case(result: &CaseResult, sources: &SourceSet) -> TestCase {
    let name = format!("{} ({})", result.name, result.environment);
    let mut case = TestCase::new(name, status(result, sources));
    case.set_classname(result.flag.as_str());
    let (start, _) = sources.place(result.span);
    case.add_property(("file", sources.file(result.span.file).name.as_str()));
    case.add_property(("line", start.line.to_string().as_str()));
    case
}

fn status(result: &CaseResult, sources: &SourceSet) -> TestCaseStatus {
    let Some(first) = result.failures.first() else { return TestCaseStatus::success() };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(first.message.as_str()).set_type("expectation");
    let lines = result.failures.iter().map(|failure| {
        let (start, _) = sources.place(failure.span);
        format!("{}:{}:{}: {}", sources.file(failure.span.file).name, start.line, start.column, failure.message)
    });
    status.set_description(lines.collect::<Vec<_>>().join("\n"));
    status
}
