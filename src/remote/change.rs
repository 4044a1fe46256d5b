//! What moves between the configuration that is live and the one that was built.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::publish::{self, Change, Overrides};
use crate::ufc;

type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// Compares two configurations as they are written: only flags that are not written alike are looked into.
///
/// # Errors
/// When one of them is no configuration.
pub(super) fn change(live: &[u8], built: &[u8], overrides: &Overrides, now: Timestamp) -> Result<Change, String> {
    let [before, after] = [flags(live)?, flags(built)?];
    let differs = |mine: &Fields<'_>, theirs: &Fields<'_>| -> Vec<String> {
        let other = mine.iter().filter(|(key, flag)| theirs.get(*key).map(|flag| flag.get()) != Some(flag.get()));
        other.map(|(key, _)| key.clone()).collect()
    };
    let [removed, added] = [differs(&before.1, &after.1), differs(&after.1, &before.1)];
    let before = read(before, &removed)?;
    let after = read(after, &added)?;
    Ok(publish::change(&before, &after, overrides, now))
}

/// The fields of a configuration, and its flags.
fn flags(text: &[u8]) -> Result<(Fields<'_>, Fields<'_>), String> {
    let fields: Fields<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let flags = fields.get("flags").ok_or("it has no `flags`")?;
    let flags = serde_json::from_str(flags.get()).map_err(|error| error.to_string())?;
    Ok((fields, flags))
}

/// The configuration with these flags only.
fn read((mut fields, flags): (Fields<'_>, Fields<'_>), keys: &[String]) -> Result<ufc::Config, String> {
    let kept: Fields<'_> = keys.iter().filter_map(|key| Some((key.clone(), *flags.get(key)?))).collect();
    let kept = serde_json::value::to_raw_value(&kept).map_err(|error| error.to_string())?;
    fields.insert("flags".to_owned(), &kept);
    let text = serde_json::to_vec(&fields).map_err(|error| error.to_string())?;
    ufc::read::read(&text).map_err(|error| error.to_string())
}
