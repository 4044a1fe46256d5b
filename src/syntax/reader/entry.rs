//! Names, values, arguments and properties.

use super::class::{self, Class};
use super::parse::Parser;
use super::text::{self, Decoded, Flaw};
use super::{invisible, report, word};
use crate::diagnostic::{Diagnostic, Rule, suggest};
use crate::syntax::tree::{Content, EntryData, Style, TextData, TokenKind, ValueData};

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
type Placed = (ValueData, u32, u32);

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
    fn bare_name(&mut self, start: u32, end: u32) -> TextData {
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

    fn property(&mut self, start: u32, equals: usize) -> bool {
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
    fn double_equals(&mut self, name: TextData, equals: usize) -> bool {
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

    fn add_argument(&mut self, value: ValueData, start: u32, end: u32) {
        self.add_entry(EntryData { start, end, name: None, annotation: None, value, value_start: start });
    }

    /// Reads a value; `assigned` behind `=`.
    pub(super) fn value(&mut self, assigned: bool) -> Option<Placed> {
        let start = self.here();
        match self.piece(self.at) {
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

    fn bare_value(&mut self, start: u32, end: u32) -> ValueData {
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

    fn keyword(&mut self, start: u32, end: u32) -> ValueData {
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

    fn bad_keyword(&mut self, start: u32, end: u32) -> ValueData {
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

    fn report_unquoted(&mut self, start: u32, end: u32) {
        let word = self.slice(start, end);
        let place = self.span(start, end);
        // `.5` and `5.` are numbers to everyone else.
        let padded = match word.strip_prefix('.') {
            Some(_) => format!("0{word}"),
            None => format!("{word}0"),
        };
        if word::is_number(padded.as_bytes()) && (word.starts_with('.') || word.ends_with('.')) {
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, place, format!("`{word}` is not a number of KDL"))
                    .label("a digit is missing beside the point")
                    .help(format!("write `{padded}`"))
                    .edit(place, padded),
            );
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

    /// `r"…"` and `r#"…"#` of KDL 1: reports and skips the `r`.
    fn legacy_raw(&mut self, start: u32) -> bool {
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

    // Text.

    /// Reads text in quotes.
    pub(super) fn quoted_text(&mut self) -> TextData {
        let (start, end) = (self.start(self.at), self.start(self.at + 1));
        let written = self.slice(start, end);
        let hashes = written.bytes().take_while(|&byte| byte == b'#').count();
        let kind = self.kind(self.at);
        self.advance();
        let inside = |around: usize| written.get(around..written.len() - around).unwrap_or("");
        let (style, around) = match kind {
            Some(TokenKind::Quoted) => (Style::Quoted, 1),
            Some(TokenKind::MultiLine) => (Style::MultiLine, 3),
            Some(TokenKind::Raw) if written.get(hashes..).is_some_and(|text| text.starts_with("\"\"\"")) => {
                (Style::Raw, hashes + 3)
            }
            Some(TokenKind::Raw) => (Style::Raw, hashes + 1),
            _ => return self.flawed_text(start, end, hashes),
        };
        let body = inside(around);
        let body_start = start + report::offset(around);
        self.check_hidden(body, body_start);
        let several_lines = around >= 3 && around != hashes + 1;
        if !several_lines && (style == Style::Raw || memchr::memchr(b'\\', body.as_bytes()).is_none()) {
            let content = Content::Slice(body_start, body_start + report::offset(body.len()));
            return TextData { start, end, style, content };
        }
        let skipped = if several_lines { class::at(body, 0).map_or(0, |(_, length)| length) } else { 0 };
        let decoded = if several_lines {
            text::lines(body.get(skipped..).unwrap_or(""), style == Style::Raw)
        } else {
            text::quoted(body)
        };
        self.report_flaw(&decoded, (start, end), body_start + report::offset(skipped), body);
        self.decoded(start, end, style, decoded.text)
    }

    /// Text that a finding was reported about: what is between the quotes that are there.
    fn flawed_text(&self, start: u32, end: u32, hashes: usize) -> TextData {
        let written = self.slice(start, end);
        let quotes = written.bytes().skip(hashes).take(3).take_while(|&byte| byte == b'"').count();
        let from = hashes + if quotes == 3 { 3 } else { 1 };
        let from = match class::at(written, from) {
            Some((Class::Newline, length)) => from + length,
            _ => from,
        };
        let body = written.get(from..).unwrap_or("").trim_end();
        let body = body.trim_end_matches('#');
        let body = body.strip_suffix("\"\"\"").or_else(|| body.strip_suffix('"')).unwrap_or(body);
        let from = start + report::offset(from.min(written.len()));
        let style = if hashes > 0 { Style::Raw } else { Style::Quoted };
        TextData { start, end, style, content: Content::Slice(from, from + report::offset(body.len())) }
    }

    fn report_flaw(&mut self, decoded: &Decoded, (start, end): (u32, u32), base: u32, body: &str) {
        let Some(flaw) = decoded.flaw else { return };
        let place = |at: usize, length: usize| {
            if decoded.shifted {
                self.span(start, start + 3)
            } else {
                let at = base + report::offset(at);
                self.span(at, at + report::offset(length))
            }
        };
        let finding = match flaw {
            Flaw::Escape(at, length) => {
                let place = place(at, length);
                let escape = self.slice(place.start, place.end);
                let finding = Diagnostic::new(Rule::SyntaxError, place, format!("`{escape}` is not an escape of KDL"))
                    .label("`\\` begins an escape")
                    .help("write `\\\\` for a backslash, or use raw text, which has no escapes: `#\"…\"#`");
                if body.contains('\n') || body.contains("\\\"") || body.contains("\\\\") {
                    finding
                } else {
                    let mut hashes = String::from("#");
                    while body.contains(&format!("\"{hashes}")) {
                        hashes.push('#');
                    }
                    finding.edit(self.span(start, end), format!("{hashes}\"{body}\"{hashes}"))
                }
            }
            Flaw::Indent(at) => Diagnostic::new(
                Rule::SyntaxError,
                place(at, 1),
                "line of text is indented less than its closing quotes",
            )
            .label("this line does not begin like the last one")
            .help("begin every line with the same white space as the closing quotes"),
            Flaw::LastLine(at) => {
                Diagnostic::new(Rule::SyntaxError, place(at, 1), "closing quotes must be on a line of their own")
                    .label("text before the closing quotes")
                    .help("move the closing quotes to the line below")
            }
        };
        self.sink.push(finding);
    }

    pub(super) fn decoded(&mut self, start: u32, end: u32, style: Style, text: String) -> TextData {
        let index = report::offset(self.tree.decoded.len());
        self.tree.decoded.push(text);
        TextData { start, end, style, content: Content::Decoded(index) }
    }

    fn check_hidden(&mut self, text: &str, start: u32) {
        let Some((from, to)) = invisible::find_hidden(text) else { return };
        let character = text.get(from..to).and_then(|found| found.chars().next()).unwrap_or_default();
        let place = self.span(start + report::offset(from), start + report::offset(to));
        self.sink.push(
            Diagnostic::new(
                Rule::InvisibleCharacter,
                place,
                format!("{} is part of the value", invisible::name(character)),
            )
            .label("nothing is visible here")
            .meaning("the value is compared with it, so it equals nothing that is typed without it")
            .help(format!("delete it, or write `\\u{{{:04X}}}` in quotes where it is meant", u32::from(character)))
            .edit(place, ""),
        );
    }

    /// A bare word as text, without what nobody sees and without quotes that only look like quotes.
    fn word_text(&mut self, start: u32, end: u32) -> TextData {
        let word = self.slice(start, end);
        let plain = TextData { start, end, style: Style::Bare, content: Content::Slice(start, end) };
        if word.is_ascii() {
            return plain;
        }
        if invisible::has_curly_quotes(word) {
            return self.curly_text(start, end);
        }
        if invisible::find_hidden(word).is_none() {
            return plain;
        }
        self.check_hidden(word, start);
        self.decoded(start, end, Style::Bare, invisible::without_hidden(word))
    }

    /// `“US”`, also over several words of one line.
    fn curly_text(&mut self, start: u32, end: u32) -> TextData {
        let opens = self.slice(start, end).starts_with(invisible::is_curly_quote);
        let mut last = self.at;
        let closed = |text: &str| text.ends_with(invisible::is_curly_quote);
        let mut stop = end;
        if opens && self.inner == 0 && !(closed(self.slice(start, end)) && self.slice(start, end).chars().count() > 1) {
            while matches!(self.kind(last), Some(TokenKind::Bare | TokenKind::Number | TokenKind::Whitespace)) {
                last += 1;
                if closed(self.token_text(last - 1)) {
                    self.at = last;
                    self.ended = self.start(last);
                    stop = self.ended;
                    break;
                }
            }
            if stop == end {
                // No closing quote on this line: the rest of it is not searched again.
                self.skip_rest();
                self.ended = self.start(self.at);
            }
        }
        let content = self.slice(start, stop).trim_matches(invisible::is_curly_quote).to_owned();
        let place = self.span(start, stop);
        let quoted = report::quote(&content);
        self.sink.push(
            Diagnostic::new(Rule::InvisibleCharacter, place, "typographic quotes are part of the value")
                .label("these are not the quotes of KDL")
                .meaning("the value is compared with the quotes in it")
                .help(format!("write `{}`", report::excerpt(&quoted)))
                .edit(place, quoted),
        );
        self.decoded(start, stop, Style::Quoted, content)
    }
}
