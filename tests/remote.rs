//! Remote repositories, from real git hosts: `git http-backend` over TLS, and `sshd` where there is one.

#![cfg(feature = "cluster")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that cannot do its part fails the test")]

#[path = "support/git_https.rs"]
mod git_https;
#[path = "remote/hosts.rs"]
mod hosts;
#[path = "support/origin.rs"]
mod origin;
#[path = "support/sshd.rs"]
mod sshd;
