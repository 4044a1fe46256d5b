//! One list of findings, many faces.

mod excerpt;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod plain;
pub mod report;
pub mod sarif;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Diagnostic, Severity};

/// How much was read and found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Files read.
    pub files: usize,
    /// Flags defined.
    pub flags: usize,
    /// Environments of the workspace.
    pub environments: usize,
}

impl Summary {
    /// Of findings alone.
    #[must_use]
    pub fn of(findings: &[Diagnostic]) -> Self {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), ..Self::default() }
    }
}

/// What a finding says, in sentences: the defect, what it means, and the next step.
#[must_use]
pub fn sentences(finding: &Diagnostic) -> String {
    let next = if finding.help.is_empty() { String::new() } else { format!("next step: {}", finding.help) };
    let said = [finding.message.as_str(), &finding.meaning, &next].into_iter().filter(|part| !part.is_empty());
    let said: Vec<String> = said.map(|part| printable(part).trim_end_matches('.').to_owned()).collect();
    said.join(". ")
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Text without anything that would steer a terminal or break a line: control and invisible characters become `\u{…}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            other if is_unprintable(other) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

/// Controls, and the format characters that hide or reorder what people see.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
