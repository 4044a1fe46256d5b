//! Names, values, arguments and properties.

use super::parse::Parser;
use super::word;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::{EntryData, Style, TextData, TokenKind, ValueData};

/// What the next piece of a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A bare word of KDL.
    Word,
    /// A word that begins like a number and is none, or an address.
    BadWord,
    Number,
    Keyword,
    /// Text in quotes of any kind.
    Text,
    /// Text in quotes that a finding was reported about.
    BadText,
    /// `#` and a word that is no keyword.
    BadKeyword,
    /// `[` or `]`.
    Bracket,
    /// Anything else.
    Other,
}

/// A value and where it is.
pub(super) type Placed = (ValueData, u32, u32);

impl Parser<'_, '_> {
    pub(super) fn piece(&self, token: usize) -> Piece {
        match self.kind(token) {
            Some(TokenKind::Bare) => Piece::Word,
            Some(TokenKind::Number) => Piece::Number,
            Some(TokenKind::Keyword) => Piece::Keyword,
            Some(TokenKind::Quoted | TokenKind::MultiLine | TokenKind::Raw) => Piece::Text,
            Some(TokenKind::Error) => {
                let text = self.token_text(token);
                match text.as_bytes().first() {
                    Some(b'"') => Piece::BadText,
                    Some(b'#') if text.trim_start_matches('#').starts_with('"') => Piece::BadText,
                    Some(b'#') => Piece::BadKeyword,
                    Some(b'[' | b']') => Piece::Bracket,
                    Some(b'\\' | b'/') | None => Piece::Other,
                    _ if self.is_forbidden(token) => Piece::Other,
                    _ => Piece::BadWord,
                }
            }
            _ => Piece::Other,
        }
    }

    /// Whether a token can begin a name.
    pub(super) fn starts_text(&self, token: usize) -> bool {
        matches!(self.piece(token), Piece::Word | Piece::Text)
    }

    /// The `=` that makes the next piece a property's name.
    pub(super) fn equals_after(&self) -> Option<usize> {
        if !matches!(self.piece(self.at), Piece::Word | Piece::BadWord | Piece::Number | Piece::Text | Piece::BadText) {
            return None;
        }
        let next = self.after_space(self.at + 1);
        (self.kind(next) == Some(TokenKind::Equals)).then_some(next)
    }

    /// Reads the name of a statement.
    pub(super) fn name(&mut self) -> Option<TextData> {
        let start = self.here();
        let piece = self.piece(self.at);
        match piece {
            Piece::Text | Piece::BadText => {
                let text = self.quoted_text();
                self.glue_after_text(true);
                Some(text)
            }
            Piece::Word => {
                let end = self.word_end(start, false);
                Some(self.bare_name(start, end))
            }
            _ => None,
        }
    }

    /// A bare word where only a name can stand.
    pub(super) fn bare_name(&mut self, start: u32, end: u32) -> TextData {
        let word = self.slice(start, end);
        if word::is_keyword(word) {
            let place = self.span(start, end);
            self.sink.push(
                Diagnostic::new(Rule::BareKeyword, place, format!("`{word}` is not a name in KDL"))
                    .label("a keyword without `#`")
                    .help(format!("quote the name: `\"{word}\"`"))
                    .edit(place, format!("\"{word}\"")),
            );
        } else if !word::is_plain(word) {
            self.report_unquoted(start, end);
        }
        self.word_text(start, end)
    }

    /// Reads an argument or a property; false where neither is here.
    pub(super) fn entry(&mut self) -> bool {
        let start = self.here();
        let mut annotation = None;
        if self.peek() == Some(TokenKind::OpenParen) {
            annotation = self.annotation();
            if annotation.is_none() {
                return true;
            }
            self.skip_space();
        }
        if annotation.is_none()
            && self.inner == 0
            && let Some(equals) = self.equals_after()
        {
            return self.property(start, equals);
        }
        match self.value(false) {
            Some((value, value_start, end)) => {
                self.add_entry(EntryData { start, end, name: None, annotation, value, value_start });
                true
            }
            None if annotation.is_some() => {
                self.report_lonely_annotation(annotation);
                true
            }
            None => false,
        }
    }

    pub(super) fn report_lonely_annotation(&mut self, annotation: Option<(u32, u32)>) {
        let Some((start, end)) = annotation else { return };
        self.sink.push(
            Diagnostic::new(Rule::SyntaxError, self.span(start, end), "nothing follows the `(…)`")
                .label("a type annotation needs a value behind it")
                .help("delete it, or quote the text it belongs to"),
        );
        self.break_off();
    }

    pub(super) fn property(&mut self, start: u32, equals: usize) -> bool {
        let end = self.start(self.at + 1);
        let name = match self.piece(self.at) {
            Piece::Text | Piece::BadText => self.quoted_text(),
            Piece::Number => {
                self.report_unquoted(start, end);
                self.word_text(start, end)
            }
            _ => self.bare_name(start, end),
        };
        self.at = equals;
        self.advance();
        if self.kind(self.at) == Some(TokenKind::Equals) {
            return self.double_equals(name, equals);
        }
        self.property_value(start, name, equals)
    }

    /// Reads what is behind `=`.
    pub(super) fn property_value(&mut self, start: u32, name: TextData, equals: usize) -> bool {
        self.skip_space();
        let mut annotation = None;
        if self.peek() == Some(TokenKind::OpenParen) {
            annotation = self.annotation();
            if annotation.is_none() {
                return true;
            }
            self.skip_space();
        }
        match self.value(true) {
            Some((value, value_start, end)) => {
                self.add_entry(EntryData { start, end, name: Some(name), annotation, value, value_start });
            }
            None if annotation.is_some() => self.report_lonely_annotation(annotation),
            None => {
                let place = self.span(self.start(equals), self.start(equals + 1));
                self.sink.push(
                    Diagnostic::new(Rule::SyntaxError, place, "no value follows this `=`")
                        .label("a value is missing here")
                        .help("write the value behind `=`, in quotes where it is not a plain word"),
                );
                self.break_off();
            }
        }
        true
    }

    /// `country == US`, read as `country is US`.
    pub(super) fn double_equals(&mut self, name: TextData, equals: usize) -> bool {
        let place = self.span(self.start(equals), self.start(equals + 2));
        self.advance();
        self.sink.push(
            Diagnostic::new(Rule::EqualsOperator, place, "`==` is not an operator")
                .label("operators are words")
                .help("write `is`")
                .edit(place, " is "),
        );
        self.add_argument(ValueData::Text(name), name.start, name.end);
        let operator = self.decoded(place.start, place.end, Style::Bare, "is".to_owned());
        self.add_argument(ValueData::Text(operator), place.start, place.end);
        true
    }

    pub(super) fn add_argument(&mut self, value: ValueData, start: u32, end: u32) {
        self.add_entry(EntryData { start, end, name: None, annotation: None, value, value_start: start });
    }
}
