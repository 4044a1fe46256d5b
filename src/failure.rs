//! Why a command could not do its job at all, as opposed to what it found.

use std::fmt;

/// One sentence about what went wrong, and one next step. Exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong: lower case, no full stop, paths and user text in backticks.
    pub message: String,
    /// What to do next; empty when the message says it.
    pub help: String,
}

impl Failure {
    /// A failure with a sentence.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: String::new() }
    }

    /// What to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
