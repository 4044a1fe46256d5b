//! Exact reasoning about waterfalls: who can reach a step, who can be in two, who fares differently under two.
//!
//! Everything is said of lowered flags, so what is proved is what evaluators do, for any configuration, ours or not. Nothing is
//! sampled: an answer is a proof, a witness that the evaluator replays, or [`Undecided`].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::count::{Distribution, Targeting};
use crate::evaluate::{AttributeValue, Subject};
use crate::ufc;

/// A flag to reason about, and which of its allocations are one step.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// The flag, plain (never obfuscated).
    pub flag: &'a ufc::Flag,
    /// For each allocation the number of its step, rising from 0: the phases and holdouts of a step share one.
    pub steps: Vec<usize>,
}

/// How much a question may cost before it is [`Undecided`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of the decision diagrams of one question.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: 1_000_000 }
    }
}

/// A question that could not be answered exactly within its limits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// One lower-case sentence, user text in backticks.
    pub reason: String,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Somebody for whom a claim can be seen: evaluate it, and see.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// Who.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
}

/// What a flag does to a subject, as far as anybody can tell from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// The allocation, by position; none for the caller's default.
    pub allocation: Option<usize>,
    /// The variation's key; none for the caller's default.
    pub variation: Option<String>,
    /// The value as on the wire; none for the caller's default.
    pub value: Option<serde_json::Value>,
    /// Whether an event is logged.
    pub logged: bool,
}

/// Two flags differ for somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// For whom, and when; none where nobody was found within the budget although the difference is proved.
    pub witness: Option<Witness>,
    /// Under the first.
    pub before: End,
    /// Under the second.
    pub after: End,
}

/// Subjects whom the same allocations target, with what becomes of them.
#[derive(Debug, Clone)]
pub struct Row {
    /// For each allocation whether they are targeted by it. Below an allocation that takes everyone left nothing is
    /// asked any more: there it is `Out`.
    pub targeting: Vec<Targeting>,
    /// Exact shares of what they get.
    pub distribution: Distribution,
    /// Attributes that put a subject here.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The subject key, where only single keys are here (listed ones, whose shards are known).
    pub key: Option<String>,
}

/// Whether two flags do the same to everybody, always: same value, same event. None (in a side) is a flag that is not served.
///
/// Ranges over every value the evaluator accepts, whatever an attribute's declared type, and over subjects who pass an `id`.
///
/// # Errors
/// When it could not be decided.
pub fn compare(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    limits: Limits,
) -> Result<Option<Difference>, Undecided> {
    let _ = (before, after, limits);
    Err(Undecided { reason: "not there yet".to_owned() })
}

/// The rows of a waterfall at an instant: all subjects who fulfil `given` (alternatives of conditions; none is everyone), in
/// regions of attributes within which shares are uniform. Subject keys that lists name are rows of their own, with known shards.
///
/// # Errors
/// When there are too many, or it could not be decided.
pub fn rows(side: &Side<'_>, given: &[ufc::Rule], at: Timestamp, limits: Limits) -> Result<Vec<Row>, Undecided> {
    let _ = (side, given, at, limits);
    Err(Undecided { reason: "not there yet".to_owned() })
}
