//! Random worlds and subjects from a seed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::world::{
    ATTRIBUTES, Audience, Condition, Does, Environment, Exposure, Flag, How, Kind, Order, PATTERNS, Placement, Step,
    Subject, Test, VERSIONS, Value, Variation, Window, World,
};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn times<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn some<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    /// Hundredths of a percent in steps of `step`; the ends are likely.
    fn share(&mut self, step: u32) -> u32 {
        match self.below(12) {
            0 => 0,
            1 => 10_000,
            2..=6 => 100 * u32::try_from(self.below(101)).unwrap(),
            _ => step * u32::try_from(self.below(10_001)).unwrap() % (10_000 + step),
        }
    }

    fn instant(&mut self) -> i64 {
        1_796_083_200_000 + 86_400_000 * i64::try_from(self.below(8)).unwrap()
    }

    fn window(&mut self, percent: usize) -> Window {
        let (a, b) = (self.instant(), self.instant());
        Window { start: self.some(percent, |_| a.min(b)), end: self.some(percent, |_| a.max(b)) }
    }
}

pub(crate) fn world(random: &mut Random) -> World {
    let mut segments = Vec::new();
    for _ in 0..random.below(4) {
        let audience = audience(random, segments.len());
        segments.push(audience);
    }
    let layers: Vec<Vec<(u32, u32)>> = (0..random.below(3)).map(|_| ranges(random, 100)).collect();
    let holdouts = random.times(2, |random| (random.share(1), random.window(40)));
    let flags =
        (0..1 + random.below(3)).map(|index| flag(random, index, segments.len(), &layers, holdouts.len())).collect();
    World { segments, layers, holdouts, flags }
}

/// Disjoint, not empty, with gaps now and then.
fn ranges(random: &mut Random, step: u32) -> Vec<(u32, u32)> {
    let cuts: BTreeSet<u32> = (0..2 + random.below(6)).map(|_| random.share(step)).collect();
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let all: Vec<(u32, u32)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let kept: Vec<(u32, u32)> = all.iter().copied().filter(|_| !random.chance(20)).collect();
    if kept.is_empty() { vec![(0, 10_000)] } else { kept }
}

fn audience(random: &mut Random, segments: usize) -> Audience {
    random.times(2, |random| (0..1 + random.below(3)).map(|_| condition(random, segments)).collect())
}

fn condition(random: &mut Random, segments: usize) -> Condition {
    if segments > 0 && random.chance(35) {
        return Condition::Segment(random.below(segments), random.chance(50));
    }
    if random.chance(8) {
        let keys = (0..1 + random.below(3)).map(|_| subject_key(random)).collect::<BTreeSet<_>>();
        return Condition::Id(random.chance(50), keys.into_iter().collect());
    }
    let attribute = random.below(ATTRIBUTES.len());
    Condition::Attribute(attribute, test(random, ATTRIBUTES[attribute].1))
}

fn test(random: &mut Random, kind: Kind) -> Test {
    if random.chance(12) {
        return Test::Null(random.chance(50));
    }
    let negated = random.chance(40);
    match kind {
        Kind::Version => compare(random, kind),
        Kind::Number if random.chance(60) => compare(random, kind),
        Kind::Text if random.chance(35) => {
            let how = random.pick(&[How::Starts, How::Ends, How::Contains]);
            let parts = (0..1 + random.below(2)).map(|_| random.pick(&["a", "b", "c", ".", "/d", "(", "US"])).collect();
            Test::Text { negated, how, parts }
        }
        Kind::Text if random.chance(25) => {
            let patterns = (0..1 + random.below(2)).map(|_| random.below(PATTERNS.len())).collect();
            Test::Matches { negated, patterns }
        }
        Kind::Number | Kind::Text | Kind::Bool => {
            let mut values: Vec<Value> = Vec::new();
            for _ in 0..1 + random.below(3) {
                let value = operand(random, kind);
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            Test::Listed { negated, values }
        }
    }
}

fn compare(random: &mut Random, kind: Kind) -> Test {
    Test::Compare { order: random.pick(&[Order::Gt, Order::Gte, Order::Lt, Order::Lte]), bound: operand(random, kind) }
}

const TEXTS: [&str; 10] = ["a", "b", "ab", "abc", "c.b", "x/d(", "US", "CA", "GB", "bb"];
const NUMBERS: [f64; 8] = [-3.5, 0.0, 0.5, 1.0, 17.0, 18.0, 1_000_000.0, 2.25];

fn operand(random: &mut Random, kind: Kind) -> Value {
    match kind {
        Kind::Text => Value::Text(random.pick(&TEXTS).to_owned()),
        Kind::Number => Value::Number(random.pick(&NUMBERS)),
        Kind::Bool => Value::Bool(random.chance(50)),
        Kind::Version => Value::Version(random.pick(&[0, 2, 3, 4, 6])),
    }
}

fn flag(random: &mut Random, index: usize, segments: usize, layers: &[Vec<(u32, u32)>], holdouts: usize) -> Flag {
    let kind = random.pick(&["boolean", "string", "integer", "numeric", "json"]);
    let total_shards = if random.chance(85) { 10_000 } else { 1_000 };
    let live = 2 + random.below(3);
    let mut variations: Vec<_> = (0..live).map(|n| (format!("arm {n}"), Some(value(kind, n)))).collect();
    if random.chance(40) {
        variations.insert(random.below(live + 1), ("gone".to_owned(), None));
    }
    let shape = Shape { segments, layers, holdouts, total_shards, flag: index };
    let steps: Vec<Step> = (0..random.below(6)).map(|at| step(random, at, &variations, &shape)).collect();
    let environments = [0, 1].map(|environment| {
        let mut left: Vec<usize> = (0..steps.len()).collect();
        let mut placements = Vec::new();
        while !left.is_empty() && random.chance(85) {
            let step = left.remove(random.below(left.len()));
            placements.push(placement(random, step, &steps[step], total_shards));
        }
        let key = random.some(20, |_| format!("legacy otherwise {index}.{environment}"));
        let otherwise = random.some(60, |random| (served(random, &variations), key));
        Environment { enabled: random.chance(90), placements, otherwise }
    });
    let mut environments = environments;
    for (place, environment) in environments.iter_mut().enumerate() {
        for placement in &mut environment.placements {
            placement.key = random.some(15, |_| format!("legacy {index}.{place}.{}", placement.step));
        }
    }
    Flag { kind, total_shards, variations, steps, environments }
}

fn value(kind: &str, n: usize) -> (String, serde_json::Value) {
    match kind {
        "boolean" => (if n.is_multiple_of(2) { "#false" } else { "#true" }.to_owned(), json!(n % 2 == 1)),
        "string" => (format!("\"text {n}\""), json!(format!("text {n}"))),
        "integer" => (format!("{}", n * 1000), json!(n * 1000)),
        "numeric" => (format!("{}", n as f64 * 1.5), json!(n as f64 * 1.5)),
        _ => (format!("##\"{{ \"n\": {n}, \"c\": \"#{n}\" }}\"##"), json!({ "n": n, "c": format!("#{n}") })),
    }
}

struct Shape<'a> {
    segments: usize,
    layers: &'a [Vec<(u32, u32)>],
    holdouts: usize,
    total_shards: u32,
    flag: usize,
}

/// A variation that still has a value.
fn served(random: &mut Random, variations: &[Variation]) -> usize {
    let live: Vec<usize> = (0..variations.len()).filter(|&at| variations[at].1.is_some()).collect();
    random.pick(&live)
}

fn step(random: &mut Random, at: usize, variations: &[Variation], shape: &Shape<'_>) -> Step {
    let does = match random.below(5) {
        0 | 1 => Does::Serve(served(random, variations)),
        2 | 3 => {
            let mut weights: Vec<_> =
                (0..variations.len()).map(|arm| (arm, u32::try_from(random.below(8)).unwrap())).collect();
            let heavy = random.below(weights.len());
            weights[heavy].1 += 1;
            Does::Weights(weights)
        }
        _ => {
            let ranges = ranges(random, 10_000 / shape.total_shards);
            Does::Ranges(ranges.into_iter().map(|(from, to)| (random.below(variations.len()), from, to)).collect())
        }
    };
    let gate = matches!(does, Does::Serve(_));
    let whole = shape.total_shards == 10_000;
    let slot = (!gate && whole && !shape.layers.is_empty() && random.chance(40)).then(|| {
        let layer = random.below(shape.layers.len());
        (layer, random.below(shape.layers[layer].len()))
    });
    let mut holdouts: Vec<(usize, usize)> = Vec::new();
    for holdout in 0..shape.holdouts {
        if whole && random.chance(35) {
            holdouts.push((holdout, served(random, variations)));
        }
    }
    if random.chance(50) {
        holdouts.reverse();
    }
    let log = if random.chance(70) { !gate } else { gate };
    let extra: BTreeMap<String, String> = if log && random.chance(30) {
        [("ticket".to_owned(), format!("T-{at}")), ("team name".to_owned(), "growth".to_owned())].into()
    } else {
        BTreeMap::new()
    };
    Step {
        does,
        audience: audience(random, shape.segments),
        slot,
        holdouts,
        log,
        salt: random.some(15, |_| format!("old-{}-{at}", shape.flag)),
        extra,
        window: random.window(15),
    }
}

fn placement(random: &mut Random, step: usize, defined: &Step, total_shards: u32) -> Placement {
    let grain = 10_000 / total_shards;
    let experiment = !matches!(defined.does, Does::Serve(_));
    let mut window = random.window(20);
    // A ramp says when it starts, so its step must not.
    let exposure = match random.below(if defined.window.start.is_some() { 8 } else { 10 }) {
        0..=3 => Exposure::Everyone,
        4..=7 => Exposure::Share(random.share(grain)),
        _ => {
            let instants: BTreeSet<i64> = (0..1 + random.below(3)).map(|_| random.instant()).collect();
            let mut shares: BTreeSet<u32> = instants.iter().map(|_| random.share(grain).max(grain)).collect();
            while shares.len() < instants.len() {
                shares.insert(random.share(grain).max(grain));
            }
            Exposure::Ramp(instants.into_iter().zip(shares).collect())
        }
    };
    if let Exposure::Ramp(phases) = &exposure {
        window.start = None;
        let last = phases.last().unwrap().0;
        window.end = window.end.filter(|end| *end >= last);
    }
    // The placement's bounds replace the step's one by one: keep them in order together.
    let start = if matches!(exposure, Exposure::Ramp(_)) { None } else { window.start.or(defined.window.start) };
    if let (Some(start), Some(end)) = (start, window.end.or(defined.window.end)) {
        window.end = Some(start.max(end));
    }
    if let (Exposure::Ramp(phases), None, Some(end)) = (&exposure, window.end, defined.window.end) {
        window.end = Some(end.max(phases.last().unwrap().0));
    }
    Placement {
        step,
        enabled: random.chance(92),
        exposure,
        window,
        stop: random.chance(25),
        closed: if experiment { random.some(15, |random| (random.pick(&[3, 4]), random.instant())) } else { None },
        key: None,
    }
}

fn subject_key(random: &mut Random) -> String {
    format!("acct-{}", random.below(12))
}

pub(crate) fn subject(random: &mut Random) -> Subject {
    let key = if random.chance(30) { subject_key(random) } else { format!("subject ü {}", random.below(1_000_000)) };
    let mut attributes = BTreeMap::new();
    for (at, (_, kind)) in ATTRIBUTES.iter().enumerate() {
        match random.below(10) {
            0 | 1 => {}
            2 => {
                attributes.insert(at, None);
            }
            _ => {
                attributes.insert(at, Some(seen(random, at, *kind)));
            }
        }
    }
    Subject { key, attributes }
}

fn seen(random: &mut Random, at: usize, kind: Kind) -> Value {
    match kind {
        Kind::Text if random.chance(10) => Value::Text(random.pick(&["", "ü", "a.b", "true", "18", " a"]).to_owned()),
        Kind::Number if random.chance(30) => Value::Number(random.pick(&[-0.5, 17.5, 1e21, 1e-7, 19.0])),
        Kind::Number if at == 4 && random.chance(60) => {
            Value::Number((random.instant() - [0, 1][random.below(2)]) as f64)
        }
        Kind::Version if random.chance(15) => Value::NoVersion,
        Kind::Version => Value::Version(random.below(VERSIONS.len())),
        Kind::Text | Kind::Number | Kind::Bool => operand(random, kind),
    }
}

/// An instant at, just before or just after one that matters, or far away.
pub(crate) fn instant(random: &mut Random) -> i64 {
    match random.below(10) {
        0 => 0,
        1 => 4_000_000_000_000,
        _ => random.instant() + i64::try_from(random.below(3)).unwrap() - 1 + 3_600_000 * i64::from(random.chance(50)),
    }
}
