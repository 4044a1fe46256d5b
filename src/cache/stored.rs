//! Findings as they are kept: places by path, in as few bytes as it takes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Edit, Label, Rule, Severity, Subject, Witness};
use crate::source::{FileId, SourceSet, Span};

/// The findings of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Stored<'a> {
    /// The other files with places in them.
    #[serde(borrow)]
    others: Vec<&'a str>,
    #[serde(borrow)]
    findings: Vec<Finding<'a>>,
}

/// A place: 0 for the file itself, else the number of another one; first byte, and the byte after the last.
type Place = (u32, u32, u32);

#[derive(Debug, Serialize, Deserialize)]
struct Finding<'a> {
    rule: u16,
    severity: u8,
    message: &'a str,
    place: Place,
    label: &'a str,
    #[serde(borrow)]
    labels: Vec<(Place, &'a str)>,
    meaning: &'a str,
    help: &'a str,
    #[serde(borrow)]
    edits: Vec<(Place, &'a str)>,
    #[serde(borrow)]
    subject: [Option<&'a str>; 3],
    #[serde(borrow)]
    witnesses: [Option<Somebody<'a>>; 2],
}

#[derive(Debug, Serialize, Deserialize)]
struct Somebody<'a> {
    subject: &'a str,
    /// JSON.
    attributes: Vec<(String, String)>,
    at: &'a str,
    flag: &'a str,
    environment: &'a str,
    command: &'a str,
}

/// The findings of one file as bytes; nothing for none. None where they cannot be kept.
pub(super) fn encoded(own: FileId, findings: &[&Diagnostic], sources: &SourceSet) -> Option<Vec<u8>> {
    if findings.is_empty() {
        return Some(Vec::new());
    }
    let mut others: Vec<FileId> = Vec::new();
    let mut place = |span: Span| {
        let number = if span.file == own {
            0
        } else {
            let known = others.iter().position(|other| *other == span.file);
            known.unwrap_or_else(|| {
                others.push(span.file);
                others.len() - 1
            }) + 1
        };
        Some((u32::try_from(number).ok()?, span.start, span.end))
    };
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings {
        let labels = finding.labels.iter().map(|label| Some((place(label.span)?, label.text.as_str())));
        let labels = labels.collect::<Option<Vec<_>>>()?;
        let edits = finding.edits.iter().map(|edit| Some((place(edit.span)?, edit.replacement.as_str())));
        let edits = edits.collect::<Option<Vec<_>>>()?;
        let Subject { flag, environment, step } = &finding.subject;
        kept.push(Finding {
            rule: u16::try_from(Rule::ALL.iter().position(|rule| *rule == finding.rule)?).ok()?,
            severity: finding.severity as u8,
            message: &finding.message,
            place: place(finding.span?)?,
            label: &finding.label,
            labels,
            meaning: &finding.meaning,
            help: &finding.help,
            edits,
            subject: [flag.as_deref(), environment.as_deref(), step.as_deref()],
            witnesses: [finding.witness.as_ref().map(Somebody::of), finding.also.as_ref().map(Somebody::of)],
        });
    }
    let others = others.into_iter().map(|file| sources.file(file).path.as_str()).collect();
    postcard::to_stdvec(&Stored { others, findings: kept }).ok()
}

/// The same back. None where they cannot be read, or speak of a file that is no more.
pub(super) fn decoded(own: FileId, bytes: &[u8], by_path: &HashMap<&str, FileId>) -> Option<Vec<Diagnostic>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let Stored { others, findings } = postcard::from_bytes(bytes).ok()?;
    let files: Vec<FileId> = others.into_iter().map(|path| by_path.get(path).copied()).collect::<Option<_>>()?;
    let span = |(file, start, end): Place| {
        let file = match usize::try_from(file).ok()?.checked_sub(1) {
            None => own,
            Some(other) => *files.get(other)?,
        };
        Some(Span::new(file, start, end))
    };
    findings.into_iter().map(|finding| finding.back(&span)).collect()
}

impl Finding<'_> {
    fn back(self, span: &impl Fn(Place) -> Option<Span>) -> Option<Diagnostic> {
        let labels =
            self.labels.into_iter().map(|(place, text)| Some(Label { span: span(place)?, text: text.to_owned() }));
        let edits = self.edits.into_iter();
        let edits = edits.map(|(place, text)| Some(Edit { span: span(place)?, replacement: text.to_owned() }));
        let [flag, environment, step] = self.subject.map(|name| name.map(str::to_owned));
        let [witness, also] = self.witnesses;
        Some(Diagnostic {
            rule: *Rule::ALL.get(usize::from(self.rule))?,
            severity: [Severity::Note, Severity::Warning, Severity::Error].get(usize::from(self.severity)).copied()?,
            message: self.message.to_owned(),
            span: Some(span(self.place)?),
            label: self.label.to_owned(),
            labels: labels.collect::<Option<_>>()?,
            meaning: self.meaning.to_owned(),
            help: self.help.to_owned(),
            edits: edits.collect::<Option<_>>()?,
            subject: Subject { flag, environment, step },
            witness: back(witness)?,
            also: back(also)?,
        })
    }
}

impl<'a> Somebody<'a> {
    fn of(witness: &'a Witness) -> Self {
        let Witness { subject, attributes, at, flag, environment, command } = witness;
        let attributes = attributes.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        Self { subject, attributes, at, flag, environment, command }
    }
}

/// None where it cannot be read.
#[expect(clippy::option_option, reason = "there may be nobody, and somebody may be unreadable")]
fn back(somebody: Option<Somebody<'_>>) -> Option<Option<Witness>> {
    let Some(Somebody { subject, attributes, at, flag, environment, command }) = somebody else { return Some(None) };
    let attributes = attributes.into_iter().map(|(name, value)| Some((name, serde_json::from_str(&value).ok()?)));
    Some(Some(Witness {
        subject: subject.to_owned(),
        attributes: attributes.collect::<Option<_>>()?,
        at: at.to_owned(),
        flag: flag.to_owned(),
        environment: environment.to_owned(),
        command: command.to_owned(),
    }))
}
