//! FF4004: an attribute no condition, completion or test uses.

use std::collections::BTreeSet;

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, TestSubject, Workspace};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    let used = used(workspace);
    for attribute in &workspace.attributes {
        let Some(span) = attribute.span else { continue };
        if used.contains(attribute.name.as_str()) {
            continue;
        }
        sink.push(
            Diagnostic::new(Rule::UnusedAttribute, span, format!("nothing uses attribute `{}`", attribute.name))
                .label("declared, never asked for")
                .meaning("callers may be sending it for no reason")
                .help("remove the line, or allow this for attributes that are kept ready"),
        );
    }
}

fn used(workspace: &Workspace) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    used.extend(condition::all(workspace).filter_map(|placed| name(placed.condition)));
    let environments = workspace.flags.iter().flat_map(|flag| &flag.environments);
    let closed =
        environments.flat_map(|environment| &environment.placements).filter_map(|placement| placement.closed.as_ref());
    used.extend(closed.map(|closed| closed.by.name.as_str()));
    for case in workspace.tests.iter().flat_map(|group| &group.cases) {
        match &case.who {
            TestSubject::Subject { attributes, .. } => used.extend(attributes.iter().map(|(name, _)| name.as_str())),
            TestSubject::Given { attributes, conditions, .. } => {
                used.extend(attributes.iter().map(|(name, _)| name.as_str()));
                used.extend(conditions.iter().filter_map(name));
            }
        }
    }
    used
}

fn name(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Attribute { attribute, .. } => Some(&attribute.name),
        Condition::Segment { .. } => None,
    }
}
