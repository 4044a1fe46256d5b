//! The lossless tree of one KDL document: flat vectors, byte spans.
//!
//! Tokens tile the text: their spans, in order, cover every byte once. Nodes and entries say what the tokens mean;
//! what `/-` hides is in the tokens and in [`Tree::hidden`], not among the nodes.

use crate::source::{FileId, Span};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Spaces and tabs, not line ends.
    Whitespace,
    /// A line end; `\r\n` is one.
    Newline,
    /// `// …` without the line end.
    LineComment,
    /// `/* … */`.
    BlockComment,
    /// `\` that continues a line, with what follows it up to and including the line end.
    LineContinuation,
    /// `/-`.
    SlashDash,
    /// A bare identifier.
    Bare,
    /// `"…"` on one line.
    Quoted,
    /// `"""…"""`.
    MultiLine,
    /// `#"…"#` of one line or several.
    Raw,
    /// A number as written, keyword numbers aside.
    Number,
    /// `#true`, `#false`, `#null`, `#inf`, `#-inf`, `#nan`.
    Keyword,
    /// `=`.
    Equals,
    /// `;`.
    Semicolon,
    /// `{`.
    OpenBrace,
    /// `}`.
    CloseBrace,
    /// `(`.
    OpenParen,
    /// `)`.
    CloseParen,
    /// Text that is not KDL; a finding was reported for it.
    Error,
    /// A byte-order mark at the beginning.
    Bom,
}

/// A stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte; it ends where the next begins.
    pub start: u32,
}

/// How a string was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// `US`.
    Bare,
    /// `"US"`.
    Quoted,
    /// `"""` over several lines.
    MultiLine,
    /// `#"US"#`, of one line or several.
    Raw,
}

/// Where a decoded string is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Bytes of the text.
    Slice(u32, u32),
    /// An index into the tree's decoded strings.
    Decoded(u32),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TextData {
    pub start: u32,
    pub end: u32,
    pub style: Style,
    pub content: Content,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ValueData {
    Text(TextData),
    Number { start: u32, end: u32 },
    Bool(bool),
    Null,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct EntryData {
    pub start: u32,
    pub end: u32,
    pub name: Option<TextData>,
    pub annotation: Option<(u32, u32)>,
    pub value: ValueData,
    pub value_start: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct NodeData {
    pub name: TextData,
    pub annotation: Option<(u32, u32)>,
    /// The first byte, annotation included.
    pub start: u32,
    /// After the last entry.
    pub header_end: u32,
    /// After the closing brace, or `header_end`.
    pub end: u32,
    pub entries: (u32, u32),
    /// Bytes of `{` and after `}`; equal to the end of text where `}` is missing.
    pub block: Option<(u32, u32)>,
    pub first_child: Option<u32>,
    /// Whether part of the header could not be read.
    pub broken: bool,
    pub next_sibling: Option<u32>,
}

/// A KDL document as read.
#[derive(Debug)]
pub struct Tree<'s> {
    /// The file it came from.
    pub file: FileId,
    /// Its text.
    pub text: &'s str,
    /// All tokens; they tile the text.
    pub tokens: Vec<Token>,
    /// Every `/-`, with what it hides, in the order of the text.
    pub hidden: Vec<Span>,
    pub(super) nodes: Vec<NodeData>,
    pub(super) entries: Vec<EntryData>,
    pub(super) decoded: Vec<String>,
    pub(super) first_root: Option<u32>,
}

/// A string and where it was written, delimiters included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'t> {
    /// The decoded string.
    pub text: &'t str,
    /// Where it was written.
    pub span: Span,
    /// How it was written.
    pub style: Style,
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'t> {
    /// A string.
    Text(Text<'t>),
    /// A number as written (also `#inf`, `#-inf`, `#nan`).
    Number(&'t str),
    /// `#true` or `#false`.
    Bool(bool),
    /// `#null`.
    Null,
}

/// An argument or a property.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'t> {
    /// The property's name; none for an argument.
    pub name: Option<Text<'t>>,
    /// The value.
    pub value: Value<'t>,
    /// Where the value was written, delimiters included.
    pub value_span: Span,
    /// A `(type)` annotation.
    pub annotation: Option<Span>,
    /// All of it.
    pub span: Span,
}

/// A node of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    data: &'t NodeData,
}

impl<'s> Tree<'s> {
    /// The top-level nodes, in order.
    pub fn roots<'t>(&'t self) -> impl Iterator<Item = Node<'t>>
    where
        's: 't,
    {
        Siblings { tree: self, next: self.first_root }
    }

    /// The tokens with their spans.
    pub fn spans(&self) -> impl Iterator<Item = (TokenKind, Span)> {
        let ends = self
            .tokens
            .iter()
            .skip(1)
            .map(|token| token.start)
            .chain([u32::try_from(self.text.len()).unwrap_or(u32::MAX)]);
        self.tokens.iter().zip(ends).map(|(token, end)| (token.kind, Span::new(self.file, token.start, end)))
    }

    fn text_of<'t>(&'t self, data: &TextData) -> Text<'t> {
        let text = match data.content {
            Content::Slice(start, end) => self.text.get(start as usize..end as usize).unwrap_or(""),
            Content::Decoded(index) => self.decoded.get(index as usize).map_or("", String::as_str),
        };
        Text { text, span: Span::new(self.file, data.start, data.end), style: data.style }
    }
}

struct Siblings<'t> {
    tree: &'t Tree<'t>,
    next: Option<u32>,
}

impl<'t> Iterator for Siblings<'t> {
    type Item = Node<'t>;
    fn next(&mut self) -> Option<Node<'t>> {
        let data = self.tree.nodes.get(self.next? as usize)?;
        self.next = data.next_sibling;
        Some(Node { tree: self.tree, data })
    }
}

impl<'t> Node<'t> {
    /// The node's name.
    #[must_use]
    pub fn name(self) -> Text<'t> {
        self.tree.text_of(&self.data.name)
    }

    /// The node's `(type)` annotation, parentheses included.
    #[must_use]
    pub fn annotation(self) -> Option<Span> {
        self.data.annotation.map(|(start, end)| Span::new(self.tree.file, start, end))
    }

    /// From the first byte to the end of the last entry: what to underline for "this line".
    #[must_use]
    pub fn header(self) -> Span {
        Span::new(self.tree.file, self.data.start, self.data.header_end)
    }

    /// From the first byte to the end of the block.
    #[must_use]
    pub fn span(self) -> Span {
        Span::new(self.tree.file, self.data.start, self.data.end)
    }

    /// The block, braces included.
    #[must_use]
    pub fn block(self) -> Option<Span> {
        self.data.block.map(|(start, end)| Span::new(self.tree.file, start, end))
    }

    /// Whether part of the header could not be read: a finding was reported, and pieces may be missing.
    #[must_use]
    pub fn is_broken(self) -> bool {
        self.data.broken
    }

    /// Arguments and properties, in order.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let (start, end) = self.data.entries;
        self.tree.entries.get(start as usize..end as usize).unwrap_or(&[]).iter().map(move |data| self.entry(data))
    }

    /// The nodes inside the block, in order.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> {
        Siblings { tree: self.tree, next: self.data.first_child }
    }

    fn entry(self, data: &'t EntryData) -> Entry<'t> {
        let span = |start, end| Span::new(self.tree.file, start, end);
        let value = match &data.value {
            ValueData::Text(text) => Value::Text(self.tree.text_of(text)),
            ValueData::Number { start, end } => {
                Value::Number(self.tree.text.get(*start as usize..*end as usize).unwrap_or(""))
            }
            ValueData::Bool(value) => Value::Bool(*value),
            ValueData::Null => Value::Null,
        };
        Entry {
            name: data.name.as_ref().map(|name| self.tree.text_of(name)),
            value,
            value_span: span(data.value_start, data.end),
            annotation: data.annotation.map(|(start, end)| span(start, end)),
            span: span(data.start, data.end),
        }
    }
}
