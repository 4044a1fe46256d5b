//! A small model of a workspace, written down independently of flagfall's.

use std::collections::BTreeMap;

/// The declared attributes: name and type.
pub const ATTRIBUTES: [(&str, Kind); 7] = [
    ("country", Kind::Text),
    ("email", Kind::Text),
    ("plan tier", Kind::Text),
    ("age", Kind::Number),
    ("first-seen", Kind::Number),
    ("beta", Kind::Bool),
    ("app-version", Kind::Version),
];

/// Versions from lowest to highest.
pub const VERSIONS: [&str; 7] = ["0.9.0", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0-beta", "2.0.0"];

/// Portable expressions and what they mean.
pub const PATTERNS: [(&str, fn(&str) -> bool); 5] = [
    ("^a", |text| text.starts_with('a')),
    ("b$", |text| text.ends_with('b')),
    ("a|\\.", |text| text.contains('a') || text.contains('.')),
    ("^[a-c]+$", |text| !text.is_empty() && text.chars().all(|c| ('a'..='c').contains(&c))),
    ("^.?$", |text| text.chars().count() <= 1),
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    Version,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    /// A position in [`VERSIONS`].
    Version(usize),
    /// Text that is no version, where one is declared.
    NoVersion,
}

#[derive(Debug, Clone)]
pub enum Test {
    Null(bool),
    Listed { negated: bool, values: Vec<Value> },
    Text { negated: bool, how: How, parts: Vec<&'static str> },
    Matches { negated: bool, patterns: Vec<usize> },
    Compare { order: Order, bound: Value },
}

#[derive(Debug, Clone, Copy)]
pub enum How {
    Starts,
    Ends,
    Contains,
}

#[derive(Debug, Clone, Copy)]
pub enum Order {
    Gt,
    Gte,
    Lt,
    Lte,
}

#[derive(Debug, Clone)]
pub enum Condition {
    /// An attribute by position, and what is asked of it.
    Attribute(usize, Test),
    /// `id` one of these, or none of them.
    Id(bool, Vec<String>),
    /// In a segment, or not.
    Segment(usize, bool),
}

/// Alternatives of conditions that all hold; none is everyone.
pub type Audience = Vec<Vec<Condition>>;

/// First and last instant in epoch milliseconds, both inclusive.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    pub start: Option<i64>,
    pub end: Option<i64>,
}

#[derive(Debug)]
pub struct World {
    pub segments: Vec<Audience>,
    /// Slots in hundredths of a percent.
    pub layers: Vec<Vec<(u32, u32)>>,
    pub holdouts: Vec<(u32, Window)>,
    pub flags: Vec<Flag>,
}

#[derive(Debug)]
pub struct Flag {
    pub kind: &'static str,
    pub total_shards: u32,
    /// Name, KDL value, JSON value; retired ones have no value.
    pub variations: Vec<(String, Option<(String, serde_json::Value)>)>,
    pub steps: Vec<Step>,
    pub environments: [Environment; 2],
}

#[derive(Debug)]
pub struct Step {
    pub does: Does,
    pub audience: Audience,
    /// Layer and slot.
    pub slot: Option<(usize, usize)>,
    /// Holdout and variation.
    pub holdouts: Vec<(usize, usize)>,
    pub log: bool,
    pub salt: Option<String>,
    pub extra: BTreeMap<String, String>,
    pub window: Window,
}

#[derive(Debug)]
pub enum Does {
    Serve(usize),
    /// Variation and weight.
    Weights(Vec<(usize, u32)>),
    /// Variation, from, to, in hundredths of a percent.
    Ranges(Vec<(usize, u32, u32)>),
}

#[derive(Debug)]
pub struct Environment {
    pub enabled: bool,
    pub placements: Vec<Placement>,
    /// Variation and allocation key.
    pub otherwise: Option<(usize, Option<String>)>,
}

#[derive(Debug)]
pub struct Placement {
    pub step: usize,
    pub enabled: bool,
    pub exposure: Exposure,
    pub window: Window,
    pub stop: bool,
    /// Attribute and epoch milliseconds.
    pub closed: Option<(usize, i64)>,
    pub key: Option<String>,
}

/// In hundredths of a percent.
#[derive(Debug)]
pub enum Exposure {
    Everyone,
    Share(u32),
    Ramp(Vec<(i64, u32)>),
}

pub const ENVIRONMENTS: [&str; 2] = ["test", "production"];

/// A subject: its key, and a value (`Some(None)` is an explicit null) for some attributes by position.
#[derive(Debug, Clone)]
pub struct Subject {
    pub key: String,
    pub attributes: BTreeMap<usize, Option<Value>>,
}
