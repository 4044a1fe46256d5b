//! For people: every case by flag, and each failure with the lines that decided and a subject for whom it can be seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Ground, Paint};
use crate::cli::eval::steps;
use crate::compile::Compiled;
use crate::diagnostic::render::human::{Look, places, sentence_below};
use crate::diagnostic::render::{counted, printable};
use crate::diagnostic::{Label, Severity};
use crate::evaluate::event::instant_text;
use crate::test::{CaseResult, Failure, Part, Witness};

/// What failures are shown with.
pub(super) struct Background<'a> {
    pub(super) ground: Ground<'a>,
    /// By environment.
    pub(super) compiled: &'a BTreeMap<String, Compiled>,
    pub(super) look: Look,
}

/// All results; the failures below the list, the counts last.
pub(super) fn render(results: &[CaseResult], background: &Background<'_>) -> String {
    let mut text = String::new();
    let look = background.look;
    let paint = Paint::of(look);
    for group in results.chunk_by(|left, right| left.flag == right.flag) {
        let flag = group.first().map_or("", |result| result.flag.as_str());
        let _ = writeln!(text, "{}{}{}", paint.strong, printable(flag), paint.plain);
        for result in group {
            let mark = if result.passed() { paint.passed } else { paint.failed };
            let environment = printable(&result.environment);
            let _ = writeln!(text, "  {mark} {} ({environment})", printable(&result.name));
            for note in &result.notes {
                let _ = writeln!(text, "      note: {}", printable(note));
            }
        }
    }
    for result in results.iter().filter(|result| !result.passed()) {
        for failure in &result.failures {
            text.push('\n');
            write_failure(&mut text, result, failure, background);
        }
    }
    if !results.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(results));
    text
}

/// `12 passed, 1 failed`.
pub(super) fn summary(results: &[CaseResult]) -> String {
    let failed = results.iter().filter(|result| !result.passed()).count();
    match (results.len(), failed) {
        (0, _) => "no tests ran".to_owned(),
        (all, 0) => format!("{} passed", counted(all, "test")),
        (all, failed) => format!("{failed} of {} failed", counted(all, "test")),
    }
}

fn write_failure(text: &mut String, result: &CaseResult, failure: &Failure, background: &Background<'_>) {
    let Background { ground: Ground { sources, .. }, look, .. } = *background;
    let Paint { bad, plain, strong, .. } = Paint::of(look);
    let (flag, name) = (printable(&result.flag), printable(&result.name));
    let environment = printable(&result.environment);
    let _ = writeln!(text, "{bad}failed{plain} {strong}{flag}{plain}: {name} ({environment})");
    let _ = writeln!(text, "  {}", printable(&failure.message));
    let label = if failure.expected.is_empty() { String::new() } else { format!("expected {}", failure.expected) };
    let decided = failure.decided.iter().map(|(span, text)| Label { span: *span, text: text.clone() });
    let decided: Vec<Label> = decided.collect();
    text.push_str(&places(Severity::Error, (failure.span, &label), &decided, sources, look));
    if !failure.parts.is_empty() {
        let _ = writeln!(text, "  everyone of the case, down the waterfall:");
        write_parts(text, &failure.parts);
    }
    if let Some(witness) = &failure.witness {
        write_witness(text, result, witness, background);
    }
    text.push_str(&sentence_below("help", &failure.help, look));
}

fn write_witness(text: &mut String, result: &CaseResult, witness: &Witness, background: &Background<'_>) {
    let Some(compiled) = background.compiled.get(&result.environment) else { return };
    let flag = compiled.config.flags.get(&result.flag).and_then(|flag| flag.as_ref().ok());
    let allocations = flag.map_or(&[][..], |flag| &flag.allocations);
    let origins = compiled.origins.get(&result.flag).map(|origins| (origins.as_slice(), background.ground.sources));
    let key = steps::bare(&witness.subject.key);
    // Without an instant in the case, and nothing that depends on one, the epoch stands for all of time.
    let at =
        if witness.at == Timestamp::UNIX_EPOCH { String::new() } else { format!(" at {}", instant_text(witness.at)) };
    let _ = writeln!(text, "  {}{at}, step by step:", printable(&key));
    if flag.is_none() {
        let environment = printable(&result.environment);
        let _ = writeln!(text, "    the flag is disabled in {environment}, or does not mention it");
    }
    for line in steps::lines(&witness.trace, allocations, origins, background.look) {
        let _ = writeln!(text, "  {line}");
    }
    // On one line, however long: it is there to be pasted.
    let _ = writeln!(text, "  witness: {}", printable(&background.ground.seen(result, witness).command));
}

fn write_parts(text: &mut String, parts: &[Part]) {
    let shares: Vec<String> = parts.iter().map(|part| part.share.to_string()).collect();
    let width = shares.iter().map(String::len).max().unwrap_or(0);
    for (part, share) in parts.iter().zip(shares) {
        let _ = writeln!(text, "    {share:>width$}  {}", printable(&part.to_string()));
    }
}
