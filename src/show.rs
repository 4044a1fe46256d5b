//! A waterfall as exact numbers: for each line who gets to it, who is taken, who falls on.
//!
//! The numbers are shares over shards and hold within a region of attributes. Regions in which no number differs are one;
//! where regions differ, a line has a least and a most, and each region its own numbers, never an average. Subject keys that
//! lists name have known shards: they are counted apart.

mod drawing;
mod keys;
mod numbers;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::count::Fraction;
use crate::evaluate::AttributeValue;
use crate::lower::{self, Lowered};
use crate::model::predicate::Predicates;
use crate::model::{ExposureMiss, Flag, FlagEnvironment, Placement, StepKind};
use crate::region::{self, Declared, Limits, Rows, Side, Undecided, Universe};
use crate::ufc;
use drawing::{Changes, Drawing};
pub use keys::{End, KeyEnd, NamedKey, NamedKeys};

/// How many numbers are worked out to say when a picture changes: lines times regions, for each instant at which something opens
/// or closes. Ordinary flags need some hundreds.
const NUMBERS: usize = 500_000;

/// A flag in one environment at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The flag's key.
    pub flag: String,
    /// The environment's name.
    pub environment: String,
    /// The instant shown.
    pub at: Timestamp,
    /// Whether evaluators find the flag; where they do not, everyone gets the caller's default and there is nothing else.
    pub state: State,
    /// The waterfall, placements that are switched off included.
    pub lines: Vec<Line>,
    /// Its numbers, from the least to the most of all regions.
    pub overall: Shares,
    /// The regions with different numbers; at least one, unless the flag is not served.
    pub regions: Vec<Region>,
    /// Subject keys that lists name.
    pub keys: Vec<NamedKeys>,
    /// The instants at which the picture changes, in order.
    pub changes: Vec<Timestamp>,
    /// The instants at which something opens or closes, but nobody looked whether the picture changes: it would have taken too
    /// long. They are farther from the instant shown than all others.
    pub unchecked: Vec<Timestamp>,
}

/// Whether evaluators find a flag in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They do.
    Served,
    /// It is disabled.
    Disabled,
    /// It does not mention the environment.
    Unmentioned,
}

/// A line of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The step's name; `otherwise` for the last line.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether the placement is switched on.
    pub enabled: bool,
    /// Whether those whom it targets and does not take get the caller's default (`exposure-miss=stop`).
    pub stops: bool,
    /// Its allocations, by position: ramp phases, pieces of time, holdouts.
    pub allocations: Vec<usize>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everyone it targets gets one variation.
    Gate,
    /// Its subjects are split.
    Experiment,
    /// Everyone left.
    Otherwise,
}

impl Kind {
    /// As authors write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Experiment => "experiment",
            Self::Otherwise => "otherwise",
        }
    }
}

/// From the region with the least to the one with the most; both inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Between {
    /// The least.
    pub least: Arc<Fraction>,
    /// The most.
    pub most: Arc<Fraction>,
}

impl Between {
    /// The share, where all regions agree.
    #[must_use]
    pub fn exact(&self) -> Option<&Fraction> {
        (self.least == self.most).then_some(&*self.least)
    }
}

/// What becomes of everyone, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shares {
    /// One for each [`Line`].
    pub lines: Vec<LineShares>,
    /// Who gets the caller's default.
    pub default: Between,
}

/// What a line does. Shares are of all subjects of a region, not of those who reach the line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LineShares {
    /// Who gets to the line: everyone whom no line above took or stopped.
    pub reach: Between,
    /// Whom the line assigns a variation, held-out subjects included.
    pub take: Between,
    /// Who goes on to the next line.
    pub falls_on: Between,
    /// Who gets the caller's default here, because the line stops those whom its exposure leaves out.
    pub stopped: Between,
    /// What it assigns: its own variations first, then what each holdout serves. Together they are `take`.
    pub parts: Vec<Part>,
}

/// A variation that a line assigns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// The variation's name.
    pub variation: Arc<str>,
    /// By which holdout its subjects are held out.
    pub holdout: Option<Arc<str>>,
    /// How many get it here.
    pub share: Between,
}

/// Subjects for whom all numbers are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// The lines whose audience all of them are in, as far as anybody gets there.
    pub targeted: Vec<usize>,
    /// The lines whose audience only some of them are in, which makes no difference.
    pub partly: Vec<usize>,
    /// Attributes of one of them.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The numbers.
    pub shares: Arc<Shares>,
}

/// Whom a picture is of.
#[derive(Debug, Clone, Copy)]
pub struct Subjects<'a> {
    /// Who fulfils these alternatives of conditions; none is everyone.
    pub given: &'a [ufc::Rule],
    /// What attributes were declared as: they have a value of that type, or none.
    pub declared: &'a BTreeMap<String, Declared>,
}

/// The picture of a flag at an instant. `here` is none where the flag does not mention the environment.
///
/// # Errors
/// When the numbers could not be decided.
pub fn picture(
    flag: &Flag,
    environment: &str,
    here: Option<&FlagEnvironment>,
    subjects: Subjects<'_>,
    at: Timestamp,
    limits: Limits,
) -> Result<Picture, Undecided> {
    let served = here.filter(|here| here.enabled);
    let Some(here) = served else {
        let state = if here.is_some() { State::Disabled } else { State::Unmentioned };
        return Ok(Picture::of_nobody(flag, environment, at, state));
    };
    let lowered = lower::lower(flag, here, &mut Predicates::new())
        .ok_or_else(|| Undecided { reason: format!("the targeting of `{}` needs too many rules", flag.key.value) })?;
    let lines = lines(here, &lowered);
    let Subjects { given, declared } = subjects;
    let side = Side { flag: &lowered.flag, steps: lower::lines(&lowered.origins), declared };
    let drawing = Drawing::of(&lines, &lowered, &region::rows(&side, given, at, Universe::Declared, limits)?)?;
    let mut others = Rows::of(&side, given, Universe::Declared, limits).ok();
    let mut left = NUMBERS;
    let changes = Changes::around(&lowered.flag, at, &drawing, |at| {
        let rows = others.as_mut()?.at(at).ok()?;
        left = left.checked_sub(rows.len() * (lines.len() + 1))?;
        Drawing::of(&lines, &lowered, &rows).ok()
    });
    let Drawing { overall, regions, keys } = drawing;
    Ok(Picture {
        flag: flag.key.value.clone(),
        environment: environment.to_owned(),
        at,
        state: State::Served,
        lines,
        overall,
        regions,
        keys,
        changes: changes.known,
        unchecked: changes.unknown,
    })
}

impl Picture {
    /// Everyone gets the caller's default.
    fn of_nobody(flag: &Flag, environment: &str, at: Timestamp, state: State) -> Self {
        Self {
            flag: flag.key.value.clone(),
            environment: environment.to_owned(),
            at,
            state,
            lines: Vec::new(),
            overall: Shares { lines: Vec::new(), default: numbers::alone(Fraction::ONE) },
            regions: Vec::new(),
            keys: Vec::new(),
            changes: Vec::new(),
            unchecked: Vec::new(),
        }
    }

    /// Since when the picture is as shown, and from when on it is another; none: always, and for ever.
    #[must_use]
    pub fn unchanged(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let since = self.changes.iter().rfind(|change| **change <= self.at);
        let until = self.changes.iter().find(|change| **change > self.at);
        (since.copied(), until.copied())
    }
}

/// The lines of a waterfall, each with its allocations; switched-off placements and those that target nobody have none.
#[must_use]
pub fn lines(here: &FlagEnvironment, lowered: &Lowered) -> Vec<Line> {
    let allocations = |line| {
        let origins = lowered.origins.iter().enumerate();
        origins.filter(|(_, origin)| origin.placement == line).map(|(index, _)| index).collect()
    };
    let placed = |placement: &Placement| Line {
        name: placement.step.name.value.clone(),
        kind: match placement.step.kind {
            StepKind::Gate { .. } => Kind::Gate,
            StepKind::Experiment { .. } => Kind::Experiment,
        },
        enabled: placement.enabled,
        stops: placement.exposure_miss == ExposureMiss::Stop,
        allocations: allocations(placement.span),
    };
    let otherwise = here.otherwise.as_ref().map(|otherwise| Line {
        name: "otherwise".to_owned(),
        kind: Kind::Otherwise,
        enabled: true,
        stops: false,
        allocations: allocations(otherwise.span),
    });
    here.placements.iter().map(placed).chain(otherwise).collect()
}

#[cfg(test)]
pub(crate) mod tests;
