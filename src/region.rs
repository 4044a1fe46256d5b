//! Exact reasoning about waterfalls: who can reach a step, who can be in two, who fares differently under two.
//!
//! Everything is said of lowered flags, so what is proved is what evaluators do, for any configuration, ours or not. Nothing is
//! sampled: an answer is a proof, a witness that the evaluator replays, or [`Undecided`].

mod automaton;
mod changes;
mod claims;
mod compare;
mod course;
mod diagram;
mod domain;
mod exclusion;
mod facts;
mod lines;
mod moves;
mod pairing;
mod replay;
mod rows;
mod salt;
mod search;
mod solve;
mod somebody;
mod space;
mod time;
mod witness;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::count::{Distribution, Fraction, Targeting};
use crate::evaluate::event::instant_text;
use crate::evaluate::{AttributeValue, Subject};
use crate::ufc;

/// A flag to reason about, and which of its allocations are one step.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// The flag, plain (never obfuscated).
    pub flag: &'a ufc::Flag,
    /// For each allocation the number of its step, rising from 0: the phases and holdouts of a step share one.
    pub steps: Vec<usize>,
    /// Declared attributes; empty where nobody declared any. `id` among them: callers may pass another value than the subject key.
    pub declared: &'a BTreeMap<String, Declared>,
}

/// How much a question may cost before it is [`Undecided`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of the decision diagrams of one question.
    pub nodes: usize,
    /// Subject keys that are hashed in search of one witness; beyond it there is none to show.
    pub keys: u64,
}

impl Limits {
    /// For what is asked of a whole workspace at a time: witnesses rarer than one key in tens of thousands are not searched for.
    pub const MANY: Self = Self { nodes: 1_000_000, keys: 1 << 17 };
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes: 1_000_000, keys: 1 << 24 }
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

/// Which values of attributes a question ranges over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Universe {
    /// Everything that evaluators accept, whatever an attribute was declared as.
    Any,
    /// Values of the declared types, and missing ones.
    Declared,
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
    compare::compare(before, after, limits)
}

pub use rows::Rows;

/// The rows of a waterfall at an instant: all subjects who fulfil `given` (alternatives of conditions; none is everyone), in
/// regions of attributes within which shares are uniform. Subject keys that lists name are rows of their own, with known shards.
///
/// # Errors
/// When there are too many, or it could not be decided.
pub fn rows(
    side: &Side<'_>,
    given: &[ufc::Rule],
    at: Timestamp,
    universe: Universe,
    limits: Limits,
) -> Result<Vec<Row>, Undecided> {
    rows::rows(side, given, at, universe, limits)
}

/// What two flags do to some subjects: one row for each pair of different ends.
#[derive(Debug, Clone)]
pub struct Change {
    /// What they get under the first.
    pub from: End,
    /// What they get under the second.
    pub to: End,
    /// The smallest share of the subjects of one region of attributes, at one instant, that changes so.
    pub least: Fraction,
    /// The largest.
    pub most: Fraction,
    /// Somebody whom it happens to.
    pub witness: Option<Witness>,
}

/// Everything that differs between two flags, in the order of the first's waterfall; empty exactly where [`compare()`] proves them equal.
///
/// # Errors
/// When it could not be decided.
pub fn changes(before: Option<&Side<'_>>, after: Option<&Side<'_>>, limits: Limits) -> Result<Vec<Change>, Undecided> {
    changes::changes(before, after, limits)
}

/// Something that decides whether a subject belongs to an audience.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// The rules of a step target them (of the first flag: 0, of the second: 1), whoever takes them above it.
    Step {
        /// 0 or 1.
        side: usize,
        /// A number of [`Side::steps`].
        step: usize,
    },
    /// They fulfil a condition, of one of the flags or made of the same values.
    Condition(ufc::Condition),
}

/// A term, or its opposite.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// What is asked.
    pub term: Term,
    /// Whether it is so.
    pub holds: bool,
}

/// Subjects by attributes, in as few terms as were found: whoever fulfils all literals of one alternative belongs to it, and
/// nobody else does. An alternative without literals is everyone.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// The alternatives, at least one.
    pub any: Vec<Vec<Literal>>,
}

/// How many of an audience.
#[derive(Debug, Clone, PartialEq)]
pub enum Portion {
    /// An exact share of subject keys, the same throughout the audience.
    Share(Fraction),
    /// These subject keys, of so many that conditions name and the audience holds.
    Keys {
        /// Who moves, sorted.
        moving: Vec<String>,
        /// Of how many.
        named: usize,
    },
    /// Subjects whose callers pass an `id` that is not their key: this share of them, and nobody else.
    OtherId(Fraction),
    /// Somebody for certain; why they were not counted.
    Uncounted(String),
}

/// What becomes of some subjects between two flags, while time is between two instants.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Whose.
    pub audience: Audience,
    /// How many of them.
    pub portion: Portion,
    /// Under the first flag.
    pub from: End,
    /// Under the second.
    pub to: End,
    /// The first instant; none is the instant that was asked from.
    pub since: Option<Timestamp>,
    /// The last instant, inclusive; none is for ever.
    pub until: Option<Timestamp>,
    /// Somebody whom it happens to; none where nobody was found within the budget.
    pub witness: Option<Witness>,
}

/// Everything that differs between two flags from the instant `now` on, by audience and in the order of the waterfalls; empty
/// exactly where from then on they do the same to everybody: same value, same event.
///
/// # Errors
/// When it could not be decided whether anything differs.
pub fn moves(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<Move>, Undecided> {
    moves::moves(before, after, now, limits)
}

/// Whether a subject who fulfils `given` (alternatives of conditions; none is everyone) can be taken by a step, at any instant;
/// with somebody who is, from `now` on where that can be.
///
/// # Errors
/// When it could not be decided.
pub fn reaches(
    side: &Side<'_>,
    step: usize,
    given: &[ufc::Rule],
    now: Timestamp,
    limits: Limits,
) -> Result<Option<Witness>, Undecided> {
    claims::reaches(side, step, given, now, limits)
}

/// What keeps subjects apart who are not kept apart by bucketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Attributes: while they stay the same nobody is in both, not later either.
    ByAttributes,
    /// Windows of time: nobody is in both at one time, whatever their attributes.
    ByTime,
    /// Either of them would do alone.
    ByEither,
    /// Both together: nobody is in both at one time with the same attributes.
    ByBoth,
}

/// A stretch of time; both bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first instant; none is since ever.
    pub from: Option<Timestamp>,
    /// Its last; none is for ever.
    pub until: Option<Timestamp>,
}

impl Stretch {
    /// All of time.
    pub const ALWAYS: Self = Self { from: None, until: None };
}

/// ` from 2027-01-01T00:00:00.000Z on`, with the space; nothing for all of time.
impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from.map(instant_text), self.until.map(instant_text)) {
            (Some(from), Some(until)) if from == until => write!(f, " at {from}"),
            (Some(from), Some(until)) => write!(f, " from {from} until {until}"),
            (Some(from), None) => write!(f, " from {from} on"),
            (None, Some(until)) => write!(f, " until {until}"),
            (None, None) => Ok(()),
        }
    }
}

/// How far two steps keep their subjects apart. In a step is who is assigned and logged by it, not who is held out.
#[derive(Debug, Clone, PartialEq)]
pub enum Exclusion {
    /// Nobody is ever in both, whatever becomes of attributes and time: their shards exclude each other.
    ByBucketing,
    /// Nobody is in both at one time with the same attributes. Somebody whose attributes change, or who comes back later, is:
    /// one subject, in the first as the first witness, in the second as the second.
    ByTargeting(Apart, Option<Box<(Witness, Witness)>>),
    /// Somebody is in both at once, all through this stretch: the first from now on in which it is so, else the last.
    Violated(Option<Witness>, Stretch),
}

/// Whether anybody can be in both steps, of one flag or two, at any time; shown from `now` on where it can be.
///
/// # Errors
/// When it could not be decided.
pub fn exclusion(
    first: (&Side<'_>, usize),
    second: (&Side<'_>, usize),
    now: Timestamp,
    limits: Limits,
) -> Result<Exclusion, Undecided> {
    exclusion::exclusion(first, second, now, limits)
}

/// An attribute's declared type, for claims that assume it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Declared {
    /// Any text.
    Text,
    /// A finite number.
    Number,
    /// True or false.
    Bool,
    /// A version without build metadata.
    Version,
}

/// What a line of a waterfall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Everyone it targets gets one variation.
    Gate,
    /// Its subjects are split and logged.
    Experiment,
    /// The last line.
    Otherwise,
}

/// A waterfall with what its lines are and what its attributes were declared as.
#[derive(Debug, Clone)]
pub struct Waterfall<'a> {
    /// The flag.
    pub side: Side<'a>,
    /// For each step what it is.
    pub kinds: Vec<LineKind>,
    /// For each allocation the salt of the holdout it stands for, where it holds subjects out.
    pub holdouts: Vec<Option<&'a str>>,
}

/// What a claim assumes of callers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assumption {
    /// These attributes have a value of their declared type, or none.
    pub typed: Vec<(String, Declared)>,
    /// Callers pass no `id`.
    pub no_id: bool,
}

/// Something true of a waterfall that its author should know. Steps are numbers of [`Side::steps`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "fields are named after what they are")]
pub enum Fact {
    /// Nobody reaches the step at any time: these steps above take everyone.
    Unreachable { step: usize, above: Vec<usize>, assumption: Assumption },
    /// Nobody reaches the step from one instant to another (both inclusive), though at other times somebody does.
    TimeShadowed {
        step: usize,
        above: Vec<usize>,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        assumption: Assumption,
    },
    /// Subjects reach the step and nobody is taken.
    NeverTakes { step: usize, witness: Option<Witness>, assumption: Assumption },
    /// A gate's audience can be enrolled by an experiment above it; from `from` on, where it is not so today.
    GateBelow { gate: usize, experiment: usize, from: Option<Timestamp>, witness: Option<Witness> },
    /// Two experiments can want the same subject; the lower loses between `least` and `most` of those whom both target.
    Overlapping {
        upper: usize,
        lower: usize,
        least: Fraction,
        most: Fraction,
        from: Option<Timestamp>,
        witness: Option<Witness>,
    },
    /// Subjects held out by `holdout` (a salt) at `step`, but not exposed there, are enrolled by `later`, which lacks that holdout.
    HoldoutLeak { step: usize, later: usize, holdout: String, witness: Option<Witness> },
    /// What an arm receives is not proportional to its shards: for each split of the step its variation, the share it should have
    /// of those who are taken, and the share it has, in the region of the witness.
    BiasedSplit { step: usize, arms: Vec<(String, Fraction, Fraction)>, witness: Option<Witness> },
    /// The share of its audience that the step can still receive, over regions of attributes and time.
    PartlyShadowed { step: usize, least: Fraction, most: Fraction },
    /// A question about the step could not be decided.
    Undecided { step: usize, what: &'static str, reason: String },
}

/// Everything true of a waterfall from the instant `now` on that its author should know (unreachable steps: at any time).
/// [`Fact::PartlyShadowed`] is only looked for on request.
#[must_use]
pub fn facts(waterfall: &Waterfall<'_>, now: Timestamp, shadows: bool, limits: Limits) -> Vec<Fact> {
    facts::facts(waterfall, now, shadows, limits)
}

/// Whether anybody fulfils these rules (alternatives of conditions; none is everyone), assuming declared types.
///
/// # Errors
/// When it could not be decided.
pub fn satisfiable(
    rules: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    claims::satisfiable(rules, declared, limits)
}

/// Whether everybody who fulfils the first rules fulfils the second, assuming declared types.
///
/// # Errors
/// When it could not be decided.
pub fn implied(
    first: &[ufc::Rule],
    second: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    claims::implied(first, second, declared, limits)
}
