//! What changes between two revisions, for people: exact shares, proved.
//!
//! Pure: two sides in, a [`Plan`] out, in the order of environments within flags by key.

mod audience;
mod class;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::compile::{Compiled, Origin};
use crate::lower::{self, OriginKind};
use crate::model::{Flag, Workspace};
use crate::region::{self, Declared, Limits, Move, Portion, Undecided};
use crate::source::SourceSet;
use crate::ufc::{self, VariationType};
pub use class::{Class, Kind};
use class::{Standing, kind};

/// One of the two revisions.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// As people wrote it.
    pub name: &'a str,
    /// The full id of its commit; none for a directory, the working tree or a file.
    pub commit: Option<&'a str>,
    /// Its environments.
    pub environments: &'a [Compiled],
    /// The workspace with its texts; none of a file.
    pub workspace: Option<(&'a Workspace, &'a SourceSet)>,
    /// What it declares.
    pub declared: &'a BTreeMap<String, Declared>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The instant from which on changes count.
    pub now: Timestamp,
    /// Only these environments, in this order.
    pub environments: &'a [String],
    /// Only these flags; none is all.
    pub flags: Option<&'a BTreeSet<String>>,
    /// How far ahead what changes by itself is listed.
    pub days: u32,
    /// Whether what changes by itself is listed for flags that the revisions agree on, too.
    pub all_upcoming: bool,
    /// What each pair of waterfalls may cost.
    pub limits: Limits,
}

/// Everything that changes.
#[derive(Debug)]
pub struct Plan {
    /// What changes of each flag in each environment.
    pub changes: Vec<Change>,
}

/// One thing that changed, in the author's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// What changed.
    pub text: String,
}

/// A flag that changed in an environment.
#[derive(Debug)]
pub struct Change {
    /// The flag's key.
    pub flag: String,
    /// The environment's name; none where no environment mentions the flag.
    pub environment: Option<String>,
    /// How much it matters to subjects.
    pub class: Class,
    /// What happened to it as a whole, where that is more than an edit.
    pub status: Option<Status>,
    /// What changed in the author's words.
    pub words: Vec<Word>,
    /// Who fares differently; empty where nobody does, which is proved unless `undecided` says otherwise.
    pub regions: Vec<Region>,
    /// Why it could not be decided who fares differently.
    pub undecided: Option<String>,
}

/// What happened to a flag as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The base does not know it.
    Added,
    /// The head does not know it.
    Removed,
    /// The head serves it, the base does not.
    Enabled,
    /// The base serves it, the head does not.
    Disabled,
    /// Its type is another: callers who ask for the old one get their default.
    Retyped,
}

/// Subjects who fare differently, all alike.
#[derive(Debug)]
pub struct Region {
    /// What it is for them.
    pub kind: Kind,
    /// Who, in words.
    pub audience: String,
    /// How many of them, and everything else that was proved.
    pub proved: Move,
    /// What they got; none for the caller's default.
    pub from: Option<End>,
    /// What they get; none for the caller's default.
    pub to: Option<End>,
}

impl Region {
    /// How many of the audience.
    #[must_use]
    pub fn portion(&self) -> &Portion {
        &self.proved.portion
    }
}

/// What a subject gets.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct End {
    /// The step's name; the allocation's key where no workspace names it.
    pub step: String,
    /// The variation's key.
    pub variation: String,
    /// Its value. A JSON flag's value is JSON, not text.
    pub value: serde_json::Value,
    /// Whether an event is logged.
    pub logged: bool,
    /// The allocation's key, as events have it.
    pub allocation: String,
}

/// A flag in an environment on one side.
#[derive(Debug, Clone, Copy)]
struct Here<'a> {
    side: &'a Side<'a>,
    model: Option<&'a Flag>,
    wire: Option<&'a ufc::Flag>,
    origins: Option<&'a [Origin]>,
}

impl<'a> Here<'a> {
    fn of(side: &'a Side<'a>, key: &str, environment: &str) -> Self {
        let compiled = side.environments.iter().find(|compiled| compiled.config.environment == environment);
        let wire = compiled.and_then(|compiled| compiled.config.flags.get(key)?.as_ref().ok());
        let origins = compiled.and_then(|compiled| compiled.origins.get(key)).map(Vec::as_slice);
        let model = side.workspace.and_then(|(workspace, _)| workspace.flags.iter().find(|flag| flag.key.value == key));
        Self { side, model: model.map(AsRef::as_ref), wire: wire.filter(|flag| flag.enabled), origins }
    }

    fn reasoned(&self) -> Option<region::Side<'a>> {
        let flag = self.wire?;
        let steps = self.origins.map_or_else(|| (0..flag.allocations.len()).collect(), lower::lines);
        Some(region::Side { flag, steps, declared: self.side.declared })
    }

    fn step(&self, allocation: usize) -> Option<String> {
        let origin = self.origins.and_then(|origins| origins.get(allocation)).map(|origin| origin.step.clone());
        origin.or_else(|| Some(self.wire?.allocations.get(allocation)?.key.clone()))
    }

    /// The names of the steps by number, and whom they target.
    fn steps(&self) -> Vec<(String, &'a [ufc::Rule])> {
        let mut names = Vec::new();
        let steps = self.reasoned().map(|side| side.steps).unwrap_or_default();
        for (at, step) in steps.into_iter().enumerate() {
            let allocation = self.wire.and_then(|flag| flag.allocations.get(at));
            if step == names.len()
                && let Some(allocation) = allocation
            {
                names.push((self.step(at).unwrap_or_default(), allocation.rules.as_slice()));
            }
        }
        names
    }

    fn end(&self, end: &region::End) -> Option<End> {
        let (at, flag) = (end.allocation?, self.wire?);
        let value = match (flag.variation_type, end.value.as_ref()?) {
            (VariationType::Json, serde_json::Value::String(text)) => serde_json::from_str(text).ok()?,
            (_, value) => value.clone(),
        };
        let allocation = flag.allocations.get(at)?.key.clone();
        Some(End { step: self.step(at)?, variation: end.variation.clone()?, value, logged: end.logged, allocation })
    }

    fn standing<'v>(&self, end: &'v region::End, default: Option<&'v serde_json::Value>) -> Standing<'v> {
        let is_otherwise = |at: usize| {
            self.origins.and_then(|origins| origins.get(at)).is_some_and(|origin| origin.kind == OriginKind::Otherwise)
        };
        match (&end.value, end.allocation) {
            (Some(value), Some(at)) if is_otherwise(at) && !end.logged => Standing::Otherwise(value),
            (Some(value), Some(_)) => Standing::Arm(value),
            _ => Standing::Caller(default),
        }
    }
}

/// Compares two sides.
#[must_use]
pub fn plan(base: &Side<'_>, head: &Side<'_>, question: Question<'_>) -> Plan {
    let mut changes = Vec::new();
    for flag in question.flags.into_iter().flatten() {
        for environment in question.environments {
            let (before, after) = (Here::of(base, flag, environment), Here::of(head, flag, environment));
            changes.extend(change((flag, environment), &before, &after, question));
        }
    }
    Plan { changes }
}

fn change(
    (flag, environment): (&str, &str),
    base: &Here<'_>,
    head: &Here<'_>,
    question: Question<'_>,
) -> Option<Change> {
    if base.wire == head.wire {
        return None;
    }
    let status = match (base.model.is_some(), head.model.is_some(), base.wire, head.wire) {
        (false, true, ..) => Some(Status::Added),
        (true, false, ..) => Some(Status::Removed),
        (_, _, None, Some(_)) => Some(Status::Enabled),
        (_, _, Some(_), None) => Some(Status::Disabled),
        (_, _, Some(old), Some(new)) if old.variation_type != new.variation_type => Some(Status::Retyped),
        _ => None,
    };
    let (regions, undecided) = match regions(base, head, question) {
        Ok(regions) => (regions, None),
        Err(undecided) => (Vec::new(), Some(undecided.reason)),
    };
    let worst = regions.iter().map(|region| region.kind.class()).max().unwrap_or(Class::Same);
    let class = match (&undecided, status) {
        (Some(_), _) => Class::Undecided,
        (_, Some(Status::Removed)) => Class::Remove,
        (_, Some(Status::Retyped)) => Class::Retype,
        _ => worst,
    };
    let environment = Some(environment.to_owned());
    Some(Change { flag: flag.to_owned(), environment, class, status, words: Vec::new(), regions, undecided })
}

fn regions(base: &Here<'_>, head: &Here<'_>, question: Question<'_>) -> Result<Vec<Region>, Undecided> {
    let (before, after) = (base.reasoned(), head.reasoned());
    let moves = region::moves(before.as_ref(), after.as_ref(), question.now, question.limits)?;
    let steps = [base.steps(), head.steps()];
    let default = |here: &Here<'_>| here.model.and_then(|flag| flag.code_default.as_ref()).map(lower::on_the_wire);
    let defaults = [default(base), default(head)];
    let found = moves.into_iter().map(|proved| {
        let [first, second] = &defaults;
        let kind = kind(base.standing(&proved.from, first.as_ref()), head.standing(&proved.to, second.as_ref()));
        Region {
            kind,
            audience: audience::words(&proved.audience, &steps),
            from: base.end(&proved.from),
            to: head.end(&proved.to),
            proved,
        }
    });
    Ok(found.filter(|region| region.kind != Kind::Unchanged).collect())
}
