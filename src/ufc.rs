//! The evaluator's wire format, Universal Flag Configuration, field for field; no behaviour.
//!
//! A leaf: everything that reads, evaluates, compares or imports configurations works on these types,
//! whether we compiled them or somebody else did. Source: `ufc.md` of the design, which was gathered from the public SDKs.

pub mod instant;
mod json;
pub mod obfuscate;
pub mod read;
pub mod schema;
pub mod write;

use std::collections::BTreeMap;

pub use instant::Instant;
pub use obfuscate::obfuscate;
pub use read::{ReadError, read};

/// Strict SemVer 2.0, as the reference reads it. A subject's version that does not match is in neither side of an inequality.
pub const VERSION: &str = "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\
(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\\.(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?\
(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$";

/// Which of the two encodings a document uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text, for servers.
    Server,
    /// Hashed and Base64-coded, for clients.
    Client,
}

/// One environment's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Publication time as written on the wire.
    pub created_at: String,
    /// Plain or obfuscated.
    pub format: Format,
    /// The environment's name.
    pub environment: String,
    /// Flags by map key, sorted. A flag that could not be read is kept by its reason, as the reference does.
    pub flags: BTreeMap<String, Result<Flag, String>>,
}

/// A flag as evaluators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// The inner key.
    pub key: String,
    /// Disabled flags give the caller's default.
    pub enabled: bool,
    /// The type of every variation's value.
    pub variation_type: VariationType,
    /// Variations in document order: map key and content. The reference resolves splits by the inner key.
    pub variations: Vec<(String, Variation)>,
    /// The waterfall.
    pub allocations: Vec<Allocation>,
    /// How many shards subjects are hashed into; 10 000 in practice.
    pub total_shards: u32,
}

/// The type of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum VariationType {
    Boolean,
    String,
    Integer,
    Numeric,
    Json,
}

impl VariationType {
    /// All types, in the order the documentation lists them.
    pub const ALL: [Self; 5] = [Self::Boolean, Self::String, Self::Integer, Self::Numeric, Self::Json];

    /// The wire spelling, `BOOLEAN`.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Numeric => "NUMERIC",
            Self::Json => "JSON",
        }
    }

    /// The author's spelling, `boolean`.
    #[must_use]
    pub fn author(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Numeric => "numeric",
            Self::Json => "json",
        }
    }

    /// Reads either spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.wire() == text || kind.author() == text)
    }
}

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    /// The inner key.
    pub key: String,
    /// The value as on the wire: a JSON value's text is a string; obfuscated values are Base64 strings.
    pub value: serde_json::Value,
}

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// The allocation key, part of the experiment key that SDKs log.
    pub key: String,
    /// Alternatives; empty means everyone.
    pub rules: Vec<Rule>,
    /// First instant, inclusive, as on the wire.
    pub start_at: Option<String>,
    /// Last instant, inclusive, as on the wire.
    pub end_at: Option<String>,
    /// Tried in order; the first whose shards all match wins.
    pub splits: Vec<Split>,
    /// Whether assignments are logged.
    pub do_log: bool,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The conditions; empty holds for everyone.
    pub conditions: Vec<Condition>,
}

/// A test of one attribute.
///
/// One that is not even of this shape has no attribute and no operator, its content is the value, and it never holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The attribute's name (or its hash).
    pub attribute: String,
    /// The operator's wire spelling (or its hash); unknown ones are kept and never hold.
    pub operator: String,
    /// The operand exactly as on the wire.
    pub value: serde_json::Value,
}

/// A variation and the shards that receive it.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The variation served.
    pub variation_key: String,
    /// All must match; none means always.
    pub shards: Vec<Shard>,
    /// Added to every event; sorted by key.
    pub extra_logging: BTreeMap<String, String>,
}

/// A salted set of shard ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// The salt.
    pub salt: String,
    /// Half-open ranges; any may contain the subject's shard.
    pub ranges: Vec<Range>,
}

/// A half-open range of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The first shard.
    pub start: u32,
    /// The shard after the last.
    pub end: u32,
}

/// The operators of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the wire's")]
pub enum Operator {
    Matches,
    NotMatches,
    OneOf,
    NotOneOf,
    IsNull,
    Gt,
    Gte,
    Lt,
    Lte,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 9] = [
        Self::Matches,
        Self::NotMatches,
        Self::OneOf,
        Self::NotOneOf,
        Self::IsNull,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
    ];

    /// The wire spelling, `NOT_ONE_OF`.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Matches => "MATCHES",
            Self::NotMatches => "NOT_MATCHES",
            Self::OneOf => "ONE_OF",
            Self::NotOneOf => "NOT_ONE_OF",
            Self::IsNull => "IS_NULL",
            Self::Gt => "GT",
            Self::Gte => "GTE",
            Self::Lt => "LT",
            Self::Lte => "LTE",
        }
    }

    /// Reads the wire spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.wire() == text)
    }
}
