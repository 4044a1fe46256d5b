//! Characters nobody sees, and quotes that only look like quotes.

use super::class::{self, Class};
use super::report;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::source::FileId;

/// Reports code points that KDL allows nowhere, one finding a line.
pub(super) fn forbidden(file: FileId, text: &str, sink: &mut Sink) {
    let bytes = text.as_bytes();
    let suspect = |byte: u8| matches!(byte, 0x00..=0x08 | 0x0e..=0x1f | 0x7f | 0xe2 | 0xef);
    // Nearly every text holds none, which is quickest told without stopping at a byte.
    if !bytes.iter().fold(false, |found, &byte| found | suspect(byte)) {
        return;
    }
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let Some(next) = rest.iter().position(|&byte| suspect(byte)) else { return };
        at += next;
        let Some((found, length)) = class::at(text, at) else { return };
        if found != Class::Forbidden {
            at += length;
            continue;
        }
        let end = class::skip(text, at, Class::Forbidden);
        report_forbidden(file, text, at, end, sink);
        at = class::line_end(text, end);
    }
}

fn report_forbidden(file: FileId, text: &str, start: usize, end: usize, sink: &mut Sink) {
    let Some(first) = text.get(start..end).and_then(|run| run.chars().next()) else { return };
    let name = name(first);
    let control = first.is_ascii_control();
    let rule = if control { Rule::SyntaxError } else { Rule::InvisibleCharacter };
    sink.push(
        Diagnostic::new(rule, report::span(file, start, end), format!("{name} is not allowed in KDL"))
            .label("nothing is visible here")
            .help("delete it")
            .edit(report::span(file, start, end), ""),
    );
}

/// Whether a bare word or a text holds a character that nobody sees: where it begins and ends.
pub(super) fn find_hidden(text: &str) -> Option<(usize, usize)> {
    if text.is_ascii() {
        return None;
    }
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|&(_, after)| after);
        if is_hidden(before, character, after) {
            return Some((at, at + character.len_utf8()));
        }
        before = Some(character);
    }
    None
}

/// The text without what nobody sees.
pub(super) fn without_hidden(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let neighbour = |at: Option<usize>| at.and_then(|at| characters.get(at)).copied();
    characters
        .iter()
        .enumerate()
        .filter(|&(at, &character)| !is_hidden(neighbour(at.checked_sub(1)), character, neighbour(Some(at + 1))))
        .map(|(_, &character)| character)
        .collect()
}

/// Joiners belong inside emoji and some scripts, never beside ASCII or at an edge.
fn is_hidden(before: Option<char>, character: char, after: Option<char>) -> bool {
    let plain = |neighbour: Option<char>| neighbour.is_none_or(|neighbour| neighbour.is_ascii());
    match character {
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' => true,
        '\u{200c}' | '\u{200d}' => plain(before) || plain(after),
        _ => false,
    }
}

/// What to call a character nobody sees.
pub(super) fn name(character: char) -> String {
    let word = match character {
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' => "a zero-width non-joiner",
        '\u{200d}' => "a zero-width joiner",
        '\u{2060}' => "a word joiner",
        '\u{feff}' => "a byte-order mark",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a writing-direction mark",
        _ => "a control character",
    };
    format!("{word} (U+{:04X})", u32::from(character))
}

/// Whether a character is a typographic quotation mark.
pub(super) fn is_curly_quote(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201f}' | '«' | '»' | '‹' | '›' | '\u{301d}'..='\u{301f}' | '\u{ff02}' | '\u{ff07}')
}

/// Whether a bare word begins or ends with a typographic quotation mark.
pub(super) fn has_curly_quotes(word: &str) -> bool {
    !word.is_ascii() && (word.starts_with(is_curly_quote) || word.ends_with(is_curly_quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_inside_emoji_and_scripts_are_seen() {
        assert_eq!(find_hidden("👩\u{200d}👧"), None);
        assert_eq!(find_hidden("می\u{200c}خواهم"), None);
        assert_eq!(find_hidden("US\u{200b}"), Some((2, 5)));
        assert_eq!(find_hidden("U\u{200d}S"), Some((1, 4)));
        assert_eq!(without_hidden("U\u{200d}S\u{200b}"), "US");
    }
}
