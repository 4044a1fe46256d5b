//! What changes assignments, applied when asked for: only where its exact effect is known.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Blame, Fixer, Gone, Group, identity, new_errors, only, texts};
use crate::diagnostic::Edit;
use crate::fix::apply::apply;
use crate::fix::proof::{Effect, Refusal};
use crate::fix::trouble::{Owner, Readings};
use crate::fix::{Outcome, Revision};
use crate::source::Span;

/// What became of findings, by position.
type Outcomes = Vec<(usize, Outcome)>;

impl Fixer<'_> {
    /// Applies a group of each flag whose exact effect is known, or one of what flags share; false where there is none.
    pub(in crate::fix) fn force_some(&mut self) -> bool {
        let applied = self.force_several() || self.force_one();
        self.forced |= applied;
        applied
    }

    /// What is judged together has an effect each: one flag's text changes no other flag. Whatever that leaves open is
    /// left to [`Fixer::force_one`].
    fn force_several(&mut self) -> bool {
        let mut batch = self.changing_groups();
        while batch.len() > 1 {
            match self.force_all(&batch) {
                Ok((after, outcomes)) => {
                    self.accept(after, outcomes);
                    return true;
                }
                Err(refused) if refused.is_empty() => return false,
                Err(refused) => batch.retain(|group| !refused.contains_key(&group.at)),
            }
        }
        false
    }

    /// For each flag the first finding whose edits change what it assigns.
    fn changing_groups(&self) -> Vec<Group> {
        let mut readings = Readings::new(self.now.sources());
        let mut groups = Vec::new();
        for (&at, _) in self.refused.iter().filter(|(_, why)| **why == Refusal::Changes) {
            let Some(finding) = self.now.findings.get(at) else { continue };
            if self.given_up.contains_key(&identity(finding, self.now.sources())) {
                continue;
            }
            let places: Vec<Span> = finding.edits.iter().map(|edit| edit.span).collect();
            let owner = readings.owner(finding, &places);
            if matches!(owner, Owner::Flag(_)) {
                groups.push(Group { at, owner });
            }
        }
        self.batch(&groups)
    }

    /// The texts after a batch and what each of it changes, or who is to blame where that is not known.
    fn force_all(&self, batch: &[Group]) -> Result<(Revision, Outcomes), BTreeMap<usize, Refusal>> {
        let now = &self.now;
        let edits: Vec<Edit> = batch.iter().flat_map(|group| self.edits(group.at)).cloned().collect();
        let trial = apply(now.sources(), &edits).filter(|after| !self.seen.contains(&texts(after)));
        let Some(after) = trial.map(self.read) else { return Err(only(batch, Refusal::Unusable)) };
        let mut blame = Blame { batch, refused: BTreeMap::new(), vague: None };
        for (owner, message) in new_errors(now, &after) {
            blame.owner(&owner, Refusal::Breaks(message));
        }
        let gone = Gone::between(now, &after, batch);
        for group in batch.iter().filter(|group| !gone.is_gone(now, group.at)) {
            blame.group(group, Refusal::Stays);
        }
        let mut effects: BTreeMap<String, Vec<Effect>> = BTreeMap::new();
        for of in now.served.differing(&after.served) {
            match now.served.effect(&after.served, &of, self.limits) {
                Ok(effect) => effects.entry(of.0).or_default().extend(effect),
                Err(undecided) => blame.owner(&Owner::Flag(of.0), Refusal::Undecided(undecided.reason)),
            }
        }
        let mut outcomes = Vec::new();
        for group in batch {
            let own = match &group.owner {
                Owner::Flag(key) => effects.remove(key),
                Owner::Shared | Owner::Tests => None,
            };
            outcomes.push((group.at, outcome(own.unwrap_or_default())));
        }
        let Blame { refused, vague, .. } = blame;
        if !refused.is_empty() || vague.is_some() || !effects.is_empty() {
            return Err(refused);
        }
        Ok((after, outcomes))
    }

    /// Applies the first group whose exact effect is known; false where there is none.
    fn force_one(&mut self) -> bool {
        for (at, refusal) in self.refused.clone() {
            let Some(finding) = self.now.findings.get(at) else { continue };
            let identity = identity(finding, self.now.sources());
            if self.given_up.contains_key(&identity) {
                continue;
            }
            let result = match refusal {
                Refusal::Changes | Refusal::Undecided(_) | Refusal::Unread => self.force(at, &refusal),
                Refusal::Beside | Refusal::Breaks(_) | Refusal::Stays | Refusal::Unusable => continue,
            };
            match result {
                Ok((after, outcome)) => {
                    self.accept(after, vec![(at, outcome)]);
                    return true;
                }
                Err(why) => {
                    self.given_up.insert(identity, why);
                }
            }
        }
        false
    }

    /// The texts after a single group and what it changes, where that is known exactly.
    fn force(&self, at: usize, refusal: &Refusal) -> Result<(Revision, Outcome), Refusal> {
        let now = Rc::clone(&self.now);
        let trial = apply(now.sources(), self.edits(at)).filter(|after| !self.seen.contains(&texts(after)));
        let after = (self.read)(trial.ok_or(Refusal::Unusable)?);
        let alone = [Group { at, owner: Owner::Shared }];
        if !Gone::between(&now, &after, &alone).is_gone(&now, at) {
            return Err(Refusal::Stays);
        }
        if *refusal == Refusal::Unread {
            // What is read at last may show what else is wrong.
            return Ok((after, Outcome::Unread));
        }
        if let Some((_, message)) = new_errors(&now, &after).into_iter().next() {
            return Err(Refusal::Breaks(message));
        }
        let mut effects: Vec<Effect> = Vec::new();
        for of in now.served.differing(&after.served) {
            let effect = now.served.effect(&after.served, &of, self.limits);
            effects.extend(effect.map_err(|undecided| Refusal::Undecided(undecided.reason))?);
        }
        Ok((after, outcome(effects)))
    }
}

/// No effect at all is a proof.
fn outcome(effects: Vec<Effect>) -> Outcome {
    if effects.is_empty() { Outcome::Proved } else { Outcome::Applied(effects) }
}
