//! The faces of coverage: what the cases touch, and a case for what they do not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::Paint;
use crate::diagnostic::render::human::Look;
use crate::diagnostic::render::json::{Place, place};
use crate::diagnostic::render::{counted, printable};
use crate::evaluate::event::instant_text;
use crate::source::SourceSet;
use crate::test::{Cells, Coverage, Untouched};

/// Sums over all flags and environments.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    touched: usize,
    total: usize,
    undecided: usize,
}

impl Sum {
    /// Of these.
    pub(super) fn of(all: &[Coverage]) -> Self {
        all.iter().fold(Self::default(), |sum, one| match &one.cells {
            Ok(cells) => {
                Self { touched: sum.touched + cells.touched, total: sum.total + cells.total, undecided: sum.undecided }
            }
            Err(_) => Self { undecided: sum.undecided + 1, ..sum },
        })
    }

    /// Whether at least this many per cent are touched, and nothing is left undecided.
    pub(super) fn reaches(self, percent: u8) -> bool {
        self.undecided == 0 && self.touched * 100 >= self.total * usize::from(percent)
    }
}

/// Rounded down: 100 only for everything; none of nothing.
fn percent(touched: usize, total: usize) -> Option<usize> {
    (touched * 100).checked_div(total)
}

fn fraction(touched: usize, total: usize) -> String {
    let percent = percent(touched, total).map_or_else(String::new, |percent| format!(", {percent}%"));
    format!("{touched} of {} touched{percent}", counted(total, "outcome"))
}

/// For people.
pub(super) fn human(all: &[Coverage], look: Look) -> String {
    let mut text = String::new();
    let paint = Paint::of(look);
    for group in all.chunk_by(|left, right| left.flag == right.flag) {
        for one in group {
            let Coverage { flag, environment, cells, .. } = one;
            let head = format!("{}{}{} ({})", paint.strong, printable(flag), paint.plain, printable(environment));
            match cells {
                Ok(cells) => {
                    let _ = writeln!(text, "{head}: {}", fraction(cells.touched, cells.total));
                    write_cells(&mut text, cells);
                }
                Err(reason) => {
                    let _ = writeln!(text, "{head}: undecided: {}", printable(reason));
                }
            }
        }
    }
    let _ = writeln!(text, "{}", summary(all));
    text
}

fn write_cells(text: &mut String, cells: &Cells) {
    for untouched in &cells.untouched {
        let _ = writeln!(text, "  untouched: {}", printable(&described(untouched)));
        match &untouched.case {
            Some(case) => write_case(text, case, "    "),
            None => {
                let _ = writeln!(text, "    no subject key was found that lands there");
            }
        }
    }
    if cells.more > 0 {
        let _ = writeln!(text, "  and {} more", cells.more);
    }
    if cells.beyond > 0 {
        let what = counted(cells.beyond, "more outcome");
        let _ = writeln!(text, "  not counted: {what} that only values of other types than declared lead to");
    }
}

/// A case, ready to paste.
pub(super) fn write_case(text: &mut String, case: &str, indent: &str) {
    for line in case.lines() {
        let _ = writeln!(text, "{indent}{}", printable(line));
    }
}

fn described(untouched: &Untouched) -> String {
    let mut text = untouched.part.to_string();
    let who = untouched.attributes_text();
    if !who.is_empty() {
        let _ = write!(text, ", with {who}");
    }
    if let Some(at) = untouched.at {
        let _ = write!(text, ", at {}", instant_text(at));
    }
    if untouched.also > 0 {
        let _ = write!(text, ", and so at {}", counted(untouched.also, "other time"));
    }
    text
}

fn summary(all: &[Coverage]) -> String {
    let sum = Sum::of(all);
    let undecided = match sum.undecided {
        0 => String::new(),
        many => format!(", {} undecided", counted(many, "waterfall")),
    };
    format!("coverage: {}{undecided}", fraction(sum.touched, sum.total))
}

/// A line each: `file:line:column: untouched: FLAG (ENV): WHAT`.
pub(super) fn plain(all: &[Coverage], sources: &SourceSet) -> String {
    let mut text = String::new();
    for one in all {
        let at = super::plain::place(one.span, sources);
        let name = format!("{} ({})", printable(&one.flag), printable(&one.environment));
        match &one.cells {
            Ok(cells) => {
                let _ = writeln!(text, "{at}: coverage: {name}: {}", fraction(cells.touched, cells.total));
                for untouched in &cells.untouched {
                    let _ = writeln!(text, "{at}: untouched: {name}: {}", printable(&described(untouched)));
                }
                if cells.more > 0 {
                    let _ = writeln!(text, "{at}: untouched: {name}: {} more", cells.more);
                }
            }
            Err(reason) => {
                let _ = writeln!(text, "{at}: undecided: {name}: {}", printable(reason));
            }
        }
    }
    let _ = writeln!(text, "{}", summary(all));
    text
}

/// How much of the waterfalls the cases touch.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// How many outcomes a passed case touches.
    touched: usize,
    /// How many there are.
    total: usize,
    /// The percentage, rounded down; null of nothing.
    percent: Option<usize>,
    /// How many waterfalls could not be decided; their outcomes are not among these.
    undecided: usize,
    /// By flag, then by environment.
    flags: Vec<Flag<'a>>,
}

/// A flag in an environment.
#[derive(Debug, Serialize, JsonSchema)]
struct Flag<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// The flag's line.
    place: Place<'a>,
    /// How many outcomes a passed case touches.
    touched: usize,
    /// How many there are.
    total: usize,
    /// The percentage, rounded down; null of nothing.
    percent: Option<usize>,
    /// How many more only values of other types than declared lead to: no case can say those.
    beyond: usize,
    /// The first of those that no case touches.
    untouched: Vec<Cell<'a>>,
    /// How many more are untouched.
    more: usize,
    /// Why it could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'a str>,
}

/// What no case touches.
#[derive(Debug, Serialize, JsonSchema)]
struct Cell<'a> {
    /// What it gets; null for the caller's default.
    variation: Option<&'a str>,
    /// Through which step; null for the caller's default.
    step: Option<&'a str>,
    /// The holdout that leaves it out of that step.
    holdout: Option<&'a str>,
    /// An instant of it, where the instant matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Attributes that lead there.
    attributes: BTreeMap<&'a str, serde_json::Value>,
    /// A case that touches it, in KDL; null where no subject was found.
    case: Option<&'a str>,
    /// How many more untouched outcomes the same case touches: the same at other times.
    also: usize,
}

/// The part of the document.
pub(super) fn document<'a>(all: &'a [Coverage], sources: &'a SourceSet) -> Document<'a> {
    let sum = Sum::of(all);
    Document {
        touched: sum.touched,
        total: sum.total,
        percent: percent(sum.touched, sum.total),
        undecided: sum.undecided,
        flags: all.iter().map(|one| flag(one, sources)).collect(),
    }
}

fn flag<'a>(one: &'a Coverage, sources: &'a SourceSet) -> Flag<'a> {
    let (cells, undecided) = match &one.cells {
        Ok(cells) => (Some(cells), None),
        Err(reason) => (None, Some(reason.as_str())),
    };
    let count = |of: fn(&Cells) -> usize| cells.map_or(0, of);
    let (touched, total) = (count(|cells| cells.touched), count(|cells| cells.total));
    Flag {
        flag: &one.flag,
        environment: &one.environment,
        place: place(one.span, sources),
        touched,
        total,
        percent: percent(touched, total),
        beyond: count(|cells| cells.beyond),
        untouched: cells.into_iter().flat_map(|cells| &cells.untouched).map(cell).collect(),
        more: count(|cells| cells.more),
        undecided,
    }
}

fn cell(untouched: &Untouched) -> Cell<'_> {
    Cell {
        variation: untouched.part.variation.as_deref(),
        step: untouched.part.step.as_deref(),
        holdout: untouched.part.holdout.as_deref(),
        attributes: untouched.attributes.iter().map(|(name, value)| (name.as_str(), value.to_json())).collect(),
        at: untouched.at.map(instant_text),
        case: untouched.case.as_deref(),
        also: untouched.also,
    }
}
