//! The waterfall that a change is read in: each line, and what became of it.

use super::View;
use super::edits::{self};
use crate::model::{Flag, FlagEnvironment, Placement, StepKind};
use crate::source::SourceSet;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Kept,
    /// It says something else.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

impl Mark {
    /// One sign.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Kept => ' ',
            Self::Changed => '~',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}

/// A line of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub mark: Mark,
    /// The step's name; `otherwise` for the last line.
    pub step: String,
    /// What it does: `gate serves on`, `experiment off 0%–50%, on 50%–100%`.
    pub does: String,
    /// How much of its audience it takes.
    pub exposure: String,
    /// Who is targeted.
    pub when: String,
}

/// What a line says, and everything else that may differ.
struct Said {
    line: Line,
    rest: String,
}

/// The lines of a flag in an environment, in the order they have now; removed ones stand where they were.
pub(super) fn of(flags: [Option<&Flag>; 2], sides: [View<'_>; 2], environment: &str) -> Vec<Line> {
    let said = |side: usize| -> Vec<Said> {
        let (Some(flag), Some(view)) = (flags.get(side).copied().flatten(), sides.get(side)) else { return Vec::new() };
        let Some((_, sources)) = view.written else { return Vec::new() };
        let here = flag.environments.iter().find(|here| here.environment.name.value == environment);
        here.map_or_else(Vec::new, |here| lines(flag, here, sources))
    };
    let (before, after) = (said(0), said(1));
    let mut lines: Vec<Line> = Vec::with_capacity(after.len());
    for is in &after {
        let was = before.iter().find(|was| was.line.step == is.line.step);
        let mark = match was {
            None => Mark::Added,
            Some(was) if was.line == is.line && was.rest == is.rest => Mark::Kept,
            Some(_) => Mark::Changed,
        };
        lines.push(Line { mark, ..is.line.clone() });
    }
    for (index, was) in before.iter().enumerate() {
        if after.iter().any(|is| is.line.step == was.line.step) {
            continue;
        }
        let above = before
            .iter()
            .take(index)
            .rev()
            .find_map(|above| lines.iter().position(|line| line.step == above.line.step));
        lines.insert(above.map_or(0, |above| above + 1), Line { mark: Mark::Removed, ..was.line.clone() });
    }
    lines
}

fn lines(flag: &Flag, here: &FlagEnvironment, sources: &SourceSet) -> Vec<Said> {
    let mut lines: Vec<Said> = here.placements.iter().map(|placement| line(flag, placement, sources)).collect();
    if let Some(otherwise) = &here.otherwise {
        let value = otherwise.variation.value.as_ref().map(|value| edits::json(value).to_string()).unwrap_or_default();
        lines.push(Said {
            line: Line {
                mark: Mark::Kept,
                step: "otherwise".to_owned(),
                does: format!("serves {}", otherwise.variation.name),
                exposure: String::new(),
                when: String::new(),
            },
            rest: format!("{value} {}", otherwise.key),
        });
    }
    lines
}

fn line(flag: &Flag, placement: &Placement, sources: &SourceSet) -> Said {
    let step = &placement.step;
    let (does, values) = match &step.kind {
        StepKind::Gate { serve } => (format!("serves {}", serve.name), value_of(serve)),
        StepKind::Experiment { arms } => {
            let names: Vec<&str> = arms.iter().map(|arm| arm.variation.name.value.as_str()).collect();
            let rest = arms.iter().map(|arm| format!("{:?} {}", arm.ranges, value_of(&arm.variation)));
            (format!("splits {}", names.join(" ")), rest.collect::<Vec<_>>().join(" "))
        }
    };
    let mut exposure = edits::exposure(placement, flag.total_shards);
    if !placement.enabled {
        exposure = "switched off".to_owned();
    }
    let when = edits::written(&step.audience, sources);
    let layer = step.layer.as_ref().map(|used| format!("{} {:?} {}", used.slot.name, used.slot.range, used.layer.salt));
    let holdouts = step.holdouts.iter().map(|used| {
        format!(
            "{} {} {} {:?} {}",
            used.holdout.name, used.holdout.salt, used.holdout.shards, used.holdout.window, used.serve.name
        )
    });
    let rest = format!(
        "{values} {:?} {:?} {:?} {:?} {} {} {} {} {layer:?} {:?} {:?}",
        placement.window,
        placement.exposure_miss,
        placement.override_reason.as_ref().map(|reason| &reason.value),
        placement.closed.as_ref().map(|closed| (closed.by.name.as_str(), closed.at)),
        placement.key,
        step.log,
        step.traffic_salt,
        step.split_salt,
        holdouts.collect::<Vec<_>>(),
        step.extra_logging.iter().map(|(key, value)| (key.value.as_str(), value.as_str())).collect::<Vec<_>>(),
    );
    Said { line: Line { mark: Mark::Kept, step: step.name.value.clone(), does, exposure, when }, rest }
}

fn value_of(variation: &crate::model::Variation) -> String {
    variation.value.as_ref().map(|value| edits::json(value).to_string()).unwrap_or_default()
}
