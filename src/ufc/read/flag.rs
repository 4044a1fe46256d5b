//! Reading one flag; what is wrong with it is said with its place, and costs only this flag.

use std::collections::BTreeMap;

use super::{boolean, date, inside, integer, list, members, object, required, text, word};
use crate::ufc::json::Json;
use crate::ufc::{Allocation, Condition, Flag, Format, Range, Rule, Shard, Split, Variation, VariationType};

pub(super) fn flag(json: Json, format: Format) -> Result<Flag, String> {
    let names = ["key", "enabled", "variationType", "variations", "allocations", "totalShards"];
    let [key, enabled, kind, variations, allocations, total_shards] = members(json, names)?;
    Ok(Flag {
        key: text(required(key, "key")?, "key")?,
        enabled: boolean(&required(enabled, "enabled")?, "enabled")?,
        variation_type: variation_type(required(kind, "variationType")?)?,
        variations: self::variations(required(variations, "variations")?)?,
        allocations: each(allocations, "allocations", |json| allocation(json, format))?,
        total_shards: integer(&required(total_shards, "totalShards")?, "totalShards")?,
    })
}

/// Every item of a list that must be there.
fn each<T>(json: Option<Json>, name: &str, read: impl Fn(Json) -> Result<T, String>) -> Result<Vec<T>, String> {
    let items = list(required(json, name)?, name)?.into_iter().enumerate();
    items.map(|(index, item)| read(item).map_err(|problem| inside(&format!("{name}[{index}]"), &problem))).collect()
}

fn variation_type(json: Json) -> Result<VariationType, String> {
    let word = word(json, "variationType")?;
    let known = VariationType::ALL.into_iter().find(|kind| kind.wire() == word);
    known.ok_or_else(|| format!("`variationType` is `{word}`, which is no type"))
}

fn variations(json: Json) -> Result<Vec<(String, Variation)>, String> {
    let mut read: Vec<(String, Variation)> = Vec::new();
    let mut position = BTreeMap::new();
    for (map_key, json) in object(json, "variations")? {
        let variation = variation(json).map_err(|problem| inside(&format!("variations.{map_key}"), &problem))?;
        let at = *position.entry(map_key.clone()).or_insert(read.len());
        match read.get_mut(at) {
            Some(earlier) => earlier.1 = variation,
            None => read.push((map_key, variation)),
        }
    }
    Ok(read)
}

fn variation(json: Json) -> Result<Variation, String> {
    let [key, value] = members(json, ["key", "value"])?;
    let key = text(required(key, "key")?, "key")?;
    match required(value, "value")? {
        value @ (Json::Bool(_) | Json::Number(_) | Json::Text(_)) => Ok(Variation { key, value: value.into_value() }),
        other => Err(format!("`value` is {}, not text, a number, true or false", other.kind())),
    }
}

fn allocation(json: Json, format: Format) -> Result<Allocation, String> {
    let names = ["key", "rules", "startAt", "endAt", "splits", "doLog"];
    let [key, rules, start_at, end_at, splits, do_log] = members(json, names)?;
    let instant = |json: Option<Json>, name: &str| match json {
        None | Some(Json::Null) => Ok(None),
        Some(json) => date(json, name, format).map(Some),
    };
    Ok(Allocation {
        key: text(required(key, "key")?, "key")?,
        rules: each(Some(rules.unwrap_or(Json::List(Vec::new()))), "rules", rule)?,
        start_at: instant(start_at, "startAt")?,
        end_at: instant(end_at, "endAt")?,
        splits: each(splits, "splits", split)?,
        do_log: do_log.map_or(Ok(true), |json| boolean(&json, "doLog"))?,
    })
}

fn rule(json: Json) -> Result<Rule, String> {
    let [conditions] = members(json, ["conditions"])?;
    Ok(Rule { conditions: each(conditions, "conditions", |json| Ok(condition(json)))? })
}

fn condition(json: Json) -> Condition {
    let whole = json.clone();
    let unreadable = |_| Condition { attribute: String::new(), operator: String::new(), value: whole.into_value() };
    shaped_condition(json).unwrap_or_else(unreadable)
}

fn shaped_condition(json: Json) -> Result<Condition, String> {
    let [attribute, operator, value] = members(json, ["attribute", "operator", "value"])?;
    Ok(Condition {
        attribute: text(required(attribute, "attribute")?, "attribute")?,
        operator: word(required(operator, "operator")?, "operator")?,
        value: required(value, "value")?.into_value(),
    })
}

fn split(json: Json) -> Result<Split, String> {
    let [shards, variation_key, extra_logging] = members(json, ["shards", "variationKey", "extraLogging"])?;
    let mut extra = BTreeMap::new();
    if let Some(pairs) = extra_logging {
        for (name, value) in object(pairs, "extraLogging")? {
            let value = text(value, &format!("extraLogging.{name}"))?;
            extra.insert(name, value);
        }
    }
    Ok(Split {
        shards: each(shards, "shards", shard)?,
        variation_key: text(required(variation_key, "variationKey")?, "variationKey")?,
        extra_logging: extra,
    })
}

fn shard(json: Json) -> Result<Shard, String> {
    let [salt, ranges] = members(json, ["salt", "ranges"])?;
    Ok(Shard { salt: text(required(salt, "salt")?, "salt")?, ranges: each(ranges, "ranges", range)? })
}

fn range(json: Json) -> Result<Range, String> {
    let [start, end] = members(json, ["start", "end"])?;
    Ok(Range { start: integer(&required(start, "start")?, "start")?, end: integer(&required(end, "end")?, "end")? })
}
