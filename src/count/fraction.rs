//! Fractions between nothing and everyone, exact or not at all.

use std::cmp::Ordering;
use std::fmt;

/// A share in lowest terms. Operations answer none where 128 bits do not hold the exact result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: u128,
    denominator: u128,
}

impl Fraction {
    /// Nobody.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// Everyone.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator` of `denominator`; none for a denominator of zero.
    #[must_use]
    pub fn new(numerator: u128, denominator: u128) -> Option<Self> {
        let divisor = greatest_common_divisor(numerator, denominator);
        (denominator != 0).then(|| Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A percentage written as `digits / 10^decimals` percent.
    #[must_use]
    pub fn from_percent(digits: u64, decimals: u32) -> Option<Self> {
        Self::new(u128::from(digits), 10_u128.checked_pow(decimals.checked_add(2)?)?)
    }

    /// The numerator in lowest terms.
    #[must_use]
    pub fn numerator(self) -> u128 {
        self.numerator
    }

    /// The denominator in lowest terms.
    #[must_use]
    pub fn denominator(self) -> u128 {
        self.denominator
    }

    /// Whether it is nobody.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let divisor = greatest_common_divisor(self.denominator, other.denominator);
        let (left, right) = (other.denominator / divisor, self.denominator / divisor);
        let sum = self.numerator.checked_mul(left)?.checked_add(other.numerator.checked_mul(right)?)?;
        Self::new(sum, self.denominator.checked_mul(left)?)
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let across = Self::new(self.numerator, other.denominator)?;
        let back = Self::new(other.numerator, self.denominator)?;
        Self::new(across.numerator.checked_mul(back.numerator)?, across.denominator.checked_mul(back.denominator)?)
    }

    /// The nearest double, for statistics and bars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the exact value is the fraction itself")]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The percentage with at least two decimals (`12.50`), more where they are needed to be exact, at most eight.
    #[must_use]
    pub fn percent(self) -> String {
        // Long division, so that no intermediate product can overflow for the shares that occur.
        let mut digits = Vec::new();
        let mut rest = self.numerator % self.denominator;
        for _ in 0..11 {
            let Some(scaled) = rest.checked_mul(10) else { return format!("{:.8}", self.to_f64() * 100.0) };
            digits.push(scaled / self.denominator);
            rest = scaled % self.denominator;
        }
        let fine = digits.iter().fold(self.numerator / self.denominator, |value, digit| value * 10 + digit);
        let rounded = (fine + 5) / 10;
        let (whole, decimals) = (rounded / 100_000_000, rounded % 100_000_000);
        let decimals = format!("{decimals:08}");
        let kept = decimals.trim_end_matches('0').len().max(2);
        format!("{whole}.{}", decimals.get(..kept).unwrap_or(&decimals))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        // Compares by continued fractions: exact without products.
        let (mut left, mut right) = (*self, *other);
        let mut flipped = false;
        loop {
            let whole = (left.numerator / left.denominator).cmp(&(right.numerator / right.denominator));
            let (left_rest, right_rest) = (left.numerator % left.denominator, right.numerator % right.denominator);
            let decided = whole.then(match (left_rest, right_rest) {
                (0, 0) => return if flipped { whole.reverse() } else { whole },
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if decided != Ordering::Equal {
                return if flipped { decided.reverse() } else { decided };
            }
            left = Self { numerator: left.denominator, denominator: left_rest };
            right = Self { numerator: right.denominator, denominator: right_rest };
            flipped = !flipped;
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    /// As authors write it: `2.5%`, and `1/3 (33.33333333%)` where no percentage is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percent();
        let short = percent.trim_end_matches('0').trim_end_matches('.');
        let decimals = short.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits = short.replace('.', "").parse::<u64>().ok();
        let shown = digits.and_then(|digits| Self::from_percent(digits, u32::try_from(decimals).ok()?));
        match shown {
            Some(shown) if shown == *self => write!(f, "{short}%"),
            _ => write!(f, "{}/{} ({percent}%)", self.numerator, self.denominator),
        }
    }
}

impl serde::Serialize for Fraction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let share = Share { numerator: self.numerator, denominator: self.denominator, percent: self.percent() };
        share.serialize(serializer)
    }
}

impl schemars::JsonSchema for Fraction {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Share::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Share::json_schema(generator)
    }
}

/// An exact share, in lowest terms.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Share {
    /// That many …
    numerator: u128,
    /// … of so many.
    denominator: u128,
    /// The percentage, with at least two decimals and at most eight.
    #[schemars(example = &"12.50")]
    percent: String,
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    fn fraction(numerator: u128, denominator: u128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn fractions_are_kept_in_lowest_terms() {
        assert_eq!(fraction(250, 10_000), fraction(1, 40));
        assert_eq!(Fraction::from_percent(25, 1), Some(fraction(1, 40)));
        assert_eq!(Fraction::new(1, 0), None);
    }

    #[test]
    fn percentages_show_two_decimals_and_more_where_needed() {
        assert_eq!(fraction(1, 8).percent(), "12.50");
        assert_eq!(Fraction::ONE.percent(), "100.00");
        assert_eq!(Fraction::ZERO.percent(), "0.00");
        assert_eq!(fraction(1, 100_000).percent(), "0.001");
        assert_eq!(fraction(2, 3).percent(), "66.66666667");
    }

    #[test]
    fn a_share_reads_as_its_author_would_write_it() {
        assert_eq!(fraction(1, 40).to_string(), "2.5%");
        assert_eq!(Fraction::ONE.to_string(), "100%");
        assert_eq!(Fraction::ZERO.to_string(), "0%");
        assert_eq!(fraction(1, 3).to_string(), "1/3 (33.33333333%)");
    }

    #[test]
    fn order_is_exact_where_doubles_are_not() {
        let tiny = 10_u128.pow(30);
        assert!(fraction(tiny / 2, tiny) < fraction(tiny / 2 + 1, tiny));
        assert!(fraction(1, 3) > fraction(33, 100) && fraction(1, 3) < fraction(34, 100));
        assert_eq!(fraction(2, 6).cmp(&fraction(1, 3)), std::cmp::Ordering::Equal);
    }

    #[test]
    fn what_does_not_fit_is_none_instead_of_wrong() {
        let huge = fraction(1, u128::MAX);
        assert_eq!(huge.times(fraction(1, 2)), None);
        assert_eq!(huge.plus(fraction(1, 2)), None);
        assert_eq!(huge.times(fraction(u128::MAX, 1)), Some(Fraction::ONE));
    }
}
