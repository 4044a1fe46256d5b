//! One evaluation for people: what was asked, every step, what came of it.

use std::fmt::Write as _;

use super::{Outcome, steps};
use crate::cli::output::printable;
use crate::diagnostic::render::human::Look;
use crate::evaluate::event::instant_text;
use crate::evaluate::{AllocationCode, Code};

/// One line for grep: flag, subject, code, value, variation, allocation, tab-separated; `-` where there is none.
pub(super) fn one_line(outcome: &Outcome<'_>) -> String {
    let assignment = &outcome.assignment;
    let value = assignment.value.as_ref().map(ToString::to_string);
    let fields = [
        Some(outcome.flag.to_owned()),
        Some(outcome.subject.key.clone()),
        Some(assignment.code.word().to_owned()),
        value,
        assignment.variation.clone(),
        assignment.allocation.clone(),
    ];
    let fields = fields.map(|field| field.map_or_else(|| "-".to_owned(), |field| printable(&field).into_owned()));
    fields.join("\t")
}

/// The whole story.
pub(super) fn render(outcome: &Outcome<'_>, look: Look) -> String {
    let Outcome { target, flag, subject, at, trace, .. } = outcome;
    let mut out = String::new();
    let (on, off) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let environment = &target.config.environment;
    let _ = writeln!(
        out,
        "{on}{}{off} for {on}{}{off} in {} at {}\n",
        printable(flag),
        printable(&steps::bare(&subject.key)),
        printable(environment),
        instant_text(*at)
    );
    let allocations = target.wire(flag).map_or([].as_slice(), |flag| &flag.allocations);
    for line in steps::lines(trace, allocations, target.origins(flag), look) {
        out.push_str(&line);
        out.push('\n');
    }
    if !trace.allocations.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{on}{}{off}", printable(&result(outcome)));
    let _ = writeln!(out, "  {}", printable(&reason(outcome)));
    if let Some(event) = &outcome.assignment.event {
        let _ = writeln!(out, "  logged as experiment {}", printable(&event.experiment()));
    } else if outcome.assignment.value.is_some() {
        out.push_str("  not logged\n");
    }
    out
}

fn result(outcome: &Outcome<'_>) -> String {
    match (&outcome.assignment.value, &outcome.assignment.variation, &outcome.default) {
        (Some(value), Some(variation), _) => format!("{variation} = {value}"),
        (_, _, Some(default)) => format!("the caller's default = {default}"),
        (_, _, None) => "the caller's default".to_owned(),
    }
}

/// The code and what it means here.
fn reason(outcome: &Outcome<'_>) -> String {
    let Outcome { target, flag, trace, assignment, requested, .. } = outcome;
    let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match);
    let origins = target.origins(flag);
    let by = matched.map(|allocation| {
        let origin = origins.and_then(|(origins, sources)| Some((origins.get(allocation.index)?, sources)));
        let place = origin.map(|(origin, sources)| format!(", {}", steps::place(origin.placement, sources)));
        format!("{}{}", steps::name(&allocation.key, origin.map(|(origin, _)| origin)), place.unwrap_or_default())
    });
    let by = by.unwrap_or_default();
    let why = match assignment.code {
        Code::Match => format!("decided by {by}"),
        Code::FlagUnrecognizedOrDisabled if target.authored.is_some() => {
            format!("{flag} is disabled in {} or does not mention it", target.config.environment)
        }
        Code::FlagUnrecognizedOrDisabled if target.wire(flag).is_some() => format!("{flag} is disabled"),
        Code::FlagUnrecognizedOrDisabled => format!("there is no flag {flag}"),
        Code::TypeMismatch => {
            let author = |kind: Option<crate::ufc::VariationType>| kind.map_or("?", crate::ufc::VariationType::author);
            format!("{flag} is {}, the caller asks for {}", author(target.kind(flag)), author(*requested))
        }
        Code::DefaultAllocationNull => "the waterfall ended without an assignment".to_owned(),
        Code::UnexpectedConfigurationError => match target.unreadable(flag) {
            Some(problem) => format!("{flag} cannot be read: {problem}"),
            None if matched.is_none() => format!("{flag} is not coded as it should be"),
            None => format!("{by} serves a variation that is missing or not of the flag's type"),
        },
    };
    format!("{}: {why}", assignment.code.word())
}
