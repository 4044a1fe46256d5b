//! What `exposure-miss=stop` keeps from the lines below it. It is lowered into their rules, so that of lowered lines nothing
//! could be said about whom they were written for.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::lower;
use crate::model::predicate::Predicates;
use crate::model::{Exposure, ExposureMiss, Placement, Window};
use crate::region::{self, Declared, Limits, LineKind, Side, Undecided, Witness};
use crate::ufc;

use super::waterfall::{Line, Waterfall};

/// A stopping experiment that enrols subjects for whom a line below it was written.
pub(super) struct Kept<'a> {
    pub(super) upper: Line<'a>,
    pub(super) lower: Line<'a>,
    /// One of them.
    pub(super) found: Result<Witness, Undecided>,
    /// Whether it cannot be seen while emergency toggles are there.
    pub(super) hidden: bool,
}

impl Kept<'_> {
    /// Whether it says the same of the same lines.
    pub(super) fn is(&self, other: &Kept<'_>) -> bool {
        (self.upper.span(), self.lower.span()) == (other.upper.span(), other.lower.span())
            && self.found.is_ok() == other.found.is_ok()
    }
}

/// The switched-on lines that were lowered to nothing although somebody matches them.
pub(super) fn idle<'a>(waterfall: &Waterfall<'a>, predicates: &mut Predicates) -> Vec<Line<'a>> {
    let is_lowered = |span| waterfall.lines.iter().any(|line| line.span() == span);
    let placements = waterfall.placements().filter(|placement| !is_lowered(placement.span));
    let someone = placements
        .filter(|placement| predicates.audience(&placement.step.audience).is_ok_and(|audience| !audience.is_nobody()));
    let someone = someone.map(Line::Placed).collect::<Vec<_>>().into_iter();
    let rest = waterfall.here.otherwise.iter().filter(|otherwise| !is_lowered(otherwise.span)).map(Line::Otherwise);
    someone.chain(rest).collect()
}

/// The stopping lines above a line.
pub(super) fn stops_above<'a>(waterfall: &Waterfall<'a>, line: Line<'_>) -> Vec<Line<'a>> {
    let above = waterfall.placements().take_while(|placement| placement.span != line.span());
    above.filter(|placement| placement.exposure_miss == ExposureMiss::Stop).map(Line::Placed).collect()
}

/// Every stopping experiment with every placed line below it for whose audience it enrols somebody.
pub(super) fn kept<'a>(
    waterfall: &Waterfall<'a>,
    predicates: &mut Predicates,
    declared: &BTreeMap<String, Declared>,
    now: Timestamp,
) -> Vec<Kept<'a>> {
    let mut kept = Vec::new();
    let lines: Vec<&'a Placement> = waterfall.placements().collect();
    for (index, upper) in lines.iter().enumerate() {
        let stops = upper.exposure_miss == ExposureMiss::Stop && Line::Placed(upper).kind() == LineKind::Experiment;
        let Some(number) = waterfall.number(&upper.step.name).filter(|_| stops) else { continue };
        for lower in lines.iter().skip(index + 1) {
            let Ok(audience) = predicates.audience(&lower.step.audience) else { continue };
            let Some(given) = lower::audience(&audience) else { continue };
            let wire = during(&waterfall.wire, open(lower));
            let side = Side { flag: &wire, steps: waterfall.steps.clone(), declared };
            let found = region::reaches(&side, number, &given, now, Limits::default()).transpose();
            let (upper, lower) = (Line::Placed(upper), Line::Placed(lower));
            kept.extend(found.map(|found| Kept { upper, lower, found, hidden: false }));
        }
    }
    kept
}

/// When a placement can match at all: a ramp opens with its first phase.
fn open(placement: &Placement) -> Window {
    Window { start: opens(placement), ..placement.window }
}

/// From when on a placement can match.
pub(super) fn opens(placement: &Placement) -> Option<Timestamp> {
    match &placement.exposure {
        Exposure::Share(_) => placement.window.start,
        Exposure::Ramp(phases) => phases.first().map(|(at, _)| *at),
    }
}

/// The flag as it is during `window`: at other times it assigns nobody.
fn during(flag: &ufc::Flag, window: Window) -> ufc::Flag {
    let mut flag = flag.clone();
    for allocation in &mut flag.allocations {
        let bound = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        let own = Window { start: bound(&allocation.start_at), end: bound(&allocation.end_at) };
        match own.intersection(window) {
            Some(both) => {
                allocation.start_at = both.start.map(lower::instant);
                allocation.end_at = both.end.map(lower::instant);
            }
            None => allocation.splits.clear(),
        }
    }
    flag
}
