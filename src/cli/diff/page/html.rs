//! A difference as a page of HTML that needs nothing else: light and dark, no scripts, nothing loaded.

use std::fmt::Write as _;

use crate::cli::diff::grouped::{Group, groups};
use crate::cli::diff::{Shown, words};
use crate::cli::output::printable;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::counted;
use crate::diff::{Change, Mark, Word};
use crate::lower;

/// More names are folded.
const SHOWN: usize = 12;

const STYLE: &str = include_str!("page.css");

/// The whole difference.
pub(in crate::cli::diff) fn render(shown: &Shown<'_>) -> String {
    let summary = escaped(&words::summary(shown));
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = writeln!(out, "<title>{summary}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{summary}</h1>");
    let (base, head) = (escaped(&words::side(&shown.base)), escaped(&words::side(&shown.head)));
    let _ = writeln!(out, "<p class=\"quiet\">{base} → {head}, from {}</p>", lower::instant(shown.question.now));
    if let Some(counts) = shown.counts {
        let _ = writeln!(out, "<p>{} subjects {}</p>", counts.subjects, escaped(&counts.source));
    }
    causes(shown, &mut out);
    for group in groups(&shown.plan.changes) {
        one(&group, shown, &mut out);
    }
    upcoming(shown, &mut out);
    findings(shown, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

fn causes(shown: &Shown<'_>, out: &mut String) {
    for cause in &shown.plan.causes {
        let _ = writeln!(out, "<section>\n<h2>{} {}</h2>", cause.kind, escaped(&cause.name));
        list(&cause.words, out);
        if !cause.touches.is_empty() {
            let flags: Vec<&str> = cause.touches.keys().map(String::as_str).collect();
            let _ = writeln!(out, "<div>touches {}</div>", few(&flags));
        }
        out.push_str("</section>\n");
    }
}

/// Names, folded where they are many.
fn few(flags: &[&str]) -> String {
    let names: Vec<String> = flags.iter().map(|flag| escaped(flag)).collect();
    let (names, count) = (names.join(", "), counted(flags.len(), "flag"));
    if flags.len() <= SHOWN {
        return format!("{count}: {names}");
    }
    format!("<details><summary>{count}</summary>{names}</details>")
}

fn list(words: &[Word], out: &mut String) {
    if words.is_empty() {
        return;
    }
    out.push_str("<ul>\n");
    for word in words {
        let place = words::place(word);
        let place =
            place.map_or_else(String::new, |place| format!(" <span class=\"quiet\">{}</span>", escaped(&place)));
        let _ = writeln!(out, "<li class=\"{}\">{}{place}</li>", class(word.mark), code(&words::signed(word)));
    }
    out.push_str("</ul>\n");
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Kept => "kept",
        Mark::Added => "added",
        Mark::Removed => "removed",
        Mark::Changed => "changed",
        Mark::Moved => "moved",
    }
}

fn one(group: &Group<'_>, shown: &Shown<'_>, out: &mut String) {
    let (number, change) = group.first;
    let (title, environments, more) = match group.flags.as_slice() {
        [(flag, environments)] => (escaped(flag), environments.join(", "), None),
        flags => {
            let names: Vec<&str> = flags.iter().map(|(flag, _)| *flag).collect();
            (format!("{} flags alike", flags.len()), group.environments().unwrap_or_default(), Some(few(&names)))
        }
    };
    let _ = writeln!(
        out,
        "<section>\n<h2>{title} <span class=\"quiet\">{}</span> <span class=\"class {}\">{}</span></h2>",
        escaped(&environments),
        change.class.word(),
        escaped(&words::class(change))
    );
    if let Some(more) = more {
        let _ = writeln!(out, "<div>{more}</div>");
    }
    list(&change.words, out);
    if let Some(why) = &change.undecided {
        let _ = writeln!(out, "<p>undecided: {}</p>", escaped(why));
    }
    regions(number, change, shown, out);
    if words::shows_order(change) {
        waterfall(change, out);
    }
    out.push_str("</section>\n");
}

fn regions(number: usize, change: &Change, shown: &Shown<'_>, out: &mut String) {
    if change.regions.is_empty() {
        return;
    }
    let counted = if shown.counts.is_some() { "<th>population</th>" } else { "" };
    let _ = writeln!(
        out,
        "<table>\n<tr><th>share</th><th>of whom</th><th></th><th>from</th><th>to</th>{counted}<th>see it</th></tr>"
    );
    for (at, region) in change.regions.iter().enumerate() {
        let (from, to) = (region.from.as_ref(), region.to.as_ref());
        let _ = write!(
            out,
            "<tr><td class=\"number\">{}</td><td>{}</td><td class=\"{}\">{}</td><td>{}</td><td>{}</td>",
            escaped(&words::portion(region.portion())),
            code(&words::who(region)),
            region.kind.word(),
            region.kind.word(),
            escaped(&words::end(from, to)),
            escaped(&words::end(to, from)),
        );
        if let Some(count) = shown.counts.and_then(|counts| counts.regions.get(number)?.get(at)) {
            let _ = write!(out, "<td class=\"number\">{} of {}</td>", count.moving, count.audience);
        }
        let command = region.witness.as_ref().map_or_else(String::new, |seen| {
            format!(
                "<details><summary>{}</summary><code>{}</code></details>",
                escaped(&seen.subject),
                escaped(&seen.command)
            )
        });
        let _ = writeln!(out, "<td>{command}</td></tr>");
    }
    out.push_str("</table>\n");
}

fn waterfall(change: &Change, out: &mut String) {
    if change.waterfall.is_empty() {
        return;
    }
    out.push_str("<table class=\"waterfall\">\n");
    for line in &change.waterfall {
        let name = if line.kind == "otherwise" { line.step.clone() } else { format!("{} {}", line.kind, line.step) };
        let _ = writeln!(
            out,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            class(line.mark),
            escaped(&words::signs(line)),
            escaped(&name),
            escaped(&line.exposure),
            escaped(&line.gives),
            escaped(&line.audience),
        );
    }
    out.push_str("</table>\n");
}

fn upcoming(shown: &Shown<'_>, out: &mut String) {
    if shown.plan.upcoming.is_empty() {
        return;
    }
    let _ = writeln!(out, "<section>\n<h2>By itself, within {} days</h2>\n<ul>", shown.question.days);
    for one in &shown.plan.upcoming {
        let whose: Vec<&str> = one.flag.iter().chain(&one.environment).map(String::as_str).collect();
        let whose = if whose.is_empty() { String::new() } else { format!("{}: ", escaped(&whose.join(" in "))) };
        let _ = writeln!(out, "<li><time>{}</time> {whose}{}</li>", lower::instant(one.at), code(&one.what));
    }
    out.push_str("</ul>\n</section>\n");
}

/// What rules of change safety say, the worst first.
fn findings(shown: &Shown<'_>, out: &mut String) {
    let Some(sources) = shown.texts.filter(|_| !shown.plan.findings.is_empty()) else { return };
    out.push_str("<section>\n<h2>Findings</h2>\n<ul>\n");
    let mut findings: Vec<&Diagnostic> = shown.plan.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings {
        let place = finding.span.map_or_else(String::new, |span| {
            let line = sources.place(span).0.line;
            format!(" <span class=\"quiet\">{}:{line}</span>", escaped(&sources.file(span.file).name))
        });
        let (id, name) = (finding.rule.id(), finding.rule.name());
        let (level, message) = (finding.severity.word(), code(&finding.message));
        let _ = write!(out, "<li><b>{level}</b> {id} {name}: {message}{place}");
        for (before, text) in [("", &finding.meaning), ("help: ", &finding.help)] {
            if !text.is_empty() {
                let _ = write!(out, "<br>{before}{}", code(text));
            }
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

/// Text of others.
fn escaped(text: &str) -> String {
    let text = printable(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The same, words in backticks as code.
fn code(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            let _ = write!(out, "<code>{}</code>", escaped(part));
        } else {
            out.push_str(&escaped(part));
        }
    }
    out
}
