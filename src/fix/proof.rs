//! What flags serve before and after, and whether anybody can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::lower::{Lowered, lines, lower};
use crate::model::Workspace;
use crate::model::predicate::Predicates;
use crate::region::{self, Declared, Limits, Side, Undecided};

/// Flag and environment.
pub(super) type At = (String, String);

/// Every flag in every environment where it is enabled; none where its targeting needs too many rules.
#[derive(Debug, Default)]
pub(super) struct Served {
    flags: BTreeMap<At, Option<Lowered>>,
    declared: BTreeMap<String, Declared>,
}

/// What an applied group does to a flag in an environment.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The flag's key.
    pub flag: String,
    /// The environment's name.
    pub environment: String,
    /// Everything that differs.
    pub changes: Vec<Changed>,
}

/// Subjects who get something else.
#[derive(Debug, Clone)]
pub struct Changed {
    /// How many of whom, and one of them.
    pub change: region::Change,
    /// The key of the allocation they were in.
    pub from: Option<String>,
    /// The key of the allocation they are in.
    pub to: Option<String>,
}

/// Why edits were not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// They would change what subjects get.
    Changes,
    /// Whether they change what subjects get, or how, could not be decided.
    Undecided(String),
    /// The flag could not be read, so it has no assignments that a proof could compare. This finding is why.
    Unread,
    /// Something else that concerns the flag could not be read.
    Beside,
    /// They would cause this error.
    Breaks(String),
    /// The finding would still be there, or comes back.
    Stays,
    /// They overlap, or are in files that are not written by flagfall.
    Unusable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changes => f.write_str("would change what subjects get"),
            Self::Undecided(reason) => write!(f, "might change what subjects get: undecided, {reason}"),
            Self::Unread => f.write_str("what cannot be read has no assignments that could be compared"),
            Self::Beside => f.write_str("nothing can be proved until the errors of families FF0 and FF1 are corrected"),
            Self::Breaks(message) => write!(f, "would cause an error: {message}"),
            Self::Stays => f.write_str("the finding would not go away"),
            Self::Unusable => f.write_str("its edits do not fit the texts"),
        }
    }
}

impl Served {
    pub(super) fn by(workspace: &Workspace) -> Self {
        let mut predicates = Predicates::new();
        let mut flags = BTreeMap::new();
        for flag in &workspace.flags {
            for here in flag.environments.iter().filter(|here| here.enabled) {
                let key = (flag.key.value.clone(), here.environment.name.value.clone());
                flags.insert(key, lower(flag, here, &mut predicates));
            }
        }
        Self { flags, declared: crate::lower::declared(&workspace.attributes) }
    }

    /// Flags and environments whose lowered form differs, by flag.
    pub(super) fn differing(&self, after: &Self) -> Vec<At> {
        let keys: BTreeSet<&At> = self.flags.keys().chain(after.flags.keys()).collect();
        let same = |key: &&At| match (self.flags.get(*key), after.flags.get(*key)) {
            (Some(Some(before)), Some(Some(after))) => before.flag == after.flag,
            (None, None) => true,
            _ => false,
        };
        keys.into_iter().filter(|key| !same(key)).cloned().collect()
    }

    /// Why it is not proved that nobody can tell; none where it is.
    pub(super) fn difference(&self, after: &Self, of: &At, limits: Limits) -> Option<Refusal> {
        let compared =
            self.sides(after, of).and_then(|(before, after)| region::compare(before.as_ref(), after.as_ref(), limits));
        match compared {
            Ok(None) => None,
            Ok(Some(_)) => Some(Refusal::Changes),
            Err(Undecided { reason }) => Some(Refusal::Undecided(reason)),
        }
    }

    /// Everything that differs.
    ///
    /// # Errors
    /// When it could not be decided.
    pub(super) fn effect(&self, after: &Self, of: &At, limits: Limits) -> Result<Option<Effect>, Undecided> {
        let (before, after) = self.sides(after, of)?;
        let changes = region::changes(before.as_ref(), after.as_ref(), limits)?;
        let (flag, environment) = of.clone();
        let changes: Vec<Changed> = changes
            .into_iter()
            .map(|change| Changed {
                from: allocation(before.as_ref(), &change.from),
                to: allocation(after.as_ref(), &change.to),
                change,
            })
            .collect();
        Ok((!changes.is_empty()).then_some(Effect { flag, environment, changes }))
    }

    fn sides<'a>(&'a self, after: &'a Self, of: &At) -> Result<Sides<'a>, Undecided> {
        Ok((self.side(of)?, after.side(of)?))
    }

    fn side(&self, of: &At) -> Result<Option<Side<'_>>, Undecided> {
        match self.flags.get(of) {
            None => Ok(None),
            Some(Some(lowered)) => {
                Ok(Some(Side { flag: &lowered.flag, steps: lines(&lowered.origins), declared: &self.declared }))
            }
            Some(None) => Err(Undecided { reason: format!("the targeting of `{}` needs too many rules", of.0) }),
        }
    }
}

type Sides<'a> = (Option<Side<'a>>, Option<Side<'a>>);

fn allocation(side: Option<&Side<'_>>, end: &region::End) -> Option<String> {
    Some(side?.flag.allocations.get(end.allocation?)?.key.clone())
}
