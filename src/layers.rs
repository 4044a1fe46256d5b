//! Layers as rulers: which part of a layer is whose, who uses it, what is free, and when the rest frees.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{Exposure, Flag, FlagEnvironment, Layer, Placement, SHARDS, Step, Window, Workspace};

/// A layer from its first shard to its last.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruler {
    /// The layer's name.
    pub layer: String,
    /// What its subject keys are.
    pub entity: String,
    /// For people.
    pub owner: Option<String>,
    /// The wire salt.
    pub salt: String,
    /// Slots and free room by their first shard. Together they cover the layer.
    pub parts: Vec<Part>,
}

/// A slot, or room that no slot has.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The slot's name; none for free room.
    pub slot: Option<String>,
    /// The first shard, of [`SHARDS`].
    pub from: u32,
    /// The shard after the last.
    pub to: u32,
    /// The steps that use the slot: flags by key, steps in source order, environments in the workspace's.
    pub uses: Vec<Use>,
    /// From when on nobody uses it, by environment, in the workspace's order; empty for free room.
    pub frees: Vec<(String, Frees)>,
}

impl Part {
    /// How many shards it has.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.to.saturating_sub(self.from)
    }

    /// When it frees, where all environments agree.
    #[must_use]
    pub fn frees_everywhere(&self) -> Option<Frees> {
        let (_, first) = self.frees.first()?;
        self.frees.iter().all(|(_, frees)| frees == first).then_some(*first)
    }
}

/// A step in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The flag's key.
    pub flag: String,
    /// The step's name.
    pub step: String,
    /// Where it is placed; none where it is placed nowhere.
    pub environment: Option<String>,
    /// What it does there now.
    pub state: State,
    /// When it is open; a ramp opens with its first phase.
    pub window: Window,
}

/// What a step in a slot does at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its window is open.
    Running,
    /// Its window will open.
    Planned,
    /// Its window is over.
    Over,
    /// The placement, or the flag in that environment, is switched off.
    Off,
    /// It is placed nowhere.
    Unplaced,
}

/// From when on nobody uses a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frees {
    /// Nobody uses it, or will.
    Now,
    /// After this instant: the last one of whoever uses it.
    After(Timestamp),
    /// Somebody uses it without an end.
    Never,
}

/// The ruler of a layer at an instant.
#[must_use]
pub fn ruler(layer: &Arc<Layer>, workspace: &Workspace, now: Timestamp) -> Ruler {
    let mut slots: Vec<_> = layer.slots.iter().collect();
    slots.sort_by_key(|slot| (slot.range.start, slot.range.end));
    let mut parts = Vec::new();
    let mut taken_to = 0;
    for slot in slots {
        if slot.range.start > taken_to {
            parts.push(free(taken_to, slot.range.start));
        }
        taken_to = taken_to.max(slot.range.end);
        let uses = uses(layer, &slot.name.value, workspace, now);
        let environments = workspace.environments.iter().map(|environment| &environment.name.value);
        let frees = environments.map(|name| (name.clone(), frees(&uses, name))).collect();
        let name = Some(slot.name.value.clone());
        parts.push(Part { slot: name, from: slot.range.start, to: slot.range.end, uses, frees });
    }
    if taken_to < SHARDS {
        parts.push(free(taken_to, SHARDS));
    }
    Ruler {
        layer: layer.name.value.clone(),
        entity: layer.entity.clone(),
        owner: layer.owner.clone(),
        salt: layer.salt.clone(),
        parts,
    }
}

impl Ruler {
    /// How many shards no slot has.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.parts.iter().filter(|part| part.slot.is_none()).map(Part::shards).sum()
    }
}

fn free(from: u32, to: u32) -> Part {
    Part { slot: None, from, to, uses: Vec::new(), frees: Vec::new() }
}

fn uses(layer: &Arc<Layer>, slot: &str, workspace: &Workspace, now: Timestamp) -> Vec<Use> {
    let mut found = Vec::new();
    for flag in &workspace.flags {
        let inside = |step: &&Arc<Step>| {
            let used = step.layer.as_ref();
            used.is_some_and(|used| Arc::ptr_eq(&used.layer, layer) && used.slot.name.value == slot)
        };
        for step in flag.steps.iter().filter(inside) {
            let placed = placed(flag, step, now);
            if placed.is_empty() {
                found.push(used(flag, step, None, State::Unplaced, Window::default()));
            }
            found.extend(placed);
        }
    }
    found
}

/// Wherever a step is placed.
fn placed(flag: &Flag, step: &Arc<Step>, now: Timestamp) -> Vec<Use> {
    let in_environment = |here: &FlagEnvironment| {
        let environment = here.environment.name.value.clone();
        let enabled = here.enabled;
        let placements = here.placements.iter().filter(|placement| Arc::ptr_eq(&placement.step, step));
        let uses = placements.map(move |placement| {
            let window = window(placement);
            let state = if enabled && placement.enabled { state(window, now) } else { State::Off };
            used(flag, step, Some(environment.clone()), state, window)
        });
        uses.collect::<Vec<_>>()
    };
    flag.environments.iter().flat_map(in_environment).collect()
}

fn used(flag: &Flag, step: &Step, environment: Option<String>, state: State, window: Window) -> Use {
    Use { flag: flag.key.value.clone(), step: step.name.value.clone(), environment, state, window }
}

fn window(placement: &Placement) -> Window {
    match &placement.exposure {
        Exposure::Share(_) => placement.window,
        Exposure::Ramp(phases) => Window { start: phases.first().map(|(at, _)| *at), ..placement.window },
    }
}

fn state(window: Window, now: Timestamp) -> State {
    if window.end.is_some_and(|end| end < now) {
        State::Over
    } else if window.start.is_some_and(|start| start > now) {
        State::Planned
    } else {
        State::Running
    }
}

fn frees(uses: &[Use], environment: &str) -> Frees {
    let using = |used: &&Use| {
        used.environment.as_deref() == Some(environment) && matches!(used.state, State::Running | State::Planned)
    };
    uses.iter().filter(using).fold(Frees::Now, |frees, used| match (frees, used.window.end) {
        (Frees::Never, _) | (_, None) => Frees::Never,
        (Frees::Now, Some(end)) => Frees::After(end),
        (Frees::After(known), Some(end)) => Frees::After(known.max(end)),
    })
}
