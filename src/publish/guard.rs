//! The guard: what must not be published without somebody saying so.

use std::fmt;

use super::Change;
use crate::count::Fraction;
use crate::diagnostic::render::counted;

/// Flags that are named.
const NAMED: usize = 5;

/// What a change may do without being held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guard {
    /// So many flags may go; none is any number.
    pub max_removed_flags: Option<usize>,
    /// So large a share of any audience may be reassigned; none is everyone.
    pub max_reassigned: Option<Fraction>,
    /// A configuration without flags may be published.
    pub allow_empty: bool,
}

/// What a change does that the guard holds it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exceeded {
    /// More flags go than may.
    RemovedFlags {
        /// Which.
        flags: Vec<String>,
        /// How many may.
        most: usize,
    },
    /// A larger share of an audience is reassigned than may be.
    Reassigned {
        /// The percentage, rounded up.
        share: String,
        /// Of which flag.
        flag: String,
        /// How large it may be.
        most: Fraction,
    },
    /// There are no flags.
    Empty,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemovedFlags { flags, most } => {
                let named: Vec<String> = flags.iter().take(NAMED).map(|flag| format!("`{flag}`")).collect();
                let more = flags.len().checked_sub(NAMED).filter(|more| *more > 0);
                let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
                let removed = counted(flags.len(), "flag");
                write!(f, "{removed} would be removed, the guard allows {most}: {}{more}", named.join(", "))
            }
            Self::Reassigned { share, flag, most } => {
                write!(
                    f,
                    "{share}% of an audience of `{flag}` would be reassigned, the guard allows {}%",
                    most.percent()
                )
            }
            Self::Empty => f.write_str("the configuration has no flags, the guard allows none that is empty"),
        }
    }
}

/// What holds a change; empty: it may be published. `change` is none where nothing was published before; `flags` are those of what is to be.
#[must_use]
pub fn guard(change: Option<&Change>, flags: usize, guard: &Guard) -> Vec<Exceeded> {
    let removed = change.zip(guard.max_removed_flags).and_then(|(change, most)| {
        let flags = &change.removed_flags;
        (flags.len() > most).then(|| Exceeded::RemovedFlags { flags: flags.clone(), most })
    });
    let reassigned = change.and_then(|change| change.max_reassigned.as_ref()).zip(guard.max_reassigned.as_ref());
    let reassigned = reassigned.and_then(|((share, flag), most)| {
        // What is no percentage was not written by us: it may be everyone.
        let over = percent(share).is_none_or(|share| share > *most);
        over.then(|| Exceeded::Reassigned { share: share.clone(), flag: flag.clone(), most: most.clone() })
    });
    let empty = (flags == 0 && !guard.allow_empty).then_some(Exceeded::Empty);
    removed.into_iter().chain(reassigned).chain(empty).collect()
}

/// A percentage as guards are written: `5`, `5%`, `12.51%`; at most two decimals, at most 100.
#[must_use]
pub fn percent(text: &str) -> Option<Fraction> {
    let text = text.strip_suffix('%').unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_written = (1..=3).contains(&whole.len()) && digits(whole) && decimals.len() <= 2 && digits(decimals);
    if !is_written || text.ends_with('.') {
        return None;
    }
    let written = format!("{whole}{decimals:0<2}").parse().ok().filter(|hundredths| *hundredths <= 10_000);
    Fraction::from_percent(written?, 2)
}

/// The least percentage of two decimals that is not below a share: comparing it with limits of two decimals is exact.
pub(super) fn rounded_up(share: &Fraction) -> String {
    let (mut low, mut high) = (0_u64, 10_000_u64);
    while low < high {
        let middle = u64::midpoint(low, high);
        let enough = Fraction::from_percent(middle, 2).is_none_or(|percent| percent >= *share);
        if enough { high = middle } else { low = middle + 1 }
    }
    format!("{}.{:02}", low / 100, low % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(change: &Change, limits: &Guard) -> Vec<String> {
        guard(Some(change), 7, limits).iter().map(ToString::to_string).collect()
    }

    fn change(removed: &[&str], reassigned: Option<&str>) -> Change {
        Change {
            removed_flags: removed.iter().map(|flag| (*flag).to_owned()).collect(),
            max_reassigned: reassigned.map(|share| (share.to_owned(), "checkout".to_owned())),
            summary: String::new(),
            class: String::new(),
        }
    }

    #[test]
    fn exactly_what_is_allowed_passes_and_the_next_is_held() {
        let limits = Guard { max_removed_flags: Some(1), max_reassigned: percent("12.5%"), allow_empty: false };
        assert_eq!(held(&change(&["a"], Some("12.50")), &limits), [""; 0]);
        assert_eq!(
            held(&change(&["a", "b"], Some("12.51")), &limits),
            [
                "2 flags would be removed, the guard allows 1: `a`, `b`",
                "12.51% of an audience of `checkout` would be reassigned, the guard allows 12.50%"
            ]
        );
    }

    #[test]
    fn nothing_is_held_where_nothing_is_asked() {
        assert_eq!(held(&change(&["a", "b"], Some("100.00")), &Guard::default()), [""; 0]);
    }

    #[test]
    fn an_empty_configuration_is_held_also_the_first_time() {
        assert_eq!(guard(None, 0, &Guard::default()), [Exceeded::Empty]);
        assert_eq!(guard(None, 0, &Guard { allow_empty: true, ..Guard::default() }), []);
        assert_eq!(guard(None, 1, &Guard::default()), []);
    }

    #[test]
    fn shares_are_rounded_up_so_that_a_little_over_is_over() {
        let share = |numerator, denominator| rounded_up(&Fraction::new(numerator, denominator).unwrap());
        assert_eq!(share(1, 3), "33.34");
        assert_eq!(share(1, 8), "12.50");
        assert_eq!(share(1, 1_000_000_000), "0.01");
        assert_eq!(share(0, 1), "0.00");
        assert_eq!(share(1, 1), "100.00");
    }

    #[test]
    fn percentages_are_read_as_they_are_written() {
        for (text, digits) in
            [("5", 500), ("5%", 500), ("12.5", 1250), ("0.01%", 1), ("100", 10_000), ("100.00%", 10_000)]
        {
            assert_eq!(percent(text), Fraction::from_percent(digits, 2), "{text}");
        }
        for text in ["", "%", ".5", "5.", "1.234", "100.01", "-1", "+1", "1e2", "five", "5 %"] {
            assert_eq!(percent(text), None, "{text}");
        }
    }
}
