//! Which copies of earlier configurations may go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::api::History;
use super::maps::Seen;

/// What may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep<'a> {
    /// The pointer's name.
    pub target: &'a str,
    /// The uid of the `FlagSync`.
    pub owner: &'a str,
    /// Digests that stay whatever happens: the live one, a pinned one.
    pub digests: BTreeSet<&'a str>,
    /// How many revisions stay, the live one among them.
    pub limit: usize,
    /// How long they stay at least.
    pub age: Duration,
    /// Now.
    pub now: Timestamp,
}

/// The ConfigMaps that may go: of this `FlagSync`, too old and too many. `history` is latest first.
#[must_use]
pub fn prune<'a>(maps: &'a BTreeMap<String, Seen>, history: &[History], keep: &Keep<'_>) -> Vec<(&'a str, &'a Seen)> {
    let latest: BTreeSet<&str> = history.iter().take(keep.limit).map(|entry| entry.digest.as_str()).collect();
    let lived: BTreeMap<&str, Timestamp> =
        history.iter().filter_map(|entry| Some((entry.digest.as_str(), entry.applied_at.parse().ok()?))).collect();
    let age = SignedDuration::try_from(keep.age).unwrap_or(SignedDuration::MAX);
    let may_go = |(name, seen): &(&'a String, &'a Seen)| {
        let digest = seen.digest.as_deref().unwrap_or("");
        let kept = keep.digests.contains(digest) || latest.contains(digest);
        let since = seen.created.into_iter().chain(lived.get(digest).copied()).max();
        let old = since.is_some_and(|since| keep.now.duration_since(since) >= age);
        seen.owner == keep.owner && *name != keep.target && !kept && old
    };
    maps.iter().filter(may_go).map(|(name, seen)| (name.as_str(), seen)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(owner: &str, digest: &str, created: i64) -> Seen {
        Seen {
            uid: format!("uid-{digest}"),
            version: "1".to_owned(),
            owner: owner.to_owned(),
            digest: Some(digest.to_owned()),
            created: Timestamp::from_second(created).ok(),
            references: Vec::new(),
        }
    }

    fn lived(digest: &str, at: i64) -> History {
        History {
            digest: digest.to_owned(),
            revision: String::new(),
            signer: None,
            flags: 1,
            applied_at: Timestamp::from_second(at).unwrap().to_string(),
            note: None,
        }
    }

    fn gone(now: i64, limit: usize, pointed: &str) -> Vec<String> {
        let maps = [("t", "c", 0), ("t-a", "a", 0), ("t-b", "b", 100), ("t-c", "c", 200), ("t-x", "x", 0)];
        let mut maps: BTreeMap<String, Seen> =
            maps.iter().map(|(name, digest, at)| ((*name).to_owned(), seen("me", digest, *at))).collect();
        maps.insert("foreign".to_owned(), seen("you", "a", 0));
        let history = [lived("c", 200), lived("b", 100), lived("a", 0)];
        let keep = Keep {
            target: "t",
            owner: "me",
            digests: [pointed].into(),
            limit,
            age: Duration::from_secs(3600),
            now: Timestamp::from_second(now).unwrap(),
        };
        prune(&maps, &history, &keep).into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn nothing_goes_that_is_younger_than_the_age() {
        assert_eq!(gone(3599, 1, "c"), [""; 0]);
        assert_eq!(gone(3600, 1, "c"), ["t-a", "t-x"]);
    }

    #[test]
    fn what_is_pointed_at_never_goes_nor_what_is_anybody_elses() {
        assert_eq!(gone(1_000_000, 1, "a"), ["t-b", "t-x"]);
        assert_eq!(gone(1_000_000, 2, "c"), ["t-a", "t-x"]);
    }
}
