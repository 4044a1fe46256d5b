//! Text to tokens that tile it, in one pass; what cannot be a token becomes [`TokenKind::Error`].

use super::class::{self, Class};
use super::{comment::Comments, report, steps, word};
use crate::diagnostic::Sink;
use crate::source::FileId;
use crate::syntax::tree::{Token, TokenKind};

/// The tokens of a text.
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    /// How many `{` have no `}`.
    pub open: usize,
}

/// Reads a text's tokens; text that never ends and comments with `#` are reported here.
pub(super) fn lex(file: FileId, text: &str, sink: &mut Sink) -> Lexed {
    let mut lexer = Lexer::new(file, text, sink);
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
        lexer.tokens.push(Token { kind: TokenKind::Bom, start: 0 });
    }
    while let Some((class, length)) = class::at(text, lexer.at) {
        let start = lexer.at;
        lexer.at += length;
        let kind = match class {
            Class::Space => {
                lexer.at = class::skip(text, lexer.at, Class::Space);
                TokenKind::Whitespace
            }
            Class::Newline => {
                lexer.line_open = 0;
                TokenKind::Newline
            }
            Class::Word => lexer.word(start),
            Class::Forbidden => {
                lexer.at = class::skip(text, lexer.at, Class::Forbidden);
                TokenKind::Error
            }
            Class::Mark => lexer.mark(start),
        };
        lexer.tokens.push(Token { kind, start: report::offset(start) });
    }
    Lexed { tokens: lexer.tokens, open: lexer.open }
}

pub(super) struct Lexer<'s, 'k> {
    pub file: FileId,
    pub text: &'s str,
    pub sink: &'k mut Sink,
    /// After what was read.
    pub at: usize,
    tokens: Vec<Token>,
    comments: Comments,
    open: usize,
    /// Blocks opened on this line and not closed on it.
    pub line_open: usize,
    /// No `"""` closes after this place, with at most that many `#`.
    pub no_raw_close: Option<usize>,
    /// No unescaped `"""` follows.
    pub no_multi_line_close: bool,
    /// A stretch without line ends, up to one.
    line: (usize, usize),
    /// Up to here no raw string that ended too soon has a better end.
    pub no_late_end: usize,
}

impl<'s, 'k> Lexer<'s, 'k> {
    fn new(file: FileId, text: &'s str, sink: &'k mut Sink) -> Self {
        Self {
            file,
            text,
            sink,
            at: 0,
            tokens: Vec::with_capacity(text.len() / 4),
            comments: Comments::default(),
            open: 0,
            line_open: 0,
            no_raw_close: None,
            no_multi_line_close: false,
            line: (0, 0),
            no_late_end: 0,
        }
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    pub(super) fn rest(&self, at: usize) -> &'s [u8] {
        self.text.as_bytes().get(at..).unwrap_or(&[])
    }

    /// Where the line that holds `from` ends; many questions about one long line look at it once.
    pub(super) fn line_end(&mut self, from: usize) -> usize {
        if !(self.line.0..self.line.1).contains(&from) {
            self.line = (from, class::line_end(self.text, from));
        }
        self.line.1
    }

    fn word(&mut self, start: usize) -> TokenKind {
        self.at = class::skip(self.text, self.at, Class::Word);
        let word = self.text.as_bytes().get(start..self.at).unwrap_or(&[]);
        if word::begins_like_number(word) {
            return if word::is_number(word) { TokenKind::Number } else { TokenKind::Error };
        }
        // `https://…`: KDL would read the rest of the address as a comment, silently.
        if let [scheme @ .., b':'] = word
            && scheme.len() > 1
            && scheme.iter().all(u8::is_ascii_alphabetic)
            && matches!(self.rest(self.at), [b'/', b'/', b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9', ..])
        {
            while let Some((class, length)) = class::at(self.text, self.at) {
                if class != Class::Word && !matches!(self.byte(self.at), Some(b'/' | b'#' | b'=')) {
                    break;
                }
                self.at += length;
            }
            return TokenKind::Error;
        }
        TokenKind::Bare
    }

    fn mark(&mut self, start: usize) -> TokenKind {
        match self.byte(start) {
            Some(b'{') => {
                self.open += 1;
                self.line_open += 1;
                TokenKind::OpenBrace
            }
            Some(b'}') => {
                self.open = self.open.saturating_sub(1);
                self.line_open = self.line_open.saturating_sub(1);
                TokenKind::CloseBrace
            }
            Some(b'(') => TokenKind::OpenParen,
            Some(b')') => TokenKind::CloseParen,
            Some(b';') => TokenKind::Semicolon,
            Some(b'=') => TokenKind::Equals,
            Some(b'"') => self.quoted(start),
            Some(b'#') => self.hash(start),
            Some(b'/') => self.slash(start),
            Some(b'\\') => self.continuation(start),
            _ => TokenKind::Error,
        }
    }

    fn slash(&mut self, start: usize) -> TokenKind {
        match self.byte(start + 1) {
            Some(b'-') => {
                self.at = start + 2;
                TokenKind::SlashDash
            }
            Some(b'/') => {
                self.at = class::line_end(self.text, start);
                TokenKind::LineComment
            }
            Some(b'*') => {
                self.at = self.comments.end(self.text, start).unwrap_or_else(|| {
                    let glued = self.tokens.last().is_some_and(|token| token.kind == TokenKind::Bare);
                    report::unclosed_comment(self.file, start, glued, self.sink);
                    next_top_level(self.text, start)
                });
                TokenKind::BlockComment
            }
            _ => TokenKind::Error,
        }
    }

    /// `\`, white space and comments, and a line end.
    fn continuation(&mut self, start: usize) -> TokenKind {
        let mut at = start + 1;
        loop {
            at = class::skip(self.text, at, Class::Space);
            if !self.rest(at).starts_with(b"/*") {
                break;
            }
            match self.comments.end(self.text, at) {
                Some(end) => at = end,
                None => return TokenKind::Error,
            }
        }
        if self.rest(at).starts_with(b"//") {
            at = class::line_end(self.text, at);
        }
        match class::at(self.text, at) {
            Some((Class::Newline, length)) => self.at = at + length,
            None => self.at = at,
            Some(_) => return TokenKind::Error,
        }
        self.line_open = 0;
        TokenKind::LineContinuation
    }

    /// `#"…"#`, `#true`, or a comment in another language's manner.
    fn hash(&mut self, start: usize) -> TokenKind {
        let hashes = self.rest(start).iter().take_while(|&&byte| byte == b'#').count();
        steps::take(hashes);
        if self.byte(start + hashes) == Some(b'"') {
            return self.raw(start, hashes);
        }
        let end = class::skip(self.text, start + hashes, Class::Word);
        let word = self.text.get(start + hashes..end).unwrap_or("");
        if hashes == 1 && word::is_keyword(word) {
            self.at = end;
            return TokenKind::Keyword;
        }
        let glued = self.tokens.last().is_some_and(|token| is_value(token.kind));
        if (word.is_empty() || self.begins_statement()) && !glued {
            self.at = self.peel(start, class::line_end(self.text, start));
            report::hash_comment(self.file, start, start + hashes, self.at, self.sink);
            return TokenKind::LineComment;
        }
        self.at = end;
        TokenKind::Error
    }

    fn begins_statement(&self) -> bool {
        self.tokens.iter().rev().find(|token| token.kind != TokenKind::Whitespace).is_none_or(|token| {
            matches!(
                token.kind,
                TokenKind::Newline
                    | TokenKind::Bom
                    | TokenKind::OpenBrace
                    | TokenKind::CloseBrace
                    | TokenKind::Semicolon
            )
        })
    }

    /// Where text that runs to the end of its line by mistake had better end: before the `{` that opens the statement's
    /// block, or before as many `}` as the line has opened.
    pub(super) fn peel(&self, start: usize, end: usize) -> usize {
        let line = self.text.get(start..end).unwrap_or("");
        let line = line.trim_end();
        if let Some(before) = line.strip_suffix('{') {
            return if before.ends_with(' ') { start + before.len() } else { end };
        }
        let mut kept = line;
        for _ in 0..self.line_open {
            match kept.strip_suffix('}') {
                Some(before) => kept = before.trim_end(),
                None => break,
            }
        }
        if kept.len() == line.len() { end } else { start + kept.len().max(1) }
    }
}

/// Whether such a token is a value or a piece of one.
pub(super) fn is_value(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Bare
            | TokenKind::Quoted
            | TokenKind::MultiLine
            | TokenKind::Raw
            | TokenKind::Number
            | TokenKind::Keyword
            | TokenKind::Error
    )
}

/// The line end after `from` before the first line that begins with a statement of the top level: where reading goes on
/// after something that never ends.
pub(super) fn next_top_level(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or(&[]);
    let end = memchr::memchr_iter(b'\n', rest)
        .map(|at| from + at)
        .find(|&line| text.get(line + 1..).is_some_and(begins_top_level))
        .unwrap_or(text.len());
    steps::take(end - from.min(end));
    end
}

/// Whether a line begins with a statement that stands at the top of a file.
pub(super) fn begins_top_level(line: &str) -> bool {
    let word = line.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or("");
    line.as_bytes().get(word.len()).is_some_and(|&byte| byte == b' ' || byte == b'\t') && is_top_level(word)
}

fn is_top_level(word: &str) -> bool {
    matches!(
        word,
        "flag" | "attribute" | "segment" | "layer" | "holdout" | "exclusive" | "env" | "tests" | "edition" | "rules"
    )
}
