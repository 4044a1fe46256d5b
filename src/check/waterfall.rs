//! What is true of each flag in each environment that serves it: lowered and reasoned about once, for every rule that asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;

use super::stopped::{self, Kept};
use super::targeting::{segments_are_whole, uses_segments};
use super::toggle::{Judged, Toggles, Told};
use crate::diagnostic::{Diagnostic, Rule, level};
use crate::lower::{self, Lowered, OriginKind};
use crate::model::predicate::Predicates;
use crate::model::{Attribute, Flag, FlagEnvironment, Otherwise, Placement, StepKind, Workspace};
use crate::region::{self, Declared, Limits, LineKind, Side};
use crate::source::{SourceSet, Span};
use crate::ufc;

/// Flags lowered with the same predicates, so that what their segments mean is worked out once. Fixed, so that runs agree.
const CHUNK: usize = 64;

/// Whether `line` is an `otherwise` below one step that everyone gets. That is how ramps end, it can be read off the one line,
/// and nobody gets anything unmeant: no finding, or raising an exposure to 100 % would break a run.
pub(super) fn is_ramped_out(line: Line<'_>, above: &[Line<'_>]) -> bool {
    line.placement().is_none() && matches!(above, [one] if one.targets_everyone())
}

/// Everything the rules about meaning share.
pub(super) struct Reasoning<'a> {
    /// What `--workspace` is given for a command to find the workspace.
    pub(super) given: Option<&'a str>,
    /// What the workspace declares.
    pub(super) attributes: &'a [Arc<Attribute>],
    /// The first instant of the day of the check.
    pub(super) now: Timestamp,
    /// Types that callers promised. `id` is among them where callers may pass one.
    pub(super) declared: BTreeMap<String, Declared>,
    /// Flag by flag, environment by environment, without emergency toggles; disabled ones serve nobody and are left out.
    pub(super) waterfalls: Vec<Waterfall<'a>>,
    /// Those that have emergency toggles, with them, and with what is told of them beyond what is so anyway.
    pub(super) toggled: Vec<Waterfall<'a>>,
}

/// A flag in an environment where it is enabled.
pub(super) struct Waterfall<'a> {
    pub(super) flag: &'a Flag,
    pub(super) here: &'a FlagEnvironment,
    /// Which emergency toggles are in it.
    pub(super) toggles: Toggles,
    /// What evaluators read. Keys are positions: nothing here depends on what allocations are called.
    pub(super) wire: ufc::Flag,
    /// For each allocation the number of its line.
    pub(super) steps: Vec<usize>,
    /// By number. Switched-off lines, and lines that could never do anything, have none.
    pub(super) lines: Vec<Line<'a>>,
    pub(super) told: Vec<Told>,
    /// Lines whom a stopping line above leaves nobody: nothing of them is lowered.
    pub(super) idle: Vec<Line<'a>>,
    /// What stopping lines keep from lines below.
    pub(super) kept: Vec<Kept<'a>>,
    /// For each allocation the salt of the holdout it stands for.
    holdouts: Vec<Option<&'a str>>,
}

/// A line of a waterfall.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line<'a> {
    /// A step.
    Placed(&'a Placement),
    /// The last line.
    Otherwise(&'a Otherwise),
}

impl<'a> Line<'a> {
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Placed(placement) => &placement.step.name,
            Self::Otherwise(_) => "otherwise",
        }
    }

    pub(super) fn span(self) -> Span {
        match self {
            Self::Placed(placement) => placement.span,
            Self::Otherwise(otherwise) => otherwise.span,
        }
    }

    pub(super) fn placement(self) -> Option<&'a Placement> {
        match self {
            Self::Placed(placement) => Some(placement),
            Self::Otherwise(_) => None,
        }
    }

    /// As the author wrote it: `gate staff`, `experiment copy`, `otherwise`.
    pub(super) fn written(self) -> String {
        match (self, self.kind()) {
            (Self::Otherwise(_), _) => "otherwise".to_owned(),
            (Self::Placed(placement), LineKind::Experiment) => format!("experiment {}", placement.step.name),
            (Self::Placed(placement), LineKind::Gate | LineKind::Otherwise) => format!("gate {}", placement.step.name),
        }
    }

    /// The variation that everyone it takes gets; none of experiments.
    pub(super) fn served(self) -> Option<&'a str> {
        match self {
            Self::Placed(placement) => match &placement.step.kind {
                StepKind::Gate { serve } => Some(&serve.name),
                StepKind::Experiment { .. } => None,
            },
            Self::Otherwise(otherwise) => Some(&otherwise.variation.name),
        }
    }

    pub(super) fn kind(self) -> LineKind {
        match self {
            Self::Placed(placement) => match placement.step.kind {
                StepKind::Gate { .. } => LineKind::Gate,
                StepKind::Experiment { .. } => LineKind::Experiment,
            },
            Self::Otherwise(_) => LineKind::Otherwise,
        }
    }

    /// Whether it targets everyone.
    pub(super) fn targets_everyone(self) -> bool {
        self.placement().is_none_or(|placement| placement.step.audience.alternatives.is_empty())
    }

    /// Whether it is an emergency toggle: what it does to others is on purpose.
    pub(super) fn overrides(self) -> bool {
        self.placement().is_some_and(|placement| placement.override_reason.is_some())
    }
}

impl<'a> Waterfall<'a> {
    /// The placements that take part.
    pub(super) fn placements(&self) -> impl Iterator<Item = &'a Placement> + use<'a> {
        let toggles = self.toggles;
        let enabled = self.here.placements.iter().filter(|placement| placement.enabled);
        enabled.filter(move |placement| toggles.keep(Line::Placed(placement)))
    }

    /// The line with that number.
    pub(super) fn line(&self, step: usize) -> Option<Line<'a>> {
        self.lines.get(step).copied()
    }

    /// The lines with those numbers.
    pub(super) fn lines(&self, steps: &[usize]) -> Vec<Line<'a>> {
        steps.iter().filter_map(|step| self.line(*step)).collect()
    }

    /// The number of a step's line; none where it is not there, or could never do anything.
    pub(super) fn number(&self, step: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.placement().is_some_and(|placement| placement.step.name.value == step))
    }

    pub(super) fn side<'s>(&'s self, declared: &'s BTreeMap<String, Declared>) -> Side<'s> {
        Side { flag: &self.wire, steps: self.steps.clone(), declared }
    }

    pub(super) fn environment(&self) -> &'a str {
        &self.here.environment.name
    }

    /// A finding about a line of it.
    pub(super) fn finding(&self, rule: Rule, line: Line<'_>, message: String) -> Diagnostic {
        Diagnostic::new(rule, line.span(), message)
            .flag(&*self.flag.key)
            .environment(self.environment())
            .step(line.name())
    }
}

impl<'a> Reasoning<'a> {
    /// Lowers and reasons. What was true before `today` (a day in UTC) is past.
    pub(super) fn new(workspace: &'a Workspace, sources: &'a SourceSet, today: Date) -> Self {
        let declared = lower::declared(&workspace.attributes);
        let now = midnight(today);
        let segments = segments_are_whole(workspace);
        let shadows = level::asked_for(Rule::PartlyShadowed, workspace);
        let waterfalls = workspace.flags.par_chunks(CHUNK).flat_map_iter(|flags| {
            let mut predicates = Predicates::new();
            let known = |flag: &&Arc<Flag>| segments || !flag.steps.iter().any(|step| uses_segments(&step.audience));
            let whole = flags.iter().filter(|flag| !flag.incomplete).filter(known);
            whole.flat_map(|flag| of_flag(flag, &mut predicates, &declared, (now, shadows))).collect::<Vec<_>>()
        });
        let judged: Vec<Judged<'a>> = waterfalls.collect();
        let (mut waterfalls, mut toggled) = (Vec::with_capacity(judged.len()), Vec::new());
        for judged in judged {
            let (plain, others) = judged.told(now);
            waterfalls.push(plain);
            toggled.extend(others);
        }
        let (given, attributes) = (sources.workspace(), workspace.attributes.as_slice());
        Self { given, attributes, now, declared, waterfalls, toggled }
    }

    /// The same waterfall with all its emergency toggles, where it has any.
    pub(super) fn with_toggles(&self, plain: &Waterfall<'_>) -> Option<&Waterfall<'a>> {
        let all = self.toggled.iter().filter(|other| other.toggles == Toggles::All);
        all.into_iter().find(|other| std::ptr::eq(other.here, plain.here))
    }

    /// Every waterfall of which something may be told.
    pub(super) fn all(&self) -> impl Iterator<Item = &Waterfall<'a>> {
        self.waterfalls.iter().chain(&self.toggled)
    }
}

/// The first instant of a day.
pub(super) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

fn of_flag<'a>(
    flag: &'a Flag,
    predicates: &mut Predicates,
    declared: &BTreeMap<String, Declared>,
    (now, shadows): (Timestamp, bool),
) -> Vec<Judged<'a>> {
    let mut judged: Vec<Judged<'a>> = Vec::new();
    for here in flag.environments.iter().filter(|here| here.enabled) {
        let mut made = |toggles: Toggles, known: &[&Waterfall<'a>]| {
            let mut waterfall = Waterfall::new(flag, here, toggles, predicates)?;
            // Most environments are one waterfall, placed several times.
            waterfall.told = match known.iter().find(|other| other.reasons_like(&waterfall)) {
                Some(other) => other.told.clone(),
                None => waterfall.reason(declared, now, shadows),
            };
            waterfall.idle = stopped::idle(&waterfall, predicates);
            waterfall.kept = stopped::kept(&waterfall, predicates, declared, now);
            Some(waterfall)
        };
        let known: Vec<&Waterfall<'a>> = judged.iter().flat_map(Judged::waterfalls).collect();
        let Some(plain) = made(Toggles::Without, &known) else { continue };
        let toggles = here.placements.iter().filter(|placement| placement.enabled).map(Line::Placed);
        let toggles: Vec<Span> = toggles.filter(|line| line.overrides()).map(Line::span).collect();
        let mut here = Judged { plain, alone: Vec::new(), all: None };
        for toggle in &toggles {
            let one = made(Toggles::Only(*toggle), &known);
            here.alone.extend(one);
        }
        if !toggles.is_empty() {
            here.all = made(Toggles::All, &here.waterfalls().chain(known).collect::<Vec<_>>());
        }
        judged.push(here);
    }
    judged
}

impl<'a> Waterfall<'a> {
    /// None where its targeting needs too many rules.
    fn new(flag: &'a Flag, here: &'a FlagEnvironment, toggles: Toggles, predicates: &mut Predicates) -> Option<Self> {
        let is_left_out = |placement: &Placement| !toggles.keep(Line::Placed(placement));
        let Lowered { flag: mut wire, origins } = if here.placements.iter().any(is_left_out) {
            let mut without = here.clone();
            without.placements.retain(|placement| !is_left_out(placement));
            lower::lower(flag, &without, predicates)?
        } else {
            lower::lower(flag, here, predicates)?
        };
        for (position, allocation) in wire.allocations.iter_mut().enumerate() {
            allocation.key = position.to_string();
        }
        let steps = lower::lines(&origins);
        let mut lines = Vec::new();
        let mut holdouts = Vec::new();
        for (origin, number) in origins.iter().zip(&steps) {
            let placed = here.placements.iter().find(|placement| placement.span == origin.placement);
            let line = match (placed, &here.otherwise) {
                (Some(placement), _) => Line::Placed(placement),
                (None, Some(otherwise)) => Line::Otherwise(otherwise),
                (None, None) => continue,
            };
            if *number == lines.len() {
                lines.push(line);
            }
            holdouts.push(match &origin.kind {
                OriginKind::Holdout(name) => salt(line, name),
                OriginKind::Step | OriginKind::Otherwise => None,
            });
        }
        let (told, idle, kept) = (Vec::new(), Vec::new(), Vec::new());
        Some(Self { flag, here, toggles, wire, steps, lines, told, idle, kept, holdouts })
    }

    fn kinds(&self) -> Vec<LineKind> {
        self.lines.iter().map(|line| line.kind()).collect()
    }

    /// Whether what is true of one is true of the other.
    fn reasons_like(&self, other: &Self) -> bool {
        self.steps == other.steps
            && self.holdouts == other.holdouts
            && self.kinds() == other.kinds()
            && self.wire == other.wire
    }

    fn reason(&self, declared: &BTreeMap<String, Declared>, now: Timestamp, shadows: bool) -> Vec<Told> {
        let (side, kinds, holdouts) = (self.side(declared), self.kinds(), self.holdouts.clone());
        let facts = region::facts(&region::Waterfall { side, kinds, holdouts }, now, shadows, Limits::MANY);
        facts.into_iter().map(|fact| Told { fact, hidden: false }).collect()
    }
}

fn salt<'a>(line: Line<'a>, holdout: &str) -> Option<&'a str> {
    let used = line.placement()?.step.holdouts.iter().find(|used| used.holdout.name.value == holdout)?;
    Some(used.holdout.salt.as_str())
}
