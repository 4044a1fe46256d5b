//! What the SDKs would assign: a configuration, a subject and an instant in; an assignment and its trace out.
//!
//! Agrees bit for bit with the reference core (`eppo_core` 10.0.0). Works on any configuration, ours or not, obfuscated or not.
//!
//! Three ways to the same end: [`Evaluator::explain`] walks the configuration as it is written and keeps a trace; [`Compiled`] takes
//! one subject without allocating; [`batch`] takes populations column by column.

pub(crate) mod ask;
pub mod batch;
pub mod bucket;
mod compiled;
mod encoding;
mod evaluator;
pub mod event;
mod flag;
mod salt;
mod seen;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ufc;
pub use compiled::{Compiled, Place, Slot, Taken, Values};
pub use evaluator::Evaluator;
pub use seen::Seen;

/// Attributes by name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// A subject: the key that is hashed, and what is known about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// The subject key.
    pub key: String,
    /// Attributes by name.
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// An attribute's value as callers pass it.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// An explicit null.
    Null,
}

/// Why an evaluation ended as it did; spelled as on the wire by [`Code::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// An allocation assigned a variation.
    Match,
    /// The flag is absent or disabled.
    FlagUnrecognizedOrDisabled,
    /// The flag's type is not the requested one.
    TypeMismatch,
    /// The waterfall ended.
    DefaultAllocationNull,
    /// The flag, or the matched variation, is not usable.
    UnexpectedConfigurationError,
}

/// Why an allocation did or did not assign; spelled as on the wire by [`AllocationCode::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the wire's")]
pub enum AllocationCode {
    Match,
    BeforeStartTime,
    AfterEndTime,
    FailingRule,
    TrafficExposureMiss,
    Unevaluated,
}

/// The outcome of one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The assigned value; none when the caller's default applies. A JSON flag's value is JSON, not text.
    pub value: Option<serde_json::Value>,
    /// The variation's key; none when the caller's default applies.
    pub variation: Option<String>,
    /// The allocation's key; none when the caller's default applies.
    pub allocation: Option<String>,
    /// Why.
    pub code: Code,
    /// What an SDK would hand to its assignment logger.
    pub event: Option<Event>,
}

/// An assignment event, flat as SDKs log it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The flag's key: its inner key, or as requested where the configuration has only a hash.
    pub flag: String,
    /// The allocation's key.
    pub allocation: String,
    /// The variation's key.
    pub variation: String,
    /// The subject key.
    pub subject: String,
    /// Exactly as passed.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// When.
    pub at: Timestamp,
    /// Extra logging of the split.
    pub extra: BTreeMap<String, String>,
}

/// The steps an evaluation took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// One entry an allocation, in order, unevaluated ones included.
    pub allocations: Vec<AllocationTrace>,
}

/// What happened at one allocation.
#[derive(Debug, Clone, PartialEq)]
pub struct AllocationTrace {
    /// Its key, in plain text.
    pub key: String,
    /// Its position in the flag's waterfall, 0-based.
    pub index: usize,
    /// Its outcome.
    pub code: AllocationCode,
    /// Rules in order, as far as they were looked at.
    pub rules: Vec<RuleTrace>,
    /// Splits in order, as far as they were looked at.
    pub splits: Vec<SplitTrace>,
}

/// What happened at one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTrace {
    /// Whether all conditions held.
    pub matched: bool,
    /// Conditions in order, as far as they were looked at.
    pub conditions: Vec<ConditionTrace>,
}

/// What happened at one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionTrace {
    /// The attribute's name, or its hash where the configuration has only that and no passed name hashes to it.
    pub attribute: String,
    /// The operator; none when the evaluator does not know it.
    pub operator: Option<ufc::Operator>,
    /// The operand as in the configuration, decoded where it can be.
    pub operand: serde_json::Value,
    /// The value seen; none when the attribute is missing.
    pub seen: Option<AttributeValue>,
    /// Whether it held.
    pub matched: bool,
}

/// What happened at one split.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitTrace {
    /// The variation it would serve.
    pub variation: String,
    /// Whether all shards matched.
    pub matched: bool,
    /// Shards in order, as far as they were looked at.
    pub shards: Vec<ShardTrace>,
}

/// What happened at one shard.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardTrace {
    /// The salt, in plain text.
    pub salt: String,
    /// The subject's shard.
    pub shard: u32,
    /// Of how many.
    pub total: u32,
    /// The ranges that would match.
    pub ranges: Vec<ufc::Range>,
    /// Whether one did.
    pub matched: bool,
}
