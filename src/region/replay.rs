//! Witnesses are evaluated before they are shown.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::course::Way;
use super::diagram::NOWHERE;
use super::{End, Undecided};
use crate::evaluate::{AllocationCode, Assignment, Evaluator, Subject};
use crate::ufc;

/// One flag, to be evaluated.
#[derive(Debug)]
pub(super) struct Replay {
    config: ufc::Config,
}

/// A flag made ready for many evaluations: reading its patterns takes longer than any of them.
#[derive(Debug)]
pub(super) struct Ready<'r> {
    evaluator: Evaluator<'r>,
}

const FLAG: &str = "flag";

impl Replay {
    pub(super) fn new(flag: &ufc::Flag) -> Self {
        let flags = BTreeMap::from([(FLAG.to_owned(), Ok(flag.clone()))]);
        let (created_at, environment) = (String::new(), String::new());
        Self { config: ufc::Config { created_at, format: ufc::Format::Server, environment, flags } }
    }

    /// The same, with every allocation as a flag of its own beside it.
    pub(super) fn with_each_alone(flag: &ufc::Flag) -> Self {
        let mut replay = Self::new(flag);
        for (number, allocation) in flag.allocations.iter().enumerate() {
            let alone = ufc::Flag {
                key: flag.key.clone(),
                variations: flag.variations.clone(),
                allocations: vec![allocation.clone()],
                ..*flag
            };
            replay.config.flags.insert(number.to_string(), Ok(alone));
        }
        replay
    }

    pub(super) fn ready(&self) -> Ready<'_> {
        Ready { evaluator: Evaluator::new(&self.config) }
    }

    /// What can be seen of the outcome: value, variation and event.
    pub(super) fn label(&self, subject: &Subject, at: Timestamp) -> Seen {
        let Assignment { value, variation, event, .. } = self.ready().evaluator.assign(FLAG, subject, None, at);
        (value, variation, event.map(|event| (event.allocation, event.extra)))
    }

    /// How the subject ends.
    pub(super) fn end(&self, subject: &Subject, at: Timestamp) -> End {
        let Some(Ok(flag)) = self.config.flags.get(FLAG) else { return End::DEFAULT };
        let way = self.way(subject, at).map(|(allocation, split)| Way { allocation, split, hit: NOWHERE });
        End::of(flag, way.as_ref())
    }

    /// The allocation that assigns, and its split.
    pub(super) fn way(&self, subject: &Subject, at: Timestamp) -> Option<(usize, usize)> {
        self.ready().way(subject, at)
    }
}

impl Ready<'_> {
    /// The allocation that assigns, and its split.
    pub(super) fn way(&self, subject: &Subject, at: Timestamp) -> Option<(usize, usize)> {
        let (_, trace) = self.evaluator.explain(FLAG, subject, None, at);
        let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match)?;
        Some((matched.index, matched.splits.iter().position(|split| split.matched)?))
    }

    /// Whether an allocation's rules match the subject. Only of [`Replay::with_each_alone`].
    pub(super) fn targets(&self, allocation: usize, subject: &Subject, at: Timestamp) -> bool {
        let (_, trace) = self.evaluator.explain(&allocation.to_string(), subject, None, at);
        let code = trace.allocations.first().map(|allocation| allocation.code);
        matches!(code, Some(AllocationCode::Match | AllocationCode::TrafficExposureMiss))
    }
}

/// Value, variation, and the event's allocation with its extra logging.
pub(super) type Seen = (Option<serde_json::Value>, Option<String>, Option<(String, BTreeMap<String, String>)>);

impl Undecided {
    /// A claim that evaluation contradicts: nobody may hear of it as if it were true.
    pub(super) fn unreplayed() -> Self {
        Self { reason: "a witness did not replay: this is a mistake of flagfall's own, please report it".to_owned() }
    }
}
