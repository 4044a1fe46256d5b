//! The two sides of a difference.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::Context;
use crate::cli::eval::target::is_standard_input;
use crate::cli::side::Side;
use crate::failure::Failure;

/// Two sides.
pub struct Pair {
    /// What was.
    pub base: Side,
    /// What is.
    pub head: Side,
    /// Flags that may differ.
    pub touched: BTreeSet<String>,
    /// The full id of the base's commit; none for a working tree, directory or file.
    pub base_commit: Option<String>,
    /// The head's.
    pub head_commit: Option<String>,
}

/// What the arguments name; none when a workspace has errors, which are then reported.
///
/// # Errors
/// When a side cannot be read.
pub fn open(
    base: Option<&str>,
    head: Option<&str>,
    here: Option<&Path>,
    context: &mut Context,
) -> Result<Option<Pair>, Failure> {
    let base = base.unwrap_or("HEAD");
    let head = head.or(here.and_then(Path::to_str)).unwrap_or(".");
    if [base, head].iter().all(|side| is_standard_input(Path::new(side))) {
        return Err(Failure::new("standard input cannot be both sides").help("put one of them in a file"));
    }
    let Some(base) = Side::open(base, here, context)? else { return Ok(None) };
    let Some(head) = Side::open(head, here, context)? else { return Ok(None) };
    let touched = base.flags().union(&head.flags()).map(|key| (*key).to_owned()).collect();
    let (base_commit, head_commit) = (base.commit.clone(), head.commit.clone());
    Ok(Some(Pair { base, head, touched, base_commit, head_commit }))
}
