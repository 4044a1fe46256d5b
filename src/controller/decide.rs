//! What is to be live, and what to say about it: from what was seen, without looking anywhere.

use std::sync::Arc;

use super::api::{FlagSyncSpec, FlagSyncStatus, Invalid, Layout, Validated};
use super::sources::Found;
use super::status::{Verdict, reason};
use crate::publish::{self, Digest, Guard, names};
use crate::remote::{self, Built, Failed};

/// What the source says.
#[derive(Debug, Clone)]
pub enum Told {
    /// Nobody asked.
    Nothing,
    /// It is being found out.
    Pending,
    /// An answer.
    Found(Arc<Found>),
    /// It cannot even be asked: reason and message.
    Unasked(&'static str, String),
}

/// Why nothing may be touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hands {
    /// A reason of `Ready`.
    pub reason: &'static str,
    /// What is the matter.
    pub message: String,
    /// Whether only a change of the specification helps.
    pub stalled: bool,
}

/// Everything that a decision depends on.
#[derive(Debug)]
pub struct Sight<'a> {
    /// What people call it.
    pub name: &'a str,
    /// What is asked for.
    pub spec: &'a FlagSyncSpec,
    /// Its rules.
    pub valid: Result<Validated, Invalid>,
    /// What was said last.
    pub status: &'a FlagSyncStatus,
    /// The specification is new since.
    pub is_new: bool,
    /// The annotation that approves a digest.
    pub approved: Option<&'a str>,
    /// Why nothing may be touched.
    pub hands_off: Option<Hands>,
    /// What the source says.
    pub told: Told,
    /// Since when it gives nothing is longer ago than three intervals.
    pub is_stale: bool,
}

/// What is to be live.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Nothing is touched.
    Untouched,
    /// What is live stays, and is healed.
    Live(String),
    /// What the source gave.
    Source(Arc<Found>),
    /// An earlier one.
    Pinned(String),
}

/// What is to be done, and what is said if it is.
#[derive(Debug)]
pub struct Plan {
    /// What is to be live.
    pub wanted: Wanted,
    /// What is said.
    pub verdict: Verdict,
    /// What the source gave was looked at: its revision.
    pub attempted: Option<String>,
    /// Whether the source was asked, and gives something; none: not asked.
    pub reached: Option<bool>,
    /// The digest that waits for approval.
    pub held: Option<String>,
    /// How it came to be live.
    pub note: Option<&'static str>,
}

impl Plan {
    fn new(wanted: Wanted, verdict: Verdict) -> Self {
        Self { wanted, verdict, attempted: None, reached: None, held: None, note: None }
    }
}

/// Decides.
#[must_use]
pub fn decide(sight: &Sight<'_>) -> Plan {
    let keep = || sight.status.digest.clone().map_or(Wanted::Untouched, Wanted::Live);
    if let Some(hands) = &sight.hands_off {
        let verdict = Verdict::no(hands.reason, hands.message.clone());
        return Plan::new(Wanted::Untouched, if hands.stalled { verdict.stalled() } else { verdict });
    }
    if sight.spec.suspend {
        let message = "suspended: nothing is fetched, written or healed";
        return Plan::new(Wanted::Untouched, Verdict::unknown(reason::SUSPENDED, message.to_owned()));
    }
    if let Err(Invalid(message)) = &sight.valid {
        return Plan::new(keep(), Verdict::no(reason::INVALID_SPEC, message.clone()).stalled());
    }
    if let Some(pin) = &sight.spec.target.pin {
        return pinned(sight, pin, keep());
    }
    match &sight.told {
        Told::Nothing => Plan::new(keep(), Verdict::unchanged()),
        Told::Pending if sight.is_new => Plan::new(keep(), Verdict::working("the source is being fetched".to_owned())),
        Told::Pending => Plan::new(keep(), Verdict::unchanged()),
        Told::Unasked(reason, message) => unreached(sight, keep(), reason, message.clone()),
        Told::Found(found) => match &found.outcome {
            Ok(built) => source(sight, found, built, keep()),
            Err(failed) => refused(sight, found, failed, keep()),
        },
    }
}

fn pinned(sight: &Sight<'_>, pin: &str, keep: Wanted) -> Plan {
    let kept = sight.status.history.iter().any(|entry| entry.digest == *pin);
    if sight.status.digest.as_deref() != Some(pin) && !kept {
        let message = format!("`target.pin` names no digest in `status.history`: {pin}");
        return Plan::new(keep, Verdict::no(reason::PIN_NOT_FOUND, message));
    }
    let message = format!("pinned to {}; remove `target.pin` to follow the source again", short(pin));
    let mut plan = Plan::new(Wanted::Pinned(pin.to_owned()), Verdict::yes(reason::PINNED, message));
    plan.note = Some("pinned");
    plan
}

fn source(sight: &Sight<'_>, found: &Arc<Found>, built: &Built, keep: Wanted) -> Plan {
    let live = sight.status.digest.as_deref() == Some(&built.digest);
    let exceeded = if live { Vec::new() } else { held(sight, found, built) };
    let is_approved = approves(sight.approved, &built.digest);
    let mut plan = if exceeded.is_empty() || is_approved {
        let commit: String = built.revision.chars().take(12).collect();
        let flags = built.flags;
        let by = built.signer.as_ref().map_or_else(String::new, |signer| format!(", signed by {signer}"));
        let message = format!("{flags} flags of `{}` at {commit}{by}", sight.spec.environment);
        Plan::new(Wanted::Source(found.clone()), Verdict::yes(reason::APPLIED, message))
    } else {
        let (approve, name) = (names::APPROVE, sight.name);
        let message = format!(
            "held: {}; to release it: `kubectl annotate flagsync {name} {approve}={} --overwrite`",
            exceeded.join("; "),
            built.digest
        );
        let mut plan = Plan::new(keep, Verdict::no(reason::GUARD_EXCEEDED, message));
        plan.held = Some(built.digest.clone());
        plan
    };
    plan.attempted = Some(built.revision.clone());
    plan.reached = Some(true);
    plan.note = match (plan.held.is_none() && !exceeded.is_empty(), built.rewritten) {
        (true, _) => Some("approved"),
        (false, true) => Some("rewritten"),
        (false, false) => None,
    };
    plan
}

/// What the guard holds.
fn held(sight: &Sight<'_>, found: &Found, built: &Built) -> Vec<String> {
    let given = sight.spec.guard.clone().unwrap_or_default();
    let guard = Guard {
        max_removed_flags: given.max_removed_flags.and_then(|most| usize::try_from(most).ok()),
        max_reassigned: given.max_reassigned.as_deref().and_then(publish::percent),
        allow_empty: given.allow_empty,
    };
    let limits = guard.max_removed_flags.is_some() || guard.max_reassigned.is_some();
    let mut reasons: Vec<String> =
        publish::guard(built.change.as_ref(), built.flags, &guard).iter().map(ToString::to_string).collect();
    if built.change.is_none() && found.basis.digest.is_some() && limits {
        reasons.push("what was live is lost, so the change cannot be measured".to_owned());
    }
    reasons
}

/// Whether an annotation approves a digest: all of it, or as much as names of ConfigMaps carry.
fn approves(annotation: Option<&str>, digest: &str) -> bool {
    annotation.is_some_and(|given| given == digest || given.len() == 16 && digest.starts_with(given))
}

fn refused(sight: &Sight<'_>, found: &Found, failed: &Failed, keep: Wanted) -> Plan {
    if found.is_unreached() {
        let mut plan = unreached(sight, keep, word(failed.reason), failed.message.clone());
        plan.attempted.clone_from(&failed.revision);
        return plan;
    }
    let mut plan = Plan::new(keep, Verdict::no(word(failed.reason), failed.message.clone()));
    plan.attempted.clone_from(&failed.revision);
    plan.reached = Some(true);
    plan
}

fn unreached(sight: &Sight<'_>, keep: Wanted, reason: &'static str, message: String) -> Plan {
    let verdict = if sight.is_stale {
        let message = format!("nothing heard from the source for three intervals, last {reason}: {message}");
        Verdict::unknown(reason::SOURCE_STALE, message)
    } else {
        Verdict::no(reason, message)
    };
    let mut plan = Plan::new(keep, verdict);
    plan.reached = Some(false);
    plan
}

/// A reason's word.
#[must_use]
pub fn word(reason: remote::Reason) -> &'static str {
    match reason {
        remote::Reason::AuthFailed => "AuthFailed",
        remote::Reason::FetchFailed => "FetchFailed",
        remote::Reason::HostUntrusted => "HostUntrusted",
        remote::Reason::ReferenceNotFound => "ReferenceNotFound",
        remote::Reason::PathNotFound => "PathNotFound",
        remote::Reason::Hostile => "Hostile",
        remote::Reason::TooLarge => "TooLarge",
        remote::Reason::VerificationFailed => "VerificationFailed",
        remote::Reason::HistoryRewritten => "HistoryRewritten",
        remote::Reason::CompileFailed => "CompileFailed",
        remote::Reason::ManifestMismatch => "ManifestMismatch",
        remote::Reason::UrlRefused => "UrlRefused",
    }
}

fn short(digest: &str) -> String {
    Digest::parse(digest).map_or_else(|| digest.to_owned(), |digest| digest.short())
}

/// What makes two renderings of one configuration differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// SHA-256 of the configuration.
    pub digest: String,
    /// The commit.
    pub revision: String,
    /// How it is laid out.
    pub layout: Layout,
    /// Also for clients.
    pub client: bool,
    /// The owner is named, so that it is removed with the `FlagSync`.
    pub is_owned: bool,
}

#[cfg(test)]
mod tests;
