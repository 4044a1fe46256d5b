//! The faces of mutation testing: what no case noticed, at its line, and a case that would.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::Paint;
use super::coverage::write_case;
use crate::diagnostic::Severity;
use crate::diagnostic::render::human::{Look, places, sentence_below};
use crate::diagnostic::render::json::{Place, place};
use crate::diagnostic::render::{counted, printable};
use crate::source::SourceSet;
use crate::test::{Mutation, Survivor};

/// For people.
pub(super) fn human(all: &[Mutation], sources: &SourceSet, look: Look) -> String {
    let mut text = String::new();
    for mutation in all {
        for survivor in &mutation.survivors {
            write_survivor(&mut text, &mutation.flag, survivor, sources, look);
        }
    }
    for mutation in all {
        write_notes(&mut text, mutation);
    }
    let _ = writeln!(text, "{}", summary(all));
    text
}

fn write_survivor(text: &mut String, flag: &str, survivor: &Survivor, sources: &SourceSet, look: Look) {
    let Paint { bad, strong, plain, .. } = Paint::of(look);
    let (what, environment) = (printable(&survivor.what), printable(&survivor.environment));
    let _ = writeln!(text, "{bad}survived{plain} {strong}{}{plain} ({environment}): {what}", printable(flag));
    text.push_str(&places(Severity::Error, (survivor.span, "every case still passes"), &[], sources, look));
    match &survivor.case {
        Some(case) => {
            text.push_str(&sentence_below("help", "this case notices it:", look));
            write_case(text, case, "    ");
        }
        None => text.push_str(&sentence_below(
            "help",
            "add a case about whom this line decides; no subject key was found for one",
            look,
        )),
    }
    text.push('\n');
}

/// What a reader of the numbers should know.
fn write_notes(text: &mut String, mutation: &Mutation) {
    let flag = printable(&mutation.flag);
    if !mutation.untested.is_empty() {
        let names: Vec<String> = mutation.untested.iter().map(|name| format!("`{}`", printable(name))).collect();
        let _ = writeln!(text, "note: {flag}: no case passed in {}, so nothing was changed there", names.join(", "));
    }
    if mutation.left_out > 0 {
        let _ = writeln!(text, "note: {flag}: {} more left out", counted(mutation.left_out, "mutant"));
    }
    let mut reasons: Vec<&str> = mutation.undecided.iter().map(|unsure| unsure.reason.as_str()).collect();
    reasons.sort_unstable();
    for group in reasons.chunk_by(|left, right| left == right) {
        let reason = group.first().map_or("".into(), |reason| printable(reason));
        let _ = writeln!(text, "note: {flag}: {} undecided: {reason}", group.len());
    }
}

/// Sums over all flags.
fn count(all: &[Mutation], of: impl Fn(&Mutation) -> usize) -> usize {
    all.iter().map(of).sum()
}

/// Whether no case noticed some mutant.
pub(super) fn survived(all: &[Mutation]) -> bool {
    all.iter().any(|mutation| !mutation.survivors.is_empty())
}

fn summary(all: &[Mutation]) -> String {
    if all.is_empty() {
        return "mutation: no flag has cases that passed".to_owned();
    }
    let killed = count(all, |mutation| mutation.killed);
    let survived = count(all, |mutation| mutation.survivors.len());
    let equivalent = count(all, |mutation| mutation.equivalent);
    let undecided = count(all, |mutation| mutation.undecided.len());
    format!("mutation: {killed} killed, {survived} survived, {equivalent} equivalent, {undecided} undecided")
}

/// A line each: `file:line:column: survived: FLAG: WHAT (ENV)`.
pub(super) fn plain(all: &[Mutation], sources: &SourceSet) -> String {
    let mut text = String::new();
    for mutation in all {
        let flag = printable(&mutation.flag);
        for Survivor { span, what, environment, .. } in &mutation.survivors {
            let at = super::plain::place(*span, sources);
            let _ = writeln!(text, "{at}: survived: {flag}: {} ({})", printable(what), printable(environment));
        }
        for unsure in &mutation.undecided {
            let at = super::plain::place(unsure.span, sources);
            let (what, reason) = (printable(&unsure.what), printable(&unsure.reason));
            let _ = writeln!(text, "{at}: undecided: {flag}: {what}: {reason}");
        }
        if mutation.left_out > 0 {
            let at = super::plain::place(mutation.span, sources);
            let _ = writeln!(text, "{at}: left out: {flag}: {}", counted(mutation.left_out, "more mutant"));
        }
    }
    let _ = writeln!(text, "{}", summary(all));
    text
}

/// What became of small changes to the flags.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// How many some case noticed.
    killed: usize,
    /// How many no case noticed, though somebody fares differently.
    survived: usize,
    /// How many change nothing that a case could notice.
    equivalent: usize,
    /// Of how many it could not be decided.
    undecided: usize,
    /// By key, those with cases that passed.
    flags: Vec<Flag<'a>>,
}

/// The mutants of a flag.
#[derive(Debug, Serialize, JsonSchema)]
struct Flag<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The flag's line.
    place: Place<'a>,
    /// How many some case noticed.
    killed: usize,
    /// How many change nothing that a case could notice.
    equivalent: usize,
    /// Those that no case noticed, by place.
    survivors: Vec<Survived<'a>>,
    /// Those of which it could not be decided, by place.
    undecided: Vec<Undecided<'a>>,
    /// How many more were not tried.
    left_out: usize,
    /// Environments that serve the flag and in which no case passed: nothing was changed there.
    untested: &'a [String],
}

/// A mutant that no case noticed.
#[derive(Debug, Serialize, JsonSchema)]
struct Survived<'a> {
    /// What was changed.
    place: Place<'a>,
    /// The change, in the author's words.
    change: &'a str,
    /// An environment in which somebody fares differently.
    environment: &'a str,
    /// A case that notices it, in KDL; null where no subject was found.
    case: Option<&'a str>,
}

/// A mutant of which nothing can be said.
#[derive(Debug, Serialize, JsonSchema)]
struct Undecided<'a> {
    /// What was changed.
    place: Place<'a>,
    /// The change, in the author's words.
    change: &'a str,
    /// Why nothing can be said.
    reason: &'a str,
}

/// The part of the document.
pub(super) fn document<'a>(all: &'a [Mutation], sources: &'a SourceSet) -> Document<'a> {
    Document {
        killed: count(all, |mutation| mutation.killed),
        survived: count(all, |mutation| mutation.survivors.len()),
        equivalent: count(all, |mutation| mutation.equivalent),
        undecided: count(all, |mutation| mutation.undecided.len()),
        flags: all.iter().map(|mutation| flag(mutation, sources)).collect(),
    }
}

fn flag<'a>(mutation: &'a Mutation, sources: &'a SourceSet) -> Flag<'a> {
    let survivors = mutation.survivors.iter().map(|survivor| Survived {
        place: place(survivor.span, sources),
        change: &survivor.what,
        environment: &survivor.environment,
        case: survivor.case.as_deref(),
    });
    let undecided = mutation.undecided.iter().map(|unsure| Undecided {
        place: place(unsure.span, sources),
        change: &unsure.what,
        reason: &unsure.reason,
    });
    Flag {
        flag: &mutation.flag,
        place: place(mutation.span, sources),
        killed: mutation.killed,
        equivalent: mutation.equivalent,
        survivors: survivors.collect(),
        undecided: undecided.collect(),
        left_out: mutation.left_out,
        untested: &mutation.untested,
    }
}
