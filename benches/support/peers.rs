//! Two ways to do the same, measured in turn by the processor time of this thread: what else runs on the machine does not count.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 41;

fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// The median nanoseconds that one of `many` takes, each way.
pub(crate) fn measure<const N: usize>(many: usize, mut ways: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            let before = now();
            way();
            let took = now().saturating_sub(before);
            // The first round warms up.
            times.extend((round > 0).then_some(took.as_secs_f64() * 1e9 / many as f64));
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    })
}

/// One line of a table: `ours` may take `bar` of the time of `theirs`.
pub(crate) fn row(name: &str, ours: f64, theirs: f64, bar: f64) {
    let ratio = ours / theirs;
    let verdict = if ratio <= bar { "" } else { "  MISSED" };
    println!("{name:<34} {ours:>9.1} {theirs:>9.1} {ratio:>8.3} {bar:>7.3}{verdict}");
}

/// The head of a table.
pub(crate) fn head(title: &str, theirs: &str) {
    println!("\n{title:<34} {:>9} {theirs:>9} {:>8} {:>7}", "ns", "ratio", "bar");
}
