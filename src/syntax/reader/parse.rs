//! Tokens to nodes: one loop over statements, headers and blocks; open blocks are on a stack of our own.

use std::collections::VecDeque;

use super::brace::MissingClose;
use super::report;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::source::Span;
use crate::syntax::tree::{EntryData, NodeData, TextData, TokenKind, Tree};

/// How many blocks may be inside each other.
pub(super) const DEPTH: usize = 64;

/// Lengths of the tree's vectors, to go back to when what follows turns out to be hidden.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub nodes: usize,
    pub entries: usize,
    pub decoded: usize,
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
    /// Where it begins, if its entries belong to the node around it.
    pub borrowed: Option<u32>,
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
pub(super) enum BlockKind {
    Real,
    /// Behind the `/-` there.
    Hidden(u32),
    /// Not allowed here, and reported.
    Dropped,
}

/// The last statement of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// None, or one that cannot take a block.
    Closed,
    /// A node without a block.
    Plain(u32),
}

/// A block being read, and the statement it belongs to.
#[derive(Debug)]
pub(super) struct Frame {
    pub header: Header,
    pub kind: BlockKind,
    pub open: u32,
    pub mark: Mark,
    last_child: Option<u32>,
    pub last: Last,
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
    pub closes: VecDeque<MissingClose>,
    /// Up to this token there is no `]` for a list over several lines.
    pub no_bracket: usize,
}

impl Header {
    pub(super) fn new(hidden: Option<(u32, Mark)>) -> Self {
        Self {
            node: None,
            borrowed: None,
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
    pub(super) fn new(header: Header, kind: BlockKind, open: u32, mark: Mark) -> Self {
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
                self.tree.hidden.sort_unstable();
                return self.tree;
            }
        }
    }

    // Statements.

    /// Reads up to the name of the next statement; false at the end of the text.
    pub(super) fn statement_step(&mut self) -> bool {
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

    pub(super) fn stray(&mut self, message: &str, help: &str) {
        let place = self.span(self.here(), self.start(self.at + 1));
        self.advance();
        let finding = Diagnostic::new(Rule::SyntaxError, place, message).label("nothing to end here").help(help);
        self.sink.push(finding.edit(place, ""));
    }

    /// Reads annotation and name of a statement.
    pub(super) fn statement(&mut self, hidden: Option<(u32, Mark)>) {
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
        let borrowed = self.header.as_ref().is_some_and(|header| header.borrowed.is_some());
        if let Some(node) = self.node_mut() {
            node.entries.1 = count;
            if !borrowed {
                node.header_end = entry.end;
                node.end = entry.end;
            }
        }
    }

    // The rest of a statement.

    pub(super) fn header_step(&mut self) {
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
    pub(super) fn finish(&mut self) {
        self.report_list_marks();
        let Some(header) = self.header.take() else { return };
        let mut last = Last::Closed;
        if let Some(number) = header.node
            && let Some(node) = self.tree.nodes.get_mut(number as usize)
            && header.borrowed.is_none()
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
        let property = header.borrowed.filter(|_| !header.broken).map(|start| self.span(start, self.ended));
        if let Some(frame) = self.frames.last_mut() {
            frame.last = last;
            frame.properties.extend(property);
        }
    }

    /// A value behind the block.
    pub(super) fn after_block(&mut self, phase: Phase) {
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
}
