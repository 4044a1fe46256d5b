//! Witnesses are evaluated before they are shown.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::course::Way;
use super::diagram::NOWHERE;
use super::{End, Undecided};
use crate::evaluate::{AllocationCode, Assignment, Evaluator, Subject};
use crate::ufc;

/// One flag, to be evaluated.
pub(super) struct Replay {
    config: ufc::Config,
}

const FLAG: &str = "flag";

impl Replay {
    pub(super) fn new(flag: &ufc::Flag) -> Self {
        let flags = BTreeMap::from([(FLAG.to_owned(), Ok(flag.clone()))]);
        let (created_at, environment) = (String::new(), String::new());
        Self { config: ufc::Config { created_at, format: ufc::Format::Server, environment, flags } }
    }

    /// What can be seen of the outcome: value, variation and event.
    pub(super) fn label(&self, subject: &Subject, at: Timestamp) -> Seen {
        let Assignment { value, variation, event, .. } = Evaluator::new(&self.config).assign(FLAG, subject, None, at);
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
        let (_, trace) = Evaluator::new(&self.config).explain(FLAG, subject, None, at);
        let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match)?;
        Some((matched.index, matched.splits.iter().position(|split| split.matched)?))
    }

    /// Whether an allocation's rules match the subject.
    pub(super) fn targets(&self, allocation: usize, subject: &Subject, at: Timestamp) -> bool {
        let Some(Ok(flag)) = self.config.flags.get(FLAG) else { return false };
        let Some(wire) = flag.allocations.get(allocation) else { return false };
        let alone = ufc::Flag { allocations: vec![wire.clone()], ..flag.clone() };
        let (_, trace) = Evaluator::new(&Self::new(&alone).config).explain(FLAG, subject, None, at);
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
