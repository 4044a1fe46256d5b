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
