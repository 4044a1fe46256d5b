//! Rounds: which findings' edits are tried together, and which of them stand.

mod force;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::apply::{Taken, apply};
use super::proof::Refusal;
use super::trouble::{Owner, Readings, is_unread};
use super::{Fix, Fixed, Outcome, Revision};
use crate::diagnostic::{Diagnostic, Edit, Severity};
use crate::region::Limits;
use crate::source::{SourceSet, Span};

/// A finding whose edits are tried: its position among the findings, and whose text it edits.
#[derive(Debug, Clone)]
struct Group {
    at: usize,
    owner: Owner,
}

/// Rule, message, flag and file: what stays of a finding when its place moves.
type Identity = (crate::diagnostic::Rule, String, Option<String>, Option<String>);

pub(super) struct Fixer<'r> {
    limits: Limits,
    read: &'r dyn Fn(SourceSet) -> Revision,
    now: Rc<Revision>,
    /// Texts that there were: coming back to one would go on for ever.
    seen: Vec<Vec<Arc<str>>>,
    applied: Vec<Fix>,
    /// Of the last round, by position among the findings of `now`.
    refused: BTreeMap<usize, Refusal>,
    /// Findings whose edits cannot be applied knowingly either.
    given_up: BTreeMap<Identity, Refusal>,
    /// Findings whose edits changed something when they were last tried.
    changing: BTreeSet<Identity>,
    /// Whether something was applied that changes assignments: then what does so is not tried again as if it did not.
    forced: bool,
}

impl<'r> Fixer<'r> {
    pub(super) fn new(start: Rc<Revision>, limits: Limits, read: &'r dyn Fn(SourceSet) -> Revision) -> Self {
        Self {
            limits,
            read,
            seen: vec![texts(start.sources())],
            now: start,
            applied: Vec::new(),
            refused: BTreeMap::new(),
            given_up: BTreeMap::new(),
            changing: BTreeSet::new(),
            forced: false,
        }
    }

    /// Applies what is proved to change nothing; false where nothing is left of that.
    pub(super) fn prove_some(&mut self) -> bool {
        self.refused.clear();
        let mut waiting = self.groups();
        while !waiting.is_empty() {
            let mut batch = self.batch(&waiting);
            while !batch.is_empty() {
                let Err(refused) = self.try_all(&batch) else { return true };
                if refused.is_empty() {
                    // Together they are wrong and none of them is to blame: one after the other, then.
                    batch.truncate(1);
                    continue;
                }
                for group in [&mut batch, &mut waiting] {
                    group.retain(|group| !refused.contains_key(&group.at));
                }
                self.refuse(refused);
            }
        }
        false
    }

    fn refuse(&mut self, refused: BTreeMap<usize, Refusal>) {
        let changing = refused.iter().filter(|(_, why)| **why == Refusal::Changes);
        let findings = changing.filter_map(|(at, _)| self.now.findings.get(*at));
        self.changing.extend(findings.map(|finding| identity(finding, self.now.sources())));
        self.refused.extend(refused);
    }

    pub(super) fn finish(self) -> Fixed {
        let mut fixes = self.applied;
        for (at, refusal) in self.refused {
            let Some(finding) = self.now.findings.get(at) else { continue };
            let known = self.given_up.get(&identity(finding, self.now.sources()));
            let outcome = Outcome::Refused(known.cloned().unwrap_or(refusal));
            fixes.push(Fix { finding: finding.clone(), found_in: Rc::clone(&self.now), outcome });
        }
        Fixed { after: self.now, fixes }
    }

    /// The findings whose edits can be proved, those last that could not be before; the others are refused at once.
    fn groups(&mut self) -> Vec<Group> {
        let now = Rc::clone(&self.now);
        let mut readings = Readings::new(now.sources());
        let (mut groups, mut later) = (Vec::new(), Vec::new());
        for (at, finding) in now.findings.iter().enumerate().filter(|(_, finding)| !finding.edits.is_empty()) {
            if is_unread(finding) {
                self.refused.insert(at, Refusal::Unread);
                continue;
            }
            let places: Vec<Span> = finding.edits.iter().map(|edit| edit.span).collect();
            let owner = readings.owner(finding, &places);
            let is_changing = self.changing.contains(&identity(finding, now.sources()));
            if !now.trouble.spares(&owner) {
                self.refused.insert(at, Refusal::Beside);
            } else if is_changing && self.forced {
                self.refused.insert(at, Refusal::Changes);
            } else if is_changing {
                later.push(Group { at, owner });
            } else {
                groups.push(Group { at, owner });
            }
        }
        groups.append(&mut later);
        groups
    }

    /// Groups that can be judged together: each in another flag, or in tests, where no edits overlap; or a single one in
    /// what flags share.
    fn batch(&self, waiting: &[Group]) -> Vec<Group> {
        let mut batch: Vec<Group> = Vec::new();
        let mut taken = Taken::default();
        let mut owners: BTreeSet<&Owner> = BTreeSet::new();
        for group in waiting {
            let is_alone = group.owner == Owner::Shared;
            let is_second = group.owner != Owner::Tests && owners.contains(&group.owner);
            if (is_alone && !batch.is_empty()) || is_second || !taken.take(self.edits(group.at)) {
                continue;
            }
            owners.insert(&group.owner);
            batch.push(group.clone());
            if is_alone {
                break;
            }
        }
        batch
    }

    /// Applies a batch that is proved to change nothing, or says who is to blame: nobody, where that cannot be said of several.
    fn try_all(&mut self, batch: &[Group]) -> Result<(), BTreeMap<usize, Refusal>> {
        let now = Rc::clone(&self.now);
        let edits: Vec<Edit> = batch.iter().flat_map(|group| self.edits(group.at)).cloned().collect();
        let trial = apply(now.sources(), &edits).filter(|after| !self.seen.contains(&texts(after)));
        let Some(after) = trial.map(self.read) else { return Err(only(batch, Refusal::Unusable)) };
        let mut blame = Blame { batch, refused: BTreeMap::new(), vague: None };
        for (owner, message) in new_errors(&now, &after) {
            blame.owner(&owner, Refusal::Breaks(message));
        }
        let gone = Gone::between(&now, &after, batch);
        for group in batch.iter().filter(|group| !gone.is_gone(&now, group.at)) {
            blame.group(group, Refusal::Stays);
        }
        for of in now.served.differing(&after.served) {
            if let Some(why) = now.served.difference(&after.served, &of, self.limits) {
                blame.owner(&Owner::Flag(of.0), why);
            }
        }
        let Blame { refused, vague, .. } = blame;
        if !refused.is_empty() {
            return Err(refused);
        }
        if let Some(why) = vague {
            return Err(only(batch, why));
        }
        self.accept(after, batch.iter().map(|group| (group.at, Outcome::Proved)).collect());
        Ok(())
    }

    fn accept(&mut self, after: Revision, outcomes: Vec<(usize, Outcome)>) {
        for (at, outcome) in outcomes {
            if let Some(finding) = self.now.findings.get(at) {
                self.applied.push(Fix { finding: finding.clone(), found_in: Rc::clone(&self.now), outcome });
            }
        }
        self.seen.push(texts(after.sources()));
        self.now = Rc::new(after);
    }

    fn edits(&self, at: usize) -> &[Edit] {
        self.now.findings.get(at).map_or(&[], |finding| &finding.edits)
    }
}

/// How many findings of each kind are left, and how many may be: those that nobody tried to correct.
struct Gone {
    left: BTreeMap<Identity, usize>,
    allowed: BTreeMap<Identity, usize>,
}

impl Gone {
    fn between(before: &Revision, after: &Revision, batch: &[Group]) -> Self {
        let mut allowed = counted(before, |_| true);
        for finding in batch.iter().filter_map(|group| before.findings.get(group.at)) {
            if let Some(count) = allowed.get_mut(&identity(finding, before.sources())) {
                *count = count.saturating_sub(1);
            }
        }
        Self { left: counted(after, |_| true), allowed }
    }

    fn is_gone(&self, before: &Revision, at: usize) -> bool {
        let Some(finding) = before.findings.get(at) else { return true };
        let own = identity(finding, before.sources());
        self.left.get(&own).unwrap_or(&0) <= self.allowed.get(&own).unwrap_or(&0)
    }
}

fn counted(revision: &Revision, counts: impl Fn(&Diagnostic) -> bool) -> BTreeMap<Identity, usize> {
    let mut known = BTreeMap::new();
    for finding in revision.findings.iter().filter(|finding| counts(finding)) {
        *known.entry(identity(finding, revision.sources())).or_default() += 1;
    }
    known
}

/// Who is to blame for what a batch does.
struct Blame<'a> {
    batch: &'a [Group],
    refused: BTreeMap<usize, Refusal>,
    /// What none of them is to blame for alone.
    vague: Option<Refusal>,
}

impl Blame<'_> {
    fn group(&mut self, group: &Group, why: Refusal) {
        self.refused.entry(group.at).or_insert(why);
    }

    fn owner(&mut self, owner: &Owner, why: Refusal) {
        let mut own = self.batch.iter().filter(|group| group.owner == *owner);
        match (own.next(), own.next()) {
            (Some(group), None) => self.group(group, why),
            _ => self.vague = Some(why),
        }
    }
}

/// Nobody where there are several.
fn only(batch: &[Group], why: Refusal) -> BTreeMap<usize, Refusal> {
    match batch {
        [group] => BTreeMap::from([(group.at, why)]),
        _ => BTreeMap::new(),
    }
}

/// Errors that were not there before, and whose text they are in.
fn new_errors(before: &Revision, after: &Revision) -> Vec<(Owner, String)> {
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    let mut known = counted(before, is_error);
    let mut readings = Readings::new(after.sources());
    let mut errors = Vec::new();
    for finding in after.findings.iter().filter(|finding| is_error(finding)) {
        match known.get_mut(&identity(finding, after.sources())).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => errors.push((readings.owner(finding, finding.span.as_slice()), finding.message.clone())),
        }
    }
    errors
}

fn identity(finding: &Diagnostic, sources: &SourceSet) -> Identity {
    let file = finding.span.map(|span| sources.file(span.file).path.clone());
    (finding.rule, finding.message.clone(), finding.subject.flag.clone(), file)
}

fn texts(sources: &SourceSet) -> Vec<Arc<str>> {
    sources.files().map(|(_, file)| Arc::clone(&file.text)).collect()
}
