//! The shards of one salt, in cells that no range in question tells apart.

use std::collections::BTreeSet;

use crate::evaluate::bucket;
use crate::ufc;

/// The most shards that several totals on one salt may come to together.
const SHARDS: u64 = 1 << 31;
/// The most places where the ranges of one salt may begin and end.
const CUTS: u64 = 200_000;

/// A set of shards that some split asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    total: u32,
    ranges: Vec<ufc::Range>,
}

/// Shards that all splits treat alike.
#[derive(Debug)]
pub(super) struct Cell {
    /// For each asked set whether it holds them.
    truth: Vec<bool>,
    /// How many there are.
    pub(super) shards: u64,
}

/// One salt: its 32-bit hash is the variable, seen modulo the totals in use.
#[derive(Debug)]
pub(super) struct Salt {
    pub(super) name: String,
    asked: Vec<Asked>,
    /// The least common multiple of the totals.
    pub(super) total: u64,
    pub(super) cells: Vec<Cell>,
    /// Where each run of shards of one cell begins, with the cell; sorted.
    runs: Vec<(u64, usize)>,
}

impl Salt {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), asked: Vec::new(), total: 1, cells: Vec::new(), runs: Vec::new() }
    }

    /// Registers a set of shards, and gives its number.
    pub(super) fn ask(&mut self, total: u32, ranges: &[ufc::Range]) -> usize {
        let known = self.asked.iter().position(|asked| asked.total == total && asked.ranges == ranges);
        known.unwrap_or_else(|| {
            self.asked.push(Asked { total, ranges: ranges.to_vec() });
            self.asked.len() - 1
        })
    }

    /// Cuts the shards into cells, once everything is registered. None where the totals, or the ranges, are too many to reason about.
    pub(super) fn cut(&mut self) -> Option<()> {
        let mut total = 1_u64;
        for asked in &self.asked {
            let own = u64::from(asked.total.max(1));
            total = (total / greatest_common_divisor(total, own)).checked_mul(own).filter(|total| *total <= SHARDS)?;
        }
        self.total = total;
        let mut cuts = BTreeSet::from([0]);
        for asked in &self.asked {
            let own = u64::from(asked.total.max(1));
            let places = asked.ranges.len() as u64 * 2 * (total / own);
            if places > CUTS || cuts.len() as u64 > CUTS {
                return None;
            }
            for range in &asked.ranges {
                let ends = [range.start, range.end].map(|end| u64::from(end).min(own));
                cuts.extend((0..total / own).flat_map(|turn| ends.map(|end| turn * own + end)));
            }
        }
        cuts.remove(&total);
        let cuts: Vec<u64> = cuts.into_iter().collect();
        for (index, start) in cuts.iter().enumerate() {
            let end = cuts.get(index + 1).copied().unwrap_or(total);
            let truth: Vec<bool> = self.asked.iter().map(|asked| asked.holds(*start)).collect();
            let cell = self.cells.iter().position(|cell| cell.truth == truth).unwrap_or_else(|| {
                self.cells.push(Cell { truth, shards: 0 });
                self.cells.len() - 1
            });
            if let Some(cell) = self.cells.get_mut(cell) {
                cell.shards += end - start;
            }
            self.runs.push((*start, cell));
        }
        Some(())
    }

    /// Whether the asked set of that number holds the cell.
    pub(super) fn holds(&self, cell: usize, asked: usize) -> bool {
        self.cells.get(cell).and_then(|cell| cell.truth.get(asked)).copied().unwrap_or(false)
    }

    /// The cell of a subject.
    pub(super) fn cell_of(&self, subject: &str) -> usize {
        let total = u32::try_from(self.total).unwrap_or(u32::MAX);
        self.cell_at(u64::from(bucket::shard(&self.name, subject, total)))
    }

    /// The cell of a shard of the common total.
    pub(super) fn cell_at(&self, shard: u64) -> usize {
        let run = self.runs.partition_point(|(start, _)| *start <= shard);
        run.checked_sub(1).and_then(|run| self.runs.get(run)).map_or(0, |(_, cell)| *cell)
    }
}

impl Asked {
    /// As the evaluator has it: a range of all shards holds everyone, even of none.
    fn holds(&self, hash: u64) -> bool {
        let shard = hash.checked_rem(u64::from(self.total)).unwrap_or(0);
        self.ranges.iter().any(|range| {
            let within = u64::from(range.start) <= shard && shard < u64::from(range.end);
            (self.total > 0 && within) || (range.start == 0 && range.end == self.total)
        })
    }
}

fn greatest_common_divisor(mut left: u64, mut right: u64) -> u64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}
