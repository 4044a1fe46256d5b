//! How far a statement reaches: its lines, the comments above it, and what separates it from others on its line.

use super::{Statements, Word};
use crate::syntax::tree::TokenKind;

/// How far a statement reaches.
#[derive(Debug)]
pub(super) struct Extent {
    /// From the first byte to the last of its block, and of the dash lines below it.
    pub core: (u32, u32),
    /// Nothing but space stands before it on its line.
    pub starts_line: bool,
    /// Where its line begins.
    pub line: u32,
    /// Where the comments directly above it begin; its line without such.
    pub above: u32,
    /// After the line end, where nothing but a comment follows on its line.
    pub line_end: Option<u32>,
    /// Whether a comment follows on its line.
    commented: bool,
    /// What follows.
    pub after: After,
}

/// What follows a statement on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// `;`, which ends at this byte.
    Semicolon(u32),
    /// The end of its block.
    Brace,
    /// The end of the line, or a comment.
    Other,
}

impl Extent {
    /// Whether comments belong to it.
    pub(super) fn has_comments(&self) -> bool {
        self.commented || self.above < self.line
    }
}

impl Statements<'_> {
    /// How far a statement reaches; none where part of it is hidden by `/-` behind it.
    pub(super) fn extent(&self, at: usize) -> Option<Extent> {
        let place = self.places.get(at)?;
        let dashes = self.siblings_after(at).take_while(|place| place.word == Word::Dash);
        let end = dashes.last().map_or(place.whole.end, |dash| dash.whole.end);
        let start = place.header.start;
        let line = self.line_start(start);
        let (after, commented, line_end) = self.behind(end)?;
        Some(Extent {
            core: (start, end),
            starts_line: line.is_some(),
            line: line.unwrap_or(start),
            above: line.map_or(start, |line| self.comments_above(line)),
            line_end,
            commented,
            after,
        })
    }

    /// Where the line of `at` begins, where nothing but space stands before.
    fn line_start(&self, at: u32) -> Option<u32> {
        let begin = self.space_before(at);
        matches!(self.token_ending(begin), None | Some((TokenKind::Newline | TokenKind::Bom, ..))).then_some(begin)
    }

    /// Where the comments on lines of their own begin that end directly above the line that begins at `line`.
    fn comments_above(&self, mut line: u32) -> u32 {
        loop {
            let Some((TokenKind::Newline, end, _)) = self.token_ending(line) else { return line };
            let Some((TokenKind::LineComment | TokenKind::BlockComment, start, _)) = self.token_ending(end) else {
                return line;
            };
            let Some(begin) = self.line_start(start) else { return line };
            line = begin;
        }
    }

    /// What follows the statement that ends at `end`: the separator, whether a comment, and the end of the line.
    fn behind(&self, end: u32) -> Option<(After, bool, Option<u32>)> {
        let (mut after, mut commented) = (After::Other, false);
        let first = self.tokens.partition_point(|&(_, start, _)| start < end);
        for &(kind, _, after_it) in self.tokens.iter().skip(first) {
            match kind {
                TokenKind::Whitespace => {}
                TokenKind::Semicolon if after == After::Other && !commented => after = After::Semicolon(after_it),
                TokenKind::LineComment => commented = true,
                TokenKind::BlockComment if self.is_one_line(after_it) => commented = true,
                TokenKind::Newline => return Some((after, commented, Some(after_it))),
                TokenKind::CloseBrace if after == After::Other => return Some((After::Brace, commented, None)),
                TokenKind::SlashDash | TokenKind::LineContinuation if after == After::Other => return None,
                _ => return Some((after, commented, None)),
            }
        }
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        Some((after, commented, Some(length)))
    }

    fn is_one_line(&self, end: u32) -> bool {
        self.token_ending(end).is_some_and(|(_, start, end)| !self.slice((start, end)).contains('\n'))
    }

    /// Whether comments above the line that ends at `end` may speak of the next line as well: it is a statement that
    /// follows without a gap and without a comment of its own.
    pub(super) fn speaks_of_what_follows(&self, end: u32) -> bool {
        let first = self.tokens.partition_point(|&(_, start, _)| start < end);
        let next = self.tokens.iter().skip(first).find(|&&(kind, ..)| kind != TokenKind::Whitespace);
        !matches!(
            next,
            None | Some((
                TokenKind::Newline | TokenKind::CloseBrace | TokenKind::LineComment | TokenKind::BlockComment,
                ..
            ))
        )
    }

    /// The token that ends at `at`.
    pub(super) fn token_ending(&self, at: u32) -> Option<(TokenKind, u32, u32)> {
        let after = self.tokens.partition_point(|&(_, start, _)| start < at);
        after.checked_sub(1).and_then(|index| self.tokens.get(index)).copied().filter(|&(.., end)| end == at)
    }

    /// Where the space that ends at `at` begins.
    pub(super) fn space_before(&self, at: u32) -> u32 {
        match self.token_ending(at) {
            Some((TokenKind::Whitespace, start, _)) => start,
            _ => at,
        }
    }

    /// Where the space that begins at `at` ends.
    pub(super) fn space_after(&self, at: u32) -> u32 {
        let here = self.tokens.partition_point(|&(_, start, _)| start < at);
        match self.tokens.get(here) {
            Some(&(TokenKind::Whitespace, start, end)) if start == at => end,
            _ => at,
        }
    }

    /// The file's line end.
    pub(super) fn newline(&self) -> &'static str {
        let first = self.tokens.iter().find(|(kind, ..)| *kind == TokenKind::Newline);
        if first.is_some_and(|&(_, start, end)| end - start == 2) { "\r\n" } else { "\n" }
    }
}
