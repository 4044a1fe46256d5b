//! FF4005: a segment nothing uses.

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
    for segment in workspace.segments.iter().filter(|segment| !used.contains(segment.name.value.as_str())) {
        sink.push(
            Diagnostic::new(Rule::UnusedSegment, segment.name.span, format!("nothing uses segment `{}`", segment.name))
                .label("defined, never used")
                .meaning("it targets nobody")
                .help("remove it, or allow this for segments that are kept ready"),
        );
    }
}

fn used(workspace: &Workspace) -> BTreeSet<&str> {
    let of_tests = workspace.tests.iter().flat_map(|group| &group.cases).flat_map(|case| match &case.who {
        TestSubject::Subject { .. } => &[][..],
        TestSubject::Given { conditions, .. } => conditions.as_slice(),
    });
    condition::all(workspace).map(|placed| placed.condition).chain(of_tests).filter_map(name).collect()
}

fn name(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Attribute { .. } => None,
        Condition::Segment { segment, .. } => Some(&segment.name.value),
    }
}
