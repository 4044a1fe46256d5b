//! What the author wrote, typed and spanned, nothing resolved.
//!
//! Decoding promises shapes: a percentage is a percentage, an instant an instant, a weight a whole number. It does not promise
//! that a name means anything, that a thing is defined once, or that values fit their types: `model` checks those.
//! A piece that was missing or unreadable is `None` (or left out of its list), and a finding was reported for it.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::source::{Span, Spanned};
use crate::ufc::VariationType;

/// All files of a workspace, in file order.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field lists the statements of that name")]
pub struct Ast {
    pub configuration: Configuration,
    pub attributes: Vec<Attribute>,
    pub segments: Vec<Segment>,
    pub layers: Vec<Layer>,
    pub holdouts: Vec<Holdout>,
    pub contracts: Vec<Contract>,
    pub flags: Vec<Flag>,
    pub tests: Vec<TestGroup>,
    /// Something, anywhere, could not be read and was left out: "unused" and the like cannot be said.
    pub incomplete: bool,
}

impl Ast {
    /// Adds what another file holds.
    pub(super) fn append(&mut self, other: Self) {
        if other.configuration.span.is_some() {
            self.configuration = other.configuration;
        }
        self.attributes.extend(other.attributes);
        self.segments.extend(other.segments);
        self.layers.extend(other.layers);
        self.holdouts.extend(other.holdouts);
        self.contracts.extend(other.contracts);
        self.flags.extend(other.flags);
        self.tests.extend(other.tests);
        self.incomplete |= other.incomplete;
    }
}

/// A name as written.
pub type Name = Spanned<String>;

/// `flagfall.kdl`.
#[derive(Debug, Default)]
pub struct Configuration {
    /// `edition "2026"`.
    pub edition: Option<Name>,
    /// `definitions "DIR"`.
    pub definitions: Option<Name>,
    /// `env NAME protected=#true`, in order.
    pub environments: Vec<Environment>,
    /// The lines of `rules { … }`, in order.
    pub levels: Vec<LevelLine>,
    /// `policy { … }`.
    pub policy: Policy,
    /// The whole file's first line, to point at when something is missing from it.
    pub span: Option<Span>,
}

/// `policy { … }` in `flagfall.kdl`: what a team asks of every change and every flag. Nothing is asked by default.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The largest share of an audience that a change may give another value.
    pub max_reassigned: Option<Spanned<Percent>>,
    /// The largest rise of an exposure in one step.
    pub max_ramp_step: Option<Spanned<Percent>>,
    /// What every flag has to say.
    pub required: Vec<Spanned<Required>>,
}

/// A statement that a policy requires of every flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Required {
    Owner,
    Expires,
    Description,
    Tests,
}

impl Required {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Expires, Self::Description, Self::Tests];

    /// The language's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Expires => "expires",
            Self::Description => "description",
            Self::Tests => "tests",
        }
    }
}

/// An environment of the workspace.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: Name,
    /// Whether change-safety findings are errors here.
    pub protected: bool,
}

/// `allow stale-flag in="legacy/**" reason="…" until="…"` in `rules`.
#[derive(Debug, Clone)]
pub struct LevelLine {
    /// The level.
    pub level: Spanned<LevelWord>,
    /// A rule's id or name, or a family prefix such as `FF3`.
    pub rules: Vec<Name>,
    /// Only for files whose workspace path matches this glob.
    pub glob: Option<Name>,
    /// Why.
    pub reason: Option<Name>,
    /// The last day it holds (UTC).
    pub until: Option<Spanned<Date>>,
    /// The line.
    pub span: Span,
}

/// `allow`, `warn` or `deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum LevelWord {
    Allow,
    Warn,
    Deny,
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum AttributeType {
    String,
    Number,
    Bool,
    Semver,
}

impl AttributeType {
    /// The language's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Semver => "semver",
        }
    }
}

/// `attribute NAME TYPE { one-of … }`.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: Option<Spanned<AttributeType>>,
    /// The closed vocabulary.
    pub vocabulary: Option<Vec<Value>>,
    /// The description.
    pub description: Option<Name>,
    /// The line.
    pub span: Span,
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What KDL reads.
    pub kind: ValueKind,
    /// Where, delimiters included.
    pub span: Span,
}

/// What KDL reads.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// A string, bare, quoted or raw.
    Text(String),
    /// A number.
    Number(Number),
    /// `#true` or `#false`.
    Bool(bool),
    /// `#null`.
    Null,
}

/// A number as written and as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The source text.
    pub text: String,
    /// The nearest double; infinite or NaN for `#inf`, `#nan` and what overflows.
    pub value: f64,
    /// The exact value where it was written as a whole number (no point, no exponent) that fits.
    pub integer: Option<i128>,
}

/// `segment NAME { when … or … }`.
#[derive(Debug)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// Who is in it; no alternatives means everyone.
    pub audience: Audience,
    /// The description.
    pub description: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `when` and its `or`s: alternatives of conditions that must all hold. No alternatives: everyone.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    /// The alternatives, `when` first.
    pub alternatives: Vec<Alternative>,
}

/// One `when` or `or`, a line or a block.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The conditions, all of which must hold; at least one.
    pub conditions: Vec<Condition>,
    /// The statement.
    pub span: Span,
}

/// One condition as written.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `ATTR OP VALUE…`.
    Attribute {
        /// The attribute's name.
        attribute: Name,
        /// The operator.
        operator: Spanned<Operator>,
        /// The operands: arguments, `- VALUE` lines, or the lines of `file=` (text; `from_file` says so).
        operands: Vec<Value>,
        /// Whether the operands are the lines of a data file: raw texts to be read in the attribute's type.
        from_file: bool,
        /// The condition.
        span: Span,
    },
    /// `in-segment NAME` or `not-in-segment NAME`.
    Segment {
        /// The segment's name.
        segment: Name,
        /// `not-in-segment`.
        negated: bool,
        /// The condition.
        span: Span,
    },
}

/// The operators of the language, segment tests aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Operator {
    Is,
    IsNot,
    OneOf,
    NotOneOf,
    Matches,
    NotMatches,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
    Contains,
    NotContains,
    Gt,
    Gte,
    Lt,
    Lte,
    IsNull,
    NotNull,
}

impl Operator {
    /// Every operator with its spelling.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Is, "is"),
        (Self::IsNot, "is-not"),
        (Self::OneOf, "one-of"),
        (Self::NotOneOf, "not-one-of"),
        (Self::Matches, "matches"),
        (Self::NotMatches, "not-matches"),
        (Self::StartsWith, "starts-with"),
        (Self::NotStartsWith, "not-starts-with"),
        (Self::EndsWith, "ends-with"),
        (Self::NotEndsWith, "not-ends-with"),
        (Self::Contains, "contains"),
        (Self::NotContains, "not-contains"),
        (Self::Gt, "gt"),
        (Self::Gte, "gte"),
        (Self::Lt, "lt"),
        (Self::Lte, "lte"),
        (Self::IsNull, "is-null"),
        (Self::NotNull, "not-null"),
    ];

    /// The language's spelling.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, word)| word)
    }

    /// The operator with that spelling.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, spelling)| *spelling == word).map(|(operator, _)| *operator)
    }
}

/// A percentage as written: `digits / 10^decimals` percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent {
    /// All digits, without the point.
    pub digits: u64,
    /// How many of them follow the point (trailing zeros are dropped); at most 12.
    pub decimals: u32,
}

/// `layer NAME entity=E { slot … }`.
#[derive(Debug)]
pub struct Layer {
    /// Its name.
    pub name: Name,
    /// What the subject key is.
    pub entity: Option<Name>,
    /// `salt=`: the wire salt, for layers brought in from elsewhere; default `layer/<name>`.
    pub salt: Option<Name>,
    /// Its slots.
    pub slots: Vec<Slot>,
    /// `owner=` and the description are for people.
    pub owner: Option<Name>,
    /// The description.
    pub description: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `slot NAME from="0%" to="40%"`.
#[derive(Debug)]
pub struct Slot {
    /// Its name.
    pub name: Name,
    /// Its lower end.
    pub from: Option<Spanned<Percent>>,
    /// Its upper end.
    pub to: Option<Spanned<Percent>>,
    /// The line.
    pub span: Span,
}

/// `holdout NAME "5%" start= end= entity=`.
#[derive(Debug)]
pub struct Holdout {
    /// Its name.
    pub name: Name,
    /// The share held out.
    pub share: Option<Spanned<Percent>>,
    /// Its window.
    pub window: Window,
    /// What the subject key is.
    pub entity: Option<Name>,
    /// `salt=`: the wire salt, for holdouts brought in from elsewhere; default `holdout/<name>`.
    pub salt: Option<Name>,
    /// For people.
    pub owner: Option<Name>,
    /// The description.
    pub description: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `start=` and `end=`, both inclusive.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// The first instant.
    pub start: Option<Spanned<Timestamp>>,
    /// The last instant.
    pub end: Option<Spanned<Timestamp>>,
}

/// `exclusive "NAME" { experiment FLAG STEP … }`.
#[derive(Debug)]
pub struct Contract {
    /// Its name.
    pub name: Name,
    /// Its members: flag and step.
    pub members: Vec<ContractMember>,
    /// The line.
    pub span: Span,
}

/// `experiment FLAG STEP` in a contract.
#[derive(Debug)]
pub struct ContractMember {
    /// The flag's key.
    pub flag: Name,
    /// The step's name.
    pub step: Name,
    /// The line.
    pub span: Span,
}

/// `flag KEY type=… { … }`.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the property or the statements of that name")]
pub struct Flag {
    pub key: Name,
    pub kind: Option<Spanned<VariationType>>,
    pub display_name: Option<Name>,
    pub owner: Option<Name>,
    pub expires: Option<Spanned<Date>>,
    pub entity: Option<Name>,
    pub total_shards: Option<Spanned<u32>>,
    pub description: Option<Name>,
    pub code_default: Option<VariationValue>,
    pub variations: Vec<Variation>,
    pub steps: Vec<Step>,
    pub environments: Vec<FlagEnvironment>,
    pub allows: Vec<Allow>,
    /// Part of it could not be read and was left out.
    pub incomplete: bool,
    /// The line `flag KEY …`.
    pub span: Span,
}

/// `variation NAME VALUE` or `retired NAME`.
#[derive(Debug)]
pub struct Variation {
    /// Its name.
    pub name: Name,
    /// Its value; none when retired, or when it was unreadable (see `retired`).
    pub value: Option<VariationValue>,
    /// `retired NAME`.
    pub retired: bool,
    /// The line.
    pub span: Span,
}

/// A variation's value as written.
#[derive(Debug, Clone)]
pub enum VariationValue {
    /// An argument.
    Scalar(Value),
    /// `file="x.json"`: the file's name and, when it could be read, its text.
    File {
        /// As written, relative to the flag's file.
        path: Name,
        /// The text.
        text: Option<String>,
    },
    /// Child nodes, JSON-in-KDL, already turned into JSON.
    Json {
        /// The JSON.
        value: serde_json::Value,
        /// The JSON as text without white space, in the author's order and spelling of numbers.
        text: String,
        /// The block.
        span: Span,
    },
}

/// `gate NAME …` or `experiment NAME …` in a flag: a definition.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the property or the statements of that name")]
pub struct Step {
    pub name: Name,
    pub kind: StepKind,
    pub log: Option<Spanned<bool>>,
    pub audience: Audience,
    pub layer: Option<LayerUse>,
    pub holdouts: Vec<HoldoutUse>,
    pub extra_logging: Vec<(Name, Name)>,
    pub salt: Option<Name>,
    pub traffic_salt: Option<Name>,
    pub split_salt: Option<Name>,
    pub window: Window,
    pub description: Option<Name>,
    /// The line.
    pub span: Span,
}

/// Gate or experiment.
#[derive(Debug)]
pub enum StepKind {
    /// Serves one variation.
    Gate {
        /// The variation's name.
        serve: Option<Name>,
    },
    /// Splits by hash.
    Experiment {
        /// The split.
        split: Option<Split>,
    },
}

/// `split …`.
#[derive(Debug)]
pub struct Split {
    /// Weights or explicit ranges.
    pub kind: SplitKind,
    /// The statement.
    pub span: Span,
}

/// Weights or explicit ranges.
#[derive(Debug)]
pub enum SplitKind {
    /// `split a=1 b=2`: as written; order has no meaning.
    Weights(Vec<(Name, Spanned<u64>)>),
    /// `split { a from="0%" to="40%" }`, in order.
    Ranges(Vec<ArmRange>),
}

/// `a from="0%" to="40%"`.
#[derive(Debug)]
pub struct ArmRange {
    /// The variation's name.
    pub variation: Name,
    /// Its lower end.
    pub from: Option<Spanned<Percent>>,
    /// Its upper end.
    pub to: Option<Spanned<Percent>>,
    /// The line.
    pub span: Span,
}

/// `layer L slot=S` on a step.
#[derive(Debug)]
pub struct LayerUse {
    /// The layer's name.
    pub layer: Name,
    /// The slot's name.
    pub slot: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `holdout H serve=V` on a step.
#[derive(Debug)]
pub struct HoldoutUse {
    /// The holdout's name.
    pub holdout: Name,
    /// The variation's name.
    pub serve: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `env E enabled=… { … }` in a flag.
#[derive(Debug)]
pub struct FlagEnvironment {
    /// The environment's name.
    pub name: Name,
    /// `enabled=`; mandatory.
    pub enabled: Option<Spanned<bool>>,
    /// The waterfall.
    pub placements: Vec<Placement>,
    /// `otherwise V`.
    pub otherwise: Option<Otherwise>,
    /// `allow` lines.
    pub allows: Vec<Allow>,
    /// The line.
    pub span: Span,
}

/// A step placed in a waterfall.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the property or the statement of that name")]
pub struct Placement {
    pub step: Name,
    /// `gate` (false) or `experiment` (true).
    pub experiment: Spanned<bool>,
    /// The share argument; none is 100 %.
    pub exposure: Option<Spanned<Percent>>,
    /// `ramp { at T "5%" … }`.
    pub ramp: Option<Ramp>,
    /// `enabled=#false` skips it.
    pub enabled: Option<Spanned<bool>>,
    pub window: Window,
    /// `exposure-miss=stop`.
    pub exposure_miss: Option<Spanned<ExposureMiss>>,
    /// `override="REASON"`.
    pub override_reason: Option<Name>,
    pub until: Option<Spanned<Date>>,
    pub closed: Option<Closed>,
    /// `key=`: a foreign allocation key.
    pub key: Option<Name>,
    /// The line.
    pub span: Span,
}

/// What happens to those the exposure leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExposureMiss {
    /// They go on down the waterfall.
    Continue,
    /// They get the caller's default.
    Stop,
}

/// `ramp { at T "5%"; … }`.
#[derive(Debug)]
pub struct Ramp {
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The statement.
    pub span: Span,
}

/// `at T "5%"`.
#[derive(Debug)]
pub struct Phase {
    /// Its first instant.
    pub at: Spanned<Timestamp>,
    /// The exposure from then on.
    pub share: Spanned<Percent>,
}

/// `closed by=ATTR at=T`.
#[derive(Debug)]
pub struct Closed {
    /// The attribute's name.
    pub by: Option<Name>,
    /// The instant.
    pub at: Option<Spanned<Timestamp>>,
    /// The statement.
    pub span: Span,
}

/// `otherwise V`.
#[derive(Debug)]
pub struct Otherwise {
    /// The variation's name.
    pub variation: Name,
    /// `key=`: a foreign allocation key.
    pub key: Option<Name>,
    /// The line.
    pub span: Span,
}

/// `allow RULE reason= until=` in a flag or one of its environments.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The rule's id or name.
    pub rule: Name,
    /// Why.
    pub reason: Option<Name>,
    /// The last day it holds (UTC).
    pub until: Option<Spanned<Date>>,
    /// The line.
    pub span: Span,
}

/// `tests FLAG { case … }`.
#[derive(Debug)]
pub struct TestGroup {
    /// The flag's key.
    pub flag: Name,
    /// The cases.
    pub cases: Vec<TestCase>,
    /// The line.
    pub span: Span,
}

/// `case "NAME" env=E at=T { … }`.
#[derive(Debug)]
pub struct TestCase {
    /// Its name.
    pub name: Name,
    /// The environment; none means every one.
    pub environment: Option<Name>,
    /// The instant.
    pub at: Option<Spanned<Timestamp>>,
    /// Who is tested.
    pub who: Option<TestSubject>,
    /// What is expected, in order; at least one.
    pub expectations: Vec<Expectation>,
    /// The line.
    pub span: Span,
}

/// Who a case is about.
#[derive(Debug)]
pub enum TestSubject {
    /// `subject KEY name=value…`.
    Subject {
        /// The subject key.
        key: Name,
        /// Attributes by name.
        attributes: Vec<(Name, Value)>,
        /// The line.
        span: Span,
    },
    /// `given name=value… others=any { CONDITION… }`: everyone with these attributes.
    Given {
        /// Attributes by value.
        attributes: Vec<(Name, Value)>,
        /// `others=any`: where it was written.
        others_any: Option<Span>,
        /// Attributes by condition.
        conditions: Vec<Condition>,
        /// The line.
        span: Span,
    },
}

/// What a case expects.
#[derive(Debug)]
pub enum Expectation {
    /// `expect V via=STEP`; `via=otherwise` is the last line.
    Variation {
        /// The variation's name.
        variation: Name,
        /// The step's name.
        via: Option<Name>,
        /// The line.
        span: Span,
    },
    /// `expect-default`.
    Default {
        /// The line.
        span: Span,
    },
    /// `share V "2.5%"`.
    Share {
        /// The variation's name.
        variation: Name,
        /// `via=STEP`: only through that step.
        via: Option<Name>,
        /// The exact share.
        share: Spanned<Percent>,
        /// The line.
        span: Span,
    },
    /// `share-default "95%"`.
    ShareDefault {
        /// The exact share.
        share: Spanned<Percent>,
        /// The line.
        span: Span,
    },
    /// `never V`.
    Never {
        /// The variation's name.
        variation: Name,
        /// The line.
        span: Span,
    },
}
