//! Bare words: which are numbers, and what the others were meant to be.

use super::class::{self, Class};

/// Whether a word must be a number: a bare word may not begin like one.
pub(super) fn begins_like_number(word: &[u8]) -> bool {
    let word = match word {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    match word {
        [b'.', second, ..] => second.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    }
}

/// Whether a word is a number of KDL: decimal, hexadecimal, octal or binary.
pub(super) fn is_number(word: &[u8]) -> bool {
    let word = match word {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    match word {
        [b'0', b'x', rest @ ..] => is_digits(rest, |byte| byte.is_ascii_hexdigit()),
        [b'0', b'o', rest @ ..] => is_digits(rest, |byte| matches!(byte, b'0'..=b'7')),
        [b'0', b'b', rest @ ..] => is_digits(rest, |byte| matches!(byte, b'0' | b'1')),
        _ => is_decimal(word),
    }
}

fn is_digits(word: &[u8], digit: impl Fn(u8) -> bool) -> bool {
    word.first().is_some_and(|&first| digit(first)) && word.iter().all(|&byte| byte == b'_' || digit(byte))
}

fn is_decimal(word: &[u8]) -> bool {
    let decimal = |word: &[u8]| is_digits(word, |byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match memchr::memchr2(b'e', b'E', word) {
        Some(at) => (word.get(..at).unwrap_or(&[]), word.get(at + 1..)),
        None => (word, None),
    };
    let exponent = exponent.map(|exponent| match exponent {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    });
    let (whole, fraction) = match memchr::memchr(b'.', mantissa) {
        Some(at) => (mantissa.get(..at).unwrap_or(&[]), mantissa.get(at + 1..)),
        None => (mantissa, None),
    };
    decimal(whole) && fraction.is_none_or(decimal) && exponent.is_none_or(decimal)
}

/// Whether a word needs no quotes, keywords aside.
pub(super) fn is_plain(word: &str) -> bool {
    class::is_all(word.as_bytes(), Class::Word) && !begins_like_number(word.as_bytes())
}

/// The words KDL keeps for `#…`.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(word, "true" | "false" | "null" | "inf" | "-inf" | "nan")
}

/// What an unquoted value looks like, for the finding about it.
pub(super) fn shape(word: &str) -> &'static str {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if word.strip_suffix('%').is_some_and(|share| is_number(share.as_bytes())) {
        return "a percentage";
    }
    let has = |byte: u8| memchr::memchr(byte, word.as_bytes()).is_some();
    if has(b'/') && word.contains("://") {
        return "an address";
    }
    if has(b'-') {
        let parts: Vec<&str> = word.splitn(6, '-').collect();
        if parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) {
            return "a UUID";
        }
        if let [year, month, rest] = parts.as_slice()
            && digits(year)
            && digits(month)
            && rest.as_bytes().first().is_some_and(u8::is_ascii_digit)
        {
            return if rest.contains('T') { "an instant" } else { "a date" };
        }
    }
    if !has(b'.') {
        return "this text";
    }
    let core = word.split(['-', '+']).next().unwrap_or(word);
    if core.matches('.').count() >= 2 && core.split('.').all(digits) {
        return "a version";
    }
    "this text"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words_that_only_begin_like_them() {
        for number in ["0", "-1", "+1_000", "1.5e-10_0", "0xABC_", "-0o7", "0b1_", "7e21", "011"] {
            assert!(is_number(number.as_bytes()), "{number}");
        }
        for word in ["1.", ".1", "1.0.0", "0x", "0x_1", "1._7", "1e", "1e1e1", "5%", "0bx1", "0o8", "2026-12-01", "-"] {
            assert!(!is_number(word.as_bytes()), "{word}");
        }
        for word in ["5%", ".0n", "-.5", "+0n", "-1a"] {
            assert!(begins_like_number(word.as_bytes()), "{word}");
        }
        for word in [".", "-", "--", "-.", "-a", ".a", "+."] {
            assert!(!begins_like_number(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn unquoted_values_are_called_by_what_they_are() {
        assert_eq!(shape("5%"), "a percentage");
        assert_eq!(shape("2026-12-01"), "a date");
        assert_eq!(shape("2026-12-01T09:00:00Z"), "an instant");
        assert_eq!(shape("1.2.0-rc.1"), "a version");
        assert_eq!(shape("0f8fad5b-d9cb-469f-a165-70867728950e"), "a UUID");
        assert_eq!(shape("5apples"), "this text");
    }
}
