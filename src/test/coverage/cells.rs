//! The cells of a waterfall: regions while the same allocations are open, times what happens to somebody of them.

use jiff::Timestamp;

use super::Bench;
use crate::count::targeting::moments;
use crate::count::{Distribution, Outcome, Targeting, shares};
use crate::test::given::Attributes;
use crate::test::observe::{Part, parts};
use crate::test::rows;
use crate::ufc::{self, Instant};

/// All instants at which the same allocations are open.
pub(super) struct Piece {
    live: Vec<bool>,
    /// One of them.
    pub at: Timestamp,
}

impl Piece {
    /// Whether the instant is one of them.
    pub(super) fn holds(&self, flag: &ufc::Flag, at: Timestamp) -> bool {
        self.live == live(flag, at)
    }
}

/// The pieces of time that a flag tells apart, each once however often it comes.
pub(super) fn pieces(flag: &ufc::Flag) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for at in moments(flag) {
        let live = live(flag, at);
        if !pieces.iter().any(|piece| piece.live == live) {
            pieces.push(Piece { live, at });
        }
    }
    pieces
}

fn live(flag: &ufc::Flag, at: Timestamp) -> Vec<bool> {
    let at = Instant::from(at);
    let bound = |written: &Option<String>| written.as_deref().and_then(Instant::parse);
    let open = |allocation: &ufc::Allocation| {
        bound(&allocation.start_at).is_none_or(|start| start <= at)
            && bound(&allocation.end_at).is_none_or(|end| at <= end)
    };
    flag.allocations.iter().map(open).collect()
}

/// One thing that happens to somebody of one region.
pub(super) struct Cell {
    /// What happens.
    pub part: Part,
    /// The position of its piece of time.
    pub piece: usize,
    /// An instant of it.
    pub at: Timestamp,
    /// Who the region is: as far down as somebody is left.
    targeting: Vec<Targeting>,
    /// Attributes that lead there.
    pub attributes: Attributes,
    /// The subject key, where only single ones lead there.
    pub key: Option<String>,
    /// Whether a case touches it.
    pub touched: bool,
}

impl Cell {
    /// Whether whoever is targeted so may be in its region.
    pub(super) fn agrees(&self, targeting: &[Targeting]) -> bool {
        let alike = |(own, other): (&Targeting, &Targeting)| *other == Targeting::Undecided || own == other;
        self.targeting.iter().zip(targeting).all(alike)
    }
}

/// Every cell, by piece of time, down the waterfall as its regions come.
///
/// # Errors
/// The reason why it could not be decided.
pub(super) fn all(bench: &Bench<'_, '_>, pieces: &[Piece]) -> Result<Vec<Cell>, String> {
    let mut cells: Vec<Cell> = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let (regions, keys) = rows::every(&bench.side(), piece.at).map_err(|error| error.reason)?;
        for row in regions.into_iter().chain(keys) {
            // A key that is listed has known shards, so its row may end above where others of its region go on.
            let targeting = match &row.key {
                Some(key) => bench.targeting(Some(key), &row.attributes, piece.at),
                None => row.targeting,
            };
            let targeting = down_to_the_last(bench.content, targeting);
            let happens = parts(bench.content, row.distribution, &bench.waterfall, bench.origins, bench.line)
                .map_err(|failure| failure.message)?;
            for part in happens {
                let known =
                    |cell: &&Cell| cell.piece == number && cell.part.alike(&part) && cell.targeting == targeting;
                if !cells.iter().any(|cell| known(&cell)) {
                    let (attributes, key) = (row.attributes.clone(), row.key.clone());
                    let targeting = targeting.clone();
                    cells.push(Cell { part, piece: number, at: piece.at, targeting, attributes, key, touched: false });
                }
            }
        }
    }
    Ok(cells)
}

/// Without what lies below an allocation that takes everyone left.
fn down_to_the_last(flag: &ufc::Flag, mut targeting: Vec<Targeting>) -> Vec<Targeting> {
    let somebody_left = |many: usize| {
        let above = targeting.get(..many).unwrap_or(&targeting);
        let left = |Distribution { parts }: Distribution| parts.iter().any(|(outcome, _)| *outcome == Outcome::Default);
        shares(flag, above).map_or(true, left)
    };
    let counts: Vec<usize> = (0..=targeting.len()).collect();
    let end = counts.partition_point(|many| somebody_left(*many));
    targeting.truncate(end);
    targeting
}
