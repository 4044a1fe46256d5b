//! A difference for grep: one line for each region, tab-separated: flag, environment, class, kind, share, audience, from, to, command.

use std::fmt::Write as _;

use super::{Shown, words};
use crate::cli::output::printable;
use crate::diff::Change;

/// `-` stands where there is nothing. A change without regions has one line.
pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    for change in &shown.plan.changes {
        for row in rows(change) {
            let fields: Vec<String> = row.iter().map(|field| printable(field).into_owned()).collect();
            let _ = writeln!(out, "{}", fields.join("\t"));
        }
    }
    out
}

fn rows(change: &Change) -> Vec<[String; 9]> {
    let nothing = || "-".to_owned();
    let environment = change.environment.clone().unwrap_or_else(nothing);
    let head = || [change.flag.clone(), environment.clone(), change.class.word().to_owned()];
    let row = |rest: [String; 6]| {
        let ([flag, environment, class], [kind, share, audience, from, to, command]) = (head(), rest);
        [flag, environment, class, kind, share, audience, from, to, command]
    };
    if change.regions.is_empty() {
        return vec![row([(); 6].map(|()| nothing()))];
    }
    let regions = change.regions.iter().map(|region| {
        let (from, to) = (region.from.as_ref(), region.to.as_ref());
        row([
            region.kind.word().to_owned(),
            words::portion(region.portion()),
            words::who(region),
            words::end(from, to),
            words::end(to, from),
            region.witness.as_ref().map_or_else(nothing, |seen| seen.command.clone()),
        ])
    });
    regions.collect()
}
