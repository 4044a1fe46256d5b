//! What a world means, read directly: who gets what. The only thing shared with flagfall is MD5.

use std::collections::BTreeMap;

use crate::world::{
    ATTRIBUTES, Audience, Condition, Does, ENVIRONMENTS, Exposure, Flag, How, Order, PATTERNS, Placement, Step,
    Subject, Test, Value, Window, World,
};

/// What a subject is assigned.
#[derive(Debug, PartialEq)]
pub(crate) struct Assigned {
    pub(crate) variation: String,
    pub(crate) value: serde_json::Value,
    pub(crate) allocation: String,
    /// Extra logging of the event; none when nothing is logged.
    pub(crate) event: Option<BTreeMap<String, String>>,
}

pub(crate) fn assign(world: &World, flag: usize, environment: usize, subject: &Subject, at: i64) -> Option<Assigned> {
    let index = flag;
    let flag = &world.flags[flag];
    let here = &flag.environments[environment];
    if !here.enabled {
        return None;
    }
    let reading = Reading { world, flag, index, environment: ENVIRONMENTS[environment], subject, at };
    for placement in here.placements.iter().filter(|placement| placement.enabled) {
        let step = &flag.steps[placement.step];
        if !reading.is_open(placement, step) || !reading.is_targeted(placement, step) {
            continue;
        }
        if let Some(assigned) = reading.assigned(placement, step) {
            return Some(assigned);
        }
        if placement.stop {
            return None;
        }
    }
    let (variation, key) = here.otherwise.as_ref()?;
    let key = key.clone().unwrap_or_else(|| format!("otherwise/{}", reading.environment));
    Some(reading.serve(*variation, key, None))
}

struct Reading<'a> {
    world: &'a World,
    flag: &'a Flag,
    index: usize,
    environment: &'a str,
    subject: &'a Subject,
    at: i64,
}

fn shard(salt: &str, subject: &str, total: u32) -> u32 {
    let digest = md5::compute(format!("{salt}-{subject}"));
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % total
}

fn contains(window: Window, at: i64) -> bool {
    window.start.is_none_or(|start| start <= at) && window.end.is_none_or(|end| at <= end)
}

impl Reading<'_> {
    fn is_open(&self, placement: &Placement, step: &Step) -> bool {
        let start = match &placement.exposure {
            Exposure::Ramp(phases) => Some(phases[0].0),
            Exposure::Everyone | Exposure::Share(_) => placement.window.start.or(step.window.start),
        };
        contains(Window { start, end: placement.window.end.or(step.window.end) }, self.at)
    }

    fn is_targeted(&self, placement: &Placement, step: &Step) -> bool {
        let enrolled = placement.closed.is_none_or(|(attribute, at)| match self.seen(attribute) {
            Some(Value::Number(number)) => *number < at as f64,
            _ => false,
        });
        enrolled && self.is_in(&step.audience)
    }

    fn seen(&self, attribute: usize) -> Option<&Value> {
        self.subject.attributes.get(&attribute)?.as_ref()
    }

    fn is_in(&self, audience: &Audience) -> bool {
        audience.is_empty() || audience.iter().any(|all| all.iter().all(|condition| self.holds(condition)))
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Segment(segment, negated) => self.is_in(&self.world.segments[*segment]) != *negated,
            Condition::Id(negated, keys) => keys.contains(&self.subject.key) != *negated,
            Condition::Attribute(attribute, test) => passes(test, self.seen(*attribute)),
        }
    }

    fn assigned(&self, placement: &Placement, step: &Step) -> Option<Assigned> {
        let salt = step.salt.clone().unwrap_or_else(|| format!("f{}/s{}", self.index, placement.step));
        let total = self.flag.total_shards;
        let hundredths = |salt: &str| shard(salt, &self.subject.key, total) * (10_000 / total);
        if let Some((layer, slot)) = step.slot {
            let (from, to) = self.world.layers[layer][slot];
            let place = shard(&format!("layer/l{layer}"), &self.subject.key, 10_000);
            if place < from || place >= to {
                return None;
            }
        }
        let exposure = match &placement.exposure {
            Exposure::Everyone => 10_000,
            Exposure::Share(share) => *share,
            Exposure::Ramp(phases) => phases.iter().rev().find(|(from, _)| *from <= self.at)?.1,
        };
        if hundredths(&format!("{salt}/traffic")) >= exposure {
            return None;
        }
        let arm = self.arm(step, &format!("{salt}/split"))?;
        let key = placement.key.clone().unwrap_or_else(|| format!("s{}/{}", placement.step, self.environment));
        for (holdout, variation) in &step.holdouts {
            let (share, window) = self.world.holdouts[*holdout];
            let place = shard(&format!("holdout/h{holdout}"), &self.subject.key, 10_000);
            if place < share && contains(window, self.at) {
                let mut extra = step.extra.clone();
                extra.insert("holdoutKey".to_owned(), format!("h{holdout}"));
                extra.insert("holdoutVariation".to_owned(), "status_quo".to_owned());
                return Some(self.serve(*variation, format!("{key}/holdout/h{holdout}"), Some(extra)));
            }
        }
        Some(self.serve(arm, key, step.log.then(|| step.extra.clone())))
    }

    /// The arm whose shards hold the subject; retired arms give nobody anything.
    fn arm(&self, step: &Step, salt: &str) -> Option<usize> {
        let total = self.flag.total_shards;
        let place = shard(salt, &self.subject.key, total);
        let arm = match &step.does {
            Does::Serve(variation) => Some(*variation),
            Does::Ranges(ranges) => {
                let place = place * (10_000 / total);
                ranges.iter().find(|(_, from, to)| *from <= place && place < *to).map(|(arm, ..)| *arm)
            }
            Does::Weights(weights) => {
                let sum: u32 = weights.iter().map(|(_, weight)| weight).sum();
                let last = weights.iter().rposition(|(_, weight)| *weight > 0).unwrap();
                let mut end = 0;
                weights.iter().enumerate().find_map(|(at, (arm, weight))| {
                    end += total * weight / sum;
                    (*weight > 0 && (place < end || at == last)).then_some(*arm)
                })
            }
        };
        arm.filter(|arm| self.flag.variations[*arm].1.is_some())
    }

    fn serve(&self, variation: usize, allocation: String, event: Option<BTreeMap<String, String>>) -> Assigned {
        let (name, value) = &self.flag.variations[variation];
        Assigned { variation: name.clone(), value: value.clone().unwrap().1, allocation, event }
    }
}

fn passes(test: &Test, seen: Option<&Value>) -> bool {
    let Some(value) = seen else { return matches!(test, Test::Null(true)) };
    match test {
        Test::Null(is) => !is,
        Test::Listed { negated, values } => values.contains(value) != *negated,
        Test::Text { negated, how, parts } => {
            let Value::Text(text) = value else { return false };
            let any = parts.iter().any(|part| match how {
                How::Starts => text.starts_with(part),
                How::Ends => text.ends_with(part),
                How::Contains => text.contains(part),
            });
            any != *negated
        }
        Test::Matches { negated, patterns } => {
            let Value::Text(text) = value else { return false };
            patterns.iter().any(|pattern| PATTERNS[*pattern].1(text)) != *negated
        }
        Test::Compare { order, bound } => {
            let ordering = match (value, bound) {
                (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
                (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
                _ => None,
            };
            ordering.is_some_and(|ordering| match order {
                Order::Gt => ordering.is_gt(),
                Order::Gte => ordering.is_ge(),
                Order::Lt => ordering.is_lt(),
                Order::Lte => ordering.is_le(),
            })
        }
    }
}

/// The attributes as callers pass them.
pub(crate) fn passed(subject: &Subject) -> impl Iterator<Item = (&'static str, Option<&Value>)> {
    subject.attributes.iter().map(|(at, value)| (ATTRIBUTES[*at].0, value.as_ref()))
}
