//! Who reaches each step, and when: what `exposure-miss=stop` takes from the steps below it.
//!
//! A stopping step assigns, or sends to the caller's default, everyone who matches it while its window is open. So the steps
//! below it see its complement during the window and everyone outside it: their time falls into pieces.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Exposure, ExposureMiss, FlagEnvironment, Operand, Order, Placement, Window};

use super::{Atom, Exhausted, LIMIT, Predicate, Predicates, Work};

/// Who a line of a waterfall applies to.
#[derive(Debug)]
pub struct Reach<'m> {
    /// The placement; none for `otherwise`.
    pub placement: Option<&'m Placement>,
    /// Disjoint pieces of time in order, nobody's left out.
    pub pieces: Vec<Piece>,
}

/// Who a line of a waterfall applies to, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// When.
    pub window: Window,
    /// Who.
    pub audience: Predicate,
}

/// A line whose rules are too many.
#[derive(Debug)]
pub struct Trouble<'m> {
    /// The line; none for `otherwise`.
    pub placement: Option<&'m Placement>,
    /// The stopping placement whose complement was one too many; none when the line's own audience is.
    pub stop: Option<&'m Placement>,
}

/// A step that takes everyone who matches it.
struct Stop<'m> {
    placement: &'m Placement,
    window: Window,
    audience: Predicate,
}

const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

impl Predicates {
    /// Who reaches each switched-on line of a waterfall, `otherwise` included.
    ///
    /// # Errors
    /// At the first line that needs more than [`LIMIT`] rules.
    pub fn waterfall<'m>(&mut self, flag: &'m FlagEnvironment) -> Result<Vec<Reach<'m>>, Trouble<'m>> {
        let mut work = self.work();
        let mut stops: Vec<Stop<'m>> = Vec::new();
        let mut lines = Vec::new();
        for placement in flag.placements.iter().filter(|placement| placement.enabled) {
            let audience = self
                .placed(placement, &mut work)
                .map_err(|Exhausted| Trouble { placement: Some(placement), stop: None })?;
            let window = open(placement);
            let pieces = pieces(window, &audience, &stops, &mut work).map_err(|stop| {
                self.give_up();
                Trouble { placement: Some(placement), stop }
            })?;
            lines.push(Reach { placement: Some(placement), pieces });
            match placement.exposure_miss {
                ExposureMiss::Stop => stops.push(Stop { placement, window, audience }),
                ExposureMiss::Continue => {}
            }
        }
        if flag.otherwise.is_some() {
            let pieces = pieces(Window::default(), &Predicate::everyone(), &stops, &mut work).map_err(|stop| {
                self.give_up();
                Trouble { placement: None, stop }
            })?;
            lines.push(Reach { placement: None, pieces });
        }
        Ok(lines)
    }

    /// The step's audience, and for a closed experiment only those who were there before.
    fn placed(&mut self, placement: &Placement, work: &mut Work) -> Result<Predicate, Exhausted> {
        let audience = self.audience(&placement.step.audience)?;
        match &placement.closed {
            None => Ok(audience),
            Some(closed) => audience.and_atom(&Atom::compare(&closed.by, Order::Lt, &milliseconds(closed.at)), work),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "instants have 15 digits at most until the year 33658")]
fn milliseconds(at: Timestamp) -> Operand {
    Operand::Number(at.as_millisecond() as f64)
}

/// When a placement can match at all: a ramp opens with its first phase.
fn open(placement: &Placement) -> Window {
    match &placement.exposure {
        Exposure::Share(_) => placement.window,
        Exposure::Ramp(phases) => Window { start: phases.first().map(|(at, _)| *at), ..placement.window },
    }
}

/// Cuts `window` where a stop opens or has just closed; in each piece, `audience` without the stops that are open.
fn pieces<'m>(
    window: Window,
    audience: &Predicate,
    stops: &[Stop<'m>],
    work: &mut Work,
) -> Result<Vec<Piece>, Option<&'m Placement>> {
    let mut pieces: Vec<Piece> = Vec::new();
    if audience.rules().len() > LIMIT {
        return Err(None);
    }
    for window in cut(window, stops) {
        let mut left = audience.clone();
        for stop in stops.iter().filter(|stop| stop.window.covers(window)) {
            let without = work.take(1).and_then(|()| left.and_not(&stop.audience, work));
            left = without.map_err(|Exhausted| Some(stop.placement))?;
        }
        if left.rules().len() > LIMIT {
            return Err(stops.iter().rfind(|stop| stop.window.covers(window)).map(|stop| stop.placement));
        }
        match pieces.last_mut() {
            Some(last) if last.audience == left && adjacent(last.window, window) => last.window.end = window.end,
            _ if left.is_nobody() => {}
            _ => pieces.push(Piece { window, audience: left }),
        }
    }
    Ok(pieces)
}

fn adjacent(first: Window, second: Window) -> bool {
    first.end.is_some() && first.end == second.start.and_then(|start| start.checked_sub(MILLISECOND).ok())
}

fn cut(window: Window, stops: &[Stop<'_>]) -> Vec<Window> {
    let opening = stops.iter().filter_map(|stop| stop.window.start);
    let closing = stops.iter().filter_map(|stop| stop.window.end.and_then(|end| end.checked_add(MILLISECOND).ok()));
    let inside =
        |at: &Timestamp| window.start.is_none_or(|start| start < *at) && window.end.is_none_or(|end| *at <= end);
    let cuts: BTreeSet<Timestamp> = opening.chain(closing).filter(inside).collect();
    let mut windows = Vec::with_capacity(cuts.len() + 1);
    let mut start = window.start;
    for at in cuts {
        windows.push(Window { start, end: at.checked_sub(MILLISECOND).ok() });
        start = Some(at);
    }
    windows.push(Window { start, end: window.end });
    windows
}

impl Window {
    /// Whether all of `other` is in this window. A window that ends before it starts covers nothing.
    fn covers(self, other: Self) -> bool {
        let orderly = self.start.is_none_or(|start| self.end.is_none_or(|end| start <= end));
        let from = self.start.is_none_or(|start| other.start.is_some_and(|other| start <= other));
        let to = self.end.is_none_or(|end| other.end.is_some_and(|other| other <= end));
        orderly && from && to
    }

    /// The instants in both; none when there are none.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, None) | (None, one) => one,
        };
        let empty = start.is_some_and(|start| end.is_some_and(|end| end < start));
        (!empty).then_some(Self { start, end })
    }
}
