//! Instants as the reference reads them: RFC 3339, relaxed as the `chrono` crate relaxes it.
//!
//! White space may stand between the parts, digits may be missing from the left, `UTC` may stand for `Z`, the colon
//! of the offset may be left out, years outside 0–9999 take a sign, second 60 is the second half of 59.
//! A configuration somebody else wrote loads here exactly when it loads there.

use jiff::Timestamp;

/// An instant. Wider than [`Timestamp`]: a wire date may lie outside the years that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    seconds: i64,
    /// Up to 1 999 999 999 within a leap second.
    nanoseconds: u32,
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        // Both have the instant's sign, and a fraction here counts up.
        let (seconds, nanoseconds) = match (at.as_second(), at.subsec_nanosecond()) {
            (seconds, nanoseconds @ ..0) => (seconds - 1, nanoseconds + 1_000_000_000),
            other => other,
        };
        Self { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or(0) }
    }
}

impl Instant {
    /// The instant where it can be printed; none in a leap second or outside those years.
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        let nanoseconds = i32::try_from(self.nanoseconds).ok().filter(|n| *n < 1_000_000_000)?;
        Timestamp::new(self.seconds, nanoseconds).ok()
    }

    /// Reads a wire date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let year = year(&mut rest)?;
        literal(&mut rest, '-')?;
        let month = digits(&mut rest, 2)?;
        literal(&mut rest, '-')?;
        let day = digits(&mut rest, 2)?;
        rest = rest.strip_prefix(['t', 'T', ' '])?;
        let hour = digits(&mut rest, 2)?;
        literal(&mut rest, ':')?;
        let minute = digits(&mut rest, 2)?;
        literal(&mut rest, ':')?;
        let second = digits(&mut rest, 2)?;
        let fraction = fraction(&mut rest)?;
        let offset = offset(&mut rest)?;
        let in_range = hour <= 23 && minute <= 59 && second <= 60 && rest.trim_start().is_empty();
        if !in_range {
            return None;
        }
        let leap = u32::from(second == 60);
        let days = days_since_epoch(year, month, day)?;
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - i64::from(leap) - offset;
        Some(Self { seconds, nanoseconds: fraction + leap * 1_000_000_000 })
    }
}

/// One to `most` digits after white space.
fn digits(rest: &mut &str, most: usize) -> Option<i64> {
    *rest = rest.trim_start();
    let length = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, tail) = rest.split_at(length);
    *rest = tail;
    number.parse().ok()
}

fn year(rest: &mut &str) -> Option<i64> {
    *rest = rest.trim_start();
    if let Some(tail) = rest.strip_prefix(['-', '+']) {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        // A number follows a sign at once, without white space.
        let unspaced = tail.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        *rest = tail;
        return unspaced.then(|| digits(rest, usize::MAX)).flatten().map(|year| sign * year);
    }
    digits(rest, 4)
}

fn literal(rest: &mut &str, character: char) -> Option<()> {
    *rest = rest.trim_start().strip_prefix(character)?;
    Some(())
}

/// Nanoseconds; digits past the ninth are dropped.
fn fraction(rest: &mut &str) -> Option<u32> {
    let Some(tail) = rest.strip_prefix('.') else { return Some(0) };
    let length = tail.bytes().take_while(u8::is_ascii_digit).count();
    let (number, tail) = tail.split_at(length);
    *rest = tail;
    let kept = number.get(..length.min(9)).filter(|kept| !kept.is_empty())?;
    let scale = 10_u32.checked_pow(u32::try_from(9 - kept.len()).ok()?)?;
    Some(kept.parse::<u32>().ok()? * scale)
}

/// Seconds east of UTC.
fn offset(rest: &mut &str) -> Option<i64> {
    let text = rest.trim_start();
    if text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("utc")) {
        *rest = text.get(3..)?;
        return Some(0);
    }
    if let Some(tail) = text.strip_prefix(['z', 'Z']) {
        *rest = tail;
        return Some(0);
    }
    let sign = if text.starts_with('+') { 1 } else { -1 };
    let text = text.strip_prefix(['+', '-', '\u{2212}'])?;
    let hours = two_digits(text)?;
    let text = text.get(2..)?.trim_start_matches(|c: char| c == ':' || c.is_whitespace());
    let minutes = two_digits(text)?;
    *rest = text.get(2..).unwrap_or("");
    let seconds = hours * 3_600 + minutes * 60;
    (minutes < 60 && seconds < 86_400).then_some(sign * seconds)
}

fn two_digits(text: &str) -> Option<i64> {
    let both = text.get(..2)?;
    both.bytes().all(|byte| byte.is_ascii_digit()).then(|| both.parse().ok()).flatten()
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, within the years the reference can hold.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(-262_143..=262_142).contains(&year) {
        return None;
    }
    // Years begin in March, so that the leap day is the last of its year.
    let from_march = (month + 9) % 12;
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &[&str] = &[
        "2024-04-17T19:40:53.716Z",
        "2024-04-17t19:40:53z",
        "2024-4-7 1:2:3.5 UTC",
        "2024 -  04 - 17T 19 : 40 : 53  +05:30",
        " 2024-04-17T19:40:53.1234567891+0530 ",
        "2024-04-17T19:40:53\u{2212}05",
        "2024-04-17T19:40:53+05 : 30",
        "2024-04-17T19:40:53+24:00",
        "2024-04-17T19:40:53+05:6",
        "2024-04-17T19:40:53+05:60",
        "2024-04-17T19:40:53",
        "2024-04-17T19:40:53.Z",
        "2024-04-17T19:40:60.25Z",
        "2024-04-17T19:40:61Z",
        "2024-04-17T24:00:00Z",
        "2024-04-17",
        "2023-02-29T00:00:00Z",
        "2024-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "-0001-03-01T00:00:00Z",
        "+12345-03-01T00:00:00Z",
        "+ 2024-03-01T00:00:00Z",
        "12345-03-01T00:00:00Z",
        "+262143-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "1969-12-31T23:59:59.5Z",
        "2024-04-17T19:40:53ZZ",
        "2024-04-17T19:40:53é",
        "",
        "soon",
    ];

    #[test]
    fn dates_read_as_the_reference_reads_them() {
        for text in TEXTS {
            let theirs = text.parse::<chrono::DateTime<chrono::Utc>>().ok();
            let theirs = theirs.map(|at| Instant { seconds: at.timestamp(), nanoseconds: at.timestamp_subsec_nanos() });
            assert_eq!(Instant::parse(text), theirs, "{text}");
        }
    }

    #[test]
    fn instants_before_the_epoch_compare_in_order() {
        let half = Timestamp::from_nanosecond(-500_000_000).unwrap();
        assert_eq!(Instant::parse("1969-12-31T23:59:59.5Z"), Some(half.into()));
        assert!(Instant::from(half) < Instant::parse("1970-01-01T00:00:00Z").unwrap());
    }
}
