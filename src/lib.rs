//! flagfall: a declarative feature-flag compiler.
//!
//! Data flows one way; nothing points back:
//!
//! ```text
//! files, git ─► source ─► syntax ─► model ─► check ─► compile ─► ufc ─► { evaluate, test } ─► cli
//! ```

pub mod check;
pub mod cli;
pub mod compile;
pub mod count;
pub mod diagnostic;
pub mod evaluate;
pub mod failure;
pub mod git;
pub mod model;
pub mod simulate;
pub mod source;
pub mod syntax;
pub mod test;
pub mod ufc;
pub mod workspace;
