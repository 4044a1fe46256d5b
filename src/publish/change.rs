//! What moves between what is published and what is to be, for the guard and for people.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::guard::rounded_up;
use super::origin::origins;
use crate::check::Checked;
use crate::compile::Compiled;
use crate::count::Fraction;
use crate::diff::{self, Kind, Plan, Question, Side};
use crate::region::{Declared, Limits, Portion};
use crate::ufc::Config;

/// What moves between what is live and what was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Flags that are served no more.
    pub removed_flags: Vec<String>,
    /// The largest share of any audience that is reassigned, but by `override` gates, as a percentage rounded up such as `12.51`; and the flag.
    pub max_reassigned: Option<(String, String)>,
    /// Summary line of the semantic diff.
    pub summary: String,
    /// `same`, `relabel`, `sticky`, `release`, `reassign`, `retype`, `remove`, `undecided`.
    pub class: String,
}

/// Allocations that override the waterfall on purpose: flag → keys of its allocations.
pub type Overrides = BTreeMap<String, BTreeSet<String>>;

/// The `override` gates of an environment.
#[must_use]
pub fn overrides(checked: &Checked, environment: &str) -> Overrides {
    let mut found = Overrides::new();
    for flag in &checked.workspace().flags {
        let here = flag.served_in(environment).into_iter();
        let placed = here.flat_map(|here| &here.placements).filter(|placed| placed.override_reason.is_some());
        for placement in placed.filter(|placement| placement.enabled) {
            found.entry(flag.key.value.clone()).or_default().insert(placement.key.clone());
        }
    }
    found
}

/// Two configurations of an environment, cut down to the flags that are not the same in both.
pub struct Comparison {
    before: [Compiled; 1],
    after: [Compiled; 1],
    touched: BTreeSet<String>,
    environments: Vec<String>,
    declared: BTreeMap<String, Declared>,
    now: Timestamp,
}

impl Comparison {
    /// What was published, and what is to be; changes count from `now` on.
    #[must_use]
    pub fn new(before: &Config, after: &Config, now: Timestamp) -> Self {
        let keys: BTreeSet<&String> = before.flags.keys().chain(after.flags.keys()).collect();
        let differs = |key: &&String| before.flags.get(*key) != after.flags.get(*key);
        let touched: BTreeSet<String> = keys.into_iter().filter(differs).cloned().collect();
        let cut = |config: &Config| {
            let flags = touched.iter().filter_map(|key| Some((key.clone(), config.flags.get(key)?.clone())));
            let config = Config {
                created_at: config.created_at.clone(),
                format: config.format,
                environment: config.environment.clone(),
                flags: flags.collect(),
            };
            [Compiled { origins: origins(&config), config }]
        };
        let environments = vec![after.environment.clone()];
        let (before, after) = (cut(before), cut(after));
        Self { before, after, touched, environments, declared: BTreeMap::new(), now }
    }

    /// The two sides, called so.
    #[must_use]
    pub fn sides<'a>(&'a self, names: [&'a str; 2], commits: [Option<&'a str>; 2]) -> [Side<'a>; 2] {
        let side =
            |name, commit, environments| Side { name, commit, environments, workspace: None, declared: &self.declared };
        let ([base, head], [before, after]) = (names, commits);
        [side(base, before, &self.before), side(head, after, &self.after)]
    }

    /// What is asked of them.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question {
            now: self.now,
            environments: &self.environments,
            flags: Some(&self.touched),
            days: 0,
            all_upcoming: false,
            limits: Limits::MANY,
        }
    }

    /// Everything that changes.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let [base, head] = self.sides(["published", "new"], [None, None]);
        diff::plan(&base, &head, self.question())
    }

    /// What of it the guard asks about. `overrides` are those of what is to be.
    #[must_use]
    pub fn change(&self, plan: &Plan, overrides: &Overrides) -> Change {
        Change {
            removed_flags: self.removed(),
            max_reassigned: most_reassigned(plan, overrides).map(|(share, flag)| (rounded_up(&share), flag)),
            summary: diff::summary(plan, &self.environments),
            class: plan.class.word().to_owned(),
        }
    }

    fn removed(&self) -> Vec<String> {
        let [before, after] = [&self.before, &self.after].map(|[compiled]| &compiled.config.flags);
        let serves = |flags: &BTreeMap<String, Result<crate::ufc::Flag, String>>, key: &str| {
            flags.get(key).is_some_and(|flag| flag.as_ref().is_ok_and(|flag| flag.enabled))
        };
        self.touched.iter().filter(|key| serves(before, key) && !serves(after, key)).cloned().collect()
    }
}

/// What moves between two configurations of an environment from `now` on. `overrides` are those of `after`.
#[must_use]
pub fn change(before: &Config, after: &Config, overrides: &Overrides, now: Timestamp) -> Change {
    let compared = Comparison::new(before, after, now);
    compared.change(&compared.plan(), overrides)
}

/// The largest share of an audience that gets another value, and the first flag where that is so. As the rule `reassigned-too-many`
/// counts: whoever had a variation and now has one with another value, unless they are released to an `otherwise`.
fn most_reassigned(plan: &Plan, overrides: &Overrides) -> Option<(Fraction, String)> {
    let mut most: Option<(Fraction, String)> = None;
    for change in &plan.changes {
        let meant = |key: &str| overrides.get(&change.flag).is_some_and(|keys| keys.contains(key));
        let reassigned = change.regions.iter().filter(|region| match region.kind {
            Kind::Reassigned => true,
            // Out of an `otherwise`.
            Kind::New => region.from.is_some(),
            Kind::Unchanged | Kind::Relabelled | Kind::Released => false,
        });
        let counted = reassigned.filter(|region| !region.to.as_ref().is_some_and(|to| meant(&to.allocation)));
        let shares = counted.map(|region| match region.portion() {
            Portion::Share(share) | Portion::OtherId(share) => share.clone(),
            // A single key is no share: it counts where nothing may move at all.
            Portion::Keys { .. } => Fraction::new(1, 1_000_000).unwrap_or(Fraction::ZERO),
            Portion::Uncounted(_) => Fraction::ONE,
        });
        // Nobody knows how many: that may be all.
        let unknown = change.undecided.as_ref().map(|_| Fraction::ONE);
        for share in shares.chain(unknown) {
            if most.as_ref().is_none_or(|(known, _)| share > *known) {
                most = Some((share, change.flag.clone()));
            }
        }
    }
    most
}
