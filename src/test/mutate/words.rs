//! Changes in the author's words.

use crate::evaluate::AttributeValue;
use crate::model::{Condition, Operand, Test};
use crate::source::{SourceSet, Span};
use crate::syntax::print;
use crate::test::given::passed;
use crate::test::written::literal;

/// Longer lists are cut.
const SHOWN: usize = 4;

/// A condition as it is written; `is` and `one-of` as the author spells it.
pub(super) fn condition(condition: &Condition, sources: &SourceSet) -> String {
    match condition {
        Condition::Segment { segment, negated, .. } => {
            format!("{} {}", if *negated { "not-in-segment" } else { "in-segment" }, segment.name)
        }
        Condition::Attribute { attribute, test, span } => {
            let listed = sources.text(*span).contains("one-of");
            format!("{} {}", print::text(&attribute.name), self::test(test, listed))
        }
    }
}

fn test(test: &Test, listed: bool) -> String {
    match test {
        Test::Null { is: true } => "is-null".to_owned(),
        Test::Null { is: false } => "not-null".to_owned(),
        Test::Listed { negated, values } => {
            let word = match (negated, listed || values.len() > 1) {
                (false, true) => "one-of",
                (true, true) => "not-one-of",
                (false, false) => "is",
                (true, false) => "is-not",
            };
            cut(word, values.len(), values.iter().map(|value| operand(value)))
        }
        Test::Pattern { negated, kind, texts } => {
            let word = format!("{}{}", if *negated { "not-" } else { "" }, kind.word());
            cut(&word, texts.len(), texts.iter().map(|text| print::quoted(text)))
        }
        Test::Compare { order, operand } => format!("{} {}", order.word(), self::operand(operand)),
    }
}

fn cut(word: &str, many: usize, values: impl Iterator<Item = String>) -> String {
    let shown: Vec<String> = values.take(SHOWN).collect();
    let more = if many > SHOWN { format!(" and {} more", many - SHOWN) } else { String::new() };
    format!("{word} {}{more}", shown.join(" "))
}

/// A value as it is written.
pub(super) fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Version(text) => literal(&AttributeValue::Text(text.clone())),
        Operand::Text(_) | Operand::Number(_) | Operand::Bool(_) => literal(&passed(Some(operand))),
    }
}

/// The part of a line from `from` up to the next white space, where it is found; else the line.
pub(super) fn narrowed(sources: &SourceSet, line: Span, from: &str) -> Span {
    let text = sources.text(line);
    let Some(at) = text.find(from) else { return line };
    let length = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}')));
    let end = length.map_or(text.len(), |length| at + length);
    let offset = |at: usize| u32::try_from(at).map_or(line.end, |at| line.start + at);
    Span::new(line.file, offset(at), offset(end))
}

/// The quoted share of a placement's line, where there is one; else the line.
pub(super) fn share(sources: &SourceSet, line: Span) -> Span {
    let text = sources.text(line).lines().next().unwrap_or("");
    let quoted = text.find("%\"").and_then(|end| Some((text.get(..end)?.rfind('"')?, end + 2)));
    let Some((start, end)) = quoted else { return line };
    let offset = |at: usize| u32::try_from(at).map_or(line.end, |at| line.start + at);
    Span::new(line.file, offset(start), offset(end))
}
