//! A small universe: every class of value that the conditions below can tell apart has a member in it, off-type ones included,
//! and every shard of every salt is in it. What is true of all of it is true.

use std::collections::BTreeMap;

use flagfall::evaluate::AttributeValue;
use flagfall::region::Declared;
use flagfall::ufc;

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() % end as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

pub(crate) const NAMES: [&str; 4] = ["id", "name", "size", "version"];
/// Keys that conditions name.
pub(crate) const NAMED: [&str; 3] = ["k1", "k2", "m3"];
pub(crate) const INSTANTS: [&str; 3] =
    ["2027-01-01T00:00:00.000Z", "2027-02-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z"];
/// One instant in each piece of time.
pub(crate) const TIMES: [&str; 7] = [
    "2026-12-31T23:59:59.999Z",
    "2027-01-01T00:00:00.000Z",
    "2027-01-15T00:00:00.000Z",
    "2027-02-01T00:00:00.000Z",
    "2027-02-15T00:00:00.000Z",
    "2027-03-01T00:00:00.000Z",
    "2027-03-01T00:00:00.001Z",
];

pub(crate) fn declared() -> BTreeMap<String, Declared> {
    BTreeMap::from([
        ("name".to_owned(), Declared::Text),
        ("size".to_owned(), Declared::Number),
        ("version".to_owned(), Declared::Version),
    ])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::Text(text.to_owned())
}

/// The values of an attribute; `Null` is missing.
pub(crate) fn values(name: &str) -> Vec<AttributeValue> {
    let number = AttributeValue::Number;
    match name {
        "id" => ["k1", "k2", "m3", "kx", "x"].iter().map(|value| text(value)).chain([AttributeValue::Null]).collect(),
        "name" => {
            let texts = ["a", "b", "ab", "7", "12", "xaxbx", "axbx", "xaxb", "axb", "ac", "cb", "zz", "a\nb", "", "bb"];
            texts.iter().map(|value| text(value)).chain([AttributeValue::Null]).collect()
        }
        "size" => vec![
            number(-1.0),
            number(3.0),
            number(17.0),
            number(17.5),
            number(17.75),
            number(18.0),
            number(18.25),
            number(18.5),
            number(20.0),
            number(f64::NAN),
            number(-0.0),
            number(0.0),
            text("18.0"),
            text("+17.5"),
            text("017"),
            text("18.50"),
            text("x"),
            text("0.0"),
            AttributeValue::Bool(true),
            AttributeValue::Null,
        ],
        _ => [
            "0.9.0",
            "1.0.0",
            "1.1.0",
            "1.2.0",
            "1.9.0",
            "2.0.0-rc.1",
            "2.0.0-rc.1.0",
            "2.0.0",
            "2.5.0",
            "1.0.0+0",
            "1.2.0+0",
            "2.0.0-rc.1+0",
            "2.0.0+0",
            "x",
            "1.0",
            "99999999999999999999.0.0",
        ]
        .iter()
        .map(|value| text(value))
        .chain([AttributeValue::Null])
        .collect(),
    }
}

/// Whether the value is one of the declared type, or missing.
pub(crate) fn typed(name: &str, value: &AttributeValue) -> bool {
    match (name, value) {
        (_, AttributeValue::Null) => true,
        ("size", AttributeValue::Number(number)) => number.is_finite(),
        ("size", _) => false,
        ("version", AttributeValue::Text(text)) => {
            semver::Version::parse(text).is_ok_and(|version| version.build.is_empty())
        }
        _ => true,
    }
}

const VERSION: &str = flagfall::ufc::VERSION;

fn condition(random: &mut Random, name: &str) -> ufc::Condition {
    let (operator, value): (&str, serde_json::Value) = match (name, random.below(5)) {
        (_, 0) => ("IS_NULL", random.one_in(2).into()),
        ("id", 1 | 2) => (random.pick(&["ONE_OF", "NOT_ONE_OF"]), some(random, &NAMED)),
        ("id", _) => (random.pick(&["MATCHES", "NOT_MATCHES"]), "^k".into()),
        ("name", 1 | 2) => (random.pick(&["ONE_OF", "NOT_ONE_OF"]), some(random, &["a", "b", "ab", "7"])),
        ("name", _) => {
            (random.pick(&["MATCHES", "NOT_MATCHES"]), random.pick(&["^a", "b$", "a.*b", "^[0-9]+$"]).into())
        }
        ("size", 1) => (random.pick(&["ONE_OF", "NOT_ONE_OF"]), some(random, &["18", "17.5", "true", "0"])),
        ("size", _) => (random.pick(&["GT", "GTE", "LT", "LTE"]), random.pick(&[17.5, 18.0, 18.5, 0.0]).into()),
        (_, 1) => (random.pick(&["MATCHES", "NOT_MATCHES"]), VERSION.into()),
        (_, _) => {
            let order = random.pick(&["GT", "GTE", "LT", "LTE"]);
            (order, random.pick(&["1.0.0", "1.2.0", "2.0.0-rc.1", "2.0.0"]).into())
        }
    };
    ufc::Condition { attribute: name.to_owned(), operator: operator.to_owned(), value }
}

fn some(random: &mut Random, all: &[&str]) -> serde_json::Value {
    let mut chosen: Vec<&str> = all.iter().copied().filter(|_| random.one_in(2)).collect();
    if chosen.is_empty() {
        chosen.push(random.pick(all));
    }
    chosen.into()
}

/// What flags of one question have in common: which attributes they ask, and how many shards there are.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) names: Vec<&'static str>,
    pub(crate) salts: Vec<&'static str>,
    pub(crate) total: u32,
}

pub(crate) fn world(random: &mut Random) -> World {
    let mut names: Vec<&'static str> = NAMES.to_vec();
    while names.len() > 2 {
        names.remove(random.below(names.len()));
    }
    if random.one_in(8) {
        return World { names: vec![random.pick(&NAMES)], salts: vec!["one"], total: 10_000 };
    }
    World { names, salts: vec!["one", "two", "three"], total: random.pick(&[4, 5, 6]) }
}

pub(crate) fn flag(random: &mut Random, world: &World) -> ufc::Flag {
    let variations = [("a", "x"), ("b", "y"), ("c", "x")]
        .map(|(key, value)| (key.to_owned(), ufc::Variation { key: key.to_owned(), value: value.into() }));
    let count = 1 + random.below(5);
    ufc::Flag {
        key: "flag".to_owned(),
        enabled: true,
        variation_type: ufc::VariationType::String,
        variations: variations.to_vec(),
        allocations: (0..count).map(|number| allocation(random, world, number)).collect(),
        total_shards: world.total,
    }
}

pub(crate) fn allocation(random: &mut Random, world: &World, number: usize) -> ufc::Allocation {
    let rules = (0..random.below(3)).map(|_| {
        let conditions = (0..1 + random.below(2)).map(|_| {
            let name = random.pick(&world.names);
            condition(random, name)
        });
        ufc::Rule { conditions: conditions.collect() }
    });
    let rules = rules.collect();
    let mut window = [None, None];
    if random.one_in(4) {
        window[0] = Some(random.pick(&INSTANTS).to_owned());
    }
    if random.one_in(4) {
        window[1] = Some(random.pick(&INSTANTS).to_owned());
    }
    let splits = if random.one_in(12) { 0 } else { 1 + random.below(2) };
    let [start_at, end_at] = window;
    ufc::Allocation {
        key: format!("step-{number}"),
        rules,
        start_at,
        end_at,
        splits: (0..splits).map(|_| split(random, world)).collect(),
        do_log: !random.one_in(3),
    }
}

fn split(random: &mut Random, world: &World) -> ufc::Split {
    let shards = (0..random.below(3)).map(|_| {
        let (a, b) = (random.below(world.total as usize + 1), random.below(world.total as usize + 1));
        let (start, end) = (u32::try_from(a.min(b)).unwrap(), u32::try_from(a.max(b)).unwrap());
        ufc::Shard { salt: random.pick(&world.salts).to_owned(), ranges: vec![ufc::Range { start, end }] }
    });
    let shards = shards.collect();
    ufc::Split {
        // `d` does not exist: whoever gets it gets the caller's default.
        variation_key: random.pick(&["a", "a", "b", "b", "c", "d"]).to_owned(),
        shards,
        extra_logging: BTreeMap::new(),
    }
}

/// The condition as its words say, read independently of the evaluator.
pub(crate) fn holds(condition: &ufc::Condition, value: &AttributeValue) -> bool {
    let seen = match value {
        AttributeValue::Null => return condition.operator == "IS_NULL" && condition.value == true,
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Number(number) => format!("{number}"),
        AttributeValue::Bool(truth) => format!("{truth}"),
    };
    let listed = || condition.value.as_array().unwrap().iter().any(|one| one == seen.as_str());
    let matched = || regex::Regex::new(condition.value.as_str().unwrap()).unwrap().is_match(&seen);
    let ordering = || match &condition.value {
        serde_json::Value::String(operand) => {
            let operand = semver::Version::parse(operand).unwrap();
            semver::Version::parse(&seen).ok().map(|version| version.cmp(&operand))
        }
        operand => seen.parse::<f64>().ok().and_then(|number| number.partial_cmp(&operand.as_f64().unwrap())),
    };
    match condition.operator.as_str() {
        "IS_NULL" => condition.value == false,
        "ONE_OF" => listed(),
        "NOT_ONE_OF" => !listed(),
        "MATCHES" => matched(),
        "NOT_MATCHES" => !matched(),
        "GT" => ordering().is_some_and(|ordering| ordering.is_gt()),
        "GTE" => ordering().is_some_and(|ordering| ordering.is_ge()),
        "LT" => ordering().is_some_and(|ordering| ordering.is_lt()),
        "LTE" => ordering().is_some_and(|ordering| ordering.is_le()),
        other => panic!("{other}"),
    }
}

/// A combination of values, by attribute of the world.
pub(crate) type Person = Vec<AttributeValue>;

pub(crate) fn people(world: &World) -> Vec<Person> {
    let mut people: Vec<Person> = vec![Vec::new()];
    for name in &world.names {
        people = people
            .into_iter()
            .flat_map(|person| {
                values(name).into_iter().map(move |value| {
                    let mut person = person.clone();
                    person.push(value);
                    person
                })
            })
            .collect();
    }
    people
}

/// Every shard of every salt.
pub(crate) fn hashes(world: &World) -> Vec<Vec<u32>> {
    let mut hashes: Vec<Vec<u32>> = vec![Vec::new()];
    for _ in &world.salts {
        hashes = hashes
            .into_iter()
            .flat_map(|one| {
                (0..world.total).map(move |shard| {
                    let mut one = one.clone();
                    one.push(shard);
                    one
                })
            })
            .collect();
    }
    hashes
}

/// A flag with everything that can be known of it beforehand.
pub(crate) struct Table<'f> {
    pub(crate) flag: &'f ufc::Flag,
    /// By allocation and person.
    targeted: Vec<Vec<bool>>,
    /// By allocation and hash: the split.
    split: Vec<Vec<Option<usize>>>,
    /// By allocation and time.
    open: Vec<Vec<bool>>,
}

impl<'f> Table<'f> {
    pub(crate) fn new(flag: &'f ufc::Flag, world: &World, people: &[Person], hashes: &[Vec<u32>]) -> Self {
        let attribute = |name: &str| world.names.iter().position(|known| *known == name).unwrap();
        let targeted = flag.allocations.iter().map(|allocation| {
            people
                .iter()
                .map(|person| {
                    allocation.rules.is_empty()
                        || allocation.rules.iter().any(|rule| {
                            rule.conditions.iter().all(|one| holds(one, &person[attribute(&one.attribute)]))
                        })
                })
                .collect()
        });
        let in_shards = |split: &ufc::Split, hash: &Vec<u32>| {
            split.shards.iter().all(|shard| {
                let own = hash[world.salts.iter().position(|salt| *salt == shard.salt).unwrap()];
                shard.ranges.iter().any(|range| range.start <= own && own < range.end)
            })
        };
        let split = flag.allocations.iter().map(|allocation| {
            hashes.iter().map(|hash| allocation.splits.iter().position(|split| in_shards(split, hash))).collect()
        });
        let open = flag.allocations.iter().map(|allocation| {
            TIMES
                .iter()
                .map(|time| {
                    allocation.start_at.as_deref().is_none_or(|start| start <= *time)
                        && allocation.end_at.as_deref().is_none_or(|end| *time <= end)
                })
                .collect()
        });
        Self { flag, targeted: targeted.collect(), split: split.collect(), open: open.collect() }
    }

    /// Whether the allocation is open and targets the person.
    pub(crate) fn targets(&self, allocation: usize, person: usize, time: usize) -> bool {
        self.open[allocation][time] && self.targeted[allocation][person]
    }

    /// The split of an allocation that a hash falls into.
    pub(crate) fn split(&self, allocation: usize, hash: usize) -> Option<usize> {
        self.split[allocation][hash]
    }

    /// The allocation and split that a person gets, when the allocations that `skip` names are not there.
    pub(crate) fn way(
        &self,
        person: usize,
        hash: usize,
        time: usize,
        skip: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize)> {
        (0..self.flag.allocations.len())
            .filter(|index| !skip(*index) && self.targets(*index, person, time))
            .find_map(|index| Some((index, self.split[index][hash]?)))
    }

    /// What can be seen of that from outside: value and variation, and the allocation where it is logged.
    pub(crate) fn seen(&self, way: Option<(usize, usize)>) -> Option<(String, Option<String>)> {
        let (allocation, split) = way?;
        let allocation = &self.flag.allocations[allocation];
        let variation = &allocation.splits[split].variation_key;
        self.flag.variations.iter().find(|(key, _)| key == variation)?;
        Some((variation.clone(), allocation.do_log.then(|| allocation.key.clone())))
    }
}
