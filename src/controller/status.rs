//! What is said about a `FlagSync`.

pub mod reason;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::api::{Condition, FlagSyncStatus, History, Item};
use super::decide::Plan;

/// More of a message nobody reads, and it is kept with every object.
const LONGEST_MESSAGE: usize = 4_096;

/// The truth of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// Nobody knows.
    Unknown,
}

impl Truth {
    /// As the cluster writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `Ready`; none: what was said before.
    pub ready: Option<(Truth, &'static str, String)>,
    /// Something is under way.
    pub working: bool,
    /// Only a change of the specification helps.
    pub stalled: bool,
}

impl Verdict {
    /// `Ready=True`.
    #[must_use]
    pub fn yes(reason: &'static str, message: String) -> Self {
        Self { ready: Some((Truth::True, reason, message)), working: false, stalled: false }
    }

    /// `Ready=False`.
    #[must_use]
    pub fn no(reason: &'static str, message: String) -> Self {
        Self { ready: Some((Truth::False, reason, message)), working: false, stalled: false }
    }

    /// `Ready=Unknown`.
    #[must_use]
    pub fn unknown(reason: &'static str, message: String) -> Self {
        Self { ready: Some((Truth::Unknown, reason, message)), working: false, stalled: false }
    }

    /// What was said before.
    #[must_use]
    pub fn unchanged() -> Self {
        Self { ready: None, working: false, stalled: false }
    }

    /// `Ready=Unknown`, because it is under way.
    #[must_use]
    pub fn working(message: String) -> Self {
        Self { ready: Some((Truth::Unknown, reason::PROGRESSING, message)), working: true, stalled: false }
    }

    /// Only a change of the specification helps.
    #[must_use]
    pub fn stalled(mut self) -> Self {
        self.stalled = true;
        self
    }
}

/// What became live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lived {
    /// SHA-256 of the configuration.
    pub digest: String,
    /// The commit.
    pub revision: String,
    /// Who signed it.
    pub signer: Option<String>,
    /// How many flags it has.
    pub flags: usize,
}

/// What a status is built from beside a plan.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was said last.
    pub before: &'a FlagSyncStatus,
    /// The generation that this is about.
    pub generation: Option<i64>,
    /// What is said.
    pub verdict: &'a Verdict,
    /// What is live now; none: what was.
    pub live: Option<&'a Lived>,
    /// The ConfigMaps; none: unknown.
    pub inventory: Option<Vec<Item>>,
    /// Digests that are gone.
    pub pruned: &'a [String],
    /// The request that was acted upon.
    pub handled: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// The full status.
#[must_use]
pub fn build(plan: &Plan, report: Report<'_>) -> FlagSyncStatus {
    let before = report.before;
    let mut status = before.clone();
    if let Some((truth, reason, message)) = &report.verdict.ready {
        let said = [
            Some(("Ready", *truth, *reason, message.as_str())),
            report.verdict.working.then_some(("Reconciling", Truth::True, *reason, message.as_str())),
            report.verdict.stalled.then_some(("Stalled", Truth::True, *reason, message.as_str())),
        ];
        status.conditions = said.into_iter().flatten().map(|said| condition(said, &report)).collect();
        if !report.verdict.working {
            status.observed_generation = report.generation;
        }
    }
    if let Some(revision) = &plan.attempted {
        status.last_attempted_revision = Some(revision.clone());
    }
    match plan.reached {
        Some(true) => status.source_failing_since = None,
        Some(false) => status.source_failing_since = status.source_failing_since.or_else(|| Some(second(report.now))),
        None => {}
    }
    if report.verdict.ready.is_some() {
        status.held.clone_from(&plan.held);
    }
    if let Some(live) = report.live {
        remember(&mut status, live, plan.note, report.now);
    }
    status.history.retain(|entry| !report.pruned.contains(&entry.digest));
    if let Some(inventory) = report.inventory {
        status.inventory = inventory;
    }
    if let Some(handled) = report.handled {
        status.last_handled_reconcile_at = Some(handled);
    }
    status
}

fn condition((kind, truth, reason, message): (&str, Truth, &str, &str), report: &Report<'_>) -> Condition {
    let before = report.before.conditions.iter().find(|before| before.type_ == kind && before.status == truth.word());
    let since = before.map_or_else(|| Time(report.now), |before| before.last_transition_time.clone());
    let mut message = message.to_owned();
    if message.len() > LONGEST_MESSAGE {
        let end = (0..=LONGEST_MESSAGE).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    Condition {
        type_: kind.to_owned(),
        status: truth.word().to_owned(),
        reason: reason.to_owned(),
        message,
        last_transition_time: since,
        observed_generation: report.generation,
    }
}

/// Puts what became live at the head of the history.
fn remember(status: &mut FlagSyncStatus, live: &Lived, note: Option<&str>, now: Timestamp) {
    let flags = i32::try_from(live.flags).unwrap_or(i32::MAX);
    let head = status.history.first();
    let is_same = head.is_some_and(|head| head.digest == live.digest && head.revision == live.revision);
    if !is_same {
        let entry = History {
            digest: live.digest.clone(),
            revision: live.revision.clone(),
            signer: live.signer.clone(),
            flags,
            applied_at: second(now),
            note: note.map(str::to_owned),
        };
        status.history.retain(|entry| entry.digest != live.digest);
        status.history.insert(0, entry);
    }
    status.digest = Some(live.digest.clone());
    status.last_applied_revision = Some(live.revision.clone());
    status.flags = Some(flags);
}

/// A time as statuses have it.
#[must_use]
pub fn second(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
