//! The promises of the controller, each against a real API server.
//!
//! `FLAGFALL_REQUIRE_CLUSTER=1 cargo test --test cluster` builds the control plane when it is in no cache, and fails without one.
//! `FLAGFALL_CLUSTER_FULL=1` takes the counts of the promises as they are written; by default they are scaled to minutes.

#![allow(dead_code, reason = "each test uses its part of what tests share")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a helper that cannot do its part fails the test"
)]

mod harness;

#[path = "../support/git_https.rs"]
mod git_https;
#[path = "../support/origin.rs"]
mod origin;
#[path = "../support/sshd.rs"]
mod sshd;

mod agent;
mod push;

use harness::runner::{self, Promise, promises};

const PROMISES: &[Promise] = promises![
    agent::the_file_follows_the_pointer_in_every_layout,
    agent::the_file_stays_when_nothing_whole_is_published,
    push::a_push_becomes_the_pointer,
];

fn main() -> std::process::ExitCode {
    runner::main(PROMISES)
}
