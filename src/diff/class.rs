//! How much a change matters to subjects.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// How much a change matters, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// No subject changes variation or logging: proved.
    Same,
    /// Values stay; variations' names, allocation keys or logging change.
    Relabel,
    /// Subjects without an arm get one; nobody leaves one.
    Sticky,
    /// Subjects lose their arm and get the default.
    Release,
    /// Subjects of one arm get another value.
    Reassign,
    /// The flag has another type.
    Retype,
    /// The flag is served no more: it is not there.
    Remove,
    /// It could not be decided within the budget.
    Undecided,
}

impl Class {
    /// As in the document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Relabel => "relabel",
            Self::Sticky => "sticky",
            Self::Release => "release",
            Self::Reassign => "reassign",
            Self::Retype => "retype",
            Self::Remove => "remove",
            Self::Undecided => "undecided",
        }
    }
}

/// What a change is for those whom it happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Nothing; kept for readers of the document, no region has it.
    Unchanged,
    /// Same value; another variation's name, allocation key or logging.
    Relabelled,
    /// From the default into an arm.
    New,
    /// Out of an arm to the default.
    Released,
    /// From one value to another.
    Reassigned,
}

impl Kind {
    /// As in the document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Relabelled => "relabelled",
            Self::New => "new",
            Self::Released => "released",
            Self::Reassigned => "reassigned",
        }
    }

    /// The class of a change that holds nothing worse.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Self::Unchanged => Class::Same,
            Self::Relabelled => Class::Relabel,
            Self::New => Class::Sticky,
            Self::Released => Class::Release,
            Self::Reassigned => Class::Reassign,
        }
    }
}

/// What a subject gets, as far as it decides how much a change matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Standing<'a> {
    /// The caller's default, whose value is known where the flag names it.
    Caller(Option<&'a Value>),
    /// An `otherwise` that logs nothing.
    Otherwise(&'a Value),
    /// Any other step's variation.
    Arm(&'a Value),
}

impl<'a> Standing<'a> {
    fn value(self) -> Option<&'a Value> {
        match self {
            Self::Caller(value) => value,
            Self::Otherwise(value) | Self::Arm(value) => Some(value),
        }
    }
}

/// What it is for a subject to go from one to the other.
pub(super) fn kind(from: Standing<'_>, to: Standing<'_>) -> Kind {
    if from.value().is_some() && from.value() == to.value() {
        return Kind::Relabelled;
    }
    match (from, to) {
        (Standing::Arm(_), Standing::Arm(_)) | (Standing::Otherwise(_), Standing::Otherwise(_)) => Kind::Reassigned,
        // Two defaults of callers that the flag names differently: nothing that is served changes.
        (Standing::Caller(_), Standing::Caller(_)) => Kind::Unchanged,
        (Standing::Caller(_), Standing::Otherwise(_) | Standing::Arm(_))
        | (Standing::Otherwise(_), Standing::Arm(_)) => Kind::New,
        (Standing::Arm(_), Standing::Caller(_) | Standing::Otherwise(_))
        | (Standing::Otherwise(_), Standing::Caller(_)) => Kind::Released,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Standing::{Arm, Caller, Otherwise};
    use super::{Class, Kind, kind};

    #[test]
    fn an_unlogged_otherwise_counts_as_a_default_against_an_arm() {
        let (on, off) = (json!(true), json!(false));
        for (from, to, expected) in [
            (Caller(None), Arm(&on), Kind::New),
            (Otherwise(&off), Arm(&on), Kind::New),
            (Arm(&on), Caller(None), Kind::Released),
            (Arm(&on), Otherwise(&off), Kind::Released),
            (Arm(&on), Arm(&off), Kind::Reassigned),
            (Otherwise(&on), Otherwise(&off), Kind::Reassigned),
            (Caller(None), Otherwise(&off), Kind::New),
            (Otherwise(&off), Caller(None), Kind::Released),
        ] {
            assert_eq!(kind(from, to), expected, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn the_same_value_is_relabelled_also_where_the_flag_names_the_callers_default() {
        let (on, off) = (json!(true), json!(false));
        assert_eq!(kind(Arm(&on), Arm(&on)), Kind::Relabelled);
        assert_eq!(kind(Otherwise(&on), Arm(&on)), Kind::Relabelled);
        assert_eq!(kind(Caller(Some(&off)), Arm(&off)), Kind::Relabelled);
        assert_eq!(kind(Otherwise(&off), Caller(Some(&off))), Kind::Relabelled);
        assert_eq!(kind(Caller(Some(&on)), Arm(&off)), Kind::New);
        assert_eq!(kind(Caller(None), Arm(&off)), Kind::New);
    }

    #[test]
    fn classes_are_ordered_by_what_they_do_to_subjects() {
        use Class::{Reassign, Relabel, Release, Remove, Retype, Same, Sticky, Undecided};
        let ordered = [Same, Relabel, Sticky, Release, Reassign, Retype, Remove, Undecided];
        assert!(ordered.is_sorted());
        let kinds = [Kind::Unchanged, Kind::Relabelled, Kind::New, Kind::Released, Kind::Reassigned];
        assert!(kinds.is_sorted_by_key(|kind| kind.class()));
    }
}
