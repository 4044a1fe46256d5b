//! Every condition of a workspace's segments and steps, and where it stands.

use crate::diagnostic::Diagnostic;
use crate::model::{Audience, Condition, Flag, Step, Workspace};

/// A condition and whose it is; segments' conditions are no flag's.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) condition: &'a Condition,
    owner: Option<(&'a Flag, &'a Step)>,
}

impl Placed<'_> {
    /// The finding, about this condition's flag and step.
    pub(super) fn about(&self, finding: Diagnostic) -> Diagnostic {
        match self.owner {
            Some((flag, step)) => finding.flag(&*flag.key).step(&*step.name),
            None => finding,
        }
    }
}

/// All of them: segments first, then flag by flag, step by step. Each segment's once, however many steps use it.
pub(super) fn all(workspace: &Workspace) -> impl Iterator<Item = Placed<'_>> {
    let of_segments = workspace.segments.iter().flat_map(|segment| conditions(&segment.audience, None));
    let of_steps = workspace.flags.iter().flat_map(|flag| {
        flag.steps.iter().flat_map(move |step| conditions(&step.audience, Some((flag.as_ref(), step.as_ref()))))
    });
    of_segments.chain(of_steps)
}

fn conditions<'a>(audience: &'a Audience, owner: Option<(&'a Flag, &'a Step)>) -> impl Iterator<Item = Placed<'a>> {
    of_audience(audience).map(move |condition| Placed { condition, owner })
}

/// Those of one audience.
pub(super) fn of_audience(audience: &Audience) -> impl Iterator<Item = &Condition> {
    audience.alternatives.iter().flat_map(|alternative| &alternative.conditions)
}
