//! FF4005: a segment nothing uses.

use super::Scope;
use super::uses::Use;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    for segment in workspace.segments.iter().filter(|segment| !scope.is_used(Use::Segment(&segment.name.value))) {
        sink.push(
            Diagnostic::new(Rule::UnusedSegment, segment.name.span, format!("nothing uses segment `{}`", segment.name))
                .label("defined, never used")
                .meaning("it targets nobody")
                .help("remove it, or allow this for segments that are kept ready"),
        );
    }
}
