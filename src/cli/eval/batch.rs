//! Many evaluations: JSON lines in, JSON lines out, in order, as they come.

mod answers;
mod plain;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;

use super::raw;
use super::subject;
use super::target::{Target, is_standard_input};
use crate::cli::{Context, Exit, Format};
use crate::diagnostic::render::counted;
use crate::diagnostic::suggest;
use crate::evaluate::event::{instant_text, meta_data};
use crate::evaluate::{Assignment, Evaluator, Event, Subject};
use crate::failure::Failure;
use crate::ufc::VariationType;

/// How much is read before it is answered; less when no more is there yet, so that a conversation works too.
const CHUNK: usize = 1 << 20;
/// So many lines are answered in one go.
const LINES: usize = 1 << 10;
/// A longer line is not answered but counted.
const LONGEST_LINE: usize = 16 << 20;

/// What is the same for every line.
struct Batch<'a> {
    evaluator: Evaluator<'a>,
    at: Timestamp,
    /// Begins every answer: with `--json` the name of the schema.
    head: &'static str,
    meta_data: String,
}

/// Answers every line of `file`.
pub(super) fn run(target: &Target, file: &Path, at: Timestamp, context: &mut Context) -> Result<Exit, Failure> {
    let head = match context.options.face() {
        Format::Json => "{\"schema\":\"flagfall.eval-batch/1\",",
        Format::Human | Format::Plain => "{",
    };
    let batch = Batch { evaluator: Evaluator::new(&target.config), at, head, meta_data: meta_data().to_string() };
    let name = if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() };
    let failure = |error: std::io::Error| Failure::new(format!("cannot read `{name}`: {error}"));
    let mut input = open(file).map_err(failure)?;
    let (mut pending, mut lines, mut errors) = (Vec::new(), 0, 0);
    loop {
        let ended = more(&mut *input, &mut pending).map_err(failure)? == 0;
        let complete = if ended { pending.len() } else { complete(&pending) };
        let rest = pending.split_off(complete);
        errors += batch.answer(&pending, &mut lines, context);
        pending = rest;
        if ended || context.output.results().closed() {
            break;
        }
    }
    if errors > 0 {
        context
            .output
            .messages()
            .line(format_args!("note: {} of {lines} could not be evaluated", counted(errors, "line")));
    }
    Ok(Exit::Clean)
}

fn open(file: &Path) -> std::io::Result<Box<dyn Read>> {
    if is_standard_input(file) { Ok(Box::new(std::io::stdin())) } else { Ok(Box::new(std::fs::File::open(file)?)) }
}

/// Appends what is there, at most a chunk; says how much it was.
fn more(input: &mut dyn Read, pending: &mut Vec<u8>) -> std::io::Result<usize> {
    let before = pending.len();
    pending.resize(before + CHUNK, 0);
    let read = loop {
        match input.read(pending.get_mut(before..).unwrap_or_default()) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    pending.truncate(before + read.as_ref().copied().unwrap_or(0));
    read
}

/// How many bytes are complete lines.
fn complete(pending: &[u8]) -> usize {
    memchr::memrchr(b'\n', pending).map_or(0, |at| at + 1)
}

impl Batch<'_> {
    /// Answers complete lines; says how many of them were not usable.
    fn answer(&self, text: &[u8], lines: &mut usize, context: &mut Context) -> usize {
        let split: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let first = *lines;
        *lines += split.len();
        let answers: Vec<(String, usize)> =
            split.par_chunks(LINES).enumerate().map(|(index, lines)| self.some(first + index * LINES, lines)).collect();
        for (answer, _) in &answers {
            context.output.results().text(answer);
        }
        context.output.results().drain();
        answers.iter().map(|(_, errors)| errors).sum()
    }

    /// The answers to lines that follow the first `before`, and how many were not usable.
    fn some(&self, before: usize, lines: &[&[u8]]) -> (String, usize) {
        let mut out = String::with_capacity(lines.iter().map(|line| 3 * line.len()).sum());
        let (mut errors, mut answers) = (0, answers::Answers::new(self));
        let mut attributes = Vec::new();
        for (line, number) in lines.iter().zip(before + 1..) {
            let plain = std::str::from_utf8(line).ok().and_then(|line| plain::Line::read(line, &mut attributes));
            match plain {
                Some(plain) => answers.write(&plain, &mut out),
                None => {
                    let (answer, usable) = self.line(number, line);
                    out.push_str(&answer);
                    errors += usize::from(!usable);
                }
            }
        }
        (out, errors)
    }

    /// The answer to one line, and whether it was usable. An empty line has no answer.
    fn line(&self, number: usize, line: &[u8]) -> (String, bool) {
        let outcome = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned()).and_then(|line| {
            let line = line.trim_matches([' ', '\t', '\n', '\r']);
            if line.is_empty() { Ok(String::new()) } else { self.evaluate(line) }
        });
        match outcome {
            Ok(answer) => (answer, true),
            Err(error) => (format!("{}\"line\":{number},\"error\":{}}}\n", self.head, quoted(&error)), false),
        }
    }

    fn evaluate(&self, line: &str) -> Result<String, String> {
        let question = Question::read(line)?;
        let at = question.at.unwrap_or(self.at);
        let assignment = self.evaluator.assign(&question.flag, &question.subject, question.requested, at);
        Ok(self.render(&question, &assignment))
    }

    fn render(&self, question: &Question<'_>, assignment: &Assignment) -> String {
        let optional = |text: Option<&String>| text.map_or_else(|| "null".to_owned(), |text| quoted(text));
        let mut out = String::with_capacity(256);
        let value = assignment.value.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        let _ = write!(
            out,
            "{}\"flag\":{},\"subject\":{},\"value\":{value},\"variation\":{},\"allocation\":{},\"code\":\"{}\"",
            self.head,
            quoted(&question.flag),
            quoted(&question.subject.key),
            optional(assignment.variation.as_ref()),
            optional(assignment.allocation.as_ref()),
            assignment.code.word(),
        );
        if let Some(event) = &assignment.event {
            out.push_str(",\"event\":");
            self.render_event(&mut out, event, question.attributes);
        }
        out.push_str("}\n");
        out
    }

    /// The event, its attributes exactly as passed.
    fn render_event(&self, out: &mut String, event: &Event, attributes: &str) {
        let _ = write!(
            out,
            "{{\"featureFlag\":{},\"allocation\":{},\"experiment\":{},\"variation\":{},\"subject\":{},\
             \"subjectAttributes\":{attributes},\"timestamp\":\"{}\",\"metaData\":{}",
            quoted(&event.flag),
            quoted(&event.allocation),
            quoted(&event.experiment()),
            quoted(&event.variation),
            quoted(&event.subject),
            instant_text(event.at),
            self.meta_data,
        );
        for (name, value) in event.extra_members() {
            let _ = write!(out, ",{}:{}", quoted(name), quoted(value));
        }
        out.push('}');
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One line, read.
struct Question<'l> {
    flag: String,
    subject: Subject,
    /// As written.
    attributes: &'l str,
    requested: Option<VariationType>,
    at: Option<Timestamp>,
}

const MEMBERS: [&str; 5] = ["flag", "subject", "attributes", "type", "at"];

impl<'l> Question<'l> {
    /// Reads a line; members it does not know are somebody else's, unless they look like a misspelling.
    fn read(line: &'l str) -> Result<Self, String> {
        if line.len() > LONGEST_LINE {
            return Err(format!("longer than {} MiB", LONGEST_LINE >> 20));
        }
        serde_json::from_str::<serde::de::IgnoredAny>(line).map_err(|error| format!("not JSON: {error}"))?;
        let members = raw::members(line).ok_or("not a JSON object")?;
        let mut given: BTreeMap<&str, &'l str> = BTreeMap::new();
        for (name, value) in &members {
            if given.insert(name, value).is_some() {
                return Err(format!("`{name}` is given twice"));
            }
        }
        for name in given.keys().filter(|name| !MEMBERS.contains(name)) {
            if let Some(meant) = suggest::nearest(name, MEMBERS).filter(|meant| !given.contains_key(meant)) {
                return Err(format!("unknown member `{name}`; did you mean `{meant}`?"));
            }
        }
        // An explicit null is the same as nothing.
        let text = |name: &str| match given.get(name) {
            None | Some(&"null") => Ok(None),
            Some(value) => serde_json::from_str::<String>(value).map(Some).map_err(|_| format!("`{name}` is not text")),
        };
        let required = |name: &str| text(name)?.ok_or_else(|| format!("`{name}` is missing"));
        let attributes = given.get("attributes").copied().filter(|value| *value != "null").unwrap_or("{}");
        Ok(Self {
            flag: required("flag")?,
            subject: Subject { key: required("subject")?, attributes: subject::of_object(attributes)? },
            attributes,
            requested: text("type")?.map(|kind| super::kind(&kind).map_err(|e| e.to_string())).transpose()?,
            at: text("at")?.map(|at| super::instant(&at).map_err(|e| format!("`at`: {e}"))).transpose()?,
        })
    }
}
