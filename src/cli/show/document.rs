//! The waterfall for programs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::count::Fraction;
use crate::evaluate::AttributeValue;
use crate::evaluate::event::instant_text;
use crate::show::{Between, End, Picture, Region, Shares, State};

/// A waterfall as exact shares, of all subjects with the same attributes. Where regions of attributes differ, a share is
/// null: `between` has the least and the most, `regions` the share in each.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// The instant shown.
    at: String,
    /// `served`, `disabled`, or `unmentioned` where the flag does not mention the environment: then everyone gets the caller's default.
    #[schemars(extend("enum" = ["served", "disabled", "unmentioned"]))]
    state: &'static str,
    /// What all subjects have in common.
    given: BTreeMap<&'a str, Value>,
    /// The waterfall, in its order.
    steps: Vec<Step<'a>>,
    /// Who gets the default that the caller passes; null where regions differ.
    default: Option<&'a Fraction>,
    /// The same, from the region with the least to the one with the most.
    default_between: Bounds<'a>,
    /// The regions of attributes whose numbers differ.
    regions: Vec<OfRegion<'a>>,
    /// Subject keys that lists name: their shards are known, so they are counted apart.
    keys: Vec<Keys<'a>>,
    /// Every instant at which a number changes.
    changes: Vec<String>,
    /// Instants at which a step opens or closes of which it was not worked out whether a number changes, because there is so much
    /// to work out: ask for one with `--at`. They are farther from `at` than `changes` on the same side of it.
    unchecked: Vec<String>,
}

/// A step of the waterfall. All shares are of all subjects, not of those who reach the step.
#[derive(Debug, Serialize, JsonSchema)]
struct Step<'a> {
    /// The step's name; `otherwise` for the last line.
    step: &'a str,
    /// `gate`, `experiment` or `otherwise`.
    #[schemars(extend("enum" = ["gate", "experiment", "otherwise"]))]
    kind: &'static str,
    /// Whether the placement is switched on.
    enabled: bool,
    /// Who gets to the step: whom no step above took or stopped; null where regions differ.
    reach: Option<&'a Fraction>,
    /// Whom it assigns a variation, held-out subjects included; null where regions differ.
    take: Option<&'a Fraction>,
    /// Who goes on to the next step; null where regions differ.
    falls_on: Option<&'a Fraction>,
    /// Who gets the caller's default here because of `exposure-miss=stop`; null where regions differ.
    stopped: Option<&'a Fraction>,
    /// The same shares from the region with the least to the one with the most.
    between: Numbers<'a>,
    /// What it assigns to whom it does not hold out.
    variations: Vec<Variation<'a>>,
    /// What it assigns to held-out subjects.
    held_out: Vec<HeldOut<'a>>,
}

/// The shares of a step.
#[derive(Debug, Serialize, JsonSchema)]
struct Numbers<'a> {
    /// Who gets to the step.
    reach: Bounds<'a>,
    /// Whom it assigns a variation.
    take: Bounds<'a>,
    /// Who goes on to the next step.
    falls_on: Bounds<'a>,
    /// Who gets the caller's default here.
    stopped: Bounds<'a>,
}

/// From the region with the least to the one with the most, both inclusive.
#[derive(Debug, Serialize, JsonSchema)]
struct Bounds<'a> {
    /// The least.
    least: &'a Fraction,
    /// The most.
    most: &'a Fraction,
}

/// A variation.
#[derive(Debug, Serialize, JsonSchema)]
struct Variation<'a> {
    /// Its name.
    variation: &'a str,
    /// Who gets it here; null where regions differ.
    share: Option<&'a Fraction>,
    /// The same, over all regions.
    between: Bounds<'a>,
}

/// What held-out subjects get.
#[derive(Debug, Serialize, JsonSchema)]
struct HeldOut<'a> {
    /// The holdout.
    holdout: &'a str,
    /// The variation served.
    variation: &'a str,
    /// Who gets it here; null where regions differ.
    share: Option<&'a Fraction>,
    /// The same, over all regions.
    between: Bounds<'a>,
}

/// Subjects for whom all numbers are the same.
#[derive(Debug, Serialize, JsonSchema)]
struct OfRegion<'a> {
    /// The steps whose audience all of them are in, as far as anybody gets there.
    targeted_by: Vec<&'a str>,
    /// The steps whose audience some of them are in, which makes no difference.
    partly_targeted_by: Vec<&'a str>,
    /// Attributes of one of them.
    attributes: BTreeMap<&'a str, Value>,
    /// The numbers.
    steps: Vec<Step<'a>>,
    /// Who gets the caller's default.
    default: Option<&'a Fraction>,
}

/// Keys that the same steps name.
#[derive(Debug, Serialize, JsonSchema)]
struct Keys<'a> {
    /// Those steps.
    named_by: Vec<&'a str>,
    /// How many keys there are.
    many: usize,
    /// What they get.
    ends: Vec<KeyEnd<'a>>,
}

/// What some keys get; without a step the caller's default.
#[derive(Debug, Serialize, JsonSchema)]
struct KeyEnd<'a> {
    /// The step.
    step: Option<&'a str>,
    /// The variation.
    variation: Option<&'a str>,
    /// The holdout that holds them out.
    holdout: Option<&'a str>,
    /// Who.
    keys: Vec<Key<'a>>,
}

/// A subject key.
#[derive(Debug, Serialize, JsonSchema)]
struct Key<'a> {
    /// The key.
    key: &'a str,
    /// Attributes with which it gets this; empty where it gets this whatever its attributes are.
    attributes: BTreeMap<&'a str, Value>,
}

/// The whole document.
pub(super) fn document<'a>(picture: &'a Picture, given: &'a BTreeMap<String, AttributeValue>) -> Document<'a> {
    Document {
        schema: "flagfall.show/1",
        flag: &picture.flag,
        environment: &picture.environment,
        at: instant_text(picture.at),
        state: match picture.state {
            State::Served => "served",
            State::Disabled => "disabled",
            State::Unmentioned => "unmentioned",
        },
        given: attributes(given),
        steps: steps(picture, &picture.overall),
        default: picture.overall.default.exact(),
        default_between: (&picture.overall.default).into(),
        regions: picture.regions.iter().map(|region| of_region(picture, region)).collect(),
        keys: picture.keys.iter().map(|group| keys(picture, group)).collect(),
        changes: picture.changes.iter().map(|change| instant_text(*change)).collect(),
        unchecked: picture.unchecked.iter().map(|moment| instant_text(*moment)).collect(),
    }
}

fn steps<'a>(picture: &'a Picture, shares: &'a Shares) -> Vec<Step<'a>> {
    let steps = picture.lines.iter().zip(&shares.lines).map(|(line, shares)| {
        let own = shares.parts.iter().filter(|part| part.holdout.is_none());
        let variation = own.map(|part| Variation {
            variation: &part.variation,
            share: part.share.exact(),
            between: (&part.share).into(),
        });
        let held_out = shares.parts.iter().filter_map(|part| {
            let (share, between) = (part.share.exact(), (&part.share).into());
            Some(HeldOut { holdout: part.holdout.as_deref()?, variation: &part.variation, share, between })
        });
        Step {
            step: &line.name,
            kind: line.kind.word(),
            enabled: line.enabled,
            reach: shares.reach.exact(),
            take: shares.take.exact(),
            falls_on: shares.falls_on.exact(),
            stopped: shares.stopped.exact(),
            between: Numbers {
                reach: (&shares.reach).into(),
                take: (&shares.take).into(),
                falls_on: (&shares.falls_on).into(),
                stopped: (&shares.stopped).into(),
            },
            variations: variation.collect(),
            held_out: held_out.collect(),
        }
    });
    steps.collect()
}

fn of_region<'a>(picture: &'a Picture, region: &'a Region) -> OfRegion<'a> {
    OfRegion {
        targeted_by: names(picture, &region.targeted),
        partly_targeted_by: names(picture, &region.partly),
        attributes: attributes(&region.attributes),
        steps: steps(picture, &region.shares),
        default: region.shares.default.exact(),
    }
}

fn keys<'a>(picture: &'a Picture, group: &'a crate::show::NamedKeys) -> Keys<'a> {
    let ends = group.ends.iter().map(|end| {
        let (step, variation, holdout) = match &end.end {
            End::Default => (None, None, None),
            End::Assigned { line, holdout, variation } => {
                let step = picture.lines.get(*line).map(|line| line.name.as_str());
                (step, Some(variation.as_str()), holdout.as_deref())
            }
        };
        let named = end.keys.iter().map(|key| Key { key: &key.key, attributes: attributes(&key.attributes) });
        KeyEnd { step, variation, holdout, keys: named.collect() }
    });
    Keys { named_by: names(picture, &group.lines), many: group.many, ends: ends.collect() }
}

fn names<'a>(picture: &'a Picture, lines: &[usize]) -> Vec<&'a str> {
    lines.iter().filter_map(|line| picture.lines.get(*line)).map(|line| line.name.as_str()).collect()
}

fn attributes(attributes: &BTreeMap<String, AttributeValue>) -> BTreeMap<&str, Value> {
    attributes.iter().map(|(name, value)| (name.as_str(), value.to_json())).collect()
}

impl<'a> From<&'a Between> for Bounds<'a> {
    fn from(Between { least, most }: &'a Between) -> Self {
        Self { least, most }
    }
}
