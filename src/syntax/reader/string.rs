//! Text: quoted in every way, bare, and with characters nobody sees.

use super::class::{self, Class};
use super::parse::Parser;
use super::text::{self, Decoded, Flaw};
use super::{invisible, report, steps};
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::{Content, Style, TextData, TokenKind};

impl Parser<'_, '_> {
    /// Reads text in quotes.
    pub(super) fn quoted_text(&mut self) -> TextData {
        let (start, end) = (self.start(self.at), self.start(self.at + 1));
        let written = self.slice(start, end);
        steps::take(written.len());
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
    pub(super) fn flawed_text(&self, start: u32, end: u32, hashes: usize) -> TextData {
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

    pub(super) fn report_flaw(&mut self, decoded: &Decoded, (start, end): (u32, u32), base: u32, body: &str) {
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

    pub(super) fn check_hidden(&mut self, text: &str, start: u32) {
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
    pub(super) fn word_text(&mut self, start: u32, end: u32) -> TextData {
        let word = self.slice(start, end);
        steps::take(word.len());
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
    pub(super) fn curly_text(&mut self, start: u32, end: u32) -> TextData {
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
