//! Compares what was observed with what a case expects.

use jiff::Timestamp;

use super::keys;
use super::observe::{Observation, Part};
use super::written::written;
use super::{Failure, Target, Witness};
use crate::count::Fraction;
use crate::evaluate::Subject;
use crate::model::{Expectation, TestCase, TestSubject};
use crate::source::Span;
use crate::syntax::ast::Percent;
use crate::syntax::print;

/// How many made-up subject keys are tried for one that shows what went wrong.
const TRIES: u32 = 20_000;

/// An expectation in one form: this share of the subjects gets this.
struct Claim<'a> {
    span: Span,
    /// None for the caller's default.
    variation: Option<&'a str>,
    via: Option<&'a str>,
    share: Option<Fraction>,
}

impl<'a> Claim<'a> {
    fn of(expectation: &'a Expectation) -> Self {
        let exact = |share: &Percent| Fraction::from_percent(share.digits, share.decimals);
        match expectation {
            Expectation::Variation { variation, via, span } => Self {
                span: *span,
                variation: Some(&variation.name.value),
                via: via.as_ref().map(|via| via.value.as_str()),
                share: Some(Fraction::ONE),
            },
            Expectation::Default { span } => {
                Self { span: *span, variation: None, via: None, share: Some(Fraction::ONE) }
            }
            Expectation::Share { variation, via, share, span } => Self {
                span: *span,
                variation: Some(&variation.name.value),
                via: via.as_ref().map(|via| via.value.as_str()),
                share: exact(&share.value),
            },
            Expectation::ShareDefault { share, span } => {
                Self { span: *span, variation: None, via: None, share: exact(&share.value) }
            }
            Expectation::Never { variation, span } => {
                Self { span: *span, variation: Some(&variation.name.value), via: None, share: Some(Fraction::ZERO) }
            }
        }
    }

    fn concerns(&self, part: &Part) -> bool {
        part.variation.as_deref() == self.variation && self.via.is_none_or(|via| part.step.as_deref() == Some(via))
    }

    /// The share of subjects it is about.
    fn observed(&self, parts: &[Part]) -> Fraction {
        let concerned = parts.iter().filter(|part| self.concerns(part));
        concerned.fold(Fraction::ZERO, |sum, part| sum.plus(&part.share))
    }

    fn holds(&self, observation: &Observation) -> bool {
        self.share.as_ref() == Some(&self.observed(&observation.parts))
    }

    fn what(&self) -> String {
        match (self.variation, self.via) {
            (Some(variation), Some(via)) => format!("`{variation}` through `{via}`"),
            (Some(variation), None) => format!("`{variation}`"),
            (None, _) => "the caller's default".to_owned(),
        }
    }
}

/// What does not hold, in the order of the expectations.
pub(super) fn judge(flag: &str, case: &TestCase, target: &Target<'_>, observations: &[Observation]) -> Vec<Failure> {
    let single = matches!(case.who, TestSubject::Subject { .. });
    let claims = case.expectations.iter().map(Claim::of);
    claims.filter_map(|claim| judge_claim(flag, &claim, target, observations, single)).collect()
}

/// Whether everything a case expects is so.
pub(super) fn holds(case: &TestCase, observations: &[Observation]) -> bool {
    case.expectations.iter().map(Claim::of).all(|claim| observations.iter().all(|observation| claim.holds(observation)))
}

fn judge_claim(
    flag: &str,
    claim: &Claim<'_>,
    target: &Target<'_>,
    observations: &[Observation],
    single: bool,
) -> Option<Failure> {
    let failing = observations.iter().find(|observation| !claim.holds(observation))?;
    let elsewhere = elsewhere(failing, observations);
    let (expected, actual) = (expected(claim, single), actual(claim, failing, single));
    let mut failure = Failure {
        span: claim.span,
        message: format!("expected {expected}, got {actual}{}", among(failing)),
        decided: decided(claim, failing),
        parts: if single { Vec::new() } else { failing.parts.clone() },
        witness: witness(flag, claim, target, failing),
        help: String::new(),
        expected,
        actual,
    };
    if let Some(other) = elsewhere {
        failure.message = format!(
            "this depends on the instant{}: {} at {}, {} at {}",
            among(failing),
            failure.actual,
            instant(failing.at),
            self::actual(claim, other, single),
            instant(other.at)
        );
        failure.help = "say when: `at=\"2026-12-01T09:00:00Z\"` on the case".to_owned();
    }
    Some(failure)
}

/// The same subjects at another instant, where it is otherwise: the case needs an instant.
fn elsewhere<'o>(failing: &Observation, observations: &'o [Observation]) -> Option<&'o Observation> {
    let same = |other: &&Observation| other.attributes == failing.attributes && other.key == failing.key;
    // Regions that only the subject key tells apart have the same attributes.
    let as_here =
        |at: Timestamp| observations.iter().filter(same).any(|other| other.at == at && other.parts == failing.parts);
    observations.iter().filter(same).find(|other| !as_here(other.at))
}

/// Of which subjects of the case this is said, where it is not all of them.
fn among(observation: &Observation) -> String {
    match (observation.region, &observation.key) {
        (false, _) => String::new(),
        (true, Some(key)) => format!(", for the subject key {}", print::text(key)),
        (true, None) if observation.attributes.is_empty() => ", among those without attributes".to_owned(),
        (true, None) => format!(", among those with {}", written(&observation.attributes)),
    }
}

/// An instant as authors write it.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.3}").replace(".000Z", "Z")
}

fn expected(claim: &Claim<'_>, single: bool) -> String {
    let what = claim.what();
    match &claim.share {
        Some(share) if share.is_zero() && single => format!("anything but {what}"),
        Some(share) if share.is_zero() => format!("nobody to get {what}"),
        Some(share) if *share == Fraction::ONE && single => what,
        Some(share) => format!("{what} for {}", whom(share)),
        None => format!("{what} for a share that is not a percentage"),
    }
}

fn actual(claim: &Claim<'_>, observation: &Observation, single: bool) -> String {
    match observation.parts.as_slice() {
        [part] if single => part.to_string(),
        parts => format!("{} for {}", claim.what(), whom(&claim.observed(parts))),
    }
}

fn whom(share: &Fraction) -> String {
    if share.is_zero() {
        "nobody".to_owned()
    } else if *share == Fraction::ONE {
        "everyone".to_owned()
    } else {
        share.to_string()
    }
}

/// The lines that decided: where the claim is not fulfilled, those that serve what it is about; otherwise all others.
fn decided(claim: &Claim<'_>, observation: &Observation) -> Vec<(Span, String)> {
    let everyone = claim.share == Some(Fraction::ONE);
    let parts = observation.parts.iter().filter(|part| claim.concerns(part) != everyone);
    let line = |part: &Part| {
        let share = if part.share == Fraction::ONE { String::new() } else { format!(" for {}", part.share) };
        part.line.map(|line| (line, format!("{part}{share}")))
    };
    parts.filter_map(line).collect()
}

/// The subject of the case, or one of the group's that fares otherwise than claimed, where the claim is about everyone or nobody.
fn witness(flag: &str, claim: &Claim<'_>, target: &Target<'_>, observation: &Observation) -> Option<Witness> {
    let explain = |key: String| {
        let subject = Subject { key, attributes: observation.attributes.clone() };
        let (assignment, trace) = target.evaluator.explain(flag, &subject, None, observation.at);
        Witness { subject, at: observation.at, assignment, trace }
    };
    if let Some(key) = &observation.key {
        return Some(explain(key.clone()));
    }
    let observed = claim.observed(&observation.parts);
    let wanted: Vec<&Part> = match &claim.share {
        Some(share) if *share == Fraction::ONE => {
            observation.parts.iter().filter(|part| !claim.concerns(part)).collect()
        }
        Some(share) if share.is_zero() => observation.parts.iter().filter(|part| claim.concerns(part)).collect(),
        // Whoever gets too much, or what the claim's part is missing.
        Some(share) if observation.region => {
            let more = observed > *share;
            observation.parts.iter().filter(|part| claim.concerns(part) == more).collect()
        }
        Some(_) | None => return None,
    };
    let variation = &wanted.first()?.variation;
    let content = target.compiled.config.flags.get(flag).and_then(|flag| flag.as_ref().ok());
    let mut keys = keys::made_up(content, TRIES);
    let key = keys.find(|key| {
        let subject = Subject { key: key.clone(), attributes: observation.attributes.clone() };
        target.evaluator.assign(flag, &subject, None, observation.at).variation == *variation
    })?;
    Some(explain(key))
}
