//! Every audience an author wrote, and what the rules about conditions ask of its parts.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::lower;
use crate::model::predicate::Predicates;
use crate::model::{
    Alternative, Attribute, AttributeType, Audience, Condition, Flag, Operand, Segment, Step, Test, Workspace,
};
use crate::region::{self, Declared, Limits, Undecided};
use crate::source::Span;
use crate::ufc;

/// Audiences asked about with the same predicates. Fixed, so that runs agree.
const CHUNK: usize = 64;

/// An audience and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) audience: &'a Audience,
    owner: Owner<'a>,
}

#[derive(Clone, Copy)]
enum Owner<'a> {
    Segment(&'a Segment),
    Step(&'a Flag, &'a Step),
}

impl Target<'_> {
    /// A finding about it.
    pub(super) fn about(&self, finding: Diagnostic) -> Diagnostic {
        match self.owner {
            Owner::Segment(_) => finding,
            Owner::Step(flag, step) => finding.flag(&*flag.key).step(&*step.name),
        }
    }

    /// `segment `staff``, `step `copy``.
    pub(super) fn named(&self) -> String {
        match self.owner {
            Owner::Segment(segment) => format!("segment `{}`", segment.name),
            Owner::Step(_, step) => format!("step `{}`", step.name),
        }
    }

    /// A question about it that could not be decided.
    pub(super) fn undecided(&self, span: Span, what: &str, undecided: &Undecided) -> Diagnostic {
        self.about(super::claim::undecided(span, what, undecided))
    }
}

/// Asks every audience that could be read whole; findings come in the order of segments, flags and steps.
pub(super) fn each(
    scope: Scope<'_>,
    sink: &mut Sink,
    ask: impl Fn(Target<'_>, &mut Asking<'_>) -> Vec<Diagnostic> + Sync,
) {
    let declared = &scope.reasoning().declared;
    let targets = whole(scope.workspace);
    let findings = targets.par_chunks(CHUNK).flat_map_iter(|targets| {
        let mut asking = Asking::new(declared);
        targets.iter().flat_map(|target| ask(*target, &mut asking)).collect::<Vec<_>>()
    });
    sink.push_all(findings.collect::<Vec<_>>());
}

fn whole(workspace: &Workspace) -> Vec<Target<'_>> {
    let segments = workspace.segments.iter().filter(|segment| !segment.incomplete);
    let segments = segments.map(|segment| Target { audience: &segment.audience, owner: Owner::Segment(segment) });
    let flags = workspace.flags.iter().filter(|flag| !flag.incomplete);
    let steps = flags.flat_map(|flag| flag.steps.iter().map(move |step| (flag, step)));
    let steps = steps.map(|(flag, step)| Target { audience: &step.audience, owner: Owner::Step(flag, step) });
    let known = segments_are_whole(workspace);
    segments.chain(steps).filter(|target| known || !uses_segments(target.audience)).collect()
}

/// Whether what segments mean is known.
pub(super) fn segments_are_whole(workspace: &Workspace) -> bool {
    workspace.segments.iter().all(|segment| !segment.incomplete)
}

/// Whether an audience depends on what segments mean.
pub(super) fn uses_segments(audience: &Audience) -> bool {
    let mut conditions = audience.alternatives.iter().flat_map(|alternative| &alternative.conditions);
    conditions.any(|condition| matches!(condition, Condition::Segment { .. }))
}

/// Where a condition stands.
pub(super) fn span(condition: &Condition) -> Span {
    match condition {
        Condition::Attribute { span, .. } | Condition::Segment { span, .. } => *span,
    }
}

/// What is asked, with the segments worked out so far.
pub(super) struct Asking<'a> {
    predicates: Predicates,
    declared: &'a BTreeMap<String, Declared>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(declared: &'a BTreeMap<String, Declared>) -> Self {
        Self { predicates: Predicates::new(), declared }
    }

    /// Whether any value of the declared types fulfils all conditions. Too many rules are another finding: then it is said to be so.
    pub(super) fn satisfiable(&mut self, conditions: &[Condition]) -> Result<bool, Undecided> {
        if are_plain(conditions) {
            return Ok(true);
        }
        match self.wire(&[conditions.to_vec()]) {
            Wire::TooMany => Ok(true),
            Wire::Nobody => Ok(false),
            Wire::Rules(rules) => region::satisfiable(&rules, self.declared, Limits::MANY),
        }
    }

    /// Whether everyone of the first alternatives is in the second; where it is so, whether that needs the declared types.
    pub(super) fn implied(
        &mut self,
        first: &[Vec<Condition>],
        second: &[Vec<Condition>],
    ) -> Result<Option<Needs>, Undecided> {
        let (Wire::Rules(first), Wire::Rules(second)) = (self.wire(first), self.wire(second)) else { return Ok(None) };
        if !region::implied(&first, &second, self.declared, Limits::MANY)? {
            return Ok(None);
        }
        // The declared `id` is no promise about types alone: without it the subject key would be tied to it.
        let untyped: BTreeMap<String, Declared> = self
            .declared
            .iter()
            .filter(|(name, _)| *name == "id")
            .map(|(name, _)| (name.clone(), Declared::Text))
            .collect();
        let always = region::implied(&first, &second, &untyped, Limits::MANY).unwrap_or(false);
        Ok(Some(if always { Needs::Nothing } else { Needs::Types }))
    }

    fn wire(&mut self, alternatives: &[Vec<Condition>]) -> Wire {
        let nowhere = |conditions: &Vec<Condition>| {
            let span = conditions.first().map(span)?;
            Some(Alternative { conditions: conditions.clone(), span })
        };
        // An alternative without conditions is everyone, which the model says by having no alternatives.
        let written: Option<Vec<Alternative>> = alternatives.iter().map(nowhere).collect();
        let Ok(predicate) = self.predicates.audience(&Audience { alternatives: written.unwrap_or_default() }) else {
            return Wire::TooMany;
        };
        lower::audience(&predicate).map_or(Wire::Nobody, Wire::Rules)
    }
}

enum Wire {
    TooMany,
    Nobody,
    Rules(Vec<ufc::Rule>),
}

/// What a claim needs to be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// Attributes have values of their declared types.
    Types,
}

/// `, if `age` is a number`, of the typed attributes of some conditions; empty where nothing is needed.
pub(super) fn assuming(needs: Needs, conditions: &[Condition]) -> String {
    let mut typed: Vec<(String, Declared)> = Vec::new();
    for condition in conditions {
        let Condition::Attribute { attribute, .. } = condition else { continue };
        let kind = match attribute.kind {
            AttributeType::String => continue,
            AttributeType::Number => Declared::Number,
            AttributeType::Bool => Declared::Bool,
            AttributeType::Semver => Declared::Version,
        };
        if !typed.iter().any(|(name, _)| *name == attribute.name) {
            typed.push((attribute.name.clone(), kind));
        }
    }
    match needs {
        Needs::Nothing => String::new(),
        Needs::Types if typed.is_empty() => ", if attributes have values of their declared types".to_owned(),
        Needs::Types => super::claim::assuming(&region::Assumption { typed, no_id: false }),
    }
}

/// Whether conditions are satisfiable at a glance: each about another attribute, and of a kind that something always fulfils.
fn are_plain(conditions: &[Condition]) -> bool {
    let mut seen: Vec<&str> = Vec::with_capacity(conditions.len());
    conditions.iter().all(|condition| match condition {
        Condition::Segment { .. } => false,
        Condition::Attribute { attribute, test, .. } => {
            let first = !seen.contains(&attribute.name.as_str());
            seen.push(&attribute.name);
            first && attribute.name != "id" && something_fulfils(attribute, test)
        }
    })
}

fn something_fulfils(attribute: &Attribute, test: &Test) -> bool {
    match test {
        Test::Null { .. } | Test::Listed { negated: false, .. } => true,
        Test::Listed { negated: true, .. } => attribute.kind != AttributeType::Bool,
        // A number is at least itself, and at most; past it there is another one, unless it is the last.
        Test::Compare { operand, .. } => match &operand.value {
            Operand::Number(number) => attribute.kind == AttributeType::Number && number.abs() < f64::MAX,
            Operand::Version(version) => semver::Version::parse(version).is_ok_and(|version| between(&version)),
            Operand::Text(_) | Operand::Bool(_) => false,
        },
        Test::Pattern { .. } => false,
    }
}

/// Whether there are versions below and above.
fn between(version: &semver::Version) -> bool {
    version.patch < u64::MAX && (version.major, version.minor, version.patch) > (0, 0, 0)
}

/// Whether somebody who fulfils `first`, of whom there are some, is at a glance in none of `others`: each of these asks for an
/// attribute of which `first` says nothing, so that it may be missing.
pub(super) fn are_apart<'c>(first: &[Condition], others: impl IntoIterator<Item = &'c [Condition]>) -> bool {
    let mut said = Vec::with_capacity(first.len());
    for condition in first {
        match condition {
            Condition::Attribute { attribute, .. } => said.push(attribute.name.as_str()),
            Condition::Segment { .. } => return false,
        }
    }
    let asks_for_more = |condition: &Condition| match condition {
        // Every subject has a key.
        Condition::Attribute { attribute, test, .. } => {
            let missing = matches!(test, Test::Null { is: true });
            !missing && attribute.name != "id" && !said.contains(&attribute.name.as_str())
        }
        Condition::Segment { .. } => false,
    };
    others.into_iter().all(|other| other.iter().any(asks_for_more))
}

/// A finding about conditions of an audience.
pub(super) fn finding(rule: Rule, target: Target<'_>, span: Span, message: String) -> Diagnostic {
    target.about(Diagnostic::new(rule, span, message))
}
