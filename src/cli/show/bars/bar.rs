//! One bar: everyone from left to right.

use crate::show::Between;

/// Where a bar's parts end, of everyone: what went elsewhere above, what is surely taken, what some regions take, what passes.
pub(super) struct Bar {
    start: f64,
    taken: f64,
    perhaps: f64,
    passed: f64,
}

impl Bar {
    /// Where regions differ, nothing is known of the order, so the bar begins at the left.
    pub(super) fn of_line(reach: &Between, take: &Between) -> Self {
        let both = reach.exact().is_some() && take.exact().is_some();
        let start = if both { 1.0 - reach.most.to_f64() } else { 0.0 };
        Self {
            start,
            taken: start + take.least.to_f64(),
            perhaps: start + take.most.to_f64(),
            passed: start + reach.most.to_f64(),
        }
    }

    pub(super) fn of_part(start: f64, share: &Between) -> Self {
        let (taken, perhaps) = (start + share.least.to_f64(), start + share.most.to_f64());
        Self { start, taken, perhaps, passed: perhaps }
    }

    pub(super) fn draw(&self, width: usize, unicode: bool) -> String {
        let [full, half, light, sliver] = if unicode { ["█", "▒", "░", "▏"] } else { ["#", "=", "-", "|"] };
        let (start, taken) = (cells(self.start, width), cells(self.taken, width));
        let (perhaps, passed) = (cells(self.perhaps, width), cells(self.passed, width));
        let thin = self.perhaps > self.start && perhaps == start;
        let begin = if thin { sliver } else { "" };
        let light_from = perhaps + usize::from(thin);
        [
            " ".repeat(start),
            begin.to_owned(),
            full.repeat(taken.saturating_sub(start)),
            half.repeat(perhaps.saturating_sub(taken)),
            light.repeat(passed.saturating_sub(light_from)),
        ]
        .concat()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few columns"
)]
fn cells(share: f64, width: usize) -> usize {
    (share.clamp(0.0, 1.0) * width as f64).round() as usize
}
