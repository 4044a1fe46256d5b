//! Fractions between nothing and everyone, exact at any size.

use std::cmp::Ordering;
use std::fmt;

use dashu_int::UBig;
use dashu_int::ops::{BitTest as _, Gcd as _};
use serde_json::value::RawValue;

/// A share in lowest terms. Each salt multiplies the denominator by the number of shards, so numbers grow beyond machine words;
/// those up to 128 bits live on the stack.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: UBig,
    denominator: UBig,
}

impl Fraction {
    /// Nobody.
    pub const ZERO: Self = Self { numerator: UBig::ZERO, denominator: UBig::ONE };
    /// Everyone.
    pub const ONE: Self = Self { numerator: UBig::ONE, denominator: UBig::ONE };

    /// `numerator` of `denominator`; none for a denominator of zero.
    #[must_use]
    pub fn new(numerator: u128, denominator: u128) -> Option<Self> {
        let (numerator, denominator) = (UBig::from(numerator), UBig::from(denominator));
        (!denominator.is_zero()).then(|| Self::lowest(numerator, denominator))
    }

    /// `numerator` of `base` to the power of `exponent`; none for a denominator of zero.
    pub(super) fn of_power(numerator: UBig, base: u32, exponent: usize) -> Option<Self> {
        let denominator = UBig::from(base).pow(exponent);
        (!denominator.is_zero()).then(|| Self::lowest(numerator, denominator))
    }

    /// The denominator is not zero.
    fn lowest(numerator: UBig, denominator: UBig) -> Self {
        let divisor = (&numerator).gcd(&denominator);
        if divisor.is_one() {
            return Self { numerator, denominator };
        }
        Self { numerator: numerator / &divisor, denominator: denominator / divisor }
    }

    /// A percentage written as `digits / 10^decimals` percent; none for more decimals than anyone writes.
    #[must_use]
    pub fn from_percent(digits: u64, decimals: u32) -> Option<Self> {
        Self::new(u128::from(digits), 10_u128.checked_pow(decimals.checked_add(2)?)?)
    }

    /// The numerator in lowest terms, to be written down.
    #[must_use]
    pub fn numerator(&self) -> impl fmt::Display {
        &self.numerator
    }

    /// The denominator in lowest terms, to be written down.
    #[must_use]
    pub fn denominator(&self) -> impl fmt::Display {
        &self.denominator
    }

    /// Whether it is nobody.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        if self.is_zero() {
            return other.clone();
        }
        if other.is_zero() {
            return self.clone();
        }
        let divisor = (&self.denominator).gcd(&other.denominator);
        let (left, right) = (&other.denominator / &divisor, &self.denominator / divisor);
        let sum = &self.numerator * &left + &other.numerator * right;
        Self::lowest(sum, &self.denominator * left)
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self::lowest(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }

    /// Which part of `whole` it is; none of nobody.
    #[must_use]
    pub fn of(&self, whole: &Self) -> Option<Self> {
        let (numerator, denominator) = (&self.numerator * &whole.denominator, &self.denominator * &whole.numerator);
        (!denominator.is_zero()).then(|| Self::lowest(numerator, denominator))
    }

    /// A double next to it, for statistics and bars.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        // Doubles end near 2^1024: what is longer loses low bits on both sides alike.
        let spare = self.denominator.bit_len().saturating_sub(1_000);
        let short = |number: &UBig| (number >> spare).to_f64().value();
        short(&self.numerator) / short(&self.denominator)
    }

    /// The percentage with at least two decimals (`12.50`), more where they are needed to be exact, at most eight.
    #[must_use]
    pub fn percent(&self) -> String {
        // Half a unit of the last decimal is added before the rest is cut off.
        let unit = UBig::from(10_u64.pow(10));
        let doubled = &self.denominator << 1;
        let rounded = (((&self.numerator * unit) << 1) + &self.denominator) / doubled;
        let digits = format!("{:09}", rounded);
        let (whole, decimals) = digits.split_at(digits.len() - 8);
        let kept = decimals.trim_end_matches('0').len().max(2);
        format!("{whole}.{}", decimals.get(..kept).unwrap_or(decimals))
    }

    /// How it is shown: the percentage, without zeros at the end, and whether that is exact.
    fn short(&self) -> (String, bool) {
        let percent = self.percent();
        let short = percent.trim_end_matches('0').trim_end_matches('.');
        let decimals = short.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits = short.replace('.', "").parse::<u64>().ok();
        let shown = digits.and_then(|digits| Self::from_percent(digits, u32::try_from(decimals).ok()?));
        let exact = shown.is_some_and(|shown| shown == *self);
        (if exact { short.to_owned() } else { percent }, exact)
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Bits of a denominator that people still read.
const READABLE: usize = 64;

impl fmt::Display for Fraction {
    /// As authors write it: `2.5%`, and `1/3 (33.33333333%)` where no percentage is exact, or `about 1.00000001%` where the
    /// fraction would be too long to be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.short() {
            (percent, true) => write!(f, "{percent}%"),
            (percent, false) if self.denominator.bit_len() > READABLE => write!(f, "about {percent}%"),
            (percent, false) => write!(f, "{}/{} ({percent}%)", self.numerator, self.denominator),
        }
    }
}

impl serde::Serialize for Fraction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let integer = |number: &UBig| RawValue::from_string(number.to_string()).map_err(serde::ser::Error::custom);
        let (numerator, denominator) = (integer(&self.numerator)?, integer(&self.denominator)?);
        Share { numerator, denominator, percent: self.percent() }.serialize(serializer)
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

/// An exact share, in lowest terms. The integers have as many digits as it takes: read them with a parser that keeps large
/// integers (Python's does, JavaScript's rounds them), or read `percent`.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Share {
    /// That many …
    #[schemars(schema_with = "integer")]
    numerator: Box<RawValue>,
    /// … of so many.
    #[schemars(schema_with = "integer")]
    denominator: Box<RawValue>,
    /// The percentage, with at least two decimals and at most eight.
    #[schemars(example = &"12.50")]
    percent: String,
}

fn integer(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "integer", "minimum": 0 })
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
    fn no_number_of_salts_makes_a_share_inexact() {
        let one = fraction(101, 10_000);
        let power = (0..200).fold(Fraction::ONE, |product, _| product.times(&one));
        let rest = (0..200).fold(Fraction::ZERO, |sum, _| sum.plus(&power));
        assert_eq!(rest.of(&power), Some(fraction(200, 1)));
        assert_eq!((power.percent(), power.to_f64()), ("0.00".to_owned(), 0.0));
        assert!(power > Fraction::ZERO && power < rest);
        assert_eq!(power.of(&Fraction::ZERO), None);
    }

    #[test]
    fn long_fractions_are_shown_rounded_and_printed_whole() {
        let third = fraction(1, 3_u128.pow(50));
        let sum = fraction(1, 2).plus(&third);
        assert_eq!(sum.to_string(), "about 50.00%");
        assert!((sum.to_f64() - 0.5).abs() < 1e-9);
        let huge = third.times(&third);
        let json = serde_json::to_string(&huge).unwrap();
        let digits = "515377520732011331036461129765621272702107522001";
        assert_eq!(json, format!(r#"{{"numerator":1,"denominator":{digits},"percent":"0.00"}}"#));
    }
}
