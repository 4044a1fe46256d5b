//! The laws of exact reasoning, held against brute force over a small universe, and against the reference evaluator.
//!
//! `FLAGFALL_LAWS` sets how many random waterfalls each law is tried on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "a law that cannot be checked is broken"
)]

mod compare;
mod facts;
mod large;
mod million;
mod moves;
mod rows;
mod shown;
mod theirs;
mod universe;
#[path = "../../benches/support/waterfall.rs"]
mod waterfall;

use flagfall::region::{Limits, Side};
use flagfall::ufc;
use std::collections::BTreeMap;
use universe::Random;

/// How many random waterfalls to try.
pub(crate) fn cases(usual: usize) -> usize {
    std::env::var("FLAGFALL_LAWS").ok().and_then(|many| many.parse().ok()).unwrap_or(usual)
}

/// A side whose allocations are steps of one or two.
pub(crate) fn side<'a>(
    random: &mut Random,
    flag: &'a ufc::Flag,
    declared: &'a BTreeMap<String, flagfall::region::Declared>,
) -> Side<'a> {
    let mut step = 0;
    let steps = (0..flag.allocations.len()).map(|index| {
        step += usize::from(index > 0 && !random.one_in(4));
        step
    });
    Side { flag, steps: steps.collect(), declared }
}

pub(crate) fn limits() -> Limits {
    Limits::default()
}
