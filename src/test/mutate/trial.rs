//! One mutant before the cases of its flag, and what follows where none of them notices.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::edit::Mutant;
use crate::compile::{Compiled, Origin};
use crate::count::targeting::moments;
use crate::evaluate::{AttributeValue, Evaluator, Subject};
use crate::lower::{self, Lowered};
use crate::model::predicate::Predicates;
use crate::model::{Flag, TestCase};
use crate::region::{self, Difference, End, Limits, Undecided, Witness};
use crate::test::Target;
use crate::test::judge;
use crate::test::observe::{Part, observe, outcome};
use crate::test::rows::side;
use crate::test::written::{self, Attributed};
use crate::ufc;

/// An environment in which a flag's cases run.
pub(super) struct Ground<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its position among the flag's environments.
    pub position: usize,
    /// The flag there.
    pub content: &'a ufc::Flag,
    /// Where its allocations come from.
    pub origins: &'a [Origin],
    /// The cases that passed.
    pub cases: Vec<&'a TestCase>,
}

/// A flag and its cases.
pub(super) struct Trial<'a> {
    pub flag: &'a Flag,
    pub grounds: Vec<Ground<'a>>,
    pub declared: &'a Attributed,
}

/// What becomes of a mutant.
pub(super) enum Verdict {
    /// A case notices it.
    Killed,
    /// No case could notice it.
    Equivalent,
    /// The check would refuse it.
    Refused,
    /// Somebody fares differently, and no case notices.
    Survived { environment: String, case: Option<String> },
    /// Nothing can be said, and why.
    Undecided(String),
}

/// A waterfall with a mutation, in an environment where that is not the same to evaluators.
struct Changed<'t> {
    ground: &'t Ground<'t>,
    compiled: Compiled,
}

impl Trial<'_> {
    /// Tries one.
    pub(super) fn of(&self, mutant: &Mutant) -> Verdict {
        let Some(changed) = self.changed(mutant) else { return Verdict::Refused };
        let mut unsure = None;
        for one in &changed {
            match self.noticed(one) {
                Ok(true) => return Verdict::Killed,
                Ok(false) => {}
                Err(reason) => unsure = Some(reason),
            }
        }
        // A case that could not be asked may be the one that notices.
        if let Some(reason) = unsure {
            return Verdict::Undecided(reason);
        }
        for one in &changed {
            match self.difference(one) {
                Ok(None) => {}
                Ok(Some(case)) => return Verdict::Survived { environment: one.ground.name.to_owned(), case },
                Err(reason) => unsure = Some(reason),
            }
        }
        unsure.map_or(Verdict::Equivalent, Verdict::Undecided)
    }

    /// The environments whose waterfall is another one; none where one cannot be lowered.
    fn changed(&self, mutant: &Mutant) -> Option<Vec<Changed<'_>>> {
        let flag = mutant.of(self.flag);
        let mut predicates = Predicates::new();
        let mut changed = Vec::new();
        for ground in &self.grounds {
            let here = flag.environments.get(ground.position)?;
            let Lowered { flag: wire, origins } = lower::lower(&flag, here, &mut predicates)?;
            if wire != *ground.content {
                changed.push(Changed { ground, compiled: alone(wire, origins, ground.name) });
            }
        }
        Some(changed)
    }

    /// Whether a case fails; an error where one cannot be asked and no other fails.
    fn noticed(&self, changed: &Changed<'_>) -> Result<bool, String> {
        let target = Target {
            compiled: &changed.compiled,
            evaluator: Evaluator::new(&changed.compiled.config),
            declared: self.declared,
        };
        let mut unsure = None;
        for case in &changed.ground.cases {
            match observe(&self.flag.key, case, &target) {
                Ok(observations) if judge::holds(case, &observations) => {}
                Ok(_) => return Ok(true),
                Err(failure) => unsure = Some(failure.message),
            }
        }
        unsure.map_or(Ok(false), Err)
    }

    /// Whether a case could notice, with one that does where somebody was found for it.
    fn difference(&self, changed: &Changed<'_>) -> Result<Option<Option<String>>, String> {
        let Some(Ok(mutated)) = changed.compiled.config.flags.get(&self.flag.key.value) else { return Ok(None) };
        let before = side(changed.ground.content, changed.ground.origins, self.declared);
        let origins = changed.compiled.origins.get(&self.flag.key.value).map_or(&[][..], Vec::as_slice);
        let after = side(mutated, origins, self.declared);
        let reason = |undecided: Undecided| undecided.reason;
        let compared = region::compare(Some(&before), Some(&after), Limits::MANY).map_err(reason)?;
        let Some(Difference { witness, before: from, after: to }) = compared else { return Ok(None) };
        let visible = |from: &End, to: &End| seen(from, changed.ground.origins) != seen(to, origins);
        let by_witness = |witness: Option<&Witness>| witness.and_then(|witness| self.case(changed, origins, witness));
        let at_once = if visible(&from, &to) { by_witness(witness.as_ref()) } else { None };
        if at_once.is_some() {
            return Ok(Some(at_once));
        }
        // Other subjects may fare differently in a way that a case can see, and say.
        let changes = region::changes(Some(&before), Some(&after), Limits::MANY).map_err(reason)?;
        let visible: Vec<_> = changes.iter().filter(|change| visible(&change.from, &change.to)).collect();
        let case = visible.iter().find_map(|change| by_witness(change.witness.as_ref()));
        match (visible.is_empty(), case) {
            (true, _) => Ok(None),
            (false, Some(case)) => Ok(Some(Some(case))),
            (false, None) if visible.iter().any(|change| change.witness.is_none()) => Ok(Some(None)),
            (false, None) => Err("it was only seen to matter for values of other types than declared".to_owned()),
        }
    }

    /// A case that passes on the flag and fails on the mutant.
    fn case(&self, changed: &Changed<'_>, after: &[Origin], witness: &Witness) -> Option<String> {
        let ground = changed.ground;
        let original = alone(ground.content.clone(), ground.origins.to_vec(), ground.name);
        let flag = self.flag.key.value.as_str();
        let (first, second) = (Evaluator::new(&original.config), Evaluator::new(&changed.compiled.config));
        let is = |subject: &Subject, at: Timestamp| outcome(flag, subject, at, &first, ground.origins);
        let differs = |subject: &Subject| {
            let becomes = outcome(flag, subject, witness.at, &second, after);
            expected(&is(subject, witness.at)) != expected(&becomes)
        };
        let said = |key: &str, attributes: &BTreeMap<String, AttributeValue>| {
            let with = |attributes: &BTreeMap<_, _>| Subject { key: key.to_owned(), attributes: attributes.clone() };
            let fits = |attributes: &BTreeMap<_, _>| differs(&with(attributes));
            written::expressible(attributes, self.declared, ground.content, fits).map(|attributes| with(&attributes))
        };
        let subject = by_key(&witness.subject)
            .and_then(|subject| said(&subject.key, &subject.attributes))
            .or_else(|| said(&witness.subject.key, &witness.subject.attributes))?;
        let part = is(&subject, witness.at);
        let always = moments(ground.content).into_iter().all(|at| expected(&is(&subject, at)) == expected(&part));
        Some(written::case(ground.name, (!always).then_some(witness.at), &subject, &part))
    }
}

/// Whoever passes an `id`, as somebody whose key it is: that is how authors say it.
fn by_key(subject: &Subject) -> Option<Subject> {
    let mut attributes = subject.attributes.clone();
    let key = attributes.remove("id")?.text()?.into_owned();
    Some(Subject { key, attributes })
}

fn alone(flag: ufc::Flag, origins: Vec<Origin>, environment: &str) -> Compiled {
    let key = flag.key.clone();
    let config = ufc::Config {
        created_at: String::new(),
        format: ufc::Format::Server,
        environment: environment.to_owned(),
        flags: BTreeMap::from([(key.clone(), Ok(flag))]),
    };
    Compiled { config, origins: BTreeMap::from([(key, origins)]) }
}

/// What `expect` can tell apart: the variation and the step.
fn expected(part: &Part) -> (Option<&str>, Option<&str>) {
    let variation = part.variation.as_deref();
    (variation, variation.and(part.step.as_deref()))
}

fn seen<'a>(end: &'a End, origins: &'a [Origin]) -> (Option<&'a str>, Option<&'a str>) {
    let variation = end.variation.as_deref();
    let step = end.allocation.and_then(|allocation| origins.get(allocation)).map(|origin| origin.step.as_str());
    (variation, variation.and(step))
}
