//! Values: names, words, truth values, shares, instants, dates, whole numbers.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Decoder;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Name, Percent};
use crate::syntax::literal::{self, DateProblem, InstantProblem, ShareProblem};
use crate::syntax::tree::{Entry, Style, Text, Value};

/// Which characters a name may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// `[A-Za-z0-9._-]+`.
    Strict,
    /// Anything but nothing.
    Free,
}

/// Whether an instant ends something: what a bare date is meant to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// From the beginning of the day.
    Start,
    /// Through the end of the day.
    End,
    /// In a test: any precision.
    Now,
}

impl<'t> Decoder<'t> {
    /// A text; a number is taken as written, with a finding.
    pub(super) fn text(&mut self, entry: Entry<'t>, what: &str) -> Option<Name> {
        match entry.value {
            Value::Text(text) => Some(Spanned::new(text.text.to_owned(), text.span)),
            Value::Number(source) => {
                self.number_for_text(entry.value_span, source, what);
                Some(Spanned::new(source.to_owned(), entry.value_span))
            }
            Value::Bool(_) | Value::Null => {
                let source = self.excerpt(entry.value_span);
                self.report(
                    Diagnostic::new(
                        Rule::UnexpectedValue,
                        entry.value_span,
                        format!("{what} is a text, not `{source}`"),
                    )
                    .label("not a text")
                    .help(format!(
                        "write a text; to mean the word itself, write `\"{}\"`",
                        source.trim_start_matches('#')
                    )),
                );
                None
            }
        }
    }

    /// Reports digits that KDL reads as a number where a text is meant.
    pub(super) fn number_for_text(&mut self, span: Span, source: &str, what: &str) {
        self.report(
            Diagnostic::new(
                Rule::NumberForText,
                span,
                format!("{what} is a text, but KDL reads `{source}` as a number"),
            )
            .label("read as a number")
            .help(format!("quote it: `\"{source}\"`"))
            .edit(span, format!("\"{source}\"")),
        );
    }

    /// A name: a text that is not empty and, where it is strict, of `[A-Za-z0-9._-]` only.
    pub(super) fn name(&mut self, entry: Entry<'t>, what: &str, names: Names) -> Option<Name> {
        let name = self.text(entry, what)?;
        if name.value.is_empty() {
            self.report(
                Diagnostic::new(Rule::InvalidName, name.span, format!("{what} is empty"))
                    .label("no name")
                    .help("write a name"),
            );
            return None;
        }
        if names == Names::Strict && !name.value.bytes().all(allowed) {
            self.invalid_name(&name, what);
        }
        Some(name)
    }

    fn invalid_name(&mut self, name: &Name, what: &str) {
        let mut fixed = String::new();
        for letter in name.value.chars() {
            let fits = u8::try_from(letter).is_ok_and(allowed);
            if fits || !fixed.ends_with('-') {
                fixed.push(if fits { letter } else { '-' });
            }
        }
        let fixed = fixed.trim_matches('-');
        let culprit = name.value.chars().find(|&letter| !u8::try_from(letter).is_ok_and(allowed)).unwrap_or(' ');
        let finding =
            Diagnostic::new(Rule::InvalidName, name.span, format!("{what} `{}` holds {}", name.value, spoken(culprit)))
                .label("letters, digits, `.`, `_` and `-` only")
                .meaning("keys, salts and file names are made of it, and they must read the same everywhere");
        self.report(if fixed.is_empty() {
            finding.help("choose a name of `A-Z a-z 0-9 . _ -`")
        } else {
            finding.help(format!("write `{fixed}`")).edit(name.span, fixed)
        });
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        entry: Entry<'t>,
        what: &str,
        choices: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let source = self.excerpt(entry.value_span);
        if let Value::Text(text) = entry.value
            && let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.text)
        {
            return Some(Spanned::new(*value, text.span));
        }
        let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
        let written = source.trim_matches('"').to_owned();
        let help = match synonym(&written).filter(|word| words.contains(word)) {
            Some(word) => format!("did you mean `{word}`?"),
            None => {
                let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                self.guess(&written, &words, &format!("it is one of {}", all.join(", ")))
            }
        };
        self.report(
            Diagnostic::new(Rule::UnexpectedValue, entry.value_span, format!("{what} cannot be `{written}`"))
                .label("unknown word")
                .help(help),
        );
        None
    }

    /// `#true` or `#false`.
    pub(super) fn truth(&mut self, entry: Entry<'t>, what: &str) -> Option<Spanned<bool>> {
        if let Value::Bool(value) = entry.value {
            return Some(Spanned::new(value, entry.value_span));
        }
        let source = self.excerpt(entry.value_span);
        let meant = match source.trim_matches('"').to_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some("#true"),
            "false" | "off" | "no" | "0" => Some("#false"),
            _ => None,
        };
        let finding = Diagnostic::new(
            Rule::UnexpectedValue,
            entry.value_span,
            format!("{what} is `#true` or `#false`, not `{source}`"),
        )
        .label("not a truth value");
        self.report(match meant {
            Some(word) => finding.help(format!("write `{word}`")).edit(entry.value_span, word),
            None => finding.help("write `#true` or `#false`"),
        });
        None
    }

    /// A share such as `"5%"`.
    pub(super) fn share(&mut self, entry: Entry<'t>) -> Option<Spanned<Percent>> {
        let span = entry.value_span;
        let text = match entry.value {
            Value::Text(text) => text.text,
            Value::Number(number) => {
                self.bare_share(span, number);
                return None;
            }
            Value::Bool(_) | Value::Null => {
                let source = self.excerpt(span);
                self.report(
                    Diagnostic::new(Rule::InvalidShare, span, format!("`{source}` is not a share"))
                        .label("not a share")
                        .help("write a percentage in quotes: `\"5%\"`"),
                );
                return None;
            }
        };
        match literal::percent(text) {
            Ok(percent) => return Some(Spanned::new(percent, span)),
            Err(ShareProblem::NoPercent) => self.bare_share(span, text),
            Err(ShareProblem::TooFine) => self.report(
                Diagnostic::new(Rule::ShareOffShard, span, format!("`{text}` has more than two decimals"))
                    .label("falls between two shards")
                    .help("shares have a resolution of 0.01 %"),
            ),
            Err(ShareProblem::OutOfRange) => self.report(
                Diagnostic::new(Rule::InvalidShare, span, format!("`{text}` is not between 0 % and 100 %"))
                    .label("out of range")
                    .help("write a share from `\"0%\"` to `\"100%\"`"),
            ),
            Err(ShareProblem::NotANumber) => self.unreadable_share(span, text),
        }
        None
    }

    fn unreadable_share(&mut self, span: Span, text: &str) {
        let squeezed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let fixed = squeezed.replace(',', ".").replace('\u{ff05}', "%");
        let finding =
            Diagnostic::new(Rule::InvalidShare, span, format!("`{text}` is not a share")).label("cannot be read");
        self.report(if literal::percent(&fixed).is_ok() {
            finding.help(format!("write `\"{fixed}\"`")).edit(span, format!("\"{fixed}\""))
        } else {
            finding.help("write a percentage in quotes, such as `\"5%\"` or `\"0.5%\"`")
        });
    }

    /// A number without `%`: both readings.
    fn bare_share(&mut self, span: Span, number: &str) {
        let source = self.excerpt(span);
        let negative = number.starts_with('-');
        let plain = number.trim_start_matches(['+', '-']).replace('_', "");
        let value: f64 = plain.parse().unwrap_or(f64::NAN);
        let (first, second) = if value <= 1.0 {
            (literal::shift_point(&plain, 2), literal::shift_point(&plain, 0))
        } else {
            (literal::shift_point(&plain, 0), literal::shift_point(&plain, -2))
        };
        let finding =
            Diagnostic::new(Rule::ShareWithoutPercent, span, format!("`{source}` could be two shares")).label("no `%`");
        self.report(match (first, second) {
            (Some(first), Some(second)) if value > 0.0 && value <= 100.0 && !negative => {
                let other = if value <= 1.0 { "a percentage as it stands" } else { "so many of the 10 000 shards" };
                let one = if value <= 1.0 { "a fraction of one" } else { "percent" };
                finding.help(format!("write `\"{first}%\"` ({one}) or `\"{second}%\"` ({other})"))
            }
            (Some(_), Some(_)) if value > 100.0 && value <= 10_000.0 && !negative => {
                let shards = literal::shift_point(&plain, -2).unwrap_or_default();
                finding.help(format!(
                    "write `\"{shards}%\"` if it is {plain} of the 10 000 shards; no share is above `\"100%\"`"
                ))
            }
            _ => finding.help("write a percentage in quotes: `\"5%\"`"),
        });
    }

    /// An instant.
    pub(super) fn instant(&mut self, entry: Entry<'t>, what: &str, bound: Bound) -> Option<Spanned<Timestamp>> {
        let span = entry.value_span;
        let Value::Text(text) = entry.value else {
            self.not_an_instant(span, what);
            return None;
        };
        let finding = Diagnostic::new(Rule::InvalidInstant, span, format!("{what} `{}` is not an instant", text.text));
        let fix = |finding: Diagnostic, fixed: String| {
            finding.help(format!("write `\"{fixed}\"`")).edit(span, format!("\"{fixed}\""))
        };
        let finding = match literal::instant(text.text) {
            Ok(instant) => return Some(Spanned::new(self.whole_milliseconds(instant, text, bound), span)),
            Err(InstantProblem::DateOnly) => {
                let time = if bound == Bound::End { "T23:59:59.999Z" } else { "T00:00:00Z" };
                fix(finding.label("a day has no time and no zone"), format!("{}{time}", text.text))
            }
            Err(InstantProblem::NoZone) => fix(finding.label("no time zone"), format!("{}Z", text.text)),
            Err(InstantProblem::NoSuchInstant(why)) => {
                finding.label("no such instant").help(format!("correct it: {why}"))
            }
            Err(InstantProblem::Shape) => {
                let repaired = text.text.replacen(' ', "T", 1).to_uppercase();
                let repaired =
                    if repaired.ends_with('Z') || repaired.len() > 19 { repaired } else { format!("{repaired}Z") };
                let finding = finding.label("cannot be read");
                if literal::instant(&repaired).is_ok() {
                    fix(finding, repaired)
                } else {
                    finding.help("write date, time and zone: `\"2027-01-01T00:00:00Z\"`")
                }
            }
        };
        self.report(finding);
        None
    }

    fn not_an_instant(&mut self, span: Span, what: &str) {
        let source = self.excerpt(span);
        self.report(
            Diagnostic::new(Rule::InvalidInstant, span, format!("{what} `{source}` is not an instant"))
                .label("not an instant")
                .help("write date, time and zone in quotes: `\"2027-01-01T00:00:00Z\"`"),
        );
    }

    /// Instants hold to whole milliseconds, except where a test asks what happens in between.
    fn whole_milliseconds(&mut self, instant: Timestamp, text: Text<'t>, bound: Bound) -> Timestamp {
        let whole = Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant);
        if bound == Bound::Now || whole == instant {
            return instant;
        }
        let fixed = format!("{whole:.3}");
        self.report(
            Diagnostic::new(Rule::FineInstant, text.span, format!("`{}` is finer than a millisecond", text.text))
                .label("finer than a millisecond")
                .meaning("SDKs compare whole milliseconds, or less, so subjects would see it at different times")
                .help(format!("write `\"{fixed}\"`"))
                .edit(text.span, format!("\"{fixed}\"")),
        );
        whole
    }

    /// A calendar day.
    pub(super) fn date(&mut self, entry: Entry<'t>, what: &str) -> Option<Spanned<Date>> {
        let span = entry.value_span;
        let source = self.excerpt(span).trim_matches('"').to_owned();
        let finding = Diagnostic::new(Rule::InvalidInstant, span, format!("{what} `{source}` is not a date"));
        let Value::Text(text) = entry.value else {
            self.report(finding.label("not a date").help("write a day in quotes: `\"2027-03-31\"`"));
            return None;
        };
        match literal::date(text.text) {
            Ok(date) => return Some(Spanned::new(date, span)),
            Err(DateProblem::Instant) => {
                let day = text.text.get(..10).unwrap_or("");
                self.report(
                    finding
                        .label("a day is meant, through its end in UTC")
                        .help(format!("write `\"{day}\"`"))
                        .edit(span, format!("\"{day}\"")),
                );
            }
            Err(DateProblem::NoSuchDay) => self.report(finding.label("no such day").help("correct the day")),
            Err(DateProblem::Shape) => {
                self.report(finding.label("cannot be read").help("write year, month, day: `\"2027-03-31\"`"));
            }
        }
        None
    }

    /// A scalar as it stands.
    pub(super) fn scalar(entry: Entry<'t>) -> ast::Value {
        let kind = match entry.value {
            Value::Text(text) => ast::ValueKind::Text(text.text.to_owned()),
            Value::Number(source) => ast::ValueKind::Number(literal::number(source)),
            Value::Bool(value) => ast::ValueKind::Bool(value),
            Value::Null => ast::ValueKind::Null,
        };
        ast::Value { kind, span: entry.value_span }
    }
}

fn allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// A character as people call it.
fn spoken(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        '/' => "a slash".to_owned(),
        '\n' | '\r' => "a line end".to_owned(),
        '\t' => "a tab".to_owned(),
        letter if letter.is_control() => format!("the control character U+{:04X}", u32::from(letter)),
        letter => format!("`{letter}`"),
    }
}

/// What other systems call the same thing.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "bool" => "boolean",
        "boolean" => "bool",
        "str" | "text" => "string",
        "int" | "long" => "integer",
        "float" | "double" | "decimal" => "numeric",
        "object" => "json",
        "integer" | "int64" | "numeric" => "number",
        "version" => "semver",
        _ => return None,
    })
}

/// Whether a value was written bare, as a word.
pub(super) fn is_bare(entry: &Entry<'_>) -> bool {
    matches!(entry.value, Value::Text(text) if text.style == Style::Bare)
}
