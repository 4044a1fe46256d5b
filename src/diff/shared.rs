//! What flags share: a segment, attribute, layer or holdout that changed is one cause, traced to every flag that uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::definition;
use super::words::{Definition, Mark, Sides, Word};
use super::{Cause, Half, Pair, Side};
use crate::model::{Audience, Condition, Flag, Placement, Workspace};
use crate::source::Span;

/// What a step uses: its kind, its name, and of a layer the slot.
type Use = (&'static str, String, Option<String>);

/// Everything shared that changed.
pub(super) struct Shared {
    items: Vec<Item>,
}

struct Item {
    kind: &'static str,
    name: String,
    /// `segment `staff``.
    title: String,
    /// What changed, without the title.
    words: Vec<Word>,
}

/// One declaration as facts.
struct Declared<'a> {
    name: String,
    title: String,
    definition: Definition<'a>,
}

impl<'a> Declared<'a> {
    fn new(name: &str, mut definition: Definition<'a>) -> Self {
        let title = std::mem::take(&mut definition.title);
        Self { name: name.to_owned(), title, definition }
    }
}

fn declarations<'a>(workspace: &'a Workspace) -> Vec<(&'static str, Vec<Declared<'a>>)> {
    let attributes = workspace.attributes.iter().filter(|attribute| attribute.span.is_some());
    vec![
        (
            "env",
            workspace.environments.iter().map(|one| Declared::new(&one.name, definition::environment(one))).collect(),
        ),
        ("attribute", attributes.map(|one| Declared::new(&one.name, definition::attribute(one))).collect()),
        ("segment", workspace.segments.iter().map(|one| Declared::new(&one.name, definition::segment(one))).collect()),
        ("layer", workspace.layers.iter().map(|one| Declared::new(&one.name, definition::layer(one))).collect()),
        ("holdout", workspace.holdouts.iter().map(|one| Declared::new(&one.name, definition::holdout(one))).collect()),
        (
            "exclusive",
            workspace.contracts.iter().map(|one| Declared::new(&one.name, definition::contract(one))).collect(),
        ),
    ]
}

impl Shared {
    /// What the two workspaces declare differently; nothing where one of them is a file.
    pub(super) fn compare(base: &Side<'_>, head: &Side<'_>) -> Self {
        let (Some((before, _)), Some((after, _))) = (base.workspace, head.workspace) else {
            return Self { items: Vec::new() };
        };
        let sides = Sides { base, head };
        let mut items = Vec::new();
        for ((kind, old), (_, new)) in declarations(before).into_iter().zip(declarations(after)) {
            items.extend(of_kind(kind, &old, &new, sides));
        }
        Self { items }
    }

    /// What changed that the flag uses in the environment, on either side.
    pub(super) fn words(&self, pair: &Pair<'_>, environment: &str) -> Vec<Word> {
        if self.items.is_empty() {
            return Vec::new();
        }
        let uses = uses(pair, environment);
        let mut words = Vec::new();
        for item in &self.items {
            // What is new or gone is told by the steps that use it, or do so no more.
            let told = item.words.iter().filter(|word| !word.text.is_empty());
            for (word, users) in told.filter_map(|word| Some((word, item.users(word, &uses)?))) {
                let text = format!("{} (used by {users}): {}", item.title, word.text);
                words.push(Word { text, ..word.clone() });
            }
        }
        words
    }

    /// Each cause once, with the flags that it touches.
    pub(super) fn causes(self, pairs: &[Pair<'_>], environments: &[String]) -> Vec<Cause> {
        let mut touches: Vec<BTreeMap<String, Vec<String>>> = vec![BTreeMap::new(); self.items.len()];
        for pair in pairs.iter().filter(|_| !self.items.is_empty()) {
            for environment in environments {
                let uses = uses(pair, environment);
                for (item, touched) in self.items.iter().zip(&mut touches) {
                    if item.words.iter().any(|word| item.users(word, &uses).is_some()) {
                        touched.entry(pair.key.to_owned()).or_default().push(environment.clone());
                    }
                }
            }
        }
        let causes = self.items.into_iter().zip(touches).map(|(item, touches)| {
            let words = item.words.into_iter().map(|word| {
                let text = if word.text.is_empty() {
                    format!("{} {}", word.mark.sign(), item.title)
                } else {
                    format!("{}: {}", item.title, word.text)
                };
                Word { text, ..word }
            });
            Cause { kind: item.kind, name: item.name, words: words.collect(), touches }
        });
        causes.collect()
    }
}

fn of_kind(kind: &'static str, old: &[Declared<'_>], new: &[Declared<'_>], sides: Sides<'_>) -> Vec<Item> {
    let known: BTreeMap<&str, &Declared<'_>> = old.iter().map(|one| (one.name.as_str(), one)).collect();
    let names: BTreeSet<&str> = new.iter().map(|one| one.name.as_str()).collect();
    let item = |one: &Declared<'_>, words| Item { kind, name: one.name.clone(), title: one.title.clone(), words };
    let alone = |mark, base: Option<Span>, head| vec![sides.word(mark, String::new(), base, head)];
    let mut items = Vec::new();
    for one in new {
        let words = match known.get(one.name.as_str()) {
            Some(before) => before.definition.compare(&one.definition, sides),
            None => alone(Mark::Added, None, one.definition.span),
        };
        items.extend((!words.is_empty()).then(|| item(one, words)));
    }
    let gone = old.iter().filter(|one| !names.contains(one.name.as_str()));
    items.extend(gone.map(|one| item(one, alone(Mark::Removed, one.definition.span, None))));
    items
}

impl Item {
    /// The steps that use what the word is about, `a`, `b`; none where none does.
    fn users(&self, word: &Word, uses: &BTreeMap<Use, BTreeSet<String>>) -> Option<String> {
        let mine = uses.iter().filter(|((kind, name, _), _)| *kind == self.kind && *name == self.name);
        let concerned = mine.filter(|((.., slot), _)| match slot {
            // A slot of a layer is nothing to those in other slots.
            Some(slot) => !word.text.contains("slot `") || word.text.contains(&format!("slot `{slot}`")),
            None => true,
        });
        let steps: BTreeSet<&String> = concerned.flat_map(|(_, steps)| steps).collect();
        let names: Vec<String> = steps.into_iter().map(|step| format!("`{step}`")).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// What the placed steps of a flag use in an environment on either side, by whom.
fn uses(pair: &Pair<'_>, environment: &str) -> BTreeMap<Use, BTreeSet<String>> {
    let mut found: BTreeMap<Use, BTreeSet<String>> = BTreeMap::new();
    for flag in [pair.base, pair.head].into_iter().filter_map(|half: Half<'_>| half.model) {
        for placement in placements(flag, environment) {
            let mut uses = Vec::new();
            of_placement(placement, &mut uses);
            for used in uses {
                found.entry(used).or_default().insert(placement.step.name.value.clone());
            }
        }
    }
    found
}

fn placements<'a>(flag: &'a Flag, environment: &str) -> impl Iterator<Item = &'a Placement> {
    flag.in_environment(environment).into_iter().flat_map(|here| &here.placements)
}

fn of_placement(placement: &Placement, uses: &mut Vec<Use>) {
    let step = &placement.step;
    of_audience(&step.audience, uses);
    if let Some(used) = &step.layer {
        uses.push(("layer", used.layer.name.value.clone(), Some(used.slot.name.value.clone())));
    }
    uses.extend(step.holdouts.iter().map(|used| ("holdout", used.holdout.name.value.clone(), None)));
    uses.extend(placement.closed.iter().map(|closed| ("attribute", closed.by.name.clone(), None)));
}

/// Segments within segments too. Their chains end: cycles are errors of the check.
fn of_audience(audience: &Audience, uses: &mut Vec<Use>) {
    for condition in audience.alternatives.iter().flat_map(|alternative| &alternative.conditions) {
        match condition {
            Condition::Attribute { attribute, .. } => uses.push(("attribute", attribute.name.clone(), None)),
            Condition::Segment { segment, .. } => {
                let used = ("segment", segment.name.value.clone(), None);
                if !uses.contains(&used) {
                    uses.push(used);
                    of_audience(&segment.audience, uses);
                }
            }
        }
    }
}
