//! Blocks: opened, closed with and without `}`, refused.

use super::parse::{BlockKind, DEPTH, Frame, Header, Last, Parser, Phase};
use super::report;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::TokenKind;

impl Parser<'_, '_> {
    pub(super) fn open_block(&mut self, kind: BlockKind) {
        self.report_list_marks();
        if self.frames.len() > DEPTH {
            self.too_deep();
            return;
        }
        let open = self.start(self.at);
        let Some(header) = self.header.take() else { return };
        let fits = header.phase != Phase::Done && header.borrowed.is_none() && header.node.is_some();
        let kind = if kind == BlockKind::Real && !fits { BlockKind::Dropped } else { kind };
        if kind == BlockKind::Dropped && !header.broken {
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, self.span(open, open + 1), "a statement has one block only")
                    .label("a second block")
                    .help("move what is in it into the first block"),
            );
        }
        if kind == BlockKind::Real
            && let Some(node) = header.node.and_then(|node| self.tree.nodes.get_mut(node as usize))
        {
            node.block = Some((open, report::offset(self.tree.text.len())));
        }
        let mark = self.mark();
        self.frames.push(Frame::new(header, kind, open, mark));
        self.advance();
    }

    /// `{` at the beginning of a statement.
    pub(super) fn lone_block(&mut self) {
        let open = self.span(self.here(), self.here() + 1);
        let last = self.frames.last().map_or(Last::Closed, |frame| frame.last);
        if let Last::Plain(node) = last
            && let Some(data) = self.tree.nodes.get(node as usize)
        {
            let end = data.header_end;
            self.sink.push(
                Diagnostic::new(Rule::BlockOnNewLine, open, "a block begins on the line of its statement")
                    .label("KDL ended the statement at the end of its line")
                    .and(self.span(data.start, end), "the statement it seems to belong to")
                    .help("move the `{` to the end of that line")
                    .edit(self.span(end, end), " {")
                    .edit(open, ""),
            );
            self.header = Some(Header { node: Some(node), ..Header::new(None) });
        } else {
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, open, "block without a statement")
                    .label("no statement is before this block")
                    .help("write the statement it belongs to before the `{`, on the same line"),
            );
            self.header = Some(Header { broken: true, ..Header::new(None) });
        }
        self.open_block(BlockKind::Real);
    }

    /// Ends the block being read; its statement may go on.
    pub(super) fn close(&mut self, end: u32) {
        self.report_properties(end);
        let Some(frame) = self.frames.pop() else { return };
        let mut header = frame.header;
        match frame.kind {
            BlockKind::Real => {
                header.phase = Phase::Done;
                if let Some(node) = header.node.and_then(|node| self.tree.nodes.get_mut(node as usize)) {
                    node.block = Some((frame.open, end));
                    node.end = end;
                }
            }
            BlockKind::Hidden(slash) => {
                header.phase = if header.phase == Phase::Entries { Phase::Blocks } else { header.phase };
                self.hide(slash, frame.mark, "a block");
            }
            BlockKind::Dropped => {
                header.phase = Phase::Done;
                self.back_to(frame.mark);
            }
        }
        self.header = Some(header);
    }

    /// Counts one block as ended where it has no `}`; false where blocks do not end so.
    pub(super) fn take_missing_close(&mut self) -> bool {
        let Some(close) = self.closes.front_mut().filter(|close| close.token == self.at) else { return false };
        close.blocks = close.blocks.saturating_sub(1);
        if close.blocks == 0 {
            self.closes.pop_front();
        }
        true
    }

    pub(super) fn close_without_brace(&mut self) {
        self.take_missing_close();
        if self.frames.len() > 1 {
            self.close(self.ended);
            self.finish();
        }
    }

    /// Skips a block that is nested too deep, up to its end.
    pub(super) fn too_deep(&mut self) {
        let open = self.start(self.at);
        self.sink.push(
            Diagnostic::new(
                Rule::NestedTooDeep,
                self.span(open, open + 1),
                format!("blocks are nested more than {DEPTH} deep"),
            )
            .label("flagfall does not read this block")
            .help("write the inner blocks as statements of their own, or keep the value in a file named by `file=`"),
        );
        let mut depth = 0_usize;
        loop {
            let ends = depth > 0 && self.take_missing_close();
            match self.kind(self.at) {
                _ if ends => depth -= 1,
                None => break,
                Some(kind) => {
                    depth += usize::from(kind == TokenKind::OpenBrace);
                    depth -= usize::from(kind == TokenKind::CloseBrace);
                    self.advance();
                }
            }
            if depth == 0 {
                break;
            }
        }
        let end = self.ended;
        if let Some(header) = &mut self.header {
            header.broken = true;
            header.phase = Phase::Done;
        }
        if let Some(node) = self.node_mut() {
            node.broken = true;
            node.block = Some((open, end));
            node.end = end;
        }
    }
}
