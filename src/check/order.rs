//! Which order of a waterfall's lines repairs it, and where none does because one line would leave another nobody.

use super::Scope;
use super::targeting::Asking;
use super::waterfall::{Line, Waterfall};
use crate::diagnostic::Edit;
use crate::model::{Condition, Exposure, ExposureMiss, Placement, Window};

/// An order of more lines than this is no help; the move says it.
const SHOWN: usize = 8;

/// What to do about a line that belongs above another: in words, and as edits where they are known.
pub(super) struct Repair {
    pub(super) help: String,
    pub(super) edits: Vec<Edit>,
}

impl Repair {
    /// Words alone.
    pub(super) fn said(help: impl Into<String>) -> Self {
        Self { help: help.into(), edits: Vec::new() }
    }

    /// `line` directly above `above`, with the order that comes of it.
    pub(super) fn moving(scope: Scope<'_>, waterfall: &Waterfall<'_>, line: Line<'_>, above: Line<'_>) -> Self {
        let from_target = waterfall.placements().skip_while(|placement| placement.span != above.span());
        let passed = from_target.take_while(|placement| placement.span != line.span());
        let order: Vec<String> = std::iter::once(line).chain(passed.map(Line::Placed)).map(Line::written).collect();
        let shown = if (3..=SHOWN).contains(&order.len()) {
            format!(", so that the order is `{}`", order.join("`, `"))
        } else {
            // Of neighbours, and where the move says more than a long list.
            String::new()
        };
        Self {
            help: format!("move `{}` above `{}`{shown}", line.written(), above.written()),
            edits: scope.files.move_before(line.span(), above.span()),
        }
    }
}

/// Whether `line`, moved above `other`, would leave it nobody. What could not be decided is left to who applies the move.
pub(super) fn starves(line: Line<'_>, other: Line<'_>, waterfall: &Waterfall<'_>, asking: &mut Asking<'_>) -> bool {
    let (Some(moved), Some(other)) = (line.placement(), other.placement()) else { return false };
    let all = Exposure::Share(waterfall.flag.total_shards);
    let takes_all = (moved.exposure == all || moved.exposure_miss == ExposureMiss::Stop)
        && moved.closed.is_none()
        && moved.step.layer.is_none()
        && moved.step.holdouts.is_empty();
    takes_all
        && covers(moved.window, other.window)
        && asking.implied(&alternatives(other), &alternatives(moved)).is_ok_and(|needs| needs.is_some())
}

/// Whether a line takes everyone, at any time. Such a gate is an `otherwise` that stands too high.
pub(super) fn is_for_everyone(line: Line<'_>, waterfall: &Waterfall<'_>) -> bool {
    line.placement().is_some_and(|placement| {
        placement.step.audience.alternatives.is_empty()
            && placement.exposure == Exposure::Share(waterfall.flag.total_shards)
            && placement.window == Window::default()
            && placement.closed.is_none()
    })
}

fn alternatives(placement: &Placement) -> Vec<Vec<Condition>> {
    placement.step.audience.alternatives.iter().map(|alternative| alternative.conditions.clone()).collect()
}

fn covers(outer: Window, inner: Window) -> bool {
    let starts = outer.start.is_none_or(|start| inner.start.is_some_and(|own| start <= own));
    starts && outer.end.is_none_or(|end| inner.end.is_some_and(|own| own <= end))
}
