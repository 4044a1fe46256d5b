//! A difference as CI takes it: a table of what changes, with everybody for whom it can be seen folded below.

use super::grouped::{Group, groups};
use super::{Shown, words};
use crate::diagnostic::Severity;
use crate::diagnostic::render::Summary;
use crate::diagnostic::render::report::{Fold, Report, Section};
use crate::diff::Class;
use crate::source::SourceSet;

/// What changes, as sections of a report.
pub(in crate::cli) fn sections(shown: &Shown<'_>) -> Vec<Section> {
    let groups = groups(&shown.plan.changes);
    let mut changes = Section {
        heading: "Changes".to_owned(),
        note: words::summary(shown),
        columns: ["flag", "environments", "what happens", "who"].map(str::to_owned).to_vec(),
        ..Section::default()
    };
    let mut worst: Vec<&Group<'_>> = groups.iter().collect();
    worst.sort_by_key(|group| std::cmp::Reverse(group.first.1.class));
    for group in worst {
        changes.rows.push(row(group));
        changes.folds.extend(fold(group));
    }
    let mut all = vec![changes];
    if !shown.plan.upcoming.is_empty() {
        let rows = shown.plan.upcoming.iter().map(|one| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![crate::lower::instant(one.at), text(&one.flag), text(&one.environment), one.what.clone()]
        });
        all.push(Section {
            heading: "By itself".to_owned(),
            columns: ["when", "flag", "environment", "what"].map(str::to_owned).to_vec(),
            rows: rows.collect(),
            ..Section::default()
        });
    }
    all
}

/// The difference and its findings, as a report of its own.
pub(in crate::cli) fn report<'a>(
    shown: &'a Shown<'_>,
    sources: &'a SourceSet,
    key: Option<String>,
    failing: Severity,
    passed: bool,
) -> Report<'a> {
    let findings = &shown.plan.findings;
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    Report {
        command: format!("flagfall diff {} {}", shown.base.name, shown.head.name),
        key,
        passed,
        verdict: words::summary(shown),
        failing,
        findings,
        sources,
        summary: Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            files: sources.files().count(),
            flags: shown.plan.changes.len(),
            environments: shown.question.environments.len(),
        },
        sections: sections(shown),
        suites: Vec::new(),
    }
}

fn row(group: &Group<'_>) -> Vec<String> {
    let (_, change) = group.first;
    let flags: Vec<&str> = group.flags.iter().map(|(flag, _)| *flag).collect();
    let mut environments: Vec<&str> = Vec::new();
    for name in group.flags.iter().flat_map(|(_, environments)| environments) {
        if !environments.contains(name) {
            environments.push(name);
        }
    }
    let few = |all: Vec<&str>| match all.split_at_checked(5) {
        Some((few, more)) if !more.is_empty() => format!("`{}` and {} more", few.join("`, `"), more.len()),
        _ => format!("`{}`", all.join("`, `")),
    };
    let who =
        change.regions.iter().take(3).map(|region| {
            format!("{} {} of {}", words::portion(region.portion()), region.kind.word(), region.audience)
        });
    let mut who: Vec<String> = who.collect();
    let more = change.regions.len().saturating_sub(who.len());
    if more > 0 {
        who.push(format!("{more} more"));
    }
    let who = match (&change.undecided, change.class) {
        (Some(why), _) => why.clone(),
        (None, Class::Same) => "nobody (proved)".to_owned(),
        (None, _) => who.join("; "),
    };
    vec![few(flags), environments.join(", "), words::class(change), who]
}

fn fold(group: &Group<'_>) -> Option<Fold> {
    let (_, change) = group.first;
    let edits: Vec<String> = change.words.iter().map(|word| format!("{} {}", word.mark.sign(), word.text)).collect();
    let told = change.regions.iter().map(|region| {
        format!(
            "{} {} of {}: {} → {}",
            words::portion(region.portion()),
            region.kind.word(),
            words::who(region),
            words::end(region.from.as_ref(), region.to.as_ref()),
            words::end(region.to.as_ref(), region.from.as_ref())
        )
    });
    let commands = change.regions.iter().filter_map(|region| region.witness.as_ref()).map(|one| one.command.clone());
    let paragraphs: Vec<String> = edits.into_iter().chain(told).collect();
    let verbatim = commands.collect::<Vec<_>>().join("\n");
    let summary = format!("`{}`: {}", change.flag, words::class(change));
    (!paragraphs.is_empty()).then_some(Fold { summary, paragraphs, verbatim })
}
