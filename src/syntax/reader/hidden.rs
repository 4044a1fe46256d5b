//! What `/-` hides: read like the rest, recorded, reported, and taken out of the tree.

use super::parse::{BlockKind, Header, Mark, Parser, Phase};
use super::{class, report};
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::TokenKind;

impl Parser<'_, '_> {
    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.tree.nodes.len(), entries: self.tree.entries.len(), decoded: self.tree.decoded.len() }
    }

    pub(super) fn back_to(&mut self, mark: Mark) {
        self.tree.nodes.truncate(mark.nodes);
        self.tree.entries.truncate(mark.entries);
        self.tree.decoded.truncate(mark.decoded);
    }

    pub(super) fn hide(&mut self, slash: u32, mark: Mark, what: &str) {
        let hidden = self.span(slash, self.ended.max(slash + 2));
        self.back_to(mark);
        self.tree.hidden.push(hidden);
        let line = class::line_end(self.slice(slash, hidden.end), 0);
        let line = (slash + report::offset(line)).max(slash + 2);
        self.sink.push(
            Diagnostic::new(
                Rule::CommentedOut,
                self.span(slash, hidden.end.min(line)),
                format!("`/-` hides {what}, which still looks alive"),
            )
            .label("flagfall reads nothing of this")
            .help("delete it, or comment it out with `//` so that readers see it"),
        );
    }

    /// `/- kdl-version 2` on the first line is no comment.
    pub(super) fn version_marker(&mut self) {
        let first = usize::from(self.kind(0) == Some(TokenKind::Bom));
        if self.kind(first) != Some(TokenKind::SlashDash) {
            return;
        }
        let mut word = first + 1;
        while self.kind(word) == Some(TokenKind::Whitespace) {
            word += 1;
        }
        if self.token_text(word) != "kdl-version" || self.kind(word + 1) != Some(TokenKind::Whitespace) {
            return;
        }
        let number = word + 2;
        let mut end = number + 1;
        while self.kind(end) == Some(TokenKind::Whitespace) {
            end += 1;
        }
        if !matches!(self.kind(end), None | Some(TokenKind::Newline)) {
            return;
        }
        let place = self.span(self.start(number), self.start(number + 1));
        match self.token_text(number) {
            "2" => self.at = end,
            "1" => {
                self.at = end;
                self.sink.push(
                    Diagnostic::new(Rule::SyntaxError, place, "this file says it is KDL 1; flagfall reads KDL 2")
                        .label("another version of KDL")
                        .help("write the file in KDL 2 and delete this line"),
                );
            }
            _ => {}
        }
    }

    pub(super) fn hidden_statement(&mut self) {
        let slash = self.start(self.at);
        let mark = self.mark();
        if self.after_slash_dash() {
            match self.peek() {
                Some(TokenKind::OpenBrace) => {
                    self.sink.push(
                        Diagnostic::new(
                            Rule::SyntaxError,
                            self.span(slash, slash + 2),
                            "`/-` hides a block without a statement",
                        )
                        .label("no statement is before this block")
                        .help("write `/-` on the line of the statement, or before the statement as a whole"),
                    );
                    self.header = Some(Header { broken: true, ..Header::new(None) });
                    self.open_block(BlockKind::Hidden(slash));
                }
                _ => self.statement(Some((slash, mark))),
            }
        }
    }

    /// Reads `/-` and the lines after it; false where nothing follows that it could hide.
    pub(super) fn after_slash_dash(&mut self) -> bool {
        let slash = self.start(self.at);
        self.advance();
        self.skip_lines();
        if self.peek() == Some(TokenKind::SlashDash) {
            let again = self.span(self.start(self.at), self.start(self.at + 1));
            while self.peek() == Some(TokenKind::SlashDash) {
                self.advance();
                self.skip_lines();
            }
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, again, "`/-` cannot hide another `/-`")
                    .label("one `/-` hides one thing")
                    .help("write `/-` before each thing to hide"),
            );
        }
        let nothing = matches!(self.peek(), None | Some(TokenKind::CloseBrace | TokenKind::Semicolon));
        if nothing {
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, self.span(slash, slash + 2), "`/-` hides nothing")
                    .label("nothing follows that could be hidden")
                    .help("delete the `/-`")
                    .edit(self.span(slash, slash + 2), ""),
            );
        }
        !nothing
    }

    /// `/-` before an argument, a property or a block.
    pub(super) fn hidden_part(&mut self) {
        let slash = self.start(self.at);
        let mark = self.mark();
        if !self.after_slash_dash() {
            return;
        }
        if self.peek() == Some(TokenKind::OpenBrace) {
            self.open_block(BlockKind::Hidden(slash));
            return;
        }
        let phase = self.header.as_ref().map_or(Phase::Done, |header| header.phase);
        if phase != Phase::Entries {
            self.after_block(phase);
            return;
        }
        let before = self.node_mut().map(|node| (node.entries, node.header_end, node.end));
        let start = self.here();
        if !self.entry() {
            self.unexpected();
            return;
        }
        if let (Some((entries, header_end, end)), Some(node)) = (before, self.node_mut()) {
            (node.entries, node.header_end, node.end) = (entries, header_end, end);
        }
        let what = format!("`{}`", report::excerpt(self.slice(start, self.ended)));
        self.hide(slash, mark, &what);
    }
}
