//! Named classes and what they list in ASCII.

use regex_syntax::ast::{ClassAsciiKind, ClassPerlKind};

pub(super) const PERL: &str = "all of Unicode in some engines, ASCII in others";
pub(super) const ASCII: &str = "a POSIX class: a list of its letters in JavaScript";
pub(super) const UNICODE: &str = "a Unicode class: a list of its letters in JavaScript, an error elsewhere";
pub(super) const UNICODE_ADVICE: &str = "list the ASCII characters that are meant, as in `[A-Za-z]`";
pub(super) const NESTED: &str = "a class in a class: a literal bracket in most engines";
pub(super) const OPERATION: &str = "a class operation: literal characters in most engines";

/// What `\d`, `\s` and `\w` list, between brackets.
pub(super) fn perl(kind: &ClassPerlKind) -> &'static str {
    match kind {
        ClassPerlKind::Digit => "0-9",
        ClassPerlKind::Space => " \\t\\r\\n\\f",
        ClassPerlKind::Word => "A-Za-z0-9_",
    }
}

/// What `[:alpha:]` and its like list, where that is short.
pub(super) fn ascii(kind: &ClassAsciiKind) -> Option<&'static str> {
    match kind {
        ClassAsciiKind::Alnum => Some("A-Za-z0-9"),
        ClassAsciiKind::Alpha => Some("A-Za-z"),
        ClassAsciiKind::Blank => Some(" \\t"),
        ClassAsciiKind::Digit => Some("0-9"),
        ClassAsciiKind::Lower => Some("a-z"),
        ClassAsciiKind::Space => Some(" \\t\\r\\n\\f"),
        ClassAsciiKind::Upper => Some("A-Z"),
        ClassAsciiKind::Word => Some("A-Za-z0-9_"),
        ClassAsciiKind::Xdigit => Some("0-9A-Fa-f"),
        ClassAsciiKind::Ascii
        | ClassAsciiKind::Cntrl
        | ClassAsciiKind::Graph
        | ClassAsciiKind::Print
        | ClassAsciiKind::Punct => None,
    }
}
