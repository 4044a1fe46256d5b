//! What flags and tests use of what is defined for all: the rules about unused definitions ask.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::condition;
use crate::model::{Audience, Condition, Flag, TestGroup, TestSubject, Workspace};

/// One use, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Use<'a> {
    /// Of an attribute.
    Attribute(&'a str),
    /// Of a segment.
    Segment(&'a str),
    /// Of a slot of a layer.
    Slot(&'a str, &'a str),
    /// Of a holdout.
    Holdout(&'a str),
}

/// What a whole workspace uses, segments' own conditions included.
pub(super) fn of(workspace: &Workspace) -> BTreeSet<Use<'_>> {
    let mut used = BTreeSet::new();
    for segment in &workspace.segments {
        add_audience(&segment.audience, &mut used);
    }
    for flag in &workspace.flags {
        add_flag(flag, &mut used);
    }
    for group in &workspace.tests {
        add_tests(group, &mut used);
    }
    used
}

/// Adds what a flag uses.
pub fn add_flag<'a>(flag: &'a Flag, used: &mut BTreeSet<Use<'a>>) {
    for step in &flag.steps {
        add_audience(&step.audience, used);
        used.extend(step.layer.as_ref().map(|used| Use::Slot(&used.layer.name.value, &used.slot.name.value)));
        used.extend(step.holdouts.iter().map(|used| Use::Holdout(&used.holdout.name.value)));
    }
    let placements = flag.environments.iter().flat_map(|environment| &environment.placements);
    let closed = placements.filter_map(|placement| placement.closed.as_ref());
    used.extend(closed.map(|closed| Use::Attribute(&closed.by.name)));
}

/// Adds what the tests of a flag use.
pub fn add_tests<'a>(group: &'a TestGroup, used: &mut BTreeSet<Use<'a>>) {
    for case in &group.cases {
        let (attributes, conditions) = match &case.who {
            TestSubject::Subject { attributes, .. } => (attributes, &[][..]),
            TestSubject::Given { attributes, conditions, .. } => (attributes, conditions.as_slice()),
        };
        used.extend(attributes.iter().map(|(name, _)| Use::Attribute(name)));
        used.extend(conditions.iter().map(of_condition));
    }
}

fn add_audience<'a>(audience: &'a Audience, used: &mut BTreeSet<Use<'a>>) {
    used.extend(condition::of_audience(audience).map(of_condition));
}

fn of_condition(condition: &Condition) -> Use<'_> {
    match condition {
        Condition::Attribute { attribute, .. } => Use::Attribute(&attribute.name),
        Condition::Segment { segment, .. } => Use::Segment(&segment.name.value),
    }
}
