//! Somebody for whom a finding can be seen, and the command that shows it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A subject, an instant, and where to look: what `flagfall eval` needs to show what a finding says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The flag's key.
    pub flag: String,
    /// The environment's name.
    pub environment: String,
    /// The subject's key.
    pub subject: String,
    /// The subject's attributes.
    pub attributes: BTreeMap<String, Value>,
    /// The instant, RFC 3339 with milliseconds.
    pub at: String,
    /// Every attribute is declared and has a value of its type, so `name=value` says it.
    pub typed: bool,
}

impl Witness {
    /// A command line for sh that shows it: arguments where they can say it, else a line of a batch, whose values are JSON.
    #[must_use]
    pub fn command(&self) -> String {
        let (environment, at) = (word(&self.environment), &self.at);
        // A word that begins with a dash would be read as an option.
        let dashed = [&self.flag, &self.subject].into_iter().chain(self.attributes.keys());
        let is_dashed = dashed.into_iter().any(|text| text.starts_with('-'));
        let arguments: Option<Vec<String>> =
            self.attributes.iter().map(|(name, value)| argument(name, value)).collect();
        match arguments.filter(|_| self.typed && !is_dashed) {
            Some(arguments) => {
                let words = [self.flag.as_str(), self.subject.as_str()].into_iter().map(word);
                let words: Vec<String> = words.chain(arguments).collect();
                format!("flagfall eval {} --env {environment} --at {at}", words.join(" "))
            }
            None => {
                let line = serde_json::json!({
                    "flag": self.flag, "subject": self.subject, "attributes": self.attributes, "at": at
                });
                format!("printf '%s\\n' {} | flagfall eval --env {environment} --batch -", word(&line.to_string()))
            }
        }
    }
}

/// `name=value`; none where the value is one that arguments cannot say.
fn argument(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => "#null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        // That would be a null.
        Value::String(text) if text == "#null" => return None,
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    (!name.is_empty() && !name.contains('=')).then(|| word(&format!("{name}={text}")))
}

/// One word of a command line as sh reads it back. Control characters are kept out of terminals by `$'…'`, which every shell
/// people paste into knows.
fn word(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | '+' | ':' | '=' | ',' | '%');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(super::render::is_unprintable) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            other if super::render::is_unprintable(other) => {
                let mut bytes = [0; 4];
                for byte in other.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Witness, word};

    fn witness(attributes: serde_json::Value, typed: bool) -> String {
        let attributes = serde_json::from_value(attributes).unwrap();
        let (flag, environment) = ("checkout".to_owned(), "production".to_owned());
        let (subject, at) = ("user-7".to_owned(), "2026-12-01T00:00:00.000Z".to_owned());
        Witness { flag, environment, subject, attributes, at, typed }.command()
    }

    #[test]
    fn typed_attributes_are_arguments() {
        assert_eq!(
            witness(json!({"age": 18, "beta": true, "city": "New York", "plan": null}), true),
            "flagfall eval checkout user-7 age=18 beta=true 'city=New York' 'plan=#null' --env production \
             --at 2026-12-01T00:00:00.000Z"
        );
    }

    #[test]
    fn values_of_another_type_are_a_line_of_a_batch() {
        assert_eq!(
            witness(json!({"age": "18 years"}), false),
            "printf '%s\\n' '{\"at\":\"2026-12-01T00:00:00.000Z\",\"attributes\":{\"age\":\"18 years\"},\
             \"flag\":\"checkout\",\"subject\":\"user-7\"}' | flagfall eval --env production --batch -"
        );
        assert!(witness(json!({"plan": "#null"}), true).contains("--batch"));
    }

    #[test]
    fn a_word_is_read_back_by_a_shell_as_it_was() {
        assert_eq!(word("a-1@b.c"), "a-1@b.c");
        assert_eq!(word(""), "''");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word("a\nb\\"), r"$'a\x0ab\\'");
    }
}
