//! Slices of JSON text: what is passed on exactly as it was given is never decoded.

/// The members of the object that valid JSON `text` is: names decoded, values as written; none when it is no object.
pub(super) fn members(text: &str) -> Option<Vec<(String, &str)>> {
    let inner = text.trim_matches(is_space).strip_prefix('{')?.strip_suffix('}')?;
    let mut members = Vec::new();
    let mut rest = inner.trim_start_matches(is_space);
    while !rest.is_empty() {
        let (name, after) = rest.split_at_checked(length(rest))?;
        let after = after.trim_start_matches(is_space).strip_prefix(':')?.trim_start_matches(is_space);
        let (value, after) = after.split_at_checked(length(after))?;
        members.push((serde_json::from_str(name).ok()?, value));
        let after = after.trim_start_matches(is_space);
        rest = after.strip_prefix(',').unwrap_or(after).trim_start_matches(is_space);
    }
    Some(members)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// How many bytes the value at the start of valid JSON takes.
fn length(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' if depth == 0 => return at + 1,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 0 { at } else { at + 1 },
            b'}' | b']' => depth -= 1,
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_were_written() {
        let text = r#" {"a" : 1.50 ,"b\u00e9":{"x":[1, "}\"]"]},"c":"\\","d":[] , "e":null} "#;
        let names_and_values = members(text).unwrap();
        let expected = [("a", "1.50"), ("bé", r#"{"x":[1, "}\"]"]}"#), ("c", r#""\\""#), ("d", "[]"), ("e", "null")];
        assert_eq!(names_and_values, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(members("{ }"), Some(vec![]));
        assert_eq!(members("[]"), None);
    }
}
