//! What earlier runs found out, so that a run works out only what changed: the cache of `check` and `compile`.
//!
//! Findings depend on texts and the day alone. Every file of a workspace is read and hashed; what is kept of a file is believed only
//! where its bytes, the shared files' bytes, the day and the build are the same. *Shared* files define what everybody may use
//! (attributes, segments, layers, holdouts, the configuration): where one of them changed, nothing is believed. All other files are
//! *linked* by what they have in common (a flag's key, a salt, a slot, a logged key, a contract: `links`); where one changed,
//! everything linked with it is read anew, the ordinary checks run on that part, and are told what the rest uses of what is shared.
//!
//! Nothing is kept of a workspace that could not be read whole. Wherever something is unclear, the whole is read.

mod answer;
mod digest;
pub mod fragments;
mod links;
mod memory;
mod part;
pub mod store;
mod stored;

pub use answer::{Answer, Basis, answer, whole};
pub use digest::Digest;
pub use store::Store;
