//! What happens to subjects, in order of how much it does to them.

use serde_json::Value;

use super::Seen;

/// What happens to the subjects of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// They keep their value, and are logged otherwise or not.
    Relabelled,
    /// They had the default, and get an arm.
    New,
    /// They had an arm, and get the default.
    Released,
    /// They get another value.
    Reassigned,
}

/// The worst that a change does to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing.
    Same,
    /// The same value, logged otherwise.
    Relabel,
    /// Whoever had something keeps it; others get something new.
    Sticky,
    /// Subjects go back to the default.
    Release,
    /// Subjects get another value.
    Reassign,
    /// The flag has another type: callers of the old one get their default.
    Retype,
    /// The flag is gone: all callers get their default.
    Remove,
}

impl Class {
    /// As in documents.
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
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Same => "nobody gets anything else",
            Self::Relabel => "everybody keeps their value; some are logged otherwise",
            Self::Sticky => "only adds: whoever had something keeps it",
            Self::Release => "releases subjects to the default",
            Self::Reassign => "reassigns subjects to another value",
            Self::Retype => "changes the type: callers get their default",
            Self::Remove => "removes a flag that was served",
        }
    }
}

impl Kind {
    /// What becomes of somebody. Against an arm, a last line that is not logged counts as the default. `code_default` is what
    /// callers are said to pass as default.
    #[must_use]
    pub fn of(from: Option<&Seen>, to: Option<&Seen>, code_default: Option<&Value>) -> Self {
        let value = |seen: Option<&Seen>| seen.map(|seen| seen.value.clone()).or_else(|| code_default.cloned());
        if let (Some(before), Some(after)) = (value(from), value(to))
            && before == after
        {
            return Self::Relabelled;
        }
        let is_arm = |seen: Option<&Seen>| seen.is_some_and(|seen| !seen.otherwise || seen.logged);
        match (from, to) {
            (from, to) if is_arm(from) && is_arm(to) => Self::Reassigned,
            (from, to) if is_arm(from) && !is_arm(to) => Self::Released,
            (from, to) if !is_arm(from) && is_arm(to) => Self::New,
            (None, Some(_)) => Self::New,
            (Some(_), None) => Self::Released,
            _ => Self::Reassigned,
        }
    }

    /// What a change is that does only this.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Self::Relabelled => Class::Relabel,
            Self::New => Class::Sticky,
            Self::Released => Class::Release,
            Self::Reassigned => Class::Reassign,
        }
    }

    /// As in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Relabelled => "relabelled",
            Self::New => "new",
            Self::Released => "released",
            Self::Reassigned => "reassigned",
        }
    }

    /// Whether those who had something keep it.
    #[must_use]
    pub fn is_sticky(self) -> bool {
        matches!(self, Self::Relabelled | Self::New)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(step: &str, value: i64, logged: bool) -> Seen {
        let otherwise = step == "otherwise";
        Seen { step: step.to_owned(), variation: value.to_string(), value: value.into(), logged, otherwise }
    }

    #[test]
    fn the_last_line_counts_as_the_default_against_an_arm() {
        let (arm, last) = (seen("trial", 1, true), seen("otherwise", 2, false));
        assert_eq!(Kind::of(Some(&last), Some(&arm), None), Kind::New);
        assert_eq!(Kind::of(Some(&arm), Some(&last), None), Kind::Released);
        assert_eq!(Kind::of(None, Some(&arm), None), Kind::New);
        assert_eq!(Kind::of(Some(&arm), None, None), Kind::Released);
    }

    #[test]
    fn one_default_for_another_reassigns() {
        assert_eq!(
            Kind::of(Some(&seen("otherwise", 1, false)), Some(&seen("otherwise", 2, false)), None),
            Kind::Reassigned
        );
        assert_eq!(Kind::of(None, Some(&seen("otherwise", 2, false)), None), Kind::New);
        assert_eq!(Kind::of(Some(&seen("a", 1, true)), Some(&seen("b", 2, false)), None), Kind::Reassigned);
    }

    #[test]
    fn the_same_value_is_a_relabelling_whoever_serves_it() {
        assert_eq!(Kind::of(Some(&seen("a", 1, true)), Some(&seen("b", 1, false)), None), Kind::Relabelled);
        assert_eq!(Kind::of(None, Some(&seen("a", 1, true)), Some(&1.into())), Kind::Relabelled);
        assert_eq!(Kind::of(None, Some(&seen("a", 1, true)), Some(&2.into())), Kind::New);
    }

    #[test]
    fn classes_are_ordered_by_what_they_do() {
        let all =
            [Class::Same, Class::Relabel, Class::Sticky, Class::Release, Class::Reassign, Class::Retype, Class::Remove];
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
