//! What becomes of whom between two flags.

use jiff::Timestamp;

use super::changes::changes;
use super::{Audience, Limits, Move, Portion, Side, Undecided};

/// See [`super::moves()`].
pub(super) fn moves(
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    _now: Timestamp,
    limits: Limits,
) -> Result<Vec<Move>, Undecided> {
    let moves = changes(before, after, limits)?.into_iter().map(|change| Move {
        audience: Audience { any: vec![Vec::new()] },
        portion: Portion::Share(change.most),
        from: change.from,
        to: change.to,
        since: None,
        until: None,
        witness: change.witness,
    });
    Ok(moves.collect())
}
