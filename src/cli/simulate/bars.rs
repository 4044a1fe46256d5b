//! A simulation for people: a line and a bar for each arm.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::Outcome;
use crate::cli::output::printable;
use crate::count::Fraction;
use crate::diagnostic::render::human::Look;
use crate::evaluate::event::instant_text;

/// The longest bar, in columns.
const BAR: usize = 24;

/// A line of the table.
struct Line<'s> {
    step: String,
    variation: String,
    expected: &'s Fraction,
    actual: u64,
}

fn lines<'s>(outcome: &'s Outcome<'_>) -> Vec<Line<'s>> {
    let arms = outcome.simulation.arms.iter().map(|arm| Line {
        step: printable(&outcome.heading(arm)).into_owned(),
        variation: printable(&arm.variation).into_owned(),
        expected: &arm.expected,
        actual: arm.actual,
    });
    let (expected, actual) = (&outcome.simulation.default.0, outcome.simulation.default.1);
    let default = Line { step: "the caller's default".to_owned(), variation: String::new(), expected, actual };
    arms.chain([default]).collect()
}

/// The table, the bars, the verdict.
pub(super) fn render(outcome: &Outcome<'_>, look: Look) -> String {
    let (strong, plain) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let mut text = format!(
        "{strong}{}{plain} in {} at {}\n{} {} {}\n",
        printable(outcome.flag),
        printable(&outcome.target.config.environment),
        instant_text(outcome.at),
        grouped(outcome.simulation.subjects),
        if outcome.simulation.subjects == 1 { "subject" } else { "subjects" },
        printable(&outcome.population),
    );
    if outcome.target.wire(outcome.flag).is_none_or(|flag| !flag.enabled) {
        let environment = printable(&outcome.target.config.environment);
        let _ = writeln!(text, "the flag is absent or disabled in {environment}");
    }
    text.push('\n');
    table(&mut text, outcome, look);
    let _ = writeln!(text, "\n{}", outcome.verdict());
    text
}

fn table(text: &mut String, outcome: &Outcome<'_>, look: Look) {
    let lines = lines(outcome);
    let width = |of: for<'l> fn(&'l Line<'_>) -> &'l str| lines.iter().map(|line| of(line).width()).max().unwrap_or(0);
    let (steps, variations) = (width(|line| &line.step), width(|line| &line.variation));
    let expected: Vec<String> = lines.iter().map(|line| short(line.expected)).collect();
    let widest = expected.iter().map(String::len).max().unwrap_or(0).max("expected".len());
    let _ = writeln!(
        text,
        "{:steps$}  {:variations$}  {:>widest$}  {:>8}  {:>11}",
        "", "", "expected", "actual", "subjects"
    );
    let largest = lines.iter().map(|line| line.actual).max().unwrap_or(0);
    let mut above = "";
    for (line, expected) in lines.iter().zip(&expected) {
        let step = if line.step == above { "" } else { &line.step };
        above = &line.step;
        let (step, variation) = (padded(step, steps), padded(&line.variation, variations));
        let (actual, many) = (share(line.actual, outcome.simulation.subjects), grouped(line.actual));
        let bar = bar(line.actual, largest, look);
        let row = format!("{step}  {variation}  {expected:>widest$}  {actual:>8}  {many:>11}  {bar}");
        let _ = writeln!(text, "{}", row.trim_end());
    }
}

/// One line an arm, tab-separated: step, variation, expected, actual, subjects; the verdict last.
pub(super) fn plain(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for line in lines(outcome) {
        let Line { step, variation, expected, actual } = line;
        let variation = if variation.is_empty() { "-".to_owned() } else { variation };
        let share = share(actual, outcome.simulation.subjects);
        let _ = writeln!(text, "{step}\t{variation}\t{}\t{share}\t{actual}", short(expected));
    }
    let _ = writeln!(text, "{}", outcome.verdict());
    text
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The expected share to four decimals; the exact one is in the JSON.
fn short(share: &Fraction) -> String {
    let percent = format!("{:.4}", share.to_f64() * 100.0);
    format!("{}%", percent.trim_end_matches('0').trim_end_matches('.'))
}

#[expect(clippy::cast_precision_loss, reason = "populations are far below 2^53")]
fn share(many: u64, of: u64) -> String {
    format!("{:.3}%", many as f64 / of as f64 * 100.0)
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bar(many: u64, largest: u64, look: Look) -> String {
    let parts = if look.unicode { 8 } else { 1 };
    let length = u128::from(many) * (BAR * parts) as u128 / u128::from(largest.max(1));
    let length = usize::try_from(length).unwrap_or(0);
    if !look.unicode {
        return "#".repeat(length);
    }
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(length % parts).copied().unwrap_or("");
    let whole = "█".repeat(length / parts) + rest;
    if whole.is_empty() && many > 0 { "▏".to_owned() } else { whole }
}
