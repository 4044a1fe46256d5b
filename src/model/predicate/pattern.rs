//! Text tests as portable regular expressions.

use crate::model::PatternKind;

/// One expression that matches what any of `texts` means.
#[must_use]
pub fn expression<'a>(kind: PatternKind, texts: impl ExactSizeIterator<Item = &'a str>) -> String {
    let several = texts.len() > 1;
    let alternatives: Vec<String> = match kind {
        PatternKind::Matches => texts.map(str::to_owned).collect(),
        PatternKind::StartsWith | PatternKind::EndsWith | PatternKind::Contains => texts.map(escaped).collect(),
    };
    let any = alternatives.join("|");
    match (kind, several) {
        (PatternKind::Matches | PatternKind::Contains, _) => any,
        (PatternKind::StartsWith, false) => format!("^{any}"),
        (PatternKind::StartsWith, true) => format!("^({any})"),
        (PatternKind::EndsWith, false) => format!("{any}$"),
        (PatternKind::EndsWith, true) => format!("({any})$"),
    }
}

/// A pattern as an author would ask for it: the text at the start, at the end or anywhere, where that compiles to the same.
#[must_use]
pub fn worded(pattern: &str) -> (&'static str, String) {
    let plain = pattern.trim_start_matches('^').trim_end_matches('$').replace('\\', "");
    let same = |kind: PatternKind| expression(kind, std::iter::once(plain.as_str())) == pattern;
    let kind = LITERAL.into_iter().find(|(_, kind)| usable(pattern, &plain) && same(*kind));
    kind.map_or_else(|| ("matches", pattern.to_owned()), |(word, _)| (word, plain.clone()))
}

/// The same, where several texts may have been asked for at once.
#[must_use]
pub fn worded_several(pattern: &str) -> (&'static str, Vec<String>) {
    let (word, text) = worded(pattern);
    let inner = pattern.trim_start_matches('^').trim_end_matches('$').trim_start_matches('(').trim_end_matches(')');
    let texts: Vec<String> = inner.split('|').map(|text| text.replace('\\', "")).collect();
    let same = |kind: PatternKind| expression(kind, texts.iter().map(String::as_str)) == pattern;
    let several = word == "matches" && texts.len() > 1 && texts.iter().all(|text| usable(pattern, text));
    match LITERAL.into_iter().find(|(_, kind)| several && same(*kind)) {
        Some((word, _)) => (word, texts),
        None => (word, vec![text]),
    }
}

/// The operators that take texts as they are.
const LITERAL: [(&str, PatternKind); 3] = [
    ("starts-with", PatternKind::StartsWith),
    ("ends-with", PatternKind::EndsWith),
    ("contains", PatternKind::Contains),
];

/// What SDKs read differently stays as it is written, for its finding to be allowed.
fn usable(pattern: &str, plain: &str) -> bool {
    pattern.is_ascii() && !plain.is_empty() && !plain.chars().any(char::is_control)
}

/// `text` as an expression that matches exactly it. Only what some engine gives a meaning is escaped, `/` among it: it ends
/// the expression where expressions are written between slashes. Elsewhere some engines refuse an escape (`\<`, `\-`).
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut expression = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' | '/')
        {
            expression.push('\\');
        }
        expression.push(character);
    }
    expression
}
