//! What safety findings say alike.

use super::Change;
use super::live::Leaving;
use crate::diagnostic::{Diagnostic, Severity, Witness};
use crate::region::{End, Move, Portion};
use crate::witness;

impl Change<'_> {
    /// Somebody who moves, as the head's `flagfall eval` shows them.
    pub(super) fn witness(&self, one: &Move) -> Option<Witness> {
        let found = one.witness.as_ref()?;
        // A flag that is gone cannot be evaluated any more.
        self.after.as_ref()?;
        let source = witness::Source::Workspace {
            workspace: self.sources.workspace(),
            environment: &self.environment.name,
            declared: &self.workspaces[1].attributes,
        };
        Some(witness::Document::new(self.key(), source, &found.subject, found.at))
    }

    /// A finding about moves out of one experiment: how many, where to, for example who.
    pub(super) fn told(&self, finding: Diagnostic, moves: &[Leaving<'_>]) -> Diagnostic {
        let Some(first) = moves.first() else { return finding };
        let each: Vec<String> = moves.iter().take(SHOWN).map(|leaving| self.told_of(leaving.one)).collect();
        let more = moves.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; and {more} more such changes") } else { String::new() };
        let finding = finding
            .step(&*first.was.step.name)
            .meaning(format!("{}{more}", each.join("; ")))
            .witness(moves.iter().find_map(|leaving| self.witness(leaving.one)));
        match moves
            .iter()
            .find_map(|leaving| leaving.overridden)
            .filter(|_| moves.iter().all(|one| one.overridden.is_some()))
        {
            Some(by) => finding.severity(Severity::Note).and(by.span, "the override that takes them"),
            None => finding,
        }
    }

    /// `50% of those whom `beta` targets get `off` instead of `on``.
    pub(super) fn told_of(&self, one: &Move) -> String {
        let to = match &one.to {
            End { variation: Some(variation), .. } => format!("get `{variation}`"),
            End { variation: None, .. } => "get the caller's default".to_owned(),
        };
        let from = match &one.from.variation {
            Some(variation) if one.to.variation.as_ref() == Some(variation) => " as before".to_owned(),
            Some(variation) => format!(" instead of `{variation}`"),
            None => String::new(),
        };
        let when = match (one.since, one.until) {
            (None, None) => String::new(),
            (Some(since), None) => format!(" from {} on", crate::lower::instant(since)),
            (None, Some(until)) => format!(" until {}", crate::lower::instant(until)),
            (Some(since), Some(until)) => {
                format!(" from {} to {}", crate::lower::instant(since), crate::lower::instant(until))
            }
        };
        let who = self.names.as_ref().map_or_else(String::new, |names| names.of_whom(&one.audience));
        format!("{} {to}{from}{when}", portion(&one.portion, &who))
    }
}

/// How many changes a sentence tells.
const SHOWN: usize = 3;

/// Of a region of attributes.
fn portion(portion: &Portion, who: &str) -> String {
    match portion {
        Portion::Share(share) => format!("{share} {who}"),
        Portion::Keys { moving, named } => {
            let shown: Vec<String> = moving.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
            format!(
                "{} of {named} listed subject keys ({}{})",
                moving.len(),
                shown.join(", "),
                if moving.len() > SHOWN { ", …" } else { "" }
            )
        }
        Portion::OtherId(share) => format!("where callers pass another `id`, {share} {who}"),
        Portion::Uncounted(_) => format!("some {who}"),
    }
}
