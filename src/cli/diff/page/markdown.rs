//! A difference as Markdown: the verdict, a table a flag, witnesses and waterfalls folded.

use std::fmt::Write as _;

use crate::cli::diff::grouped::{Group, groups};
use crate::cli::diff::{Shown, words};
use crate::cli::output::printable;
use crate::cli::show::escaped;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::counted;
use crate::diff::{Change, Line, Mark, Word};
use crate::lower;

/// More names are folded.
const SHOWN: usize = 12;

/// The whole difference.
pub(in crate::cli::diff) fn render(shown: &Shown<'_>) -> String {
    let mut out = format!("### {}\n\n", escaped(&words::summary(shown)));
    let _ = writeln!(out, "{} → {}", escaped(&words::side(&shown.base)), escaped(&words::side(&shown.head)));
    if let Some(counts) = shown.counts {
        let _ = writeln!(out, "\n{} subjects {}", counts.subjects, escaped(&counts.source));
    }
    causes(shown, &mut out);
    for group in groups(&shown.plan.changes) {
        one(&group, shown, &mut out);
    }
    upcoming(shown, &mut out);
    findings(shown, &mut out);
    out
}

fn causes(shown: &Shown<'_>, out: &mut String) {
    for cause in &shown.plan.causes {
        out.push('\n');
        cause.words.iter().for_each(|word| told(word, out));
        let flags: Vec<&str> = cause.touches.keys().map(String::as_str).collect();
        if !flags.is_empty() {
            let _ = writeln!(out, "  touches {}", few(&flags));
        }
    }
}

/// Names, folded where they are many.
fn few(flags: &[&str]) -> String {
    let names: Vec<String> = flags.iter().map(|flag| escaped(flag)).collect();
    let names = names.join(", ");
    let count = counted(flags.len(), "flag");
    if flags.len() <= SHOWN {
        return format!("{count}: {names}");
    }
    format!("{count}: <details><summary>which</summary>{names}</details>")
}

fn told(word: &Word, out: &mut String) {
    let place = words::place(word);
    let place = place.map_or_else(String::new, |place| format!(" ({})", escaped(&place)));
    // A sign at the beginning would be one of a list.
    let signed = words::signed(word);
    let (sign, text) = signed.split_at_checked(1).unwrap_or(("", &signed));
    let _ = writeln!(out, "- `{sign}` {}{place}", code(text.trim_start()));
}

fn one(group: &Group<'_>, shown: &Shown<'_>, out: &mut String) {
    let (number, change) = group.first;
    let class = escaped(&words::class(change));
    match group.flags.as_slice() {
        [(flag, environments)] => {
            let environments = escaped(&environments.join(", "));
            let place = if environments.is_empty() { String::new() } else { format!(" in {environments}") };
            let _ = writeln!(out, "\n#### {}{place}: {class}\n", escaped(flag));
        }
        flags => {
            let environments = group.environments().map(|all| format!(" in {}", escaped(&all))).unwrap_or_default();
            let _ = writeln!(out, "\n#### {} flags alike{environments}: {class}\n", flags.len());
            let _ = writeln!(out, "{}\n", few(&flags.iter().map(|(flag, _)| *flag).collect::<Vec<_>>()));
        }
    }
    change.words.iter().for_each(|word| told(word, out));
    if let Some(why) = &change.undecided {
        let _ = writeln!(out, "\nUndecided: {}", escaped(why));
    }
    regions(number, change, shown, out);
    if words::shows_order(change) {
        waterfall(&change.waterfall, out);
    }
}

fn regions(number: usize, change: &Change, shown: &Shown<'_>, out: &mut String) {
    if change.regions.is_empty() {
        return;
    }
    let counted = if shown.counts.is_some() { " population |" } else { "" };
    let rule = if shown.counts.is_some() { "--:|" } else { "" };
    let _ = writeln!(out, "\n| share | of whom | | from | to |{counted}\n|--:|---|---|---|---|{rule}");
    for (at, region) in change.regions.iter().enumerate() {
        let (from, to) = (region.from.as_ref(), region.to.as_ref());
        let _ = write!(
            out,
            "| {} | {} | {} | {} | {} |",
            escaped(&words::portion(region.portion())),
            code(&words::who(region)),
            region.kind.word(),
            escaped(&words::end(from, to)),
            escaped(&words::end(to, from)),
        );
        if let Some(count) = shown.counts.and_then(|counts| counts.regions.get(number)?.get(at)) {
            let _ = write!(out, " {} of {} |", count.moving, count.audience);
        }
        out.push('\n');
    }
    let commands: Vec<String> = change
        .regions
        .iter()
        .filter_map(|region| region.witness.as_ref())
        .map(|seen| printable(&seen.command).replace("```", "` ` `"))
        .collect();
    if !commands.is_empty() {
        let _ =
            writeln!(out, "\n<details><summary>see it</summary>\n\n```sh\n{}\n```\n\n</details>", commands.join("\n"));
    }
}

fn waterfall(lines: &[Line], out: &mut String) {
    if lines.is_empty() {
        return;
    }
    out.push_str("\n```diff\n");
    for line in lines {
        let sign = match line.mark {
            Mark::Changed | Mark::Moved => '!',
            mark => mark.sign(),
        };
        let name = if line.kind == "otherwise" { line.step.clone() } else { format!("{} {}", line.kind, line.step) };
        let parts = [name, line.exposure.clone(), line.gives.clone(), line.audience.clone()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let moved = if line.moved { " (moved)" } else { "" };
        let _ = writeln!(out, "{sign} {}{moved}", printable(&parts.join("  ")).replace("```", "` ` `"));
    }
    out.push_str("```\n");
}

fn upcoming(shown: &Shown<'_>, out: &mut String) {
    if shown.plan.upcoming.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n#### By itself, within {} days\n", shown.question.days);
    for one in &shown.plan.upcoming {
        let whose: Vec<&str> = one.flag.iter().chain(&one.environment).map(String::as_str).collect();
        let whose = if whose.is_empty() { String::new() } else { format!("{}: ", escaped(&whose.join(" in "))) };
        let _ = writeln!(out, "- {}: {whose}{}", lower::instant(one.at), code(&one.what));
    }
}

/// What rules of change safety say, the worst first.
fn findings(shown: &Shown<'_>, out: &mut String) {
    let Some(sources) = shown.texts.filter(|_| !shown.plan.findings.is_empty()) else { return };
    out.push_str("\n#### Findings\n\n");
    let mut findings: Vec<&Diagnostic> = shown.plan.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings {
        let (id, name, message) = (finding.rule.id(), finding.rule.name(), code(&finding.message));
        let place = finding.span.map_or_else(String::new, |span| {
            format!(" ({}:{})", escaped(&sources.file(span.file).name), sources.place(span).0.line)
        });
        let _ = writeln!(out, "- **{}** {id} {name}: {message}{place}", finding.severity.word());
        for (before, text) in [("", &finding.meaning), ("help: ", &finding.help)] {
            if !text.is_empty() {
                let _ = writeln!(out, "  <br>{before}{}", code(text));
            }
        }
    }
}

/// Text whose words in backticks stay code where that is safe.
fn code(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 && !part.is_empty() {
            // In a table a bar would end the cell, even in code.
            let _ = write!(out, "`{}`", printable(part).replace('|', "\\|"));
        } else {
            out.push_str(&escaped(part));
        }
    }
    out
}
