//! Blocks whose `}` is missing: where they had better end, so that they do not swallow what follows.
//!
//! Only texts with more `{` than `}` come here. A block ends early where a `}` stands further left than the line that
//! opened it, where a statement stands no further right than that line, where a statement of the top level begins a line,
//! or at the end of the text.

use super::{comment, lex, report};
use crate::diagnostic::Sink;
use crate::source::FileId;
use crate::syntax::tree::{Token, TokenKind};

/// Before the token of that number, that many blocks end without a `}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MissingClose {
    pub token: usize,
    pub blocks: usize,
}

/// How far outward a `}` looks for the line it lines up with; deeper blocks are refused anyway.
const REACH: usize = 80;

struct Open {
    token: usize,
    /// The indent of the line that opened it.
    indent: usize,
    /// Whether its first line is indented.
    indented: Option<bool>,
}

struct Walk<'t, 'k> {
    file: FileId,
    text: &'t str,
    tokens: &'t [Token],
    stack: Vec<Open>,
    missing: usize,
    /// Line comments behind a statement that may have swallowed a `}`.
    suspects: Vec<usize>,
    closes: Vec<MissingClose>,
    sink: &'k mut Sink,
}

/// Finds where blocks end that have no `}`, `missing` of them, and reports them.
pub(super) fn missing_closes(
    file: FileId,
    text: &str,
    tokens: &[Token],
    missing: usize,
    sink: &mut Sink,
) -> Vec<MissingClose> {
    let mut walk =
        Walk { file, text, tokens, stack: Vec::new(), missing, suspects: Vec::new(), closes: Vec::new(), sink };
    walk.run();
    walk.closes
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        let (mut fresh, mut indent) = (true, 0);
        for (number, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Newline | TokenKind::Bom => {
                    fresh = true;
                    indent = 0;
                }
                TokenKind::Whitespace if fresh => indent = self.range(number).len(),
                TokenKind::Whitespace | TokenKind::BlockComment => {}
                TokenKind::LineComment => {
                    if !fresh && comment::swallows_brace(self.range(number).as_bytes()) {
                        self.suspects.push(number);
                    }
                }
                kind => {
                    if fresh {
                        self.line(number, kind, indent);
                        fresh = false;
                    }
                    if kind == TokenKind::OpenBrace {
                        self.stack.push(Open { token: number, indent, indented: None });
                    } else if kind == TokenKind::CloseBrace {
                        self.stack.pop();
                    }
                }
            }
        }
        self.close(self.tokens.len(), self.stack.len());
    }

    fn range(&self, number: usize) -> &str {
        let start = self.tokens.get(number).map_or(0, |token| token.start as usize);
        let end = self.tokens.get(number + 1).map_or(self.text.len(), |token| token.start as usize);
        self.text.get(start..end).unwrap_or("")
    }

    /// The first token of a line.
    fn line(&mut self, number: usize, kind: TokenKind, indent: usize) {
        if self.missing == 0 || self.stack.is_empty() {
            return;
        }
        if kind == TokenKind::CloseBrace {
            let near = self.stack.iter().rev().take(REACH);
            let deeper = near.clone().take_while(|open| open.indent > indent).count();
            if deeper > 0 && self.stack.iter().rev().nth(deeper).is_some_and(|open| open.indent == indent) {
                self.close(number, deeper.min(self.missing));
            }
            return;
        }
        // A statement no further right than the line that opened its block.
        let near = self.stack.iter().rev().take(REACH);
        let crossed = near.take_while(|open| open.indent >= indent).count().min(self.missing);
        if indent > 0 && crossed > 0 {
            self.close(number, crossed);
        } else if indent == 0
            && kind == TokenKind::Bare
            && self.stack.len() <= self.missing
            && self.leaves_blocks(number)
        {
            self.close(number, self.stack.len());
        } else if let Some(open) = self.stack.last_mut()
            && open.indented.is_none()
        {
            open.indented = Some(indent > 0);
        }
    }

    /// Whether the word at the beginning of a line cannot belong to the open blocks.
    fn leaves_blocks(&self, number: usize) -> bool {
        let start = self.tokens.get(number).map_or(0, |token| token.start as usize);
        let nests = matches!(self.range(number), "env" | "layer" | "holdout" | "segment");
        let indented = self.stack.iter().rev().take(REACH).any(|open| open.indented == Some(true));
        self.text.get(start..).is_some_and(lex::begins_top_level) && (!nests || indented)
    }

    fn close(&mut self, number: usize, blocks: usize) {
        let first = self.stack.len().saturating_sub(blocks);
        let opened: Vec<usize> = self.stack.drain(first..).map(|open| open.token).collect();
        let Some(&innermost) = opened.last() else { return };
        self.missing = self.missing.saturating_sub(blocks);
        self.closes.push(MissingClose { token: number, blocks });
        let start = |number: usize| self.tokens.get(number).map_or(0, |token| token.start);
        let openers: Vec<u32> = opened.iter().rev().map(|&token| start(token)).collect();
        let next = self.suspects.partition_point(|&comment| comment < innermost);
        match self.suspects.get(next).copied().filter(|&comment| comment < number) {
            Some(comment) => {
                let comment = (start(comment), self.range(comment).to_owned());
                report::brace_in_comment(self.file, comment, openers.first().copied().unwrap_or(0), self.sink);
            }
            None => report::unclosed_block(self.file, &openers, self.sink),
        }
    }
}
