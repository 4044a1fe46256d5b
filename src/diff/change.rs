//! One flag on both sides: what changes in each environment.

use std::collections::BTreeSet;

use super::flag::{self, Told};
use super::shared::Shared;
use super::words::{Mark, Sides, Word};
use super::{Change, Class, Here, Line, Pair, Question, Region, Status, moved, waterfall};

/// What comparing a flag gives.
pub(super) struct Compared {
    /// In how many environments either side serves it.
    pub(super) waterfalls: usize,
    /// In the order of environments.
    pub(super) changes: Vec<Change>,
}

pub(super) fn compare(pair: &Pair<'_>, shared: &Shared, question: Question<'_>) -> Compared {
    let sides = Sides { base: pair.base.side, head: pair.head.side };
    let told = match (pair.base.model, pair.head.model) {
        (Some(before), Some(after)) => flag::compare(before, after, sides),
        _ => Told::default(),
    };
    let mut compared = Compared { waterfalls: 0, changes: Vec::new() };
    let mut mentioned = false;
    for environment in question.environments {
        let (base, head) = (pair.base.here(pair.key, environment), pair.head.here(pair.key, environment));
        compared.waterfalls += usize::from(base.wire.is_some() || head.wire.is_some());
        if base.is_mentioned() || head.is_mentioned() {
            mentioned = true;
            compared.changes.extend(one(pair, environment, &base, &head, (&told, shared, sides), question));
        }
    }
    if !mentioned {
        compared.changes.extend(nowhere(pair, &told, sides));
    }
    compared
}

impl Here<'_> {
    /// Whether the side says anything of the flag in the environment.
    fn is_mentioned(&self) -> bool {
        self.model.is_some() || self.wire.is_some() || self.unreadable.is_some()
    }
}

fn one(
    pair: &Pair<'_>,
    environment: &str,
    base: &Here<'_>,
    head: &Here<'_>,
    (told, shared, sides): (&Told, &Shared, Sides<'_>),
    question: Question<'_>,
) -> Option<Change> {
    let mut words = whole(pair, sides);
    words.extend(told.here(environment, &placed(base, head)));
    let differs = base.wire != head.wire || base.unreadable != head.unreadable;
    if words.is_empty() && !differs {
        return None;
    }
    let lines = waterfall::lines(base, head, &told.renamed, sides);
    if pair.base.model.is_none() && pair.base.known || pair.head.model.is_none() && pair.head.known {
        words.extend(of_lines(&lines));
    }
    let causes = shared.words(pair, environment);
    words.splice(0..0, causes);
    let key = (pair.key, environment);
    let found = match base.unreadable.or(head.unreadable) {
        Some(problem) => Err(format!("the flag cannot be read: {problem}")),
        None => {
            let regions = moved::regions(key, (base, head), &told.renamed, question.now, question.limits);
            regions.map_err(|undecided| undecided.reason)
        }
    };
    let (regions, undecided) = match found {
        Ok(regions) => (regions, None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let (nothing, regions): (Vec<Region>, Vec<Region>) = regions.into_iter().partition(Region::is_nothing);
    let status = status(base, head);
    Some(Change {
        flag: pair.key.to_owned(),
        environment: Some(environment.to_owned()),
        class: class(base, head, &regions, undecided.is_some()),
        status,
        words,
        regions,
        unseen: nothing.into_iter().map(|region| region.proved).collect(),
        undecided,
        waterfall: lines,
    })
}

/// A flag that no environment mentions: only its text can change.
fn nowhere(pair: &Pair<'_>, told: &Told, sides: Sides<'_>) -> Option<Change> {
    let mut words = whole(pair, sides);
    words.extend(told.general.iter().cloned());
    let status = match (pair.base.known, pair.head.known) {
        (false, true) => Some(Status::Added),
        (true, false) => Some(Status::Removed),
        _ => None,
    };
    (!words.is_empty() || status.is_some()).then(|| Change {
        flag: pair.key.to_owned(),
        environment: None,
        class: Class::Same,
        status,
        words,
        regions: Vec::new(),
        unseen: Vec::new(),
        undecided: None,
        waterfall: Vec::new(),
    })
}

/// The flag itself, where it is new or gone.
fn whole(pair: &Pair<'_>, sides: Sides<'_>) -> Vec<Word> {
    let span = |half: super::Half<'_>| half.model.map(|flag| flag.span);
    match (pair.base.known, pair.head.known) {
        (false, true) => vec![sides.word(Mark::Added, format!("+ flag `{}`", pair.key), None, span(pair.head))],
        (true, false) => vec![sides.word(Mark::Removed, format!("- flag `{}`", pair.key), span(pair.base), None)],
        _ => Vec::new(),
    }
}

/// What changed in the words of lines, where no author wrote them.
fn of_lines(lines: &[Line]) -> impl Iterator<Item = Word> + '_ {
    lines.iter().filter(|line| line.mark != Mark::Kept).map(|line| {
        let text = match line.mark {
            Mark::Added | Mark::Removed => {
                format!("{} {} `{}`: {}", line.mark.sign(), line.kind, line.step, line.gives)
            }
            Mark::Moved => format!("{} `{}` moved", line.kind, line.step),
            Mark::Changed | Mark::Kept => {
                let parts = [&line.audience, &line.exposure, &line.gives];
                let changed: Vec<&str> =
                    parts.into_iter().map(String::as_str).filter(|part| part.contains(" → ")).collect();
                let changed = if changed.is_empty() { "shards or logging".to_owned() } else { changed.join("; ") };
                format!("{} `{}`: {changed}", line.kind, line.step)
            }
        };
        Word { mark: line.mark, text, step: Some(line.step.clone()), base: line.base.clone(), head: line.head.clone() }
    })
}

/// The steps that either side places here.
fn placed<'a>(base: &Here<'a>, head: &Here<'a>) -> BTreeSet<&'a str> {
    let placements = [base, head].into_iter().filter_map(|here| here.model).flat_map(|here| &here.placements);
    placements.map(|placement| placement.step.name.value.as_str()).collect()
}

fn status(base: &Here<'_>, head: &Here<'_>) -> Option<Status> {
    match (base.half.known, head.half.known) {
        (false, true) => return Some(Status::Added),
        (true, false) => return Some(Status::Removed),
        _ => {}
    }
    match (base.is_mentioned(), head.is_mentioned()) {
        (false, true) => return Some(Status::Added),
        (true, false) => return Some(Status::Removed),
        _ => {}
    }
    match (base.wire, head.wire) {
        (None, Some(_)) => Some(Status::Enabled),
        (Some(_), None) => Some(Status::Disabled),
        (Some(old), Some(new)) if old.variation_type != new.variation_type => Some(Status::Retyped),
        _ => None,
    }
}

fn class(base: &Here<'_>, head: &Here<'_>, regions: &[Region], undecided: bool) -> Class {
    let gone = base.wire.is_some() && !head.is_mentioned();
    let retyped = matches!((base.wire, head.wire), (Some(old), Some(new)) if old.variation_type != new.variation_type);
    let moved = regions.iter().map(|region| region.kind.class()).max().unwrap_or(Class::Same);
    match (undecided, gone, retyped) {
        (true, ..) => Class::Undecided,
        (_, true, _) => Class::Remove,
        (.., true) => Class::Retype,
        _ => moved,
    }
}
