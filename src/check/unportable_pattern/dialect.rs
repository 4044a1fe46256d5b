//! The portable dialect of regular expressions: ASCII literals, escaped punctuation, `.`, simple classes, groups, `|`, and
//! `^ $ * + ? {n,m}`. What all SDKs' engines (Rust, RE2, ECMAScript, Java, .NET, PCRE, ICU) read alike.

mod class;

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassSetBinaryOp, ClassSetItem, ErrorKind, GroupKind, HexLiteralKind, Literal,
    LiteralKind, Repetition, RepetitionKind, RepetitionRange, Span, SpecialLiteralKind, Visitor,
};

/// A part of a pattern outside the dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Culprit {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
    /// What differs.
    pub(super) reason: &'static str,
    /// What to write in its place.
    pub(super) rewrite: Option<String>,
    /// What to do where nothing can be written in its place.
    pub(super) advice: &'static str,
}

/// Every culprit, from left to right. Patterns that the reference cannot read at all have none, look-around and
/// back-references aside: other engines accept those.
pub(super) fn culprits(pattern: &str) -> Vec<Culprit> {
    let parsed = match ParserBuilder::new().build().parse(pattern) {
        Ok(parsed) => parsed,
        Err(error) => return refused(&error).into_iter().collect(),
    };
    let search = Search { found: Vec::new(), repeats: vec![1] };
    let mut found = ast::visit(&parsed, search).unwrap_or_default();
    found.sort_by_key(|culprit| (culprit.start, culprit.end));
    // An outer culprit covers what is inside it.
    let mut end = 0;
    found.retain(|culprit| {
        let apart = culprit.start >= end;
        end = end.max(culprit.end);
        apart
    });
    found
}

fn refused(error: &ast::Error) -> Option<Culprit> {
    let (reason, advice) = match error.kind() {
        ErrorKind::UnsupportedLookAround => (
            "look-around is an error in Rust, Go and C++",
            "add another condition: lines of a `when` block must all hold",
        ),
        ErrorKind::UnsupportedBackreference => {
            ("back-references are an error in Rust, Go and C++", "spell the alternatives out with `|`")
        }
        _ => return None,
    };
    let Span { start, end } = *error.span();
    Some(Culprit { start: start.offset, end: end.offset, reason, rewrite: None, advice })
}

struct Search {
    found: Vec<Culprit>,
    /// The product of the enclosing counted repeats, innermost last.
    repeats: Vec<u64>,
}

/// What RE2 allows, nested repeats multiplied.
const MOST_REPEATS: u64 = 1000;

impl Search {
    fn add(&mut self, span: Span, reason: &'static str, rewrite: Option<String>, advice: &'static str) {
        self.found.push(Culprit { start: span.start.offset, end: span.end.offset, reason, rewrite, advice });
    }

    fn literal(&mut self, literal: &Literal, in_class: bool) {
        let character = literal.c;
        if !character.is_ascii() {
            let advice = "match an ASCII part of the text, or list whole values with `one-of`";
            return self.add(literal.span, "not ASCII: some engines match byte by byte", None, advice);
        }
        match &literal.kind {
            LiteralKind::Verbatim => match character {
                '/' => self.add(literal.span, "ends the pattern in PHP", Some("\\/".into()), ""),
                ']' => self.add(literal.span, LONE_BRACKET, Some("\\]".into()), ""),
                '}' if !in_class => self.add(literal.span, LONE_BRACKET, Some("\\}".into()), ""),
                _ => {}
            },
            LiteralKind::Meta | LiteralKind::Superfluous => {}
            LiteralKind::Special(kind) => match kind {
                SpecialLiteralKind::FormFeed
                | SpecialLiteralKind::Tab
                | SpecialLiteralKind::LineFeed
                | SpecialLiteralKind::CarriageReturn
                | SpecialLiteralKind::Space => {}
                SpecialLiteralKind::Bell => {
                    self.add(literal.span, "the letter `a` in JavaScript", None, "leave it out")
                }
                SpecialLiteralKind::VerticalTab => {
                    self.add(literal.span, "any vertical space in Java and PHP", None, "leave it out");
                }
            },
            LiteralKind::Octal
            | LiteralKind::HexFixed(HexLiteralKind::X | HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong)
            | LiteralKind::HexBrace(HexLiteralKind::X | HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong) => {
                let reason = "a numeric escape: its form differs by engine";
                self.add(literal.span, reason, plain(character), "write the character itself");
            }
        }
    }

    fn assertion(&mut self, assertion: &ast::Assertion) {
        let (reason, rewrite) = match assertion.kind {
            AssertionKind::StartLine | AssertionKind::EndLine => return,
            AssertionKind::StartText => ("the letter `A` in JavaScript", Some("^".to_owned())),
            AssertionKind::EndText => ("the letter `z` in JavaScript", Some("$".to_owned())),
            AssertionKind::WordBoundary | AssertionKind::NotWordBoundary => {
                ("word characters are all of Unicode's in some engines, ASCII's in others", None)
            }
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => ("known to Rust alone", None),
        };
        self.add(assertion.span, reason, rewrite, "name what stands on both sides, as in `(^|[^A-Za-z0-9_])word`");
    }

    fn group(&mut self, group: &ast::Group) {
        let start = group.span.start;
        match &group.kind {
            GroupKind::CaptureIndex(_) => {}
            GroupKind::CaptureName { name, .. } => {
                let mut end = name.span.end;
                end.offset += 1;
                let reason = "named groups are written differently by engine";
                self.add(Span::new(start, end), reason, Some("(".into()), "");
            }
            GroupKind::NonCapturing(flags) if flags.items.is_empty() => {}
            GroupKind::NonCapturing(flags) => self.add(Span::new(start, flags.span.end), FLAGS, None, FLAGS_ADVICE),
        }
    }

    fn repetition(&mut self, repetition: &Repetition) {
        let op = &repetition.op;
        match repetition.ast.as_ref() {
            Ast::Repetition(_) => {
                let reason = "possessive in Java, PHP and iOS; an error in JavaScript, Go and C++";
                self.add(op.span, reason, None, "repeat once, or put the inner repeat in a group");
            }
            Ast::Assertion(_) => {
                self.add(op.span, "repeats an anchor: an error in JavaScript", Some(String::new()), "")
            }
            _ => {}
        }
        if self.repeats.last().is_some_and(|product| *product > MOST_REPEATS) && count(repetition) > 1 {
            let advice = "repeat at most 1000 times, nested repeats multiplied, or leave the upper bound out";
            self.add(op.span, "more than 1000 repeats: an error in Go and C++", None, advice);
        }
    }
}

const LONE_BRACKET: &str = "a lone bracket: some engines refuse it";
const FLAGS: &str = "an inline flag: an error in JavaScript";
const FLAGS_ADVICE: &str = "spell both cases out, as in `[eE][uU]`";

/// The largest number of a counted repeat; 1 for others.
fn count(repetition: &Repetition) -> u64 {
    match &repetition.op.kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
        RepetitionKind::Range(
            RepetitionRange::Exactly(most) | RepetitionRange::AtLeast(most) | RepetitionRange::Bounded(_, most),
        ) => u64::from(*most).max(1),
    }
}

/// A printable character written out, escaped where it would mean something.
fn plain(character: char) -> Option<String> {
    if !character.is_ascii_graphic() && character != ' ' {
        return None;
    }
    Some(if character.is_ascii_punctuation() { format!("\\{character}") } else { character.to_string() })
}

impl Visitor for Search {
    type Output = Vec<Culprit>;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.found)
    }

    fn visit_pre(&mut self, node: &Ast) -> Result<(), Self::Err> {
        match node {
            Ast::Empty(_) | Ast::Dot(_) | Ast::ClassBracketed(_) | Ast::Alternation(_) | Ast::Concat(_) => {}
            Ast::Flags(flags) => self.add(flags.span, FLAGS, None, FLAGS_ADVICE),
            Ast::Literal(literal) => self.literal(literal, false),
            Ast::Assertion(assertion) => self.assertion(assertion),
            Ast::ClassUnicode(found) => self.add(found.span, class::UNICODE, None, class::UNICODE_ADVICE),
            Ast::ClassPerl(found) => {
                let inside = class::perl(&found.kind);
                let rewrite = if found.negated { format!("[^{inside}]") } else { format!("[{inside}]") };
                self.add(found.span, class::PERL, Some(rewrite), "");
            }
            Ast::Repetition(repetition) => {
                let product = self.repeats.last().copied().unwrap_or(1).saturating_mul(count(repetition));
                self.repeats.push(product);
                self.repetition(repetition);
            }
            Ast::Group(group) => self.group(group),
        }
        Ok(())
    }

    fn visit_post(&mut self, node: &Ast) -> Result<(), Self::Err> {
        if let Ast::Repetition(_) = node {
            self.repeats.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Empty(_) | ClassSetItem::Union(_) => {}
            ClassSetItem::Literal(literal) => self.literal(literal, true),
            ClassSetItem::Range(range) => {
                self.literal(&range.start, true);
                self.literal(&range.end, true);
            }
            ClassSetItem::Ascii(found) => {
                let rewrite = (!found.negated).then(|| class::ascii(&found.kind)).flatten();
                self.add(found.span, class::ASCII, rewrite.map(str::to_owned), "list the characters");
            }
            ClassSetItem::Unicode(found) => self.add(found.span, class::UNICODE, None, class::UNICODE_ADVICE),
            ClassSetItem::Perl(found) => {
                let rewrite = (!found.negated).then(|| class::perl(&found.kind).to_owned());
                self.add(found.span, class::PERL, rewrite, "list the characters");
            }
            ClassSetItem::Bracketed(found) => {
                self.add(found.span, class::NESTED, None, "write one class, or escape the bracket as `\\[`")
            }
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, op: &ClassSetBinaryOp) -> Result<(), Self::Err> {
        self.add(op.span, class::OPERATION, None, "list the characters that remain, or escape the punctuation");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
