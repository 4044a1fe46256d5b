//! The document of `prove --json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::count::Fraction;
use crate::region::Undecided;
use crate::witness;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Answer {
    /// It is so.
    Proved,
    /// It is not so.
    Refuted,
    /// It would cost more than the budget, or cannot be decided at all.
    Undecided,
}

impl Answer {
    /// As in the document.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        }
    }
}

/// What keeps two steps apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) enum By {
    /// Shards: for ever, whatever becomes of attributes and time.
    Bucketing,
    /// Attributes: while they stay.
    Targeting,
    /// Windows of time: at any one time.
    Time,
    /// Attributes or windows of time: either would do alone.
    TargetingOrTime,
    /// Attributes and windows of time together: at any one time, while attributes stay.
    TargetingAndTime,
}

/// An exact answer to a question.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document {
    /// The name of this schema.
    pub(super) schema: &'static str,
    /// What was asked, as the arguments of `flagfall prove`.
    pub(super) question: String,
    /// The answer.
    pub(super) answer: Answer,
    /// The answer in a sentence, or why there is none.
    pub(super) sentence: String,
    /// What keeps two steps apart, where that is proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<By>,
    /// The share that the step takes of those asked about, at the instant of the witness; none where it is not the same for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<Fraction>,
    /// The smallest share of a region, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) least: Option<Fraction>,
    /// The largest share of a region, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) most: Option<Fraction>,
    /// How many of the single subject keys that the flag lists are taken, with some attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keys: Option<Keys>,
    /// The regions of attributes, where shares differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) regions: Vec<Region>,
    /// Why shares could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uncounted: Option<String>,
    /// Somebody for whom the answer can be seen; none where nobody was found within the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) witness: Option<witness::Document>,
    /// The same subject in the second step, or under the second side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) also: Option<witness::Document>,
    /// Flags that two sides serve differently, by environment and flag.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) differences: Vec<Difference>,
    /// Flags of which it could not be decided, by environment and flag.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) undecided: Vec<Open>,
}

/// Of the subject keys that a flag lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::cli) struct Keys {
    /// So many are taken …
    pub(super) taken: usize,
    /// … of so many that are among those asked about.
    pub(super) of: usize,
}

/// Subjects of whom the same share is taken.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub(in crate::cli) struct Region {
    /// Attributes that put a subject here.
    pub(super) attributes: Map<String, Value>,
    /// The only subject here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    /// The share taken.
    pub(super) share: Fraction,
}

/// A flag that does not do the same to everybody.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Difference {
    /// The flag's key.
    pub(super) flag: String,
    /// The environment's name.
    pub(super) environment: String,
    /// What the witness gets under the first side; null for the caller's default.
    pub(super) before: Option<End>,
    /// What the witness gets under the second; null for the caller's default.
    pub(super) after: Option<End>,
    /// Somebody who gets that; its command asks the first side, or the second where the first does not know the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) witness: Option<witness::Document>,
    /// The same; its command asks the second side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) also: Option<witness::Document>,
}

/// What becomes of a subject.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(in crate::cli) struct End {
    /// The step's name; the allocation key where no workspace names it.
    pub(super) step: String,
    /// The variation's key.
    pub(super) variation: String,
    /// Its value. A JSON flag's value is JSON, not text.
    pub(super) value: Value,
    /// Whether an event is logged.
    pub(super) logged: bool,
}

/// A flag of which it could not be decided.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Open {
    /// The flag's key.
    pub(super) flag: String,
    /// The environment's name.
    pub(super) environment: String,
    /// Why.
    pub(super) reason: String,
}

impl Document {
    /// An answer without anything else.
    pub(super) fn new(question: String, answer: Answer, sentence: String) -> Self {
        Self {
            schema: "flagfall.prove/1",
            question,
            answer,
            sentence,
            by: None,
            share: None,
            least: None,
            most: None,
            keys: None,
            regions: Vec::new(),
            uncounted: None,
            witness: None,
            also: None,
            differences: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// No answer.
    pub(super) fn undecided(question: String, why: &Undecided) -> Self {
        Self::new(question, Answer::Undecided, why.to_string())
    }
}
