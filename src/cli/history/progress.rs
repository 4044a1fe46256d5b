//! How far a walk has come, for people who wait.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::Context;
use crate::git::Commit;

/// Nothing is shown before this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on a terminal that says at which commit a walk is.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    interactive: bool,
    count: u64,
}

impl Progress {
    /// Not shown yet.
    #[must_use]
    pub fn new(context: &mut Context) -> Self {
        let interactive = context.output.messages().terminal().interactive;
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("  {human_pos} commits, at {msg}") {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), interactive, count: 0 }
    }

    /// Another commit.
    pub fn at(&mut self, commit: &Commit) {
        self.count += 1;
        if !self.interactive || self.started.elapsed() < PATIENCE {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
        self.bar.set_position(self.count);
        self.bar.set_message(commit.short.clone());
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
