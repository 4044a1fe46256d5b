//! What quoted text says: escapes, and lines without their common indent.

use super::class::{self, Class};

/// What is wrong inside a text: where, counted from the beginning of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A `\` before something KDL does not escape; the length of both.
    Escape(usize, usize),
    /// A line that does not begin with the white space before the closing quotes.
    Indent(usize),
    /// Text before the closing quotes on their line.
    LastLine(usize),
}

/// A decoded text and its first flaw. Flawed text keeps what was written.
pub(super) struct Decoded {
    pub text: String,
    pub flaw: Option<Flaw>,
    /// Whether escaped white space makes the flaw's place unknown.
    pub shifted: bool,
}

/// The text of `"…"` with this body, which holds a `\`.
pub(super) fn quoted(body: &str) -> Decoded {
    let mut text = String::with_capacity(body.len());
    let mut flaw = None;
    unescape(body, 0, &mut text, &mut flaw);
    Decoded { text, flaw, shifted: false }
}

/// The text of several lines whose body begins after the opening quotes' line end and ends before the closing quotes.
pub(super) fn lines(body: &str, raw: bool) -> Decoded {
    // Escaped white space goes first: what it joins counts as one line.
    let joined = if raw || memchr::memchr(b'\\', body.as_bytes()).is_none() { None } else { Some(join(body)) };
    let shifted = joined.as_deref().is_some_and(|joined| joined.len() != body.len());
    let all = joined.as_deref().unwrap_or(body);
    let last = last_line(all);
    let indent = all.get(last..).unwrap_or("");
    let mut flaw = None;
    let indent = if class::is_blank(indent) {
        indent
    } else {
        flaw = Some(Flaw::LastLine(last));
        ""
    };
    let mut text = String::with_capacity(all.len());
    let mut at = 0;
    while at < last {
        let end = class::line_end(all, at);
        let line = all.get(at..end).unwrap_or("");
        if at > 0 {
            text.push('\n');
        }
        if let Some(rest) = line.strip_prefix(indent) {
            if !class::is_blank(rest) {
                let before = at + indent.len();
                if raw {
                    text.push_str(rest);
                } else {
                    unescape(rest, before, &mut text, &mut flaw);
                }
            }
        } else if !class::is_blank(line) {
            flaw = flaw.or(Some(Flaw::Indent(at)));
            text.push_str(line.trim_start());
        }
        at = end + class::at(all, end).map_or(1, |(_, length)| length);
    }
    if matches!(flaw, Some(Flaw::LastLine(_))) {
        if last > 0 {
            text.push('\n');
        }
        text.push_str(all.get(last..).unwrap_or("").trim_start());
    }
    Decoded { text, flaw, shifted }
}

fn last_line(all: &str) -> usize {
    all.char_indices()
        .rev()
        .find(|&(_, character)| class::of(character) == Class::Newline)
        .map_or(0, |(at, character)| at + character.len_utf8())
}

/// The body without escaped white space; other escapes stay as they are.
fn join(body: &str) -> String {
    let mut joined = String::with_capacity(body.len());
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', body.as_bytes().get(at..).unwrap_or(&[])) {
        let backslash = at + next;
        joined.push_str(body.get(at..backslash).unwrap_or(""));
        let after = skip_blank(body, backslash + 1);
        if after > backslash + 1 {
            at = after;
        } else {
            let length = class::at(body, backslash + 1).map_or(0, |(_, length)| length);
            at = backslash + 1 + length;
            joined.push_str(body.get(backslash..at).unwrap_or(""));
        }
    }
    joined.push_str(body.get(at..).unwrap_or(""));
    joined
}

fn skip_blank(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some((Class::Space | Class::Newline, length)) = class::at(text, at) {
        at += length;
    }
    at
}

fn unescape(body: &str, offset: usize, text: &mut String, flaw: &mut Option<Flaw>) {
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', body.as_bytes().get(at..).unwrap_or(&[])) {
        let backslash = at + next;
        text.push_str(body.get(at..backslash).unwrap_or(""));
        at = skip_blank(body, backslash + 1);
        if at > backslash + 1 {
            continue;
        }
        match escape(body.get(backslash + 1..).unwrap_or("")) {
            Some((character, length)) => {
                text.push(character);
                at = backslash + 1 + length;
            }
            None => {
                let length = 1 + class::at(body, backslash + 1).map_or(0, |(_, length)| length);
                *flaw = flaw.or(Some(Flaw::Escape(offset + backslash, length)));
                at = backslash + length;
                text.push_str(body.get(backslash..at).unwrap_or(""));
            }
        }
    }
    text.push_str(body.get(at..).unwrap_or(""));
}

/// What follows a `\`: the character meant and the length of what was written.
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = |character| Some((character, 1));
    match rest.as_bytes().first()? {
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'\\' => simple('\\'),
        b'"' => simple('"'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b's' => simple(' '),
        b'u' => {
            let inside = rest.get(1..)?.strip_prefix('{')?;
            // Six digits at most, so that a missing brace is not searched for through the whole text.
            let end = inside.bytes().take(7).position(|byte| byte == b'}')?;
            let digits = inside.get(..end)?;
            let hexadecimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())??;
            Some((char::from_u32(number)?, end + 3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_replaced_and_unknown_ones_kept_and_reported() {
        let decoded = quoted(r#"a\tb\u{1F600}\s\"\\ \  c"#);
        assert_eq!((decoded.text.as_str(), decoded.flaw), ("a\tb😀 \"\\ c", None));
        let decoded = quoted(r"^\d+\.\d$");
        assert_eq!((decoded.text.as_str(), decoded.flaw), (r"^\d+\.\d$", Some(Flaw::Escape(1, 2))));
        for wrong in [r"\u{110000}", r"\u{D800}", r"\u{0000041}", r"\u{}", r"\u41", r"\/"] {
            assert!(quoted(wrong).flaw.is_some(), "{wrong}");
        }
    }

    #[test]
    fn lines_lose_the_indent_of_the_closing_quotes() {
        assert_eq!(lines("  a\n\n    b\n  ", false).text, "a\n\n  b");
        assert_eq!(lines("  a\r\n  b\r\n  ", true).text, "a\nb");
        assert_eq!(lines("  a \\\nb\n  c\n  ", false).text, "a b\nc");
        assert_eq!(lines("  a\n b\n  ", false).flaw, Some(Flaw::Indent(4)));
        assert_eq!(lines("  a\n  b", false).flaw, Some(Flaw::LastLine(4)));
        assert_eq!(lines("  ", true).text, "");
    }
}
