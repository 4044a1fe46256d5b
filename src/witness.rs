//! Somebody for whom a claim can be seen, as people and programs are shown them: a command line that can be pasted, and JSON.

pub mod reading;
mod shell;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::evaluate::event::instant_text;
use crate::evaluate::{AttributeValue, Subject};
use crate::model::Attribute;
// Findings carry it, and know nothing of evaluators: the type is theirs.
pub use crate::diagnostic::Witness as Document;
pub use shell::quoted;

/// Where `flagfall eval` finds a flag.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// In an environment of a workspace.
    Workspace {
        /// What `--workspace` is given; none for the workspace that is found where the command runs.
        workspace: Option<&'a str>,
        /// The environment's name.
        environment: &'a str,
        /// What the workspace declares, which decides how `name=value` is read.
        declared: &'a [Arc<Attribute>],
    },
    /// In a configuration file.
    File {
        /// Its path.
        path: &'a str,
        /// The name of its environment.
        environment: &'a str,
    },
}

impl Document {
    /// `subject` at an instant, for a flag.
    #[must_use]
    pub fn new(flag: &str, source: Source<'_>, subject: &Subject, at: Timestamp) -> Self {
        let (Source::Workspace { environment, .. } | Source::File { environment, .. }) = source;
        Self {
            subject: subject.key.clone(),
            attributes: subject.attributes.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
            at: instant_text(at),
            flag: flag.to_owned(),
            environment: environment.to_owned(),
            command: command(flag, source, subject, at),
        }
    }
}

/// The command line that shows what `flag` does to a subject: `flagfall eval FLAG SUBJECT name=value… --env E --at T`.
///
/// An attribute that `name=value` cannot pass (text for a declared number, something undeclared) is passed by `--attributes`.
#[must_use]
pub fn command(flag: &str, source: Source<'_>, subject: &Subject, at: Timestamp) -> String {
    let mut words = vec![flag.to_owned(), subject.key.clone()];
    let mut others = Map::new();
    for (name, value) in &subject.attributes {
        match pair(name, value, source) {
            Some(pair) => words.push(pair),
            None => drop(others.insert(name.clone(), json(value))),
        }
    }
    let mut options = Vec::new();
    if !others.is_empty() {
        options.push(option("--attributes", &shell::plain_json(&Value::Object(others))));
    }
    match source {
        Source::Workspace { workspace, environment, .. } => {
            options.push(option("--env", environment));
            options.extend(workspace.map(|workspace| option("--workspace", workspace)));
        }
        Source::File { path, .. } => options.push(option("--ufc", path)),
    }
    options.push(option("--at", &instant_text(at)));
    let options = options.join(" ");
    let separated = words.iter().any(|word| word.starts_with('-'));
    let words = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    if separated { format!("flagfall eval {options} -- {words}") } else { format!("flagfall eval {words} {options}") }
}

fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quoted(value))
}

/// `name=value`, where it is read as something that no evaluator can tell from the value.
fn pair(name: &str, value: &AttributeValue, source: Source<'_>) -> Option<String> {
    if name.is_empty() || name.contains('=') || shell::steers(name) {
        return None;
    }
    let (text, read) = match source {
        Source::Workspace { declared, .. } => {
            let attribute = declared.iter().find(|attribute| attribute.name == name)?;
            let text = value.text().unwrap_or("#null".into());
            let read = reading::declared(attribute, &text)?;
            (text, read)
        }
        Source::File { .. } => {
            let text = value.text().unwrap_or("null".into());
            let read = reading::json_or_text(&text).ok()?;
            (text, read)
        }
    };
    // Every operator sees values by their text (inequalities by the number that it is), so equal texts are equal values.
    (read.text() == value.text() && !shell::steers(&text)).then(|| format!("{name}={text}"))
}

/// A value in JSON. What is no number of JSON's is passed as text, which evaluators read as the same number.
fn json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Number(number) if !number.is_finite() => number.to_string().into(),
        AttributeValue::Text(_) | AttributeValue::Number(_) | AttributeValue::Bool(_) | AttributeValue::Null => {
            value.to_json()
        }
    }
}

/// Attributes by name, in words: `country=DE plan=null`.
#[must_use]
pub fn words(attributes: &BTreeMap<String, AttributeValue>) -> String {
    let each = attributes.iter().map(|(name, value)| format!("{name}={}", value.text().unwrap_or("#null".into())));
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeType;
    use crate::source::{FileId, Span};
    use crate::source::{FileKind, SourceSet};

    fn somewhere() -> Span {
        let file: FileId = SourceSet::new().add("a", "a", FileKind::Definitions, "");
        Span::new(file, 0, 0)
    }

    fn declared() -> Vec<Arc<Attribute>> {
        let attribute =
            |name: &str, kind, span| Arc::new(Attribute { name: name.to_owned(), kind, vocabulary: None, span });
        vec![
            attribute("id", AttributeType::String, None),
            attribute("country", AttributeType::String, Some(somewhere())),
            attribute("age", AttributeType::Number, Some(somewhere())),
            attribute("staff", AttributeType::Bool, Some(somewhere())),
            attribute("version", AttributeType::Semver, Some(somewhere())),
        ]
    }

    fn text(text: &str) -> AttributeValue {
        AttributeValue::Text(text.to_owned())
    }

    #[track_caller]
    fn says(key: &str, attributes: &[(&str, AttributeValue)], file: bool, expected: &str) {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let subject = Subject { key: key.to_owned(), attributes };
        let declared = declared();
        let source = if file {
            Source::File { path: "dist/production.json", environment: "production" }
        } else {
            Source::Workspace { workspace: None, environment: "production", declared: &declared }
        };
        let rest = if file { "--ufc dist/production.json" } else { "--env production" };
        let expected = expected.replace("WHERE", &format!("{rest} --at 1970-01-01T00:00:00.000Z"));
        assert_eq!(command("f", source, &subject, Timestamp::UNIX_EPOCH), expected);
    }

    #[test]
    fn values_of_declared_attributes_are_pairs() {
        let attributes = [
            ("age", AttributeValue::Number(18.5)),
            ("country", text("DE")),
            ("staff", AttributeValue::Bool(true)),
            ("version", text("2.4.0-rc.1")),
        ];
        says("u-1", &attributes, false, "flagfall eval f u-1 age=18.5 country=DE staff=true version=2.4.0-rc.1 WHERE");
        says("u", &[("country", AttributeValue::Null)], false, "flagfall eval f u 'country=#null' WHERE");
        says("u", &[("country", AttributeValue::Number(7.0))], false, "flagfall eval f u country=7 WHERE");
        says("u", &[("country", text("it's"))], false, r"flagfall eval f u 'country=it'\''s' WHERE");
    }

    #[test]
    fn what_the_declared_type_does_not_hold_is_passed_as_json() {
        for (name, value, json) in [
            ("age", text("18 years"), r#"{"age":"18 years"}"#),
            ("age", text("18.0"), r#"{"age":"18.0"}"#),
            ("age", AttributeValue::Number(f64::NAN), r#"{"age":"NaN"}"#),
            ("age", AttributeValue::Bool(false), r#"{"age":false}"#),
            ("country", text("#null"), r##"{"country":"#null"}"##),
            ("version", AttributeValue::Number(2.0), r#"{"version":2}"#),
            ("id", text("x"), r#"{"id":"x"}"#),
            ("id", AttributeValue::Null, r#"{"id":null}"#),
            ("shoe=size", AttributeValue::Number(-0.0), r#"{"shoe=size":-0.0}"#),
            ("country", text("a\u{1b}[2J\n"), r#"{"country":"a\u001b[2J\n"}"#),
        ] {
            says("u", &[(name, value)], false, &format!("flagfall eval f u --attributes '{json}' WHERE"));
        }
    }

    #[test]
    fn files_read_pairs_as_json_where_they_are_json() {
        says("u", &[("age", AttributeValue::Number(18.0))], true, "flagfall eval f u age=18 WHERE");
        says("u", &[("age", text("18"))], true, "flagfall eval f u age=18 WHERE");
        says("u", &[("age", AttributeValue::Null)], true, "flagfall eval f u age=null WHERE");
        says("u", &[("age", text("#null"))], true, "flagfall eval f u 'age=#null' WHERE");
        for odd in ["18.0", "null", "[1]", " true"] {
            let command = format!("flagfall eval f u --attributes '{{\"age\":\"{odd}\"}}' WHERE");
            says("u", &[("age", text(odd))], true, &command);
        }
    }

    #[test]
    fn words_that_would_be_options_come_behind_two_dashes() {
        says("-u", &[("country", text("US"))], false, "flagfall eval WHERE -- f -u country=US");
        says("a b", &[], false, "flagfall eval f 'a b' WHERE");
        says("\u{1b}c\u{7f}", &[], false, r#"flagfall eval f "$(printf '%b' '\0033c\0177')" WHERE"#);
    }
}
