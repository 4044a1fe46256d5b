//! JSON text: whether it parses, and the text without needless white space.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Where and why a text is not JSON.
pub(super) struct Problem {
    pub reason: String,
    pub line: usize,
    pub column: usize,
}

/// The text without the white space between its tokens; everything else as written.
///
/// # Errors
/// When it does not parse, or an object holds one name twice: readers differ in which of the two they keep.
pub(super) fn minified(text: &str) -> Result<String, Problem> {
    // Editors of other systems leave byte-order marks at the beginning of files.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<Sound>(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
        Problem { reason, line: error.line(), column: error.column() }
    })?;
    Ok(without_space(text))
}

fn without_space(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for letter in text.chars() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
        } else if matches!(letter, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = letter == '"';
        }
        kept.push(letter);
    }
    kept
}

/// A value of which every object holds each name once; nothing of it is kept.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SoundVisitor)
    }
}

struct SoundVisitor;

impl<'de> Visitor<'de> for SoundVisitor {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Sound, A::Error> {
        while items.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Sound, A::Error> {
        let mut names: HashSet<String> = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                // Its value is read first, so that the position in the message is the end of the second member.
                members.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom(format_args!("one object holds `{name}` twice")));
            }
            names.insert(name);
            members.next_value::<Sound>()?;
        }
        Ok(Sound)
    }
}

#[cfg(test)]
mod tests {
    use super::minified;

    fn reason(text: &str) -> String {
        minified(text).err().map(|problem| problem.reason).unwrap_or_default()
    }

    #[test]
    fn only_white_space_between_tokens_goes() {
        let text = "\u{feff}{ \"b\" : 1.50 ,\r\n\t\"a\": [ \"x : \\\" y\", \"\\\\\" , 1e2 ] }\n";
        assert_eq!(minified(text).ok().as_deref(), Some(r#"{"b":1.50,"a":["x : \" y","\\",1e2]}"#));
    }

    #[test]
    fn what_readers_would_read_differently_is_refused() {
        assert_eq!(reason(r#"{"a": 1, "b": {"a": 1}, "a": 2}"#), "one object holds `a` twice");
        assert_eq!(reason(r#"[{"a": 1}, {"a": 2}]"#), "");
        assert_eq!(reason("{} {}"), "trailing characters");
        assert_eq!(reason("[1e999]"), "number out of range");
        assert_eq!(reason("NaN"), "expected value");
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        assert_eq!(reason(&"[".repeat(5_000)), "recursion limit exceeded");
    }
}
