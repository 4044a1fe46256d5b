//! [`Tree`] in, [`Ast`] out: the language, statement by statement.
//!
//! Decoding never stops: a piece that cannot be read is reported once and left out, and what the reader already reported
//! is not reported again. [`shape`] is the grammar as a table, [`statement`] reads a line by it, [`value`] reads values,
//! [`condition`] reads conditions and their misreadings; the other modules are the statements, one noun each.

mod audience;
mod condition;
mod configuration;
mod environment;
mod flag;
mod json;
mod list;
mod misreading;
mod operator;
mod placement;
mod policy;
mod shape;
mod split;
mod statement;
mod step;
mod test_case;
#[cfg(test)]
mod tests;
mod unknown;
mod value;
mod variation;
mod vocabulary;

use std::collections::HashMap;

use super::ast::Ast;
use super::tree::Tree;
use crate::diagnostic::{Diagnostic, Rule, Severity, Sink};
use crate::source::{FileId, FileKind, SourceFile, SourceSet, Span};

pub(super) use list::references;

/// How many characters of the source a finding quotes.
const QUOTED: usize = 80;

/// How far behind a statement the reader's findings still belong to it: a bound, because one line may be the whole file.
const LINE: usize = 256;

/// What came out of one file.
pub(super) struct Decoded {
    /// What was written.
    pub ast: Ast,
    /// What is wrong with it.
    pub findings: Sink,
}

/// Decodes one file. `read` holds the reader's findings about it: what they cover is not reported again.
pub(super) fn file<'t>(
    tree: &'t Tree<'t>,
    file: &'t SourceFile,
    sources: &'t SourceSet,
    by_path: &'t HashMap<&'t str, FileId>,
    read: &Sink,
) -> Decoded {
    let mut decoder = Decoder {
        tree,
        sources,
        by_path,
        path: &file.path,
        damage: Damage::of(read),
        sink: Sink::new(),
        incomplete: false,
        guesses: 0,
        flag: None,
        environment: None,
        step: None,
    };
    let mut ast = Ast::default();
    match file.kind {
        FileKind::Configuration => decoder.configuration(&mut ast),
        FileKind::Definitions => decoder.definitions(&mut ast),
        FileKind::Tests => decoder.tests(&mut ast),
        FileKind::Data | FileKind::Refused => {}
    }
    ast.incomplete = decoder.incomplete || decoder.damage.any();
    Decoded { ast, findings: decoder.sink }
}

/// The state of decoding one file.
struct Decoder<'t> {
    tree: &'t Tree<'t>,
    sources: &'t SourceSet,
    by_path: &'t HashMap<&'t str, FileId>,
    /// The file's path in the workspace.
    path: &'t str,
    damage: Damage,
    sink: Sink,
    /// Something was left out since this was last reset; flags carry it.
    incomplete: bool,
    /// How many "did you mean" were looked for: a file of nothing but errors must stay fast.
    guesses: usize,
    flag: Option<String>,
    environment: Option<String>,
    step: Option<String>,
}

impl Decoder<'_> {
    /// Reports a finding, unless the reader reported its place already.
    fn report(&mut self, finding: Diagnostic) {
        self.incomplete |= finding.severity == Severity::Error;
        if finding.span.is_some_and(|span| self.damage.touches(span)) {
            return;
        }
        let mut finding = finding;
        finding.subject.flag = finding.subject.flag.or_else(|| self.flag.clone());
        finding.subject.environment = finding.subject.environment.or_else(|| self.environment.clone());
        finding.subject.step = finding.subject.step.or_else(|| self.step.clone());
        self.sink.push(finding);
    }

    /// Reports that `node` lacks something, unless part of its line was unreadable.
    fn missing(&mut self, line: Span, at: Span, message: impl Into<String>, help: impl Into<String>) {
        self.incomplete = true;
        let rest = self.line_end(line.end);
        if !self.damage.touches(Span::new(line.file, line.start, rest)) {
            self.report(Diagnostic::new(Rule::MissingPiece, at, message).label("here").help(help));
        }
    }

    /// The source text at `span` as a finding quotes it: one line, shortened where it is long.
    fn excerpt(&self, span: Span) -> String {
        let text = self.source(span);
        let shown = text.char_indices().nth(QUOTED).map_or(text, |(at, _)| text.get(..at).unwrap_or(text));
        let lines: Vec<&str> = shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let ellipsis = if shown.len() < text.len() { "…" } else { "" };
        format!("{}{ellipsis}", lines.join("; "))
    }

    /// The end of the line that holds byte `offset`, or a place far enough behind it.
    fn line_end(&self, offset: u32) -> u32 {
        let rest = self.tree.text.as_bytes().get(offset as usize..).unwrap_or(&[]);
        let rest = rest.get(..LINE).unwrap_or(rest);
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        offset + u32::try_from(length).unwrap_or(0)
    }

    /// The source text at `span`: what the author wrote, which is what findings quote.
    fn source(&self, span: Span) -> &str {
        self.tree.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// Where the reader found errors.
struct Damage {
    /// Starts, sorted, each with the furthest end of it and all before it.
    places: Vec<(u32, u32)>,
}

impl Damage {
    fn of(read: &Sink) -> Self {
        let errors = read.findings().iter().filter(|finding| finding.severity == Severity::Error);
        let mut places: Vec<(u32, u32)> =
            errors.filter_map(|finding| finding.span).map(|span| (span.start, span.end)).collect();
        places.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut places {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        Self { places }
    }

    fn any(&self) -> bool {
        !self.places.is_empty()
    }

    fn touches(&self, span: Span) -> bool {
        let before = self.places.partition_point(|&(start, _)| start < span.end.max(span.start + 1));
        before.checked_sub(1).and_then(|last| self.places.get(last)).is_some_and(|&(_, end)| end > span.start)
    }
}
