//! Percentages, instants, dates and numbers as people write them: text in, value or reason out.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ast::{Number, Percent};

/// Why a text is not a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareProblem {
    /// A number without `%`.
    NoPercent,
    /// More decimals than any number of shards can express.
    TooFine,
    /// Above 100 % or below 0 %.
    OutOfRange,
    /// Not a number before the `%`.
    NotANumber,
}

/// Reads `5%`, `0.05%`, `100%`: digits, at most one point, `%`.
///
/// # Errors
/// Says what is wrong with it.
pub fn percent(text: &str) -> Result<Percent, ShareProblem> {
    let Some(number) = text.strip_suffix('%') else {
        let plain = !text.is_empty() && decimal(text.trim_start_matches(['-', '+'])).is_some();
        return Err(if plain { ShareProblem::NoPercent } else { ShareProblem::NotANumber });
    };
    if let Some(rest) = number.strip_prefix('-') {
        return Err(if decimal(rest).is_some() { ShareProblem::OutOfRange } else { ShareProblem::NotANumber });
    }
    let (whole, fraction) = decimal(number).ok_or(ShareProblem::NotANumber)?;
    let fraction = fraction.trim_end_matches('0');
    if whole.trim_start_matches('0').len() > 3 {
        return Err(ShareProblem::OutOfRange);
    }
    let decimals = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if decimals > 12 {
        return Err(ShareProblem::TooFine);
    }
    let digits: u64 = format!("{whole}{fraction}").parse().map_err(|_| ShareProblem::NotANumber)?;
    if u128::from(digits) > 100 * 10_u128.pow(decimals) {
        return Err(ShareProblem::OutOfRange);
    }
    Ok(Percent { digits, decimals })
}

/// Splits `12.5` at its point; both parts are digits, the first at least one.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let pointed = text.contains('.');
    (!whole.is_empty() && digits(whole) && digits(fraction) && (!pointed || !fraction.is_empty()))
        .then_some((whole, fraction))
}

/// A decimal number's text with the point moved by `places` (to the right when positive), zeros trimmed; none for other spellings.
#[must_use]
pub fn shift_point(text: &str, places: i32) -> Option<String> {
    let (whole, fraction) = decimal(text)?;
    let digits = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()? + i64::from(places);
    let padded = if point <= 0 { format!("{}{digits}", "0".repeat(usize::try_from(1 - point).ok()?)) } else { digits };
    let at = usize::try_from(point.max(1)).ok()?;
    let padded = format!("{padded:0<at$}");
    let (whole, fraction) = padded.split_at_checked(at)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstantProblem {
    /// A date without a time.
    DateOnly,
    /// No `Z` and no offset.
    NoZone,
    /// Shaped like an instant, but no such instant exists; the reason in words.
    NoSuchInstant(String),
    /// Another shape.
    Shape,
}

/// Reads an RFC 3339 instant with seconds and an explicit zone, `2027-01-01T00:00:00Z` or `…+02:00`.
///
/// # Errors
/// Says what is wrong with it.
pub fn instant(text: &str) -> Result<Timestamp, InstantProblem> {
    if date(text).is_ok() {
        return Err(InstantProblem::DateOnly);
    }
    let Some((day, rest)) = text.split_once('T') else { return Err(InstantProblem::Shape) };
    if !shaped(day, "dddd-dd-dd") {
        return Err(InstantProblem::Shape);
    }
    let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(zone).ok_or(InstantProblem::Shape)?;
    let (seconds, fraction) = time.split_once('.').map_or((time, None), |(seconds, part)| (seconds, Some(part)));
    let fraction_fits =
        fraction.is_none_or(|part| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !shaped(seconds, "dd:dd:dd") || !fraction_fits {
        return Err(InstantProblem::Shape);
    }
    if zone.is_empty() {
        return Err(InstantProblem::NoZone);
    }
    if zone != "Z" && !shaped(zone, "sdd:dd") {
        return Err(InstantProblem::Shape);
    }
    if seconds.ends_with(":60") {
        return Err(InstantProblem::NoSuchInstant("seconds go from 00 to 59".to_owned()));
    }
    text.parse().map_err(|_| InstantProblem::NoSuchInstant(no_such(day, seconds)))
}

/// Which part of an instant does not exist.
fn no_such(day: &str, time: &str) -> String {
    let part = |text: &str, from: usize| text.get(from..from + 2).and_then(|part| part.parse::<u8>().ok()).unwrap_or(0);
    if !(1..=12).contains(&part(day, 5)) {
        "months go from 01 to 12".to_owned()
    } else if date(day).is_err() {
        format!("{} has no day {}", day.get(..7).unwrap_or(day), day.get(8..).unwrap_or(""))
    } else if part(time, 0) > 23 {
        "hours go from 00 to 23".to_owned()
    } else if part(time, 3) > 59 || part(time, 6) > 59 {
        "minutes and seconds go from 00 to 59".to_owned()
    } else {
        "the offset from UTC is at most 25 hours".to_owned()
    }
}

/// Whether a text has the shape of a pattern: `d` is a digit, `s` a sign, the rest itself.
fn shaped(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, want)| match want {
            b'd' => byte.is_ascii_digit(),
            b's' => matches!(byte, b'+' | b'-'),
            other => byte == other,
        })
}

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateProblem {
    /// An instant where a day is meant.
    Instant,
    /// Shaped like a date, but no such day exists.
    NoSuchDay,
    /// Another shape.
    Shape,
}

/// Reads a calendar day, `2027-03-31`.
///
/// # Errors
/// Says what is wrong with it.
pub fn date(text: &str) -> Result<Date, DateProblem> {
    if shaped(text, "dddd-dd-dd") {
        return text.parse().map_err(|_| DateProblem::NoSuchDay);
    }
    let begins_like_one = text.get(..10).is_some_and(|day| shaped(day, "dddd-dd-dd"));
    Err(if begins_like_one { DateProblem::Instant } else { DateProblem::Shape })
}

/// Reads a number as KDL writes it: decimal, `0x`, `0o`, `0b`, underscores, `#inf`, `#-inf`, `#nan`.
#[must_use]
pub fn number(text: &str) -> Number {
    let plain: String = text.chars().filter(|&letter| letter != '_').collect();
    let (value, integer) = match plain.as_str() {
        "#inf" => (f64::INFINITY, None),
        "#-inf" => (f64::NEG_INFINITY, None),
        "#nan" => (f64::NAN, None),
        _ => read_number(&plain),
    };
    Number { text: text.to_owned(), value, integer }
}

fn read_number(plain: &str) -> (f64, Option<i128>) {
    let (negative, magnitude) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let radix = match magnitude.get(..2) {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let sign = if negative { -1 } else { 1 };
    if let Some(radix) = radix {
        let digits = magnitude.get(2..).unwrap_or("");
        let integer = i128::from_str_radix(digits, radix).ok().map(|value| sign * value);
        let value = digits
            .chars()
            .filter_map(|digit| digit.to_digit(radix))
            .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit));
        return (if negative { -value } else { value }, integer);
    }
    let whole = !magnitude.is_empty() && magnitude.bytes().all(|byte| byte.is_ascii_digit());
    let integer = whole.then(|| magnitude.parse::<i128>().ok().map(|value| sign * value)).flatten();
    (plain.parse().unwrap_or(f64::NAN), integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_keeps_its_exact_digits() {
        assert_eq!(percent("5%"), Ok(Percent { digits: 5, decimals: 0 }));
        assert_eq!(percent("0.050%"), Ok(Percent { digits: 5, decimals: 2 }));
        assert_eq!(percent("100.00%"), Ok(Percent { digits: 100, decimals: 0 }));
        assert_eq!(percent("0.000000000001%"), Ok(Percent { digits: 1, decimals: 12 }));
    }

    #[test]
    fn what_is_no_percentage_says_why() {
        assert_eq!(percent("5"), Err(ShareProblem::NoPercent));
        assert_eq!(percent("100.01%"), Err(ShareProblem::OutOfRange));
        assert_eq!(percent("99999999999999999999%"), Err(ShareProblem::OutOfRange));
        assert_eq!(percent("-1%"), Err(ShareProblem::OutOfRange));
        assert_eq!(percent("5 %"), Err(ShareProblem::NotANumber));
        assert_eq!(percent("%"), Err(ShareProblem::NotANumber));
        assert_eq!(percent(""), Err(ShareProblem::NotANumber));
        assert_eq!(percent("5.%"), Err(ShareProblem::NotANumber));
        assert_eq!(percent("0.0000000000001%"), Err(ShareProblem::TooFine));
    }

    #[test]
    fn moving_the_point_is_exact() {
        assert_eq!(shift_point("0.05", 2).as_deref(), Some("5"));
        assert_eq!(shift_point("5", -2).as_deref(), Some("0.05"));
        assert_eq!(shift_point("0.125", 2).as_deref(), Some("12.5"));
        assert_eq!(shift_point("1", 2).as_deref(), Some("100"));
        assert_eq!(shift_point("1e3", 2), None);
    }

    #[test]
    fn instants_need_seconds_and_a_zone() {
        assert!(instant("2027-01-01T00:00:00Z").is_ok());
        assert_eq!(instant("2027-01-01T02:00:00+02:00"), instant("2027-01-01T00:00:00Z"));
        assert_eq!(instant("2027-01-01"), Err(InstantProblem::DateOnly));
        assert_eq!(instant("2027-01-01T00:00:00"), Err(InstantProblem::NoZone));
        assert_eq!(instant("2027-01-01T00:00Z"), Err(InstantProblem::Shape));
        assert_eq!(instant("2027-01-01 00:00:00Z"), Err(InstantProblem::Shape));
        assert!(matches!(instant("2027-02-30T00:00:00Z"), Err(InstantProblem::NoSuchInstant(_))));
        assert!(matches!(instant("2027-01-01T00:00:60Z"), Err(InstantProblem::NoSuchInstant(_))));
    }

    #[test]
    fn dates_are_days() {
        assert!(date("2028-02-29").is_ok());
        assert_eq!(date("2027-02-29"), Err(DateProblem::NoSuchDay));
        assert_eq!(date("2027-02-01T00:00:00Z"), Err(DateProblem::Instant));
        assert_eq!(date("31.03.2027"), Err(DateProblem::Shape));
    }

    #[test]
    fn numbers_keep_their_source_text() {
        assert_eq!(number("1.10"), Number { text: "1.10".to_owned(), value: 1.1, integer: None });
        assert_eq!(number("0123").integer, Some(123));
        assert_eq!(number("0x10").integer, Some(16));
        assert_eq!(number("-1_000").integer, Some(-1000));
        assert!(number("5e8400").value.is_infinite());
        assert!(number("#nan").value.is_nan());
        assert_eq!(number("+1555").integer, Some(1555));
    }
}
