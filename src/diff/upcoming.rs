//! What changes by itself: starts, ends, phases of ramps, expiries, and what steps will do to each other then.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use super::change::Compared;
use super::collision::collisions;
use super::definition::shards;
use super::{Here, Pair, Question, Side, Upcoming};
use crate::model::{Allow, Exposure, Flag, FlagEnvironment, Placement};
use crate::source::Span;

/// Everything of the head within so many days, by time.
pub(super) fn upcoming(
    head: &Side<'_>,
    pairs: &[Pair<'_>],
    compared: &[Compared],
    question: Question<'_>,
) -> Vec<Upcoming> {
    let soon = Soon::new(head, question);
    let looked_at = pairs.par_iter().zip(compared);
    let looked_at = looked_at.filter(|(_, compared)| question.all_upcoming || !compared.changes.is_empty());
    let mut found: Vec<Upcoming> = looked_at.flat_map_iter(|(pair, _)| soon.of_flag(pair, question)).collect();
    if let Some((workspace, _)) = head.workspace {
        for level in &workspace.levels {
            found.extend(
                level_expiry(level)
                    .and_then(|(date, what, span)| soon.note((None, None), end_of(date), what, Some(span))),
            );
        }
    }
    found.sort_by(|one, other| {
        (one.at, &one.flag, &one.environment, &one.what).cmp(&(other.at, &other.flag, &other.environment, &other.what))
    });
    found.dedup();
    found
}

fn level_expiry(level: &crate::model::LevelLine) -> Option<(Date, String, Span)> {
    let until = level.until.as_ref()?;
    let rules: Vec<&str> = level.rules.iter().map(|rule| rule.value.as_str()).collect();
    Some((until.value, format!("the line of `{}` in `rules` ends", rules.join("`, `")), until.span))
}

/// The window that is listed.
struct Soon<'a> {
    side: &'a Side<'a>,
    from: Timestamp,
    until: Timestamp,
}

impl<'a> Soon<'a> {
    fn new(side: &'a Side<'a>, question: Question<'_>) -> Self {
        let days = SignedDuration::from_hours(24 * i64::from(question.days));
        let until = question.now.checked_add(days).unwrap_or(Timestamp::MAX);
        Self { side, from: question.now, until }
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from < at && at <= self.until
    }

    fn note(
        &self,
        (flag, environment): (Option<&str>, Option<&str>),
        at: Timestamp,
        what: String,
        span: Option<Span>,
    ) -> Option<Upcoming> {
        self.holds(at).then(|| Upcoming {
            at,
            flag: flag.map(str::to_owned),
            environment: environment.map(str::to_owned),
            what,
            place: span.and_then(|span| self.side.place(span)),
        })
    }

    fn of_flag(&self, pair: &Pair<'_>, question: Question<'_>) -> Vec<Upcoming> {
        let mut found = Vec::new();
        if let Some(flag) = pair.head.model {
            if let Some(expires) = &flag.expires {
                let what = "the flag expires".to_owned();
                found.extend(self.note((Some(pair.key), None), end_of(expires.value), what, Some(expires.span)));
            }
            self.allows((pair.key, None), &flag.allows, &mut found);
        }
        for environment in question.environments {
            let here = pair.head.here(pair.key, environment);
            let about = (Some(pair.key), Some(environment.as_str()));
            match (pair.head.model, here.model) {
                (Some(flag), Some(model)) => {
                    self.allows((pair.key, Some(environment)), &model.allows, &mut found);
                    if model.enabled {
                        self.of_waterfall(about, flag, model, &mut found);
                        for collision in collisions(&here, model, question.now, question.limits) {
                            found.extend(self.note(about, collision.at, collision.what, collision.span));
                        }
                    }
                }
                _ => self.of_wire(about, &here, &mut found),
            }
        }
        found
    }

    fn allows(&self, (flag, environment): (&str, Option<&str>), allows: &[Allow], found: &mut Vec<Upcoming>) {
        for allow in allows {
            let Some(until) = &allow.until else { continue };
            let what = format!("`allow {}` expires", allow.rule.value);
            found.extend(self.note((Some(flag), environment), end_of(until.value), what, Some(allow.span)));
        }
    }

    fn of_waterfall(
        &self,
        about: (Option<&str>, Option<&str>),
        flag: &Flag,
        here: &FlagEnvironment,
        found: &mut Vec<Upcoming>,
    ) {
        for placement in here.placements.iter().filter(|placement| placement.enabled) {
            for (at, what) in events(flag, placement) {
                found.extend(self.note(about, at, what, Some(placement.span)));
            }
        }
    }

    /// A file has only the bounds of its allocations.
    fn of_wire(&self, about: (Option<&str>, Option<&str>), here: &Here<'_>, found: &mut Vec<Upcoming>) {
        for allocation in here.wire.iter().flat_map(|flag| &flag.allocations) {
            for (bound, verb) in [(&allocation.start_at, "starts"), (&allocation.end_at, "ends")] {
                let at: Option<Timestamp> = bound.as_ref().and_then(|text| text.parse().ok());
                let what = format!("`{}` {verb}", allocation.key);
                found.extend(at.and_then(|at| self.note(about, at, what, None)));
            }
        }
    }
}

fn events(flag: &Flag, placement: &Placement) -> Vec<(Timestamp, String)> {
    let name = &placement.step.name.value;
    let mut events = Vec::new();
    events.extend(placement.window.start.map(|at| (at, format!("`{name}` starts"))));
    events.extend(placement.window.end.map(|at| (at, format!("`{name}` ends after this instant"))));
    if let Exposure::Ramp(phases) = &placement.exposure {
        let mut before = 0;
        for (at, size) in phases {
            let (old, new) = (shards(before, flag.total_shards), shards(*size, flag.total_shards));
            events.push((*at, format!("`{name}`: exposure {old} → {new}")));
            before = *size;
        }
    }
    if let Some(closed) = &placement.closed {
        let by = &closed.by.name;
        events.push((closed.at, format!("`{name}` closes: whose `{by}` is later is not enrolled any more")));
    }
    if let Some(until) = &placement.until {
        events.push((end_of(until.value), format!("the override `{name}` is meant to end")));
    }
    for used in &placement.step.holdouts {
        let (holdout, window) = (&used.holdout.name, used.holdout.window);
        events.extend(window.start.map(|at| (at, format!("the holdout `{holdout}` of `{name}` begins"))));
        let ends = |at| (at, format!("the holdout `{holdout}` of `{name}` ends after this instant"));
        events.extend(window.end.map(ends));
    }
    events
}

/// The last millisecond of a day in UTC.
fn end_of(day: Date) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let end = midnight.and_then(|midnight| midnight.checked_add(SignedDuration::from_millis(86_399_999)));
    end.unwrap_or(Timestamp::MAX)
}
