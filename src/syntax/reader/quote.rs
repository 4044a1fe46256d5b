//! Where quoted text ends, also where its end is missing or comes too soon.

use super::class::{self, Class};
use super::lex::{Lexer, next_top_level};
use super::{report, steps};
use crate::syntax::tree::TokenKind;

impl Lexer<'_, '_> {
    /// `"…"` or `"""…"""`.
    pub(super) fn quoted(&mut self, start: usize) -> TokenKind {
        if self.rest(start).starts_with(b"\"\"\"") {
            return self.multi_line(start);
        }
        let mut at = start + 1;
        loop {
            let stop = self
                .rest(at)
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0x0a..=0x0d | 0xc2 | 0xe2))
                .map_or(self.text.len(), |next| at + next);
            steps::take(stop - at.min(stop));
            match class::at(self.text, stop) {
                Some((Class::Mark, _)) if self.byte(stop) == Some(b'"') => {
                    self.at = stop + 1;
                    return TokenKind::Quoted;
                }
                Some((Class::Mark, _)) => at = self.after_escape(stop),
                Some((Class::Newline, _)) | None => {
                    self.at = self.peel(start, stop);
                    report::unclosed_text(self.file, start, 1, "\"", self.sink);
                    return TokenKind::Error;
                }
                Some((_, length)) => at = stop + length,
            }
        }
    }

    fn after_escape(&self, backslash: usize) -> usize {
        let mut at = backslash + 1;
        let Some((first, length)) = class::at(self.text, at) else { return at };
        if !matches!(first, Class::Space | Class::Newline) {
            return at + length;
        }
        while let Some((Class::Space | Class::Newline, length)) = class::at(self.text, at) {
            at += length;
        }
        at
    }

    /// What a search from `at` on found; all of the rest was looked at where it found nothing.
    fn looked(&self, at: usize, found: Option<usize>) -> Option<usize> {
        steps::take(found.unwrap_or(self.rest(at).len()));
        found
    }

    fn begins_line(&self, at: usize) -> bool {
        matches!(class::at(self.text, at), Some((Class::Newline, _)))
    }

    fn multi_line(&mut self, start: usize) -> TokenKind {
        let body = start + 3;
        if !self.begins_line(body) {
            return self.multi_line_on_one_line(start, 0);
        }
        if !self.no_multi_line_close {
            let mut at = body;
            while let Some(next) = self.looked(at, memchr::memchr2(b'"', b'\\', self.rest(at))) {
                at += next;
                if self.byte(at) == Some(b'\\') {
                    at += 2;
                } else if self.rest(at).starts_with(b"\"\"\"") {
                    self.at = at + 3;
                    return TokenKind::MultiLine;
                } else {
                    at += 1;
                }
            }
        }
        self.no_multi_line_close = true;
        self.unclosed_lines(start, 3, "\"\"\"")
    }

    fn unclosed_lines(&mut self, start: usize, opener: usize, close: &str) -> TokenKind {
        self.at = next_top_level(self.text, start);
        report::unclosed_text(self.file, start, opener, close, self.sink);
        TokenKind::Error
    }

    /// `"""…"""` whose text does not begin on a line of its own.
    fn multi_line_on_one_line(&mut self, start: usize, hashes: usize) -> TokenKind {
        let end = self.line_end(start);
        let opener = hashes + 3;
        let line = self.text.get(start + opener..end).unwrap_or("");
        let mark = "#".repeat(hashes);
        for close in [format!("\"\"\"{mark}"), format!("\"{mark}")] {
            let found = line.find(&close);
            steps::take(found.unwrap_or(line.len()));
            if let Some(found) = found {
                self.at = start + opener + found + close.len();
                report::lines_on_one_line(self.file, self.text, (start, self.at), opener, found, self.sink);
                return TokenKind::Error;
            }
        }
        self.at = self.peel(start, end);
        if hashes > 0 && self.text.get(start..self.at).is_some_and(|text| text.trim_end().ends_with('#')) {
            report::lines_on_one_line(self.file, self.text, (start, self.at), opener, 0, self.sink);
        } else {
            report::unclosed_text(self.file, start, opener, &format!("\"\"\"{mark}"), self.sink);
        }
        TokenKind::Error
    }

    /// `#"…"#`, with any number of `#`.
    pub(super) fn raw(&mut self, start: usize, hashes: usize) -> TokenKind {
        if self.rest(start + hashes).starts_with(b"\"\"\"") {
            return if self.begins_line(start + hashes + 3) {
                self.raw_lines(start, hashes)
            } else {
                self.multi_line_on_one_line(start, hashes)
            };
        }
        let body = start + hashes + 1;
        let line_end = self.line_end(body);
        match self.find_close(body, line_end, hashes) {
            Some(end) => {
                self.at = end;
                self.ends_too_soon(start, hashes, line_end)
            }
            None => self.unclosed_raw(start, hashes, line_end),
        }
    }

    /// After the first `"` and that many `#` between `from` and `to`.
    fn find_close(&self, from: usize, to: usize, hashes: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let found = memchr::memchr_iter(b'"', bytes.get(from..to)?)
            .map(|quote| from + quote + 1)
            .find(|&after| self.hashes_at(after, hashes) == hashes)
            .map(|after| after + hashes);
        steps::take(found.unwrap_or(to) - from);
        found
    }

    fn hashes_at(&self, at: usize, limit: usize) -> usize {
        let hashes = self.rest(at).iter().take(limit).take_while(|&&byte| byte == b'#').count();
        steps::take(hashes);
        hashes
    }

    /// `#"{"c":"#fff"}"#` ends at the first `"#`: find the end that was meant.
    fn ends_too_soon(&mut self, start: usize, hashes: usize, line_end: usize) -> TokenKind {
        if self.ends_value(self.at) || self.at <= self.no_late_end {
            return TokenKind::Raw;
        }
        let mut at = self.at;
        while let Some(end) = self.find_close(at, line_end, hashes) {
            if self.ends_value(end) {
                report::raw_too_short(self.file, self.text, (start, end), self.at, hashes, self.sink);
                self.at = end;
                return TokenKind::Error;
            }
            at = end;
        }
        self.no_late_end = line_end;
        TokenKind::Raw
    }

    fn ends_value(&self, at: usize) -> bool {
        match class::at(self.text, at) {
            None | Some((Class::Space | Class::Newline | Class::Forbidden, _)) => true,
            Some((Class::Word, _)) => false,
            Some((Class::Mark, _)) => !matches!(self.byte(at), Some(b'"' | b'#' | b'[' | b']' | b'(')),
        }
    }

    fn unclosed_raw(&mut self, start: usize, hashes: usize, line_end: usize) -> TokenKind {
        // `##"x"#`: an end with too few `#` is the end that was meant.
        let body = start + hashes + 1;
        if hashes > 1
            && let Some(end) = self.find_close(body, line_end, 1)
        {
            let found = self.hashes_at(end - 1, hashes);
            self.at = end - 1 + found;
            report::raw_too_few_hashes(self.file, start, self.at, (hashes, found), self.sink);
            return TokenKind::Error;
        }
        self.at = self.peel(start, line_end);
        report::unclosed_text(self.file, start, hashes + 1, &format!("\"{}", "#".repeat(hashes)), self.sink);
        TokenKind::Error
    }

    fn raw_lines(&mut self, start: usize, hashes: usize) -> TokenKind {
        let mut most = 0;
        let known_open = self.no_raw_close.is_some_and(|most| hashes > most);
        if !known_open {
            let mut at = start + hashes + 3;
            while let Some(next) = self.looked(at, memchr::memmem::find(self.rest(at), b"\"\"\"")) {
                // Of a longer run of quotes the last three belong to the end.
                let quotes = at + next;
                let run = self.rest(quotes).iter().take_while(|&&byte| byte == b'"').count();
                let found = self.hashes_at(quotes + run, hashes);
                if found == hashes {
                    self.at = quotes + run + hashes;
                    return TokenKind::Raw;
                }
                most = most.max(found);
                at = quotes + run + found;
            }
            self.no_raw_close = Some(most);
        }
        self.unclosed_lines(start, hashes + 3, &format!("\"\"\"{}", "#".repeat(hashes)))
    }
}
