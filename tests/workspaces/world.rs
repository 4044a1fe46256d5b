//! A small model of a workspace, written down independently of flagfall's.

use std::collections::BTreeMap;

/// The declared attributes: name and type.
pub(crate) const ATTRIBUTES: [(&str, Kind); 7] = [
    ("country", Kind::Text),
    ("email", Kind::Text),
    ("plan tier", Kind::Text),
    ("age", Kind::Number),
    ("first-seen", Kind::Number),
    ("beta", Kind::Bool),
    ("app-version", Kind::Version),
];

/// Versions from lowest to highest.
pub(crate) const VERSIONS: [&str; 7] = ["0.9.0", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0-beta", "2.0.0"];

/// Portable expressions and what they mean.
pub(crate) const PATTERNS: [Pattern; 5] = [
    ("^a", |text| text.starts_with('a')),
    ("b$", |text| text.ends_with('b')),
    ("a|\\.", |text| text.contains('a') || text.contains('.')),
    ("^[a-c]+$", |text| !text.is_empty() && text.chars().all(|c| ('a'..='c').contains(&c))),
    ("^.?$", |text| text.chars().count() <= 1),
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Text,
    Number,
    Bool,
    Version,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    /// A position in [`VERSIONS`].
    Version(usize),
    /// Text that is no version, where one is declared.
    NoVersion,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    Null(bool),
    Listed { negated: bool, values: Vec<Value> },
    Text { negated: bool, how: How, parts: Vec<&'static str> },
    Matches { negated: bool, patterns: Vec<usize> },
    Compare { order: Order, bound: Value },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Starts,
    Ends,
    Contains,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Gt,
    Gte,
    Lt,
    Lte,
}

#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// An attribute by position, and what is asked of it.
    Attribute(usize, Test),
    /// `id` one of these, or none of them.
    Id(bool, Vec<String>),
    /// In a segment, or not.
    Segment(usize, bool),
}

/// Alternatives of conditions that all hold; none is everyone.
pub(crate) type Audience = Vec<Vec<Condition>>;

/// First and last instant in epoch milliseconds, both inclusive.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) segments: Vec<Audience>,
    /// Slots in hundredths of a percent.
    pub(crate) layers: Vec<Vec<(u32, u32)>>,
    pub(crate) holdouts: Vec<(u32, Window)>,
    pub(crate) flags: Vec<Flag>,
}

/// Name, and KDL and JSON value; retired ones have no value.
pub(crate) type Variation = (String, Option<(String, serde_json::Value)>);

/// An expression and what it means.
pub(crate) type Pattern = (&'static str, fn(&str) -> bool);

#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) kind: &'static str,
    pub(crate) total_shards: u32,
    pub(crate) variations: Vec<Variation>,
    pub(crate) steps: Vec<Step>,
    pub(crate) environments: [Environment; 2],
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) does: Does,
    pub(crate) audience: Audience,
    /// Layer and slot.
    pub(crate) slot: Option<(usize, usize)>,
    /// Holdout and variation.
    pub(crate) holdouts: Vec<(usize, usize)>,
    pub(crate) log: bool,
    pub(crate) salt: Option<String>,
    pub(crate) extra: BTreeMap<String, String>,
    pub(crate) window: Window,
}

#[derive(Debug)]
pub(crate) enum Does {
    Serve(usize),
    /// Variation and weight.
    Weights(Vec<(usize, u32)>),
    /// Variation, from, to, in hundredths of a percent.
    Ranges(Vec<(usize, u32, u32)>),
}

#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) enabled: bool,
    pub(crate) placements: Vec<Placement>,
    /// Variation and allocation key.
    pub(crate) otherwise: Option<(usize, Option<String>)>,
}

#[derive(Debug)]
pub(crate) struct Placement {
    pub(crate) step: usize,
    pub(crate) enabled: bool,
    pub(crate) exposure: Exposure,
    pub(crate) window: Window,
    pub(crate) stop: bool,
    /// Attribute and epoch milliseconds.
    pub(crate) closed: Option<(usize, i64)>,
    pub(crate) key: Option<String>,
}

/// In hundredths of a percent.
#[derive(Debug)]
pub(crate) enum Exposure {
    Everyone,
    Share(u32),
    Ramp(Vec<(i64, u32)>),
}

pub(crate) const ENVIRONMENTS: [&str; 2] = ["test", "production"];

/// A subject: its key, and a value (`Some(None)` is an explicit null) for some attributes by position.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) key: String,
    pub(crate) attributes: BTreeMap<usize, Option<Value>>,
}
