//! Statements that are none: properties on lines of their own, annotations, and what cannot begin a statement.

use super::entry::Piece;
use super::parse::Parser;
use super::report;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::tree::{EntryData, Style, TextData, TokenKind, ValueData};

/// How many entries of a node are copied when a property of it stands inside its block.
const COPIED: u32 = 16;

impl Parser<'_, '_> {
    /// `name=value` where a statement belongs.
    pub(super) fn property_statement(&mut self, start: u32, name: TextData, equals: usize) {
        self.at = equals;
        self.advance();
        let doubled = self.kind(self.at) == Some(TokenKind::Equals);
        if doubled {
            self.advance();
        }
        let word = self.slice(name.start, name.end);
        let owner = self.frames.last().and_then(|frame| frame.owner()).and_then(|owner| {
            let node = self.tree.nodes.get(owner as usize)?;
            Some((owner, self.slice(node.name.start, node.name.end)))
        });
        let is_condition = owner.is_some_and(|(_, owner)| matches!(owner, "when" | "or" | "given" | "segment"));
        let is_statement = matches!(word, "code-default" | "description" | "otherwise" | "edition" | "definitions");
        if is_condition || doubled {
            self.condition_with_equals(start, name, equals);
            return;
        }
        let member = is_statement || self.frames.iter().any(|frame| self.is_variation(frame.owner()));
        match owner {
            Some((owner, _)) if !member && self.extend(owner) => self.property_of(owner, start, name, equals),
            _ => self.statement_with_equals(start, name, equals),
        }
    }

    fn is_variation(&self, node: Option<u32>) -> bool {
        node.and_then(|node| self.tree.nodes.get(node as usize))
            .is_some_and(|node| self.slice(node.name.start, node.name.end) == "variation")
    }

    /// `country = US` as a line of `when { … }`, read as `country is US`.
    fn condition_with_equals(&mut self, start: u32, name: TextData, equals: usize) {
        let end = self.ended;
        let place = self.span(self.start(equals), end);
        self.sink.push(
            Diagnostic::new(Rule::EqualsOperator, place, "`=` is not an operator")
                .label("operators are words")
                .help("write `is`")
                .edit(self.span(name.end, self.start(self.after_space(self.at))), " is "),
        );
        self.add_node(start, None, name);
        let operator = self.decoded(place.start, end, Style::Bare, "is".to_owned());
        self.add_entry(EntryData {
            start: place.start,
            end,
            name: None,
            annotation: None,
            value: ValueData::Text(operator),
            value_start: place.start,
        });
    }

    /// `code-default=#false`, read as `code-default #false`.
    fn statement_with_equals(&mut self, start: u32, name: TextData, equals: usize) {
        let value = self.start(self.after_space(self.at));
        let word = report::excerpt(self.slice(name.start, name.end));
        let place = self.span(self.start(equals), self.start(equals + 1));
        self.sink.push(
            Diagnostic::new(
                Rule::PropertyAsStatement,
                place,
                format!("`{word}` is a statement; its value follows without `=`"),
            )
            .label("only properties have `=`")
            .help(format!("write `{word}` and its value with a space between them"))
            .edit(self.span(name.end, value), " "),
        );
        self.add_node(start, None, name);
    }

    /// `split { a=50 }`, read as `split a=50`.
    fn property_of(&mut self, owner: u32, start: u32, name: TextData, equals: usize) {
        if let Some(header) = &mut self.header {
            header.node = Some(owner);
            header.borrowed = Some(start);
        }
        self.property_value(start, name, equals);
    }

    /// Makes the entries of a node the last ones of the tree, so that more can follow; false where that costs too much.
    fn extend(&mut self, owner: u32) -> bool {
        let count = report::offset(self.tree.entries.len());
        let Some(node) = self.tree.nodes.get_mut(owner as usize) else { return false };
        let (from, to) = node.entries;
        if to == count {
            return true;
        }
        if to - from > COPIED {
            return false;
        }
        node.entries = (count, count + (to - from));
        self.tree.entries.extend_from_within(from as usize..to as usize);
        true
    }

    /// Reports the properties inside a block that belong to its statement, as one finding.
    pub(super) fn report_properties(&mut self, block_end: u32) {
        let Some(frame) = self.frames.last_mut() else { return };
        let properties = std::mem::take(&mut frame.properties);
        let (open, statements, owner) = (frame.open, frame.statements, frame.owner());
        let Some((first, more)) = properties.split_first() else { return };
        let Some(node) = owner.and_then(|owner| self.tree.nodes.get(owner as usize)) else { return };
        let name = report::excerpt(self.slice(node.name.start, node.name.end));
        let texts: Vec<&str> = properties.iter().map(|place| self.slice(place.start, place.end)).collect();
        let joined = texts.join(" ");
        let end = node.header_end;
        let mut finding = Diagnostic::new(
            Rule::PropertyAsStatement,
            *first,
            format!("`{}` is a property, not a statement", report::excerpt(self.slice(first.start, first.end))),
        )
        .label("a line in a block is a statement")
        .help(format!("write it on the line of `{name}`: `{name} … {}`", report::excerpt(&joined)));
        for place in more.iter().take(8) {
            finding = finding.and(*place, "so is this");
        }
        finding = finding.edit(self.span(end, end), format!(" {joined}"));
        if properties.len() == statements {
            finding = finding.edit(self.span(end, open), "").edit(self.span(open, block_end), "");
        } else {
            for place in &properties {
                finding = finding.edit(*place, "");
            }
        }
        self.sink.push(finding);
    }

    /// Reads `(type)`; none where it is not one, which is reported.
    pub(super) fn annotation(&mut self) -> Option<(u32, u32)> {
        let open = self.here();
        self.advance();
        self.skip_space();
        let mut fits = true;
        match self.piece(self.at) {
            Piece::Text | Piece::BadText => {
                self.quoted_text();
            }
            Piece::Word if !super::word::is_keyword(self.token_text(self.at)) => self.advance(),
            _ => fits = false,
        }
        self.skip_space();
        if fits && self.peek() == Some(TokenKind::CloseParen) {
            self.advance();
            return Some((open, self.ended));
        }
        let place = self.span(open, open + 1);
        self.sink.push(
            Diagnostic::new(Rule::SyntaxError, place, "`(` begins a type annotation, and this is none")
                .label("KDL expects one word and `)`")
                .help("quote text that holds parentheses"),
        );
        self.break_off();
        None
    }

    /// What stands where a statement's name belongs is no name.
    pub(super) fn no_name(&mut self) {
        let place = self.span(self.here(), self.start(self.at + 1));
        let text = report::excerpt(self.slice(place.start, place.end));
        let finding = match self.piece(self.at) {
            Piece::Bracket => Diagnostic::new(Rule::BracketsForList, place, "lists are written without brackets")
                .label("KDL has no brackets")
                .help("write the values side by side behind the operator: `one-of US CA`"),
            Piece::Number | Piece::BadWord | Piece::Keyword | Piece::BadKeyword => {
                Diagnostic::new(Rule::SyntaxError, place, format!("`{text}` cannot begin a statement"))
                    .label("a statement begins with its name")
                    .help("quote it where it is a name; write list values as `- VALUE` lines")
            }
            _ => Diagnostic::new(Rule::SyntaxError, place, format!("`{text}` cannot begin a statement"))
                .label("a statement begins with its name")
                .help("delete it, or quote the text it belongs to"),
        };
        self.sink.push(finding);
        self.advance();
        self.break_off();
    }

    /// What cannot stand in a statement.
    pub(super) fn unexpected(&mut self) {
        let place = self.span(self.here(), self.start(self.at + 1));
        let text = report::excerpt(self.slice(place.start, place.end));
        let broken = self.header.as_ref().is_some_and(|header| header.broken);
        if !broken {
            let (rule, message, help) = match self.peek() {
                Some(TokenKind::Equals) => {
                    (Rule::SyntaxError, "no property's name is before this `=`".to_owned(), "write `name=value`")
                }
                Some(TokenKind::CloseParen) => {
                    (Rule::SyntaxError, "`)` closes nothing".to_owned(), "quote text that holds parentheses")
                }
                _ if text == "\\" => (
                    Rule::SyntaxError,
                    "`\\` stands only at the end of a line, to continue it".to_owned(),
                    "quote text that holds a backslash, as raw text: `#\"…\"#`",
                ),
                _ if text == "]" => (
                    Rule::BracketsForList,
                    "lists are written without brackets".to_owned(),
                    "write the values side by side: `one-of US CA`",
                ),
                _ => (
                    Rule::SyntaxError,
                    format!("`{text}` cannot stand here"),
                    "delete it, or quote the text it belongs to",
                ),
            };
            self.sink.push(Diagnostic::new(rule, place, message).label("KDL cannot read on here").help(help));
        }
        self.advance();
        self.break_off();
    }
}
