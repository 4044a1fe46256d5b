//! Colours and signs of results.

use crate::diagnostic::render::human::Look;

/// What results are marked with.
pub(super) struct Paint {
    pub(super) strong: &'static str,
    pub(super) bad: &'static str,
    pub(super) plain: &'static str,
    pub(super) passed: &'static str,
    pub(super) failed: &'static str,
}

impl Paint {
    /// The signs of a terminal.
    pub(super) fn of(look: Look) -> Self {
        let (strong, bad, plain) = if look.color { ("\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "", "") };
        let (passed, failed) = match (look.unicode, look.color) {
            (true, true) => ("\u{1b}[32m✓\u{1b}[0m", "\u{1b}[1;31m✗\u{1b}[0m"),
            (true, false) => ("✓", "✗"),
            (false, true) => ("\u{1b}[32mok  \u{1b}[0m", "\u{1b}[1;31mFAIL\u{1b}[0m"),
            (false, false) => ("ok  ", "FAIL"),
        };
        Self { strong, bad, plain, passed, failed }
    }
}
