//! `--check`: whether a file says what the workspace means.

use serde_json::Value;

use super::{Emitted, files};
use crate::failure::Failure;
use crate::ufc;

/// How a file of output compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It says what the workspace means.
    Current,
    /// It is not there.
    Missing,
    /// A flag differs: which, and how.
    Flag(String, &'static str),
    /// Something besides flags differs.
    Other(String),
    /// The workspace has no such environment.
    Stale,
}

impl State {
    /// How what is there compares with `emitted`, `createdAt` aside.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub(super) fn of(emitted: &Emitted) -> Result<Self, Failure> {
        let Some(text) = files::read(&emitted.path)? else { return Ok(Self::Missing) };
        let Ok(found) = serde_json::from_str::<Value>(&text) else {
            return Ok(Self::Other("it is not JSON".to_owned()));
        };
        let mut config = emitted.config.clone();
        if let Some(created_at) = found.get("createdAt").and_then(Value::as_str) {
            config.created_at = created_at.to_owned();
        }
        let expected = ufc::write::to_json(&config);
        if text == expected {
            return Ok(Self::Current);
        }
        let expected: Value = serde_json::from_str(&expected).unwrap_or_default();
        Ok(Self::difference(&found, &expected, &emitted.flags))
    }

    fn difference(found: &Value, expected: &Value, flags: &[(String, String)]) -> Self {
        let flag = |document: &Value, key: &str| document.get("flags").and_then(|flags| flags.get(key)).cloned();
        for (key, name) in flags {
            let (there, here) = (flag(found, key), flag(expected, key));
            if there.is_none() {
                return Self::Flag(name.clone(), "is missing from it");
            }
            if there != here {
                return Self::Flag(name.clone(), "differs");
            }
        }
        let extra = found.get("flags").and_then(Value::as_object).into_iter().flat_map(|flags| flags.keys());
        if let Some(key) = extra.into_iter().find(|key| flags.iter().all(|(known, _)| known != *key)) {
            return Self::Flag(key.clone(), "is in it but not compiled from the workspace");
        }
        let fields = expected.as_object().into_iter().flatten();
        let field =
            fields.filter(|(name, _)| name.as_str() != "flags").find(|(name, value)| found.get(name) != Some(value));
        match field {
            Some((name, _)) => Self::Other(format!("its `{name}` differs")),
            None => Self::Other("it means the same but is spelled differently".to_owned()),
        }
    }

    /// For programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Missing => "missing",
            Self::Flag(..) | Self::Other(_) => "outdated",
            Self::Stale => "stale",
        }
    }

    /// The first flag that differs.
    pub(super) fn flag(&self) -> Option<&str> {
        match self {
            Self::Flag(name, _) => Some(name),
            Self::Current | Self::Missing | Self::Other(_) | Self::Stale => None,
        }
    }

    /// What differs, where something does.
    pub(super) fn reason(&self) -> Option<String> {
        match self {
            Self::Flag(name, how) => Some(format!("flag `{name}` {how}")),
            Self::Other(what) => Some(what.clone()),
            Self::Current | Self::Missing | Self::Stale => None,
        }
    }

    /// For people, after the file's name.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Current => "up to date".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Flag(name, how) => format!("out of date: flag `{name}` {how}"),
            Self::Other(what) => format!("out of date: {what}"),
            Self::Stale => "left over: the workspace has no such environment".to_owned(),
        }
    }
}
