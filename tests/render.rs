//! What findings look like, in every face, where texts and terminals are awkward.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/golden.rs"]
mod golden;

use std::fmt::Write as _;
use std::path::Path;

use flagfall::diagnostic::render::human::{self, Look};
use flagfall::diagnostic::render::{Summary, json, plain};
use flagfall::diagnostic::{Diagnostic, Rule, Severity};
use flagfall::source::{FileId, FileKind, SourceSet, Span};

const WIDE: Look = Look { width: 100, unicode: true, color: false };

struct Case {
    sources: SourceSet,
    findings: Vec<Diagnostic>,
}

impl Case {
    fn new() -> Self {
        Self { sources: SourceSet::new(), findings: Vec::new() }
    }

    fn file(&mut self, name: &str, text: &str) -> FileId {
        self.sources.add(name, name, FileKind::Definitions, text)
    }

    /// The span of the first `part` in a file.
    fn span(&self, file: FileId, part: &str) -> Span {
        let start = self.sources.file(file).text.find(part).unwrap();
        Span::new(file, start as u32, (start + part.len()) as u32)
    }

    fn add(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    fn summary(&self) -> Summary {
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            files: self.sources.files().count(),
            flags: 12,
            environments: 3,
        }
    }

    fn human(&self, look: Look) -> String {
        let summary = human::summary(&self.findings, &self.summary());
        format!("{}{summary}\n", human::render(&self.findings, &self.sources, look))
    }

    /// Compares the faces with `tests/render/<name>.txt`.
    fn holds(&self, name: &str, looks: &[Look]) {
        let mut text = String::new();
        for look in looks {
            let _ = writeln!(text, "──── human, {} columns{}", look.width, if look.unicode { "" } else { ", ASCII" });
            text.push_str(&self.human(*look).replace('\u{1b}', "␛"));
        }
        let _ = writeln!(text, "──── plain\n{}", plain::render(&self.findings, &self.sources).trim_end());
        let _ = write!(text, "──── json\n{}", json::render(&self.findings, &self.sources, &self.summary()));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/render/{name}.txt"));
        if let Err(error) = golden::compare(&path, &text) {
            panic!("{error}");
        }
    }
}

fn unknown(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Rule::UnknownVariation, span, format!("`checkout` has no variation `{name}`"))
        .label("not a variation of this flag")
        .help("did you mean `on`?")
        .flag("checkout")
        .environment("production")
}

#[test]
fn labels_in_other_files_and_in_distant_lines_are_drawn_after_the_culprit() {
    let mut case = Case::new();
    let lines: String = (1..=20).map(|line| format!("line {line}\n")).collect();
    let first = case.file("flags/first.kdl", &lines);
    let second = case.file("flags/zweite Datei.kdl", "segment staff {\n    when email is x\n}\n");
    let finding = Diagnostic::new(Rule::DuplicateDefinition, case.span(first, "line 15"), "`staff` is defined twice")
        .label("defined again")
        .and(case.span(first, "line 2\n"), "mentioned here")
        .and(case.span(first, "line 17"), "and close to it")
        .and(case.span(second, "staff"), "first defined here")
        .meaning("only one of them could decide who is staff")
        .help("rename one of them");
    case.add(finding);
    case.holds("several-places", &[WIDE, Look { unicode: false, ..WIDE }]);
}

#[test]
fn columns_count_characters_and_underlines_follow_their_width() {
    let mut case = Case::new();
    let file = case.file(
        "ä.kdl",
        "\u{feff}gate 日本 serve=onn // first line, after a byte-order mark\ngate \"größe 🦀\" serve=onn2\n",
    );
    case.add(unknown(case.span(file, "onn"), "onn"));
    case.add(unknown(case.span(file, "onn2"), "onn2"));
    case.holds("multibyte", &[WIDE]);
}

#[test]
fn line_ends_of_windows_and_tabs_do_not_move_underlines() {
    let mut case = Case::new();
    let file = case.file("crlf.kdl", "flag a {\r\n\tgate\tb\tserve=onn\r\n\r\n}\r\n");
    case.add(unknown(case.span(file, "onn"), "onn"));
    let end = case.sources.file(file).text.len() as u32;
    case.add(
        Diagnostic::new(Rule::SyntaxError, Span::new(file, end, end), "the file ends inside a block").label("here"),
    );
    case.holds("crlf-and-tabs", &[WIDE]);
}

#[test]
fn empty_spans_are_points_at_line_ends_file_ends_and_in_empty_files() {
    let mut case = Case::new();
    let file = case.file("a.kdl", "flag a {\n    when\n}");
    let after = case.span(file, "when").end;
    case.add(
        Diagnostic::new(Rule::MissingPiece, Span::new(file, after, after), "no condition")
            .label("a condition belongs here"),
    );
    let end = case.sources.file(file).text.len() as u32;
    case.add(Diagnostic::new(Rule::SyntaxError, Span::new(file, end, end), "no line break at the end"));
    let empty = case.file("empty.kdl", "");
    case.add(Diagnostic::new(Rule::MissingPiece, Span::new(empty, 0, 0), "nothing in here").help("write something"));
    case.add(Diagnostic::global(Rule::UnusedAllow, "about no file at all"));
    case.holds("points", &[WIDE]);
}

#[test]
fn spans_of_several_lines_underline_the_first() {
    let mut case = Case::new();
    let file = case.file("a.kdl", "flag a {\n    gate b {\n        when x\n    }\n}\n");
    let whole = case.span(file, "gate b {\n        when x\n    }");
    case.add(Diagnostic::new(Rule::UnplacedExperiment, whole, "never placed").label("this step"));
    case.holds("several-lines", &[WIDE]);
}

#[test]
fn forty_columns_wrap_words_and_cut_lines_around_the_culprit() {
    let mut case = Case::new();
    let long = format!("    gate b serve=on {{ when country one-of {}onn US; }}\n", "US CA ".repeat(20));
    let file = case.file(
        "a.kdl",
        &format!("flag checkout type=boolean name=\"A long name of a flag that goes on and on\" {{\n{long}}}\n"),
    );
    case.add(
        unknown(case.span(file, "onn"), "onn")
            .meaning("everyone it targets would get the caller's default, which nobody reviewed with the flag")
            .help("write one of the variations of this flag, or define a variation of that name with a value"),
    );
    let narrow = Look { width: 40, ..WIDE };
    case.holds("narrow", &[narrow, WIDE]);
    for line in case.human(narrow).lines() {
        assert!(line.chars().count() <= 40, "{line:?} is wider than the terminal");
    }
}

#[test]
fn nothing_in_a_file_or_its_name_steers_the_terminal() {
    let mut case = Case::new();
    let file = case.file("evil\u{1b}[2J.kdl", "gate \u{1b}[31mred serve=o\u{200b}n \u{202e}rtl\rx\n");
    case.add(unknown(case.span(file, "o\u{200b}n"), "o\u{200b}n\u{7}\nsecond line"));
    case.holds("controls", &[WIDE]);
    let shown = case.human(WIDE) + &plain::render(&case.findings, &case.sources);
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}', '\u{200b}']), "{shown:?}");
}

#[test]
fn colour_marks_weight_and_culprit() {
    let mut case = Case::new();
    let file = case.file("a.kdl", "variation on #true\ngate b serve=onn\n");
    case.add(unknown(case.span(file, "onn"), "onn").and(case.span(file, "on"), "the only one"));
    case.add(unknown(case.span(file, "b"), "b").severity(Severity::Warning));
    case.add(unknown(case.span(file, "gate"), "gate").severity(Severity::Note));
    case.holds("colour", &[Look { color: true, ..WIDE }]);
}

#[test]
fn the_worst_fifty_of_a_file_are_shown_and_the_rest_counted() {
    let mut case = Case::new();
    let file = case.file("many.kdl", &"x\n".repeat(200));
    for line in 0..120 {
        let severity = if line < 100 { Severity::Warning } else { Severity::Error };
        case.add(
            Diagnostic::new(Rule::UnknownStatement, Span::new(file, line * 2, line * 2 + 1), format!("number {line}"))
                .severity(severity),
        );
    }
    let shown = case.human(WIDE);
    assert_eq!(shown.matches("[FF1001]").count(), 50);
    assert!(shown.starts_with("error[FF1001] unknown-statement: number 100\n"), "errors first: {shown}");
    assert!(shown.contains("and 70 more in many.kdl: --format plain lists all\n"), "{shown}");
    assert!(shown.ends_with("20 errors, 100 warnings in 1 file\n"), "{shown}");
    assert_eq!(plain::render(&case.findings, &case.sources).lines().count(), 120);
}

#[test]
fn without_findings_the_summary_says_what_was_read() {
    let case = Case::new();
    assert_eq!(case.human(WIDE), "no findings: 12 flags, 3 environments\n");
}

#[test]
fn every_expectation_belongs_to_a_test() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let tests = std::fs::read_to_string(here.join("render.rs")).unwrap();
    for entry in std::fs::read_dir(here.join("render")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(tests.contains(&format!("holds(\"{name}\"")), "tests/render/{name}.txt belongs to no test");
    }
}
