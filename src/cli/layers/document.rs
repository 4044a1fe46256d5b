//! Rulers for programs.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::words;
use crate::count::Fraction;
use crate::evaluate::event::instant_text;
use crate::layers::{self, Frees, Ruler};
use crate::model::SHARDS;

/// The layers of a workspace: whose their slots are, who uses them, what is free, and when the rest frees.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// The instant that states are of.
    at: String,
    /// By name.
    layers: Vec<Layer<'a>>,
}

/// A layer.
#[derive(Debug, Serialize, JsonSchema)]
struct Layer<'a> {
    /// Its name.
    layer: &'a str,
    /// What its subject keys are.
    entity: &'a str,
    /// Who owns it.
    owner: Option<&'a str>,
    /// What is hashed together with the subject's key.
    salt: &'a str,
    /// How many shards there are.
    shards: u32,
    /// The share that no slot has.
    free: Fraction,
    /// Slots and free room, by where they begin.
    parts: Vec<Part<'a>>,
}

/// A slot, or room that no slot has.
#[derive(Debug, Serialize, JsonSchema)]
struct Part<'a> {
    /// The slot's name; null for free room.
    slot: Option<&'a str>,
    /// Where it begins.
    from: Fraction,
    /// Where it ends.
    to: Fraction,
    /// How much it is.
    share: Fraction,
    /// The steps that use it.
    uses: Vec<Use<'a>>,
    /// When it frees, in each environment; empty for free room.
    frees: Vec<InEnvironment<'a>>,
}

/// A step in a slot.
#[derive(Debug, Serialize, JsonSchema)]
struct Use<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The step's name.
    step: &'a str,
    /// The environment; null where it is placed nowhere.
    environment: Option<&'a str>,
    /// `running`, `planned`, `over`, `off` (the placement, or the flag in that environment) or `unplaced`.
    #[schemars(extend("enum" = ["running", "planned", "over", "off", "unplaced"]))]
    state: &'static str,
    /// The first instant of its window; null where it has none.
    start: Option<String>,
    /// The last instant of its window; null where it has none.
    end: Option<String>,
}

/// When a slot frees.
#[derive(Debug, Serialize, JsonSchema)]
struct InEnvironment<'a> {
    /// The environment.
    environment: &'a str,
    /// `now`, `after` the instant in `at`, or `never`.
    #[schemars(extend("enum" = ["now", "after", "never"]))]
    when: &'static str,
    /// The last instant at which somebody uses it; null for `now` and `never`.
    at: Option<String>,
}

/// The whole document.
pub(super) fn document(rulers: &[Ruler], at: Timestamp) -> Document<'_> {
    Document { schema: "flagfall.layers/1", at: instant_text(at), layers: rulers.iter().map(layer).collect() }
}

fn layer(ruler: &Ruler) -> Layer<'_> {
    Layer {
        layer: &ruler.layer,
        entity: &ruler.entity,
        owner: ruler.owner.as_deref(),
        salt: &ruler.salt,
        shards: SHARDS,
        free: share(ruler.free()),
        parts: ruler.parts.iter().map(part).collect(),
    }
}

fn part(part: &layers::Part) -> Part<'_> {
    let uses = part.uses.iter().map(|used| Use {
        flag: &used.flag,
        step: &used.step,
        environment: used.environment.as_deref(),
        state: words::state(used.state),
        start: used.window.start.map(instant_text),
        end: used.window.end.map(instant_text),
    });
    let frees = part.frees.iter().map(|(environment, frees)| {
        let (when, at) = match frees {
            Frees::Now => ("now", None),
            Frees::After(end) => ("after", Some(instant_text(*end))),
            Frees::Never => ("never", None),
        };
        InEnvironment { environment, when, at }
    });
    Part {
        slot: part.slot.as_deref(),
        from: share(part.from),
        to: share(part.to),
        share: share(part.shards()),
        uses: uses.collect(),
        frees: frees.collect(),
    }
}

/// Shards of a layer's; always exact.
fn share(shards: u32) -> Fraction {
    Fraction::new(u128::from(shards), u128::from(SHARDS)).unwrap_or(Fraction::ZERO)
}
