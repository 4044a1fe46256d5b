//! Remote repositories, from real git hosts: `git http-backend` over TLS, and `sshd` where there is one.

#![cfg(feature = "cluster")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "remote/ask.rs"]
mod ask;
#[path = "remote/definitions.rs"]
mod definitions;
#[path = "remote/faults.rs"]
mod faults;
#[path = "../benches/support/workspace.rs"]
mod generate;
#[path = "support/git_https.rs"]
mod git_https;
#[path = "remote/hostile.rs"]
mod hostile;
#[path = "remote/hosts.rs"]
mod hosts;
#[path = "support/origin.rs"]
mod origin;
#[path = "remote/references.rs"]
mod references;
#[path = "remote/signatures.rs"]
mod signatures;
#[path = "remote/speed.rs"]
mod speed;
#[path = "remote/ssh.rs"]
mod ssh;
#[path = "support/sshd.rs"]
mod sshd;
