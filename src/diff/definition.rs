//! Definitions as facts: flags, variations, and what flags share.

use jiff::Timestamp;

use super::words::Definition;
use crate::audience::condition::{cut, operand};
use crate::lower;
use crate::model::share::percent;
use crate::model::{Attribute, Contract, Environment, Flag, Holdout, Layer, Segment, Value, Variation};
use crate::syntax::print;
use crate::ufc::write::number_text;

/// The longest value that is shown whole.
const LONGEST: usize = 48;

pub(super) fn instant(at: Timestamp) -> String {
    lower::instant(at)
}

/// `5%`; `1 of 3 shards` where no percentage is exact.
pub(super) fn shards(size: u32, total: u32) -> String {
    percent(size, total).unwrap_or_else(|| format!("{size} of {total} shards"))
}

/// A value as an author writes it, long ones cut.
pub(super) fn value(value: &Value) -> String {
    let whole = whole(value);
    if whole.chars().count() <= LONGEST {
        return whole;
    }
    whole.chars().take(LONGEST).collect::<String>() + "…"
}

fn whole(value: &Value) -> String {
    match value {
        Value::Boolean(truth) => format!("#{truth}"),
        Value::Text(text) => print::quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Numeric(number) => number_text(*number, false),
        Value::Json(text) => text.clone(),
    }
}

/// Two values, cut where they are long, so that the difference shows.
pub(super) fn values(before: &Value, after: &Value) -> (String, String) {
    let (old, new) = (whole(before), whole(after));
    if old.chars().count().max(new.chars().count()) <= LONGEST {
        return (old, new);
    }
    let common = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    let from = common.saturating_sub(LONGEST / 3);
    let part = |text: &str| {
        let before = if from > 0 { "…" } else { "" };
        let after = if text.chars().count() > from + LONGEST { "…" } else { "" };
        format!("{before}{}{after}", text.chars().skip(from).take(LONGEST).collect::<String>())
    };
    (part(&old), part(&new))
}

/// A flag but its variations, steps and environments.
pub(super) fn flag<'a>(flag: &Flag) -> Definition<'a> {
    Definition::new("", Some(flag.span))
        .fact("type", flag.kind.author())
        .maybe("name", flag.display_name.as_deref().map(print::quoted))
        .at(
            "owner",
            flag.owner.as_ref().map_or("none", |owner| &owner.value),
            flag.owner.as_ref().map(|owner| owner.span),
        )
        .at(
            "expires",
            flag.expires.as_ref().map_or_else(|| "never".to_owned(), |expires| expires.value.to_string()),
            flag.expires.as_ref().map(|expires| expires.span),
        )
        .fact("entity", flag.entity.clone())
        .fact("total-shards", flag.total_shards.to_string())
        .maybe("description", flag.description.as_deref().map(print::quoted))
        .maybe("code-default", flag.code_default.as_ref().map(whole))
}

/// `variation on`, or a retired one.
pub(super) fn variation(variation: &Variation) -> String {
    if variation.retired { format!("retired `{}`", variation.name) } else { format!("variation `{}`", variation.name) }
}

pub(super) fn segment(segment: &Segment) -> Definition<'_> {
    Definition::new(format!("segment `{}`", segment.name), Some(segment.span)).audience(&segment.audience)
}

pub(super) fn attribute<'a>(attribute: &Attribute) -> Definition<'a> {
    let mut defined =
        Definition::new(format!("attribute `{}`", attribute.name), attribute.span).fact("type", attribute.kind.word());
    if let Some(vocabulary) = &attribute.vocabulary {
        let values: Vec<String> = vocabulary.iter().map(operand).collect();
        defined = defined.maybe("one-of", values.is_empty().then_some("nothing"));
        for value in values {
            defined = defined.fact(&cut(&[&value]), "");
        }
    }
    defined
}

pub(super) fn layer<'a>(layer: &Layer) -> Definition<'a> {
    let mut defined = Definition::new(format!("layer `{}`", layer.name), Some(layer.name.span))
        .fact("entity", layer.entity.clone())
        .at("salt", format!("`{}`", layer.salt), layer.salt_span)
        .maybe("owner", layer.owner.clone());
    for slot in &layer.slots {
        let text = super::step::between(slot.range, crate::model::SHARDS);
        defined = defined.at(&format!("slot `{}`", slot.name), text, Some(slot.name.span));
    }
    defined
}

pub(super) fn holdout<'a>(holdout: &Holdout) -> Definition<'a> {
    Definition::new(format!("holdout `{}`", holdout.name), Some(holdout.name.span))
        .fact("size", shards(holdout.shards, crate::model::SHARDS))
        .fact("entity", holdout.entity.clone())
        .at("salt", format!("`{}`", holdout.salt), holdout.salt_span)
        .maybe("start", holdout.window.start.map(instant))
        .maybe("end", holdout.window.end.map(instant))
}

pub(super) fn contract<'a>(contract: &Contract) -> Definition<'a> {
    let title = format!("exclusive {}", print::quoted(&contract.name));
    let mut defined = Definition::new(title, Some(contract.name.span));
    for (flag, step, span) in &contract.members {
        defined = defined.at(&format!("experiment {} {}", flag.key, step.name), "", Some(*span));
    }
    defined
}

pub(super) fn environment<'a>(environment: &Environment) -> Definition<'a> {
    Definition::new(format!("env `{}`", environment.name), Some(environment.name.span))
        .fact("protected", if environment.protected { "#true" } else { "#false" })
}
