//! Words for a POSIX shell.

use std::fmt::Write as _;

use serde_json::Value;

use crate::diagnostic::render::is_unprintable;

/// A word as a shell reads it back. Nothing in it steers the terminal it is shown in.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('=') {
        return word.to_owned();
    }
    if steers(word) {
        let each = word.bytes().map(|byte| match byte {
            b'\'' | b'\\' | 0..0x20 | 0x7f.. => format!("\\0{byte:03o}"),
            _ => char::from(byte).to_string(),
        });
        return format!("\"$(printf '%b' '{}')\"", each.collect::<String>());
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Whether a terminal that is shown the text would do more than show it: what findings escape, too.
pub(super) fn steers(text: &str) -> bool {
    text.chars().any(is_unprintable)
}

/// JSON in which nothing steers.
pub(super) fn plain_json(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unprintable(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}
