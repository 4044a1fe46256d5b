//! Pearson's chi-square test of a population against exact shares.

use std::collections::BTreeMap;

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::End;
use crate::count::Fraction;

/// Outcomes expected for fewer subjects than this are judged together: the test is not valid on fewer.
const FEWEST: f64 = 5.0;

/// How far a population is from what was expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// Pearson's statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub freedom: u32,
    /// The probability that chance alone deviates at least this much.
    pub p_value: f64,
}

impl Deviation {
    pub(super) fn none() -> Self {
        Self { statistic: 0.0, freedom: 0, p_value: 1.0 }
    }

    /// Adds subjects who share their expected shares. Strata are independent, so statistics and degrees of freedom add up.
    pub(super) fn add(&mut self, subjects: u64, expected: &BTreeMap<End, Fraction>, actual: &BTreeMap<End, u64>) {
        let mut cells: Vec<(f64, f64)> = expected
            .iter()
            .map(|(end, share)| (share.to_f64() * count(subjects), count(actual.get(end).copied().unwrap_or(0))))
            .collect();
        // What cannot happen and did is no chance at all.
        if actual.keys().any(|end| !expected.contains_key(end)) {
            self.statistic = f64::INFINITY;
        }
        cells.sort_by(|left, right| left.0.total_cmp(&right.0));
        let mut pooled: Vec<(f64, f64)> = Vec::new();
        let mut few = (0.0, 0.0);
        for cell in cells {
            few = (few.0 + cell.0, few.1 + cell.1);
            if few.0 >= FEWEST {
                pooled.push(few);
                few = (0.0, 0.0);
            }
        }
        if let Some(last) = pooled.last_mut() {
            *last = (last.0 + few.0, last.1 + few.1);
        }
        self.statistic += pooled.iter().map(|(expected, actual)| (actual - expected).powi(2) / expected).sum::<f64>();
        self.freedom += u32::try_from(pooled.len().saturating_sub(1)).unwrap_or(u32::MAX);
    }

    /// The verdict; none where nothing was left to chance, or about too few, and nothing happened that cannot.
    pub(super) fn judged(mut self) -> Option<Self> {
        if self.statistic.is_infinite() {
            self.p_value = 0.0;
            return Some(self);
        }
        let distribution = ChiSquared::new(f64::from(self.freedom)).ok()?;
        self.p_value = distribution.sf(self.statistic);
        Some(self)
    }

    /// The verdict as a sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let p = self.p_value;
        match p {
            _ if self.statistic.is_infinite() => {
                "not as expected: subjects got what nobody can get, so the evaluator or the shares are wrong".to_owned()
            }
            0.01.. => format!("as expected: chance alone deviates at least this much in {} (p = {p:.2})", often(p)),
            0.001.. => {
                format!("unusual: chance alone deviates this much only in {} (p = {p:.4}); try another seed", often(p))
            }
            _ => format!(
                "not as expected: chance alone does not deviate this much (p = {p:.1e}); subject keys repeat or are not independent"
            ),
        }
    }
}

fn often(p: f64) -> String {
    if p >= 0.01 {
        format!("{:.0} of 100 populations", p * 100.0)
    } else {
        format!("{:.0} of 1000 populations", p * 1000.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "populations are far below 2^53")]
fn count(many: u64) -> f64 {
    many as f64
}
