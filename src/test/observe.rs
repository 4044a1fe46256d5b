//! What happens to the subjects of a case: exact shares by step and variation, at every instant that matters.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::given::{Attributes, combinations, untestable};
use super::{Failure, Target, rows};
use crate::compile::{Origin, OriginKind};
use crate::count::targeting::moments;
use crate::count::{Distribution, Fraction, Group, Outcome, Questions, Targeting, Waterfall, shares};
use crate::evaluate::{AllocationCode, Evaluator, Subject};
use crate::model::{TestCase, TestSubject};
use crate::region::Side;
use crate::source::Span;
use crate::ufc;

/// A part of the subjects that fares alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its share of all subjects of the case.
    pub share: Fraction,
    /// What it gets; none for the caller's default.
    pub variation: Option<String>,
    /// The step it comes through; none where the waterfall ended or the flag is not served.
    pub step: Option<String>,
    /// The holdout, where the part is held out.
    pub holdout: Option<String>,
    /// The line of the placement.
    pub line: Option<Span>,
}

impl Part {
    /// Whether nobody could tell the two apart by what they get and how: the phases of a ramp, and the pieces of a step that
    /// depends on the time, are one part.
    pub(super) fn alike(&self, other: &Self) -> bool {
        self.variation == other.variation && self.line == other.line && self.holdout == other.holdout
    }
}

impl fmt::Display for Part {
    /// What it gets and how: `` `on` through `canary` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variation {
            Some(variation) => write!(f, "`{variation}`")?,
            None => f.write_str("the caller's default")?,
        }
        if let Some(step) = &self.step {
            write!(f, " through `{step}`")?;
        }
        if let Some(holdout) = &self.holdout {
            write!(f, ", held out by `{holdout}`")?;
        }
        Ok(())
    }
}

/// What happens to everyone with the same attributes, or of one region of attributes, at one instant.
#[derive(Debug)]
pub(super) struct Observation {
    /// When.
    pub at: Timestamp,
    /// Who; a key only for a single subject.
    pub key: Option<String>,
    /// Of a region, those of somebody in it.
    pub attributes: Attributes,
    /// In the order of the waterfall, adding up to everyone.
    pub parts: Vec<Part>,
    /// Keys left out, with the step that names them.
    pub left_out: Vec<(String, Vec<String>)>,
    /// Whether it is one of several regions of the case's subjects.
    pub region: bool,
}

/// Observes a case at its instant, or at one instant for each piece of time in which nothing changes.
pub(super) fn observe(flag: &str, case: &TestCase, target: &Target<'_>) -> Result<Vec<Observation>, Box<Failure>> {
    let content = target.compiled.config.flags.get(flag).and_then(|flag| flag.as_ref().ok());
    let instants = match (&case.at, content) {
        (Some(at), _) => vec![at.value],
        (None, Some(content)) => moments(content),
        (None, None) => vec![Timestamp::UNIX_EPOCH],
    };
    let origins = target.compiled.origins.get(flag).map_or(&[][..], Vec::as_slice);
    let mut observations = Vec::new();
    if let (TestSubject::Given { attributes, conditions, others_any: Some(_), span }, Some(content)) =
        (&case.who, content)
    {
        let rules = rows::rules(attributes, conditions, *span)?;
        let side = rows::side(content, origins, target.declared);
        let questions = Questions::new(target.compiled.config.format, content);
        let waterfall = Waterfall::new(&questions);
        for at in &instants {
            observations.extend(rows::observe(&side, &waterfall, &rules, *at, origins, *span)?);
        }
        return Ok(observations);
    }
    for attributes in combinations(&case.who)? {
        match (&case.who, content) {
            (TestSubject::Subject { key, .. }, _) => {
                let subject = Subject { key: key.value.clone(), attributes };
                observations.extend(instants.iter().map(|at| observe_one(flag, &subject, *at, target, origins)));
            }
            (TestSubject::Given { span, .. }, Some(content)) => {
                let questions = Questions::new(target.compiled.config.format, content);
                let waterfall = Waterfall::new(&questions);
                let side = rows::side(content, origins, target.declared);
                for at in &instants {
                    observations.extend(observe_group(&side, &waterfall, &attributes, *at, origins, *span)?);
                }
            }
            (TestSubject::Given { .. }, None) => observations.push(Observation {
                at: case.at.as_ref().map_or(Timestamp::UNIX_EPOCH, |at| at.value),
                key: None,
                attributes,
                parts: vec![default(Fraction::ONE)],
                left_out: Vec::new(),
                region: false,
            }),
        }
    }
    Ok(observations)
}

/// One sentence for each step that names keys the case leaves out.
pub(super) fn notes(observations: &[Observation]) -> Vec<String> {
    let left_out: BTreeSet<_> = observations.iter().flat_map(|observation| &observation.left_out).collect();
    let sentence = |(step, keys): &(String, Vec<String>)| {
        let shown: Vec<String> = keys.iter().take(5).map(|key| format!("`{key}`")).collect();
        let more = if keys.len() > 5 { format!(" and {} more", keys.len() - 5) } else { String::new() };
        format!("left out: {}{more}, which step `{step}` names by subject key", shown.join(", "))
    };
    left_out.into_iter().map(sentence).collect()
}

fn default(share: Fraction) -> Part {
    Part { share, variation: None, step: None, holdout: None, line: None }
}

fn through(share: Fraction, variation: Option<String>, origin: Option<&Origin>) -> Part {
    let holdout = origin.and_then(|origin| match &origin.kind {
        OriginKind::Holdout(name) => Some(name.clone()),
        OriginKind::Step | OriginKind::Otherwise => None,
    });
    let step = origin.map(|origin| origin.step.clone());
    Part { share, variation, step, holdout, line: origin.map(|origin| origin.placement) }
}

fn observe_one(flag: &str, subject: &Subject, at: Timestamp, target: &Target<'_>, origins: &[Origin]) -> Observation {
    Observation {
        at,
        key: Some(subject.key.clone()),
        attributes: subject.attributes.clone(),
        parts: vec![outcome(flag, subject, at, &target.evaluator, origins)],
        left_out: Vec::new(),
        region: false,
    }
}

/// What one subject gets, and how.
pub(super) fn outcome(
    flag: &str,
    subject: &Subject,
    at: Timestamp,
    evaluator: &Evaluator<'_>,
    origins: &[Origin],
) -> Part {
    let (assignment, trace) = evaluator.explain(flag, subject, None, at);
    let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match);
    let origin = matched.and_then(|allocation| origins.get(allocation.index));
    through(Fraction::ONE, assignment.variation, origin)
}

/// Everyone with these attributes, counted. Where counting cannot decide, region by region: what holds in each holds for all.
fn observe_group(
    side: &Side<'_>,
    waterfall: &Waterfall<'_>,
    attributes: &Attributes,
    at: Timestamp,
    origins: &[Origin],
    given: Span,
) -> Result<Vec<Observation>, Box<Failure>> {
    counted(side.flag, waterfall, attributes, at, origins, given).map(|one| vec![one]).or_else(|failure| {
        let rules = rows::exactly(attributes, side.flag);
        rows::observe(side, waterfall, &rules, at, origins, given).map_err(|_| failure)
    })
}

fn counted(
    flag: &ufc::Flag,
    waterfall: &Waterfall<'_>,
    attributes: &Attributes,
    at: Timestamp,
    origins: &[Origin],
    given: Span,
) -> Result<Observation, Box<Failure>> {
    let group = Group { key: None, attributes };
    let targeting: Vec<Targeting> = waterfall.targeting(group, at);
    let distribution = shares(flag, &targeting).map_err(|_| too_large(given))?;
    let parts = parts(flag, distribution, waterfall, origins, given)?;
    let step = |index: usize| origins.get(index).map_or_else(String::new, |origin| origin.step.clone());
    let left_out = waterfall.left_out(group, at).into_iter().map(|(index, keys)| (step(index), keys)).collect();
    Ok(Observation { at, key: None, attributes: attributes.clone(), parts, left_out, region: false })
}

/// Shares by allocation and split as shares by what the author wrote.
///
/// # Errors
/// When the subject key decides.
pub(super) fn parts(
    flag: &ufc::Flag,
    distribution: Distribution,
    waterfall: &Waterfall<'_>,
    origins: &[Origin],
    given: Span,
) -> Result<Vec<Part>, Box<Failure>> {
    let step = |allocation: usize| origins.get(allocation).map_or("", |origin| origin.step.as_str());
    let mut observed: Vec<Part> = Vec::new();
    for (outcome, share) in distribution.parts {
        let part = match outcome {
            Outcome::Default => default(share),
            Outcome::Undecided(allocation) => return Err(undecided(step(allocation), given)),
            Outcome::Assigned(allocation, split) => {
                let split = flag.allocations.get(allocation).and_then(|allocation| allocation.splits.get(split));
                let variation = split.map(|split| split.variation_key.clone());
                through(share, variation.filter(|name| waterfall.usable(name)), origins.get(allocation))
            }
        };
        match observed.iter_mut().find(|known| known.alike(&part)) {
            Some(known) => known.share = known.share.plus(&part.share),
            None => observed.push(part),
        }
    }
    Ok(observed)
}

fn too_large(given: Span) -> Box<Failure> {
    untestable(
        given,
        "too large to count: so many steps share their salts with others that counting would take too long",
        "test single subjects with `subject KEY`, or give attributes that fewer steps target",
    )
}

fn undecided(step: &str, given: Span) -> Box<Failure> {
    untestable(
        given,
        &format!("step `{step}` targets subjects by how their key is written, so shares of all keys cannot be counted"),
        "test single subjects with `subject KEY`, or target keys with `id one-of`",
    )
}
