//! What one character is to KDL.

use super::steps;

/// What a character can be part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Bare words and numbers.
    Word,
    /// White space inside a line.
    Space,
    /// A line end, or half of `\r\n`.
    Newline,
    /// One of `\/(){};[]"#=`.
    Mark,
    /// A code point KDL allows nowhere.
    Forbidden,
}

/// The class of every ASCII character; of other bytes none, they are only part of one.
const OF_BYTE: [Option<Class>; 256] = {
    let mut table = [None; 256];
    let mut byte = 0;
    while byte < 0x80 {
        #[expect(clippy::indexing_slicing, reason = "a byte is less than 256, and the compiler runs this")]
        {
            table[byte as usize] = Some(of_ascii(byte));
        }
        byte += 1;
    }
    table
};

fn of_byte(byte: u8) -> Option<Class> {
    OF_BYTE.get(usize::from(byte)).copied().flatten()
}

/// Whether no ASCII character of `text` is of another class.
pub(super) fn is_all(text: &[u8], class: Class) -> bool {
    text.iter().all(|&byte| of_byte(byte).is_none_or(|found| found == class))
}

/// The class of the ASCII character `byte`.
const fn of_ascii(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' => Class::Space,
        b'\n' | b'\r' | 0x0b | 0x0c => Class::Newline,
        b'\\' | b'/' | b'(' | b')' | b'{' | b'}' | b';' | b'[' | b']' | b'"' | b'#' | b'=' => Class::Mark,
        0x00..=0x08 | 0x0e..=0x1f | 0x7f => Class::Forbidden,
        _ => Class::Word,
    }
}

/// The class of any character.
pub(super) fn of(character: char) -> Class {
    match character {
        '\0'..='\x7f' => u8::try_from(character).map_or(Class::Word, of_ascii),
        '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Newline,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Class::Space,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => Class::Forbidden,
        _ => Class::Word,
    }
}

/// Class and length of the character at byte `at`; none at the end.
pub(super) fn at(text: &str, at: usize) -> Option<(Class, usize)> {
    steps::take(1);
    let byte = *text.as_bytes().get(at)?;
    if let Some(class) = of_byte(byte) {
        let crlf = byte == b'\r' && text.as_bytes().get(at + 1) == Some(&b'\n');
        return Some((class, if crlf { 2 } else { 1 }));
    }
    let character = text.get(at..)?.chars().next()?;
    Some((of(character), character.len_utf8()))
}

/// The first place at or after `from` whose character is not of class `class`.
pub(super) fn skip(text: &str, from: usize, class: Class) -> usize {
    let mut place = from;
    loop {
        let rest = text.as_bytes().get(place..).unwrap_or(&[]);
        let length = rest.iter().position(|&byte| of_byte(byte) != Some(class)).unwrap_or(rest.len());
        steps::take(length);
        place += length;
        match at(text, place) {
            Some((found, length)) if found == class => place += length,
            _ => return place,
        }
    }
}

/// Where the line that holds `from` ends: its line end, or the end of the text.
pub(super) fn line_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut place = from;
    loop {
        // The first bytes of every line end; what else begins with the two non-ASCII ones is looked at below. The second
        // search ends where the first one did, so that a line is not searched through again and again.
        let rest = bytes.get(place..).unwrap_or(&[]);
        let far = memchr::memchr3(b'\n', 0xc2, 0xe2, rest).unwrap_or(rest.len());
        let near = memchr::memchr3(b'\r', 0x0b, 0x0c, rest.get(..far).unwrap_or(&[])).unwrap_or(far);
        steps::take(far + near);
        place += near;
        match at(text, place) {
            Some((Class::Newline, _)) | None => return place,
            Some((_, length)) => place += length,
        }
    }
}

/// Whether `text` is white space only.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|character| of(character) == Class::Space)
}
