//! JUnit XML as Jenkins and Ant wrote it and everyone reads it (`junit-10.xsd`): suites handed in, then a suite for each rule that
//! found something.

use std::fmt::Write as _;

use super::report::{Case, Found, Outcome, Report, Suite};
use super::{counted, printable};
use crate::diagnostic::Severity;

/// The report as XML.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut suites = report.suites.clone();
    suites.extend(of_findings(report));
    if suites.is_empty() {
        // Build servers take a report without cases for one that was never written.
        let outcome = Outcome::Passed;
        let case =
            Case { name: "no findings".to_owned(), class: "flagfall".to_owned(), outcome, output: String::new() };
        suites.push(Suite { name: "check".to_owned(), cases: vec![case] });
    }
    write(&suites)
}

/// Suites as XML.
#[must_use]
pub fn write(suites: &[Suite]) -> String {
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failures) = (all().count(), all().filter(|case| failed(case)).count());
    let _ = writeln!(text, "<testsuites name=\"flagfall\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    suites.iter().for_each(|suite| self::suite(suite, &mut text));
    text.push_str("</testsuites>\n");
    text
}

fn failed(case: &Case) -> bool {
    matches!(case.outcome, Outcome::Failed { .. })
}

fn suite(suite: &Suite, text: &mut String) {
    let failures = suite.cases.iter().filter(|case| failed(case)).count();
    let skipped = suite.cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped { .. })).count();
    let (name, tests) = (attribute(&suite.name), suite.cases.len());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    );
    suite.cases.iter().for_each(|case| self::case(case, text));
    text.push_str("  </testsuite>\n");
}

fn case(case: &Case, text: &mut String) {
    let _ = write!(text, "    <testcase name=\"{}\" classname=\"{}\"", attribute(&case.name), attribute(&case.class));
    if case.outcome == Outcome::Passed && case.output.is_empty() {
        text.push_str("/>\n");
        return;
    }
    text.push_str(">\n");
    let _ = match &case.outcome {
        Outcome::Passed => Ok(()),
        Outcome::Failed { kind, message, text: lines } => {
            let (kind, message) = (attribute(kind), attribute(message));
            writeln!(text, "      <failure type=\"{kind}\" message=\"{message}\">{}</failure>", content(lines))
        }
        Outcome::Skipped { message } => writeln!(text, "      <skipped message=\"{}\"/>", attribute(message)),
    };
    if !case.output.is_empty() {
        let _ = writeln!(text, "      <system-out>{}</system-out>", content(&case.output));
    }
    text.push_str("    </testcase>\n");
}

/// A suite a rule; in it a case for each file, flag, environment and step, so that a case has the same name in every run.
fn of_findings(report: &Report<'_>) -> Vec<Suite> {
    let mut found = report.found();
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    let rules = found.chunk_by(|a, b| a.finding.rule == b.finding.rule);
    let suites = rules.map(|of_rule| {
        let rule = of_rule.first().map(|one| one.finding.rule);
        let cases = of_rule.chunk_by(|a, b| order(a) == order(b)).map(|group| of_group(group, report.failing));
        let name = rule.map_or_else(String::new, |rule| format!("{} {}", rule.id(), rule.name()));
        Suite { name, cases: cases.collect() }
    });
    suites.collect()
}

fn order<'a>(one: &'a Found<'_>) -> (&'static str, &'a str, [Option<&'a str>; 3]) {
    let subject = &one.finding.subject;
    let subject = [&subject.flag, &subject.environment, &subject.step].map(Option::as_deref);
    (one.finding.rule.id(), &one.spot.path, subject)
}

fn of_group(group: &[Found<'_>], failing: Severity) -> Case {
    let lines: Vec<String> = group.iter().map(lines).collect();
    let lines = lines.join("\n");
    let (_, path, [flag, environment, step]) = group.first().map_or(("", "", [None; 3]), order);
    let mut name = flag.unwrap_or("the workspace").to_owned();
    let _ = step.map_or(Ok(()), |step| write!(name, "/{step}"));
    let _ = environment.map_or(Ok(()), |environment| write!(name, " ({environment})"));
    let worst = group.iter().max_by_key(|one| one.finding.severity);
    let (outcome, output) = match worst.map(|one| one.finding).filter(|finding| finding.severity >= failing) {
        Some(finding) => {
            let more = group.len().saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(" (and {})", counted(more, "finding")) };
            let (kind, message) = (finding.rule.id().to_owned(), format!("{}{more}", finding.message));
            (Outcome::Failed { kind, message, text: lines }, String::new())
        }
        None => (Outcome::Passed, lines),
    };
    Case { name, class: path.to_owned(), outcome, output }
}

/// Place and words of a finding.
fn lines(one: &Found<'_>) -> String {
    let Found { finding, spot, .. } = one;
    let mut text =
        format!("{}:{}:{}: {}: {}", spot.path, spot.line, spot.column, finding.severity.word(), finding.message);
    if !finding.meaning.is_empty() {
        let _ = write!(text, "\n  {}", finding.meaning);
    }
    if !finding.help.is_empty() {
        let _ = write!(text, "\n  help: {}", finding.help);
    }
    if let Some(witness) = &finding.witness {
        let _ = write!(text, "\n  witness: {}", witness.command);
    }
    text
}

/// Text in an attribute.
fn attribute(text: &str) -> String {
    escaped(&printable(text))
}

/// Lines between tags.
fn content(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(attribute).collect();
    lines.join("\n")
}

/// XML 1.0 has no way to write two characters that [`printable`] leaves alone.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
