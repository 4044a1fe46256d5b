//! Tokens to nodes: one loop over statements, headers and blocks; open blocks are on a stack of our own.

use std::collections::VecDeque;

use super::brace::MissingClose;
use super::class::{self, Class};
use super::report;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::source::Span;
use crate::syntax::tree::{EntryData, NodeData, TextData, TokenKind, Tree};

/// How many blocks may be inside each other.
pub(super) const DEPTH: usize = 64;

/// Lengths of the tree's vectors, to go back to when what follows turns out to be hidden.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    nodes: usize,
    entries: usize,
    decoded: usize,
}

/// What may still come in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Arguments, properties, blocks.
    Entries,
    /// Blocks: a hidden one was read.
    Blocks,
    /// Hidden blocks only.
    Done,
}

/// A statement being read.
#[derive(Debug)]
pub(super) struct Header {
    /// Its node; none where no name could be read.
    pub node: Option<u32>,
    /// Its entries belong to the node around it.
    pub borrowed: bool,
    pub phase: Phase,
    /// Where its `/-` is, and the tree before it.
    pub hidden: Option<(u32, Mark)>,
    /// A finding was reported; what else is odd in this statement follows from it.
    pub broken: bool,
    /// Commas and brackets that are not KDL.
    pub list_marks: Vec<u32>,
    /// Brackets opened in it.
    pub brackets: usize,
    /// The list goes on over line ends.
    pub several_lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Real,
    /// Behind the `/-` there.
    Hidden(u32),
    /// Not allowed here, and reported.
    Dropped,
}

/// The last statement of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// None, or one that cannot take a block.
    Closed,
    /// A node without a block.
    Plain(u32),
}

/// A block being read, and the statement it belongs to.
#[derive(Debug)]
pub(super) struct Frame {
    pub header: Header,
    kind: BlockKind,
    pub open: u32,
    mark: Mark,
    last_child: Option<u32>,
    last: Last,
    /// Statements in it that are properties of its node.
    pub properties: Vec<Span>,
    /// How many statements it has.
    pub statements: usize,
    /// It looks like JSON, and that was reported.
    pub json: bool,
}

pub(super) struct Parser<'s, 'k> {
    pub tree: Tree<'s>,
    pub sink: &'k mut Sink,
    /// The number of the token to read.
    pub at: usize,
    /// Where the rest of that token begins after a comma; 0 for all of it.
    pub inner: u32,
    /// The end of the last piece read.
    pub ended: u32,
    pub header: Option<Header>,
    pub frames: Vec<Frame>,
    closes: VecDeque<MissingClose>,
    /// Up to this token there is no `]` for a list over several lines.
    pub no_bracket: usize,
}

impl Header {
    fn new(hidden: Option<(u32, Mark)>) -> Self {
        Self {
            node: None,
            borrowed: false,
            phase: Phase::Entries,
            hidden,
            broken: false,
            list_marks: Vec::new(),
            brackets: 0,
            several_lines: false,
        }
    }
}

impl Frame {
    fn new(header: Header, kind: BlockKind, open: u32, mark: Mark) -> Self {
        let (last_child, last) = (None, Last::Closed);
        Self { header, kind, open, mark, last_child, last, properties: Vec::new(), statements: 0, json: false }
    }

    /// The node whose block this is.
    pub(super) fn owner(&self) -> Option<u32> {
        if self.kind == BlockKind::Real { self.header.node } else { None }
    }
}

impl<'s, 'k> Parser<'s, 'k> {
    pub(super) fn new(tree: Tree<'s>, closes: Vec<MissingClose>, sink: &'k mut Sink) -> Self {
        let mut parser = Self {
            tree,
            sink,
            at: 0,
            inner: 0,
            ended: 0,
            header: None,
            frames: Vec::new(),
            closes: closes.into(),
            no_bracket: 0,
        };
        let root = Frame::new(Header::new(None), BlockKind::Dropped, 0, parser.mark());
        parser.frames.push(root);
        parser
    }

    pub(super) fn run(mut self) -> Tree<'s> {
        self.version_marker();
        loop {
            if self.header.is_some() {
                self.header_step();
            } else if !self.statement_step() {
                return self.tree;
            }
        }
    }

    // Tokens.

    /// The kind of the token to read; none at the end of the text and where a block ends without `}`.
    pub(super) fn peek(&self) -> Option<TokenKind> {
        if self.block_ends_here() { None } else { self.kind(self.at) }
    }

    pub(super) fn kind(&self, token: usize) -> Option<TokenKind> {
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

    fn block_ends_here(&self) -> bool {
        self.closes.front().is_some_and(|close| close.token == self.at)
    }

    /// Whether a token is a run of forbidden characters, reported elsewhere and read as white space.
    pub(super) fn is_forbidden(&self, token: usize) -> bool {
        self.kind(token) == Some(TokenKind::Error)
            && matches!(class::at(self.tree.text, self.start(token) as usize), Some((Class::Forbidden, _)))
    }

    fn is_space(&self, token: usize) -> bool {
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
    fn skip_lines(&mut self) {
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

    // What is hidden.

    fn mark(&self) -> Mark {
        Mark { nodes: self.tree.nodes.len(), entries: self.tree.entries.len(), decoded: self.tree.decoded.len() }
    }

    fn back_to(&mut self, mark: Mark) {
        self.tree.nodes.truncate(mark.nodes);
        self.tree.entries.truncate(mark.entries);
        self.tree.decoded.truncate(mark.decoded);
    }

    fn hide(&mut self, slash: u32, mark: Mark, what: &str) {
        let hidden = self.span(slash, self.ended.max(slash + 2));
        self.back_to(mark);
        self.tree.hidden.push(hidden);
        let line = report::offset(class::line_end(self.tree.text, slash as usize)).max(slash + 2);
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
    fn version_marker(&mut self) {
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

    // Statements.

    /// Reads up to the name of the next statement; false at the end of the text.
    fn statement_step(&mut self) -> bool {
        self.skip_lines();
        if self.block_ends_here() {
            self.close_without_brace();
            return true;
        }
        match self.kind(self.at) {
            None => {
                if self.frames.len() <= 1 {
                    return false;
                }
                self.close(self.ended);
                self.finish();
            }
            Some(TokenKind::CloseBrace) if self.frames.len() > 1 => {
                self.advance();
                self.close(self.ended);
            }
            Some(TokenKind::CloseBrace) => self.stray("`}` closes nothing", "delete it, or add the `{` it belongs to"),
            Some(TokenKind::Semicolon) => self.stray("`;` ends no statement", "delete it"),
            Some(TokenKind::OpenBrace) => self.lone_block(),
            Some(TokenKind::SlashDash) => self.hidden_statement(),
            Some(_) => self.statement(None),
        }
        true
    }

    fn stray(&mut self, message: &str, help: &str) {
        let place = self.span(self.here(), self.start(self.at + 1));
        self.advance();
        let finding = Diagnostic::new(Rule::SyntaxError, place, message).label("nothing to end here").help(help);
        self.sink.push(finding.edit(place, ""));
    }

    fn hidden_statement(&mut self) {
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
    fn after_slash_dash(&mut self) -> bool {
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

    /// Reads annotation and name of a statement.
    fn statement(&mut self, hidden: Option<(u32, Mark)>) {
        let start = self.here();
        self.header = Some(Header::new(hidden));
        if let Some(frame) = self.frames.last_mut() {
            frame.statements += 1;
        }
        let mut annotation = None;
        if self.peek() == Some(TokenKind::OpenParen) {
            annotation = self.annotation();
            self.skip_space();
        }
        if self.header.as_ref().is_some_and(|header| header.broken) {
            return;
        }
        let property = self.equals_after();
        match self.name() {
            Some(name) => match property {
                Some(equals) if hidden.is_none() => self.property_statement(start, name, equals),
                _ => self.add_node(start, annotation, name),
            },
            None => self.no_name(),
        }
    }

    /// Adds a node to the tree and, unless it is hidden, to the block being read.
    pub(super) fn add_node(&mut self, start: u32, annotation: Option<(u32, u32)>, name: TextData) {
        let number = report::offset(self.tree.nodes.len());
        let entries = report::offset(self.tree.entries.len());
        self.tree.nodes.push(NodeData {
            name,
            annotation,
            start,
            header_end: name.end,
            end: name.end,
            entries: (entries, entries),
            block: None,
            first_child: None,
            broken: false,
            next_sibling: None,
        });
        let Some(header) = &mut self.header else { return };
        header.node = Some(number);
        if header.hidden.is_some() {
            return;
        }
        let is_root = self.frames.len() == 1;
        let Some(frame) = self.frames.last_mut() else { return };
        let owner = frame.owner();
        let before = frame.last_child.replace(number);
        if let Some(before) = before {
            if let Some(before) = self.tree.nodes.get_mut(before as usize) {
                before.next_sibling = Some(number);
            }
        } else if is_root {
            self.tree.first_root = Some(number);
        } else if let Some(owner) = owner.and_then(|owner| self.tree.nodes.get_mut(owner as usize)) {
            owner.first_child = Some(number);
        }
    }

    pub(super) fn node_mut(&mut self) -> Option<&mut NodeData> {
        let node = self.header.as_ref()?.node?;
        self.tree.nodes.get_mut(node as usize)
    }

    /// Adds an entry to the statement being read.
    pub(super) fn add_entry(&mut self, entry: EntryData) {
        self.tree.entries.push(entry);
        let count = report::offset(self.tree.entries.len());
        let borrowed = self.header.as_ref().is_some_and(|header| header.borrowed);
        if let Some(node) = self.node_mut() {
            node.entries.1 = count;
            if !borrowed {
                node.header_end = entry.end;
                node.end = entry.end;
            }
        }
    }

    // The rest of a statement.

    fn header_step(&mut self) {
        self.skip_space();
        let phase = self.header.as_ref().map_or(Phase::Done, |header| header.phase);
        match self.peek() {
            None | Some(TokenKind::Newline | TokenKind::LineComment | TokenKind::CloseBrace) => self.finish(),
            Some(TokenKind::Semicolon) => {
                self.at += 1;
                self.inner = 0;
                self.finish();
            }
            Some(TokenKind::SlashDash) => self.hidden_part(),
            Some(TokenKind::OpenBrace) => self.open_block(BlockKind::Real),
            Some(_) if phase != Phase::Entries => self.after_block(phase),
            Some(_) if self.bracket() => {}
            Some(_) => {
                if !self.entry() {
                    self.unexpected();
                }
            }
        }
    }

    /// Ends the statement being read.
    fn finish(&mut self) {
        self.report_list_marks();
        let Some(header) = self.header.take() else { return };
        let mut last = Last::Closed;
        if let Some(number) = header.node
            && let Some(node) = self.tree.nodes.get_mut(number as usize)
            && !header.borrowed
        {
            node.broken |= header.broken;
            if node.block.is_none() {
                last = Last::Plain(number);
            }
        }
        if let Some((slash, mark)) = header.hidden {
            last = Last::Closed;
            let name = header.node.and_then(|node| self.tree.nodes.get(node as usize)).map(|node| node.name);
            let what = name.map_or_else(
                || "a statement".to_owned(),
                |name| format!("the statement `{}`", report::excerpt(self.slice(name.start, name.end))),
            );
            self.hide(slash, mark, &what);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.last = last;
        }
    }

    /// `/-` before an argument, a property or a block.
    fn hidden_part(&mut self) {
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

    /// A value behind the block.
    fn after_block(&mut self, phase: Phase) {
        let broken = self.header.as_ref().is_some_and(|header| header.broken);
        let place = self.span(self.here(), self.start(self.at + 1));
        let starts = self.starts_text(self.at);
        if !broken && phase == Phase::Done && starts {
            let edit = self.span(place.start, place.start);
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, place, "a statement ends with its block")
                    .label("this needs a line of its own")
                    .help("begin the next statement on a new line, or put `;` before it")
                    .edit(edit, "; "),
            );
            self.finish();
            return;
        }
        if !broken {
            self.sink.push(
                Diagnostic::new(Rule::SyntaxError, place, "values and properties stand before the block")
                    .label("this comes too late")
                    .help("move it before the `{`"),
            );
        }
        self.break_off();
    }

    /// Gives the statement up: the finding about it is reported.
    pub(super) fn break_off(&mut self) {
        if let Some(header) = &mut self.header {
            header.broken = true;
        }
        if let Some(node) = self.node_mut() {
            node.broken = true;
        }
        self.skip_rest();
    }

    // Blocks.

    fn open_block(&mut self, kind: BlockKind) {
        self.report_list_marks();
        if self.frames.len() > DEPTH {
            self.too_deep();
            return;
        }
        let open = self.start(self.at);
        let Some(header) = self.header.take() else { return };
        let fits = header.phase != Phase::Done && !header.borrowed && header.node.is_some();
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
    fn lone_block(&mut self) {
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
    fn close(&mut self, end: u32) {
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
    fn take_missing_close(&mut self) -> bool {
        let Some(close) = self.closes.front_mut().filter(|close| close.token == self.at) else { return false };
        close.blocks = close.blocks.saturating_sub(1);
        if close.blocks == 0 {
            self.closes.pop_front();
        }
        true
    }

    fn close_without_brace(&mut self) {
        self.take_missing_close();
        if self.frames.len() > 1 {
            self.close(self.ended);
            self.finish();
        }
    }

    /// Skips a block that is nested too deep, up to its end.
    fn too_deep(&mut self) {
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
