//! What two versions of a flag say differently.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{self, values};
use super::step;
use super::waterfall::{Aligned, align};
use super::words::{Definition, Mark, Sides, Word};
use crate::model::{Flag, FlagEnvironment, Placement, Step, Variation};

/// The words about a flag, by what they are about.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The flag as a whole, its variations, and steps that no environment places.
    pub(super) general: Vec<Word>,
    /// Each step's definition, by its name (the head's where it has two).
    pub(super) steps: BTreeMap<String, Vec<Word>>,
    /// Each environment.
    pub(super) environments: BTreeMap<String, Vec<Word>>,
    /// Steps that have another name: the base's to the head's.
    pub(super) renamed: BTreeMap<String, String>,
}

impl Told {
    /// Everything about a flag in an environment.
    pub(super) fn here(&self, environment: &str, placed: &BTreeSet<&str>) -> Vec<Word> {
        let steps = self.steps.iter().filter(|(name, _)| placed.contains(name.as_str())).flat_map(|(_, words)| words);
        let here = self.environments.get(environment).into_iter().flatten();
        let mut words: Vec<Word> = self.general.iter().chain(steps).chain(here).cloned().collect();
        words.dedup();
        words
    }
}

pub(super) fn compare(before: &Flag, after: &Flag, sides: Sides<'_>) -> Told {
    let mut told =
        Told { general: definition::flag(before).compare(&definition::flag(after), sides), ..Told::default() };
    variations(before, after, sides, &mut told.general);
    steps(before, after, sides, &mut told);
    let placed: BTreeSet<&str> = [before, after].into_iter().flat_map(placed_anywhere).collect();
    let kept_ready: Vec<String> = told.steps.keys().filter(|name| !placed.contains(name.as_str())).cloned().collect();
    for name in kept_ready {
        told.general.extend(told.steps.remove(&name).unwrap_or_default());
    }
    let names: Vec<&str> = environment_names(before, after);
    for name in names {
        let of = |flag: &'_ Flag| flag.environments.iter().position(|here| here.environment.name.value == name);
        let base = of(before).and_then(|at| before.environments.get(at));
        let head = of(after).and_then(|at| after.environments.get(at));
        let words = environment((before, base), (after, head), &told.renamed, sides);
        told.environments.insert(name.to_owned(), words);
    }
    told
}

fn environment_names<'a>(before: &'a Flag, after: &'a Flag) -> Vec<&'a str> {
    let all = after.environments.iter().chain(&before.environments).map(|here| here.environment.name.value.as_str());
    let mut seen = BTreeSet::new();
    all.filter(|name| seen.insert(*name)).collect()
}

/// The names of all steps that an environment of the flag places.
fn placed_anywhere(flag: &Flag) -> impl Iterator<Item = &str> {
    let placements = flag.environments.iter().flat_map(|here| &here.placements);
    placements.map(|placement| placement.step.name.value.as_str())
}

fn variations(before: &Flag, after: &Flag, sides: Sides<'_>, words: &mut Vec<Word>) {
    let find = |flag: &Flag, name: &str| flag.variations.iter().find(|one| one.name.value == name).cloned();
    for variation in &after.variations {
        match find(before, &variation.name.value) {
            None => words.push(sides.word(Mark::Added, format!("+ {}", told(variation)), None, Some(variation.span))),
            Some(old) => words.extend(one_variation(&old, variation, sides)),
        }
    }
    for variation in before.variations.iter().filter(|old| find(after, &old.name.value).is_none()) {
        words.push(sides.word(Mark::Removed, format!("- {}", told(variation)), Some(variation.span), Some(after.span)));
    }
    let common = |flag: &Flag, other: &Flag| {
        let names = flag.variations.iter().map(|one| one.name.value.clone());
        names.filter(|name| find(other, name).is_some()).collect::<Vec<_>>()
    };
    let (old, new) = (common(before, after), common(after, before));
    if old != new {
        let text = format!("variations in another order, which shards follow: {} → {}", old.join(", "), new.join(", "));
        words.push(sides.word(Mark::Moved, text, Some(before.span), Some(after.span)));
    }
}

fn told(variation: &Variation) -> String {
    let named = definition::variation(variation);
    match &variation.value {
        Some(value) => format!("{named} {}", definition::value(&value.value)),
        None => named,
    }
}

fn one_variation(old: &Variation, new: &Variation, sides: Sides<'_>) -> Option<Word> {
    let text = match (&old.value, &new.value) {
        (Some(before), Some(after)) if before.value != after.value => {
            let (before, after) = values(&before.value, &after.value);
            format!("{}: {before} → {after}", definition::variation(new))
        }
        (Some(_), Some(_)) | (None, None) => return None,
        (Some(_), None) => format!("{} → {}", told(old), told(new)),
        (None, Some(_)) => format!("{} → {}", told(old), told(new)),
    };
    Some(sides.word(Mark::Changed, text, Some(old.span), Some(new.span)))
}

fn steps(before: &Flag, after: &Flag, sides: Sides<'_>, told: &mut Told) {
    let find = |flag: &'_ Flag, name: &str| flag.steps.iter().position(|step| step.name.value == name);
    let mut gone: Vec<&Step> =
        before.steps.iter().filter(|step| find(after, &step.name.value).is_none()).map(AsRef::as_ref).collect();
    for step in &after.steps {
        let name = step.name.value.clone();
        let old = find(before, &name).and_then(|at| before.steps.get(at));
        let words = match old {
            Some(old) => step::definition(before, old).compare(&step::definition(after, step), sides),
            None => match renamed(before, &mut gone, after, step) {
                Some(old) => {
                    told.renamed.insert(old.name.value.clone(), name.clone());
                    vec![sides.word(Mark::Changed, rename(old, step), Some(old.span), Some(step.span))]
                }
                None => vec![sides.word(Mark::Added, format!("+ {}", defined(after, step)), None, Some(step.span))],
            },
        };
        about(&mut told.steps, &name, words);
    }
    for step in gone {
        let words = vec![sides.word(Mark::Removed, format!("- {}", defined(before, step)), Some(step.span), None)];
        about(&mut told.steps, &step.name.value, words);
    }
}

fn about(steps: &mut BTreeMap<String, Vec<Word>>, name: &str, words: Vec<Word>) {
    if !words.is_empty() {
        let words = words.into_iter().map(|word| Word { step: Some(name.to_owned()), ..word });
        steps.insert(name.to_owned(), words.collect());
    }
}

/// `gate staff serves on = #true for `…``.
fn defined(flag: &Flag, step: &Step) -> String {
    let verb = match step.kind {
        crate::model::StepKind::Gate { .. } => "serves",
        crate::model::StepKind::Experiment { .. } => "splits",
    };
    let audience = super::words::audience(&step.audience);
    let audience = if audience == "everyone" { audience } else { format!("`{audience}`") };
    format!("{} `{}`: {verb} {} for {audience}", step::kind(step), step.name, step::gives(flag, step))
}

/// A step that is gone and says the same as one that is new, salts aside: its name is another.
fn renamed<'a>(before: &Flag, gone: &mut Vec<&'a Step>, after: &Flag, step: &Step) -> Option<&'a Step> {
    let said = |flag: &Flag, step: &Step| step::definition(flag, step).without(&["traffic salt", "split salt"]).told();
    let new = said(after, step);
    let at = gone.iter().position(|old| said(before, old) == new)?;
    Some(gone.remove(at))
}

fn rename(old: &Step, new: &Step) -> String {
    let same = old.traffic_salt == new.traffic_salt && old.split_salt == new.split_salt;
    let bucketing = if same {
        "its salt stays, so subjects keep their shards"
    } else {
        "its salt changes, so subjects get other shards"
    };
    format!("step `{}` → step `{}`: {bucketing}", old.name, new.name)
}

fn environment(
    (before, base): (&Flag, Option<&FlagEnvironment>),
    (after, head): (&Flag, Option<&FlagEnvironment>),
    renamed: &BTreeMap<String, String>,
    sides: Sides<'_>,
) -> Vec<Word> {
    let (Some(base), Some(head)) = (base, head) else {
        return match (base, head) {
            (None, Some(head)) => {
                vec![sides.word(Mark::Added, format!("+ {}", opened(head)), Some(before.span), Some(head.span))]
            }
            (Some(base), None) => {
                vec![sides.word(Mark::Removed, format!("- {}", opened(base)), Some(base.span), Some(after.span))]
            }
            _ => Vec::new(),
        };
    };
    let mut words = Vec::new();
    if base.enabled != head.enabled {
        let text = format!("enabled #{} → #{}", base.enabled, head.enabled);
        words.push(sides.word(Mark::Changed, text, Some(base.span), Some(head.span)));
    }
    placements((before, base), (after, head), renamed, sides, &mut words);
    match (&base.otherwise, &head.otherwise) {
        (Some(old), Some(new)) => words.extend(step::otherwise(old).compare(&step::otherwise(new), sides)),
        (Some(old), None) => {
            let text = format!("- otherwise {}: whoever is left gets the caller's default", old.variation.name);
            words.push(sides.word(Mark::Removed, text, Some(old.span), Some(head.span)));
        }
        (None, Some(new)) => {
            let text = format!("+ otherwise {}: whoever is left gets it", new.variation.name);
            words.push(sides.word(Mark::Added, text, Some(base.span), Some(new.span)));
        }
        (None, None) => {}
    }
    words
}

fn opened(here: &FlagEnvironment) -> String {
    format!("env {} enabled=#{}", here.environment.name, here.enabled)
}

fn placements(
    (before, base): (&Flag, &FlagEnvironment),
    (after, head): (&Flag, &FlagEnvironment),
    renamed: &BTreeMap<String, String>,
    sides: Sides<'_>,
    words: &mut Vec<Word>,
) {
    let key = |placement: &Placement| placement.step.name.value.clone();
    let old = base.placements.iter().map(|placement| {
        let name = key(placement);
        renamed.get(&name).cloned().unwrap_or(name)
    });
    let (old, new) = (old.collect::<Vec<_>>(), head.placements.iter().map(key).collect::<Vec<_>>());
    for one in align(&old, &new) {
        let (was, is) =
            (one.base.and_then(|at| base.placements.get(at)), one.head.and_then(|at| head.placements.get(at)));
        let name = is.or(was).map(key);
        let found = match (was, is) {
            (None, Some(is)) => {
                let text = format!("+ {}{}", placed(after, is), below(one, &new));
                vec![sides.word(Mark::Added, text, Some(base.span), Some(is.span))]
            }
            (Some(was), None) => {
                vec![sides.word(Mark::Removed, format!("- {}", placed(before, was)), Some(was.span), Some(head.span))]
            }
            (Some(was), Some(is)) => {
                let (old_one, new_one) = (step::placement(before, was), step::placement(after, is));
                // Of a step with another name the new one is told.
                let mut found = Definition { title: new_one.title.clone(), ..old_one }.compare(&new_one, sides);
                if one.moved {
                    let text = format!("step `{}` moved{}", is.step.name, moved(one, &old, &new));
                    found.insert(0, sides.word(Mark::Moved, text, Some(was.span), Some(is.span)));
                }
                found
            }
            (None, None) => Vec::new(),
        };
        words.extend(found.into_iter().map(|word| Word { step: name.clone(), ..word }));
    }
}

/// `gate staff 20%: serves on = #true`, and what else its line says.
fn placed(flag: &Flag, placement: &Placement) -> String {
    let verb = match placement.step.kind {
        crate::model::StepKind::Gate { .. } => "serves",
        crate::model::StepKind::Experiment { .. } => "splits",
    };
    let size = step::exposure(&placement.exposure, flag.total_shards);
    let off = if placement.enabled { "" } else { " (switched off)" };
    let step = &placement.step;
    let more: String = step::besides(placement).into_iter().map(|fact| format!(", {fact}")).collect();
    format!("{} `{}` {size}{off}: {verb} {}{more}", step::kind(step), step.name, step::gives(flag, step))
}

/// `, above `beta``: what it takes subjects from.
fn below(one: Aligned, names: &[String]) -> String {
    let next = one.head.and_then(|at| names.get(at + 1));
    next.map_or_else(String::new, |next| format!(", above `{next}`"))
}

/// ` above `beta`` or ` below `beta``: past which it moved.
fn moved(one: Aligned, old: &[String], new: &[String]) -> String {
    let (Some(base), Some(head)) = (one.base, one.head) else { return String::new() };
    let above_before = |name: &String| old.iter().position(|other| other == name).is_some_and(|at| at < base);
    let next = new.get(head + 1);
    let last = head.checked_sub(1).and_then(|at| new.get(at));
    match (next.filter(|next| above_before(next)), last) {
        (Some(next), _) => format!(" above `{next}`"),
        (None, Some(last)) => format!(" below `{last}`"),
        (None, None) => next.map_or_else(String::new, |next| format!(" above `{next}`")),
    }
}
