//! Time, cut where allocations open and close. Instants are whole milliseconds.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ufc::{self, Instant};

/// A stretch of time in which no allocation opens or closes; both bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// None is since ever.
    pub(super) from: Option<Timestamp>,
    /// None is for ever.
    pub(super) until: Option<Timestamp>,
}

impl Piece {
    /// An instant in it.
    pub(super) fn at(self) -> Timestamp {
        self.from.or(self.until).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether any of it is at or after `now`.
    pub(super) fn lasts(self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until >= now)
    }

    /// The instant from which on it holds, where that is still to come.
    pub(super) fn begins_after(self, now: Timestamp) -> Option<Timestamp> {
        self.from.filter(|from| *from > now)
    }

    /// An instant in it that is not before `now`, where there is one.
    pub(super) fn at_or_after(self, now: Timestamp) -> Timestamp {
        if self.lasts(now) { self.from.map_or(now, |from| from.max(now)) } else { self.at() }
    }
}

/// Windows as the evaluator reads them. None of a flag whose dates cannot be read: it is not served at all.
#[derive(Debug, Default)]
pub(super) struct Windows(Vec<(Option<Instant>, Option<Instant>)>);

impl Windows {
    pub(super) fn of(flag: &ufc::Flag) -> Option<Self> {
        let instant = |text: &Option<String>| match text {
            None => Some(None),
            Some(text) => Instant::parse(text).map(Some),
        };
        let windows = flag.allocations.iter().map(|one| Some((instant(&one.start_at)?, instant(&one.end_at)?)));
        windows.collect::<Option<_>>().map(Self)
    }

    /// Which allocations are open.
    pub(super) fn open(&self, at: Timestamp) -> Vec<bool> {
        let at = Instant::from(at);
        let open = |(start, end): &(Option<Instant>, Option<Instant>)| {
            start.is_none_or(|start| start <= at) && end.is_none_or(|end| at <= end)
        };
        self.0.iter().map(open).collect()
    }

    /// The milliseconds at which an allocation opens, or has just closed.
    fn changes(&self) -> impl Iterator<Item = i64> + '_ {
        let milliseconds = |instant: Option<Instant>| {
            let instant = instant?.timestamp()?.as_nanosecond();
            i64::try_from(instant.div_euclid(1_000_000)).ok().map(|whole| (whole, instant.rem_euclid(1_000_000) > 0))
        };
        self.0.iter().flat_map(move |(start, end)| {
            let opens = milliseconds(*start).map(|(whole, finer)| whole + i64::from(finer));
            let closes = milliseconds(*end).map(|(whole, _)| whole + 1);
            [opens, closes].into_iter().flatten()
        })
    }
}

/// All of time, in the pieces that these windows cut.
pub(super) fn pieces(windows: &[&Windows]) -> Vec<Piece> {
    let changes: BTreeSet<i64> = windows.iter().flat_map(|windows| windows.changes()).collect();
    let changes: Vec<Timestamp> =
        changes.into_iter().filter_map(|change| Timestamp::from_millisecond(change).ok()).collect();
    let mut from = None;
    let mut pieces = Vec::with_capacity(changes.len() + 1);
    for change in changes {
        let until = Timestamp::from_millisecond(change.as_millisecond() - 1).ok();
        pieces.push(Piece { from, until });
        from = Some(change);
    }
    pieces.push(Piece { from, until: None });
    pieces
}
