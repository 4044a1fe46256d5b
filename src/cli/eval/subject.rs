//! Attributes from the command line: `name=value`, typed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::raw;
use crate::cli::Context;
use crate::diagnostic::suggest;
use crate::evaluate::AttributeValue;
use crate::failure::Failure;
use crate::model::{Attribute, AttributeType, Operand};
use crate::ufc::{Condition, Operator, Rule};
use crate::witness::reading::{self, Unusable};

/// Attributes written name=value: typed where a workspace declares them, else JSON or text.
pub(in crate::cli) fn pairs(
    written: &[String],
    declared: Option<&[Arc<Attribute>]>,
    context: &mut Context,
) -> Result<BTreeMap<String, AttributeValue>, Failure> {
    let mut attributes = BTreeMap::new();
    for pair in written {
        let (name, text) = pair.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            Failure::new(format!("`{pair}` is not name=value"))
                .help("attributes are written name=value, such as country=US")
        })?;
        let value = match declared {
            None => json_or_text(name, text)?,
            Some(declared) => {
                let typed = typed(name, text, declared)?;
                if let Some(note) = outside_vocabulary(name, &typed, declared) {
                    context.output.messages().line(note);
                }
                typed
            }
        };
        add(&mut attributes, name, value)?;
    }
    Ok(attributes)
}

/// Adds what `--attributes` passes to what name=value gave.
pub(in crate::cli) fn also(
    attributes: &mut BTreeMap<String, AttributeValue>,
    passed: Option<&str>,
) -> Result<(), Failure> {
    let more = passed.map(self::passed).transpose()?.unwrap_or_default();
    more.into_iter().try_for_each(|(name, value)| add(attributes, &name, value))
}

fn add(attributes: &mut BTreeMap<String, AttributeValue>, name: &str, value: AttributeValue) -> Result<(), Failure> {
    match attributes.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Failure::new(format!("`{name}` is given twice")).help("keep one of them")),
    }
}

/// The value of a declared attribute; `#null` is an explicit null.
pub(in crate::cli) fn typed(name: &str, text: &str, declared: &[Arc<Attribute>]) -> Result<AttributeValue, Failure> {
    let Some(attribute) = declared.iter().find(|attribute| attribute.name == name) else {
        let known = declared.iter().map(|attribute| attribute.name.as_str());
        let help = suggest::did_you_mean(name, known, "declare it with `attribute`");
        return Err(Failure::new(format!("there is no attribute `{name}`")).help(help));
    };
    if attribute.span.is_none() {
        return Err(Failure::new(format!("`{name}` is the subject's key itself"))
            .help("declare `attribute id string` in the workspace to let callers pass another value"));
    }
    let such_as = match attribute.kind {
        AttributeType::String => "text",
        AttributeType::Number => "a number, such as 18 or 0.5",
        AttributeType::Bool => "true or false",
        AttributeType::Semver => "a version, such as 2.4.0",
    };
    reading::declared(attribute, text).ok_or_else(|| {
        Failure::new(format!("`{name}={text}`: `{name}` is declared as {such_as}"))
            .help("`--attributes JSON` passes any value, whatever is declared")
    })
}

/// A sentence when the value is not one that the attribute is declared to have: rules cannot name it.
pub(in crate::cli) fn outside_vocabulary(
    name: &str,
    value: &AttributeValue,
    declared: &[Arc<Attribute>],
) -> Option<String> {
    let attribute = declared.iter().find(|attribute| attribute.name == name)?;
    let texts = attribute.vocabulary.as_ref()?.iter().map(|operand| match operand {
        Operand::Text(text) | Operand::Version(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Bool(value) => value.to_string(),
    });
    let (texts, seen) = (texts.collect::<Vec<_>>(), value.text()?);
    if texts.iter().any(|text| *text == seen) {
        return None;
    }
    let help = suggest::did_you_mean(&seen, texts.iter().map(String::as_str), "or another value");
    Some(format!("note: `{seen}` is not among the declared values of `{name}`; {help}"))
}

/// Exactly these values; the rest may be any. Lists compare texts, and no operator can tell values of equal text apart.
pub(in crate::cli) fn exactly(given: &BTreeMap<String, AttributeValue>) -> Vec<Rule> {
    if given.is_empty() {
        return Vec::new();
    }
    let conditions = given.iter().map(|(name, value)| {
        let (operator, value) = match value.text() {
            Some(text) => (Operator::OneOf, vec![text.into_owned()].into()),
            None => (Operator::IsNull, true.into()),
        };
        Condition { attribute: name.clone(), operator: operator.wire().to_owned(), value }
    });
    vec![Rule { conditions: conditions.collect() }]
}

/// JSON where it is JSON, else text.
pub(in crate::cli) fn json_or_text(name: &str, text: &str) -> Result<AttributeValue, Failure> {
    reading::json_or_text(text).map_err(|unusable| match unusable {
        Unusable::TooLarge => Failure::new(format!("`{name}={text}`: the number is too large")),
        Unusable::Compound | Unusable::NotJson => Failure::new(format!("`{name}` is a list or an object"))
            .help("attributes are text, numbers, true, false or null; quote it as a JSON string to pass its text"),
    })
}

/// The members of a JSON object as attributes, as callers pass them.
pub(in crate::cli) fn of_object(written: &str) -> Result<BTreeMap<String, AttributeValue>, String> {
    let members = raw::members(written).ok_or("`attributes` is not an object")?;
    let typed = members.into_iter().map(|(name, value)| match reading::json(value) {
        Ok(value) => Ok((name, value)),
        Err(Unusable::TooLarge) => Err(format!("attribute `{name}`: the number is too large")),
        Err(Unusable::Compound) => {
            Err(format!("attribute `{name}` is a list or an object; attributes are text, numbers, true, false or null"))
        }
        Err(Unusable::NotJson) => Err(format!("attribute `{name}` cannot be read")),
    });
    typed.collect()
}

/// What `--attributes` passes: any value of any attribute, whatever is declared.
pub(in crate::cli) fn passed(written: &str) -> Result<BTreeMap<String, AttributeValue>, Failure> {
    let unusable = |why: String| {
        Failure::new(format!("`--attributes`: {why}"))
            .help(r#"write it like `--attributes '{"country":"US","age":18}'`"#)
    };
    serde_json::from_str::<serde::de::IgnoredAny>(written).map_err(|error| unusable(format!("not JSON: {error}")))?;
    of_object(written).map_err(|why| unusable(why.replacen("`attributes` is", "it is", 1)))
}
