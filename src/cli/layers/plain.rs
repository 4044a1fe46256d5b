//! Rulers for grep: tab-separated, a line for each use of a slot, one for a slot that nobody uses, one for free room.

use std::fmt::Write as _;

use super::words;
use crate::cli::output::printable;
use crate::layers::Ruler;

/// Layer, slot (`-` for free room), from, to, when it frees, flag/step, what it does.
pub(super) fn render(rulers: &[Ruler]) -> String {
    let mut text = String::new();
    for ruler in rulers {
        for part in &ruler.parts {
            let slot = part.slot.as_deref().unwrap_or("-");
            let frees = if part.slot.is_some() { words::frees(part) } else { "free".to_owned() };
            let (from, to) = (words::percent(part.from), words::percent(part.to));
            let head = format!("{}\t{}\t{from}\t{to}\t{}", printable(&ruler.layer), printable(slot), printable(&frees));
            if part.uses.is_empty() {
                let _ = writeln!(text, "{head}\t-\t-");
            }
            for used in &part.uses {
                let (user, what) = (words::user(used), words::what(used));
                let _ = writeln!(text, "{head}\t{}\t{}", printable(&user), printable(&what));
            }
        }
    }
    text
}
