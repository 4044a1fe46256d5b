//! Pieces without white space between them, commas and brackets.

use super::entry::Piece;
use super::parse::Parser;
use super::report;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::TokenKind;

impl Parser<'_, '_> {
    /// Reads a word and what stands beside it without white space; the end of what is one value.
    pub(super) fn word_end(&mut self, start: u32, assigned: bool) -> u32 {
        let token_end = self.start(self.at + 1);
        if self.stands_alone() {
            self.advance();
            return token_end;
        }
        let word = self.slice(start, token_end);
        let in_list = self.header.as_ref().is_some_and(|header| header.brackets > 0);
        let splits = in_list || self.inner > 0 || self.piece(self.at) == Piece::BadWord && !word.contains("://");
        let before_text = word.ends_with(',') && matches!(self.piece(self.at + 1), Piece::Text | Piece::BadText);
        let comma = if splits {
            memchr::memchr(b',', word.as_bytes())
        } else if before_text {
            Some(word.len() - 1)
        } else {
            None
        };
        if let Some(comma) = comma.filter(|&comma| comma > 0) {
            let end = start + report::offset(comma);
            self.comma(end, token_end);
            return end;
        }
        self.advance();
        match self.piece(self.at) {
            Piece::BadText => token_end,
            Piece::Text => {
                self.report_missing_space();
                token_end
            }
            _ if self.is_glued(assigned, in_list) => self.glued_end(),
            _ => token_end,
        }
    }

    /// Whether the next piece is a whole word or number with nothing beside it, as nearly all are.
    pub(super) fn stands_alone(&self) -> bool {
        let ends = |kind| {
            matches!(
                kind,
                TokenKind::Whitespace
                    | TokenKind::Newline
                    | TokenKind::Semicolon
                    | TokenKind::OpenBrace
                    | TokenKind::CloseBrace
            )
        };
        self.inner == 0
            && matches!(self.kind(self.at), Some(TokenKind::Bare | TokenKind::Number))
            && self.kind(self.at + 1).is_none_or(ends)
            && self.header.as_ref().is_none_or(|header| header.brackets == 0)
    }

    /// Notes the comma at `place` and the ones behind it; what is behind them in the same token is read next.
    fn comma(&mut self, place: u32, token_end: u32) {
        let mut next = place;
        while next < token_end && self.slice(next, next + 1) == "," {
            if let Some(header) = &mut self.header {
                header.list_marks.push(next);
            }
            next += 1;
        }
        if next < token_end {
            self.inner = next;
            self.ended = place;
        } else {
            self.advance();
        }
    }

    /// Whether the next token belongs to what was read, and must not.
    fn is_glued(&self, assigned: bool, in_list: bool) -> bool {
        match self.peek() {
            Some(TokenKind::Equals) => assigned,
            Some(TokenKind::OpenParen) => true,
            Some(TokenKind::CloseParen) => true,
            Some(_) => match self.piece(self.at) {
                Piece::Other => self.kind(self.at) == Some(TokenKind::Error) && !self.is_forbidden(self.at),
                Piece::Bracket => !in_list,
                _ => true,
            },
            None => false,
        }
    }

    /// The end of what has no white space in it.
    fn glued_end(&mut self) -> u32 {
        while !matches!(
            self.peek(),
            None | Some(
                TokenKind::Whitespace
                    | TokenKind::Newline
                    | TokenKind::LineComment
                    | TokenKind::BlockComment
                    | TokenKind::LineContinuation
                    | TokenKind::SlashDash
                    | TokenKind::Semicolon
                    | TokenKind::OpenBrace
                    | TokenKind::CloseBrace
            )
        ) && !self.is_forbidden(self.at)
        {
            self.advance();
        }
        self.ended
    }

    /// Looks at what stands directly behind text in quotes.
    pub(super) fn glue_after_text(&mut self, is_name: bool) {
        let in_list = self.header.as_ref().is_some_and(|header| header.brackets > 0);
        if !self.is_glued(false, in_list) {
            return;
        }
        let here = self.here();
        let token_end = self.start(self.at + 1);
        let word = self.slice(here, token_end);
        if word.starts_with(',') {
            self.comma(here, token_end);
            return;
        }
        if self.header.as_ref().is_some_and(|header| header.broken) {
            return;
        }
        if is_name && word.starts_with(':') {
            self.report_json();
            return;
        }
        self.report_missing_space();
        if self.kind(self.at) == Some(TokenKind::CloseParen) || self.piece(self.at) == Piece::Other {
            self.break_off();
        }
    }

    fn report_missing_space(&mut self) {
        let Some(header) = &mut self.header else { return };
        if std::mem::replace(&mut header.broken, true) {
            return;
        }
        let (here, end) = (self.here(), self.start(self.at + 1));
        self.sink.push(
            Diagnostic::new(Rule::SyntaxError, self.span(here, end), "white space is missing before this")
                .label("what is before it ends here")
                .help("put a space between the two, or quote them as one text")
                .edit(self.span(here, here), " "),
        );
    }

    /// `{"a": 1}`.
    fn report_json(&mut self) {
        let reported = self.frames.last_mut().is_some_and(|frame| std::mem::replace(&mut frame.json, true));
        if !reported {
            let place = self.span(self.here(), self.here() + 1);
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, place, "JSON is not KDL")
                    .label("KDL puts no `:` between name and value")
                    .help("write the JSON as raw text, `#\"{…}\"#`, or each member as a statement: `name value`"),
            );
        }
        self.break_off();
    }

    /// `[` and `]` around values, and commas that stand alone between them.
    pub(super) fn bracket(&mut self) -> bool {
        let here = self.here();
        let token_end = self.start(self.at + 1);
        let Some(header) = &mut self.header else { return false };
        if header.brackets > 0 || self.inner > 0 {
            let word = self.tree.text.get(here as usize..token_end as usize).unwrap_or("");
            if word.starts_with(',') {
                self.comma(here, token_end);
                return true;
            }
        }
        let word = self.slice(here, token_end);
        if self.piece(self.at) != Piece::Bracket
            || word == "]" && self.header.as_ref().is_none_or(|it| it.brackets == 0)
        {
            return false;
        }
        self.advance();
        let next = self.after_space(self.at);
        let several_lines = word == "["
            && matches!(self.kind(next), Some(TokenKind::Newline | TokenKind::LineComment))
            && self.list_closes(next);
        let Some(header) = &mut self.header else { return true };
        header.list_marks.push(here);
        if word == "[" {
            header.brackets += 1;
            header.several_lines |= several_lines;
        } else {
            header.brackets -= 1;
            header.several_lines &= header.brackets > 0;
        }
        true
    }

    /// Whether a `]` follows before any brace.
    fn list_closes(&mut self, from: usize) -> bool {
        if from < self.no_bracket {
            return false;
        }
        let mut token = from;
        loop {
            match self.kind(token) {
                Some(TokenKind::Error) if self.token_text(token) == "]" => return true,
                None | Some(TokenKind::OpenBrace | TokenKind::CloseBrace | TokenKind::Semicolon) => {
                    self.no_bracket = token;
                    return false;
                }
                Some(_) => token += 1,
            }
        }
    }

    /// Reports the commas and brackets of a statement as one finding.
    pub(super) fn report_list_marks(&mut self) {
        let Some(header) = &mut self.header else { return };
        let marks = std::mem::take(&mut header.list_marks);
        header.brackets = 0;
        header.several_lines = false;
        let text = self.tree.text;
        let is_bracket = |place: u32| !text.get(place as usize..).is_some_and(|rest| rest.starts_with(','));
        let bracket = marks.iter().copied().find(|&place| is_bracket(place));
        let Some(culprit) = bracket.or(marks.first().copied()) else { return };
        let place = self.span(culprit, culprit + 1);
        let mut finding = if bracket.is_some() {
            Diagnostic::new(Rule::BracketsForList, place, "lists are written without brackets")
                .label("KDL has no brackets")
                .help("write the values side by side: `one-of US CA`")
        } else {
            Diagnostic::new(Rule::CommaAfterValue, place, "values are separated by spaces, not by commas")
                .label("KDL has no commas")
                .help("put a space in its place, as in `one-of \"US\" \"CA\"` or `split a=50 b=50`")
        };
        for mark in marks {
            let separates = !is_bracket(mark)
                && text.get(mark as usize + 1..).is_some_and(|rest| {
                    rest.starts_with(|next: char| !next.is_whitespace() && !matches!(next, ',' | ']' | '}' | ';'))
                });
            finding = finding.edit(self.span(mark, mark + 1), if separates { " " } else { "" });
        }
        self.sink.push(finding);
    }
}
