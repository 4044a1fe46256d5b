//! The rules of a specification once more: what the API server holds by CEL is not believed, for it may have an older schema.

use std::time::Duration;

use super::{FlagSyncSpec, Reference};
use crate::remote;

/// A specification whose rules hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// Which commit.
    pub reference: remote::Reference,
    /// How often the source is looked at.
    pub interval: Duration,
    /// How long fetching and compiling may take.
    pub timeout: Duration,
    /// How long a revision is kept at least.
    pub history_min_age: Duration,
    /// How many revisions are kept.
    pub history_limit: usize,
}

/// Why a specification is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub String);

/// Reads a duration such as `1m30s`; none for anything else.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let number: u32 = number.parse().ok()?;
        let (unit, after) = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
            .iter()
            .find_map(|(name, ms)| unit.strip_prefix(name).map(|after| (*ms, after)))?;
        total += Duration::from_millis(unit).checked_mul(number)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// Holds the rules of a specification.
///
/// # Errors
/// The first rule that does not hold.
pub fn validate(spec: &FlagSyncSpec) -> Result<Validated, Invalid> {
    url(&spec.source.url)?;
    path(&spec.source.path)?;
    names(spec)?;
    let history_limit = usize::try_from(spec.target.history_limit).ok().filter(|limit| (1..=100).contains(limit));
    if let Some(pin) = &spec.target.pin
        && !hexadecimal(pin, &[64])
    {
        return Err(Invalid("`target.pin` is no digest of 64 hexadecimal digits".to_owned()));
    }
    Ok(Validated {
        reference: reference(&spec.source.reference)?,
        interval: within("interval", &spec.interval, Duration::from_secs(5), Duration::from_secs(86_400))?,
        timeout: within("timeout", &spec.timeout, Duration::from_secs(1), Duration::from_secs(600))?,
        history_min_age: within(
            "historyMinAge",
            &spec.target.history_min_age,
            Duration::ZERO,
            Duration::from_secs(8760 * 3600),
        )?,
        history_limit: history_limit.ok_or_else(|| Invalid("`target.historyLimit` is from 1 to 100".to_owned()))?,
    })
}

fn within(field: &str, text: &str, least: Duration, most: Duration) -> Result<Duration, Invalid> {
    duration(text).filter(|given| (least..=most).contains(given)).ok_or_else(|| {
        Invalid(format!(
            "`{field}` is a duration from {}s to {}s such as `90s`, not `{text}`",
            least.as_secs(),
            most.as_secs()
        ))
    })
}

fn url(url: &str) -> Result<(), Invalid> {
    if url.len() > 2048 || url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '?' || c == '#') {
        return Err(Invalid("`source.url` has blanks, a query or a fragment".to_owned()));
    }
    let authority = |scheme: &str| url.strip_prefix(scheme).map(|rest| rest.split('/').next().unwrap_or(""));
    let told = "`source.url` holds user information; name a Secret with `secretRef`";
    if authority("https://").is_some_and(|authority| authority.contains('@')) {
        return Err(Invalid(told.to_owned()));
    }
    let user = authority("ssh://").and_then(|authority| authority.rsplit_once('@'));
    if user.is_some_and(|(user, _)| user.contains(':')) {
        return Err(Invalid(told.to_owned()));
    }
    let scp = url.split_once(':').is_some_and(|(host, path)| {
        let known = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let named = host.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && user.chars().all(known) && !host.is_empty() && host.chars().all(known)
        });
        named && !path.is_empty() && !path.starts_with("//")
    });
    let schemes = ["https://", "ssh://", "file:///"];
    if scp || schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Ok(());
    }
    Err(Invalid("`source.url` is `https://…`, `ssh://…` or `git@host:path`".to_owned()))
}

fn path(path: &str) -> Result<(), Invalid> {
    let leads_out =
        path.starts_with('/') || path.contains(['\\', '\0']) || path.split('/').any(|part| part == ".." || part == ".");
    if leads_out || path.len() > 1024 {
        return Err(Invalid("`source.path` is a directory below the top, without `..` in it".to_owned()));
    }
    Ok(())
}

fn names(spec: &FlagSyncSpec) -> Result<(), Invalid> {
    let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if spec.environment.is_empty() || spec.environment.len() > 200 || !spec.environment.chars().all(word) {
        return Err(Invalid("`environment` is letters, digits, `-`, `_` and `.`, 200 at most".to_owned()));
    }
    let target = &spec.target.name;
    let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let inner = |c: char| outer(c) || c == '-' || c == '.';
    if target.starts_with(outer) && target.ends_with(outer) && target.chars().all(inner) && target.len() <= 200 {
        return Ok(());
    }
    Err(Invalid("`target.name` is lower-case letters, digits, `-` and `.`, 200 at most".to_owned()))
}

fn reference(given: &Reference) -> Result<remote::Reference, Invalid> {
    let named = |name: &String| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
        let bad = name.is_empty()
            || name.len() > 255
            || name.starts_with(['-', '/'])
            || name.contains("..")
            || name.contains(odd);
        if bad { Err(Invalid(format!("`{name}` is no name of a branch or tag"))) } else { Ok(name.clone()) }
    };
    match (&given.branch, &given.tag, &given.commit) {
        (Some(branch), None, None) => named(branch).map(remote::Reference::Branch),
        (None, Some(tag), None) => named(tag).map(remote::Reference::Tag),
        (None, None, Some(commit)) if hexadecimal(commit, &[40, 64]) => Ok(remote::Reference::Commit(commit.clone())),
        (None, None, Some(_)) => Err(Invalid("`source.ref.commit` is a full commit id".to_owned())),
        _ => Err(Invalid("`source.ref` is exactly one of `branch`, `tag` and `commit`".to_owned())),
    }
}

fn hexadecimal(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::api::FlagSync;

    fn refused(path: &[&str], value: serde_json::Value) -> Option<String> {
        let mut sync = serde_json::json!({
            "apiVersion": "flagfall.dev/v1alpha1", "kind": "FlagSync", "metadata": {},
            "spec": { "source": { "url": "https://h/r", "ref": { "branch": "main" } }, "environment": "production",
                "target": { "name": "flags" } },
        });
        let place = path.iter().fold(&mut sync["spec"], |at, key| &mut at[*key]);
        *place = value;
        validate(&serde_json::from_value::<FlagSync>(sync).unwrap().spec).err().map(|Invalid(message)| message)
    }

    #[test]
    fn durations_are_read_as_they_are_written() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "5", "s", "1d", "-1s", "1 s", "99999999999h", "1.5s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn urls_with_secrets_or_odd_schemes_are_refused() {
        let url = |url: &str| refused(&["source", "url"], url.into());
        for fine in ["https://h/r.git", "ssh://git@h:22/r", "git@h:team/r.git", "file:///srv/r"] {
            assert_eq!(url(fine), None, "{fine}");
        }
        for wrong in [
            "https://me:pw@h/r",
            "https://token@h/r",
            "ssh://me:pw@h/r",
            "http://h/r",
            "ext::sh -c x",
            "git@h:",
            "https://h/r?x",
            "h",
            "",
        ] {
            assert!(url(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn paths_that_lead_out_and_references_that_are_several_are_refused() {
        for wrong in ["..", "a/../b", "/etc", "a\\b", "./a"] {
            assert!(refused(&["source", "path"], wrong.into()).is_some(), "{wrong}");
        }
        assert_eq!(refused(&["source", "path"], "a/b..c".into()), None);
        let reference = |value| refused(&["source", "ref"], value);
        assert!(reference(serde_json::json!({})).is_some());
        assert!(reference(serde_json::json!({ "branch": "a", "tag": "b" })).is_some());
        assert!(reference(serde_json::json!({ "commit": "abc" })).is_some());
        assert!(reference(serde_json::json!({ "branch": "a..b" })).is_some());
        assert_eq!(reference(serde_json::json!({ "tag": "v1.0" })), None);
    }
}
