//! The findings about text, comments and blocks that do not end where they should.

use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::source::{FileId, Span};

/// A place as spans count.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn span(file: FileId, start: usize, end: usize) -> Span {
    Span::new(file, offset(start), offset(end))
}

/// The beginning of a text, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    if text.len() <= 40 && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None => line.to_owned(),
    }
}

/// `text` as a quoted string of KDL.
pub(super) fn quote(text: &str) -> String {
    if memchr::memchr2(b'"', b'\\', text.as_bytes()).is_some() {
        let mut hashes = 1;
        while text.contains(&format!("\"{}", "#".repeat(hashes))) {
            hashes += 1;
        }
        let hashes = "#".repeat(hashes);
        return format!("{hashes}\"{text}\"{hashes}");
    }
    format!("\"{text}\"")
}

pub(super) fn unclosed_text(file: FileId, start: usize, opener: usize, close: &str, sink: &mut Sink) {
    let several = if close.contains("\"\"\"") {
        "close the text with it, at the beginning of a line of its own"
    } else if close == "\"" {
        "close the text on its own line, or write several lines between `\"\"\"` and `\"\"\"`"
    } else {
        "close the text on its own line with as many `#` as it began with"
    };
    sink.push(
        Diagnostic::new(
            Rule::SyntaxError,
            span(file, start, start + opener),
            format!("text that begins here has no closing `{close}`"),
        )
        .label("this text never ends")
        .help(format!("add `{close}`: {several}")),
    );
}

pub(super) fn lines_on_one_line(
    file: FileId,
    text: &str,
    (start, end): (usize, usize),
    opener: usize,
    inside: usize,
    sink: &mut Sink,
) {
    let hashes = "#".repeat(opener - 3);
    let body = text.get(start + opener..start + opener + inside).unwrap_or("");
    let plain = if hashes.is_empty() { format!("\"{body}\"") } else { quote(body) };
    let finding = Diagnostic::new(
        Rule::SyntaxError,
        span(file, start, start + opener),
        "text in `\"\"\"` must begin on the next line",
    )
    .label("nothing may follow this on its line");
    sink.push(if inside > 0 {
        finding.help(format!("write one line of text as `{}`", excerpt(&plain))).edit(span(file, start, end), plain)
    } else {
        finding
            .help(format!("begin the text on the line below, and put `\"\"\"{hashes}` on a line of its own below it"))
    });
}

pub(super) fn unclosed_comment(file: FileId, start: usize, glued: bool, sink: &mut Sink) {
    let help = if glued {
        "quote text that holds `/*`, as in `\"legacy/**\"`"
    } else {
        "add `*/` where the comment ends; comments nest, every `/*` needs its own"
    };
    sink.push(
        Diagnostic::new(
            Rule::SyntaxError,
            span(file, start, start + 2),
            "comment that begins here has no closing `*/`",
        )
        .label("this comment never ends")
        .help(help),
    );
}

pub(super) fn hash_comment(file: FileId, start: usize, after: usize, end: usize, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(Rule::HashComment, span(file, start, end), "`#` does not begin a comment")
            .label("in KDL, `#` begins keywords and raw text")
            .help("write comments with `//`")
            .edit(span(file, start, after), "//"),
    );
}

pub(super) fn raw_too_short(
    file: FileId,
    text: &str,
    (start, end): (usize, usize),
    stop: usize,
    hashes: usize,
    sink: &mut Sink,
) {
    let body = text.get(start + hashes + 1..end - hashes - 1).unwrap_or("");
    let mut more = hashes + 1;
    while body.contains(&format!("\"{}", "#".repeat(more))) {
        more += 1;
    }
    let extra = "#".repeat(more - hashes);
    let mark = "#".repeat(hashes);
    let need = "#".repeat(more);
    sink.push(
        Diagnostic::new(
            Rule::RawStringTooShort,
            span(file, stop - hashes - 1, stop),
            format!("raw text ends at its first `\"{mark}`, before the end that was meant"),
        )
        .label("the text ends here")
        .and(span(file, start, start + hashes + 1), "it begins here")
        .help(format!("write one `#` more than the text holds: `{need}\"…\"{need}`"))
        .edit(span(file, start, start), extra.clone())
        .edit(span(file, end, end), extra),
    );
}

pub(super) fn raw_too_few_hashes(
    file: FileId,
    start: usize,
    end: usize,
    (hashes, found): (usize, usize),
    sink: &mut Sink,
) {
    let missing = "#".repeat(hashes - found);
    sink.push(
        Diagnostic::new(
            Rule::SyntaxError,
            span(file, end - found - 1, end),
            format!("raw text that began with {hashes} `#` ends with {found}"),
        )
        .label(format!("`{missing}` is missing"))
        .and(span(file, start, start + hashes + 1), "it begins here")
        .help("end raw text with as many `#` as it begins with")
        .edit(span(file, end, end), missing),
    );
}

pub(super) fn unclosed_block(file: FileId, openers: &[u32], sink: &mut Sink) {
    let Some((&innermost, outer)) = openers.split_first() else { return };
    let message = if outer.is_empty() {
        "block that begins here has no closing `}`".to_owned()
    } else {
        format!("{} blocks have no closing `}}`; the innermost begins here", openers.len())
    };
    let mut finding = Diagnostic::new(Rule::SyntaxError, Span::new(file, innermost, innermost + 1), message)
        .label("this block never ends")
        .help("add `}` after the last statement that belongs to the block");
    for &opener in outer.iter().take(3) {
        finding = finding.and(Span::new(file, opener, opener + 1), "nor does this one");
    }
    sink.push(finding);
}

/// A `}` behind `//`: `comment` is where the comment begins, and its text.
pub(super) fn brace_in_comment(file: FileId, comment: (u32, String), opener: u32, sink: &mut Sink) {
    let (start, text) = comment;
    let brace = start + offset(text.rfind('}').unwrap_or(0));
    sink.push(
        Diagnostic::new(
            Rule::BraceInComment,
            Span::new(file, brace, brace + 1),
            "closing `}` is part of a comment, so its block never ends",
        )
        .label("the comment runs to the end of the line")
        .and(Span::new(file, opener, opener + 1), "this block is still open")
        .help("put the `}` before the comment, or on a line of its own")
        .edit(Span::new(file, start, start), "} ")
        .edit(Span::new(file, brace, brace + 1), ""),
    );
}
