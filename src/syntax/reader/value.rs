//! Values: words, numbers, keywords, and what was meant by those that are not KDL.

use super::entry::{Piece, Placed};
use super::parse::Parser;
use super::{report, word};
use crate::diagnostic::{Diagnostic, Rule, suggest};
use crate::syntax::tree::{TokenKind, ValueData};

impl Parser<'_, '_> {
    /// Reads a value; `assigned` behind `=`.
    pub(super) fn value(&mut self, assigned: bool) -> Option<Placed> {
        let start = self.here();
        match self.piece(self.at) {
            Piece::Word | Piece::Number if self.stands_alone() => {
                let (kind, end) = (self.kind(self.at), self.start(self.at + 1));
                self.advance();
                let value = match kind {
                    Some(TokenKind::Number) => ValueData::Number { start, end },
                    _ if word::is_keyword(self.slice(start, end)) => self.bare_value(start, end),
                    _ => ValueData::Text(self.word_text(start, end)),
                };
                Some((value, start, end))
            }
            Piece::Text | Piece::BadText => {
                let text = self.quoted_text();
                self.glue_after_text(false);
                Some((ValueData::Text(text), text.start, text.end))
            }
            Piece::Word | Piece::BadWord | Piece::Number => {
                if self.legacy_raw(start) {
                    return self.value(assigned);
                }
                let end = self.word_end(start, assigned);
                Some((self.bare_value(start, end), start, end))
            }
            Piece::Keyword => {
                let end = self.word_end(start, assigned);
                Some((self.keyword(start, end), start, end))
            }
            Piece::BadKeyword => {
                let end = self.word_end(start, assigned);
                Some((self.bad_keyword(start, end), start, end))
            }
            Piece::Bracket | Piece::Other => None,
        }
    }

    pub(super) fn bare_value(&mut self, start: u32, end: u32) -> ValueData {
        let word = self.slice(start, end);
        if word::is_keyword(word) {
            let place = self.span(start, end);
            let meant = match word {
                "true" | "false" => "the truth value",
                "null" => "nothing",
                _ => "the number",
            };
            self.sink.push(
                Diagnostic::new(Rule::BareKeyword, place, format!("`{word}` without `#` is not a value in KDL"))
                    .label("a keyword without `#`")
                    .help(format!("write `#{word}` for {meant}, or `\"{word}\"` for the text"))
                    .edit(place, format!("#{word}")),
            );
            return match word {
                "true" | "false" => ValueData::Bool(word == "true"),
                "null" => ValueData::Null,
                _ => ValueData::Number { start, end },
            };
        }
        if word::is_number(word.as_bytes()) {
            return ValueData::Number { start, end };
        }
        if !word::is_plain(word) {
            self.report_unquoted(start, end);
        }
        ValueData::Text(self.word_text(start, end))
    }

    pub(super) fn keyword(&mut self, start: u32, end: u32) -> ValueData {
        match self.slice(start, end) {
            "#true" => ValueData::Bool(true),
            "#false" => ValueData::Bool(false),
            "#null" => ValueData::Null,
            "#inf" | "#-inf" | "#nan" => ValueData::Number { start, end },
            _ => {
                self.report_unquoted(start, end);
                ValueData::Text(self.word_text(start, end))
            }
        }
    }

    pub(super) fn bad_keyword(&mut self, start: u32, end: u32) -> ValueData {
        let written = self.slice(start, end);
        let word = written.trim_start_matches('#');
        let known = ["true", "false", "null"];
        let Some(meant) = suggest::nearest(word, known).filter(|_| word.len() > 2) else {
            self.report_unquoted(start, end);
            return ValueData::Text(self.word_text(start, end));
        };
        let place = self.span(start, end);
        self.sink.push(
            Diagnostic::new(Rule::SyntaxError, place, format!("`{}` is not a keyword", report::excerpt(written)))
                .label("`#` begins keywords")
                .help(format!("did you mean `#{meant}`?"))
                .edit(place, format!("#{meant}")),
        );
        match meant {
            "null" => ValueData::Null,
            meant => ValueData::Bool(meant == "true"),
        }
    }

    pub(super) fn report_unquoted(&mut self, start: u32, end: u32) {
        let word = self.slice(start, end);
        let place = self.span(start, end);
        if (word.starts_with('.') || word.ends_with('.')) && self.report_missing_digit(start, end) {
            return;
        }
        let quoted = report::quote(word);
        self.sink.push(
            Diagnostic::new(
                Rule::UnquotedValue,
                place,
                format!("{} needs quotes: `{}`", word::shape(word), report::excerpt(word)),
            )
            .label("neither a plain word nor a number")
            .help(format!("write `{}`", report::excerpt(&quoted)))
            .edit(place, quoted),
        );
    }

    /// `.5` and `5.` are numbers to everyone else.
    fn report_missing_digit(&mut self, start: u32, end: u32) -> bool {
        let word = self.slice(start, end);
        let padded = if word.starts_with('.') { format!("0{word}") } else { format!("{word}0") };
        let fits = word::is_number(padded.as_bytes());
        if fits {
            let place = self.span(start, end);
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, place, format!("`{word}` is not a number of KDL"))
                    .label("a digit is missing beside the point")
                    .help(format!("write `{padded}`"))
                    .edit(place, padded),
            );
        }
        fits
    }

    /// `r"…"` and `r#"…"#` of KDL 1: reports and skips the `r`.
    pub(super) fn legacy_raw(&mut self, start: u32) -> bool {
        let end = self.start(self.at + 1);
        if self.slice(start, end) != "r" || !matches!(self.piece(self.at + 1), Piece::Text | Piece::BadText) {
            return false;
        }
        self.sink.push(
            Diagnostic::new(Rule::SyntaxError, self.span(start, end), "raw text has no `r` in KDL 2")
                .label("KDL 1 wrote raw text so")
                .help("write raw text as `#\"…\"#`"),
        );
        self.advance();
        true
    }
}
