//! For people at a terminal: the defect, the place drawn by miette, what it means, one next step.

use std::collections::BTreeSet;
use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};
use owo_colors::Style;
use unicode_width::UnicodeWidthStr as _;

use super::excerpt::{Excerpt, Mark};
use super::{Summary, counted, printable};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, SourceSet, Span};

/// How many findings of one file are shown.
pub const SHOWN_PER_FILE: usize = 50;

/// Labels need this much room beside the code; with less they go below it.
const NARROWEST_LABEL: usize = 24;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How many columns there are.
    pub width: usize,
    /// Whether box-drawing characters show.
    pub unicode: bool,
    /// Whether to colour.
    pub color: bool,
}

/// All findings: files in order, in each file the worst first; at most [`SHOWN_PER_FILE`] a file.
#[must_use]
pub fn render(findings: &[Diagnostic], sources: &SourceSet, look: Look) -> String {
    let mut text = String::new();
    for group in findings.chunk_by(|a, b| a.span.map(|span| span.file) == b.span.map(|span| span.file)) {
        let mut group: Vec<&Diagnostic> = group.iter().collect();
        group.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in group.iter().take(SHOWN_PER_FILE) {
            text.push_str(&one(finding, sources, look));
            text.push('\n');
        }
        if let (Some(hidden @ 1..), Some(span)) =
            (group.len().checked_sub(SHOWN_PER_FILE), group.first().and_then(|finding| finding.span))
        {
            let name = printable(&sources.file(span.file).name);
            text.push_str(&format!("and {hidden} more in {name}: --format plain lists all\n\n"));
        }
    }
    text
}

/// The last line: how much was found, or how much was read.
#[must_use]
pub fn summary(findings: &[Diagnostic], summary: &Summary) -> String {
    let files: BTreeSet<Option<FileId>> = findings.iter().map(|finding| finding.span.map(|span| span.file)).collect();
    let found = [(summary.errors, "error"), (summary.warnings, "warning")];
    let found: Vec<String> =
        found.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    if found.is_empty() {
        let (flags, environments) = (counted(summary.flags, "flag"), counted(summary.environments, "environment"));
        let what = if findings.is_empty() {
            "no findings".to_owned()
        } else {
            format!("no errors or warnings, {}", counted(findings.len(), "note"))
        };
        return format!("{what}: {flags}, {environments}");
    }
    format!("{} in {}", found.join(", "), counted(files.len(), "file"))
}

/// One finding.
#[must_use]
pub fn one(finding: &Diagnostic, sources: &SourceSet, look: Look) -> String {
    let (strong, plain) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let weight = if look.color { color(finding.severity) } else { "" };
    let rule = finding.rule;
    let head = format!(
        "{weight}{}[{}]{plain} {strong}{}{plain}: {}",
        finding.severity.word(),
        rule.id(),
        rule.name(),
        printable(&finding.message)
    );
    let mut text = wrapped(&head, "", "  ", look.width);
    if let Some(culprit) = finding.span {
        text.push_str(&places(finding.severity, (culprit, &finding.label), &finding.labels, sources, look));
    }
    for (word, sentence) in [("note", &finding.meaning), ("help", &finding.help)] {
        text.push_str(&sentence_below(word, sentence, look));
    }
    for witness in finding.witness.iter().chain(&finding.also) {
        // On one line, however long: it is there to be pasted.
        text.push_str(&format!("  witness: {}\n", printable(&witness.command)));
    }
    text
}

/// Places drawn with what is to be seen there, the culprit's file first.
#[must_use]
pub fn places(severity: Severity, culprit: (Span, &str), others: &[Label], sources: &SourceSet, look: Look) -> String {
    let mut text = String::new();
    let mut below = Vec::new();
    for (file, marks) in clusters(culprit, others, sources) {
        draw(&mut text, &mut below, severity, sources, file, &marks, look);
    }
    for label in below {
        text.push_str(&wrapped(&printable(label), "  here: ", "        ", look.width));
    }
    text
}

/// `  help: …`, wrapped; nothing for an empty sentence.
#[must_use]
pub fn sentence_below(word: &str, sentence: &str, look: Look) -> String {
    if sentence.is_empty() {
        return String::new();
    }
    wrapped(&printable(sentence), &format!("  {word}: "), "        ", look.width)
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "\u{1b}[1;31m",
        Severity::Warning => "\u{1b}[1;33m",
        Severity::Note => "\u{1b}[1;36m",
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::new().red().bold(),
        Severity::Warning => Style::new().yellow().bold(),
        Severity::Note => Style::new().cyan().bold(),
    }
}

fn wrapped(text: &str, first: &str, rest: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(20))
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::fill(text, options) + "\n"
}

/// The places of a finding, by file, neighbours together; the culprit's first.
fn clusters<'a>(
    (culprit, text): (Span, &'a str),
    others: &'a [Label],
    sources: &SourceSet,
) -> Vec<(FileId, Vec<Mark<'a>>)> {
    let own = (culprit, text, true);
    let others = others.iter().map(|label| (label.span, label.text.as_str(), false));
    let mut places: Vec<_> = std::iter::once(own).chain(others).collect();
    places.sort_by_key(|(span, _, primary)| (span.file != culprit.file, span.file, span.start, !primary));
    let mut clusters: Vec<(FileId, usize, Vec<Mark<'a>>)> = Vec::new();
    for (span, text, primary) in places {
        let line = sources.file(span.file).line_index(span.start);
        let mark = Mark { start: span.start, end: span.end, text, primary };
        match clusters.last_mut() {
            // With a line of context each, these touch.
            Some((file, last, marks)) if *file == span.file && line <= *last + 3 => {
                *last = line;
                marks.push(mark);
            }
            _ => clusters.push((span.file, line, vec![mark])),
        }
    }
    clusters.sort_by_key(|(_, _, marks)| !marks.iter().any(|mark| mark.primary));
    clusters.into_iter().map(|(file, _, marks)| (file, marks)).collect()
}

/// What miette draws: marks in an excerpt.
#[derive(Debug)]
struct Drawing {
    excerpt: Excerpt,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Drawing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words around the drawing are ours.
        Ok(())
    }
}

impl std::error::Error for Drawing {}

impl miette::Diagnostic for Drawing {
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

fn draw<'a>(
    text: &mut String,
    below: &mut Vec<&'a str>,
    severity: Severity,
    sources: &SourceSet,
    file: FileId,
    marks: &[Mark<'a>],
    look: Look,
) {
    let source = sources.file(file);
    if source.text.is_empty() {
        text.push_str(&format!("  in {}\n", printable(&source.name)));
        return;
    }
    // `NN │ ` stands before the code; line numbers have at most as many digits as the file's last.
    let gutter = source.line_count().to_string().len() + 4;
    let excerpt = Excerpt::new(source, marks, look.width.saturating_sub(gutter).max(20));
    let room = look.width.saturating_sub(excerpt.number_width() + 4);
    let mut labels = Vec::new();
    let mut styles = Vec::new();
    for (mark, shown) in marks.iter().zip(&excerpt.marks) {
        let label = printable(mark.text);
        let room = room.saturating_sub(shown.anchor + 4);
        let fits = label.width() <= room || room >= NARROWEST_LABEL;
        if !fits {
            below.push(mark.text);
        }
        let label = (fits && !label.is_empty()).then(|| wrapped(&label, "", "", room).trim_end().to_owned());
        let span = (shown.start, shown.end - shown.start);
        labels.push(if mark.primary {
            LabeledSpan::new_primary_with_span(label, span)
        } else {
            LabeledSpan::new_with_span(label, span)
        });
        styles.push(if mark.primary { style(severity) } else { Style::new().blue().bold() });
    }
    let drawing = Drawing { excerpt, labels };
    let mut drawn = String::new();
    if handler(look, styles).render_report(&mut drawn, &drawing).is_ok() {
        // The first line is miette's own headline.
        text.push_str(drawn.split_once('\n').map_or("", |(_, rest)| rest));
    }
}

fn handler(look: Look, highlights: Vec<Style>) -> GraphicalReportHandler {
    let characters = if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let styles = if look.color { ThemeStyles { highlights, ..ThemeStyles::ansi() } } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_links(false)
        .with_urls(false)
        .with_width(look.width)
        .without_syntax_highlighting()
        .without_cause_chain()
}
