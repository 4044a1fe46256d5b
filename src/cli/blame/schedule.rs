//! Since when a subject gets what it gets by the schedule alone: the flag stays, time passes.

use jiff::{SignedDuration, Timestamp};

use super::Asked;
use crate::cli::history::Version;
use crate::cli::history::document::Written;
use crate::cli::history::version::Got;
use crate::compile::Origin;
use crate::evaluate::event::instant_text;
use crate::source::Span;
use crate::ufc;

const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

/// The lines of a placement or definition that are searched for the date.
const MOST_LINES: usize = 40;

/// A window opened or closed, and since then it is so.
pub(super) struct Opened {
    /// The first instant.
    pub(super) at: Timestamp,
    /// What the subject got until then.
    pub(super) before: Got,
    /// The step whose window it is.
    pub(super) step: String,
    /// The date as written: the first instant of a start, the last of an end.
    date: Timestamp,
    origin: Origin,
}

/// The latest instant, not after the one asked about, at which a window opened or closed and the subject got something else before.
pub(super) fn opened(asked: &Asked<'_>, version: &Version, got: &Got) -> Option<Opened> {
    let (flag, origins) = version.served(&asked.args.env)?;
    let mut turns: Vec<(Timestamp, Timestamp, &Origin)> = Vec::new();
    for (allocation, origin) in flag.allocations.iter().zip(origins) {
        let instant = |written: &Option<String>| ufc::Instant::parse(written.as_deref()?)?.timestamp();
        turns.extend(instant(&allocation.start_at).map(|start| (start, start, origin)));
        // An end is the last instant inside.
        let after = |end: Timestamp| end.checked_add(MILLISECOND).ok().map(|after| (after, end, origin));
        turns.extend(instant(&allocation.end_at).and_then(after));
    }
    turns.retain(|(at, ..)| *at <= asked.at);
    turns.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    turns.into_iter().find_map(|(at, date, origin)| {
        let before = asked.gets(version, at.checked_sub(MILLISECOND).ok()?);
        let other = !before.is(got);
        other.then(|| Opened { at, before, step: origin.step.clone(), date, origin: origin.clone() })
    })
}

impl Opened {
    pub(super) fn moment_before(&self) -> Timestamp {
        self.at.checked_sub(MILLISECOND).unwrap_or(self.at)
    }

    pub(super) fn text(&self) -> String {
        instant_text(self.at)
    }

    /// The line that says so: the one with the date, else that of the placement.
    pub(super) fn written(&self, asked: &Asked<'_>, version: &Version) -> Option<Written> {
        let spans = [self.origin.placement, self.origin.definition];
        let found = spans.iter().find_map(|span| self.dated(version, *span));
        Some(Written::of(&asked.past, version, found.unwrap_or(self.origin.placement), asked.tree.is_some()))
    }

    fn dated(&self, version: &Version, span: Span) -> Option<Span> {
        let day = instant_text(self.date).get(..10)?.to_owned();
        let file = version.sources.file(span.file);
        let first = file.line_index(span.start);
        let last = file.line_index(span.end.max(span.start)).max(first).min(first + MOST_LINES);
        (first..=last).find_map(|line| {
            let (start, end) = (file.line_start(line), file.line_start(line + 1));
            let here = Span::new(span.file, start, end);
            version.sources.text(here).contains(&day).then(|| Span::new(span.file, start, start))
        })
    }
}
