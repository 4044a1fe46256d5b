//! What the workspace means: every name resolved, every share a range of shards, every operand of its attribute's type.
//!
//! Things are shared by [`Arc`] instead of looked up by name, so nothing after this stage can meet an unknown name.
//! A definition that could not be resolved is left out (its finding was reported) and what mentions it is `incomplete`.

pub mod predicate;
pub mod resolve;
pub mod share;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::source::{Span, Spanned};
pub use crate::syntax::ast::{Allow, AttributeType, ExposureMiss, LevelLine, LevelWord, Policy, Required};
pub use crate::ufc::{Range, VariationType};

/// The shards that layers, holdouts and, unless `total-shards=` says otherwise, flags hash subjects into.
pub const SHARDS: u32 = 10_000;

/// The entity of flags, layers and holdouts that name none.
pub const DEFAULT_ENTITY: &str = "user";

/// A workspace.
#[derive(Debug, Default)]
pub struct Workspace {
    /// In the order of `flagfall.kdl`, which is the order of every report.
    pub environments: Vec<Arc<Environment>>,
    /// By name.
    pub attributes: Vec<Arc<Attribute>>,
    /// By name.
    pub segments: Vec<Arc<Segment>>,
    /// By name.
    pub layers: Vec<Arc<Layer>>,
    /// By name.
    pub holdouts: Vec<Arc<Holdout>>,
    /// In source order.
    pub contracts: Vec<Contract>,
    /// By key.
    pub flags: Vec<Arc<Flag>>,
    /// In source order.
    pub tests: Vec<TestGroup>,
    /// The lines of `rules`, in order.
    pub levels: Vec<LevelLine>,
    /// What the team asks of every change and every flag.
    pub policy: Policy,
    /// Something could not be read or resolved, so "nothing uses it" cannot be said of attributes, segments, layers and holdouts.
    pub incomplete: bool,
    /// Something was looked at as far as a bound on all of the workspace let: beside other definitions it may be seen otherwise.
    pub bounded: bool,
}

/// An environment.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether change-safety findings are errors here.
    pub protected: bool,
}

/// A declared attribute, or `id`, which is always there.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
    /// The values a rule may name.
    pub vocabulary: Option<Vec<Operand>>,
    /// Where it was declared; none for the `id` that is always there.
    pub span: Option<Span>,
}

/// A value in its attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Of a string attribute.
    Text(String),
    /// Of a number attribute; finite.
    Number(f64),
    /// Of a bool attribute.
    Bool(bool),
    /// Of a semver attribute: `MAJOR.MINOR.PATCH[-pre]`, as written.
    Version(String),
}

/// A named audience.
#[derive(Debug)]
pub struct Segment {
    /// Its name.
    pub name: Spanned<String>,
    /// Who is in it.
    pub audience: Audience,
    /// The line.
    pub span: Span,
    /// Part of it could not be resolved.
    pub incomplete: bool,
}

/// Alternatives of conditions that must all hold; no alternatives: everyone.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    /// `when` first, then each `or`.
    pub alternatives: Vec<Alternative>,
}

/// Conditions that must all hold.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The `when` or `or` statement.
    pub span: Span,
}

/// One condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A test of an attribute.
    Attribute {
        /// Which attribute.
        attribute: Arc<Attribute>,
        /// The test.
        test: Test,
        /// Where.
        span: Span,
    },
    /// A test of a segment. `negated` is the complement over missing attributes and values of the declared type.
    Segment {
        /// Which segment.
        segment: Arc<Segment>,
        /// `not-in-segment`.
        negated: bool,
        /// Where.
        span: Span,
    },
}

/// What is asked of an attribute. A missing attribute fails every test but `Null { is: true }`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `is-null`, `not-null`.
    Null {
        /// True for `is-null`.
        is: bool,
    },
    /// `is`, `is-not`, `one-of`, `not-one-of`.
    Listed {
        /// None of them instead of any.
        negated: bool,
        /// The values; never empty.
        values: Vec<Spanned<Operand>>,
    },
    /// `matches`, `starts-with`, `ends-with`, `contains` and their negations, on strings.
    Pattern {
        /// None of them instead of any.
        negated: bool,
        /// How the texts are meant.
        kind: PatternKind,
        /// The texts; never empty.
        texts: Vec<Spanned<String>>,
    },
    /// `gt`, `gte`, `lt`, `lte`, on numbers and versions.
    Compare {
        /// Which.
        order: Order,
        /// With what.
        operand: Spanned<Operand>,
    },
}

/// How the texts of a pattern test are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternKind {
    /// Regular expressions, unanchored.
    Matches,
    /// Literal beginnings.
    StartsWith,
    /// Literal ends.
    EndsWith,
    /// Literal parts.
    Contains,
}

impl PatternKind {
    /// The operator, as authors write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::StartsWith => "starts-with",
            Self::EndsWith => "ends-with",
            Self::Contains => "contains",
        }
    }
}

/// An inequality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Order {
    Gt,
    Gte,
    Lt,
    Lte,
}

impl Order {
    /// The operator, as authors write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
        }
    }
}

/// A shared salt cut into slots.
#[derive(Debug)]
pub struct Layer {
    /// Its name.
    pub name: Spanned<String>,
    /// What the subject key is.
    pub entity: String,
    /// The wire salt.
    pub salt: String,
    /// The value of `salt=`, where written.
    pub salt_span: Option<Span>,
    /// Its slots.
    pub slots: Vec<Arc<Slot>>,
    /// For people.
    pub owner: Option<String>,
}

/// A part of a layer.
#[derive(Debug)]
pub struct Slot {
    /// Its name.
    pub name: Spanned<String>,
    /// Its shards of the layer's 10 000.
    pub range: Range,
}

/// A population kept out of experiments.
#[derive(Debug)]
pub struct Holdout {
    /// Its name.
    pub name: Spanned<String>,
    /// What the subject key is.
    pub entity: String,
    /// The wire salt.
    pub salt: String,
    /// The value of `salt=`, where written.
    pub salt_span: Option<Span>,
    /// Its shards, of 10 000: `[0, shards)`.
    pub shards: u32,
    /// When it holds.
    pub window: Window,
}

/// First and last instant, both inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub start: Option<Timestamp>,
    /// The last instant.
    pub end: Option<Timestamp>,
}

/// A promise that nobody is ever in two of these.
#[derive(Debug)]
pub struct Contract {
    /// Its name.
    pub name: Spanned<String>,
    /// Its members: flag key, step name, line.
    pub members: Vec<(Arc<Flag>, Arc<Step>, Span)>,
}

/// A flag.
#[derive(Debug, Clone)]
pub struct Flag {
    /// Its key.
    pub key: Spanned<String>,
    /// Its type.
    pub kind: VariationType,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub owner: Option<Spanned<String>>,
    /// The last day it is meant to live (UTC).
    pub expires: Option<Spanned<Date>>,
    /// What the subject key is.
    pub entity: String,
    /// How many shards subjects are hashed into.
    pub total_shards: u32,
    /// For people.
    pub description: Option<String>,
    /// What callers pass as default.
    pub code_default: Option<Value>,
    /// In the author's order, retired ones in place.
    pub variations: Vec<Arc<Variation>>,
    /// In source order.
    pub steps: Vec<Arc<Step>>,
    /// In the workspace's order of environments.
    pub environments: Vec<FlagEnvironment>,
    /// `allow` lines of the flag as a whole.
    pub allows: Vec<Allow>,
    /// The line `flag KEY …`.
    pub span: Span,
    /// Part of it could not be resolved, so "unused" and the like cannot be said of it.
    pub incomplete: bool,
}

impl Flag {
    /// What it says of an environment; none where it does not mention it.
    #[must_use]
    pub fn in_environment(&self, name: &str) -> Option<&FlagEnvironment> {
        self.environments.iter().find(|here| here.environment.name.value == name)
    }

    /// The same where it is enabled: evaluators know it nowhere else.
    #[must_use]
    pub fn served_in(&self, environment: &str) -> Option<&FlagEnvironment> {
        self.in_environment(environment).filter(|here| here.enabled)
    }
}

/// A variation.
#[derive(Debug)]
pub struct Variation {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value; none when retired, or in an `incomplete` flag.
    pub value: Option<Spanned<Value>>,
    /// `retired NAME`: whoever hashes to it falls through.
    pub retired: bool,
    /// The line.
    pub span: Span,
}

/// A value in its flag's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a boolean flag.
    Boolean(bool),
    /// Of a string flag.
    Text(String),
    /// Of an integer flag.
    Integer(i64),
    /// Of a numeric flag; finite.
    Numeric(f64),
    /// Of a JSON flag: JSON text without insignificant white space.
    Json(String),
}

/// A step: what it means wherever it is placed.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: Spanned<String>,
    /// What it does.
    pub kind: StepKind,
    /// Whether assignments are logged.
    pub log: bool,
    /// Who is targeted.
    pub audience: Audience,
    /// Its slot of a layer.
    pub layer: Option<LayerUse>,
    /// Who is held out, in order; the first that holds a subject out wins.
    pub holdouts: Vec<HoldoutUse>,
    /// Added to every event; sorted by key.
    pub extra_logging: Vec<(Spanned<String>, String)>,
    /// The wire salt of the exposure: `<flag>/<step>/traffic`.
    pub traffic_salt: String,
    /// The wire salt of the split: `<flag>/<step>/split`.
    pub split_salt: String,
    /// Where `salt=`, `traffic-salt=` or `split-salt=` was written.
    pub salt_span: Option<Span>,
    /// The line.
    pub span: Span,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// Everyone gets one variation.
    Gate {
        /// Which.
        serve: Arc<Variation>,
    },
    /// Subjects are split by hash. Retired arms are among them: their shards fall through.
    Experiment {
        /// In the order of the flag's variations.
        arms: Vec<Arm>,
    },
}

/// A variation's shards.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Which variation.
    pub variation: Arc<Variation>,
    /// Of the flag's total shards on the split salt: sorted, disjoint; empty for weight 0.
    pub ranges: Vec<Range>,
    /// Where the weight or range was written.
    pub span: Span,
}

/// A step's slot.
#[derive(Debug, Clone)]
pub struct LayerUse {
    /// The layer.
    pub layer: Arc<Layer>,
    /// The slot.
    pub slot: Arc<Slot>,
    /// The line.
    pub span: Span,
}

/// A step's holdout.
#[derive(Debug, Clone)]
pub struct HoldoutUse {
    /// The holdout.
    pub holdout: Arc<Holdout>,
    /// What held-out subjects get.
    pub serve: Arc<Variation>,
    /// The line.
    pub span: Span,
}

/// A flag in one environment.
#[derive(Debug, Clone)]
pub struct FlagEnvironment {
    /// Which.
    pub environment: Arc<Environment>,
    /// Disabled flags are left out of the environment's file.
    pub enabled: bool,
    /// The waterfall, switched-off placements included.
    pub placements: Vec<Placement>,
    /// Everyone left.
    pub otherwise: Option<Otherwise>,
    /// `allow` lines of this environment.
    pub allows: Vec<Allow>,
    /// The line.
    pub span: Span,
}

/// A step in a waterfall.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The step.
    pub step: Arc<Step>,
    /// Whether it takes part at all (`enabled=#false` skips it).
    pub enabled: bool,
    /// How much of its audience it takes.
    pub exposure: Exposure,
    /// When: the placement's bounds where given, else the step's.
    pub window: Window,
    /// What happens to those the exposure leaves out.
    pub exposure_miss: ExposureMiss,
    /// An emergency toggle's reason.
    pub override_reason: Option<Spanned<String>>,
    /// The last day an override is meant to live (UTC).
    pub until: Option<Spanned<Date>>,
    /// Completion: only subjects whose attribute (a number) is below this many epoch milliseconds.
    pub closed: Option<Closed>,
    /// The allocation key: `<step>/<env>` unless `key=`.
    pub key: String,
    /// The value of `key=`, where written.
    pub key_span: Option<Span>,
    /// The line.
    pub span: Span,
}

/// How much of its audience a placement takes, in shards of the flag's total on the traffic salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// `[0, shards)`; the flag's total shards is everyone.
    Share(u32),
    /// From each instant on, `[0, shards)`; times and shards rise strictly.
    Ramp(Vec<(Timestamp, u32)>),
}

/// Completion.
#[derive(Debug, Clone)]
pub struct Closed {
    /// A number attribute.
    pub by: Arc<Attribute>,
    /// Epoch milliseconds.
    pub at: Timestamp,
    /// The statement.
    pub span: Span,
}

/// The last line of a waterfall.
#[derive(Debug, Clone)]
pub struct Otherwise {
    /// What everyone left gets.
    pub variation: Arc<Variation>,
    /// The allocation key: `otherwise/<env>` unless `key=`.
    pub key: String,
    /// The value of `key=`, where written.
    pub key_span: Option<Span>,
    /// The line.
    pub span: Span,
}

/// The tests of a flag.
#[derive(Debug)]
pub struct TestGroup {
    /// The flag.
    pub flag: Arc<Flag>,
    /// The cases.
    pub cases: Vec<TestCase>,
}

/// A case, in one or several environments.
#[derive(Debug)]
pub struct TestCase {
    /// Its name.
    pub name: Spanned<String>,
    /// Where it runs.
    pub environments: Vec<Arc<Environment>>,
    /// When; none where the result does not depend on it.
    pub at: Option<Spanned<Timestamp>>,
    /// Who.
    pub who: TestSubject,
    /// What is expected; never empty.
    pub expectations: Vec<Expectation>,
    /// The line.
    pub span: Span,
}

/// Who a case is about.
#[derive(Debug)]
pub enum TestSubject {
    /// One subject; `attributes` by name, `None` is an explicit null.
    Subject {
        /// The subject key.
        key: Spanned<String>,
        /// Attribute name and value.
        attributes: Vec<(String, Option<Operand>)>,
    },
    /// All subjects with these attributes.
    Given {
        /// Attribute name and value.
        attributes: Vec<(String, Option<Operand>)>,
        /// Attributes by condition: with these, the others may be anything the conditions allow.
        conditions: Vec<Condition>,
        /// `others=any`.
        others_any: Option<Span>,
        /// The line.
        span: Span,
    },
}

/// What a case expects. Shares are in shards-independent exact percentages.
#[derive(Debug)]
pub enum Expectation {
    /// The variation, and the step (`otherwise` is spelled so) it comes through.
    Variation {
        /// Which.
        variation: Arc<Variation>,
        /// Step name.
        via: Option<Spanned<String>>,
        /// The line.
        span: Span,
    },
    /// The caller's default.
    Default {
        /// The line.
        span: Span,
    },
    /// The variation for exactly this share.
    Share {
        /// Which.
        variation: Arc<Variation>,
        /// Step name.
        via: Option<Spanned<String>>,
        /// The share.
        share: Spanned<crate::syntax::ast::Percent>,
        /// The line.
        span: Span,
    },
    /// The caller's default for exactly this share.
    ShareDefault {
        /// The share.
        share: Spanned<crate::syntax::ast::Percent>,
        /// The line.
        span: Span,
    },
    /// Nobody gets the variation.
    Never {
        /// Which.
        variation: Arc<Variation>,
        /// The line.
        span: Span,
    },
}
