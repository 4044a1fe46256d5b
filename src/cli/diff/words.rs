//! What the faces of a difference have in common.

use super::Shown;
use crate::count::Fraction;
use crate::diagnostic::render::counted;
use crate::diff::{self, Change, Class, End, Line, Mark, Place, Region, Side, Status, Word};
use crate::lower;
use crate::region::Portion;

/// The longest value that is shown whole.
const LONGEST: usize = 40;

/// `20.00%`, in two decimals; what is not nothing, and not everyone, never looks so.
pub(super) fn share(share: &Fraction) -> String {
    let text = format!("{:.2}%", share.to_f64() * 100.0);
    match text.as_str() {
        "0.00%" if !share.is_zero() => "<0.01%".to_owned(),
        "100.00%" if *share != Fraction::ONE => ">99.99%".to_owned(),
        _ => text,
    }
}

/// How many of an audience.
pub(in crate::cli) fn portion(portion: &Portion) -> String {
    match portion {
        Portion::Share(exact) => share(exact),
        Portion::Keys { moving, named } => format!("{} of {}", moving.len(), counted(*named, "key")),
        Portion::OtherId(exact) => format!("{} by `id`", share(exact)),
        Portion::Uncounted(_) => "some".to_owned(),
    }
}

/// Who: the audience, the keys, and while when.
pub(in crate::cli) fn who(region: &Region) -> String {
    let mut text = match region.portion() {
        Portion::Share(_) => region.audience.clone(),
        Portion::Keys { moving, .. } => {
            let shown: Vec<String> = moving.iter().take(6).map(|key| format!("`{key}`")).collect();
            let more = moving.len().checked_sub(6).filter(|more| *more > 0);
            let more = more.map_or_else(String::new, |more| format!(" and {more} more"));
            format!("{}: {}{more}", region.audience, shown.join(", "))
        }
        Portion::OtherId(_) => format!("{} whose callers pass an `id` that is not the subject key", region.audience),
        Portion::Uncounted(why) => format!("{} (not counted: {why})", region.audience),
    };
    if let Some(since) = region.proved.since {
        text.push_str(&format!(", from {}", lower::instant(since)));
    }
    if let Some(until) = region.proved.until {
        text.push_str(&format!(", until {}", lower::instant(until)));
    }
    text
}

/// `on = true (beta)`; the caller's default where there is nothing.
pub(in crate::cli) fn end(end: Option<&End>, other: Option<&End>) -> String {
    let Some(end) = end else { return "the caller's default".to_owned() };
    let value = cut(&end.value.to_string());
    let named = if value.trim_matches('"') == end.variation { value } else { format!("{} = {value}", end.variation) };
    let mut notes = vec![end.step.clone()];
    if other.is_some_and(|other| other.logged != end.logged) {
        notes.push(if end.logged { "logged" } else { "not logged" }.to_owned());
    }
    if let Some(holdout) = &end.holdout {
        notes.push(format!("held out by {holdout}"));
    }
    let alike = |other: &End| other.step == end.step && other.holdout == end.holdout;
    if other.is_some_and(|other| other.allocation != end.allocation && alike(other)) {
        notes.push(format!("key {}", end.allocation));
    }
    // They differ, and in nothing else that can be seen.
    let same = |other: &End| {
        (&other.variation, &other.value, &other.allocation, other.logged)
            == (&end.variation, &end.value, &end.allocation, end.logged)
    };
    if other.is_some_and(|other| alike(other) && same(other)) {
        notes.push("other extra-logging".to_owned());
    }
    format!("{named} ({})", notes.join(", "))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).collect::<String>() + "…"
}

/// `flags/a.kdl:12`: in the head, or in the base where what is told of is gone.
pub(super) fn place(word: &Word) -> Option<String> {
    let place = where_it_is(word)?;
    Some(format!("{}:{}", place.file, place.line))
}

/// The place that a reviewer looks at.
pub(super) fn where_it_is(word: &Word) -> Option<&Place> {
    match word.mark {
        Mark::Removed => word.base.as_ref().or(word.head.as_ref()),
        Mark::Kept | Mark::Added | Mark::Changed | Mark::Moved => word.head.as_ref().or(word.base.as_ref()),
    }
}

/// What happened to a line, in two columns: `~>` says something else, and elsewhere.
pub(super) fn signs(line: &Line) -> String {
    match (line.mark, line.moved) {
        (Mark::Changed, true) => "~>".to_owned(),
        (mark, _) => format!("{} ", mark.sign()),
    }
}

/// What changed, with a sign in front: `+` and `-` of whole things, `>` of what moved, `~` of what says something else.
pub(super) fn signed(word: &Word) -> String {
    match word.mark {
        Mark::Added | Mark::Removed if word.text.starts_with(word.mark.sign()) => word.text.clone(),
        Mark::Moved => format!("> {}", word.text),
        Mark::Kept | Mark::Added | Mark::Removed | Mark::Changed => format!("~ {}", word.text),
    }
}

/// `main (1a2b3c4d5e6f)`.
pub(super) fn side(side: &Side<'_>) -> String {
    match side.commit {
        // A name that is the beginning of the commit's says nothing more.
        Some(commit) if side.name.len() >= 7 && commit.starts_with(side.name) => commit.chars().take(12).collect(),
        Some(commit) => format!("{} ({})", side.name, commit.chars().take(12).collect::<String>()),
        None => side.name.to_owned(),
    }
}

/// Whether the order of the waterfall says something: where nobody fares differently and no line changed, it does not.
pub(super) fn shows_order(change: &Change) -> bool {
    change.class > Class::Same || change.waterfall.iter().any(|line| line.mark != Mark::Kept)
}

/// How a change is called in its header.
pub(super) fn class(change: &Change) -> String {
    let status = match change.status {
        Some(Status::Added) => Some("added"),
        Some(Status::Removed) => Some("removed"),
        Some(Status::Enabled) => Some("enabled"),
        Some(Status::Disabled) => Some("disabled"),
        Some(Status::Retyped) => Some("retyped"),
        None => None,
    };
    let does = match change.class {
        // What the status says already.
        Class::Remove | Class::Retype => None,
        Class::Same => Some("no subject changes variation or logging (proved)"),
        class => Some(diff::does(class)),
    };
    status.into_iter().chain(does).collect::<Vec<_>>().join(", ")
}

/// The first line: `2 flags change in production: 1 reassigns subjects, 1 only adds`.
pub(super) fn summary(shown: &Shown<'_>) -> String {
    diff::summary(shown.plan, shown.question.environments)
}
