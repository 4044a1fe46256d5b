//! `flagfall status`: what is live in a cluster, and what keeps it from being newer.

#[cfg(feature = "cluster")]
mod command;
pub mod document;

#[cfg(feature = "cluster")]
pub use command::{Args, run};
