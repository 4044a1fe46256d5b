//! What changes by itself: starts, ends, ramps, expiries, and the collisions they cause.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::edits::{Place, place};
use super::{Scope, View};
use crate::model::share::percent;
use crate::model::{Allow, Exposure, Flag, FlagEnvironment, Placement};
use crate::region::{self, Fact, LineKind, Waterfall};
use crate::source::Span;

/// Something that happens without a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// When.
    pub at: Timestamp,
    /// The flag's key.
    pub flag: String,
    /// The environment's name; empty where it is the same in all.
    pub environment: String,
    /// What, in a sentence.
    pub what: String,
    /// Where it is written.
    pub place: Option<Place>,
}

/// What happens to these flags within the days of the scope, by instant.
pub(super) fn of(head: View<'_>, keys: &[&str], scope: &Scope<'_>) -> Vec<Upcoming> {
    let Some((workspace, sources)) = head.written else { return Vec::new() };
    let until = scope.now.checked_add((scope.days.saturating_mul(24)).hours()).unwrap_or(Timestamp::MAX);
    let mut found = Vec::new();
    for flag in workspace.flags.iter().filter(|flag| keys.binary_search(&flag.key.value.as_str()).is_ok()) {
        let mut list = List { flag, sources, window: (scope.now, until), found: &mut found };
        list.day("", flag.expires.as_ref().map(|day| (day.value, day.span)), "the flag expires");
        flag.allows.iter().for_each(|allow| list.allow("", allow));
        for here in &flag.environments {
            let name = here.environment.name.value.as_str();
            if !scope.environments.contains(&name) {
                continue;
            }
            here.allows.iter().for_each(|allow| list.allow(name, allow));
            if here.enabled {
                here.placements.iter().filter(|placement| placement.enabled).for_each(|one| list.placement(name, one));
                list.collisions(head, here);
            }
        }
    }
    found.sort_by(|one: &Upcoming, other| {
        (one.at, &one.flag, &one.environment, &one.what).cmp(&(other.at, &other.flag, &other.environment, &other.what))
    });
    found.dedup();
    found
}

struct List<'l> {
    flag: &'l Flag,
    sources: &'l crate::source::SourceSet,
    window: (Timestamp, Timestamp),
    found: &'l mut Vec<Upcoming>,
}

impl List<'_> {
    fn push(&mut self, environment: &str, at: Timestamp, what: String, span: Span) {
        if self.window.0 < at && at <= self.window.1 {
            let place = Some(place(self.sources, span));
            let (flag, environment) = (self.flag.key.value.clone(), environment.to_owned());
            self.found.push(Upcoming { at, flag, environment, what, place });
        }
    }

    /// The day after the last day, in UTC.
    fn day(&mut self, environment: &str, day: Option<(Date, Span)>, what: &str) {
        let Some((day, span)) = day else { return };
        let after = day.tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC));
        if let Ok(after) = after {
            self.push(environment, after.timestamp(), format!("{what} (last day {day})"), span);
        }
    }

    fn allow(&mut self, environment: &str, allow: &Allow) {
        let day = allow.until.as_ref().map(|until| (until.value, until.span));
        self.day(environment, day, &format!("`allow {}` ends", allow.rule));
    }

    fn placement(&mut self, environment: &str, placement: &Placement) {
        let name = &placement.step.name;
        if let Some(start) = placement.window.start {
            self.push(environment, start, format!("`{name}` starts"), placement.span);
        }
        if let Some(end) = placement.window.end {
            self.push(environment, end, format!("`{name}` ends"), placement.span);
        }
        if let Exposure::Ramp(phases) = &placement.exposure {
            let total = self.flag.total_shards;
            let mut before = 0;
            for (from, shards) in phases {
                let shown = |shards| percent(shards, total).unwrap_or_default();
                let what = format!("`{name}` rises from {} to {}", shown(before), shown(*shards));
                self.push(environment, *from, what, placement.span);
                before = *shards;
            }
        }
        let until = placement.until.as_ref().map(|until| (until.value, until.span));
        self.day(environment, until, &format!("the override `{name}` was meant to end"));
        for used in &placement.step.holdouts {
            let holdout = &used.holdout;
            for (at, word) in [(holdout.window.start, "starts"), (holdout.window.end, "ends")] {
                if let Some(at) = at {
                    self.push(environment, at, format!("the holdout `{}` of `{name}` {word}", holdout.name), used.span);
                }
            }
        }
    }

    /// Collisions that begin on one of these days.
    fn collisions(&mut self, head: View<'_>, here: &FlagEnvironment) {
        let environment = here.environment.name.value.as_str();
        let Some(served) = head.served(&self.flag.key, environment) else { return };
        if served.flag.allocations.iter().all(|one| one.start_at.is_none() && one.end_at.is_none()) {
            return;
        }
        let names = served.names();
        let placement = |name: &str| here.placements.iter().find(|placement| placement.step.name.value == name);
        let kinds = names.iter().map(|name| match placement(name).map(|one| &one.step.kind) {
            Some(crate::model::StepKind::Gate { .. }) => LineKind::Gate,
            Some(crate::model::StepKind::Experiment { .. }) => LineKind::Experiment,
            None => LineKind::Otherwise,
        });
        let holdouts = vec![None; served.flag.allocations.len()];
        let waterfall = Waterfall { side: served.side(head.declared), kinds: kinds.collect(), holdouts };
        for fact in region::facts(&waterfall, self.window.0, false, region::Limits::MANY) {
            let (upper, lower, from, what) = match &fact {
                Fact::TimeShadowed { step, above, from: Some(from), .. } => {
                    let Some(above) = above.first() else { continue };
                    (*above, *step, *from, "leaves nobody to")
                }
                Fact::GateBelow { gate, experiment, from: Some(from), .. } => {
                    (*experiment, *gate, *from, "enrols subjects of")
                }
                Fact::Overlapping { upper, lower, from: Some(from), .. } => (*upper, *lower, *from, "overlaps"),
                _ => continue,
            };
            let (Some(upper), Some(lower)) = (names.get(upper), names.get(lower)) else { continue };
            let span = placement(lower).or_else(|| placement(upper)).map_or(here.span, |placement| placement.span);
            self.push(environment, from, format!("collision: `{upper}` {what} `{lower}`"), span);
        }
    }
}
