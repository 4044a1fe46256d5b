//! Plain text with backticks, as Markdown that shows just that: nothing in a file makes a link, a mention or a tag.

use crate::diagnostic::render::printable;

/// Keeps what follows from being a mention of somebody or of an issue; nobody sees it.
const APART: &str = "&#8203;";

/// Text in a paragraph.
pub(super) fn plain(text: &str) -> String {
    parts(text, escaped, code)
}

/// Text in a cell of a table: the bar ends a cell even in code.
pub(super) fn cell(text: &str) -> String {
    parts(text, escaped, |inner| code(inner).replace('|', "\\|"))
}

/// Text in a tag.
pub(super) fn html(text: &str) -> String {
    parts(
        text,
        |plain| entities(plain).replace('@', &format!("@{APART}")),
        |inner| format!("<code>{}</code>", entities(inner)),
    )
}

/// Text as it is, to copy.
pub(super) fn verbatim(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| entities(&printable(line))).collect();
    format!("<pre>{}</pre>", lines.join("\n"))
}

/// User text.
pub(super) fn code(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// Every second part between backticks is user text; a backtick without another is itself.
fn parts(text: &str, outside: impl Fn(&str) -> String, inside: impl Fn(&str) -> String) -> String {
    let text = printable(text);
    let (mut out, mut rest) = (String::with_capacity(text.len() + 16), text.as_ref());
    while let Some((before, after)) = rest.split_once('`') {
        out.push_str(&outside(before));
        match after.split_once('`') {
            Some((inner, after)) if !inner.trim().is_empty() => {
                out.push_str(&inside(inner));
                rest = after;
            }
            // Code of nothing is no code.
            Some((inner, after)) => {
                out.push_str(&format!("&#96;{inner}&#96;"));
                rest = after;
            }
            None => {
                out.push_str("&#96;");
                rest = after;
            }
        }
    }
    out.push_str(&outside(rest));
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@&#8203;"),
            '#' => out.push_str("\\#&#8203;"),
            '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '$' | '!' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_text_is_code_and_nothing_else_is_markup() {
        assert_eq!(cell("`a|b` is <b>not</b> a | *c*"), "`a\\|b` is &lt;b&gt;not&lt;/b&gt; a \\| \\*c\\*");
        assert_eq!(plain("ask @team about #12 and `@you #3`"), "ask @&#8203;team about \\#&#8203;12 and `@you #3`");
        assert_eq!(plain("one ` alone"), "one &#96; alone");
        assert_eq!(plain("`` none, `one`"), "&#96;&#96; none, `one`");
        assert_eq!(plain("line\nbreak"), "line\\\\nbreak");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(html("`<a>` & @b"), "<code>&lt;a&gt;</code> &amp; @&#8203;b");
        assert_eq!(verbatim("a </pre>\n@b"), "<pre>a &lt;/pre&gt;\n@b</pre>");
    }
}
