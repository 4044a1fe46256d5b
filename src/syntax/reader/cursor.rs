//! Where the parser is among the tokens.

use super::class::{self, Class};
use super::parse::Parser;
use super::{report, steps};
use crate::source::Span;
use crate::syntax::tree::TokenKind;

impl<'s> Parser<'s, '_> {
    /// The kind of the token to read; none at the end of the text and where a block ends without `}`.
    pub(super) fn peek(&self) -> Option<TokenKind> {
        if self.block_ends_here() { None } else { self.kind(self.at) }
    }

    pub(super) fn kind(&self, token: usize) -> Option<TokenKind> {
        steps::take(1);
        self.tree.tokens.get(token).map(|token| token.kind)
    }

    pub(super) fn start(&self, token: usize) -> u32 {
        self.tree.tokens.get(token).map_or_else(|| report::offset(self.tree.text.len()), |token| token.start)
    }

    pub(super) fn slice(&self, start: u32, end: u32) -> &'s str {
        self.tree.text.get(start as usize..end as usize).unwrap_or("")
    }

    pub(super) fn token_text(&self, token: usize) -> &'s str {
        self.slice(self.start(token), self.start(token + 1))
    }

    /// Where the piece to read begins.
    pub(super) fn here(&self) -> u32 {
        self.start(self.at).max(self.inner)
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
        self.inner = 0;
        self.ended = self.start(self.at);
    }

    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.tree.file, start, end)
    }

    pub(super) fn block_ends_here(&self) -> bool {
        self.closes.front().is_some_and(|close| close.token == self.at)
    }

    /// Whether a token is a run of forbidden characters, reported elsewhere and read as white space.
    pub(super) fn is_forbidden(&self, token: usize) -> bool {
        self.kind(token) == Some(TokenKind::Error)
            && matches!(class::at(self.tree.text, self.start(token) as usize), Some((Class::Forbidden, _)))
    }

    pub(super) fn is_space(&self, token: usize) -> bool {
        match self.kind(token) {
            Some(TokenKind::Whitespace | TokenKind::BlockComment | TokenKind::LineContinuation) => true,
            Some(TokenKind::Error) => self.is_forbidden(token),
            _ => false,
        }
    }

    /// Skips white space that does not end a statement.
    pub(super) fn skip_space(&mut self) {
        let several_lines = self.header.as_ref().is_some_and(|header| header.several_lines);
        while self.is_space(self.at)
            || several_lines && matches!(self.peek(), Some(TokenKind::Newline | TokenKind::LineComment))
        {
            self.at += 1;
        }
    }

    /// The first token at or after `token` that is not white space within a statement.
    pub(super) fn after_space(&self, mut token: usize) -> usize {
        while self.is_space(token) {
            token += 1;
        }
        token
    }

    /// Skips everything between statements.
    pub(super) fn skip_lines(&mut self) {
        while !self.block_ends_here()
            && (self.is_space(self.at)
                || matches!(self.kind(self.at), Some(TokenKind::Newline | TokenKind::LineComment | TokenKind::Bom)))
        {
            self.at += 1;
        }
    }

    /// Skips the rest of a statement that cannot be read.
    pub(super) fn skip_rest(&mut self) {
        self.inner = 0;
        while !matches!(
            self.peek(),
            None | Some(
                TokenKind::Newline
                    | TokenKind::LineComment
                    | TokenKind::Semicolon
                    | TokenKind::OpenBrace
                    | TokenKind::CloseBrace
            )
        ) {
            self.at += 1;
        }
    }
}
