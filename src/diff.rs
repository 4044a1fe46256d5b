//! What a change does to people: two sides in, and for every flag and environment what was edited, who gets what else, and
//! what will change by itself.
//!
//! What is said of subjects is what [`region::moves`] proved; a flag of which that could not be decided says so. Two
//! waterfalls that are equal, word for word on the wire, are not reasoned about.

mod class;
mod edits;
mod upcoming;
mod waterfall;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

pub use class::{Class, Kind};
pub use edits::{Edit, Place};
pub use upcoming::Upcoming;
pub use waterfall::{Line, Mark};

use crate::audience;
use crate::lower::{self, Origin};
use crate::model::{Flag, FlagEnvironment, Workspace};
use crate::region::{self, Declared, End, Limits, Portion, Side};
use crate::source::SourceSet;
use crate::ufc;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What the workspace says, with its texts; none of a configuration file.
    pub written: Option<(&'a Workspace, &'a SourceSet)>,
    /// By flag and environment what evaluators read, with where it comes from.
    pub served: &'a BTreeMap<(String, String), Served<'a>>,
    /// What is declared of attributes.
    pub declared: &'a BTreeMap<String, Declared>,
}

/// A flag as evaluators find it in an environment.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// As evaluators read it.
    pub flag: &'a ufc::Flag,
    /// One origin an allocation; none where no workspace names them.
    pub origins: Option<&'a [Origin]>,
}

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The environments, in order.
    pub environments: Vec<&'a str>,
    /// Only these flags; none is all.
    pub flags: Option<&'a BTreeSet<String>>,
    /// What subjects get from this instant on.
    pub now: Timestamp,
    /// How many days ahead to look for what changes by itself.
    pub days: i64,
    /// What each question may cost.
    pub limits: Limits,
}

/// What a change does.
#[derive(Debug)]
pub struct Plan {
    /// By flag, then by environment.
    pub changes: Vec<Change>,
    /// By instant.
    pub upcoming: Vec<Upcoming>,
}

/// Whether evaluators find a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is no such flag.
    Absent,
    /// It does not mention the environment.
    Unmentioned,
    /// It is disabled.
    Disabled,
    /// They do.
    Served,
}

/// A flag in an environment, before and after.
#[derive(Debug)]
pub struct Change {
    /// The flag's key.
    pub flag: String,
    /// The environment's name.
    pub environment: String,
    /// The worst that happens to anybody.
    pub class: Class,
    /// Whether it was found, and is.
    pub states: [State; 2],
    /// Its type, before and after, where that differs.
    pub retyped: Option<[ufc::VariationType; 2]>,
    /// What was edited, in the author's words.
    pub edits: Vec<Edit>,
    /// The waterfall, in the order it has now; what was removed stands where it was.
    pub waterfall: Vec<Line>,
    /// Who gets what else; none where nobody does.
    pub regions: Vec<Region>,
    /// Why it could not be decided who does.
    pub undecided: Option<String>,
}

/// Subjects who get something else.
#[derive(Debug)]
pub struct Region {
    /// Who, in the author's words.
    pub audience: String,
    /// What happens to them.
    pub kind: Kind,
    /// How many of them.
    pub portion: Portion,
    /// What they got; none is the caller's default.
    pub from: Option<Seen>,
    /// What they get; none is the caller's default.
    pub to: Option<Seen>,
    /// The first instant; none is now.
    pub since: Option<Timestamp>,
    /// The last instant; none is for ever.
    pub until: Option<Timestamp>,
    /// Somebody whom it happens to.
    pub witness: Option<region::Witness>,
}

/// What somebody gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The step's name; the allocation key where no workspace names it.
    pub step: String,
    /// The variation's key.
    pub variation: String,
    /// Its value. A JSON flag's value is JSON, not text.
    pub value: serde_json::Value,
    /// Whether an event is logged.
    pub logged: bool,
    /// Whether it is the last line's.
    pub otherwise: bool,
}

/// Compares two sides.
#[must_use]
pub fn plan(base: View<'_>, head: View<'_>, scope: &Scope<'_>) -> Plan {
    let keys: BTreeSet<&str> = base.keys().chain(head.keys()).collect();
    let wanted = |key: &&str| scope.flags.is_none_or(|flags| flags.contains(*key));
    let keys: Vec<&str> = keys.into_iter().filter(wanted).collect();
    let (before, after) = (base.flags(), head.flags());
    let looked = keys.par_iter().map(|key| {
        let pair = Pair {
            key,
            sides: [base, head],
            flags: [before.get(key).copied(), after.get(key).copied()],
            edited: edits::of(key, [(base, before.get(key).copied()), (head, after.get(key).copied())]),
        };
        let changes = scope.environments.iter().filter_map(|environment| pair.change(environment, scope));
        changes.collect::<Vec<_>>()
    });
    let looked: Vec<Vec<Change>> = looked.collect();
    let changes: Vec<Change> = looked.into_iter().flatten().collect();
    let upcoming = upcoming::of(head, &keys, scope);
    Plan { changes, upcoming }
}

impl<'a> View<'a> {
    fn keys(self) -> impl Iterator<Item = &'a str> {
        let written = self.written.into_iter().flat_map(|(workspace, _)| &workspace.flags);
        let written = written.map(|flag| flag.key.value.as_str());
        written.chain(self.served.keys().map(|(key, _)| key.as_str()))
    }

    fn flags(self) -> BTreeMap<&'a str, &'a Flag> {
        let written = self.written.into_iter().flat_map(|(workspace, _)| &workspace.flags);
        written.map(|flag| (flag.key.value.as_str(), flag.as_ref())).collect()
    }

    fn served(self, key: &str, environment: &str) -> Option<Served<'a>> {
        self.served.get(&(key.to_owned(), environment.to_owned())).copied()
    }
}

impl<'a> Served<'a> {
    /// To reason about. Without origins every allocation is a step.
    #[must_use]
    pub fn side(self, declared: &'a BTreeMap<String, Declared>) -> Side<'a> {
        let steps = self.origins.map_or_else(|| (0..self.flag.allocations.len()).collect(), lower::lines);
        Side { flag: self.flag, steps, declared }
    }

    /// What its steps are called, by number.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let mut names = Vec::new();
        let lines = self.origins.map_or_else(|| (0..self.flag.allocations.len()).collect(), lower::lines);
        for (index, line) in lines.into_iter().enumerate() {
            if line == names.len() {
                names.push(self.step(index).to_owned());
            }
        }
        names
    }

    /// The name of the step of an allocation.
    fn step(self, allocation: usize) -> &'a str {
        let origin = self.origins.and_then(|origins| origins.get(allocation));
        let key = self.flag.allocations.get(allocation).map_or("", |allocation| allocation.key.as_str());
        origin.map_or(key, |origin| origin.step.as_str())
    }

    /// What somebody gets at an end; none is the caller's default.
    #[must_use]
    pub fn seen(self, end: &End) -> Option<Seen> {
        let allocation = end.allocation?;
        let origin = self.origins.and_then(|origins| origins.get(allocation));
        let value = end.value.clone()?;
        let value = match (self.flag.variation_type, value.as_str()) {
            (ufc::VariationType::Json, Some(text)) => serde_json::from_str(text).unwrap_or(value),
            _ => value,
        };
        Some(Seen {
            step: self.step(allocation).to_owned(),
            variation: end.variation.clone()?,
            value,
            logged: end.logged,
            otherwise: origin.is_some_and(|origin| origin.kind == lower::OriginKind::Otherwise),
        })
    }
}

/// A flag on both sides.
struct Pair<'a> {
    key: &'a str,
    sides: [View<'a>; 2],
    flags: [Option<&'a Flag>; 2],
    edited: edits::Edited,
}

impl Pair<'_> {
    /// None where nothing differs.
    fn change(&self, environment: &str, scope: &Scope<'_>) -> Option<Change> {
        let served = self.sides.map(|side| side.served(self.key, environment));
        let states = [0, 1].map(|side| self.state(side, environment, served.get(side).copied().flatten()));
        let edits = self.edited.in_environment(environment);
        let kinds = [0, 1].map(|side| self.kind(side, served.get(side).copied().flatten()));
        let retyped = match kinds {
            [Some(before), Some(after)] if before != after => Some([before, after]),
            _ => None,
        };
        let same = match served {
            [Some(before), Some(after)] => before.flag == after.flag,
            [None, None] => true,
            _ => false,
        };
        if same && edits.is_empty() && states[0] == states[1] && retyped.is_none() {
            return None;
        }
        let (regions, undecided) = if same { (Vec::new(), None) } else { self.regions(served, scope) };
        let is_removed = states[0] == State::Served && matches!(states[1], State::Absent | State::Unmentioned);
        let class = if is_removed {
            Class::Remove
        } else if retyped.is_some() && states[0] == State::Served {
            Class::Retype
        } else {
            regions.iter().map(|region| region.kind.class()).max().unwrap_or(Class::Same)
        };
        Some(Change {
            flag: self.key.to_owned(),
            environment: environment.to_owned(),
            class,
            states,
            retyped,
            waterfall: waterfall::of(self.flags, self.sides, environment),
            edits,
            regions,
            undecided,
        })
    }

    fn here(&self, side: usize, environment: &str) -> Option<&FlagEnvironment> {
        let flag = self.flags.get(side).copied().flatten()?;
        flag.environments.iter().find(|here| here.environment.name.value == environment)
    }

    fn state(&self, side: usize, environment: &str, served: Option<Served<'_>>) -> State {
        match (served, self.flags.get(side).copied().flatten(), self.here(side, environment)) {
            (Some(_), ..) => State::Served,
            (None, None, _) => State::Absent,
            (None, Some(_), None) => State::Unmentioned,
            (None, Some(_), Some(_)) => State::Disabled,
        }
    }

    fn kind(&self, side: usize, served: Option<Served<'_>>) -> Option<ufc::VariationType> {
        let written = self.flags.get(side).copied().flatten().map(|flag| flag.kind);
        written.or_else(|| served.map(|served| served.flag.variation_type))
    }

    fn regions(&self, served: [Option<Served<'_>>; 2], scope: &Scope<'_>) -> (Vec<Region>, Option<String>) {
        let [before, after] = [0, 1].map(|side| {
            let declared = self.sides.get(side).map(|view| view.declared)?;
            Some(served.get(side).copied().flatten()?.side(declared))
        });
        let moves = match region::moves(before.as_ref(), after.as_ref(), scope.now, scope.limits) {
            Ok(moves) => moves,
            Err(undecided) => return (Vec::new(), Some(undecided.reason)),
        };
        let names = served.map(|served| served.map_or_else(Vec::new, Served::names));
        let code_default = self.code_default();
        let regions = moves.into_iter().map(|one| {
            let seen = |side: usize, end: &End| served.get(side).copied().flatten().and_then(|served| served.seen(end));
            let (from, to) = (seen(0, &one.from), seen(1, &one.to));
            Region {
                audience: audience::words(&one.audience, audience::Names { before: &names[0], after: &names[1] }),
                kind: Kind::of(from.as_ref(), to.as_ref(), code_default.as_ref()),
                portion: one.portion,
                from,
                to,
                since: one.since,
                until: one.until,
                witness: one.witness,
            }
        });
        (regions.collect(), None)
    }

    /// What callers pass as default, where the head says so.
    fn code_default(&self) -> Option<serde_json::Value> {
        let flag = self.flags[1].or(self.flags[0])?;
        flag.code_default.as_ref().map(edits::json)
    }
}
