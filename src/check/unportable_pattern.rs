//! FF5003: a regular expression that means different things in different SDKs.

mod dialect;

use self::dialect::Culprit;
use super::written::{Written, quoted};
use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, PatternKind, Test};
use crate::source::{SourceSet, Spanned};

/// How many places of one pattern are underlined besides the first.
const MORE: usize = 4;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for placed in condition::all(scope.workspace) {
        let Condition::Attribute { test: Test::Pattern { kind, texts, .. }, .. } = placed.condition else { continue };
        for text in texts {
            let finding = match kind {
                PatternKind::Matches => of_pattern(scope.sources, text),
                PatternKind::StartsWith | PatternKind::EndsWith | PatternKind::Contains => {
                    of_literal(scope.sources, text)
                }
            };
            if let Some(finding) = finding {
                sink.push(placed.about(finding));
            }
        }
    }
}

fn of_pattern(sources: &SourceSet, pattern: &Spanned<String>) -> Option<Diagnostic> {
    let culprits = dialect::culprits(pattern);
    let first = culprits.first()?;
    let written = Written::find(sources, pattern);
    let place =
        |culprit: &Culprit| written.as_ref().map_or(pattern.span, |written| written.span(culprit.start, culprit.end));
    let text = pattern.value.get(first.start..first.end).unwrap_or("");
    let mut finding = Diagnostic::new(
        Rule::UnportablePattern,
        place(first),
        format!("`{text}` in the pattern `{}` means different things in different SDKs", pattern.value),
    )
    .label(first.reason)
    .meaning("one subject matches in some languages and not in others, or the whole flag falls to its default")
    .help(help(pattern, written.as_ref(), &culprits, first));
    if let Some(written) = &written {
        for culprit in culprits.iter().skip(1).take(MORE) {
            finding = finding.and(place(culprit), culprit.reason);
        }
        for culprit in &culprits {
            if let Some(replacement) = culprit.rewrite.as_deref().and_then(|rewrite| written.respell(rewrite)) {
                finding = finding.edit(place(culprit), replacement);
            }
        }
    }
    Some(finding)
}

/// The whole pattern rewritten where every culprit has a rewrite, else what to do about the first.
fn help(pattern: &str, written: Option<&Written>, culprits: &[Culprit], first: &Culprit) -> String {
    if let Some(rewritten) = rewritten(pattern, culprits) {
        let spelled = written.map_or_else(|| quoted(&rewritten), |written| written.whole(&rewritten));
        return format!("write `{spelled}`");
    }
    match &first.rewrite {
        Some(rewrite) => format!("in the pattern, write `{rewrite}` for it"),
        None => first.advice.to_owned(),
    }
}

fn rewritten(pattern: &str, culprits: &[Culprit]) -> Option<String> {
    let mut text = String::new();
    let mut done = 0;
    for culprit in culprits {
        text.push_str(pattern.get(done..culprit.start)?);
        text.push_str(culprit.rewrite.as_deref()?);
        done = culprit.end;
    }
    text.push_str(pattern.get(done..)?);
    dialect::culprits(&text).is_empty().then_some(text)
}

/// `starts-with` and its like become patterns of exactly these characters.
fn of_literal(sources: &SourceSet, text: &Spanned<String>) -> Option<Diagnostic> {
    let (at, character) = text.value.char_indices().find(|(_, character)| !character.is_ascii())?;
    let span = Written::find(sources, text).map_or(text.span, |written| written.span(at, at + character.len_utf8()));
    Some(
        Diagnostic::new(
            Rule::UnportablePattern,
            span,
            format!("`{character}` in `{}` is not ASCII, and some SDKs match patterns byte by byte", text.value),
        )
        .label("not ASCII")
        .meaning("one subject matches in some languages and not in others")
        .help("test an ASCII part of the text, or list whole values with `one-of`"),
    )
}
