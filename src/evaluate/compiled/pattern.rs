//! The pattern of a condition. Most only look for a text somewhere or at an end, which needs no automaton.

use memchr::memmem::Finder;
use regex::Regex;
use regex_syntax::hir::{Hir, HirKind, Look};

/// A pattern, by the fastest way to match it.
#[derive(Debug)]
pub(super) enum Pattern {
    Contains(Box<Finder<'static>>),
    Starts(Box<[u8]>),
    Ends(Box<[u8]>),
    Is(Box<[u8]>),
    General(Regex),
}

impl Pattern {
    pub(super) fn new(pattern: &Regex) -> Self {
        Self::simple(pattern.as_str()).unwrap_or_else(|| Self::General(pattern.clone()))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(finder) => finder.find(text.as_bytes()).is_some(),
            Self::Starts(start) => text.as_bytes().starts_with(start),
            Self::Ends(end) => text.as_bytes().ends_with(end),
            Self::Is(whole) => *text.as_bytes() == **whole,
            Self::General(pattern) => pattern.is_match(text),
        }
    }

    /// What only looks for one text.
    fn simple(pattern: &str) -> Option<Self> {
        let read = regex_syntax::parse(pattern).ok()?;
        let whole = [read.clone()];
        let parts = if let HirKind::Concat(parts) = read.kind() { parts.as_slice() } else { &whole };
        let (parts, starts) = match parts {
            [first, rest @ ..] if *first.kind() == HirKind::Look(Look::Start) => (rest, true),
            // What may be nothing, anywhere, asks for nothing.
            [first, rest @ ..] if may_be_nothing(first) && !rest.is_empty() => (rest, false),
            all => (all, false),
        };
        let (parts, ends) = match parts {
            [rest @ .., last] if *last.kind() == HirKind::Look(Look::End) => (rest, true),
            [rest @ .., last] if may_be_nothing(last) && !rest.is_empty() => (rest, false),
            all => (all, false),
        };
        let [only] = parts else { return None };
        let HirKind::Literal(literal) = only.kind() else { return None };
        let text = literal.0.clone();
        Some(match (starts, ends) {
            (false, false) => Self::Contains(Box::new(Finder::new(&text).into_owned())),
            (true, false) => Self::Starts(text),
            (false, true) => Self::Ends(text),
            (true, true) => Self::Is(text),
        })
    }
}

/// Whether it is a repetition that may be left out; what it repeats then does not matter.
fn may_be_nothing(part: &Hir) -> bool {
    matches!(part.kind(), HirKind::Repetition(repetition) if repetition.min == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_match_what_the_general_matcher_does() {
        let texts =
            ["", "a", "ab", "ba", "xabx", "xab", "abx", "ab\n", "\nab", "é", "xéx", "@example.com", "ex\nab\nab"];
        let parts = ["ab", "é", "a", "@example\\.com", "", "a*", "(ab)", "[a]", "(?i)ab", "a|b", "a.b", "(?:^a)*ab"];
        let (mut simple, mut general) = (0, 0);
        for part in parts {
            for start in ["", "^", ".*", "\\A", "(?m)^", "^.*", "b?", ".+", "\\b", "(^b)*"] {
                for end in ["", "$", ".*", "\\z", "(?m:$)", ".*$", "b?", ".+", "(b$)?"] {
                    let written = format!("{start}{part}{end}");
                    let Ok(regex) = Regex::new(&written) else { continue };
                    let ready = Pattern::new(&regex);
                    if matches!(ready, Pattern::General(_)) {
                        general += 1
                    } else {
                        simple += 1
                    }
                    for text in texts {
                        assert_eq!(ready.matches(text), regex.is_match(text), "{written} {text:?}");
                    }
                }
            }
        }
        assert!(simple > 100 && general > 100, "{simple} simple, {general} general");
    }
}
