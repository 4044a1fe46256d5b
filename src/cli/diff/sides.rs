//! The two sides of a difference: which they are where nobody names them, and no more of them read than it takes.

mod named;
mod narrow;
mod outline;
mod part;
mod unchanged;
mod untested;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;

use super::super::Context;
use super::super::side::Side;
use crate::failure::Failure;
use crate::git::base::Ci;
use narrow::Narrow;
pub(in crate::cli) use part::Part;

/// Two sides to compare.
pub struct Pair {
    /// How it was.
    pub base: Side,
    /// How it is.
    pub head: Side,
    /// The keys of the flags that may differ, other ones are the same on both sides and need not be there.
    pub touched: BTreeSet<String>,
    /// The full id of the commit; none of a directory, a file, or where nothing came before.
    pub base_commit: Option<String>,
    /// The same of the head; none of the working tree.
    pub head_commit: Option<String>,
}

/// Opens what `flagfall diff [BASE] [HEAD]` compares. A side is a directory that holds `flagfall.kdl`, a git revision (`REV` or
/// `REV:DIRECTORY`), or a configuration file. No head is the working tree of the workspace `here` (none: the one found here or above);
/// no base is where the head left the default branch, or before that (see [`crate::git::base::of`]). A revision without a workspace
/// in that place has no flags. None when a side has errors, which are then reported.
///
/// # Errors
/// When a side cannot be told, found or read.
pub fn open(
    base: Option<&str>,
    head: Option<&str>,
    here: Option<&Path>,
    context: &mut Context,
) -> Result<Option<Pair>, Failure> {
    open_in(&Ci::of_process(), base, head, here, context)
}

/// The same, where `ci` says what the environment would.
///
/// # Errors
/// When a side cannot be told, found or read.
pub fn open_in(
    ci: &Ci,
    base: Option<&str>,
    head: Option<&str>,
    here: Option<&Path>,
    context: &mut Context,
) -> Result<Option<Pair>, Failure> {
    let (base, head, here) = named::both(ci, base, head, here)?;
    let here = here.as_deref();
    let (base_commit, head_commit) = (base.commit(), head.commit());
    let pair = |base: Side, head: Side, touched| Some(Pair { base, head, touched, base_commit, head_commit });
    match narrow::open(&base, &head, here, context)? {
        Narrow::Read(sides, touched) => Ok(pair(sides.0, sides.1, touched)),
        Narrow::Errors => Ok(None),
        Narrow::Whole => {
            let Some(before) = base.side(here, context)? else { return Ok(None) };
            let Some(after) = head.side(here, context)? else { return Ok(None) };
            let touched = whole::touched(&before, &after);
            Ok(pair(before, after, touched))
        }
    }
}
