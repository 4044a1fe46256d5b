//! Patterns, written anew so that every engine reads the same.
//!
//! An author's pattern is read as evaluators read it (the `regex` crate: unanchored, Unicode on). What it means is then written with
//! nothing but characters, explicit classes, groups, alternatives, repeats and the two ends of the text.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::dialect::Dialect;

/// What a pattern becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The same for this engine.
    Pattern(String),
    /// It matches every text.
    Every,
    /// It matches none.
    None,
}

/// The pattern for an engine.
///
/// # Errors
/// Why this engine cannot be told.
pub(super) fn written(pattern: &str, dialect: Dialect) -> Result<Written, String> {
    let hir = ParserBuilder::new().build().parse(pattern).map_err(|_| "evaluators cannot read it".to_owned())?;
    if hir.properties().minimum_len().is_none() {
        return Ok(Written::None);
    }
    if matches!(hir.kind(), HirKind::Empty) {
        return Ok(Written::Every);
    }
    let mut writer = Writer { dialect, text: String::new(), repeats: 1 };
    writer.write(&hir, Around::Nothing)?;
    Ok(Written::Pattern(if dialect.matches_whole() { whole(&hir, &writer.text) } else { writer.text }))
}

/// For engines that match whole texts: anything before, anything after.
fn whole(hir: &Hir, text: &str) -> String {
    let look = hir.properties();
    let before = if look.look_set_prefix().contains(Look::Start) { "" } else { ".*" };
    let after = if look.look_set_suffix().contains(Look::End) { "" } else { ".*" };
    format!("{before}({text}){after}")
}

/// What stands around a part, which decides whether it needs a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Neighbours,
    Repeat,
}

struct Writer {
    dialect: Dialect,
    text: String,
    /// The product of the repeats around the part being written.
    repeats: u64,
}

impl Writer {
    fn write(&mut self, hir: &Hir, around: Around) -> Result<(), String> {
        match hir.kind() {
            HirKind::Empty => self.text.push_str("()"),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|_| "it speaks of bytes".to_owned())?;
                let group = around == Around::Repeat && text.chars().nth(1).is_some();
                self.grouped(group, |writer| {
                    text.chars().for_each(|character| writer.character(character));
                    Ok(())
                })?;
            }
            HirKind::Class(Class::Unicode(class)) => self.class(class)?,
            HirKind::Class(Class::Bytes(_)) => return Err("it speaks of bytes".to_owned()),
            HirKind::Look(look) => {
                let written = match look {
                    Look::Start => "^",
                    Look::End => self.dialect.end_of_text(),
                    other => return Err(looked_for(*other).to_owned()),
                };
                self.grouped(around == Around::Repeat, |writer| {
                    writer.text.push_str(written);
                    Ok(())
                })?;
            }
            HirKind::Repetition(repetition) => {
                self.grouped(around == Around::Repeat, |writer| writer.repetition(repetition))?;
            }
            HirKind::Capture(capture) => self.write(&capture.sub, around)?,
            HirKind::Concat(parts) => self.grouped(around == Around::Repeat, |writer| {
                parts.iter().try_for_each(|part| writer.write(part, Around::Neighbours))
            })?,
            HirKind::Alternation(parts) => self.grouped(around != Around::Nothing, |writer| {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        writer.text.push('|');
                    }
                    writer.write(part, Around::Neighbours)?;
                }
                Ok(())
            })?,
        }
        Ok(())
    }

    fn grouped(&mut self, group: bool, inner: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        if group {
            self.text.push('(');
        }
        inner(self)?;
        if group {
            self.text.push(')');
        }
        Ok(())
    }

    fn repetition(&mut self, repetition: &Repetition) -> Result<(), String> {
        let Repetition { min, max, .. } = repetition;
        let outer = self.repeats;
        let most = max.unwrap_or(*min).max(1);
        self.repeats = outer.saturating_mul(u64::from(most));
        let (limit, seen) = match self.dialect.most_repeats() {
            (limit, true) => (limit, self.repeats),
            (limit, false) => (limit, u64::from(most)),
        };
        if seen > u64::from(limit) {
            return Err(format!("it repeats a part {seen} times, and the engine takes at most {limit}"));
        }
        self.write(&repetition.sub, Around::Repeat)?;
        self.repeats = outer;
        let times = match (min, max) {
            (0, Some(1)) => "?".to_owned(),
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (min, None) => format!("{{{min},}}"),
            (min, Some(max)) if min == max => format!("{{{min}}}"),
            (min, Some(max)) => format!("{{{min},{max}}}"),
        };
        self.text.push_str(&times);
        Ok(())
    }

    fn character(&mut self, character: char) {
        match character {
            '.' | '+' | '*' | '?' | '(' | ')' | '{' | '}' | '|' | '$' => {
                self.text.push('[');
                self.text.push(character);
                self.text.push(']');
            }
            '\\' | '[' | ']' | '^' => {
                self.text.push('\\');
                self.text.push(character);
            }
            other => self.text.push(other),
        }
    }

    /// A class by its ranges. One with NUL in it is written as what it leaves out, since NUL cannot be written.
    fn class(&mut self, class: &ClassUnicode) -> Result<(), String> {
        let mut class = class.clone();
        let negated = class.ranges().first().is_some_and(|range| range.start() == '\0');
        if negated {
            class.negate();
        }
        match (class.ranges().is_empty(), negated) {
            (true, true) => {
                self.text.push_str(self.dialect.any_character());
                return Ok(());
            }
            (true, false) => return Err("a part of it matches nothing".to_owned()),
            (false, _) => {}
        }
        self.text.push_str(if negated { "[^" } else { "[" });
        for range in class.ranges() {
            self.in_class(range.start());
            if range.start() != range.end() {
                self.text.push('-');
                self.in_class(range.end());
            }
        }
        self.text.push(']');
        Ok(())
    }

    fn in_class(&mut self, character: char) {
        if matches!(character, '\\' | '[' | ']' | '^' | '-' | '&' | '~') {
            self.text.push('\\');
        }
        self.text.push(character);
    }
}

fn looked_for(look: Look) -> &'static str {
    match look {
        Look::Start | Look::End => "it asks where the text ends",
        Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => {
            "it asks where a line ends, on which engines differ"
        }
        Look::WordAscii
        | Look::WordAsciiNegate
        | Look::WordUnicode
        | Look::WordUnicodeNegate
        | Look::WordStartAscii
        | Look::WordEndAscii
        | Look::WordStartUnicode
        | Look::WordEndUnicode
        | Look::WordStartHalfAscii
        | Look::WordEndHalfAscii
        | Look::WordStartHalfUnicode
        | Look::WordEndHalfUnicode => "it asks where a word ends, on which engines differ",
    }
}
