//! Percentages and weights in shards, exactly.

use crate::syntax::ast::Percent;
use crate::ufc::Range;

/// How many of `total` shards a percentage is; none when it does not land on one.
#[must_use]
pub fn shards(percent: Percent, total: u32) -> Option<u32> {
    let (parts, whole) = fraction(percent, total);
    if parts.is_multiple_of(whole) { u32::try_from(parts / whole).ok() } else { None }
}

/// The numbers of shards just below and just above a percentage that does not land on one.
#[must_use]
pub fn around(percent: Percent, total: u32) -> (u32, u32) {
    let (parts, whole) = fraction(percent, total);
    let below = u32::try_from(parts / whole).unwrap_or(total).min(total);
    (below, below.saturating_add(1).min(total))
}

/// A percentage of `total` as a fraction of shards.
fn fraction(percent: Percent, total: u32) -> (u128, u128) {
    let whole = 100 * 10_u128.saturating_pow(percent.decimals);
    (u128::from(percent.digits).saturating_mul(u128::from(total)), whole)
}

/// A number of shards as a percentage people can write, `2.5%`; none when its decimals do not end within twelve.
#[must_use]
pub fn percent(shards: u32, total: u32) -> Option<String> {
    let total = u128::from(total.max(1));
    let scaled = u128::from(shards) * 100 * 10_u128.pow(12);
    if !scaled.is_multiple_of(total) {
        return None;
    }
    let digits = format!("{:013}", scaled / total);
    let (whole, decimals) = digits.split_at_checked(digits.len().saturating_sub(12))?;
    let decimals = decimals.trim_end_matches('0');
    Some(if decimals.is_empty() { format!("{whole}%") } else { format!("{whole}.{decimals}%") })
}

/// A percentage as people write it, without needless zeros.
#[must_use]
pub fn written(percent: Percent) -> String {
    let decimals = percent.decimals as usize;
    let digits = format!("{:0>width$}", percent.digits, width = decimals + 1);
    match digits.split_at_checked(digits.len() - decimals) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}%"),
        _ => format!("{digits}%"),
    }
}

/// Consecutive ranges that tile `[0, total)`: ⌊total·w/W⌋ shards each, the last of non-zero weight takes the rest.
/// Weight 0 is an empty range; so are all when no weight is positive.
#[must_use]
pub fn tile(weights: &[u64], total: u32) -> Vec<Range> {
    let sum: u128 = weights.iter().copied().map(u128::from).sum();
    let last = weights.iter().rposition(|&weight| weight > 0);
    let mut start = 0;
    let arms = weights.iter().enumerate().map(|(index, &weight)| {
        let end = if Some(index) == last {
            total
        } else {
            let floor = (u128::from(total) * u128::from(weight)).checked_div(sum).unwrap_or(0);
            start + u32::try_from(floor).unwrap_or(total)
        };
        let range = Range { start, end };
        start = end;
        range
    });
    arms.collect()
}

/// What of `[0, total)` no range covers, in order.
#[must_use]
pub fn gaps(ranges: impl IntoIterator<Item = Range>, total: u32) -> Vec<Range> {
    let mut ranges: Vec<Range> = ranges.into_iter().filter(|range| range.start < range.end).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut gaps = Vec::new();
    let mut covered = 0;
    for range in ranges {
        if covered < range.start {
            gaps.push(Range { start: covered, end: range.start });
        }
        covered = covered.max(range.end);
    }
    if covered < total {
        gaps.push(Range { start: covered, end: total });
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(digits: u64, decimals: u32) -> Percent {
        Percent { digits, decimals }
    }

    fn sizes(weights: &[u64], total: u32) -> Vec<u32> {
        tile(weights, total).iter().map(|range| range.end - range.start).collect()
    }

    #[test]
    fn two_decimals_land_on_a_shard_of_ten_thousand() {
        assert_eq!(shards(of(5, 0), 10_000), Some(500));
        assert_eq!(shards(of(1, 2), 10_000), Some(1));
        assert_eq!(shards(of(100, 0), 10_000), Some(10_000));
        assert_eq!(shards(of(5, 3), 10_000), None);
        assert_eq!(shards(of(5, 3), 100_000), Some(5));
    }

    #[test]
    fn a_share_between_shards_has_neighbours() {
        assert_eq!(around(of(12_345, 3), 10_000), (1_234, 1_235));
        assert_eq!(around(of(5, 3), 10_000), (0, 1));
        assert_eq!(around(of(50, 0), 3), (1, 2));
    }

    #[test]
    fn shards_are_written_as_percentages_where_decimals_end() {
        assert_eq!(percent(250, 10_000).as_deref(), Some("2.5%"));
        assert_eq!(percent(0, 10_000).as_deref(), Some("0%"));
        assert_eq!(percent(10_000, 10_000).as_deref(), Some("100%"));
        assert_eq!(percent(1, 10_000).as_deref(), Some("0.01%"));
        assert_eq!(percent(1, 3), None);
        assert_eq!(percent(1, 0), Some("100%".to_owned()));
    }

    #[test]
    fn percentages_are_written_as_they_were_read() {
        assert_eq!(written(of(5, 0)), "5%");
        assert_eq!(written(of(5, 2)), "0.05%");
        assert_eq!(written(of(125, 1)), "12.5%");
    }

    #[test]
    fn weights_tile_exactly_and_the_last_takes_the_rest() {
        assert_eq!(sizes(&[1, 1, 1], 10_000), [3_333, 3_333, 3_334]);
        assert_eq!(sizes(&[50, 50], 10_000), [5_000, 5_000]);
        assert_eq!(sizes(&[1, 2, 0], 10_000), [3_333, 6_667, 0]);
        assert_eq!(sizes(&[0, 7, 0], 10_000), [0, 10_000, 0]);
        assert_eq!(sizes(&[u64::MAX, u64::MAX, u64::MAX], 10_000), [3_333, 3_333, 3_334]);
        assert_eq!(sizes(&[0, 0], 10_000), [0, 0]);
        assert_eq!(sizes(&[], 10_000), [0_u32; 0]);
    }

    #[test]
    fn ranges_of_weights_leave_no_gap_and_do_not_overlap() {
        for total in [1, 2, 7, 100, 10_000, 65_537, u32::MAX] {
            for weights in [&[1_u64, 1][..], &[3, 0, 5, 9], &[1, 1_000_000], &[7, 11, 13, 17, 19, 0]] {
                let ranges = tile(weights, total);
                assert_eq!(gaps(ranges.iter().copied(), total), []);
                assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{weights:?} of {total}");
            }
        }
    }

    #[test]
    fn gaps_are_what_no_range_covers() {
        let range = |start, end| Range { start, end };
        assert_eq!(gaps([range(10, 20), range(0, 5)], 30), [range(5, 10), range(20, 30)]);
        assert_eq!(gaps([range(0, 20), range(5, 10)], 20), []);
        assert_eq!(gaps([range(3, 3)], 4), [range(0, 4)]);
    }
}
