//! What `-o` writes is what CI systems take: by their schemas, and within their limits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/repository.rs"]
mod repository;
#[path = "outputs/run.rs"]
mod run;
#[path = "outputs/xml.rs"]
mod xml;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flagfall::cli::FailOn;
use flagfall::cli::outputs::{Kind, face};
use flagfall::cli::session::Session;
use flagfall::diagnostic::render::report::{Case, Fold, Outcome, Report, Section, Suite};
use flagfall::diagnostic::render::{Summary, github, gitlab, json, junit, markdown, sarif};
use flagfall::diagnostic::{Diagnostic, Rule, Severity, Witness};
use flagfall::source::{FileKind, Provenance, SourceSet, Span};
use serde_json::Value;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The SARIF schema, formats included.
struct Sarif(boon::Schemas, boon::SchemaIndex);

impl Sarif {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.enable_format_assertions();
        let text = std::fs::read_to_string(here("outputs/schema/sarif-2.1.0.json")).unwrap();
        compiler.add_resource("https://flagfall.test/sarif.json", serde_json::from_str(&text).unwrap()).unwrap();
        let index = compiler.compile("https://flagfall.test/sarif.json", &mut schemas).unwrap();
        Self(schemas, index)
    }

    /// Accepts a log, and what GitHub's code scanning asks for besides.
    #[track_caller]
    fn accepts(&self, text: &str) -> Value {
        let log: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if let Err(error) = self.0.validate(&log, self.1) {
            panic!("{error:#}\n{text}");
        }
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
                assert!(!rule.pointer(text).unwrap().as_str().unwrap().is_empty(), "{text} of {rule}");
            }
            assert!(rule["properties"]["precision"].is_string() && rule["properties"]["problem.severity"].is_string());
        }
        let mut fingerprints = BTreeSet::new();
        for result in run["results"].as_array().unwrap() {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert!(fingerprints.insert(result["partialFingerprints"]["primaryLocationLineHash"].to_string()));
            let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
            for place in result["locations"].as_array().unwrap().iter().chain(&related) {
                let region = place["physicalLocation"]["region"].as_object().unwrap();
                assert_eq!(region.keys().collect::<Vec<_>>(), ["endColumn", "endLine", "startColumn", "startLine"]);
                assert!(region["startLine"] == region["endLine"], "on one line: {region:?}");
                assert!(region["startColumn"].as_u64() <= region["endColumn"].as_u64(), "{region:?}");
                let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.is_ascii() && !uri.starts_with(['/', '.']) && !uri.contains([' ', ':']), "{uri}");
            }
        }
        log
    }
}

/// The fields that GitLab's documentation lists, of these kinds, and no two of one fingerprint.
#[track_caller]
fn code_quality(text: &str) -> Vec<Value> {
    let issues: Vec<Value> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut fingerprints = BTreeSet::new();
    for issue in &issues {
        let word =
            |name: &str| issue[name].as_str().filter(|text| !text.is_empty()).unwrap_or_else(|| panic!("{issue}"));
        let _ = (word("description"), word("check_name"));
        assert!(fingerprints.insert(word("fingerprint").to_owned()), "twice: {issue}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&word("severity")), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.is_empty() && !path.starts_with(['/', '.']), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1, "{issue}");
    }
    issues
}

/// A report about findings made up.
fn report<'a>(findings: &'a [Diagnostic], sources: &'a SourceSet) -> Report<'a> {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    Report {
        command: "flagfall check".to_owned(),
        key: None,
        passed: errors == 0,
        verdict: format!("{errors} errors, {warnings} warnings"),
        failing: Severity::Error,
        findings,
        sources,
        summary: Summary { errors, warnings, files: 1, flags: 1, environments: 1 },
        sections: Vec::new(),
        suites: Vec::new(),
    }
}

/// A file of so many lines with an error in each of the first, and a warning in the others.
fn many(errors: usize, warnings: usize) -> (SourceSet, Vec<Diagnostic>) {
    let mut sources = SourceSet::new();
    let text: String = (0..errors + warnings).map(|line| format!("line{line:06}\n")).collect();
    let file = sources.add("many.kdl", "many.kdl", FileKind::Definitions, text);
    let finding = |line: usize| {
        let start = u32::try_from(line * 11).unwrap();
        let severity = if line < errors { Severity::Error } else { Severity::Warning };
        Diagnostic::new(
            Rule::GateBelowExperiment,
            Span::new(file, start, start + 10),
            format!("defect {line} of `line{line}`"),
        )
        .severity(severity)
        .meaning("somebody gets what nobody meant them to get, and is counted with the others")
        .help("move it up, or say that they are not meant")
        .flag("checkout")
        .witness(Some(witness(line)))
    };
    let findings = (0..errors + warnings).map(finding).collect();
    (sources, findings)
}

fn witness(number: usize) -> Witness {
    Witness {
        subject: format!("subject-{number}"),
        attributes: serde_json::Map::new(),
        at: "2026-12-01T00:00:00.000Z".to_owned(),
        flag: "checkout".to_owned(),
        environment: "production".to_owned(),
        command: format!("flagfall eval checkout subject-{number} --env production --at 2026-12-01T00:00:00.000Z"),
    }
}

/// Workspaces that break every rule one file can break.
fn broken() -> Vec<(Rule, Session)> {
    let mut found = Vec::new();
    for &rule in Rule::ALL {
        if let Ok(text) = std::fs::read_to_string(here(&format!("rules/{}/fires.kdl", rule.name()))) {
            let configuration = fixture::configuration(rule);
            let session = fixture::check_files([("flagfall.kdl", configuration.as_str()), ("main.kdl", &text)]);
            found.push((rule, session));
        }
    }
    found
}

#[test]
fn every_rules_findings_are_valid_in_every_output() {
    let (schema, mut fired) = (Sarif::new(), BTreeSet::new());
    let mut reports = Vec::new();
    for (rule, session) in broken() {
        let report = session.for_ci("flagfall check", None, FailOn::Error);
        let log = schema.accepts(&sarif::render(&report));
        fired.extend(session.findings.iter().map(|finding| finding.rule));
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), session.findings.len(), "{}", rule.name());
        assert_eq!(code_quality(&gitlab::render(&report)).len(), session.findings.len());
        assert!(markdown::render(&report).starts_with("<!-- flagfall -->\n**flagfall "));
        reports.push((rule.name(), junit::render(&report)));
    }
    assert!(fired.len() > 90, "few rules fired: {}", fired.len());
    for (name, text) in &reports {
        xml::accepts(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    }
    xml::published(reports.iter().map(|(_, text)| text.as_str()));
}

#[test]
fn what_the_schemas_forbid_is_refused() {
    let (sources, findings) = many(1, 0);
    let schema = Sarif::new();
    for (from, to) in [("\"2.1.0\"", "\"2.0.0\""), ("\"text\":", "\"txt\":"), ("\"startLine\":1", "\"startLine\":0")] {
        let sound = sarif::render(&report(&findings, &sources));
        assert!(sound.contains(from));
        schema.accepts(&sound);
        let log: Value = serde_json::from_str(&sound.replacen(from, to, 1)).unwrap();
        assert!(schema.0.validate(&log, schema.1).is_err(), "{to}");
    }
    let sound = junit::render(&report(&findings, &sources));
    xml::accepts(&sound).unwrap();
    for (from, to) in [
        ("<testcase name=", "<testcase title="),
        ("<failure type=", "<properties/><failure type="),
        ("</testcase>", "</testsuite>"),
        ("defect", "\u{b}"),
        (" tests=\"1\"", ""),
        ("checkout", "check&out"),
    ] {
        let text = sound.replace(from, to);
        assert!(text != sound && xml::accepts(&text).is_err(), "{to}: {text}");
    }
}

#[test]
fn nothing_found_is_a_report_too() {
    let (sources, none) = (SourceSet::new(), []);
    let report = report(&none, &sources);
    Sarif::new().accepts(&sarif::render(&report));
    assert_eq!(gitlab::render(&report), "[]\n");
    assert_eq!(github::render(&report), "");
    assert!(xml::accepts(&junit::render(&report)).is_ok_and(|cases| cases == 1));
    assert_eq!(markdown::render(&report), "<!-- flagfall -->\n**flagfall passed**: 0 errors, 0 warnings\n");
}

#[test]
fn a_finding_without_a_place_stands_on_the_configuration() {
    let mut sources = SourceSet::new();
    sources.add("flagfall.kdl", "flags/flagfall.kdl", FileKind::Configuration, "edition \"2026\"\n");
    let findings = [Diagnostic::global(Rule::UnusedAllow, "about no file")];
    let report = report(&findings, &sources);
    let log = Sarif::new().accepts(&sarif::render(&report));
    assert_eq!(
        log.pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri").unwrap(),
        "flags/flagfall.kdl"
    );
    assert_eq!(code_quality(&gitlab::render(&report))[0]["location"]["path"], "flags/flagfall.kdl");
    assert_eq!(github::render(&report), "::warning title=FF4010 unused-allow::about no file\n");
}

/// Fingerprints by message.
fn fingerprints(text: &str) -> Vec<(String, String)> {
    let session = fixture::check_files([("flagfall.kdl", run::CONFIGURATION), ("main.kdl", text)]);
    let log: Value = serde_json::from_str(&sarif::render(&session.for_ci("", None, FailOn::Error))).unwrap();
    let of = |result: &Value| {
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].to_string();
        (result["message"]["text"].to_string(), hash)
    };
    log["runs"][0]["results"].as_array().unwrap().iter().map(of).collect()
}

const BAD: &str = "flag a type=string {\n    variation b \"1\"\n    gate g serve=c\n    gate h serve=c\n    \
                   env test enabled=#true {\n        gate g\n        gate g\n        gate g\n    }\n    \
                   env production enabled=#true { gate h; }\n}\n";

#[test]
fn fingerprints_outlive_ten_lines_above_and_other_indentation() {
    let before = fingerprints(BAD);
    let unique: BTreeSet<&String> = before.iter().map(|(_, hash)| hash).collect();
    assert!(before.len() >= 4 && unique.len() == before.len(), "{before:?}");
    let moved = format!("{}{BAD}", "// a comment\n".repeat(10));
    assert_eq!(fingerprints(&moved), before);
    assert_eq!(fingerprints(&BAD.replace("    gate", "\t gate")), before);
    let other = BAD.replace("flag a ", "flag z ");
    assert!(fingerprints(&other).iter().all(|(_, hash)| !unique.contains(hash)), "of another flag");
}

#[test]
fn github_keeps_ten_of_a_level_and_is_told_of_the_rest() {
    let count = |text: &str, level: &str| text.lines().filter(|line| line.starts_with(&format!("::{level} "))).count();
    let (sources, findings) = many(30, 12);
    let text = github::render(&report(&findings, &sources));
    assert_eq!((count(&text, "error"), count(&text, "warning"), count(&text, "notice")), (10, 10, 1));
    let last = "::notice title=flagfall::and 20 errors, 2 warnings more: `flagfall check` lists all\n";
    assert!(text.starts_with("::error ") && text.ends_with(last), "{text}");
    // The last notice counts among the notices.
    let (sources, findings) = many(0, 11);
    let notes: Vec<Diagnostic> = findings.iter().map(|finding| finding.clone().severity(Severity::Note)).collect();
    let text = github::render(&report(&notes, &sources));
    assert_eq!(count(&text, "notice"), 10, "{text}");
    assert!(text.ends_with("and 2 notes more: `flagfall check` lists all\n"), "{text}");
    let text = github::render(&report(&notes[..10], &sources));
    assert!(count(&text, "notice") == 10 && !text.contains("more"), "{text}");
}

/// A finding where everything steers something.
fn hostile() -> (SourceSet, Vec<Diagnostic>) {
    let provenance = Provenance { directory: Some("a,b:c%".to_owned()), ..Provenance::default() };
    let mut sources = SourceSet::new().from_there(provenance);
    let file = sources.add("ü <x>.kdl", "x", FileKind::Definitions, "🦀 gate `a`\nb\n");
    let message = "100% of `a|b`\r\n::error::x @team <script> ]]> & \u{1b}[2J \u{0} \u{ffff} #7 </details>";
    let finding = Diagnostic::new(Rule::UnknownVariation, Span::new(file, 5, 15), message)
        .help("write `a | \\b` | or [x](y) -->")
        .and(Span::new(file, 0, 4), "")
        .edit(Span::new(file, 5, 9), "step")
        .witness(Some(Witness { command: "flagfall eval '</pre>' @me".to_owned(), ..witness(1) }));
    (sources, vec![finding])
}

#[test]
fn nothing_in_a_finding_steers_who_reads_it() {
    let (sources, findings) = hostile();
    let report = report(&findings, &sources);
    let text = github::render(&report);
    assert_eq!(text.lines().count(), 1, "{text}");
    let start = "::error file=a%2Cb%3Ac%25/ü <x>.kdl,line=1,endLine=1,col=3,endColumn=11,title=FF1010 unknown-variation::100%25 of";
    assert!(text.starts_with(start), "{text}");
    let log = Sarif::new().accepts(&sarif::render(&report));
    let place = log.pointer("/runs/0/results/0/locations/0/physicalLocation").unwrap();
    assert_eq!(place["artifactLocation"]["uri"], "a%2Cb%3Ac%25/%C3%BC%20%3Cx%3E.kdl");
    // Columns count characters, and what goes on in the next line is cut.
    assert_eq!(place["region"], serde_json::json!({"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 11}));
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let deleted = log.pointer("/runs/0/results/0/fixes/0/artifactChanges/0/replacements/0/deletedRegion/startColumn");
    assert_eq!(deleted.unwrap(), 3);
    xml::accepts(&junit::render(&report)).unwrap();
    xml::published([junit::render(&report).as_str()]);
    let text = markdown::render(&report);
    assert!(!text.contains("<script>") && !text.contains("@team") && !text.contains("'</pre>'"), "{text}");
    assert_eq!(text.matches("</details>").count(), 1, "{text}");
    let row = text.lines().find(|line| line.starts_with("| error")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "four cells: {row}");
}

/// Every error has its place in the comment: in a row or a line of its own, or among those of its rule and file.
#[track_caller]
fn has_all(text: &str, errors: usize) {
    let open = text.split("<details>").next().unwrap();
    let together = open.lines().find_map(|line| line.split_once(" in `many.kdl`: ")).map_or("", |(_, numbers)| numbers);
    let together: BTreeSet<&str> = together.split(' ').collect();
    let alone = |line: usize| open.contains(&format!("`many.kdl:{line}`"));
    let missing = (1..=errors).filter(|&line| !alone(line) && !together.contains(line.to_string().as_str())).count();
    assert_eq!(missing, 0, "errors without a place");
}

#[test]
fn comments_stay_short_and_name_every_error() {
    for (errors, warnings, folded) in [
        (2, 1, None),
        (20, 4_980, Some("lesser findings")),
        (300, 4_700, Some("details")),
        (700, 4_300, Some("the next steps of errors")),
        (5_000, 0, Some("the words of errors")),
    ] {
        let (sources, findings) = many(errors, warnings);
        let report = report(&findings, &sources);
        let text = markdown::render(&report);
        assert!(text.len() <= 65_000 && text.len() > 500, "{} bytes of {errors} errors", text.len());
        has_all(&text, errors);
        match folded {
            None => assert!(!text.contains("Folded away") && text.matches("<details>").count() == 3, "{text}"),
            Some(what) => {
                let note = text.lines().last().unwrap();
                assert!(
                    note.starts_with("Folded away") && note.contains(what) && note.contains("`flagfall check`"),
                    "{note}"
                );
                assert!(text.len() > 30_000, "room was left: {} bytes", text.len());
            }
        }
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}

#[test]
fn comments_about_errors_in_thousands_of_files_stay_short_and_count_every_one() {
    for (files, told) in [(1_500, "the words of errors"), (20_000, "the words and places of errors")] {
        let mut sources = SourceSet::new();
        let mut findings = Vec::new();
        for number in 0..files {
            let path = format!("flags/many/f{number}.kdl");
            let file = sources.add(path.as_str(), path.as_str(), FileKind::Definitions, "line\n");
            findings.push(
                Diagnostic::new(Rule::LoweredExposure, Span::new(file, 0, 4), "the running experiment is lowered")
                    .severity(Severity::Error),
            );
        }
        let text = markdown::render(&report(&findings, &sources));
        assert!(text.len() <= 65_000, "{} bytes of {files} errors", text.len());
        assert!(text.contains(&format!("- FF3004 lowered-exposure, {files} errors in ")), "{text}");
        assert!(text.lines().last().unwrap().starts_with(&format!("Folded away for want of room: {told}")), "{text}");
        assert_eq!(text.contains("f777.kdl:1"), files == 1_500);
    }
}

#[test]
fn sections_give_way_to_errors_and_stand_above_them() {
    let (sources, findings) = many(3, 0);
    let fold = |number: usize| Fold {
        summary: format!("`flag-{number}`"),
        paragraphs: vec!["who moves".to_owned()],
        verbatim: "flagfall eval\n".repeat(40),
    };
    let section = Section {
        heading: "What changes".to_owned(),
        note: "10 % of `production`".to_owned(),
        columns: vec!["flag".to_owned(), "class".to_owned()],
        rows: (0..5_000).map(|row| vec![format!("`flag-{row}|`"), "released".to_owned()]).collect(),
        folds: (0..100).map(fold).collect(),
    };
    let report = Report { sections: vec![section], key: Some("apps/web".to_owned()), ..report(&findings, &sources) };
    let text = markdown::render(&report);
    assert!(text.len() <= 65_000, "{}", text.len());
    assert!(text.starts_with("<!-- flagfall: apps/web -->\n"), "{text}");
    assert!(text.contains("| `flag-0\\|` | released |\n"), "{text}");
    assert_eq!(text.matches("| error |").count(), 3);
    assert!(text.find("### What changes").unwrap() < text.find("| error |").unwrap());
    let note = text.lines().last().unwrap();
    assert!(note.contains(" rows") && note.contains("103 details"), "{note}");
}

#[test]
fn suites_of_gates_and_tests_stand_beside_those_of_rules() {
    let (sources, findings) = many(1, 1);
    let case =
        |name: &str, outcome| Case { name: name.to_owned(), class: "a".to_owned(), outcome, output: "out".to_owned() };
    let failed = Outcome::Failed { kind: "gate".to_owned(), message: "no \"x\"".to_owned(), text: "a\n<b>".to_owned() };
    let skipped = Outcome::Skipped { message: "no base".to_owned() };
    let cases = vec![case("one", Outcome::Passed), case("two", failed), case("three", skipped)];
    let suites = vec![Suite { name: "gates".to_owned(), cases }];
    let text = junit::render(&Report { suites, ..report(&findings, &sources) });
    assert_eq!(xml::accepts(&text), Ok(4), "{text}");
    xml::published([text.as_str()]);
    assert!(text.contains("<testsuites name=\"flagfall\" tests=\"4\" failures=\"2\" errors=\"0\">"), "{text}");
    assert!(text.contains("name=\"gates\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{text}");
    assert!(text.contains("(and 1 finding)"), "{text}");
    // Warnings fail only where they are asked to.
    let passed = junit::render(&report(&findings[1..], &sources));
    assert!(passed.contains("failures=\"0\"") && passed.contains("defect 1 of"), "{passed}");
    let strict = junit::render(&Report { failing: Severity::Warning, ..report(&findings[1..], &sources) });
    assert!(strict.contains("failures=\"1\""), "{strict}");
}

#[test]
fn too_many_results_for_github_are_cut_from_the_least_on_and_counted() {
    let (sources, findings) = many(3, 25_010);
    let mut findings = findings;
    findings.rotate_left(3);
    let text = sarif::render(&report(&findings, &sources));
    assert!(text.len() <= sarif::MOST_BYTES, "{}", text.len());
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= sarif::MOST_RESULTS && results.len() > 5_000, "{}", results.len());
    assert!(results[..3].iter().all(|result| result["level"] == "error"));
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with(&format!("{} of the lesser findings are left out", 25_013 - results.len())), "{said}");
}

#[test]
fn places_are_relative_to_the_repository_and_name_the_commit() {
    let provenance = Provenance {
        directory: Some("apps/shop".to_owned()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        repository: Some("https://example.com/shop/flags.git".to_owned()),
    };
    let (sources, findings) = many(1, 0);
    let file = sources.files().next().unwrap().1;
    let mut there = SourceSet::new().from_there(provenance);
    there.add(file.path.as_str(), "main:apps/shop/many.kdl", FileKind::Definitions, &*file.text);
    let report = report(&findings, &there);
    let log = Sarif::new().accepts(&sarif::render(&report));
    let run = &log["runs"][0];
    let place = run.pointer("/results/0/locations/0/physicalLocation/artifactLocation").unwrap();
    assert_eq!(*place, serde_json::json!({"uri": "apps/shop/many.kdl", "uriBaseId": "%SRCROOT%"}));
    let control = &run["versionControlProvenance"][0];
    assert_eq!(control["repositoryUri"], "https://example.com/shop/flags.git");
    assert_eq!(control["revisionId"], "0123456789abcdef0123456789abcdef01234567");
    assert_eq!(code_quality(&gitlab::render(&report))[0]["location"]["path"], "apps/shop/many.kdl");
    let document: Value = serde_json::from_str(&json::render(&findings, &there, &report.summary)).unwrap();
    assert_eq!(document["findings"][0]["place"]["commit"], "0123456789abcdef0123456789abcdef01234567");
    let document: Value = serde_json::from_str(&json::render(&findings, &sources, &report.summary)).unwrap();
    assert!(document["findings"][0]["place"].get("commit").is_none());
}

#[test]
fn reports_of_a_change_are_valid_what_is_gone_included() {
    let repository = repository::Repository::empty();
    repository.write("flags/flagfall.kdl", run::CONFIGURATION);
    let flag = |key: &str| {
        format!(
            "flag {key} type=string {{\n    variation a \"1\"\n    variation b \"2\"\n    experiment e {{ split a=50 b=50; }}\n    \
             env production enabled=#true {{ experiment e; }}\n}}\n"
        )
    };
    repository.write("flags/gone.kdl", flag("gone"));
    repository.write("flags/stays.kdl", flag("stays"));
    repository.commit("Two flags");
    std::fs::remove_file(repository.path().join("flags/gone.kdl")).unwrap();
    repository.edit("flags/stays.kdl", "    variation b \"2\"\n", "");
    repository.edit("flags/stays.kdl", "a=50 b=50", "a=50");
    for command in [&["diff", "main"][..], &["ci", "--base", "main"]] {
        let ran = repository
            .flagfall(&[command, &["-o", "sarif=s", "-o", "gitlab=g", "-o", "junit=j", "-o", "md=m"]].concat());
        assert_eq!(ran.code, 1, "{}{}", ran.results, ran.messages);
        let read = |name: &str| std::fs::read_to_string(repository.path().join(name)).unwrap();
        let log = Sarif::new().accepts(&read("s"));
        let rules: BTreeSet<String> =
            log["runs"][0]["results"].as_array().unwrap().iter().map(|one| one["ruleId"].to_string()).collect();
        assert!(rules.contains("\"FF3005\"") && rules.contains("\"FF3014\""), "{command:?}: {rules:?}");
        assert!(code_quality(&read("g")).len() >= 2);
        assert!(xml::accepts(&read("j")).is_ok());
        xml::published([read("j").as_str()]);
        assert!(read("m").starts_with("<!-- flagfall -->\n**flagfall failed**"), "{}", read("m"));
    }
}

#[test]
fn this_is_what_they_look_like() {
    let text = std::fs::read_to_string(here("rules/gate-below-experiment/fires.kdl")).unwrap() + BAD;
    let session = fixture::check_files([("flagfall.kdl", run::CONFIGURATION), ("main.kdl", &text)]);
    let report = session.for_ci("flagfall check", None, FailOn::Error);
    let mut all = String::new();
    for kind in [Kind::Github, Kind::Gitlab, Kind::Junit, Kind::Md] {
        let _ = write!(all, "──── {}\n{}", kind.name(), face(kind, &report, &String::new));
    }
    golden::compare(&here("outputs/faces.txt"), &all).unwrap_or_else(|error| panic!("{error}"));
}
