//! Where the parts of a string stand in its source, so that a finding can underline one character of a pattern.

use crate::source::{FileKind, SourceSet, Span, Spanned};

/// How a string was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Without quotes.
    Bare,
    /// A line of a data file.
    Line,
    /// `"…"`.
    Quoted,
    /// `#"…"#`.
    Raw,
}

/// A string's source, byte by byte.
pub(super) struct Written {
    form: Form,
    whole: Span,
    /// For each byte of the value, and its end, the byte of the file.
    offsets: Vec<u32>,
}

impl Written {
    /// Where the bytes of `value` stand; none when its source cannot be followed (several lines, Unicode escapes).
    pub(super) fn find(sources: &SourceSet, value: &Spanned<String>) -> Option<Self> {
        let source = sources.text(value.span);
        let start = value.span.start;
        let hashes = source.bytes().take_while(|byte| *byte == b'#').count();
        let (form, offsets) = if source == value.value {
            let is_data = sources.file(value.span.file).kind == FileKind::Data;
            (if is_data { Form::Line } else { Form::Bare }, straight(start, source.len()))
        } else if hashes > 0 {
            let inner = source.get(hashes + 1..source.len().checked_sub(hashes + 1)?)?;
            (inner == value.value).then(|| (Form::Raw, straight(start + offset(hashes + 1), inner.len())))?
        } else {
            (Form::Quoted, escaped(source, &value.value, start)?)
        };
        Some(Self { form, whole: value.span, offsets })
    }

    /// The place of the bytes `from..to` of the value.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        match (self.offsets.get(from), self.offsets.get(to)) {
            (Some(&start), Some(&end)) => Span::new(self.whole.file, start, end),
            _ => self.whole,
        }
    }

    /// `text` as it must be written inside this string; none where it cannot be.
    pub(super) fn respell(&self, text: &str) -> Option<String> {
        match self.form {
            Form::Bare => None,
            Form::Line => Some(text.to_owned()),
            Form::Quoted => Some(text.replace('\\', "\\\\").replace('"', "\\\"")),
            Form::Raw => (!text.contains('"')).then(|| text.to_owned()),
        }
    }

    /// `text` as a string of its own, written as this one is.
    pub(super) fn whole(&self, text: &str) -> String {
        match (self.form, self.respell(text)) {
            (Form::Quoted, Some(inside)) => format!("\"{inside}\""),
            (Form::Line, _) => text.to_owned(),
            (Form::Raw | Form::Bare | Form::Quoted, _) => quoted(text),
        }
    }
}

/// `text` as a raw string, which needs no escapes in patterns; as a quoted one where a raw one would end inside it.
pub(super) fn quoted(text: &str) -> String {
    if text.contains('"') {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        format!("#\"{text}\"#")
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn straight(start: u32, length: usize) -> Vec<u32> {
    (0..=offset(length)).map(|at| start + at).collect()
}

/// A quoted string on one line whose escapes stand for one byte each.
fn escaped(source: &str, value: &str, start: u32) -> Option<Vec<u32>> {
    let inner = source.strip_prefix('"')?.strip_suffix('"')?.as_bytes();
    let mut offsets = Vec::with_capacity(value.len() + 1);
    let mut at = 0;
    for byte in value.bytes() {
        offsets.push(start + 1 + offset(at));
        let escape = match byte {
            b'\n' => Some(b'n'),
            b'\t' => Some(b't'),
            b'\r' => Some(b'r'),
            b'\\' | b'"' => Some(byte),
            _ => None,
        };
        match (inner.get(at), inner.get(at + 1)) {
            (Some(b'\\'), after) if escape.is_some() && after.copied() == escape => at += 2,
            (Some(written), _) if *written == byte && byte != b'\\' => at += 1,
            _ => return None,
        }
    }
    offsets.push(start + 1 + offset(at));
    (at == inner.len()).then_some(offsets)
}

#[cfg(test)]
mod tests {
    use super::Written;
    use crate::source::{FileKind, SourceSet, Span, Spanned};

    /// The source of the last two bytes of `value`, and how `\.` would be spelled there.
    fn tail(source: &str, value: &str) -> Option<(String, Option<String>)> {
        let mut sources = SourceSet::new();
        let file = sources.add("a.kdl", "a.kdl", FileKind::Definitions, source);
        let span = Span::new(file, 0, u32::try_from(source.len()).unwrap());
        let written = Written::find(&sources, &Spanned::new(value.to_owned(), span))?;
        let tail = written.span(value.len() - 2, value.len());
        Some((sources.text(tail).to_owned(), written.respell(r"\.")))
    }

    #[test]
    fn parts_are_found_in_bare_quoted_and_raw_strings() {
        assert_eq!(tail("^ab", "^ab"), Some(("ab".into(), None)));
        assert_eq!(tail(r#""(ab""#, "(ab"), Some(("ab".into(), Some(r"\\.".into()))));
        assert_eq!(tail(r#""^\\d""#, r"^\d"), Some((r"\\d".into(), Some(r"\\.".into()))));
        assert_eq!(tail(r##"#"^\d"#"##, r"^\d"), Some((r"\d".into(), Some(r"\.".into()))));
    }

    #[test]
    fn a_string_that_cannot_be_followed_has_no_parts() {
        assert_eq!(tail(r#""\u{61}b""#, "ab"), None);
        assert_eq!(tail("\"\"\"\nab\n\"\"\"", "ab"), None);
    }
}
